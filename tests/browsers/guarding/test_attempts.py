"""A page gets past `protect` with nothing that it may set or do.

A page that has no options at all is kept from most attempts by the preflight. So they are also made
from a page to which preflights grant all: a sandboxed frame, which may read what everyone may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .servers import add_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from browsers.sites import Serve, Tab

ANYTHING = {"*": ResourceOptions(allow_headers="*", allow_methods="*")}
SOMEBODY_ELSE = {"https://another.example": ResourceOptions(allow_headers="*", allow_methods="*")}

# Headers that a page may set, with what might make it look like one of the application's own.
HEADERS = {
    "X-Forwarded-Host": "{page host}",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "host={page host};proto=https",
    "X-Original-URL": "/read",
    "X-Rewrite-URL": "/read",
    "X-Original-Host": "{page host}",
    "X-Host": "{page host}",
    "X-Origin": "{api}",
    "X-Requested-With": "XMLHttpRequest",
    "X-CSRF-Token": "1",
    "X-CSRFToken": "1",
    "X-HTTP-Method-Override": "GET",
    "X-HTTP-Method": "GET",
    "X-Method-Override": "GET",
    "Authorization": "Bearer 1",
    "Accept": "text/event-stream",
    "Sec_Fetch_Site": "same-origin",
    "X-Sec-Fetch-Site": "same-origin",
    "Upgrade-Insecure-Requests": "1",
}
FORBIDDEN_HEADERS = {
    "Sec-Fetch-Site": "same-origin",
    "sec-fetch-site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-WebSocket-Key": "1",
    "Host": "{page host}",
    "Origin": "{api}",
    "Referer": "{api}/page",
    "Cookie": "a=b",
    "Connection": "keep-alive, Origin",
    "Upgrade": "websocket",
    "Access-Control-Request-Method": "GET",
    "Transfer-Encoding": "chunked",
    "Content-Length": "0",
    "Expect": "100-continue",
    "TE": "trailers",
    "Via": "1.1 proxy",
}
TYPES = (
    "text/plain",
    "text/plain;application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json",
    "application/csp-report",
    "text/ping",
    "",
)
# Others do not get past the parser of aiohttp.
METHODS = ("POST", "post", "PUT", "put", "DELETE", "PATCH", "PROPFIND", "LOCK", "MKCOL")
INITS: tuple[dict[str, Any], ...] = (
    {"mode": "no-cors"},
    {"mode": "no-cors", "headers": {"X-Requested-With": "XMLHttpRequest"}},
    {"mode": "no-cors", "keepalive": True},
    {"mode": "no-cors", "credentials": "include"},
    {"mode": "no-cors", "referrerPolicy": "no-referrer"},
    {"mode": "no-cors", "referrerPolicy": "unsafe-url"},
    {"mode": "no-cors", "referrerPolicy": "same-origin"},
    {"mode": "no-cors", "referrer": ""},
    {"mode": "no-cors", "cache": "force-cache"},
    {"mode": "cors", "redirect": "manual"},
    {"mode": "same-origin"},
    {"mode": "cors", "referrerPolicy": "no-referrer"},
    {"mode": "cors", "integrity": "sha256-AAAA"},
    {"mode": "cors", "redirect": "error"},
)
# An open redirect of the application's own, of the page's server, and of another site.
REDIRECTS = (
    "{api}/redirect/307",
    "{api}/redirect/308",
    "{page}/redirect/307",
    "{far}/redirect/308",
)


@dataclass(frozen=True)
class Attempt:
    """One `fetch()`; *header* is one that has to arrive, *forbidden* one that must not."""

    init: dict[str, Any]
    header: tuple[str, str] | None = None
    forbidden: tuple[str, str] | None = None
    url: str = "{api}/send"
    is_always_sent: bool = False


def attempts() -> Iterator[Attempt]:
    """Return what a page may try, with placeholders for origins."""
    for line in HEADERS.items():
        yield Attempt({"headers": dict([line])}, header=line)
    for line in FORBIDDEN_HEADERS.items():
        yield Attempt({"headers": dict([line])}, forbidden=line, is_always_sent=True)
    for kind in TYPES:
        yield Attempt({"headers": {"Content-Type": kind}})
    for method in METHODS:
        yield Attempt({"method": method})
    for init in INITS:
        yield Attempt(init, is_always_sent=init["mode"] == "no-cors")
    for url in REDIRECTS:
        yield Attempt({"mode": "no-cors"}, url=url, is_always_sent=True)


ATTEMPTS = tuple(attempts())


class Target:
    """An application that writes down what gets to it, and what gets to its handler."""

    def __init__(self) -> None:
        self.arrived: dict[str, Mapping[str, str]] = {}
        self.handled: list[str] = []

    def app(self, policy: Any) -> web.Application:
        app = pages_app()
        app.on_response_prepare.append(self._note)
        cors = aiohttp_cors.setup(app, preflight_first=True, protect=True)
        cors.add(app.router.add_route("*", "/send/{index}", self._handle), policy)
        cors.exclude(app.router.named_resources()["redirect"])
        return app

    async def _note(self, request: web.Request, _response: web.StreamResponse) -> None:
        if request.method != hdrs.METH_OPTIONS:
            self.arrived[request.path] = request.headers

    async def _handle(self, request: web.Request) -> web.Response:
        self.handled.append(request.path)
        return web.Response(text="done")


def pages_app() -> web.Application:
    """Return an application of the page, with an open redirect."""

    async def redirect(request: web.Request) -> web.Response:
        raise REDIRECTIONS[request.match_info["status"]](request.query["to"])

    app = web.Application()
    add_pages(app)
    app.router.add_route("*", "/redirect/{status}/{index}", redirect, name="redirect")
    return app


REDIRECTIONS = {"307": web.HTTPTemporaryRedirect, "308": web.HTTPPermanentRedirect}


async def attempt_all(
    serve: Serve, tab: Tab, policy: Any, *, is_sandboxed: bool
) -> Iterator[tuple[Attempt, Mapping[str, str] | None]]:
    """Return the attempts of a page beside the application, with the headers that arrived."""
    target = Target()
    api, page = await serve(target.app(policy)), await serve(pages_app())
    names = {"{api}": api.origin, "{page}": page.origin, "{far}": page.localhost}
    names["{page host}"] = f"127.0.0.1:{page.port}"

    def filled(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    asked = [
        ("attempt", filled(f"{each.url}/{i}?to={{api}}/send/{i}"), _filled(each.init, filled))
        for i, each in enumerate(ATTEMPTS)
    ]
    await tab.open(page / "page/")
    run = "await (isSandboxed ? runSandboxed(asked) : run(asked))"
    await tab.js(run, isSandboxed=is_sandboxed, asked=asked)
    assert target.handled == []
    arrived = [target.arrived.get(f"/send/{i}") for i in range(len(ATTEMPTS))]
    for attempt, headers in zip(ATTEMPTS, arrived, strict=True):
        if attempt.forbidden is not None and headers is not None:
            name, value = attempt.forbidden
            assert headers.get(name) != filled(value), attempt
    return zip(ATTEMPTS, arrived, strict=True)


def _filled(init: dict[str, Any], filled: Callable[[str], str]) -> dict[str, Any]:
    headers = {name: filled(value) for name, value in init.get("headers", {}).items()}
    return {**init, "headers": headers}


async def test_a_page_without_options_gets_past_with_nothing(serve: Serve, tab: Tab) -> None:
    arrived = await attempt_all(serve, tab, SOMEBODY_ELSE, is_sandboxed=False)
    unsent = [attempt for attempt, headers in arrived if headers is None]
    assert [attempt for attempt in unsent if attempt.is_always_sent] == []


async def test_a_page_to_which_preflights_grant_all_gets_past_with_nothing(
    serve: Serve, tab: Tab
) -> None:
    unsent = []
    for attempt, headers in await attempt_all(serve, tab, ANYTHING, is_sandboxed=True):
        if headers is None:
            unsent.append(attempt.init["mode"])
        elif attempt.header is not None:
            assert attempt.header[0] in headers
    assert unsent == ["same-origin"]
