"""An API that every page may read: `python examples/public_api.py`."""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

CITIES = ["Amsterdam", "Bern", "Cadiz"]


async def cities(request: web.Request) -> web.Response:
    headers = {"X-Total-Count": str(len(CITIES)), "Cache-Control": "public, max-age=3600"}
    return web.json_response(CITIES, headers=headers)


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/cities", cities)
    reader = ResourceOptions(
        allow_methods=("GET", "HEAD"),
        expose_headers=("X-Total-Count",),
        max_age=86400,
    )
    aiohttp_cors.setup(app, everywhere=True, defaults={"*": reader})
    return app


if __name__ == "__main__":
    web.run_app(make_app())
