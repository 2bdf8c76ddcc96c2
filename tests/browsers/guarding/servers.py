"""The guarded application, reached in several ways, and servers of the pages that send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .proxy import start_proxy, tls, with_host, without_fetch_metadata

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Iterable, Mapping

    from aiohttp_cors.protocol.refusals import Refused

    from .rows import Page, Place

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
COOKIE = "guarded"


@dataclass
class Arrival:
    """A request as it got to the application, and what came of it."""

    origin: str | None
    site: str | None
    carries_cookie: bool
    outcome: str


@dataclass
class Guarded:
    """The application, and what arrived there, by path; preflights are left out."""

    arrived: dict[str, list[Arrival]] = field(default_factory=dict)
    _handled: set[str] = field(default_factory=set)
    _refused: dict[str, str] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self, listed: Iterable[str]) -> web.Application:
        """Return the application, whose policies list the origins *listed*."""
        app = web.Application()
        app.on_response_prepare.append(self._note)
        cors = aiohttp_cors.setup(app, protect=True)
        cors.on_refused.append(self._note_refusal)
        for name, config in _configs(list(listed)).items():
            for method in (hdrs.METH_GET, hdrs.METH_POST):
                route = app.router.add_route(method, path_of(name, "{index}"), self._handle)
                if config is not None:
                    cors.add(route, config)
                elif name == "excluded":
                    cors.exclude(route)
        add_pages(app)
        return app

    async def until_arrived(self, paths: Iterable[str]) -> None:
        """Wait for requests whose end no page gets to know: beacons."""
        while not self.arrived.keys() >= set(paths):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 10)

    def outcome(self, path: str) -> str:
        """Return what came of the last request to *path*, preflights aside."""
        arrivals = self.arrived.get(path)
        if not arrivals:
            return "unsent"
        reason = self._refused.get(path)
        return arrivals[-1].outcome if reason is None else f"{arrivals[-1].outcome}: {reason}"

    async def _note_refusal(self, request: web.Request, refused: Refused) -> None:
        if refused.kind == "protected":
            self._refused[request.path] = refused.reason

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.method == hdrs.METH_OPTIONS:
            return
        arrival = Arrival(
            request.headers.get(hdrs.ORIGIN),
            request.headers.get("Sec-Fetch-Site"),
            hdrs.COOKIE in request.headers,
            self._outcome(request.path, response),
        )
        self.arrived.setdefault(request.path, []).append(arrival)
        self._news.set()

    def _outcome(self, path: str, response: web.StreamResponse) -> str:
        if path in self._handled:
            return "passed"
        is_refusal = response.status == 403 and response.headers.get(hdrs.VARY) == "Origin"
        is_readable = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN in response.headers
        return "refused" if is_refusal and not is_readable else f"status {response.status}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._handled.add(request.path)
        if hdrs.UPGRADE in request.headers:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str("hello")
            await socket.receive()
            return socket
        if request.headers.get(hdrs.ACCEPT) == "text/event-stream":
            return web.Response(text="data: hello\n\n", content_type="text/event-stream")
        return web.Response(text="done")


def _configs(listed: list[str]) -> Mapping[str, Mapping[str, ResourceOptions] | None]:
    options = ResourceOptions(allow_headers=["Content-Type"])
    signed_in = ResourceOptions(allow_credentials=True, allow_headers=["Content-Type"])
    return {
        "unlisted": {"https://unlisted.example": options},
        "listed": dict.fromkeys(listed, options),
        "listed with credentials": dict.fromkeys(listed, signed_in),
        "everyone": {"*": options},
        "opaque": {"null": options, "file://": options},
        "without CORS": None,
        "excluded": None,
    }


def path_of(policy: str, index: object) -> str:
    """Return a path under *policy* that no other row asks for."""
    return f"/{policy.replace(' ', '-')}/{index}"


def add_pages(app: web.Application) -> None:
    """Let *app* serve the page that sends, which may hide its address, and cookies."""

    async def page(request: web.Request) -> web.Response:
        response = web.Response(text=PAGE, content_type="text/html")
        action = request.match_info["action"]
        if action == "no-referrer":
            response.headers["Referrer-Policy"] = "no-referrer"
        if action == "sign-in":
            response.set_cookie(COOKIE, "1")
        if action == "sign-in-everywhere":
            response.set_cookie(COOKIE, "1", secure=True, samesite="None")
        if action == "sign-out":
            # Cookies are shared by all ports of a host, and so by all tests.
            for name in request.cookies:
                response.del_cookie(name)
        return response

    app.router.add_get("/page/{action:.*}", page)


@dataclass
class Servers:
    """Where the pages of each place are, and the application itself."""

    guarded: Guarded
    origins: dict[Place, dict[str, str]]
    file: str
    """The URL of the same page as a file."""

    def page_url(self, place: Place, page: Page) -> str:
        """Return where *page* is."""
        if page.server == "file":
            return self.file
        return f"{self.origins[place][page.server]}/page/{page.path}"

    def named(self, place: Place, origin: str | None) -> str | None:
        """Return *origin* by its name in the table."""
        names = {url: f"{{{name}}}" for name, url in self.origins[place].items()}
        return origin if origin is None else names.get(origin, origin)


async def serving(
    places: Iterable[Place], running: contextlib.AsyncExitStack, file: str = ""
) -> Servers:
    """Serve the application at *places*, and pages beside it, until *running* ends.

    *file* is the URL at which the page is a file.
    """
    context = tls()
    pages = web.Application()
    add_pages(pages)
    plain = await _start(pages, running)
    encrypted = await start_proxy(plain, running, context=context)
    near = {"http": f"http://127.0.0.1:{plain}", "https": f"https://127.0.0.1:{encrypted}"}
    beside = {
        scheme: {
            "near": url,
            "far": url.replace("127.0.0.1", "localhost"),
            **({"plain": near["http"]} if scheme == "https" else {}),
        }
        for scheme, url in near.items()
    }
    guarded = Guarded()
    listed = {url for urls in beside.values() for url in urls.values()}
    api = await _start(guarded.app(listed), running)
    origins = {}
    for place in places:
        options: dict[str, Any] = {"context": context if place.scheme == "https" else None}
        if not place.keeps_host:
            options["rewrite"] = with_host(f"127.0.0.1:{api}")
        if not place.tells_site:
            options["rewrite"] = without_fetch_metadata
        is_direct = place.scheme == "http" and place.tells_site
        port = api if is_direct else await start_proxy(api, running, **options)
        origins[place] = {"api": f"{place.scheme}://127.0.0.1:{port}", **beside[place.scheme]}
    return Servers(guarded, origins, file)


async def _start(app: web.Application, running: contextlib.AsyncExitStack) -> int:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    running.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port
