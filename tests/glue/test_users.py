"""What hurt the users of 0.8.1, symptom by symptom, in programs as they write them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

from .asking import (
    A,
    B,
    MakeClient,
    agrees,
    answer,
    ask,
    ask_raw,
    bare,
    granted,
    preflight,
    readable,
    refused,
    unreadable,
)

EVERYTHING = ResourceOptions(allow_credentials=True, expose_headers="*", allow_headers="*")

copied_by_everybody = pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")


def everything_for_everybody(app: web.Application, **options: Any) -> None:
    """The configuration that nearly everybody copies, and the loop that goes with it."""
    cors = aiohttp_cors.setup(app, defaults={"*": EVERYTHING}, **options)
    for route in list(app.router.routes()):
        cors.add(route)


@copied_by_everybody
async def test_the_configuration_that_nearly_everybody_copies_works(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    app.router.add_get("/api", answer)
    app.router.add_post("/api", answer)
    app.router.add_delete("/api/{id}", answer)
    everything_for_everybody(app)
    client = await aiohttp_client(app)
    asked = await preflight(client, "/api/1", "DELETE", B, "x-csrf,authorization")
    assert asked == granted("DELETE", B, ACAC="true", ACAH="X-CSRF,AUTHORIZATION")
    assert await ask(client, "POST", "/api", B) == readable(
        origin=B, ACAC="true", ACEH="Date,Server,Vary"
    )


@copied_by_everybody
@pytest.mark.parametrize("how", ["names", "apart", "overlapping"])
async def test_one_path_served_by_two_resources_is_no_403(
    aiohttp_client: MakeClient, how: str
) -> None:
    app = web.Application()
    app.router.add_get("/nodes/1", answer, name="read" if how == "names" else None)
    if how == "apart":
        app.router.add_get("/links", answer)
    path = "/nodes/{id}" if how == "overlapping" else "/nodes/1"
    app.router.add_post(path, answer, name="write" if how == "names" else None)
    everything_for_everybody(app)
    client = await aiohttp_client(app)
    assert await preflight(client, "/nodes/1", "POST", A, "content-type") == granted(
        "POST", ACAC="true", ACAH="CONTENT-TYPE"
    )
    assert await agrees(client, "/nodes/1", "GET", A)


@pytest.mark.parametrize("name", ["Allow-Origin", "Allow-Credentials", "Expose-Headers"])
@pytest.mark.parametrize("by", ["handler", "middleware"])
async def test_a_header_that_is_already_there_drops_no_connection(
    aiohttp_client: MakeClient, name: str, by: str
) -> None:
    own = {f"Access-Control-{name}": "true" if name == "Allow-Credentials" else "X"}

    async def handler(request: web.Request) -> web.Response:
        return web.Response(headers=own if by == "handler" else None)

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        response = await handler(request)
        if by == "middleware":
            response.headers.update(own)
        return response

    app = web.Application(middlewares=[middleware])
    cors = aiohttp_cors.setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_get("/", handler))
    client = await aiohttp_client(app)
    expected = readable(origin="X") if name == "Allow-Origin" else readable()
    assert await ask(client, "GET", "/") == expected


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


async def test_a_method_that_a_view_lacks_is_a_405_and_no_empty_reply(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_view("/", View))
    client = await aiohttp_client(app)
    assert await ask(client, "PUT", "/") == readable(405)
    assert await ask(client, "PUT", "/", None) == unreadable(405)


@copied_by_everybody
@pytest.mark.parametrize("mode", ["preflight_first", "everywhere"])
async def test_a_function_for_all_methods_and_own_options_start_up(
    aiohttp_client: MakeClient, mode: str
) -> None:
    app = web.Application()
    app.router.add_route("*", "/proxy/{tail:.*}", answer)
    app.router.add_route("GET", "/socket.io/", answer)
    app.router.add_route("POST", "/socket.io/", answer)
    app.router.add_route("OPTIONS", "/socket.io/", answer)
    everything_for_everybody(app, **{mode: True})
    client = await aiohttp_client(app)
    assert await agrees(client, "/proxy/x", "PUT", A)
    assert (await preflight(client, "/socket.io/", "POST")).status == 200
    async with client.options("/socket.io/") as response:
        assert await response.text() == "OPTIONS"


@pytest.mark.parametrize("mode", ["preflight_first", "everywhere"])
async def test_an_authentication_gives_no_401_to_a_preflight(
    aiohttp_client: MakeClient, mode: str
) -> None:
    @web.middleware
    async def authenticate(request: web.Request, handler: Any) -> web.StreamResponse:
        if "Authorization" not in request.headers:
            raise web.HTTPUnauthorized
        return await handler(request)

    app = web.Application(middlewares=[authenticate])
    options = ResourceOptions(allow_headers=["Authorization"])
    cors = aiohttp_cors.setup(app, defaults={A: options}, **{mode: True})
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET", names="authorization") == granted(
        ACAH="AUTHORIZATION"
    )
    assert await ask(client, "GET", "/") == readable(401)
    assert await ask(client, "GET", "/", headers={"Authorization": "x"}) == readable()


async def test_a_view_in_a_sub_application_needs_setup_on_the_root_alone(
    aiohttp_client: MakeClient,
) -> None:
    app, part = web.Application(), web.Application()
    cors = aiohttp_cors.setup(app, defaults={A: ResourceOptions()})
    cors.add(part.router.add_view("/x", View))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await agrees(client, "/part/x", "GET", A)
    assert await ask(client, "PUT", "/part/x") == readable(405)


async def test_a_404_a_405_and_a_redirect_are_no_cors_errors(aiohttp_client: MakeClient) -> None:
    app = web.Application(middlewares=[web.normalize_path_middleware()])
    app.router.add_get("/a/", answer)
    aiohttp_cors.setup(app, defaults={A: ResourceOptions()}, everywhere=True)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/b") == readable(404)
    assert await ask(client, "PUT", "/a/") == readable(405)
    assert await ask(client, "GET", "/a") == readable(308)


async def test_caches_learn_that_answers_depend_on_the_origin(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={A: ResourceOptions(), B: ResourceOptions()})
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/", A) == readable()
    assert await ask(client, "GET", "/", B) == readable(origin=B)
    assert await ask(client, "GET", "/", None) == unreadable()


async def test_previews_ports_and_tenants_have_keys(aiohttp_client: MakeClient) -> None:
    tenants = {"https://tenant.test"}

    async def is_tenant(origin: str, request: web.Request) -> bool:
        return origin in tenants

    defaults: Any = {
        "https://*.netlify.test": ResourceOptions(),
        "http://localhost:*": ResourceOptions(),
        is_tenant: ResourceOptions(),
    }
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=defaults)
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    for origin in (
        "https://deploy-1--app.netlify.test",
        "http://localhost:5173",
        "http://localhost",
        "https://tenant.test",
    ):
        assert await agrees(client, "/", "GET", origin)
    for origin in ("https://netlify.test", "http://localhost.evil.test", "https://other.test"):
        assert not await agrees(client, "/", "GET", origin)


async def test_a_literal_wildcard_is_to_be_had(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions(expose_headers="*")})
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    for origin in (A, "null", None):
        assert await ask(client, "GET", "/", origin) == (200, {"ACAO": "*", "ACEH": "*"})


async def test_static_files_need_no_allow_methods(
    aiohttp_client: MakeClient, tmp_path: Path
) -> None:
    (tmp_path / "font.woff2").write_bytes(b"font")
    app = web.Application()
    options = ResourceOptions(allow_headers=["range"])
    cors = aiohttp_cors.setup(app, defaults={A: options})
    cors.add(app.router.add_static("/static", tmp_path))
    client = await aiohttp_client(app)
    assert await preflight(client, "/static/font.woff2", "GET", names="range") == granted(
        ACAH="RANGE"
    )
    assert await agrees(client, "/static/font.woff2", "GET", A)


@copied_by_everybody
def test_adding_twice_starts_up() -> None:
    app = web.Application()
    app.router.add_get("/", answer)
    cors = aiohttp_cors.setup(app, defaults={"*": EVERYTHING})
    for _ in range(2):
        for route in list(app.router.routes()):
            cors.add(route)
        for resource in app.router.resources():
            cors.add(resource)


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [("https://a.example/", "'https://a.example'"), ("a.example", "'https://a.example'")],
)
def test_an_origin_that_has_no_effect_is_told(key: str, suggestion: str) -> None:
    with pytest.warns(aiohttp_cors.CorsConfigWarning) as told:
        aiohttp_cors.setup(web.Application(), defaults={key: ResourceOptions()})
    (warning,) = told
    assert repr(key) in str(warning.message)
    assert suggestion in str(warning.message)


async def test_the_origins_of_get_may_not_also_put(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", answer), {"*": ResourceOptions()})
    cors.add(resource.add_route("PUT", answer), {A: ResourceOptions()})
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "PUT", A)
    assert not await agrees(client, "/", "PUT", B)
    assert await agrees(client, "/", "GET", B)


async def test_options_as_a_plain_dict_know_allow_methods(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={A: {"allow_methods": ["PUT"], "max_age": 5}})
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", answer))
    resource.add_route("PUT", answer)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT", ACMA="5")
    assert await ask(client, "PUT", "/") == readable()


PROGRAM = """
import asyncio, json, sys
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import aiohttp_cors
from aiohttp_cors import ResourceOptions

async def handler(request):
    return web.Response(headers={"X-C": "1", "X-A": "1", "X-B": "1", "Set-Cookie": "a=b"})

async def main():
    app = web.Application()
    names = ["x-d", "x-e", "x-f", "x-g"]
    cors = aiohttp_cors.setup(app, defaults={
        "https://a.example": ResourceOptions(allow_credentials=True, expose_headers="*"),
        "https://b.example": ResourceOptions(expose_headers=names, allow_headers=names),
    })
    resource = app.router.add_resource("/")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        cors.add(resource.add_route(method, handler))
    told = []
    async with TestClient(TestServer(app)) as client:
        for method, more in (
            ("GET", {}),
            ("OPTIONS", {
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "x-g,x-d",
            }),
        ):
            for origin in ("https://a.example", "https://b.example"):
                async with client.request(method, "/", headers={"Origin": origin, **more}) as r:
                    told.append([[n, v] for n, v in r.headers.items() if n != "Date"])
    print(json.dumps(told))

asyncio.run(main())
"""


async def test_headers_are_the_same_from_run_to_run() -> None:
    outputs = set()
    for seed in ("1", "2"):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            stdout=subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        outputs.add(hashlib.sha256(output).hexdigest())
    assert len(outputs) == 1
    (first, *_) = json.loads(output)
    assert ["Access-Control-Expose-Headers", "Server,Vary,X-A,X-B,X-C"] in [
        [name, value.removeprefix("Date,")] for name, value in first
    ]


async def test_an_exposed_wildcard_never_lists_set_cookie(aiohttp_client: MakeClient) -> None:
    async def handler(request: web.Request) -> web.Response:
        response = web.Response(headers={"X-Total": "7"})
        response.set_cookie("session", "1")
        return response

    app = web.Application()
    options = ResourceOptions(allow_credentials=True, expose_headers="*")
    cors = aiohttp_cors.setup(app, defaults={A: options})
    cors.add(app.router.add_get("/", handler))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable(ACAC="true", ACEH="Date,Server,Vary,X-Total")


async def test_a_plain_client_without_origin_is_served_as_ever(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_get("/", answer))
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    got = await ask_raw(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (got.status, got.text, got.cors) == (200, "GET", {"Vary": "Origin"})
    assert await ask(client, "GET", "/other", None) == bare()
    assert await preflight(client, "/", "PUT") == refused()
