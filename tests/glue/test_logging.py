"""What the logger `aiohttp_cors` tells, and what it keeps quiet about."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import A, B, MakeClient, answer, ask, ask_raw, preflight, reason

OF_A = {A: ResourceOptions()}


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


def application(**options: Any) -> web.Application:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **options)
    cors.add(app.router.add_get("/function", answer))
    cors.add(app.router.add_view("/view", View))
    return app


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="aiohttp_cors")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(r.levelno, r.getMessage()) for r in log.records if r.name == "aiohttp_cors"]


@pytest.mark.parametrize("path", ["/function", "/view"])
@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize(
    "asked", [("GET", B), ("PUT", B), ("GET", A, "x-a"), ("(", A), ("GET", A, "x a")]
)
async def test_a_refused_preflight_is_one_line_with_the_same_reason(
    aiohttp_client: MakeClient,
    log: pytest.LogCaptureFixture,
    asked: tuple,
    mode: dict[str, bool],
    path: str,
) -> None:
    client = await aiohttp_client(application(**mode))
    text = await reason(client, path, *asked)
    ((level, message),) = lines(log)
    assert level == logging.INFO
    assert message.endswith(text.removeprefix("CORS preflight request failed: "))
    assert repr(path) in message


@pytest.mark.parametrize("path", ["/function", "/view"])
async def test_an_options_request_that_is_no_preflight_is_a_refused_one(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, path: str
) -> None:
    client = await aiohttp_client(application())
    await reason(client, path, None, None)
    ((level, message),) = lines(log)
    assert level == logging.INFO
    assert "origin header is not specified" in message


@pytest.mark.parametrize("path", ["/function", "/view"])
@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
async def test_of_other_requests_only_refused_ones_are_told(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, mode: dict[str, bool], path: str
) -> None:
    client = await aiohttp_client(application(**mode))
    assert (await preflight(client, path, "GET")).status == 200
    for origin in (A, None, "http://server.example"):
        for method in ("GET", "HEAD"):
            await ask(client, method, path, origin, {"Host": "server.example"})
        assert (await ask(client, "GET", "/unknown", origin)).status == 404
    told = [record for record in lines(log) if "'http://server.example'" not in record[1]]
    assert told == []
    log.clear()
    for method in ("GET", "HEAD"):
        await ask(client, method, path, B)
        assert (await ask(client, method, "/unknown", B)).status == 404
    about = [path, path] if mode != {"everywhere": True} else [path, "/unknown"] * 2
    assert lines(log) == [
        (logging.DEBUG, f"actual request of {path!r} refused: origin {B!r} is not allowed")
        for path in about
    ]


async def test_a_refusal_under_debug_is_a_refusal_in_the_log(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(debug=True))
    assert (await preflight(client, "/function", "GET", names="x-a")).status == 200
    ((level, message),) = lines(log)
    assert level == logging.INFO
    assert message.endswith("headers are not allowed: X-A")


async def in_json(request: web.Request, handler: Any) -> web.StreamResponse:
    """As many applications tell their errors."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text}, status=error.status)
    return response if response.status < 400 else web.json_response(status=response.status)


async def from_a_clone(request: web.Request, handler: Any) -> web.StreamResponse:
    return await handler(request.clone(method=request.method))


@pytest.mark.parametrize("path", ["/function", "/view"])
@pytest.mark.parametrize("middleware", [in_json, from_a_clone])
async def test_a_refusal_that_a_middleware_words_anew_is_still_the_librarys(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, middleware: Any, path: str
) -> None:
    app = application()
    app.middlewares.append(web.middleware(middleware))
    client = await aiohttp_client(app)
    assert (await preflight(client, path, "GET", B)).status == 403
    ((level, _),) = lines(log)
    assert level == logging.INFO


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Origin", b"https://" + b"a" * 5000),
        (b"Origin", b"https://a.example\x1b[31m"),
        (b"Origin", b"\xff" * 5000),
        (b"Access-Control-Request-Method", b"(" + b"A" * 5000),
        (b"Access-Control-Request-Method", b"A" * 5000),
        (b"Access-Control-Request-Headers", b"(" + b"x" * 5000),
        (b"Access-Control-Request-Headers", b"x" * 5000),
    ],
)
async def test_values_of_a_request_are_escaped_and_cut(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, name: bytes, value: bytes
) -> None:
    client = await aiohttp_client(application())
    sent = {b"Origin": A.encode(), b"Access-Control-Request-Method": b"GET", name: value}
    head = b"OPTIONS /function HTTP/1.1\r\nHost: x\r\n"
    head += b"".join(name + b": " + value + b"\r\n" for name, value in sent.items())
    got = await ask_raw(client, head + b"\r\n")
    if got.status == 400:  # aiohttp's own
        return
    assert got.status == 403
    ((_, message),) = lines(log)
    assert message.isascii()
    assert message.isprintable()
    for character in ("a", "A", "x", "X", "\\udcff"):
        assert character * 201 not in message
    assert len(message) < 1500


async def test_a_path_is_escaped_and_cut(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_get(r"/{any:[\s\S]*}", answer))
    client = await aiohttp_client(app)
    head = (
        f"OPTIONS /%0Aforged%20line{'x' * 3000} HTTP/1.1\r\nHost: x\r\n"
        f"Origin: {B}\r\nAccess-Control-Request-Method: GET\r\n\r\n"
    )
    assert (await ask_raw(client, head.encode())).status == 403
    ((_, message),) = lines(log)
    assert message.isprintable()
    assert "x" * 201 not in message


# ---------------------------------------------------------------------------------------------
# At start-up
# ---------------------------------------------------------------------------------------------


async def test_a_setup_with_nothing_under_cors_is_told_at_the_start(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    app.router.add_get("/", answer)
    setup(app, defaults=OF_A)
    assert lines(log) == []
    await aiohttp_client(app)
    ((level, message),) = lines(log)
    assert level == logging.WARNING
    assert message == (
        "aiohttp_cors.setup() was called, but nothing is under CORS: add routes with "
        "cors.add(route), or say setup(app, defaults=..., everywhere=True)"
    )


@pytest.mark.parametrize("mode", ["route", "resource", "everywhere"])
async def test_a_setup_with_something_under_cors_starts_quietly(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, mode: str
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=mode == "everywhere")
    if mode != "everywhere":
        route = app.router.add_get("/", answer)
        cors.add(route if mode == "route" else route.resource)
    await aiohttp_client(app)
    assert lines(log) == []


async def test_what_only_was_excluded_is_not_under_cors(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.exclude(app.router.add_get("/", answer))
    await aiohttp_client(app)
    ((level, _),) = lines(log)
    assert level == logging.WARNING


@pytest.mark.parametrize("index", [0, 1])
async def test_a_middleware_that_was_put_in_front_is_told(
    aiohttp_client: MakeClient, log: pytest.LogCaptureFixture, index: int
) -> None:
    @web.middleware
    async def other(request: web.Request, handler: Any) -> web.StreamResponse:
        return await handler(request)

    app = web.Application()
    setup(app, defaults=OF_A, everywhere=True)
    app.middlewares.insert(index, other)
    await aiohttp_client(app)
    told = [message for _, message in lines(log)]
    in_front = (
        "a middleware was put in front of that of aiohttp_cors, so that it gets the preflights "
        "first; call aiohttp_cors.setup() later"
    )
    assert told == [in_front][index:]
