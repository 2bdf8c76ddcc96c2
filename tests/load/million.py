"""A million requests with a million origins leave nothing behind: ``python -m tests.load.million``.

Half of them are allowed, by a pattern, an expression or a predicate; every second is a preflight.
What a predicate decides is not remembered, so that there are routes with one and without.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from benchmarks.contenders import handler
from benchmarks.driver import Client, Connection
from benchmarks.memory import BATCH, answer, traced

WARM_UP, LIMIT = 5_000, 256 * 1024
METHODS = (
    "GET /data HTTP/1.1\r\n",
    "PUT /items/7 HTTP/1.1\r\nContent-Length: 0\r\n",
    "OPTIONS /data HTTP/1.1\r\nAccess-Control-Request-Method: GET\r\n",
    "OPTIONS /items/7 HTTP/1.1\r\nAccess-Control-Request-Method: PUT\r\n",
)
ORIGINS = (
    "https://p{}.example.com",
    "https://stranger{}.example",
    "https://preview-{}.example.net",
    "https://s{}.elsewhere.example",
    "http://localhost{}.example",
    "http://tenant{}.example",
)


def application() -> web.Application:
    app = web.Application()
    options = ResourceOptions(allow_credentials=True, expose_headers="*")
    keys = {
        "https://*.example.com": options,
        re.compile(r"https://preview-[0-9]+\.example\.net"): options,
    }
    cors = aiohttp_cors.setup(app, defaults=keys)
    tenants: dict[Any, ResourceOptions] = {re.compile(r"http://tenant[0-9]+\.example"): options}
    cors.add(app.router.add_get("/data", handler), tenants)
    tenants = {lambda origin, request: origin.startswith("http://tenant"): options}
    cors.add(app.router.add_put("/items/{id}", handler), tenants)
    return app


def requests() -> Iterator[bytes]:
    for number in itertools.count():
        line, origin = METHODS[number % 4], ORIGINS[number // 4 % 6].format(number)
        yield f"{line}Host: api.example.org\r\nOrigin: {origin}\r\n\r\n".encode()


def check(answers: list[bytes], asked: list[bytes]) -> int:
    """How many answers say yes; none may say it to somebody else."""
    granted = 0
    for data, request in zip(answers, asked, strict=True):
        origin = request.partition(b"Origin: ")[2].split(b"\r\n")[0]
        found = re.search(rb"Access-Control-Allow-Origin: ([^\r]*)", data)
        known = (
            b"stranger" not in origin and b"elsewhere" not in origin and b"localhost" not in origin
        )
        if (found is not None) != known or (found and found[1] != origin):
            sys.exit(f"a wrong answer to {request!r}: {data!r}")
        granted += known
    return granted


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.million", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    count = parser.parse_args().requests
    started, granted = time.monotonic(), 0
    connection, made_up = Connection(), requests()
    connection.switch(Client(connection, application(), []))

    def ask(count: int) -> None:
        nonlocal granted
        for _ in range(count // BATCH):
            asked = [*itertools.islice(made_up, BATCH)]
            granted += check(answer(connection, asked), asked)

    tracemalloc.start()
    ask(WARM_UP)
    granted = 0
    before = traced()
    ask(count)
    grown = traced() - before
    tracemalloc.stop()
    took = time.monotonic() - started
    print(
        f"{count:,} requests of {count:,} origins, {granted:,} granted, "
        f"{grown / 1024:+,.1f} KiB, {took:.0f} s"
    )
    if grown > LIMIT:
        sys.exit(f"more than {LIMIT // 1024} KiB are kept")


if __name__ == "__main__":
    main()
