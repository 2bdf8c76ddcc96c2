"""The server under the mixed load; meanwhile it adds routes and assigns ``defaults``."""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import tracemalloc
from collections.abc import AsyncIterator

from aiohttp import WSMsgType, web

import aiohttp_cors
from aiohttp_cors import CorsConfig, ResourceOptions

PAGE, SOMETIMES, STRANGER = "https://a.example", "https://b.example", "https://evil.example"
OPTIONS = ResourceOptions(
    allow_credentials=True,
    allow_headers=("Content-Type", "X-Test"),
    expose_headers=("X-Number",),
    max_age=60,
)
CHUNKS = [b"%d," % number for number in range(20)]
NEW_ROUTES, PAUSE = 200, 0.05

added = web.AppKey("added", list[int])


async def data(request: web.Request) -> web.Response:
    return web.json_response({"hello": "world"})


async def item(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for chunk in CHUNKS:
        await response.write(chunk)
        await asyncio.sleep(0)
    await response.write_eof()
    return response


async def socket(request: web.Request) -> web.WebSocketResponse:
    if not await request.app[aiohttp_cors.APP_CONFIG_KEY].is_origin_allowed(request):
        raise web.HTTPForbidden(text="not for this page")
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    async for message in answer:
        if message.type is WSMsgType.TEXT:
            await answer.send_str(message.data)
    return answer


async def memory(request: web.Request) -> web.Response:
    """How many bytes are in use."""
    gc.collect()
    return web.json_response(tracemalloc.get_traced_memory()[0])


async def routes(request: web.Request) -> web.Response:
    return web.json_response(len(request.app[added]))


def application(*, protect: bool) -> web.Application:
    app = web.Application()
    app[added] = []
    # As programs do that load parts of themselves later.
    app.router.freeze = lambda: None  # type: ignore[method-assign]
    mode = {"protect": True} if protect else {}
    cors = aiohttp_cors.setup(app, defaults={PAGE: OPTIONS}, **mode)
    add = app.router.add_route
    for method, path, handler in (
        ("GET", "/data", data),
        ("PUT", "/items/{id}", item),
        ("POST", "/items/{id}", item),
        ("GET", "/stream", stream),
        ("GET", "/socket", socket),
    ):
        cors.add(add(method, path, handler))
    add("GET", "/memory", memory)
    add("GET", "/routes", routes)

    async def changing(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(change(app, cors))
        yield
        task.cancel()

    app.cleanup_ctx.append(changing)
    return app


async def change(app: web.Application, cors: CorsConfig) -> None:
    """Add a route now and then, as many as are wanted, and let another page in and out for ever."""
    both = {PAGE: OPTIONS, SOMETIMES: OPTIONS}
    for number in itertools.count():
        cors.defaults = both if number % 2 else {PAGE: OPTIONS}
        if number < NEW_ROUTES:
            cors.add(app.router.add_put(f"/new{number}/{{id}}", item))
            app[added].append(number)
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    tracemalloc.start()
    port, *modes = sys.argv[1:]
    app = application(protect="protect" in modes)
    web.run_app(app, host="127.0.0.1", port=int(port), print=lambda _: None)
