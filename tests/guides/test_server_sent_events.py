from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked, Reason
from examples.server_sent_events import make_app

from .internet import Internet

EVENTS = "http://api.example/events"


async def test_the_app_receives_events_with_cookies(internet: Internet) -> None:
    await internet.serve("http://api.example", make_app())
    page = internet.page("https://app.example")

    # explain() does not wait for the end of the stream, which has none.
    verdict = await page.explain("GET", EVENTS, credentials="include")
    assert verdict.allowed


async def test_another_page_receives_nothing(internet: Internet) -> None:
    await internet.serve("http://api.example", make_app())
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://evil.example").fetch("GET", EVENTS)
    assert blocked.value.reason is Reason.ALLOW_ORIGIN_MISSING


async def test_the_first_event_comes_at_once(internet: Internet) -> None:
    await internet.serve("http://api.example", make_app())
    async with internet.client.get(EVENTS) as stream:
        assert await stream.content.readuntil(b"\n\n") == b"data: 0\n\n"
