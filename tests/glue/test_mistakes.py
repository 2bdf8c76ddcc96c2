"""Mistakes in how the library is used: each is told, with what to write."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

import aiohttp_cors
from aiohttp_cors import (
    CorsConfig,
    CorsConfigWarning,
    CorsViewMixin,
    ResourceOptions,
    custom_cors,
    setup,
)
from aiohttp_cors.preflight_handler import _PreflightHandler

from .asking import A, B, MakeClient, answer, ask, readable
from .test_router_adapter import OwnAdapter

OF_A = {A: ResourceOptions()}

ADDED = "Resource or ResourceRoute expected, got "

ERRORS: list[tuple[Callable[[Any], object], str]] = [
    (lambda cors: cors.add("/items"), "write cors.add(app.router.add_resource('/items'))"),
    (lambda cors: cors.add(answer), 'write cors.add(app.router.add_get("/path", handler))'),
    (
        lambda cors: cors.add(web.get("/", answer)),
        "write app.add_routes(...), and cors.add(route) for each of app.router.routes()",
    ),
    (
        lambda cors: cors.add(web.RouteTableDef()),
        "write app.add_routes(...), and cors.add(route) for each of app.router.routes()",
    ),
    (
        lambda cors: cors.add(web.Application()),
        "write cors.add(route) for each of its router.routes(), or everywhere=True",
    ),
    (lambda cors: cors.add(None), "write what app.router.add_get() and its like return"),
    (lambda cors: cors.exclude("/items"), "write cors.add(app.router.add_resource('/items'))"),
]


@pytest.mark.parametrize(("mistake", "told"), ERRORS)
def test_what_is_no_routing_entity_is_told_with_what_to_write(
    mistake: Callable[[Any], object], told: str
) -> None:
    cors = setup(web.Application(), defaults=OF_A)
    with pytest.raises(ValueError, match=f"^{ADDED}.*: {re.escape(told)}$"):
        mistake(cors)


SET_UPS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: setup(web.RouteTableDef()),  # type: ignore[arg-type]
        "write setup(app) for an aiohttp.web.Application, not ",
    ),
    (
        lambda: setup(web.Application(), {A: ResourceOptions()}),  # type: ignore[call-arg]
        "write setup(app, defaults=...) for the origins ",
    ),
    (
        lambda: setup(make_mocked_request("GET", "/"), answer),  # type: ignore[call-arg,arg-type]
        "setup() is no middleware: leave it out of 'middlewares'",
    ),
    (
        lambda: setup(web.Application(), everywhere=True, preflight_first=False),
        "everywhere=True implies preflight_first=True; leave the latter out",
    ),
]


@pytest.mark.parametrize(("mistake", "told"), SET_UPS)
def test_a_wrong_set_up_is_told_with_what_to_write(
    mistake: Callable[[], object], told: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        mistake()


def test_custom_cors_on_a_class_is_told_at_its_line() -> None:
    with pytest.warns(CorsConfigWarning) as told:

        @custom_cors(OF_A)
        class View(web.View, CorsViewMixin):
            pass

    assert told[0].filename == __file__
    assert str(told[0].message) == (
        "custom_cors() on the class 'View' has no effect: write the options as its cors_config, "
        "or custom_cors() on its methods [C104]"
    )


def test_a_second_set_up_is_told_at_its_line() -> None:
    app = web.Application()
    setup(app, defaults=OF_A)
    with pytest.warns(CorsConfigWarning, match="was called for this application before") as told:
        setup(app, defaults=OF_A)
    assert told[0].filename == __file__


async def test_a_second_set_up_blames_no_middleware(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    setup(app, defaults=OF_A, everywhere=True)
    with pytest.warns(CorsConfigWarning):
        cors = setup(app, defaults=OF_A, everywhere=True)
    assert cors is app[aiohttp_cors.APP_CONFIG_KEY]
    app.router.add_get("/", answer)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_route_of_another_application_is_told_at_the_start(
    aiohttp_client: MakeClient,
) -> None:
    app, other = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A)
    route = cors.add(other.router.add_get("/", answer))
    with pytest.warns(CorsConfigWarning) as told:
        await aiohttp_client(app)
    assert told[0].filename == __file__
    assert str(told[0].message) == (
        f"{route!r} was added, but it is of another application: write cors.add(...) with the "
        "CorsConfig of the application that serves it [C107]"
    )


async def test_a_view_that_its_resource_got_later_is_looked_at_at_the_start(
    aiohttp_client: MakeClient,
) -> None:
    class Slashed(web.View):
        cors_config = {f"{A}/": ResourceOptions()}

    app = web.Application()
    resource = setup(app, defaults=OF_A).add(app.router.add_resource("/"))
    resource.add_route("GET", Slashed)
    with pytest.warns(CorsConfigWarning, match="trailing slash"):
        await aiohttp_client(app)


async def test_a_view_without_cors_is_not_looked_at_at_the_start(
    aiohttp_client: MakeClient,
) -> None:
    class Slashed(web.View):
        cors_config = {f"{A}/": ResourceOptions()}

    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_get("/", answer))
    app.router.add_get("/other", Slashed)
    await aiohttp_client(app)


def test_a_config_neither_guards_nor_helps_to_debug_unless_it_is_told_to() -> None:
    cors = CorsConfig(web.Application())
    assert not cors.protects
    assert not cors.debug


async def test_a_route_of_a_later_sub_application_is_no_mistake(
    aiohttp_client: MakeClient,
) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(part.router.add_get("/x", answer))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/part/x") == readable()


async def test_everywhere_without_origins_is_told_at_the_line_of_the_set_up(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    setup(app, everywhere=True)
    app.router.add_get("/", answer)
    with pytest.warns(CorsConfigWarning, match="without origins lets no page") as told:
        await aiohttp_client(app)
    assert told[0].filename == __file__


class Brings(web.View, CorsViewMixin):
    cors_config = OF_A

    async def get(self) -> web.Response:
        return await answer(self.request)


@custom_cors(OF_A)
async def brings(request: web.Request) -> web.Response:
    return await answer(request)


@pytest.mark.parametrize("handler", [Brings, brings])
async def test_everywhere_with_handlers_that_bring_origins_is_no_mistake(
    aiohttp_client: MakeClient, handler: Any
) -> None:
    app = web.Application()
    setup(app, everywhere=True)
    app.router.add_route("*", "/", handler)
    await aiohttp_client(app)


@pytest.mark.parametrize("protect", [True, False])
async def test_an_adapter_of_ones_own_takes_nothing_out(
    aiohttp_client: MakeClient, *, protect: bool
) -> None:
    app, part = web.Application(), web.Application()
    cors = aiohttp_cors.CorsConfig(app, router_adapter=OwnAdapter(), protect=protect)
    cors.add(app.router.add_post("/", answer), OF_A)
    inner = setup(part, defaults={B: ResourceOptions()})
    inner.add(part.router.add_get("/x", answer))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/part/x", B) == readable(origin=B)
    async with client.post("/", headers={"Origin": B}) as response:
        assert response.status == (403 if protect else 200)


@pytest.mark.parametrize("base", [_PreflightHandler, CorsViewMixin])
async def test_a_handler_of_ones_own_logs_what_it_refuses(
    caplog: pytest.LogCaptureFixture, base: Any
) -> None:
    class Nobody(base):
        async def _get_config(self, request: web.Request, origin: str, request_method: str) -> Any:
            return {}

    caplog.set_level(logging.INFO, logger="aiohttp_cors")
    headers = {"Origin": A, "Access-Control-Request-Method": "PUT"}
    request = make_mocked_request("OPTIONS", "/x", headers=headers, app=web.Application())
    response = await Nobody()._preflight_handler(request)
    assert response.status == 403
    ((record),) = caplog.records
    assert record.getMessage() == "preflight of '/x' refused: no origins are allowed"
