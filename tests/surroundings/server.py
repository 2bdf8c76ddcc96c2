"""The server behind the proxies and in the workers: one route of each kind of policy."""

from __future__ import annotations

import itertools
import os
import sys

from aiohttp import WSMsgType, web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

PAGES = ("https://a.example", "https://b.example")
CACHED = {"Cache-Control": "public, max-age=60"}

_served = itertools.count(1)


def _response(**headers: str) -> web.Response:
    """Tells which process made it, and the how manieth it is: a copy has its original's number."""
    told = {"X-Process": str(os.getpid()), "X-Number": str(next(_served))}
    return web.Response(text="hello", headers={**told, **headers})


async def cached(request: web.Request) -> web.Response:
    return _response(**CACHED)


async def changed(request: web.Request) -> web.Response:
    await request.read()
    return _response()


async def websocket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


def application(**mode: bool) -> web.Application:
    """``/data`` is for two pages, ``/public`` for everybody; both may be cached."""
    app = web.Application()
    options = ResourceOptions(
        allow_credentials=True, allow_headers=("X-Test",), expose_headers=("X-Number", "X-Process")
    )
    pages = dict.fromkeys(PAGES, options)
    cors = aiohttp_cors.setup(app, defaults=pages, **mode)
    everybody = {"*": ResourceOptions(expose_headers=("X-Number", "X-Process"))}
    router = app.router
    cors.add(router.add_get("/data", cached))
    cors.add(router.add_post("/data", changed))
    cors.add(router.add_put("/data", changed))
    cors.add(router.add_get("/public", cached), everybody, inherit=False)
    cors.add(router.add_get("/socket", websocket))
    return app


async def for_workers() -> web.Application:
    """What gunicorn calls in each worker."""
    return application()


def main() -> None:
    """Serve on the port and in the modes (``protect``) that are given."""
    port, *modes = sys.argv[1:]
    if "uvloop" in modes:
        import uvloop  # noqa: PLC0415 - only some have it

        modes.remove("uvloop")
        uvloop.install()
    app = application(**dict.fromkeys(modes, True))
    web.run_app(app, host="127.0.0.1", port=int(port), print=lambda _: None)


if __name__ == "__main__":
    main()
