"""A small reverse proxy: it ends TLS, and may change the heads of requests on their way."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import TypeAlias

import trustme

_HEAD_END = b"\r\n\r\n"
_SIZE = 2**16

Rewrite: TypeAlias = Callable[[list[str]], list[str]]
"""What becomes of the lines of a request's head."""


def tls() -> ssl.SSLContext:
    """Return the server's side of TLS, with a new certificate for both names of loopback."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def unchanged(lines: list[str]) -> list[str]:
    """Keep a head as it is, its `Host` too."""
    return lines


def with_host(host: str) -> Rewrite:
    """Name *host* to the application, as proxies do that are told nothing else."""

    def rewrite(lines: list[str]) -> list[str]:
        return [f"Host: {host}" if _name(line) == "host" else line for line in lines]

    return rewrite


def without_fetch_metadata(lines: list[str]) -> list[str]:
    """Leave out what older engines do not send, and none sends to plain-http sites elsewhere."""
    return [line for line in lines if not _name(line).startswith("sec-fetch-")]


async def start_proxy(
    port: int,
    running: contextlib.AsyncExitStack,
    *,
    context: ssl.SSLContext | None = None,
    rewrite: Rewrite = unchanged,
) -> int:
    """Return the port of a proxy to *port*, which runs until *running* ends."""
    conversations: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_Conversation(reader, writer, rewrite).hold(port))
        conversations.add(task)
        task.add_done_callback(conversations.discard)

    async def end() -> None:
        listener.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    running.push_async_callback(end)
    listening: int = listener.sockets[0].getsockname()[1]
    return listening


class _Conversation:
    """One connection of a browser's, and the one to the application that belongs to it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rewrite: Rewrite
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._rewrite = rewrite
        self._handshake: asyncio.Future[bool] | None = None

    async def hold(self, port: int) -> None:
        """Hand on what comes, in both directions, until one side ends."""
        async with contextlib.AsyncExitStack() as open_ends:
            open_ends.push_async_callback(_abort, self._writer)
            back, forth = await asyncio.open_connection("127.0.0.1", port)
            open_ends.push_async_callback(_abort, forth)
            ways = {
                asyncio.create_task(self._hand_on(forth)),
                asyncio.create_task(self._hand_back(back)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)

    async def _hand_on(self, forth: asyncio.StreamWriter) -> None:
        while True:
            head = (await self._reader.readuntil(_HEAD_END)).decode("latin-1")
            lines = self._rewrite(head.removesuffix("\r\n\r\n").split("\r\n"))
            fields = {_name(line): line.partition(":")[2].strip() for line in lines[1:]}
            body = await self._reader.readexactly(int(fields.get("content-length", "0")))
            self._handshake = asyncio.Future() if "upgrade" in fields else None
            forth.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            await forth.drain()
            if self._handshake is not None and await self._handshake:
                await _pump(self._reader, forth)
                return

    async def _hand_back(self, back: asyncio.StreamReader) -> None:
        # A handshake that is refused leaves the connection to further requests.
        while data := await back.read(_SIZE):
            if self._handshake is not None and not self._handshake.done():
                self._handshake.set_result(data.startswith(b"HTTP/1.1 101 "))
            self._writer.write(data)
            await self._writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_SIZE):
        writer.write(data)
        await writer.drain()


async def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _name(line: str) -> str:
    return line.partition(":")[0].lower()
