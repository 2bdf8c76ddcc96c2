"""An API for a browser extension: `python examples/browser_extensions.py`."""

import re

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
EXTENSION = ResourceOptions(allow_headers=("Authorization", "Content-Type"), max_age=600)

ORIGINS = {
    # Chrome and Edge: the id in the store, the same for everybody; each store has its own.
    "chrome-extension://hbkpclpemjeibhioopcebchdmohaieln": EXTENSION,
    # Firefox: drawn anew at each installation, so that this covers every extension.
    re.compile(f"moz-extension://{UUID}"): EXTENSION,
    # Safari: the same.
    re.compile(f"safari-web-extension://{UUID}"): EXTENSION,
}


async def bookmarks(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer change me":
        raise web.HTTPUnauthorized
    return web.json_response(["https://www.example/"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/bookmarks", bookmarks)
    aiohttp_cors.setup(app, everywhere=True, defaults=ORIGINS)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
