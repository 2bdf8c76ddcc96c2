from __future__ import annotations

import json

import pytest
from aiohttp import WSServerHandshakeError

from aiohttp_cors.testing import Browser, CorsBlocked
from examples.socket_io import make_app

from .internet import Internet

API = "https://api.example"
POLLING = f"{API}/socket.io/?EIO=4&transport=polling"
WEBSOCKET = f"{API}/socket.io/?EIO=4&transport=websocket"
CHAT = "https://chat.example"
EVIL = "https://evil.example"


@pytest.fixture(autouse=True)
async def server(internet: Internet) -> None:
    await internet.serve(API, make_app())


# Both do what the client's library does; the numbers are the protocol's.
# https://socket.io/docs/v4/engine-io-protocol/
OPEN, CLOSE, CONNECT, CALL, ANSWER = "0", "1", "40", '421["echo","hello"]', "431"


async def echoed_by_websocket(internet: Internet, origin: str) -> str:
    async with internet.client.ws_connect(WEBSOCKET, headers={"Origin": origin}) as socket:
        assert (await socket.receive_str()).startswith(OPEN)
        await socket.send_str(CONNECT)
        assert (await socket.receive_str()).startswith(CONNECT)
        await socket.send_str(CALL)
        answer: list[str] = json.loads((await socket.receive_str()).removeprefix(ANSWER))
        return answer[0]


async def echoed_by_polling(page: Browser) -> str:
    async def ask(method: str, url: str, data: str | None = None) -> str:
        return await (await page.fetch(method, url, data=data, credentials="include")).text()

    opened = json.loads((await ask("GET", POLLING)).removeprefix(OPEN))
    url = f"{POLLING}&sid={opened['sid']}"
    await ask("POST", url, CONNECT)
    await ask("GET", url)
    await ask("POST", url, CALL)
    answer: list[str] = json.loads((await ask("GET", url)).removeprefix(ANSWER))
    await ask("POST", url, CLOSE)
    return answer[0]


@pytest.mark.parametrize("origin", [CHAT, API])
async def test_the_chat_and_the_servers_own_pages_connect(internet: Internet, origin: str) -> None:
    assert await echoed_by_websocket(internet, origin) == "hello"
    assert await echoed_by_polling(internet.page(origin)) == "hello"


async def test_a_stranger_does_not_connect(internet: Internet) -> None:
    with pytest.raises(WSServerHandshakeError):
        await echoed_by_websocket(internet, EVIL)
    with pytest.raises(CorsBlocked):
        await echoed_by_polling(internet.page(EVIL))


async def test_a_stranger_sends_nothing(internet: Internet) -> None:
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page(EVIL).fetch("POST", POLLING, data=CONNECT, credentials="include")
    assert blocked.value.exchange.response.status == 403


async def test_preflights_are_answered_by_the_same_list(internet: Internet) -> None:
    headers = {"Access-Control-Request-Method": "PUT"}
    statuses = []
    for origin in (CHAT, EVIL):
        async with internet.client.options(
            POLLING, headers={**headers, "Origin": origin}
        ) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 403]


async def test_the_answers_have_one_set_of_headers(internet: Internet) -> None:
    async with internet.client.get(POLLING, headers={"Origin": CHAT}) as answer:
        assert answer.headers.getall("Access-Control-Allow-Origin") == [CHAT]
        assert answer.headers.getall("Access-Control-Allow-Credentials") == ["true"]
