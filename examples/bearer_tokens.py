"""An API that wants a bearer token in each request: `python examples/bearer_tokens.py`."""

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import ResourceOptions

TOKEN = "change me"


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="notes"'})
    return await handler(request)


async def save_note(request: web.Request) -> web.Response:
    return web.json_response(await request.json(), status=201)


def make_app() -> web.Application:
    app = web.Application(middlewares=[authenticate])
    app.router.add_post("/notes", save_note)
    editor = ResourceOptions(
        allow_headers=("Authorization", "Content-Type"),
        expose_headers=("WWW-Authenticate",),
        max_age=600,
    )
    aiohttp_cors.setup(app, everywhere=True, defaults={"https://app.example": editor})
    return app


if __name__ == "__main__":
    web.run_app(make_app())
