"""Parts of one server with CORS of their own: `python examples/sub_applications.py`."""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def hello(request: web.Request) -> web.Response:
    return web.json_response({"path": request.path})


def make_part() -> web.Application:
    part = web.Application()
    part.router.add_get("/hello", hello)
    return part


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/hello", hello)

    # What the root says holds for sub-applications too, ...
    cors = aiohttp_cors.setup(
        app,
        everywhere=True,
        protect=True,
        defaults={"https://app.example": ResourceOptions(allow_credentials=True)},
    )
    app.add_subapp("/orders", make_part())

    # ... but for one that says something itself, before it is added, ...
    news = make_part()
    aiohttp_cors.setup(news, everywhere=True, defaults={"*": ResourceOptions()})
    app.add_subapp("/news", news)

    # ... and for one that is for programs, and for no page.
    cors.exclude(app.add_subapp("/hooks", make_part()))
    return app


if __name__ == "__main__":
    web.run_app(make_app())
