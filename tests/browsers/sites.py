"""Sites on loopback ports, and the tab that looks at them, for tests with an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler

import aiohttp_cors

if TYPE_CHECKING:
    import contextlib

    from .engines import Browser

_FETCH = """
    let answer;
    try {
        answer = await fetch(url, init);
    } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return {status: 0, body: "", headers: {}};
    }
    const headers = Object.fromEntries(answer.headers);
    return {status: answer.status, body: await answer.text(), headers};
"""


@dataclass(frozen=True)
class Answer:
    """What a page could read of a response; equal whatever its headers are."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


BLOCKED = Answer(0, "")
"""What a page gets to know of an answer that it may not read: nothing."""


@dataclass(frozen=True)
class Site:
    """An application on a port of its own, under two names: two origins for a browser."""

    port: int
    requests: list[str]
    """Method and path of every answered request, in order."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def localhost(self) -> str:
        return f"http://localhost:{self.port}"

    def __truediv__(self, path: str) -> str:
        return f"{self.origin}/{path}"


Policy: TypeAlias = Mapping[Any, aiohttp_cors.ResourceOptions]
Serve: TypeAlias = Callable[[web.Application], Awaitable[Site]]


async def start_site(app: web.Application, running: contextlib.AsyncExitStack) -> Site:
    """Serve *app* until *running* ends."""
    requests: list[str] = []

    async def note(request: web.Request, _response: web.StreamResponse) -> None:
        requests.append(f"{request.method} {request.path}")

    # A signal, because neither middlewares nor the access log see every answer before the page.
    app.on_response_prepare.append(note)
    # Pages may leave streams and sockets open.
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    running.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return Site(runner.addresses[0][1], requests)


def page_app(html: str = "") -> web.Application:
    """Return an application that is one page, at any path."""

    async def page(_request: web.Request) -> web.Response:
        text = f"<!doctype html><link rel=icon href=data:><title>A page</title>{html}"
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    return app


def cors_app(path: str, handler: Handler, policy: Policy, *methods: str) -> web.Application:
    """Return an application that is one resource, added with *policy*; GET unless told else."""
    app = web.Application()
    resource = app.router.add_resource(path)
    cors = aiohttp_cors.setup(app)
    cors.add(resource, policy)
    for method in methods or ("GET",):
        cors.add(resource.add_route(method, handler))
    return app


def answering(text: str, **headers: str) -> Handler:
    """Return a handler that answers *text*, with *headers* whose names have dashes for `_`."""

    async def answer(_request: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=text, headers=named)

    return answer


class Tab:
    """A browser's tab whose calls leave the event loop free to serve what the page asks."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def open(self, url: str) -> None:
        """Navigate to *url*, until it has loaded."""
        await asyncio.to_thread(self._browser.get, url)

    async def js(self, body: str, **arguments: Any) -> Any:
        """Return what *body* returns: see `Browser.js`."""
        return await asyncio.to_thread(self._browser.js, body, **arguments)

    async def fetch(self, url: str, **init: Any) -> Answer:
        """Return what the page reads when it fetches *url*: `BLOCKED` if it may not."""
        return Answer(**await self.js(_FETCH, url=url, init=init))

    async def console_until(self, text: str) -> list[str]:
        """Return the console's messages: see `Browser.console_until`."""
        return await asyncio.to_thread(self._browser.console_until, text)
