"""Cookies and forms behind a proxy that ends TLS: `python examples/behind_a_proxy.py`.

The proxy serves https://shop.example and hands on `Host` as the browser sent it.
"""

import secrets

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

PAGE = """<!doctype html>
<title>Shop</title>
<form method="post" action="/orders"><button>Order</button></form>
"""


async def index(request: web.Request) -> web.Response:
    response = web.Response(text=PAGE, content_type="text/html")
    # The browser's connection is TLS, whatever this server sees of it.
    response.set_cookie(
        "session", secrets.token_urlsafe(), httponly=True, secure=True, samesite="None"
    )
    return response


async def order(request: web.Request) -> web.Response:
    if "session" not in request.cookies:
        raise web.HTTPUnauthorized
    return web.json_response({"ordered": True})


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_post("/orders", order)
    # The shop's own pages need no entry: `protect` knows them, behind a proxy too.
    partner = ResourceOptions(allow_credentials=True, allow_headers=("Content-Type",))
    aiohttp_cors.setup(
        app, everywhere=True, protect=True, defaults={"https://partner.example": partner}
    )
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1")  # for the proxy alone
