"""One URL, two origins, one HTTP cache.

The engine is not asked anything here. Its pages read what their URLs say, and tell their own server
what they saw: so WebKit can take part undriven, since it caches nothing while it is driven.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from yarl import URL

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .engines import TIMEOUT
from .sites import answering, cors_app, page_app

if TYPE_CHECKING:
    from pathlib import Path

    from .engines import Window
    from .sites import Serve, Site

pytestmark = pytest.mark.parametrize(
    "browser", ["chromium", "firefox", "minibrowser"], indirect=True
)

READABLE = ResourceOptions()

SCRIPT = """<script>
    async function read({url, ...init}) {
        try {
            const answer = await fetch(url, init);
            return answer.type === "opaque" ? "opaque" : await answer.text();
        } catch (error) {
            return "blocked";
        }
    }

    async function follow({requests, then}) {
        const seen = [];
        for (const request of requests) seen.push(await read(request));
        await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
        if (then) location = then;
    }

    follow(JSON.parse(new URLSearchParams(location.search).get("plan")));
</script>"""

cacheable = answering("the same for all", Cache_Control="max-age=600", Content_Type="image/svg+xml")


class Reader:
    """An origin whose page follows the plan in its URL and tells what it saw."""

    def __init__(self, site: Site, seen: asyncio.Queue[list[str]]) -> None:
        self.origin = site.origin
        self._seen = seen

    @classmethod
    async def start(cls, serve: Serve) -> Reader:
        seen: asyncio.Queue[list[str]] = asyncio.Queue()

        async def note(request: web.Request) -> web.Response:
            seen.put_nowait(await request.json())
            return web.Response()

        app = page_app(SCRIPT)
        app.router.add_post("/seen", note)
        return cls(await serve(app), seen)

    def plan(self, *requests: dict[str, str], then: str = "") -> str:
        """Return the URL of a page that makes *requests* and goes to *then*."""
        plan: dict[str, Any] = {"requests": requests, "then": then}
        return str(URL(self.origin).with_query(plan=json.dumps(plan)))

    async def saw(self) -> list[str]:
        """Return what the page could read, request by request, once it has finished."""
        return await asyncio.wait_for(self._seen.get(), TIMEOUT)


@pytest.fixture
async def first(serve: Serve) -> Reader:
    return await Reader.start(serve)


@pytest.fixture
async def second(serve: Serve) -> Reader:
    return await Reader.start(serve)


async def show(browser: Window, url: str) -> None:
    await asyncio.to_thread(browser.get, url)


async def test_what_one_origin_has_cached_another_reads(
    serve: Serve, browser: Window, first: Reader, second: Reader
) -> None:
    policy = {first.origin: READABLE, second.origin: READABLE}
    api = await serve(cors_app("/shared", cacheable, policy))
    request = {"url": api / "shared"}
    await show(browser, first.plan(request, request, then=second.plan(request)))
    assert await first.saw() == ["the same for all", "the same for all"]
    assert await second.saw() == ["the same for all"]
    # The first page's second request was answered by the cache, the second page's was not.
    assert api.requests == ["GET /shared", "GET /shared"]


async def test_what_a_refused_origin_has_cached_an_allowed_one_reads(
    serve: Serve, browser: Window, first: Reader, second: Reader
) -> None:
    api = await serve(cors_app("/refused-first", cacheable, {second.origin: READABLE}))
    request = {"url": api / "refused-first"}
    await show(browser, first.plan(request, then=second.plan(request)))
    assert await first.saw() == ["blocked"]
    assert await second.saw() == ["the same for all"]


async def test_what_an_allowed_origin_has_cached_a_refused_one_does_not_read(
    serve: Serve, browser: Window, first: Reader, second: Reader
) -> None:
    api = await serve(cors_app("/refused-second", cacheable, {first.origin: READABLE}))
    request = {"url": api / "refused-second"}
    await show(browser, first.plan(request, then=second.plan(request)))
    assert await first.saw() == ["the same for all"]
    assert await second.saw() == ["blocked"]


async def test_what_was_cached_for_an_image_can_be_fetched(
    serve: Serve, browser: Window, first: Reader
) -> None:
    api = await serve(cors_app("/image-first", cacheable, {first.origin: READABLE}))
    request = {"url": api / "image-first"}
    await show(browser, first.plan({**request, "mode": "no-cors"}, request))
    assert await first.saw() == ["opaque", "the same for all"]


async def test_a_static_file_that_one_origin_has_cached_another_reads(
    serve: Serve, browser: Window, first: Reader, second: Reader, tmp_path: Path
) -> None:
    file = tmp_path / "shared.txt"
    file.write_text("from a file")
    # Without Cache-Control, browsers keep for long what has not changed for long.
    os.utime(file, (0, 0))
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    files = app.router.add_static("/files", tmp_path)
    cors.add(files, {first.origin: READABLE, second.origin: READABLE})
    api = await serve(app)
    request = {"url": api / "files/shared.txt"}
    no_cors = {**request, "mode": "no-cors"}
    await show(browser, first.plan(no_cors, request, then=second.plan(request)))
    assert await first.saw() == ["opaque", "from a file"]
    assert await second.saw() == ["from a file"]


async def test_what_everybody_may_read_is_cached_once_for_everybody(
    serve: Serve, browser: Window, first: Reader, second: Reader
) -> None:
    api = await serve(cors_app("/open", cacheable, {"*": READABLE}))
    request = {"url": api / "open"}
    await show(browser, first.plan(request, then=second.plan(request)))
    assert await first.saw() == ["the same for all"]
    assert await second.saw() == ["the same for all"]
    assert api.requests == ["GET /open"]
