"""Nothing that a client makes up is kept: ``python -m benchmarks.memory``.

Requests with made-up methods, origins, paths and header lists go through aiohttp's request handler,
to fixed and dynamic routes, views, a ``*`` route, a route per request (a resource of the
application's own makes it in ``resolve``) and to nothing at all. Memory is what Python's allocator
counts.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

from .contenders import handler
from .driver import Client, Connection

# The bounded memories of answers are full after the first requests.
WARM_UP, LIMIT = 10_000, 256 * 1024
PAGE = "https://client.example.com"
BATCH = 100
MOST_PASSES = 1_000  # of the event loop, per request
NO_EXTENSIONS = "AIOHTTP_NO_EXTENSIONS"


class RoutePerRequest(web.PlainResource):
    """What some applications do: the route of a request is made when it comes."""

    def get_info(self) -> dict[str, object]:  # type: ignore[override]  # aiohttp's type is private
        return {"path": "/made"}

    async def resolve(
        self, request: web.Request
    ) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        if not request.rel_url.raw_path.startswith("/made/"):
            return None, set()
        route = web.ResourceRoute(request.method, handler, self)
        return web.UrlMappingMatchInfo({}, route), {request.method}


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await handler(self.request)


def application(*, everywhere: bool) -> web.Application:
    """Every kind of route, with every kind of key."""
    app = web.Application()
    options = ResourceOptions(
        allow_credentials=True, allow_headers="*", allow_methods="*", expose_headers="*"
    )
    keys = {
        PAGE: options,
        "https://*.example.com": options,
        "*": ResourceOptions(allow_headers="*"),
    }
    cors = aiohttp_cors.setup(app, defaults=keys, everywhere=everywhere, preflight_first=True)
    router = app.router
    resource = RoutePerRequest("/made")
    router.register_resource(resource)
    routes = [
        router.add_get("/fixed", handler),
        router.add_route("PUT", "/items/{id}", handler),
        router.add_route("*", "/view/{id}", View),
        router.add_route("*", "/any/{tail:.*}", handler),
    ]
    for route in routes:
        cors.add(route)
    cors.add(resource)
    return app


def requests(seed: int) -> Iterator[bytes]:
    """Endless, and hardly one of them twice."""
    rng = random.Random(seed)
    paths = ("/fixed", "/items/{}", "/view/{}", "/any/{}", "/made/{}", "/none/{}")
    for number in itertools.count():
        word = f"{number:x}-{rng.getrandbits(64):x}"
        origin = rng.choice(
            (PAGE, "null", f"https://{word}.example", f"https://{word}.example.com", f"{word}")
        )
        made_up = rng.choice(("GET", "PUT", "POST", f"X{word.upper()}"))
        lines = [
            f"{rng.choice(('OPTIONS', made_up))} {rng.choice(paths).format(word)} HTTP/1.1",
            "Host: api.example.org",
            "Content-Length: 0",
            f"Origin: {origin}",
        ]
        if rng.random() < 0.7:
            lines.append(f"Access-Control-Request-Method: {made_up}")
            names = (f"x-{word}-{i}" for i in range(rng.randrange(4)))
            lines.append(f"Access-Control-Request-Headers: {','.join(names)}")
        yield ("\r\n".join(lines) + "\r\n\r\n").encode()


def growth(
    connection: Connection, app: web.Application, made_up: Iterator[bytes], count: int
) -> int:
    """By how many bytes memory has grown when *count* requests have been answered."""
    connection.switch(Client(connection, app, []))

    def ask(count: int) -> None:
        for _ in range(count // BATCH):
            answer(connection, [*itertools.islice(made_up, BATCH)])

    # From the start, since what is not counted when it comes is not counted when it goes.
    tracemalloc.start()
    ask(WARM_UP)
    before = traced()
    ask(count)
    grown = traced() - before
    tracemalloc.stop()
    return grown


def answer(connection: Connection, pipelined: list[bytes]) -> list[bytes]:
    """Send the requests at once, and return their answers."""
    writes: list[bytes] = []
    connection.transport.collected = writes
    starts: list[int] = []

    async def all_answers() -> None:
        read = 0
        for _ in range(MOST_PASSES * len(pipelined)):
            if len(starts) == len(pipelined):
                return
            await asyncio.sleep(0)
            fresh = range(read, len(writes))
            starts.extend(i for i in fresh if writes[i].startswith(b"HTTP/1.1 "))
            read = len(writes)
        sys.exit(f"no answer to one of {pipelined!r}")

    connection.transport.feed(b"".join(pipelined))
    connection.loop.run_until_complete(all_answers())
    connection.transport.collected = None
    ends = [*starts[1:], len(writes)]
    return [b"".join(writes[i:j]) for i, j in zip(starts, ends, strict=True)]


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="in each mode")
    count = parser.parse_args().requests
    if NO_EXTENSIONS not in os.environ:
        # The parser in C refuses methods that nobody has registered.
        again = [sys.executable, "-m", "benchmarks.memory", *sys.argv[1:]]
        env = {**os.environ, NO_EXTENSIONS: "1"}
        sys.exit(subprocess.run(again, env=env, check=False).returncode)
    modes: dict[str, Callable[[], web.Application]] = {
        "add": lambda: application(everywhere=False),
        "everywhere": lambda: application(everywhere=True),
    }
    connection, worst = Connection(), 0
    for name, build in modes.items():
        grown = growth(connection, build(), requests(1), count)
        worst = max(worst, grown)
        print(f"{name}: {grown / 1024:+,.1f} KiB after {count:,} requests", flush=True)
    if worst > LIMIT:
        sys.exit(f"more than {LIMIT // 1024} KiB are kept")


if __name__ == "__main__":
    main()
