from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.headers_on_preflights import make_app

from .internet import Internet

ITEMS = "https://api.example/items"
ADDED = ("Cache-Control", "Timing-Allow-Origin")


async def added(internet: Internet, method: str, headers: dict[str, str]) -> dict[str, str]:
    async with internet.client.request(method, ITEMS, headers=headers) as answer:
        return {name: answer.headers[name] for name in ADDED if name in answer.headers}


async def test_preflights_and_answers_get_their_headers(internet: Internet) -> None:
    await internet.serve("https://api.example", make_app())
    response = await internet.page("https://app.example").fetch("PUT", ITEMS, json=["tea"])
    preflight, answer = (dict(exchange.response.headers) for exchange in response.exchanges)
    assert preflight["Cache-Control"] == "public, max-age=600"
    assert "Timing-Allow-Origin" not in preflight
    assert answer["Timing-Allow-Origin"] == "https://app.example"
    assert "Cache-Control" not in answer


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
async def test_others_get_none(internet: Internet, headers: dict[str, str]) -> None:
    await internet.serve("https://api.example", make_app())
    assert await added(internet, "PUT", headers) == {}


async def test_the_answers_of_a_cache_are_told_apart(internet: Internet) -> None:
    await internet.serve("https://api.example", make_app())
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://evil.example").fetch("PUT", ITEMS)
    answer = dict(blocked.value.exchange.response.headers)
    assert answer["Cache-Control"] == "public, max-age=600"
    assert answer["Vary"] == (
        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    )
