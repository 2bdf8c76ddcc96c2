"""Raw bytes over a socket: no answer has a header with bytes that were not validated."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Iterator

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from model.asking import Server

from aiohttp_cors import CorsSecurityWarning, ResourceOptions, setup

from .checks import TOKEN, check_origin
from .profile import fuzzed

MOST = ResourceOptions(
    allow_credentials=True, allow_headers="*", allow_methods="*", expose_headers="*"
)
MODES = ("routes", "preflight_first", "everywhere", "debug", "protect")
FUZZED = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
FUZZED += ["Sec-Fetch-Site", "Host"]
LAST = b"GET / HTTP/1.1\r\nHost: server.example\r\nConnection: close\r\n\r\n"
# All that a server of aiohttp, the handler and the library put on an answer.
KNOWN = {
    *("content-type", "content-length", "date", "server", "connection", "allow", "vary"),
    *(f"access-control-allow-{name}" for name in ("origin", "credentials", "methods", "headers")),
    *("access-control-expose-headers", "access-control-max-age"),
}


@pytest.fixture(scope="module", params=MODES)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server()
    server.start(application(request.param))
    yield server
    server.stop()
    server.close()


def application(mode: str) -> web.Application:
    """Whoever asks gets the most that there is to be had."""
    app = web.Application()
    options = {} if mode == "routes" else {mode: True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorsSecurityWarning)
        cors = setup(app, defaults={re.compile(r"(?s).*"): MOST, "*": MOST}, **options)
    for method in ("GET", "PUT", "POST"):
        cors.add(app.router.add_route(method, "/", answer))
    return app


async def answer(request: web.Request) -> web.Response:
    return web.Response(text="answer")


async def exchange(port: int, data: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:  # it closed before it had read all: nothing came that could be wrong
        return b""
    finally:
        writer.close()


def ask(server: Server, data: bytes) -> list[str]:
    """The heads of all answers."""
    received = server.loop.run_until_complete(exchange(server.port, data)).decode("latin-1")
    heads = re.findall(r"HTTP/1\.[01] .*?\r\n\r\n", received, re.DOTALL)
    for head in heads:
        check_head(head)
    return heads


def check_head(head: str) -> None:
    lines = head.removesuffix("\r\n\r\n").split("\r\n")[1:]
    pairs = [line.split(": ", 1) for line in lines]
    names = [name.lower() for name, _ in pairs]
    assert set(names) <= KNOWN, head
    assert len(names) == len(set(names)), head
    for name, (_, value) in zip(names, pairs, strict=True):
        assert re.fullmatch(r"[\x20-\x7e]*", value), head
        check_value(name, value)


def check_value(name: str, value: str) -> None:
    if name == "access-control-allow-origin":
        assert value in ("*", "null", "file://") or "://" in value
        check_origin(value)
    elif name.startswith("access-control-") or name == "vary":
        assert all(TOKEN.fullmatch(item.strip()) for item in value.split(",")), value


def head_of(method: str, headers: list[tuple[str, bytes]]) -> bytes:
    lines = [f"{method} / HTTP/1.1".encode()]
    lines += [name.encode() + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", b""])


pieces = st.sampled_from(
    [
        *(b"https://a.example", b"null", b"file://", b"*", b"PUT", b"X-One", b"same-origin"),
        *(b",", b" ", b"\t", b"\r\nX-Injected: 1", b"\nX-Injected: 1", b"\rX: 1", b"\x00"),
        *(b"\xe9", b"\xff", b"\x7f", b"\x85", b"\xe2\x80\xa8", b'"', b"<script>", b"%0d%0a", b"@"),
    ]
)
values = st.lists(pieces, max_size=4).map(b"".join) | st.binary(max_size=30)
headers = st.lists(st.tuples(st.sampled_from(FUZZED), values), max_size=6)
methods = st.sampled_from(["GET", "OPTIONS", "PUT", "POST"])


@fuzzed
@given(methods, headers)
def test_no_answer_has_bytes_that_were_not_validated(
    server: Server, method: str, sent: list[tuple[str, bytes]]
) -> None:
    assert ask(server, head_of(method, sent) + LAST)


good = (("Host", b"server.example"), ("Origin", b"https://a.example"))
asking = (("Access-Control-Request-Method", b"PUT"), ("Access-Control-Request-Headers", b"x-one"))


@fuzzed
@given(st.sampled_from(FUZZED), values)
def test_no_answer_to_a_preflight_with_one_bad_header_has_its_bytes(
    server: Server, name: str, value: bytes
) -> None:
    sent = {**dict([*good, *asking]), name: value}
    assert ask(server, head_of("OPTIONS", [*sent.items()]) + LAST)


def test_pipelined_requests_are_answered_one_by_one(server: Server) -> None:
    preflight = head_of("OPTIONS", [*good, *asking])
    foreign = head_of("OPTIONS", [good[0], ("Origin", b"https://b.example"), *asking])
    heads = ask(server, (preflight + foreign) * 20 + LAST)
    assert len(heads) == 41
    origins = [re.search(r"Allow-Origin: (\S+)", head) for head in heads[:-1]]
    expected = ["https://a.example", "https://b.example"] * 20
    assert [found[1] for found in origins if found] == expected


@pytest.mark.parametrize("name", FUZZED)
@pytest.mark.parametrize("size", [8_000, 100_000, 1_000_000])
def test_an_oversized_header_gets_few_bytes_back(server: Server, name: str, size: int) -> None:
    heads = ask(server, head_of("OPTIONS", [*good, *asking, (name, b"a" * size)]) + LAST)
    assert all(len(head) < 20_000 for head in heads)


@pytest.mark.parametrize("name", FUZZED)
@pytest.mark.parametrize("times", [2, 50, 2_000])
def test_a_repeated_header_is_answered(server: Server, name: str, times: int) -> None:
    heads = ask(server, head_of("OPTIONS", [*good, *asking, *[(name, b"x-one")] * times]) + LAST)
    assert heads


def test_who_leaves_early_disturbs_nobody(server: Server) -> None:
    request = head_of("OPTIONS", [*good, *asking])

    async def leave(bytes_sent: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request[:bytes_sent])
        writer.transport.abort()

    async def all_leave() -> None:
        await asyncio.gather(*map(leave, range(0, len(request) + 1, 3)))

    server.loop.run_until_complete(all_leave())
    (head, _) = ask(server, request + LAST)
    assert head.startswith("HTTP/1.1 200")
