"""One server and one loop for any number of applications, and what its answers say of CORS."""

from __future__ import annotations

import asyncio
import atexit
import functools
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from .building import Built, Seen
from .description import HOST, Application, Request
from .model import ALL_NAMES, OPEN, Answer, answer, is_allowed

SAFELISTED_RESPONSE_HEADERS = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}

HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


class Received:
    """An answer as it came."""

    def __init__(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.lines = [tuple(line.split(": ", 1)) for line in lines]

    def __repr__(self) -> str:
        return f"{self.status} {self.lines}"

    def get(self, name: str) -> str | None:
        values = [value for given, value in self.lines if given.lower() == name.lower()]
        assert len(values) <= 1 or name == "Set-Cookie", f"{name} came twice"
        return values[0] if values else None

    def items(self, name: str) -> tuple[str, ...] | None:
        value = self.get(name)
        return None if value is None else tuple(item.strip() for item in value.split(","))

    @property
    def names(self) -> set[str]:
        return {name.lower() for name, _ in self.lines}


class Server:
    """Serves one application at a time, on a port that stays."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        listening = self.loop.create_server(self._protocol, "127.0.0.1", 0)
        self._server = self.loop.run_until_complete(listening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def _protocol(self) -> asyncio.BaseProtocol:
        return self._runner.server()

    def start(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None)
        self.loop.run_until_complete(self._runner.setup())

    def stop(self) -> None:
        self.loop.run_until_complete(self._leave())
        self.loop.run_until_complete(self._runner.cleanup())

    @contextmanager
    def serving(self, app: web.Application) -> Iterator[None]:
        self.start(app)
        try:
            yield
        finally:
            self.stop()

    def ask(self, request: Request) -> Received:
        return self.loop.run_until_complete(self._ask(request))

    def settle(self) -> None:
        """Receivers hear of a refusal in tasks of their own."""
        for _ in range(3):
            self.loop.run_until_complete(asyncio.sleep(0))

    def close(self) -> None:
        self._server.close()
        self.loop.run_until_complete(self._server.wait_closed())
        self.loop.close()

    async def _ask(self, request: Request) -> Received:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(head_of(request))
        received = Received(await reader.readuntil(b"\r\n\r\n"))
        if request.method != "HEAD":
            await self._read_body(received, reader)
        # What follows a handshake that nobody took up is no request.
        if request.is_handshake or (received.get("Connection") or "").lower() == "close":
            await self._leave()
        return received

    async def _read_body(self, received: Received, reader: asyncio.StreamReader) -> None:
        if received.get("Transfer-Encoding") == "chunked":
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(int(received.get("Content-Length") or 0))

    async def _leave(self) -> None:
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            await writer.wait_closed()


@functools.cache
def shared_server() -> Server:
    """The server of a run: a machine of hypothesis is given no fixtures."""
    server = Server()
    atexit.register(server.close)
    return server


def head_of(request: Request) -> bytes:
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"Origin: {origin}" for origin in request.origins]
    if request.asks_method is not None:
        lines.append(f"Access-Control-Request-Method: {request.asks_method}")
    if request.asks_headers is not None:
        lines.append(f"Access-Control-Request-Headers: {request.asks_headers}")
    if request.fetch_site is not None:
        lines.append(f"Sec-Fetch-Site: {request.fetch_site}")
    if request.has_cookie:
        lines.append("Cookie: a=b")
    if request.is_handshake:
        lines += HANDSHAKE
    return "\r\n".join([*lines, "", ""]).encode()


# --- what the model says, beside what came ------------------------------------------------------


def check(server: Server, description: Application, built: Built, request: Request) -> None:
    """What the application answers, and what is heard of it, is as the model says."""
    expected = answer(description, request)
    if expected is OPEN:
        return
    built.seen.forget()
    received = server.ask(request)
    server.settle()
    wrong = disagreements(expected, received)
    wrong += heard_wrong(expected, is_allowed(description, request), built.seen)
    assert not wrong, (description, request, expected, received, wrong)


def heard_wrong(expected: Answer, allowed: bool | None, seen: Seen) -> Iterator[str]:
    told = "; ".join(seen.told) or "nothing"
    if expected.told is not OPEN and told not in expected.told:
        yield f"on_refused: expected {sorted(expected.told)}, got {told!r}"
    asked = len(seen.allowed)
    if expected.middlewares_run is not OPEN and asked != int(expected.middlewares_run):
        yield f"middlewares: expected {expected.middlewares_run}, ran {asked} times"
    if allowed is not OPEN and asked and seen.allowed != [allowed]:
        yield f"is_origin_allowed: expected {allowed}, got {seen.allowed}"


def disagreements(expected: Answer, received: Received) -> list[str]:
    """What is not as the model says, in words."""
    wrong = [
        f"{name}: expected {right!r}, got {got!r}"
        for name, right, got in compared(expected, received)
        if right != got
    ]
    if expected.status is not None and received.status not in expected.status:
        wrong.append(f"status: expected {set(expected.status)}, got {received.status}")
    if expected.is_bare:
        return wrong
    wrong += lists_wrong("ACAM", expected.acam, expected.acam_more, methods(received))
    vary = {name.lower() for name in received.items("Vary") or ()}
    wrong += lists_wrong("Vary", expected.vary, expected.vary_more, vary)
    if len(vary) != len(received.items("Vary") or ()):
        wrong.append("Vary repeats a name")
    if not expected.acac_and_aceh_are_open:
        wrong += exposed_wrong(expected, received)
    return wrong


def compared(expected: Answer, received: Received) -> Iterator[tuple[str, object, object]]:
    """What must be equal."""
    names = received.items("Access-Control-Allow-Headers")
    yield "ACAH", expected.acah, None if names is None else frozenset(names)
    yield "ACMA", expected.acma, received.get("Access-Control-Max-Age")
    if expected.is_bare:
        yield "ACAM", None, received.get("Access-Control-Allow-Methods")
        return
    yield "ACAO", expected.acao, received.get("Access-Control-Allow-Origin")
    if not expected.acac_and_aceh_are_open:
        yield "ACAC", expected.acac, received.get("Access-Control-Allow-Credentials")
    first = methods(received)[:1]
    yield "ACAM begins", (expected.acam or ())[:1], first


def methods(received: Received) -> tuple[str, ...]:
    return received.items("Access-Control-Allow-Methods") or ()


def lists_wrong(name, must, may, got) -> Iterator[str]:
    must = set(must or ())
    if must - set(got):
        yield f"{name} lacks {sorted(must - set(got))}, got {sorted(got)}"
    if set(got) - must - set(may):
        yield f"{name} has {sorted(set(got) - must - set(may))}, got {sorted(got)}"


def exposed_wrong(expected: Answer, received: Received) -> Iterator[str]:
    got = received.items("Access-Control-Expose-Headers")
    if expected.aceh != ALL_NAMES:
        if got != expected.aceh:
            yield f"ACEH: expected {expected.aceh}, got {got}"
        return
    listed = {name.lower() for name in got or ()}
    if list(got or ()) != sorted(got or (), key=str.lower) or len(listed) != len(got or ()):
        yield f"ACEH is not sorted, or repeats a name: {got}"
    if listed & (SAFELISTED_RESPONSE_HEADERS | {"set-cookie"}) or listed - received.names:
        yield f"ACEH lists what nobody needs: {got}"
    if "x-one" in received.names and "x-one" not in listed:
        yield f"ACEH lacks X-One: {got}"
