"""What the responses to actual requests say, whatever made them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import (
    REFUSED,
    A,
    B,
    MakeClient,
    answer,
    ask,
    ask_raw,
    readable,
    unreadable,
)

OF_A = {A: ResourceOptions()}
WITH_COOKIES = {A: ResourceOptions(allow_credentials=True)}
ANYBODY = {"*": ResourceOptions()}
NOT_HTTPS = re.compile("(?!https:).*")

HEADERS = [
    ("X-B", "1"),
    ("X-A", "1"),
    ("X-A", "2"),
    ("ETag", '"1"'),
    ("Cache-Control", "no-cache"),
    ("Content-Language", "en"),
    ("Expires", "0"),
    ("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT"),
    ("Pragma", "x"),
    ("Set-Cookie", "a=b"),
    ("Set-Cookie2", "a=b"),
]


def says_yes(origin: str, request: web.Request) -> bool:
    return True


def serving(config: Any, *headers: tuple[str, str], status: int = 200) -> web.Application:
    """GET of `/` answers with *headers*."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(headers=CIMultiDict(headers), status=status)

    app = web.Application()
    cors = setup(app, defaults=config)
    cors.add(app.router.add_get("/", handler))
    return app


@pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")
@pytest.mark.parametrize(
    ("key", "options", "origin", "expected"),
    [
        (A, {}, A, readable()),
        (A, {}, B, unreadable()),
        (A, {}, None, unreadable()),
        (A, {}, "null", unreadable()),
        (A, {}, "", unreadable()),
        (A, {}, A.upper(), unreadable()),
        (A, {}, A + "/", unreadable()),
        (A, {"allow_credentials": True}, A, readable(ACAC="true")),
        (A, {"allow_credentials": True}, B, unreadable()),
        (A, {"expose_headers": ["X-B", "ETag", "x-a"]}, A, readable(ACEH="ETag,X-B,x-a")),
        (A, {"expose_headers": ["X-B"]}, B, unreadable()),
        (A, {"expose_headers": "*"}, A, readable(ACEH="*")),
        (
            A,
            {"expose_headers": "*", "allow_credentials": True},
            A,
            readable(ACAC="true", ACEH="Date,ETag,Server,Vary,X-A,X-B"),
        ),
        (A, {"max_age": 5, "allow_headers": "*", "allow_methods": "*"}, A, readable()),
        ("null", {}, "null", readable(origin="null")),
        ("null", {"allow_credentials": True}, "null", readable(origin="null", ACAC="true")),
        ("null", {}, A, unreadable()),
        ("null", {}, "file://", unreadable()),
        (
            "file://",
            {"allow_credentials": True},
            "file://",
            readable(origin="file://", ACAC="true"),
        ),
        ("file://", {}, "null", unreadable()),
        ("file://", {}, "file:///", unreadable()),
        (NOT_HTTPS, {"allow_credentials": True}, "null", readable(origin="null", ACAC="true")),
        (NOT_HTTPS, {}, "file://", readable(origin="file://")),
        (NOT_HTTPS, {}, "*", unreadable()),
        (NOT_HTTPS, {}, "garbage", unreadable()),
        (says_yes, {"allow_credentials": True}, "null", readable(origin="null", ACAC="true")),
        (says_yes, {}, "file://", readable(origin="file://")),
        (says_yes, {}, "*", unreadable()),
        (says_yes, {}, "garbage", unreadable()),
        ("*", {}, A, (200, {"ACAO": "*"})),
        ("*", {}, "null", (200, {"ACAO": "*"})),
        ("*", {}, None, (200, {"ACAO": "*"})),
        ("*", {}, "garbage", (200, {"ACAO": "*"})),
        ("*", {"expose_headers": "*"}, A, (200, {"ACAO": "*", "ACEH": "*"})),
        ("*", {"expose_headers": "*"}, None, (200, {"ACAO": "*", "ACEH": "*"})),
        ("*", {"expose_headers": ["b", "a"]}, None, (200, {"ACAO": "*", "ACEH": "a,b"})),
        ("*", {"allow_credentials": True}, A, readable(ACAC="true")),
        ("*", {"allow_credentials": True}, B, readable(origin=B, ACAC="true")),
        *[
            ("*", {"allow_credentials": True, **exposed}, origin, readable(origin="*", **sent))
            for origin in ("null", "file://", "*", "garbage", A + "/", A + ":443")
            for exposed, sent in [
                ({}, {}),
                ({"expose_headers": "*"}, {"ACEH": "*"}),
                ({"expose_headers": ["b", "a"]}, {"ACEH": "a,b"}),
            ]
        ],
        ("*", {"allow_credentials": True}, None, unreadable()),
    ],
)
async def test_answers_by_policy_and_origin(
    aiohttp_client: MakeClient, key: Any, options: dict, origin: str | None, expected: tuple
) -> None:
    client = await aiohttp_client(serving({key: ResourceOptions(**options)}, *HEADERS))
    assert await ask(client, "GET", "/", origin) == expected


async def test_names_that_differ_in_case_are_exposed_once(aiohttp_client: MakeClient) -> None:
    options = ResourceOptions(allow_credentials=True, expose_headers="*")
    client = await aiohttp_client(
        serving({A: options}, ("x-a", "1"), ("X-A", "2"), ("X-a", "3"), ("A", "4"))
    )
    sent = await ask(client, "GET", "/")
    assert sent.cors.pop("ACEH").lower() == "a,date,server,vary,x-a"
    assert sent == readable(ACAC="true")


async def test_an_anonymous_wildcard_beside_a_name_is_no_constant_policy(
    aiohttp_client: MakeClient,
) -> None:
    client = await aiohttp_client(serving(ANYBODY | WITH_COOKIES))
    assert await ask(client, "GET", "/") == readable(ACAC="true")
    assert await ask(client, "GET", "/", None) == unreadable()
    other = await ask(client, "GET", "/", B)
    assert other.cors["Vary"] == "Origin"
    assert other.cors["ACAO"] in (B, "*")
    assert "ACAC" not in other.cors
    null = await ask(client, "GET", "/", "null")
    assert null.cors["ACAO"] in ("null", "*")


async def test_a_name_in_a_lower_layer_makes_the_policy_vary(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=WITH_COOKIES)
    cors.add(app.router.add_get("/", answer), ANYBODY)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/", None) == unreadable()
    assert await ask(client, "GET", "/") == readable(ACAC="true")


# ---------------------------------------------------------------------------------------------
# Vary
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [A, REFUSED, None])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], "Origin"),
        (["Accept"], "Accept, Origin"),
        (["Accept, Cookie"], "Accept, Cookie, Origin"),
        (["Accept", "Cookie"], "Accept, Cookie, Origin"),
        (["Origin"], "Origin"),
        (["origin"], "origin"),
        (["Accept, ORIGIN"], "Accept, ORIGIN"),
        (["Accept", "ORIGIN"], "Accept, ORIGIN"),
        (["X-Origin"], "X-Origin, Origin"),
        (["*"], "*"),
        (["Accept, *"], "Accept, *"),
    ],
)
async def test_vary_is_extended(
    aiohttp_client: MakeClient, before: list[str], after: str, origin: str | None
) -> None:
    client = await aiohttp_client(serving(OF_A, *(("Vary", value) for value in before)))
    expected = {"Vary": after}
    if origin == A:
        expected["ACAO"] = A
    assert await ask(client, "GET", "/", origin) == (200, expected)


async def test_a_constant_policy_leaves_vary_alone(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(serving(ANYBODY, ("Vary", "Accept")))
    assert await ask(client, "GET", "/") == (200, {"ACAO": "*", "Vary": "Accept"})


# ---------------------------------------------------------------------------------------------
# What the handler set itself
# ---------------------------------------------------------------------------------------------

OWN_ACAO = ("Access-Control-Allow-Origin", B)
OWN_ACAC = ("Access-Control-Allow-Credentials", "true")
OWN_ACEH = ("Access-Control-Expose-Headers", "X-Own")


@pytest.mark.parametrize("origin", [A, REFUSED, None])
@pytest.mark.parametrize("by", ["handler", "middleware"])
@pytest.mark.parametrize(
    "own_and_kept",
    [
        ([OWN_ACAO], {"ACAO": B}),
        ([OWN_ACAO, OWN_ACAC], {"ACAO": B, "ACAC": "true"}),
        ([OWN_ACAO, OWN_ACEH], {"ACAO": B, "ACEH": "X-Own"}),
        ([("access-control-allow-origin", "*")], {"ACAO": "*"}),
    ],
)
@pytest.mark.parametrize("config", [WITH_COOKIES, ANYBODY])
async def test_an_own_allow_origin_is_an_own_answer(
    aiohttp_client: MakeClient, config: Any, own_and_kept: tuple, by: str, origin: str | None
) -> None:
    own, kept = own_and_kept

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        response = await handler(request)
        response.headers.extend(own)
        return response

    app = serving(config, *(own if by == "handler" else ()))
    if by == "middleware":
        app.middlewares.append(middleware)
    client = await aiohttp_client(app)
    vary = {} if config is ANYBODY else {"Vary": "Origin"}
    assert await ask(client, "GET", "/", origin) == (200, kept | vary)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, readable()),
        ({"allow_credentials": True}, readable(ACAC="true")),
        ({"expose_headers": ["X"]}, readable(ACEH="X")),
        ({"expose_headers": "*"}, readable(ACEH="*")),
        ({"allow_credentials": True, "expose_headers": ["X"]}, readable(ACAC="true", ACEH="X")),
        (
            {"allow_credentials": True, "expose_headers": "*"},
            readable(ACAC="true", ACEH="Date,Server,Vary"),
        ),
    ],
)
@pytest.mark.parametrize(
    "own", [[OWN_ACAC], [OWN_ACEH], [OWN_ACAC, OWN_ACEH], [OWN_ACEH, OWN_ACEH]]
)
async def test_own_credentials_and_expose_headers_are_replaced(
    aiohttp_client: MakeClient, own: list, options: dict, expected: tuple
) -> None:
    client = await aiohttp_client(serving({A: ResourceOptions(**options)}, *own))
    sent = await ask(client, "GET", "/")
    if "ACEH" in sent.cors:  # that lists what was there, and so perhaps what was replaced
        replaced = "Access-Control-Allow-Credentials,"
        sent.cors["ACEH"] = sent.cors["ACEH"].removeprefix(replaced)
    assert sent == expected


# ---------------------------------------------------------------------------------------------
# Whatever the status, and whatever made the response
# ---------------------------------------------------------------------------------------------


async def check_three_origins(
    client: Any, method: str, path: str, status: int, **options: Any
) -> None:
    assert await ask(client, method, path, A, **options) == readable(status)
    assert await ask(client, method, path, REFUSED, **options) == unreadable(status)
    assert await ask(client, method, path, None, **options) == unreadable(status)


@pytest.mark.parametrize("status", [200, 204, 206, 302, 304, 400, 401, 403, 404, 418, 500, 503])
async def test_any_status_is_readable(aiohttp_client: MakeClient, status: int) -> None:
    client = await aiohttp_client(serving(OF_A, status=status))
    await check_three_origins(client, "GET", "/", status)


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        raise web.HTTPNotFound


async def broken(request: web.Request) -> web.Response:
    raise RuntimeError("on purpose")


async def denied(request: web.Request) -> web.Response:
    raise web.HTTPForbidden(headers={"Vary": "Cookie"})


async def moved(request: web.Request) -> web.Response:
    raise web.HTTPFound("/elsewhere")


async def streamed(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"one")
    await response.write(b"two")
    return response


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: 1\n\n")
    return response


def application() -> web.Application:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    for path, handler in {
        "/broken": broken,
        "/moved": moved,
        "/streamed": streamed,
        "/events": events,
    }.items():
        cors.add(app.router.add_get(path, handler))
    cors.add(app.router.add_view("/view", View))
    return app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/broken", 500),
        ("GET", "/moved", 302),
        ("GET", "/streamed", 200),
        ("GET", "/events", 200),
        ("GET", "/view", 404),
        ("PUT", "/view", 405),
        ("HEAD", "/view", 405),
        ("PURGE", "/view", 405),
    ],
)
async def test_any_kind_of_response_is_readable(
    aiohttp_client: MakeClient, method: str, path: str, status: int
) -> None:
    client = await aiohttp_client(application())
    await check_three_origins(client, method, path, status)


async def test_an_http_exception_keeps_its_own_headers(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_get("/", denied))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable(403, vary="Cookie, Origin")


@pytest.mark.parametrize("raised", [True, False])
async def test_a_401_of_a_middleware_is_readable(aiohttp_client: MakeClient, raised: bool) -> None:
    @web.middleware
    async def authenticate(request: web.Request, handler: Any) -> web.StreamResponse:
        if raised:
            raise web.HTTPUnauthorized
        return web.Response(status=401)

    app = application()
    app.middlewares.append(authenticate)
    client = await aiohttp_client(app)
    await check_three_origins(client, "GET", "/streamed", 401)


async def test_files_are_readable_and_so_is_their_304(
    aiohttp_client: MakeClient, tmp_path: Path
) -> None:
    (tmp_path / "file.txt").write_text("file")
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_static("/files", tmp_path))

    async def one(request: web.Request) -> web.FileResponse:
        return web.FileResponse(tmp_path / "file.txt")

    cors.add(app.router.add_get("/one", one))
    client = await aiohttp_client(app)
    for path in ("/files/file.txt", "/one"):
        await check_three_origins(client, "GET", path, 200)
        await check_three_origins(client, "GET", path, 206, headers={"Range": "bytes=0-1"})
        async with client.get(path) as response:
            etag = response.headers["ETag"]
        await check_three_origins(client, "GET", path, 304, headers={"If-None-Match": etag})
    await check_three_origins(client, "GET", "/files/none.txt", 404)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(A, readable(101)), (REFUSED, unreadable(101)), (None, unreadable(101))],
)
async def test_a_websocket_is_upgraded(
    aiohttp_client: MakeClient, origin: str | None, expected: tuple
) -> None:
    async def chat(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_get("/", chat))
    client = await aiohttp_client(app)
    lines = [
        "GET / HTTP/1.1",
        "Host: server.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([] if origin is None else [f"Origin: {origin}"]),
    ]
    got = await ask_raw(client, "\r\n".join([*lines, "", ""]).encode())
    assert (got.status, got.cors) == expected


async def test_a_stream_that_is_not_at_its_end_is_readable(aiohttp_client: MakeClient) -> None:
    first_is_read = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one")
        await first_is_read.wait()
        await response.write(b"two")
        return response

    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_get("/", slow))
    client = await aiohttp_client(app)
    async with client.get("/", headers={"Origin": A}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == A
        assert await response.content.readany() == b"one"
        first_is_read.set()
        assert await response.content.read() == b"two"


# ---------------------------------------------------------------------------------------------
# Predicates
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_predicate_is_asked_once_with_the_origin_and_the_request(
    aiohttp_client: MakeClient, asynchronous: bool
) -> None:
    asked: list[tuple[str, str]] = []

    def known(origin: str, request: web.Request) -> bool:
        asked.append((origin, request.path))
        return origin == A

    async def known_later(origin: str, request: web.Request) -> bool:
        return known(origin, request)

    client = await aiohttp_client(
        serving({known_later if asynchronous else known: ResourceOptions()})
    )
    assert await ask(client, "GET", "/") == readable()
    assert await ask(client, "GET", "/", B) == unreadable()
    assert await ask(client, "GET", "/", None) == unreadable()
    assert asked == [(A, "/"), (B, "/")]


async def test_a_predicate_that_fails_refuses_and_is_logged(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(origin: str, request: web.Request) -> bool:
        raise RuntimeError("on purpose")

    config = {failing: ResourceOptions(), "*": ResourceOptions()}
    client = await aiohttp_client(serving(config))
    assert await ask(client, "GET", "/") == unreadable()
    (record,) = [r for r in caplog.records if r.name == "aiohttp_cors"]
    assert record.exc_info
    assert repr(A) in record.getMessage()


async def test_nothing_is_said_of_methods_that_are_not_enabled(
    aiohttp_client: MakeClient,
) -> None:
    app = serving(OF_A)
    app.router.add_put("/", answer)
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    for origin in (A, None):
        assert await ask(client, "PUT", "/", origin) == (200, {})
        assert await ask(client, "GET", "/other", origin) == (200, {})
        assert await ask(client, "GET", "/unknown", origin) == (404, {})
        assert await ask(client, "DELETE", "/", origin) == (405, {})
