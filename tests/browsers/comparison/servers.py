"""Servers that answer exactly what a row says, and write down what arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import randint

from aiohttp_cors.fetch import is_bad_port

from .table import Answer, Route, Row

_ALWAYS_TOLD = ("origin", "access-control-request-method", "access-control-request-headers")
_WHO_ASKS = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
_REQUEST_LINE_AND_HEADERS = b"\r\n\r\n"
_BODY = b"hello"
_NOT_FOUND = Answer(404, ())
ALWAYS_READABLE = frozenset({"cache-control", "content-length", "content-type"})
# Cookies are shared by all ports of a host, and so by all tests.
COOKIES = frozenset({"compared=1", "kept=1", "seen=1"})
_BODILESS = frozenset({204, 205, 304})

BAD_PORTS = tuple(port for port in range(65536) if is_bad_port(port))

PAGE = """<!doctype html>
<link rel=icon href=data:>
<title>The page that asks</title>
<script>
const ask = async ([url, init]) => {
    try {
        const answer = await fetch(url, init);
        await answer.text();
        return [answer.status, answer.type, answer.redirected, [...answer.headers.keys()]];
    } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return null;
    }
};
const run = async asks => {
    const outcomes = [];
    for (const each of asks) outcomes.push(await ask(each));
    return outcomes;
};
const runSandboxed = asks => new Promise(resolve => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = ({data}) => resolve(data);
    document.querySelector("iframe").contentWindow.postMessage(asks, "*", [port2]);
});
onmessage = async ({data, ports}) => ports[0].postMessage(await run(data));
</script>
"""
TOP = f"""{PAGE}
<script>document.cookie = "compared=1; path=/"</script>
<iframe sandbox="allow-scripts" src="/frame"></iframe>
"""


@dataclass
class Servers:
    """Loopback servers: `page`, `api`, `other` and `far`, and those of the bad ports.

    Each is an origin of its own, and `far` also a site; it is `other` under another name.
    """

    rows: Sequence[Row]
    origins: dict[str, str] = field(default_factory=dict)
    arrived: dict[str, list[str]] = field(default_factory=dict)
    """The requests of each run and row, as text, in the order of their arrival."""

    def url(self, run: str, index: int, to: str) -> str:
        """Return the URL at which server and path *to* of row *index* are served for *run*."""
        server, _, tail = to.partition("/")
        return f"{self.origins[server]}/{run}/{index}/{tail}"

    def requests(self, run: str, index: int) -> tuple[str, ...]:
        """Return what arrived from row *index* in *run*."""
        return tuple(self.arrived.get(f"{run}/{index}", ()))

    def fill(self, text: str, path: str) -> str:
        """Return *text* of a row with the origins, their hosts, and the row's path filled in."""
        for name, origin in self.origins.items():
            text = text.replace(f"{{{name}}}", origin)
            text = text.replace(f"{{{name} host}}", origin.removeprefix("http://"))
        return text.replace("{row}", path)

    def _told(self, row: Row, request: _Request, to: str) -> str:
        """A request in one line: what a row may be about, and nothing of the engine's own."""
        headers = request.headers
        told = [request.method.upper(), to]
        told += [f"{_SHORT[name]}:{headers[name]}" for name in _ALWAYS_TOLD if name in headers]
        if "content-type" in headers and "content-type" not in row.header_names:
            told.append(f"content-type:{headers['content-type']}")
        if row.tells_who_asks:
            told += [f"{name}:{headers.get(name)}" for name in _WHO_ASKS]
        told += [n for n in sorted(row.header_names) if headers.get(n) in _values(row, n)]
        cookies = {pair.strip() for pair in headers.get("cookie", "").split(";")}
        told += sorted(cookies & COOKIES)
        told += [f"body:{request.body}"] if request.body else []
        text = " ".join(told)
        for name, origin in self.origins.items():
            text = text.replace(origin, f"{{{name}}}")
        return text

    def answer(self, server: str, request: _Request) -> bytes:
        """Return the bytes that answer *request*."""
        if request.path in ("/", "/frame"):
            return _page(TOP if request.path == "/" else PAGE)
        _, run, index, *tail = request.path.partition("?")[0].split("/")
        server = "far" if request.headers.get("host", "").startswith("localhost") else server
        row, to = self.rows[int(index)], f"{server}/{'/'.join(tail)}"
        self.arrived.setdefault(f"{run}/{index}", []).append(self._told(row, request, to))
        route = row.routes.get(to, Route(_NOT_FOUND, _NOT_FOUND))
        said = route.preflight if request.is_preflight else route.actual
        lines = [f"{n}: {self.fill(v, f'/{run}/{index}')}" for n, v in said.headers]
        body = b"" if said.status in _BODILESS else _BODY
        lines += ["Cache-Control: no-store", "Content-Type: text/plain"]
        lines += [f"Content-Length: {len(body)}"]
        return _message(said.status, lines, b"" if request.method == "HEAD" else body)


_SHORT = {
    "origin": "Origin",
    "access-control-request-method": "ACRM",
    "access-control-request-headers": "ACRH",
}


def _values(row: Row, name: str) -> set[str]:
    """What arrives if a header that the page sets is sent as it is."""
    values = [[v.strip() for n, v in ask.headers if n.lower() == name] for ask in row.asks]
    return {", ".join(found) for found in values if found}


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def is_preflight(self) -> bool:
        return self.method == "OPTIONS" and "access-control-request-method" in self.headers


def _page(html: str) -> bytes:
    body = html.encode()
    return _message(200, ["Content-Type: text/html", f"Content-Length: {len(body)}"], body)


def _message(status: int, lines: list[str], body: bytes) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, "", ""])
    return head.encode("latin-1") + body


async def _read(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(_REQUEST_LINE_AND_HEADERS)).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return _Request(method, path, headers, body.decode("latin-1"))


@contextlib.asynccontextmanager
async def serving(rows: Sequence[Row]) -> AsyncIterator[Servers]:
    """Serve *rows* on three free ports, and on the bad ones, until the end of the block."""
    servers = Servers(rows)
    open_connections: set[asyncio.Task[None]] = set()

    def accept(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_converse(servers, name, reader, writer))
        open_connections.add(task)
        task.add_done_callback(open_connections.discard)

    async with contextlib.AsyncExitStack() as running:
        for name in ("page", "api", "other"):
            listener = await asyncio.start_server(
                lambda reader, writer, name=name: accept(name, reader, writer), "127.0.0.1", 0
            )
            running.callback(listener.close)
            port = listener.sockets[0].getsockname()[1]
            servers.origins[name] = f"http://127.0.0.1:{port}"
        # One of them under another name, which makes it another site.
        servers.origins["far"] = servers.origins["other"].replace("127.0.0.1", "localhost")
        host = f"127.{randint(1, 254)}.{randint(0, 255)}.{randint(1, 254)}"
        for port in BAD_PORTS:
            name = f"port {port}"
            servers.origins[name] = f"http://{host}:{port}"
            # Where it may be taken (of an address of its own, it is free), nothing but the browser
            # keeps the page from it.
            with contextlib.suppress(OSError):
                listener = await asyncio.start_server(
                    lambda reader, writer, name=name: accept(name, reader, writer),
                    host,
                    port,
                )
                running.callback(listener.close)
        yield servers
        for task in open_connections:
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)


async def _converse(
    servers: Servers, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, OSError):
        while True:
            request = await _read(reader)
            writer.write(servers.answer(name, request))
            await writer.drain()
