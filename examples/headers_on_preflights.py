"""Headers without an option, by a signal: `python examples/headers_on_preflights.py`."""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


def is_preflight(request: web.Request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if is_preflight(request):
        # For a CDN that keeps answers to OPTIONS, apart by the three headers that Vary names.
        response.headers["Cache-Control"] = "public, max-age=600"
    elif "Access-Control-Allow-Origin" in response.headers:
        # Whoever may read the answer may also read how long each part of it took.
        allowed = response.headers["Access-Control-Allow-Origin"]
        response.headers["Timing-Allow-Origin"] = allowed


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_put("/items", items)
    options = ResourceOptions(allow_headers=("Content-Type",), max_age=600)
    aiohttp_cors.setup(app, everywhere=True, defaults={"https://app.example": options})
    # Behind setup(), to see the CORS headers.
    app.on_response_prepare.append(add_headers)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
