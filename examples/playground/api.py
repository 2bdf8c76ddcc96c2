"""The API that the playground's page talks to.

Each block under a ``# [name]`` is shown on the page, as it stands here, beside what the browser
then let the page read.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections import Counter
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .exchanges import watched

FILES = Path(__file__).parent / "files"
PREFLIGHTS = web.AppKey("preflights", Counter[str])
ORDERS = web.AppKey("orders", Counter[str])


def api(page: str, other: str) -> web.Application:
    """Return the API; *page* and *other* are the origins that its policies name."""
    app = web.Application()
    app[PREFLIGHTS] = Counter()
    app[ORDERS] = Counter()
    app.on_response_prepare.append(count_preflights)
    routes = app.router
    cors = aiohttp_cors.setup(app)

    both = {page: ResourceOptions(), other: ResourceOptions()}
    cors.add(routes.add_get("/notes/{id}/preflights", read_preflights), both)
    cors.add(routes.add_get("/ordered/{id}", count_orders), both)

    # [hello]
    hello = routes.add_get("/hello", say_hello)
    cors.add(hello, {page: ResourceOptions()})

    # [everyone]
    news = routes.add_get("/news", read_news)
    cors.add(news, {"*": ResourceOptions()})

    # [missing]
    missing = routes.add_get("/missing", raise_not_found)
    cors.add(missing, {page: ResourceOptions()})

    # [pattern]
    local = routes.add_get("/local", say_hello)
    cors.add(local, {"http://localhost:*": ResourceOptions()})

    # [cookies]
    signed_in = {page: ResourceOptions(allow_credentials=True)}
    cors.add(routes.add_post("/login", set_cookie), signed_in)
    cors.add(routes.add_get("/me", read_cookie), signed_in)

    # [headers]
    exposed = ResourceOptions(expose_headers=["X-Pages"])
    cors.add(routes.add_get("/report", count_pages), {page: exposed})

    # [notes]
    editor = ResourceOptions(allow_headers=["X-Author"], max_age=600)
    note = routes.add_resource("/notes/{id}")
    cors.add(note, {page: editor})
    for method in ("PUT", "DELETE"):
        cors.add(note.add_route(method, edit_note))

    # [files]
    files = routes.add_static("/files", FILES)
    cors.add(files, {page: ResourceOptions()})

    # [events]
    events = routes.add_get("/events", stream_events)
    cors.add(events, {page: ResourceOptions()})

    # [cacheable]
    both = {page: ResourceOptions(), other: ResourceOptions()}
    cors.add(routes.add_get("/cacheable", be_cacheable), both)

    # [websocket]
    async def chat(request: web.Request) -> web.StreamResponse:
        if not await cors.is_origin_allowed(request):
            raise web.HTTPForbidden
        return await send_greeting(request)

    cors.add(routes.add_get("/chat", chat), {page: ResourceOptions()})

    # [everywhere]
    site = web.Application(middlewares=[require_token])
    site.router.add_get("/account", read_account)
    tokens = ResourceOptions(allow_headers=["Authorization"])
    aiohttp_cors.setup(site, defaults={page: tokens}, everywhere=True)
    app.add_subapp("/site/", site)

    # [unguarded]
    shop = open_shop()
    customers = {page: ResourceOptions(allow_credentials=True)}
    aiohttp_cors.setup(shop, defaults=customers, everywhere=True)
    app.add_subapp("/shop/", shop)

    # [guarded]
    guarded = open_shop()
    customers = {page: ResourceOptions(allow_credentials=True)}
    aiohttp_cors.setup(guarded, defaults=customers, everywhere=True, protect=True)
    app.add_subapp("/guarded/", guarded)

    return watched(app, page, site, shop, guarded)


def policies() -> dict[str, str]:
    """Return the blocks of `api`, by name, as they stand in its source."""
    source, _, _ = inspect.getsource(api).rpartition("    return ")
    _, *blocks = re.split(r"^ *# \[(\w+)\]\n", source, flags=re.MULTILINE)
    codes = (textwrap.dedent(code).strip() for code in blocks[1::2])
    return dict(zip(blocks[::2], codes, strict=True))


async def count_preflights(request: web.Request, _response: web.StreamResponse) -> None:
    if request.method == hdrs.METH_OPTIONS:
        request.config_dict[PREFLIGHTS][request.path] += 1


async def say_hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def read_news(_request: web.Request) -> web.Response:
    return web.Response(text="news")


async def raise_not_found(_request: web.Request) -> web.Response:
    raise web.HTTPNotFound(text="no such thing")


async def set_cookie(_request: web.Request) -> web.Response:
    response = web.Response(text="signed in")
    response.set_cookie("playground", "ada", httponly=True, samesite="Lax")
    return response


async def read_cookie(request: web.Request) -> web.Response:
    return web.Response(text=request.cookies.get("playground", "nobody"))


async def count_pages(_request: web.Request) -> web.Response:
    return web.Response(text="report", headers={"X-Pages": "3", "X-Internal": "db-7"})


async def edit_note(request: web.Request) -> web.Response:
    author = request.headers.get("X-Author", "nobody")
    return web.Response(text=f"{request.method} by {author}")


async def read_preflights(request: web.Request) -> web.Response:
    note, _, _ = request.path.rpartition("/")
    return web.Response(text=str(request.app[PREFLIGHTS][note]))


async def stream_events(request: web.Request) -> web.StreamResponse:
    stream = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream"})
    await stream.prepare(request)
    for number in (1, 2, 3):
        await stream.write(f"data: {number}\n\n".encode())
    return stream


async def be_cacheable(_request: web.Request) -> web.Response:
    return web.Response(text="the same for all", headers={hdrs.CACHE_CONTROL: "max-age=600"})


async def send_greeting(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_str("hello")
    await socket.close()
    return socket


def open_shop() -> web.Application:
    """Return an application that takes orders, and talks by WebSocket."""
    app = web.Application()
    app.router.add_post("/orders/{id}", take_order)
    app.router.add_get("/chat", send_greeting)
    return app


async def take_order(request: web.Request) -> web.Response:
    request.config_dict[ORDERS][request.match_info["id"]] += 1
    return web.Response(text="thank you")


async def count_orders(request: web.Request) -> web.Response:
    return web.Response(text=str(request.app[ORDERS][request.match_info["id"]]))


async def read_account(request: web.Request) -> web.Response:
    return web.Response(text=f"account of {request.headers[hdrs.AUTHORIZATION]}")


@web.middleware
async def require_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    if hdrs.AUTHORIZATION not in request.headers:
        raise web.HTTPUnauthorized(text="who are you?")
    return await handler(request)
