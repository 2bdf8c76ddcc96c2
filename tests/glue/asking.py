"""Requests to a server, and all that its answers say of CORS: one header too many fails a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDict

if TYPE_CHECKING:  # aiohttp 3.9 has no parameters there
    Client = TestClient[web.Request, web.Application]
else:
    Client = TestClient
MakeClient = Callable[[web.Application], Awaitable[Client]]
Headers = Mapping[str, str] | Iterable[tuple[str, str]]

A = "https://a.example"
B = "https://b.example"
REFUSED = "https://refused.example"

PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
CONSTANT_PREFLIGHT_VARY = "Access-Control-Request-Method, Access-Control-Request-Headers"

# What every answer about an origin that may not read it looks like.
VARIES = {"Vary": "Origin"}
NOTHING: dict[str, str] = {}

_SHORT = {
    "access-control-allow-origin": "ACAO",
    "access-control-allow-credentials": "ACAC",
    "access-control-allow-methods": "ACAM",
    "access-control-allow-headers": "ACAH",
    "access-control-expose-headers": "ACEH",
    "access-control-max-age": "ACMA",
    "vary": "Vary",
}


class Answer(NamedTuple):
    """A status, and the headers that are about CORS or caches; short names, as in `_SHORT`."""

    status: int
    cors: dict[str, str]


def cors_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """All `Access-Control-*` headers and `Vary`, none of which may be there twice."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        low = name.lower()
        if low.startswith("access-control-") or low == "vary":
            short = _SHORT.get(low, name)
            assert short not in found, f"{name} is there twice"
            found[short] = value
    return found


async def ask(
    client: Client,
    method: str,
    path: str,
    origin: str | None = A,
    headers: Headers = (),
    **options: Any,
) -> Answer:
    """The answer to an actual request of a page of *origin*."""
    sent = CIMultiDict(headers)
    if origin is not None:
        sent["Origin"] = origin
    async with client.request(
        method, path, headers=sent, allow_redirects=False, **options
    ) as response:
        await response.read()
        return Answer(response.status, cors_headers(response.headers))


def preflight_request(
    method: str | None, origin: str | None = A, names: str | None = None
) -> CIMultiDict[str]:
    """The headers of a preflight."""
    sent = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": names,
    }
    return CIMultiDict({name: value for name, value in sent.items() if value is not None})


async def preflight(
    client: Client,
    path: str,
    method: str | None,
    origin: str | None = A,
    names: str | None = None,
) -> Answer:
    """The answer to a preflight of a page of *origin*."""
    return await ask(client, "OPTIONS", path, None, preflight_request(method, origin, names))


async def reason(
    client: Client,
    path: str,
    method: str | None,
    origin: str | None = A,
    names: str | None = None,
) -> str:
    """Why a preflight is refused: the whole text of the 403."""
    sent = preflight_request(method, origin, names)
    async with client.options(path, headers=sent) as response:
        assert response.status == 403
        assert cors_headers(response.headers).keys() == {"Vary"}
        return await response.text()


def granted(method: str = "GET", origin: str = A, **more: str) -> tuple[int, dict[str, str]]:
    """What a granted preflight answers; *more* are further headers by their short names."""
    return 200, {"ACAO": origin, "ACAM": method, "Vary": PREFLIGHT_VARY, **more}


def refused(**more: str) -> tuple[int, dict[str, str]]:
    """What a refused preflight answers."""
    return 403, {"Vary": PREFLIGHT_VARY, **more}


def readable(
    status: int = 200, origin: str = A, vary: str = "Origin", **more: str
) -> tuple[int, dict[str, str]]:
    """What a page of *origin* can read."""
    return status, {"ACAO": origin, "Vary": vary, **more}


def unreadable(status: int = 200) -> tuple[int, dict[str, str]]:
    """What a page cannot read, on a resource that others can."""
    return status, dict(VARIES)


def bare(status: int = 200) -> tuple[int, dict[str, str]]:
    """What CORS has no part in."""
    return status, {}


async def agrees(client: Client, path: str, method: str, origin: str) -> bool:
    """Whether a page may send *method*; a preflight and the actual request say the same."""
    asked = await preflight(client, path, method, origin)
    sent = await ask(client, method, path, origin)
    allowed = asked.status == 200
    assert allowed == (sent.cors.get("ACAO") in (origin, "*")), (asked, sent)
    assert ("ACAC" in asked.cors) == ("ACAC" in sent.cors and allowed)
    return allowed


class RawAnswer(NamedTuple):
    """What came back over a socket: the status, all headers, and the first of the body."""

    status: int
    headers: CIMultiDict[str]
    text: str

    @property
    def cors(self) -> dict[str, str]:
        return cors_headers(self.headers)


class Wire:
    """A connection over which every byte is chosen; another one, where the server closes it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            await writer.wait_closed()

    async def ask(self, head: bytes) -> RawAnswer:
        """The answer to the request *head*, which ends in an empty line."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._client.host, self._client.port)
        reader, writer = self._streams
        writer.write(head)
        await writer.drain()
        received = await reader.readuntil(b"\r\n\r\n")
        first, *lines = received.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        headers = CIMultiDict(tuple(line.split(": ", 1)) for line in lines)
        status = int(first.split(" ")[1])
        body = await reader.readexactly(int(headers.get("Content-Length", 0)))
        if status == HTTPStatus.BAD_REQUEST or headers.get("Connection", "").lower() == "close":
            await self._close()
        return RawAnswer(status, headers, body.decode())


async def ask_raw(client: Client, head: bytes) -> RawAnswer:
    """The answer to a request of which every byte is chosen, on a connection of its own."""
    async with Wire(client) as wire:
        return await wire.ask(head)


async def answer(request: web.Request) -> web.Response:
    """The plainest handler."""
    return web.Response(text=request.method)
