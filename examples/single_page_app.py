"""A page that signs in with a cookie: `python examples/single_page_app.py`.

It is https://shop.example, this is https://api.shop.example: another origin, one site.
"""

import secrets

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

SESSIONS = web.AppKey("sessions", dict[str, str])


def visitor(request: web.Request) -> str:
    """The name of who has signed in."""
    name = request.app[SESSIONS].get(request.cookies.get("session", ""))
    if name is None:
        raise web.HTTPUnauthorized
    return name


async def sign_in(request: web.Request) -> web.Response:
    given = await request.json()
    if given["password"] != "open sesame":
        raise web.HTTPUnauthorized
    session = secrets.token_urlsafe()
    request.app[SESSIONS][session] = given["name"]
    response = web.json_response({"name": given["name"]})
    response.set_cookie("session", session, httponly=True, secure=True, samesite="Lax")
    return response


async def profile(request: web.Request) -> web.Response:
    return web.json_response({"name": visitor(request)})


async def sign_out(request: web.Request) -> web.Response:
    request.app[SESSIONS].pop(request.cookies.get("session", ""), None)
    response = web.Response(status=204)
    response.del_cookie("session")
    return response


def make_app() -> web.Application:
    app = web.Application()
    app[SESSIONS] = {}
    app.router.add_post("/sign-in", sign_in)
    app.router.add_get("/profile", profile)
    app.router.add_post("/sign-out", sign_out)
    shop = ResourceOptions(
        allow_credentials=True,
        allow_headers=("Content-Type",),
        max_age=600,
    )
    aiohttp_cors.setup(
        app,
        everywhere=True,
        protect=True,
        defaults={"https://shop.example": shop},
    )
    return app


if __name__ == "__main__":
    web.run_app(make_app())
