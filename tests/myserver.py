"""A server with one mistake for each path, which docs/refused.rst has explained."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import ResourceOptions

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
APP = "https://app.example"


async def handler(request: web.Request) -> web.Response:
    return web.json_response([])


async def sets_another_origin(request: web.Request) -> web.Response:
    return web.json_response([], headers={ALLOW_ORIGIN: "https://www.app.example"})


async def sets_it_twice(request: web.Request) -> web.Response:
    return web.json_response([], headers=[(ALLOW_ORIGIN, APP), (ALLOW_ORIGIN, "*")])


async def redirects_with_a_password(request: web.Request) -> web.Response:
    raise web.HTTPFound("https://user:secret@files.example/report")


async def allows_nothing_else(request: web.Request) -> web.Response:
    return web.Response(headers={ALLOW_ORIGIN: APP})


async def lists_with_semicolons(request: web.Request) -> web.Response:
    lists = {
        "Access-Control-Allow-Methods": "GET; PUT",
        "Access-Control-Allow-Headers": "Content-Type; X-Token",
    }
    return web.Response(headers={ALLOW_ORIGIN: APP, **lists})


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path == "/private" and "Authorization" not in request.headers:
        raise web.HTTPUnauthorized
    return await handler(request)


@web.middleware
async def add_slashes(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path == "/folder":
        raise web.HTTPFound("/folder/")
    return await handler(request)


app = web.Application(middlewares=[authenticate, add_slashes])
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
router = app.router

cors.add(router.add_get("/items", handler))
cors.add(router.add_post("/items", handler))
cors.add(router.add_put("/note", handler))
cors.add(router.add_patch("/note", handler))
cors.add(router.add_get("/another-origin", sets_another_origin))
cors.add(router.add_get("/twice", sets_it_twice))
cors.add(router.add_get("/moved", redirects_with_a_password))
cors.add(router.add_put("/private", handler), {APP: ResourceOptions(allow_headers="*")})
cors.add(router.add_put("/folder", handler))

router.add_get("/orders", handler)
router.add_put("/old", handler)
router.add_options("/old", allows_nothing_else)
router.add_get("/lists", handler, allow_head=False)
router.add_options("/lists", allows_nothing_else)
router.add_put("/older", handler)
router.add_options("/older", lists_with_semicolons)

# For everybody, and so without credentials.
public = web.Application()
aiohttp_cors.setup(public, everywhere=True, defaults={"*": ResourceOptions()})
public.router.add_get("", handler)
app.add_subapp("/public", public)

# Where nobody but its own pages may post.
account = web.Application()
aiohttp_cors.setup(
    account, everywhere=True, protect=True, defaults={APP: ResourceOptions(allow_credentials=True)}
)
account.router.add_post("", handler)
app.add_subapp("/account", account)
