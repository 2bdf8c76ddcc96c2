"""Three applications written for aiohttp-cors 0.8.1, which this package serves unchanged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

EDITOR = ResourceOptions(
    allow_credentials=True,
    expose_headers=("X-Pages", "X-Author"),
    allow_headers=("X-Client", "Content-Type"),
    max_age=600,
)
READER = ResourceOptions()
EVERYTHING = ResourceOptions(allow_credentials=True, expose_headers="*", allow_headers="*")


async def answer(request: web.Request) -> web.Response:
    headers = {"X-Pages": "7", "X-Trace": "1", "Cache-Control": "no-cache", "Set-Cookie": "a=b"}
    return web.Response(text=request.method, headers=headers)


async def answer_varying(request: web.Request) -> web.Response:
    return web.Response(headers={"Vary": "Accept-Language"})


async def answer_with_own_origin(request: web.Request) -> web.Response:
    return web.Response(headers={"Access-Control-Allow-Origin": "https://own.example"})


async def answer_with_own_credentials(request: web.Request) -> web.Response:
    return web.Response(headers={"Access-Control-Allow-Credentials": "true"})


async def fail(request: web.Request) -> web.Response:
    raise RuntimeError("on purpose")


async def miss(request: web.Request) -> web.Response:
    raise web.HTTPNotFound


class Item(web.View, CorsViewMixin):
    cors_config = {"https://editor.example": EDITOR}

    async def get(self) -> web.Response:
        return await answer(self.request)

    @custom_cors({"https://other.example": READER})
    async def put(self) -> web.Response:
        return await answer(self.request)


def named() -> web.Application:
    """Origins by name, each with its own options: defaults, resources, routes, views, files."""
    app = web.Application()
    defaults = {"https://editor.example": EDITOR, "https://reader.example": READER}
    cors = aiohttp_cors.setup(app, defaults=defaults)
    add = app.router.add_route

    cors.add(add("GET", "/defaults", answer))
    cors.add(add("POST", "/posted", answer))
    cors.add(add("GET", "/route", answer), {"https://other.example": EDITOR})
    cors.add(add("GET", "/varying", answer_varying))
    cors.add(add("GET", "/own-origin", answer_with_own_origin))
    cors.add(add("GET", "/own-credentials", answer_with_own_credentials))
    cors.add(add("GET", "/missing", miss))
    cors.add(add("GET", "/broken", fail))
    cors.add(add("*", "/item", Item))
    cors.add(app.router.add_static("/files", Path(__file__).parent))
    cors.add(
        app.router.add_static("/listed", Path(__file__).parent),
        {"https://other.example": ResourceOptions(allow_methods=["GET"])},
    )
    add("GET", "/plain", answer)

    document = cors.add(app.router.add_resource("/document"))
    for method in ("GET", "PUT", "DELETE"):
        cors.add(document.add_route(method, answer))
    document.add_route("PATCH", answer)

    listed = cors.add(
        app.router.add_resource("/methods"),
        {"https://other.example": ResourceOptions(allow_methods=["GET", "POST", "PUT"])},
    )
    for method in ("GET", "POST", "PUT", "DELETE"):
        listed.add_route(method, answer)

    apart = app.router.add_resource("/apart")
    cors.add(apart.add_route("GET", answer), {"https://other.example": EDITOR})
    cors.add(apart.add_route("PUT", answer))

    cors.add(app.router.add_get("/twice", answer, name="read"))
    cors.add(app.router.add_post("/twice", answer, name="write"))

    part = web.Application()
    part.router.add_view("/item", Item)
    app.add_subapp("/part", part)
    for route in part.router.routes():
        cors.add(route)
    return app


def everybody() -> web.Application:
    """The configuration that nearly everybody copies, and the loop that goes with it."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"*": EVERYTHING})
    for method in ("GET", "PUT"):
        app.router.add_route(method, "/api", answer)
    for route in list(app.router.routes()):
        cors.add(route)
    return app


def public() -> web.Application:
    """What anybody may read, without cookies."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions(expose_headers="*")})
    cors.add(app.router.add_get("/news", answer))
    cors.add(
        app.router.add_put("/wall", answer),
        {"*": ResourceOptions(expose_headers=["X-Pages"], allow_headers=["X-Client"], max_age=0)},
    )
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def tell_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text}, status=error.status)


def guarded() -> web.Application:
    """With a middleware of the usual kind, which words errors anew."""
    app = web.Application(middlewares=[tell_in_json])
    cors = aiohttp_cors.setup(app, defaults={"https://editor.example": EDITOR})
    cors.add(app.router.add_get("/api", answer))
    return app


APPLICATIONS = {"guarded": guarded, "named": named, "everybody": everybody, "public": public}
