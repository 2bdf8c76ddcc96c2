"""Preflights and middlewares: answered first if asked to, and a word in the log if not."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import (
    PREFLIGHT_VARY,
    A,
    B,
    MakeClient,
    answer,
    ask,
    bare,
    granted,
    preflight,
    preflight_request,
    readable,
    refused,
    unreadable,
)

OF_A = {A: ResourceOptions(allow_headers=["authorization"])}
KEY = {"Authorization": "Bearer 1"}


class Bare(web.View):
    async def get(self) -> web.Response:
        return await answer(self.request)

    async def put(self) -> web.Response:
        return await answer(self.request)


class WithMixin(Bare, CorsViewMixin):
    pass


class Mixed(Bare, CorsViewMixin):
    pass


@web.middleware
async def authenticate(request: web.Request, handler: Any) -> web.StreamResponse:
    if "Authorization" not in request.headers:
        raise web.HTTPUnauthorized
    return await handler(request)


@web.middleware
async def refuse(request: web.Request, handler: Any) -> web.StreamResponse:
    return web.Response(status=403, text="no browsers")


async def own_options(request: web.Request) -> web.Response:
    return web.Response(status=202, headers={"X-Own": "1"})


def application(
    *, preflight_first: bool | None, middlewares: Any = (authenticate,)
) -> web.Application:
    app = web.Application(middlewares=middlewares)
    cors = setup(app, defaults=OF_A, preflight_first=preflight_first)
    cors.add(app.router.add_get("/function", answer))
    cors.add(app.router.add_get("/another", answer))
    cors.add(app.router.add_view("/mixin", WithMixin))
    app.router.add_get("/without", answer)
    if preflight_first:
        cors.add(app.router.add_view("/bare", Bare))
        cors.add(app.router.add_route("*", "/every", answer))
        own = app.router.add_resource("/own")
        own.add_route("OPTIONS", own_options)
        cors.add(own.add_route("GET", answer))
    return app


@pytest.mark.parametrize("path", ["/function", "/mixin", "/bare", "/every"])
async def test_a_preflight_passes_an_authentication(
    aiohttp_client: MakeClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(preflight_first=True))
    assert await preflight(client, path, "GET", names="authorization") == granted(
        ACAH="AUTHORIZATION"
    )
    assert await preflight(client, path, "GET", B) == refused()
    assert await preflight(client, path, "GET", names="x") == refused()
    assert await ask(client, "GET", path) == readable(401)
    assert await ask(client, "GET", path, B) == unreadable(401)
    assert await ask(client, "GET", path, headers=KEY) == readable()
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize("path", ["/function", "/mixin"])
@pytest.mark.parametrize("preflight_first", [None, False])
async def test_by_default_a_middleware_may_refuse_preflights(
    aiohttp_client: MakeClient, path: str, preflight_first: bool | None
) -> None:
    client = await aiohttp_client(application(preflight_first=preflight_first))
    assert await preflight(client, path, "GET", names="authorization") == bare(401)


async def test_a_middleware_that_refuses_everything_is_still_passed(
    aiohttp_client: MakeClient,
) -> None:
    client = await aiohttp_client(application(preflight_first=True, middlewares=[refuse]))
    assert await preflight(client, "/function", "GET") == granted()
    assert await ask(client, "GET", "/function") == readable(403)


async def test_middlewares_added_after_setup_are_passed_too(aiohttp_client: MakeClient) -> None:
    app = application(preflight_first=True, middlewares=[])
    app.middlewares.append(authenticate)
    client = await aiohttp_client(app)
    assert await preflight(client, "/function", "GET") == granted()
    assert await ask(client, "GET", "/function") == readable(401)


async def test_what_is_not_under_cors_meets_the_middlewares(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(application(preflight_first=True))
    assert await preflight(client, "/without", "GET") == bare(401)
    assert await preflight(client, "/unknown", "GET") == bare(401)
    assert await ask(client, "OPTIONS", "/function", None) == bare(401)
    assert await ask(client, "OPTIONS", "/function") == bare(401)


@pytest.mark.parametrize("middlewares", [[], [authenticate]])
async def test_an_own_options_handler_keeps_its_requests(
    aiohttp_client: MakeClient, middlewares: list
) -> None:
    client = await aiohttp_client(application(preflight_first=True, middlewares=middlewares))
    headers = {"Origin": A, "Access-Control-Request-Method": "GET", **KEY}
    async with client.options("/own", headers=headers) as response:
        assert (response.status, response.headers["X-Own"]) == (202, "1")
        assert "Access-Control-Allow-Origin" not in response.headers
    assert await ask(client, "GET", "/own", headers=KEY) == readable()


async def test_options_of_a_view_of_ones_own_keeps_its_requests(
    aiohttp_client: MakeClient,
) -> None:
    class Own(Bare):
        async def options(self) -> web.Response:
            return web.Response(status=202)

    app = web.Application()
    cors = setup(app, defaults=OF_A, preflight_first=True)
    cors.add(app.router.add_view("/", Own))
    client = await aiohttp_client(app)
    assert (await preflight(client, "/", "GET")).status == 202
    assert await ask(client, "GET", "/") == readable()


async def test_every_method_of_a_function_for_all_is_enabled(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(application(preflight_first=True, middlewares=[]))
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        assert await preflight(client, "/every", method) == granted(method)
        assert await ask(client, method, "/every") == readable()
    assert (await ask(client, "OPTIONS", "/every", None)).status == 200


async def test_only_the_methods_of_a_bare_view_are_enabled(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(application(preflight_first=True, middlewares=[]))
    assert await preflight(client, "/bare", "PUT") == granted("PUT")
    assert await preflight(client, "/bare", "DELETE") == refused()
    assert await ask(client, "DELETE", "/bare") == readable(405)


async def test_an_options_request_that_is_no_preflight_goes_its_way(
    aiohttp_client: MakeClient,
) -> None:
    client = await aiohttp_client(application(preflight_first=True, middlewares=[]))
    assert await ask(client, "OPTIONS", "/function") == refused()
    assert await ask(client, "OPTIONS", "/mixin") == refused()


# ---------------------------------------------------------------------------------------------
# A word in the log
# ---------------------------------------------------------------------------------------------


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "aiohttp_cors" and record.levelno == logging.WARNING
    ]


TOLD = (
    "a preflight of '/function' was answered with status 401 before it got to the CORS of its "
    "route, so that browsers refuse the request that would follow; "
    "aiohttp_cors.setup(app, preflight_first=True) answers preflights before middlewares run; "
    "where that is meant, nothing is to be done"
)


async def test_a_preflight_that_something_else_refused_is_told_once_per_application(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(preflight_first=None))
    for path in ("/function", "/function", "/another", "/mixin", "/mixin", "/function"):
        assert (await preflight(client, path, "GET")).status == 401
    told = warnings_in(caplog)
    assert told == [TOLD]


async def test_the_path_of_a_preflight_that_something_else_refused_is_escaped_and_cut(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application(middlewares=[authenticate])
    setup(app, defaults=OF_A).add(app.router.add_get(r"/{any:[\s\S]*}", answer))
    client = await aiohttp_client(app)
    assert (await preflight(client, f"/%0Aforged%20line{'x' * 3000}", "GET")).status == 401
    (message,) = warnings_in(caplog)
    assert message.isprintable()
    assert "'/\\nforged line" in message
    assert "x" * 201 not in message


async def test_nothing_is_told_of_what_is_no_preflight_of_a_route_with_cors(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(preflight_first=None))
    await preflight(client, "/without", "GET")
    await preflight(client, "/unknown", "GET")
    await ask(client, "OPTIONS", "/function")
    await ask(client, "GET", "/function")
    assert warnings_in(caplog) == []


async def test_nothing_is_told_of_the_refusals_of_this_library(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(preflight_first=None, middlewares=[]))
    for path in ("/function", "/mixin"):
        assert await preflight(client, path, "GET", B) == (403, {"Vary": PREFLIGHT_VARY})
    assert warnings_in(caplog) == []


async def test_nothing_is_told_once_a_preflight_got_to_its_route(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application(preflight_first=None))
    for path in ("/function", "/mixin"):
        through = {**preflight_request("GET"), **KEY}
        assert await ask(client, "OPTIONS", path, None, through) == granted("GET")
        assert (await preflight(client, path, "GET")).status == 401
    assert warnings_in(caplog) == []
    assert (await preflight(client, "/another", "GET")).status == 401
    assert len(warnings_in(caplog)) == 1


async def test_nothing_is_told_once_a_preflight_got_to_a_view_of_a_sub_application(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    app, part = application(preflight_first=None), web.Application()
    inner = setup(part, defaults=OF_A)
    inner.add(part.router.add_view("/mixin", WithMixin))
    inner.add(part.router.add_view("/other", Mixed))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    through = {**preflight_request("GET"), **KEY}
    assert await ask(client, "OPTIONS", "/part/mixin", None, through) == granted("GET")
    assert (await preflight(client, "/part/mixin", "GET")).status == 401
    assert warnings_in(caplog) == []
    assert (await preflight(client, "/part/other", "GET")).status == 401
    assert len(warnings_in(caplog)) == 1


async def test_nothing_is_told_of_a_middleware_that_answers_preflights_well(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    @web.middleware
    async def allow(request: web.Request, handler: Any) -> web.StreamResponse:
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    client = await aiohttp_client(application(preflight_first=None, middlewares=[allow]))
    assert await preflight(client, "/function", "GET") == (200, {"ACAO": "*"})
    assert warnings_in(caplog) == []


@pytest.mark.parametrize(("status", "is_told"), [(399, False), (400, True), (401, True)])
async def test_errors_begin_at_400(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture, status: int, is_told: bool
) -> None:
    @web.middleware
    async def respond(request: web.Request, handler: Any) -> web.StreamResponse:
        return web.Response(status=status)

    client = await aiohttp_client(application(preflight_first=None, middlewares=[respond]))
    assert (await preflight(client, "/function", "GET")).status == status
    assert len(warnings_in(caplog)) == is_told


async def test_an_exception_of_a_middleware_is_told_too(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    @web.middleware
    async def fail(request: web.Request, handler: Any) -> web.StreamResponse:
        raise RuntimeError("on purpose")

    client = await aiohttp_client(application(preflight_first=None, middlewares=[fail]))
    assert (await preflight(client, "/function", "GET")).status == 500
    (message,) = warnings_in(caplog)
    assert "500" in message


# -- around sub-applications ----------------------------------------------------------------------


FIRST = {"preflight_first": True}
EVERYWHERE = {"everywhere": True}


def around(
    outer: dict[str, bool] | None, inner: dict[str, bool], *, excluded: bool = False
) -> web.Application:
    """An application that authenticates, around one with a CORS of its own, two levels below."""
    part, middle = web.Application(), web.Application()
    cors = setup(part, defaults={B: ResourceOptions(allow_headers="*")}, **inner)
    for method in ("GET", "PUT"):
        route = part.router.add_route(method, "/x", answer)
        if inner != EVERYWHERE:
            cors.add(route)
    middle.add_subapp("/part", part)
    app = web.Application(middlewares=[authenticate])
    around = None if outer is None else setup(app, defaults=OF_A, **outer)
    app.add_subapp("/middle", middle)
    if excluded and around is not None:
        around.exclude(middle)
    return app


@pytest.mark.parametrize("inner", [FIRST, EVERYWHERE])
@pytest.mark.parametrize("outer", [FIRST, EVERYWHERE])
async def test_preflights_pass_the_authentication_around_an_application_that_decides_for_itself(
    aiohttp_client: MakeClient,
    outer: dict[str, bool],
    inner: dict[str, bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await aiohttp_client(around(outer, inner))
    path = "/middle/part/x"
    assert await preflight(client, path, "GET", B, "authorization") == granted(
        origin=B, ACAH="AUTHORIZATION"
    )
    assert await preflight(client, path, "PUT", B) == granted("PUT", B)
    assert await preflight(client, path, "GET", A) == refused()
    unrouted = granted("DELETE,PUT", B) if inner == EVERYWHERE else refused()
    assert await preflight(client, path, "DELETE", B) == unrouted
    assert await preflight(client, path, "DELETE", A) == refused()
    assert await ask(client, "GET", path, B, KEY) == readable(origin=B)
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("outer", "inner"), [(None, FIRST), ({}, FIRST), (FIRST, {}), (EVERYWHERE, {})]
)
async def test_they_do_not_where_only_one_of_the_two_answers_them_first(
    aiohttp_client: MakeClient, outer: dict[str, bool] | None, inner: dict[str, bool]
) -> None:
    client = await aiohttp_client(around(outer, inner))
    assert (await preflight(client, "/middle/part/x", "GET", B))[0] == 401


async def test_they_do_not_where_an_application_was_taken_out(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(around(EVERYWHERE, FIRST, excluded=True))
    assert (await preflight(client, "/middle/part/x", "GET", B))[0] == 401
