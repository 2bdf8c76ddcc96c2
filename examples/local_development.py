"""More pages while you develop: `python examples/local_development.py --develop`."""

import sys

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

OPTIONS = ResourceOptions(allow_credentials=True, allow_headers=("Content-Type",))

PRODUCTION = {"https://app.example": OPTIONS}
DEVELOPMENT = {"http://localhost:*": OPTIONS, "http://127.0.0.1:*": OPTIONS}


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app(argv: list[str]) -> web.Application:
    develops = "--develop" in argv
    app = web.Application()
    app.router.add_get("/items", items)
    aiohttp_cors.setup(
        app,
        everywhere=True,
        protect=True,
        defaults={**PRODUCTION, **DEVELOPMENT} if develops else PRODUCTION,
        debug=develops,  # the browser's console then names the real cause of a refusal
    )
    return app


if __name__ == "__main__":
    web.run_app(make_app(sys.argv[1:]), host="localhost")
