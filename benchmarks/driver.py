"""aiohttp's request handler without sockets: bytes in, bytes out, and the time between."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web


class IdleSelector(selectors.BaseSelector):
    """Never enters the kernel: there is nothing to wait for."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        self._keys[fileobj] = key = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[Any]:
        return []

    def get_map(self) -> dict[Any, selectors.SelectorKey]:
        return self._keys


class Transport(asyncio.Transport):
    """Takes the answers; when one is complete, the next request is fed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        self.feed: Callable[[bytes], None]
        self.requests: list[bytes] = []
        self.collected: list[bytes] | None = None  # when set, answers are kept and nothing is fed
        self.writes_per_answer = 1
        self.writes_left = self.answers_left = self.position = self.ended = 0

    def start(self, answers: int) -> None:
        self.answers_left, self.writes_left, self.position = answers, self.writes_per_answer, 0
        self.loop.call_soon(self.feed, self.requests[0])

    def write(self, data: Any) -> None:
        if self.collected is not None:
            self.collected.append(bytes(data))
            return
        self.writes_left -= 1
        if self.writes_left:
            return
        self.answers_left -= 1
        if not self.answers_left:
            self.ended = time.thread_time_ns()
            self.loop.stop()
            return
        self.writes_left = self.writes_per_answer
        self.position = (self.position + 1) % len(self.requests)
        self.loop.call_soon(self.feed, self.requests[self.position])

    def writelines(self, chunks: Any) -> None:
        self.write(b"".join(chunks))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        raise RuntimeError("the connection was closed")

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Connection:
    """One keep-alive connection that all contenders share.

    With a connection each, their parsers and buffers would lie differently in memory, and that
    alone shifts a request by one percent: more than some overheads. The request handler asks its
    server for the application's two entry points at each request, so those are what is switched.
    """

    def __init__(self) -> None:
        self.loop = asyncio.SelectorEventLoop(IdleSelector())
        asyncio.set_event_loop(self.loop)
        self.transport = Transport(self.loop)
        self.protocol: Any = self.start(web.Application())()
        self.protocol.connection_made(self.transport)
        self.transport.feed = self.protocol.data_received

    def start(self, app: web.Application) -> web.Server:
        runner = web.AppRunner(app, handle_signals=False, access_log=None)
        self.loop.run_until_complete(runner.setup())
        assert runner.server is not None
        return runner.server

    def switch(self, client: Client) -> None:
        self.protocol._request_handler = client.server.request_handler
        self.protocol._request_factory = client.server.request_factory
        self.transport.requests = client.requests
        self.transport.writes_per_answer = client.writes_per_answer

    def one(self) -> list[bytes]:
        """The writes that make up the answer to the first request."""
        collected: list[bytes] = []
        self.transport.collected = collected
        self.transport.start(1)
        for _ in range(20):
            self.loop.run_until_complete(asyncio.sleep(0))
        self.transport.collected = None
        return collected

    def run(self, count: int) -> float:
        """CPU nanoseconds per request, over *count* requests."""
        self.transport.start(count)
        started = time.thread_time_ns()
        self.loop.run_forever()
        return (self.transport.ended - started) / count


class Client:
    """One contender's application, and what it is asked."""

    def __init__(self, connection: Connection, app: web.Application, requests: list[bytes]) -> None:
        self.connection = connection
        self.server = connection.start(app)
        self.requests = requests
        self.writes_per_answer = 1

    def answer(self) -> bytes:
        self.connection.switch(self)
        writes = self.connection.one()
        self.writes_per_answer = len(writes)
        return b"".join(writes)

    def run(self, count: int) -> float:
        self.connection.switch(self)
        return self.connection.run(count)
