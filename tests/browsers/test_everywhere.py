"""``everywhere=True``: what the router and the middlewares answer can be read as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .sites import BLOCKED, Answer, answering

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from .sites import Serve, Site, Tab

TOKEN = {"Authorization": "token"}

hello = answering("hello")


@web.middleware
async def require_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    if "Authorization" not in request.headers:
        raise web.HTTPUnauthorized(text="who are you?")
    return await handler(request)


@pytest.fixture
async def guarded(serve: Serve, page: Site) -> Site:
    """An application of which every route wants a token, and which the page may read."""
    app = web.Application(middlewares=[require_token])
    app.router.add_get("/hello", hello)
    app.router.add_put("/hello", hello)
    options = ResourceOptions(allow_headers=["Authorization"], allow_credentials=True)
    aiohttp_cors.setup(app, defaults={page.origin: options}, everywhere=True)
    return await serve(app)


async def test_the_404_of_an_unknown_path_can_be_read(tab: Tab, guarded: Site) -> None:
    answer = await tab.fetch(guarded / "nothing", headers=TOKEN)
    assert answer == Answer(404, "404: Not Found")


async def test_the_404_of_a_put_to_an_unknown_path_can_be_read(tab: Tab, guarded: Site) -> None:
    answer = await tab.fetch(guarded / "nothing-put", method="PUT", headers=TOKEN)
    assert answer == Answer(404, "404: Not Found")


async def test_the_405_of_a_wrong_method_can_be_read(serve: Serve, tab: Tab, page: Site) -> None:
    app = web.Application()
    app.router.add_get("/only-get", hello)
    aiohttp_cors.setup(app, defaults={page.origin: ResourceOptions()}, everywhere=True)
    api = await serve(app)
    answer = await tab.fetch(api / "only-get", method="POST", body="text")
    assert answer == Answer(405, "405: Method Not Allowed")


async def test_the_401_of_a_middleware_can_be_read(tab: Tab, guarded: Site) -> None:
    assert await tab.fetch(guarded / "hello") == Answer(401, "who are you?")
    assert await tab.fetch(guarded / "hello", method="PUT") == Answer(401, "who are you?")


async def test_a_request_with_authorization_passes_an_authentication_middleware(
    tab: Tab, guarded: Site
) -> None:
    answer = await tab.fetch(guarded / "hello", method="PUT", headers=TOKEN, credentials="include")
    assert answer == Answer(200, "hello")
    assert guarded.requests == ["OPTIONS /hello", "PUT /hello"]


async def test_preflight_first_alone_passes_an_authentication_middleware(
    serve: Serve, tab: Tab, page: Site
) -> None:
    app = web.Application(middlewares=[require_token])
    cors = aiohttp_cors.setup(app, preflight_first=True)
    policy = {page.origin: ResourceOptions(allow_headers=["Authorization"])}
    cors.add(app.router.add_get("/first", hello), policy)
    api = await serve(app)
    assert await tab.fetch(api / "first", headers=TOKEN) == Answer(200, "hello")


async def test_the_405_of_a_method_without_route_can_be_read(
    serve: Serve, tab: Tab, page: Site
) -> None:
    app = web.Application()
    app.router.add_get("/get", hello)
    options = ResourceOptions(allow_headers=["X-Author"], expose_headers=["Allow"])
    aiohttp_cors.setup(app, defaults={page.origin: options}, everywhere=True)
    api = await serve(app)
    answer = await tab.fetch(api / "get", method="PUT", headers={"X-Author": "ada"})
    assert answer == Answer(405, "405: Method Not Allowed")
    assert answer.headers["allow"] == "GET,HEAD"
    assert api.requests == ["OPTIONS /get", "PUT /get"]


async def test_a_redirect_of_a_middleware_can_be_followed(
    serve: Serve, tab: Tab, page: Site
) -> None:
    app = web.Application(middlewares=[web.normalize_path_middleware()])
    app.router.add_get("/slash/", hello)
    aiohttp_cors.setup(app, defaults={page.origin: ResourceOptions()}, everywhere=True)
    api = await serve(app)
    assert await tab.fetch(api / "slash") == Answer(200, "hello")
    assert api.requests == ["GET /slash", "GET /slash/"]


async def test_an_excluded_route_stays_closed(serve: Serve, tab: Tab, page: Site) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={page.origin: ResourceOptions()}, everywhere=True)
    app.router.add_get("/public", hello)
    private = app.router.add_resource("/private")
    private.add_route("GET", hello)
    private.add_route("PUT", hello)
    cors.exclude(private)
    api = await serve(app)
    assert await tab.fetch(api / "public") == Answer(200, "hello")
    assert await tab.fetch(api / "private") == BLOCKED
    assert await tab.fetch(api / "private", method="PUT") == BLOCKED
    assert "PUT /private" not in api.requests


async def test_routes_of_sub_applications_can_be_read(serve: Serve, tab: Tab, page: Site) -> None:
    inner = web.Application()
    inner.router.add_put("/hello", hello)
    app = web.Application()
    aiohttp_cors.setup(app, defaults={page.origin: ResourceOptions()}, everywhere=True)
    app.add_subapp("/inner/", inner)
    api = await serve(app)
    assert await tab.fetch(api / "inner/hello", method="PUT") == Answer(200, "hello")
    assert await tab.fetch(api / "inner/nothing") == Answer(404, "404: Not Found")


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
async def test_with_debug_the_console_names_the_refused_header(
    serve: Serve, tab: Tab, page: Site
) -> None:
    app = web.Application()
    app.router.add_get("/debug-header", hello)
    policy = {page.origin: ResourceOptions(allow_headers=["X-Author"])}
    aiohttp_cors.setup(app, defaults=policy, everywhere=True, debug=True)
    api = await serve(app)
    answer = await tab.fetch(api / "debug-header", headers={"X-Refused-Here": "1"})
    assert answer == BLOCKED
    assert await tab.console_until("x-refused-here")
    assert api.requests == ["OPTIONS /debug-header"]


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
async def test_with_debug_the_console_names_the_refused_method(
    serve: Serve, tab: Tab, page: Site
) -> None:
    app = web.Application()
    app.router.add_get("/debug-method", hello)
    policy = {page.origin: ResourceOptions(allow_methods=["GET"])}
    aiohttp_cors.setup(app, defaults=policy, everywhere=True, debug=True)
    api = await serve(app)
    assert await tab.fetch(api / "debug-method", method="PATCH") == BLOCKED
    messages = await tab.console_until("/debug-method")
    assert "Access-Control-Allow-Methods" in "".join(messages)
    assert api.requests == ["OPTIONS /debug-method"]
