"""What a preflight costs among many dynamic resources: ``python -m benchmarks.many_resources``.

aiohttp's router finds a dynamic resource by the fixed part of its path in front, and goes through
those that have it in common. Both are measured: a beginning for each resource, and one for all.
Beside each figure stands aiohttp's own time for the same request, answered by an OPTIONS handler
that does nothing. The table is printed as it stands in the documentation.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import NamedTuple

from aiohttp import web

from .__main__ import OTHERS, install
from .contenders import OLD, handler, load_as, no_content
from .driver import Client, Connection

SIZES = (50, 500, 5_000, 50_000)
PATHS = {
    "``/dynI/{id}``": "/dyn{}/{{id}}",
    "``/api/{tenant}/rI/{id}``": "/api/{{tenant}}/r{}/{{id}}",
}
Build = Callable[[Iterable[str]], web.Application]
PAGE = "https://client.example.com"
ASKED, ROUNDS, LONG_ROUNDS, TURN_NS = 50, 25, 3, 20_000_000
HEADING = (
    "Path",
    "Resources",
    "aiohttp alone",
    "added by this package",
    "added by 0.8.1",
    "first one",
)


class Times(NamedTuple):
    """Nanoseconds per preflight, and of this package's very first one."""

    alone: float
    added: float
    added_by_old: float
    first: float


def preflight(path: str) -> bytes:
    lines = [
        f"OPTIONS {path.format(tenant='acme', id=7)} HTTP/1.1",
        "Host: api.example.org",
        f"Origin: {PAGE}",
        "Access-Control-Request-Method: PUT",
        "Access-Control-Request-Headers: content-type",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def without_cors(paths: Iterable[str]) -> web.Application:
    app = web.Application()
    for path in paths:
        resource = app.router.add_resource(path)
        resource.add_route("PUT", handler)
        resource.add_route("OPTIONS", no_content)
    return app


def with_cors(module: ModuleType, paths: Iterable[str]) -> web.Application:
    app = web.Application()
    options = module.ResourceOptions(allow_credentials=True, allow_headers=("Content-Type",))
    cors = module.setup(app, defaults={PAGE: options})
    for path in paths:
        cors.add(app.router.add_route("PUT", path, handler))
    return app


def measure(connection: Connection, pattern: str, size: int, builders: list[Build]) -> Times:
    """Short turns in one process, in an order that is shuffled each round."""
    rng = random.Random(size)
    paths = [pattern.format(number) for number in range(size)]
    # Those in front are found at once where all have their beginning in common.
    requests = [preflight(path) for path in paths[:: -(-size // ASKED)]]
    clients = [Client(connection, build(paths), requests) for build in builders]
    firsts = [first_answer(client) for client in clients]
    counts = [turn_of(client, len(requests)) for client in clients]
    count = LONG_ROUNDS if max(counts) == len(requests) else ROUNDS
    gc.collect()
    gc.freeze()
    rounds = []
    for _ in range(count):
        times = [0.0] * len(clients)
        for number in rng.sample(range(len(clients)), len(clients)):
            clients[number].run(max(2, counts[number] // 10))
            times[number] = clients[number].run(counts[number])
        rounds.append(times)
    gc.unfreeze()
    alone = median(times[0] for times in rounds)
    added, added_by_old = (median(times[i] - times[0] for times in rounds) for i in (1, 2))
    return Times(alone, added, added_by_old, firsts[1])


def first_answer(client: Client) -> float:
    started = time.thread_time_ns()
    answer = client.answer()
    took = time.thread_time_ns() - started
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"a wrong answer:\n{answer.decode()}")
    return took


def turn_of(client: Client, requests: int) -> int:
    """How many preflights a turn has; it asks each resource as often as any other."""
    return requests * max(1, round(TURN_NS / client.run(requests) / requests))


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """A list table, which needs no counting of columns."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(row)]
    return "\n".join(lines)


def cells(name: str, size: int, times: Times) -> tuple[str, ...]:
    microseconds = (f"{value / 1000:,.1f} µs" for value in times[:3])
    return (name, f"{size:,}", *microseconds, f"{times.first / 1e6:,.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_resources")
    parser.add_argument("--sizes", metavar="N,M", default=",".join(map(str, SIZES)))
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]

    import aiohttp_cors  # noqa: PLC0415 - the heading of the options needs none of it

    install(OLD)
    old = load_as("aiohttp_cors_0_8_1", Path(OTHERS, OLD, "aiohttp_cors"))
    connection = Connection()
    builders: list[Build] = [
        without_cors,
        lambda paths: with_cors(aiohttp_cors, paths),
        lambda paths: with_cors(old, paths),
    ]
    rows: list[tuple[str, ...]] = [HEADING]
    for name, pattern in PATHS.items():
        for size in sizes:
            rows.append(cells(name, size, measure(connection, pattern, size, builders)))
            print("#", *rows[-1], sep="  ", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
