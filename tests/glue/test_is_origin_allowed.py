"""`await cors.is_origin_allowed(request)`, for what browsers do not guard."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import APP_CONFIG_KEY, CorsConfig, ResourceOptions, setup

from .asking import REFUSED, A, B, Client, MakeClient, answer, ask_raw

DEFAULTS = {A: ResourceOptions()}


def asking(cors: CorsConfig) -> Any:
    async def tell(request: web.Request) -> web.Response:
        return web.json_response(await cors.is_origin_allowed(request))

    return tell


async def allowed(client: Client, path: str, origin: str | None, host: str = "api.example") -> bool:
    headers = {"Host": host} if origin is None else {"Host": host, "Origin": origin}
    async with client.get(path, headers=headers) as response:
        assert response.status == 200
        return await response.json()


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        (None, "api.example", True),
        (A, "api.example", True),
        (B, "api.example", False),
        ("null", "api.example", False),
        ("", "api.example", False),
        ("http://api.example", "api.example", True),
        ("http://api.example:8080", "api.example:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://127.0.0.1", "127.0.0.1", True),
        # Behind a proxy that ends TLS, nobody knows the scheme.
        ("https://api.example", "api.example", True),
        ("https://api.example", "api.example:443", True),
        ("https://api.example", "api.example:80", False),
        ("https://api.example:8443", "api.example:8443", True),
        ("http://api.example", "API.example", True),
        ("file://", "api.example", False),
        ("*", "api.example", False),
        ("http://api.example:81", "api.example", False),
        ("http://api.example", "api.example:81", False),
        ("http://www.api.example", "api.example", False),
        ("http://api.example/", "api.example", False),
        ("http://api.example", "api.example:80", True),
    ],
)
@pytest.mark.parametrize("mode", [{}, {"everywhere": True}])
async def test_three_kinds_of_origins_are_allowed(
    aiohttp_client: MakeClient, mode: dict, origin: str | None, host: str, expected: bool
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, **mode)
    cors.add(app.router.add_get("/", asking(cors)))
    client = await aiohttp_client(app)
    assert await allowed(client, "/", origin, host) is expected


async def test_it_is_the_policy_of_the_route(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/added", asking(cors)), {B: ResourceOptions()})
    app.router.add_get("/without", asking(cors))
    client = await aiohttp_client(app)
    assert await allowed(client, "/added", A)
    assert await allowed(client, "/added", B)
    assert not await allowed(client, "/without", A)
    assert await allowed(client, "/without", None)
    assert await allowed(client, "/without", "http://api.example")


async def test_everybody_is_allowed_where_everybody_has_options(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={"*": ResourceOptions()})
    cors.add(app.router.add_get("/", asking(cors)))
    client = await aiohttp_client(app)
    assert await allowed(client, "/", REFUSED)
    assert await allowed(client, "/", "null")
    assert await allowed(client, "/", "file://")
    assert await allowed(client, "/", "garbage")


@pytest.mark.parametrize("origin", ["null", "file://", "*", "garbage", A + "/"])
@pytest.mark.parametrize("mode", [{}, {"everywhere": True}])
@pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")
async def test_what_names_no_site_is_not_allowed_by_a_star_with_credentials(
    aiohttp_client: MakeClient, mode: dict, origin: str
) -> None:
    options = ResourceOptions(allow_credentials=True)
    app = web.Application()
    cors = setup(app, defaults={"*": options}, **mode)
    cors.add(app.router.add_get("/star", asking(cors)))
    cors.add(app.router.add_get("/named", asking(cors)), {"null": options, "file://": options})
    cors.add(app.router.add_get("/closer", asking(cors)), {"*": ResourceOptions()})
    client = await aiohttp_client(app)
    assert not await allowed(client, "/star", origin)
    assert await allowed(client, "/star", A)
    assert await allowed(client, "/named", origin) is (origin in ("null", "file://"))
    assert await allowed(client, "/closer", origin)


async def test_predicates_are_asked(aiohttp_client: MakeClient) -> None:
    async def tenant(origin: str, request: web.Request) -> bool:
        return origin == B

    app = web.Application()
    cors = setup(app, defaults={tenant: ResourceOptions()})
    cors.add(app.router.add_get("/", asking(cors)))
    client = await aiohttp_client(app)
    assert await allowed(client, "/", B)
    assert not await allowed(client, "/", A)


@pytest.mark.parametrize("host", ["[", "a b", "a:b", "a:99999", "\x7f"])
async def test_a_host_that_is_none_has_no_origin(aiohttp_client: MakeClient, host: str) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/", asking(cors)))
    client = await aiohttp_client(app)
    got = await ask_raw(
        client, f"GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: {REFUSED}\r\n\r\n".encode()
    )
    assert (got.status, got.text) in ((200, "false"), (400, got.text))


async def test_a_websocket_of_a_refused_origin_is_refused(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, everywhere=True)

    async def chat(request: web.Request) -> web.StreamResponse:
        if not await cors.is_origin_allowed(request):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    app.router.add_get("/", chat)
    client = await aiohttp_client(app)
    own = str(client.make_url("/").origin())
    for origin in (A, own, None):
        headers = {} if origin is None else {"Origin": origin}
        async with client.ws_connect("/", headers=headers) as socket:
            await socket.send_str("echo")
            assert await socket.receive_str() == "echo"
    async with client.get("/", headers={"Origin": REFUSED}) as response:
        assert response.status == 403


@pytest.mark.parametrize("through", ["outer", "inner"])
async def test_the_innermost_config_decides(aiohttp_client: MakeClient, through: str) -> None:
    app, part = web.Application(), web.Application()
    outer = setup(app, defaults=DEFAULTS, everywhere=True)
    inner = setup(part, defaults={B: ResourceOptions()})
    handler = asking(outer if through == "outer" else inner)
    inner.add(part.router.add_get("/x", handler))
    part.router.add_get("/y", handler)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await allowed(client, "/part/x", B)
    assert not await allowed(client, "/part/x", A)
    # A sub-application with its own setup decides for itself, for what it did not add too.
    assert not await allowed(client, "/part/y", A)
    assert not await allowed(client, "/part/y", B)


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_config_knows_nobody_where_its_application_does_not_serve(
    aiohttp_client: MakeClient, *, everywhere: bool
) -> None:
    app, part = web.Application(), web.Application()
    setup(app)
    inner = setup(part, defaults=DEFAULTS, everywhere=everywhere)
    inner.add(part.router.add_get("/x", answer))
    app.router.add_get("/y", asking(inner))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert not await allowed(client, "/y", A)
    assert await allowed(client, "/y", None)


@pytest.mark.parametrize("what", ["route", "resource", "application"])
async def test_nobody_is_allowed_where_a_route_was_excluded(
    aiohttp_client: MakeClient, what: str
) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=DEFAULTS, everywhere=True)
    route = part.router.add_get("/x", asking(cors))
    app.add_subapp("/part", part)
    entity: Any = {"route": route, "resource": route.resource, "application": part}[what]
    cors.exclude(entity)
    client = await aiohttp_client(app)
    assert not await allowed(client, "/part/x", A)
    assert await allowed(client, "/part/x", None)
    assert await allowed(client, "/part/x", "http://api.example")


async def test_the_config_is_found_in_the_application(aiohttp_client: MakeClient) -> None:
    async def tell(request: web.Request) -> web.Response:
        cors = request.config_dict[APP_CONFIG_KEY]
        return web.json_response(await cors.is_origin_allowed(request))

    app, part = web.Application(), web.Application()
    setup(app, defaults=DEFAULTS, everywhere=True)
    part.router.add_get("/x", tell)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await allowed(client, "/part/x", A)
    assert not await allowed(client, "/part/x", B)
