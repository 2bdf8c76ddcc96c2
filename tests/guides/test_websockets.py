from __future__ import annotations

import pytest
from aiohttp import WSServerHandshakeError

from examples import guarded_websocket, websocket

from .internet import Internet

CHAT = "https://chat.example"


async def said(internet: Internet, url: str, headers: dict[str, str]) -> str:
    """What the socket at *url* echoes; the status where it is refused."""
    try:
        async with internet.client.ws_connect(url, headers=headers) as socket:
            await socket.send_str("hello")
            return await socket.receive_str()
    except WSServerHandshakeError as error:
        return str(error.status)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "hello"),
        ({"Origin": "http://localhost:8080"}, "hello"),
        ({"Origin": "http://localhost:3000"}, "hello"),
        ({"Origin": "http://localhost:4000"}, "403"),
        ({"Origin": "https://evil.example"}, "403"),
        ({"Origin": "null"}, "403"),
    ],
)
async def test_the_handler_asks_who_may(
    internet: Internet, headers: dict[str, str], expected: str
) -> None:
    await internet.serve("http://localhost:8080", websocket.make_app())
    assert await said(internet, "http://localhost:8080/echo", headers) == expected


async def test_the_page_of_the_example_is_there(internet: Internet) -> None:
    await internet.serve("http://localhost:8080", websocket.make_app())
    page = await internet.page("http://localhost:8080").fetch("GET", "http://localhost:8080/")
    assert "new WebSocket" in await page.text()


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/own", {}, "hello"),
        ("/own", {"Origin": CHAT}, "hello"),
        ("/own", {"Origin": CHAT, "Sec-Fetch-Site": "same-origin"}, "hello"),
        ("/own", {"Origin": "https://shop.example"}, "403"),
        ("/own", {"Origin": "https://evil.example"}, "403"),
        ("/echo", {"Origin": "https://shop.example"}, "hello"),
        ("/echo", {"Origin": "https://shop.example", "Cookie": "session=1"}, "hello"),
        ("/echo", {"Origin": "https://evil.example"}, "403"),
        ("/echo", {"Origin": "null"}, "403"),
    ],
)
async def test_protect_asks_for_every_handler(
    internet: Internet, path: str, headers: dict[str, str], expected: str
) -> None:
    await internet.serve(CHAT, guarded_websocket.make_app())
    assert await said(internet, CHAT + path, headers) == expected
