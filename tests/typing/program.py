"""A user's server, as type checkers see it: with strict settings, and without one ignore."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Mapping

from aiohttp import web
from typing_extensions import assert_type

import aiohttp_cors
from aiohttp_cors import (
    APP_CONFIG_KEY,
    CorsConfig,
    CorsConfigWarning,
    CorsSecurityWarning,
    CorsViewMixin,
    CorsWarning,
    ResourceOptions,
    custom_cors,
)
from aiohttp_cors.protocol.refusals import Refused

warnings.simplefilter("error", CorsWarning)
warnings.simplefilter("error", CorsConfigWarning)
warnings.simplefilter("error", CorsSecurityWarning)

# --- options ------------------------------------------------------------------------------------

everything = ResourceOptions(
    allow_credentials=True,
    expose_headers=("X-Request-Id",),
    allow_headers=["Content-Type", "Authorization"],
    max_age=600,
    allow_methods={"GET", "PUT"},
)
wildcards = ResourceOptions(expose_headers="*", allow_headers="*", allow_methods="*")
nothing = ResourceOptions()

assert_type(everything, ResourceOptions)
assert_type(everything.allow_credentials, bool)
assert_type(everything.max_age, "int | None")
assert_type(everything.is_method_allowed("GET"), bool)
assert_type(hash(everything), int)

# --- policies: a literal, a dict of str keys, patterns, predicates, plain dicts as options ------

partners: dict[str, ResourceOptions] = {"https://a.example": everything, "null": nothing}
frozen: Mapping[str, ResourceOptions] = partners
expressions = {re.compile(r"https://pr-\d+\.example\.com"): everything}


def is_tenant(origin: str, request: web.BaseRequest) -> bool:
    return origin.endswith(".example") and request.secure


async def is_customer(origin: str, request: web.BaseRequest) -> bool:
    return is_tenant(origin, request)


def plan_of(origin: str, request: web.BaseRequest) -> ResourceOptions | None:
    return everything if is_tenant(origin, request) else None


async def looked_up(origin: str, request: web.BaseRequest) -> ResourceOptions | bool | None:
    return plan_of(origin, request) or origin == "null"


# --- handlers -----------------------------------------------------------------------------------

routes = web.RouteTableDef()


async def handler(request: web.Request) -> web.Response:
    return web.json_response({"path": request.path})


async def stream(request: web.Request) -> web.StreamResponse:
    return web.StreamResponse()


async def greet(request: web.Request, greeting: str) -> web.Response:
    return web.Response(text=greeting)


@custom_cors({"https://a.example": everything})
async def decorated(request: web.Request) -> web.Response:
    return await handler(request)


@routes.get("/twice-decorated")
@custom_cors({"https://a.example": everything})
async def twice_decorated(request: web.Request) -> web.Response:
    return await handler(request)


class Item(web.View, CorsViewMixin):
    cors_config = {"https://a.example": everything}

    async def get(self) -> web.Response:
        return web.Response(text=self.request.match_info["name"])

    @custom_cors({"https://b.example": nothing})
    async def put(self) -> web.StreamResponse:
        return web.Response(status=204)


@custom_cors({"https://a.example": everything, plan_of: nothing}, inherit=False)
async def for_partners_alone(request: web.Request) -> web.Response:
    return await handler(request)


class Other(CorsViewMixin, web.View):
    cors_config = partners

    @custom_cors(partners)
    async def get(self) -> web.Response:
        return web.Response()


async def decorators_keep_the_type(request: web.Request) -> None:
    assert_type(await decorated(request), web.Response)
    assert_type(await Item(request).put(), web.StreamResponse)
    assert_type(await Other(request).get(), web.Response)


async def websocket(request: web.Request) -> web.WebSocketResponse:
    allowed = await request.app[APP_CONFIG_KEY].is_origin_allowed(request)
    assert_type(allowed, bool)
    if not allowed:
        raise web.HTTPForbidden
    return web.WebSocketResponse()


# --- an application -----------------------------------------------------------------------------


def make_app() -> web.Application:
    app = web.Application()

    cors = aiohttp_cors.setup(app)
    assert_type(cors, CorsConfig)
    assert_type(app[APP_CONFIG_KEY], CorsConfig)

    assert_type(cors.add(app.router.add_get("/a", handler)), web.AbstractRoute)
    assert_type(cors.add(app.router.add_post("/a", handler), partners), web.AbstractRoute)
    assert_type(cors.add(app.router.add_get("/s", stream), frozen), web.AbstractRoute)
    partial = functools.partial(greet, greeting="hello")
    cors.add(app.router.add_get("/p", partial), {"*": {"allow_headers": "*"}})

    resource = cors.add(app.router.add_resource("/b"))
    assert_type(resource, web.Resource)
    assert_type(cors.add(resource.add_route("GET", handler), expressions), web.ResourceRoute)
    cors.add(resource.add_route("PUT", handler), {is_tenant: everything})
    cors.add(resource.add_route("DELETE", handler), {is_customer: everything, "*": nothing})

    assert_type(cors.add(app.router.add_static("/static", ".")), web.AbstractResource)
    cors.add(resource.add_route("PATCH", handler), {plan_of: nothing, looked_up: nothing})
    secret = app.router.add_get("/for-partners", for_partners_alone)
    assert_type(cors.add(secret, partners, inherit=False), web.AbstractRoute)
    cors.add(app.router.add_view("/items/{name}", Item))
    cors.add(app.router.add_route("*", "/other", Other), webview=True)

    app.add_routes(routes)
    for route in list(app.router.routes()):
        cors.add(route)
    for each in app.router.resources():
        cors.add(each)
    return app


def make_open_app() -> web.Application:
    app, api = web.Application(), web.Application()
    secret = app.router.add_get("/secret", handler)
    app.router.add_get("/ws", websocket)
    app.add_subapp("/api", api)

    cors = aiohttp_cors.setup(
        app,
        defaults={"https://*.example.com": everything, re.compile("https://.+"): nothing},
        everywhere=True,
        preflight_first=True,
        debug=True,
    )
    cors.exclude(secret)
    cors.exclude(api)
    cors.defaults = partners
    return app


async def audit(request: web.Request, refused: Refused) -> None:
    assert_type(refused.message, str)
    assert_type(refused.origin, "str | None")
    assert_type(refused.method, "str | None")
    if refused.kind == "protected":
        print(request.path, refused.reason)


def make_guarded_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=partners, protect=True)
    cors.on_refused.append(audit)
    webhook = app.router.add_post("/webhook", handler)
    assert_type(cors.exclude(webhook), web.AbstractRoute)
    assert_type(cors.is_everywhere, bool)
    return app


def make_by_hand() -> CorsConfig:
    return CorsConfig(web.Application(), defaults=partners, protect=True)


version: str = aiohttp_cors.__version__
