"""Any bytes in `Origin` and in what preflights ask get an answer, and none comes back unchecked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import A, MakeClient, RawAnswer, Wire, answer

Connect = Callable[[web.Application], Awaitable[Wire]]

EVERYTHING = ResourceOptions(
    allow_credentials=True, allow_headers="*", allow_methods="*", expose_headers="*"
)
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# What a server may take for whoever asks: the most that it could give back.
OPEN: dict[str, Any] = {
    "wildcard": {"*": EVERYTHING},
    "constant": {"*": ResourceOptions(allow_headers="*", allow_methods="*")},
    "regex": {re.compile(r"(?s).*"): EVERYTHING},
    "predicate": {(lambda origin, request: True): EVERYTHING},
    "exact": {A: EVERYTHING},
}

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


def application(defaults: Any, mode: str = "routes") -> web.Application:
    app = web.Application()
    options = {"debug": True} if mode == "debug" else {mode: True} if mode != "routes" else {}
    cors = setup(app, defaults=defaults, **options)
    cors.add(app.router.add_get("/", answer))
    cors.add(app.router.add_view("/view", View))
    return app


async def send(wire: Wire, method: str, path: str, **headers: bytes) -> RawAnswer:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: server.example"]
    lines += [name.replace("_", "-").encode() + b": " + value for name, value in headers.items()]
    return await wire.ask(b"\r\n".join([*lines, b"", b""]))


@pytest.fixture
async def connect(aiohttp_client: MakeClient) -> AsyncIterator[Connect]:
    """Starts an application, and opens a connection to it."""
    async with AsyncExitStack() as stack:

        async def start(app: web.Application) -> Wire:
            return await stack.enter_async_context(Wire(await aiohttp_client(app)))

        yield start


def check(got: RawAnswer, *, origin: bytes = b"", method: bytes = b"") -> None:
    """Every header that came back is one that a server may send."""
    cors = got.cors
    allowed = cors.get("ACAO")
    if allowed is not None and allowed != "*":
        assert allowed.encode() == origin.strip(b" \t")
        assert re.fullmatch(r"null|[a-z][a-z0-9+.-]*://[!-~]+", allowed)
    for value in (cors.get("ACAM"), cors.get("ACAH")):
        assert not value or all(map(TOKEN.fullmatch, value.split(",")))
    if got.status >= 400:
        assert "ACAM" not in cors
        assert "ACAH" not in cors
    got.text.encode("ascii")
    assert len(got.text) < 1500  # 200 characters of the request's, escaped, and a few words


# HTTP allows what is neither of these in a header's value; the rest is refused by the parser.
BYTES = [byte for byte in range(256) if byte not in b"\r\n"]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [*((kind, "routes") for kind in OPEN), ("regex", "everywhere"), ("regex", "debug")],
)
async def test_every_byte_in_an_origin_is_answered(connect: Connect, kind: str, mode: str) -> None:
    wire = await connect(application(OPEN[kind], mode))
    statuses = set()
    for byte in BYTES:
        for origin in (bytes([byte]), b"https://a" + bytes([byte]) + b".example"):
            got = await send(wire, "GET", "/", Origin=origin)
            check(got, origin=origin)
            statuses.add(got.status)
            got = await send(
                wire, "OPTIONS", "/", Origin=origin, Access_Control_Request_Method=b"GET"
            )
            check(got, origin=origin)
            statuses.add(got.status)
    assert statuses <= {200, 400, 403}


@pytest.mark.parametrize("mode", ["routes", "everywhere", "debug"])
@pytest.mark.parametrize("path", ["/", "/view"])
async def test_every_byte_in_a_method_is_answered(connect: Connect, path: str, mode: str) -> None:
    wire = await connect(application(OPEN["exact"], mode))
    for byte in BYTES:
        for method in (bytes([byte]), b"P" + bytes([byte]) + b"T"):
            got = await send(
                wire,
                "OPTIONS",
                path,
                Origin=A.encode(),
                Access_Control_Request_Method=method,
            )
            check(got, origin=A.encode())
            # A star is the wildcard of the answer, and asks for no method.
            is_method = TOKEN.fullmatch(method.decode("latin-1")) and method != b"*"
            assert is_method or got.status in (400, 403)


@pytest.mark.parametrize("mode", ["routes", "everywhere", "debug"])
@pytest.mark.parametrize("path", ["/", "/view"])
async def test_every_byte_in_a_header_name_is_answered(
    connect: Connect, path: str, mode: str
) -> None:
    wire = await connect(application(OPEN["exact"], mode))
    for byte in BYTES:
        for names in (bytes([byte]), b"x-" + bytes([byte]) + b"-a"):
            got = await send(
                wire,
                "OPTIONS",
                path,
                Origin=A.encode(),
                Access_Control_Request_Method=b"GET",
                Access_Control_Request_Headers=names,
            )
            check(got, origin=A.encode())
            elements = [e.strip(" \t") for e in names.decode("latin-1").split(",")]
            if all(not e or TOKEN.fullmatch(e) for e in elements):
                assert got.status == 200
            else:
                assert got.status in (400, 403)


LONG = 8000
SENT = {
    "Origin": A.encode(),
    "Access_Control_Request_Method": b"GET",
    "Access_Control_Request_Headers": b"x-a",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", b"https://" + b"a" * LONG),
        ("Origin", b"https://" + b"a." * (LONG // 2) + b"example"),
        ("Origin", b"https://a.example:" + b"9" * LONG),
        ("Origin", b"https://[" + b":" * LONG + b"]"),
        ("Origin", b"\x80" * LONG),
        ("Origin", b"https://" + b"-." * (LONG // 2)),
        ("Access_Control_Request_Method", b"A" * LONG),
        ("Access_Control_Request_Method", b"\xff" * LONG),
        ("Access_Control_Request_Headers", b"," * LONG),
        ("Access_Control_Request_Headers", b"a," * (LONG // 2)),
        ("Access_Control_Request_Headers", b"x" * LONG),
        ("Access_Control_Request_Headers", b" \t" * (LONG // 2) + b"a b"),
        ("Access_Control_Request_Headers", b",".join(b"x%d" % i for i in range(1300))),
        ("Access_Control_Request_Headers", b"\xfe" * LONG),
    ],
)
@pytest.mark.parametrize("kind", OPEN)
@pytest.mark.parametrize("path", ["/", "/view"])
async def test_long_values_are_answered_in_few_words(
    connect: Connect, kind: str, name: str, value: bytes, path: str
) -> None:
    wire = await connect(application(OPEN[kind]))
    sent = {**SENT, name: value}
    got = await send(wire, "OPTIONS", path, **sent)
    check(got, origin=sent["Origin"])
    assert got.status in (200, 403)
    got = await send(wire, "GET", path, Origin=sent["Origin"])
    check(got, origin=sent["Origin"])
    assert got.status == 200


@pytest.mark.parametrize("options", [{}, {"debug": True}])
async def test_many_refused_names_are_told_in_few_words(connect: Connect, options: dict) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_headers=["x-a"])}, **options)
    cors.add(app.router.add_get("/", answer))
    wire = await connect(app)
    names = b",".join(b"x%d" % i for i in range(1300))
    sent = {**SENT, "Access_Control_Request_Headers": names}
    got = await send(wire, "OPTIONS", "/", **sent)
    assert "headers are not allowed: X0, X1, X2" in got.text
    assert len(got.text) < 400


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example.evil.example",
        "https://evil.example/https://a.example",
        "https://a.example:443",
        "https://a.example:0",
        "https://a.example@evil.example",
        "https://user@a.example",
        "https://a.example#",
        "https://a.example?",
        "https://a.example\\",
        "https://a.example ",
        "https:// a.example",
        "HTTPS://a.example",
        "https://A.example",
        "https://a.example,https://b.example",
        "https://a.example https://b.example",
        "a.example",
        "//a.example",
        "null ",
        "NULL",
        "file://",
        "javascript:alert(1)",
        "data:,",
        "*",
        "undefined",
        "",
    ],
)
@pytest.mark.parametrize("kind", ["wildcard", "regex", "predicate"])
async def test_what_no_browser_sends_is_no_origin(connect: Connect, kind: str, origin: str) -> None:
    wire = await connect(application(OPEN[kind]))
    trimmed = origin.strip()
    got = await send(wire, "GET", "/", Origin=origin.encode())
    public = "*" if kind == "wildcard" and origin else None
    valid = trimmed in (A, "https://a.example.evil.example") or (
        trimmed in ("null", "file://") and kind != "wildcard"
    )
    # Older parsers keep the white space at the end, and then it is no origin.
    expected = {trimmed if valid else public, trimmed if valid and origin == trimmed else public}
    assert got.cors.get("ACAO") in expected
    assert ("ACAC" in got.cors) is (got.cors.get("ACAO") not in (None, "*"))


@pytest.mark.parametrize("kind", OPEN)
@pytest.mark.parametrize("second", [b"null", b"https://a.example", b"https://b.example", b""])
@pytest.mark.parametrize("asked", [b"GET", b"OPTIONS"])
async def test_two_origins_are_nobodys(
    connect: Connect, asked: bytes, second: bytes, kind: str
) -> None:
    wire = await connect(application(OPEN[kind]))
    head = asked + b" / HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: GET\r\n"
    got = await wire.ask(head + b"Origin: https://a.example\r\nOrigin: " + second + b"\r\n\r\n")
    if got.status == 400:  # aiohttp's own
        return
    public = kind in ("wildcard", "constant")
    assert got.status == (200 if public or asked == b"GET" else 403)
    assert got.cors.get("ACAO") == ("*" if public else None)
    assert "ACAC" not in got.cors


async def test_header_names_are_found_in_any_case(connect: Connect) -> None:
    wire = await connect(application(OPEN["exact"]))
    head = (
        b"OPTIONS / HTTP/1.1\r\nhost: x\r\nORIGIN: https://a.example\r\n"
        b"access-CONTROL-request-METHOD: GET\r\nACCESS-control-REQUEST-headers: a\r\n\r\n"
    )
    got = await wire.ask(head)
    assert (got.status, got.cors["ACAO"], got.cors["ACAH"]) == (200, A, "A")


async def test_a_request_of_http_1_0_is_answered(connect: Connect) -> None:
    wire = await connect(application(OPEN["exact"]))
    got = await wire.ask(b"GET / HTTP/1.0\r\nOrigin: https://a.example\r\n\r\n")
    assert (got.status, got.cors["ACAO"]) == (200, A)
