"""A whole application under CORS: routes, views, files, errors, redirects, sub-applications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.client_exceptions import ClientPayloadError

from aiohttp_cors import (
    CorsConfig,
    CorsConfigWarning,
    CorsViewMixin,
    ResourceOptions,
    custom_cors,
    setup,
)

from .asking import (
    REFUSED,
    A,
    Answer,
    B,
    Client,
    MakeClient,
    agrees,
    answer,
    ask,
    bare,
    granted,
    preflight,
    readable,
    refused,
    unreadable,
)

OF_A = {A: ResourceOptions(allow_headers=["authorization"], max_age=5)}
KEY = {"Authorization": "Bearer 1"}


class Bare(web.View):
    async def get(self) -> web.Response:
        return await answer(self.request)

    async def put(self) -> web.Response:
        return await answer(self.request)


class WithMixin(Bare, CorsViewMixin):
    pass


async def raise_not_found(request: web.Request) -> web.Response:
    raise web.HTTPNotFound


async def return_gone(request: web.Request) -> web.StreamResponse:
    return web.HTTPGone()  # type: ignore[return-value]


async def fail(request: web.Request) -> web.Response:
    raise RuntimeError("on purpose")


async def fail_half_way(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = 100
    await response.prepare(request)
    await response.write(b"first")
    raise RuntimeError("on purpose")


async def own_options(request: web.Request) -> web.Response:
    return web.Response(status=202)


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """401 or 403 or an exception, where the path says so."""
    if request.path.startswith("/private") and "Authorization" not in request.headers:
        raise web.HTTPUnauthorized
    if request.path.startswith("/forbidden"):
        return web.Response(status=403)
    if request.path.startswith("/failing-guard"):
        raise RuntimeError("on purpose")
    return await handler(request)


def build(folder: Path, **options: Any) -> tuple[web.Application, CorsConfig]:
    """An application with one of everything."""
    app = web.Application(middlewares=[web.normalize_path_middleware(), guard])
    cors = setup(app, defaults=OF_A, **options)
    add = app.router.add_route
    add("GET", "/plain", answer)
    add("GET", "/slash/", answer)
    for path in ("/private", "/forbidden", "/failing-guard"):
        add("GET", path, answer)
    add("GET", "/raised", raise_not_found)
    add("GET", "/returned", return_gone)
    add("GET", "/failing", fail)
    add("GET", "/half-way", fail_half_way)
    add("*", "/every", answer)
    add("*", "/view", Bare)
    add("*", "/mixin", WithMixin)
    add("GET", "/own", answer)
    add("OPTIONS", "/own", own_options)
    add("GET", "/excluded", answer)
    app.router.add_static("/files", folder)
    deepest, middle = web.Application(), web.Application()
    deepest.router.add_get("/x", answer)
    middle.add_subapp("/two", deepest)
    app.add_subapp("/one", middle)
    (folder / "file.txt").write_text("file")
    return app, cors


def everywhere(folder: Path) -> web.Application:
    app, cors = build(folder, everywhere=True)
    for resource in app.router.resources():
        if resource.canonical == "/excluded":
            cors.exclude(resource)
    return app


def by_function(folder: Path) -> web.Application:
    """The same, route by route; own OPTIONS handlers, `*` and bare views need this much."""
    app, cors = build(folder, preflight_first=True)
    for route in list(app.router.routes()):
        if route.resource is not None and route.resource.canonical != "/excluded":
            cors.add(route)
    return app


BUILDS = {"everywhere": everywhere, "functions": by_function}

# method, path, headers, status; what a page of an allowed origin reads under `everywhere`, and
# where it was said route by route
REQUESTS: list[tuple[str, str, dict[str, str], int, bool, bool]] = [
    ("GET", "/plain", {}, 200, True, True),
    ("GET", "/unknown", {}, 404, True, False),
    ("PUT", "/plain", {}, 405, True, False),
    ("GET", "/slash", {}, 308, True, False),
    ("GET", "/private", {}, 401, True, True),
    ("GET", "/private", KEY, 200, True, True),
    ("GET", "/forbidden", {}, 403, True, True),
    ("GET", "/failing-guard", {}, 500, True, True),
    ("GET", "/failing", {}, 500, True, True),
    ("GET", "/raised", {}, 404, True, True),
    ("GET", "/returned", {}, 410, True, True),
    ("GET", "/one/two/x", {}, 200, True, True),
    ("GET", "/one/two/unknown", {}, 404, True, False),
    ("PUT", "/one/two/x", {}, 405, True, False),
    ("GET", "/every", {}, 200, True, True),
    ("PUT", "/every", {}, 200, True, True),
    ("GET", "/view", {}, 200, True, True),
    ("PUT", "/view", {}, 200, True, True),
    ("DELETE", "/view", {}, 405, True, True),
    ("GET", "/mixin", {}, 200, True, True),
    ("DELETE", "/mixin", {}, 405, True, True),
    ("GET", "/files/file.txt", {}, 200, True, True),
    ("HEAD", "/files/file.txt", {}, 200, True, True),
    ("GET", "/files/none.txt", {}, 404, True, True),
    ("GET", "/excluded", {}, 200, False, False),
    ("GET", "/own", {}, 200, True, True),
]


@pytest.mark.filterwarnings("ignore:returning HTTPException:DeprecationWarning")
@pytest.mark.parametrize("build_name", BUILDS)
@pytest.mark.parametrize("origin", [A, REFUSED, None])
async def test_what_a_page_reads(
    aiohttp_client: MakeClient, tmp_path: Path, build_name: str, origin: str | None
) -> None:
    client = await aiohttp_client(BUILDS[build_name](tmp_path))
    for method, path, headers, status, under_everywhere, under_functions in REQUESTS:
        covered = under_everywhere if build_name == "everywhere" else under_functions
        expected = bare(status)
        if covered:
            expected = readable(status) if origin == A else unreadable(status)
        got = await ask(client, method, path, origin, headers)
        assert (method, path, got) == (method, path, expected)


@pytest.mark.parametrize("build_name", BUILDS)
@pytest.mark.parametrize("origin", [A, REFUSED, None])
async def test_a_stream_that_fails_half_way_began_readable(
    aiohttp_client: MakeClient, tmp_path: Path, build_name: str, origin: str | None
) -> None:
    client = await aiohttp_client(BUILDS[build_name](tmp_path))
    headers = {} if origin is None else {"Origin": origin}
    async with client.get("/half-way", headers=headers) as response:
        expected = A if origin == A else None
        assert response.headers.get("Access-Control-Allow-Origin") == expected
        assert response.headers.getall("Vary") == ["Origin"]
        with pytest.raises(ClientPayloadError):
            await response.read()
    assert (await ask(client, "GET", "/plain")).status == 200


# asked method, path; what an allowed origin is told under `everywhere`, and route by route: the
# methods, or a status where something else answers
PREFLIGHTS: list[tuple[str, str, str | int, str | int]] = [
    ("GET", "/plain", "GET", "GET"),
    ("PUT", "/plain", "PUT", 403),
    ("GET", "/unknown", "GET", 404),
    ("PUT", "/unknown", "PUT", 404),
    ("GET", "/slash", "GET", 308),
    ("GET", "/private", "GET", "GET"),
    ("GET", "/forbidden", "GET", "GET"),
    ("GET", "/failing-guard", "GET", "GET"),
    ("GET", "/failing", "GET", "GET"),
    ("GET", "/raised", "GET", "GET"),
    ("GET", "/half-way", "GET", "GET"),
    ("GET", "/one/two/x", "GET", "GET"),
    ("PUT", "/one/two/x", "PUT", 403),
    ("GET", "/one/two/unknown", "GET", 404),
    ("GET", "/every", "GET", "GET"),
    ("DELETE", "/every", "DELETE", "DELETE"),
    ("GET", "/view", "GET", "GET"),
    ("PUT", "/view", "PUT", "PUT"),
    ("DELETE", "/view", "DELETE,PUT", 403),
    ("PUT", "/mixin", "PUT", "PUT"),
    ("DELETE", "/mixin", "DELETE,PUT", 403),
    ("GET", "/files/file.txt", "GET", "GET"),
    ("HEAD", "/files/none.txt", "HEAD", "HEAD"),
    ("PUT", "/files/file.txt", "PUT", 403),
    ("GET", "/excluded", 405, 405),
    ("GET", "/own", 202, "GET"),
]


@pytest.mark.parametrize("build_name", BUILDS)
@pytest.mark.parametrize("origin", [A, REFUSED])
async def test_what_a_preflight_is_told(
    aiohttp_client: MakeClient, tmp_path: Path, build_name: str, origin: str
) -> None:
    client = await aiohttp_client(BUILDS[build_name](tmp_path))
    for method, path, under_everywhere, under_functions in PREFLIGHTS:
        told = under_everywhere if build_name == "everywhere" else under_functions
        got = await preflight(client, path, method, origin, "authorization")
        expected: tuple[int, dict[str, str]]
        if isinstance(told, str) and origin == A:
            expected = granted(told, ACAH="AUTHORIZATION", ACMA="5")
        elif told == 403 or isinstance(told, str):
            expected = refused()
        else:
            expected = bare(told)
        assert (method, path, got) == (method, path, expected)


@pytest.mark.parametrize("build_name", BUILDS)
async def test_an_own_options_handler_is_asked_what_is_no_preflight(
    aiohttp_client: MakeClient, tmp_path: Path, build_name: str
) -> None:
    client = await aiohttp_client(BUILDS[build_name](tmp_path))
    assert await ask(client, "OPTIONS", "/own", None) == unreadable(202)
    assert await ask(client, "OPTIONS", "/own") == readable(202)
    assert await ask(client, "OPTIONS", "/own", REFUSED) == unreadable(202)


# ---------------------------------------------------------------------------------------------
# Nothing by mere presence
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/plain", "/unknown"])
async def test_setup_alone_allows_nothing(aiohttp_client: MakeClient, path: str) -> None:
    app = web.Application()
    app.router.add_get("/plain", answer)
    setup(app)
    client = await aiohttp_client(app)
    status = 200 if path == "/plain" else 404
    for origin in (A, None):
        assert await ask(client, "GET", path, origin) == bare(status)


async def test_everywhere_without_origins_allows_nothing_and_is_told(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    app.router.add_get("/plain", answer)
    setup(app, everywhere=True)
    with pytest.warns(CorsConfigWarning, match="without origins lets no page read anything"):
        client = await aiohttp_client(app)
    assert await ask(client, "GET", "/plain") == unreadable()
    assert await preflight(client, "/plain", "GET") == refused()
    assert await preflight(client, "/unknown", "GET") == refused()


async def test_a_constant_policy_is_for_errors_too(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    app.router.add_get("/plain", answer)
    setup(app, defaults={"*": ResourceOptions()}, everywhere=True)
    client = await aiohttp_client(app)
    for origin in (A, None):
        assert await ask(client, "GET", "/plain", origin) == (200, {"ACAO": "*"})
        assert await ask(client, "GET", "/unknown", origin) == (404, {"ACAO": "*"})
        assert await ask(client, "PUT", "/plain", origin) == (405, {"ACAO": "*"})


def test_everywhere_implies_preflight_first() -> None:
    with pytest.raises(ValueError, match="preflight_first"):
        setup(web.Application(), everywhere=True, preflight_first=False)


# ---------------------------------------------------------------------------------------------
# allow_methods is a limit here
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("served_by", ["function", "view"])
async def test_allow_methods_is_a_limit(aiohttp_client: MakeClient, served_by: str) -> None:
    app = web.Application()
    setup(
        app,
        defaults={
            A: ResourceOptions(allow_methods=["GET", "DELETE"]),
            B: ResourceOptions(allow_methods="*"),
        },
        everywhere=True,
    )
    if served_by == "view":
        app.router.add_view("/", Bare)
    else:
        for method in ("GET", "PUT"):
            app.router.add_route(method, "/", answer)
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)
    assert await preflight(client, "/", "HEAD", A) == granted("HEAD")
    assert not await agrees(client, "/", "PUT", A)
    assert await agrees(client, "/", "PUT", B)
    # No route has them: what may be sent is what the options say.
    for origin, listed in [(A, "DELETE"), (B, "DELETE,PUT")]:
        assert await preflight(client, "/", "DELETE", origin) == granted(listed, origin)
        assert await ask(client, "DELETE", "/", origin) == readable(405, origin)
    assert await preflight(client, "/", "PATCH", A) == refused()
    assert await ask(client, "PATCH", "/", A) == unreadable(405)


async def test_any_method_of_a_function_for_all_is_within_the_limit(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    setup(app, defaults={A: ResourceOptions(allow_methods=["GET", "REPORT"])}, everywhere=True)
    app.router.add_route("*", "/", answer)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "REPORT") == granted("REPORT")
    assert await preflight(client, "/", "REPORT") == granted("REPORT")
    assert await preflight(client, "/", "MERGE") == refused()
    assert await ask(client, "MERGE", "/") == unreadable()
    assert await ask(client, "REPORT", "/") == readable()


@pytest.mark.parametrize(
    ("limit", "told"),
    [(None, "OPTIONS"), ("*", "OPTIONS"), (["OPTIONS"], "OPTIONS"), (["GET"], 403)],
)
async def test_options_is_a_method_as_others_are(
    aiohttp_client: MakeClient, limit: Any, told: str | int
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods=limit)}, everywhere=True)
    cors.add(app.router.add_get("/added", answer))
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    for path in ("/added", "/other", "/unknown"):
        expected = granted(told) if isinstance(told, str) else refused()
        assert await preflight(client, path, "OPTIONS") == expected
        assert await preflight(client, path, "OPTIONS", B) == refused()


# ---------------------------------------------------------------------------------------------
# Refinement
# ---------------------------------------------------------------------------------------------


async def test_an_added_entity_is_refined(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    of_b = {B: ResourceOptions()}
    resource = app.router.add_resource("/resource")
    for method in ("GET", "PUT"):
        resource.add_route(method, answer)
    cors.add(resource, of_b)
    apart = app.router.add_resource("/apart")
    apart.add_route("GET", answer)
    cors.add(apart.add_route("PUT", answer), of_b)
    client = await aiohttp_client(app)
    for origin in (A, B):
        for method in ("GET", "PUT"):
            assert await agrees(client, "/resource", method, origin)
    assert await agrees(client, "/apart", "PUT", B)
    assert not await agrees(client, "/apart", "GET", B)
    assert await agrees(client, "/apart", "GET", A)
    assert await ask(client, "DELETE", "/resource", A) == readable(405)


async def test_custom_cors_refines_functions_and_methods_of_views(
    aiohttp_client: MakeClient,
) -> None:
    table = web.RouteTableDef()
    of_b = {B: ResourceOptions()}

    @table.get("/function")
    @custom_cors(of_b)
    async def function(request: web.Request) -> web.Response:
        return await answer(request)

    @table.view("/view")
    class View(web.View):
        async def get(self) -> web.Response:
            return await answer(self.request)

        @custom_cors(of_b)
        async def put(self) -> web.Response:
            return await answer(self.request)

    @table.put("/other")
    async def other(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    setup(app, defaults=OF_A, everywhere=True)
    app.add_routes(table)
    client = await aiohttp_client(app)
    assert await agrees(client, "/function", "GET", B)
    assert await agrees(client, "/function", "GET", A)
    assert await agrees(client, "/view", "PUT", B)
    assert not await agrees(client, "/view", "GET", B)
    assert not await agrees(client, "/other", "PUT", B)


# ---------------------------------------------------------------------------------------------
# Later
# ---------------------------------------------------------------------------------------------


async def test_routes_added_after_the_start_are_covered(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    app.router.freeze = lambda: None  # type: ignore[method-assign]
    cors = setup(app, defaults=OF_A, everywhere=True)
    resource = app.router.add_resource("/first")
    resource.add_route("GET", answer)
    client = await aiohttp_client(app)
    assert await agrees(client, "/first", "GET", A)
    assert await preflight(client, "/first", "PUT") == granted("PUT", ACMA="5")
    assert await ask(client, "PUT", "/first") == readable(405)
    resource.add_route("PUT", answer)
    assert await agrees(client, "/first", "PUT", A)
    app.router.add_get("/second", answer)
    assert await agrees(client, "/second", "GET", A)
    cors.add(app.router.add_get("/third", answer), {B: ResourceOptions()})
    assert await agrees(client, "/third", "GET", B)
    cors.exclude(app.router.add_get("/fourth", answer).resource)
    assert await ask(client, "GET", "/fourth") == bare()


async def test_what_get_is_given_is_for_its_head_too(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_credentials=True)}, everywhere=True)
    given = {A: ResourceOptions(), B: ResourceOptions()}
    cors.add(app.router.add_get("/get", answer), given)
    cors.add(app.router.add_get("/both", answer, allow_head=False), given)
    cors.add(app.router.add_head("/both", answer), {B: ResourceOptions(max_age=7)})
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD"):
        assert await ask(client, method, "/get", A) == readable()
        assert await preflight(client, "/get", method, A) == granted(method)
        assert await agrees(client, "/get", method, B)
    assert await ask(client, "HEAD", "/both", A) == readable(ACAC="true")
    assert await preflight(client, "/both", "HEAD", B) == granted("HEAD", B, ACMA="7")


# ---------------------------------------------------------------------------------------------
# Exclusion
# ---------------------------------------------------------------------------------------------


async def is_out(client: Client, method: str, path: str) -> None:
    """Nothing of CORS on the answer, and its preflights go where they would go without."""
    for origin in (A, REFUSED, None):
        assert (await ask(client, method, path, origin)).cors == {}
    got: Answer = await preflight(client, path, method)
    assert (got.status in (404, 405), got.cors) == (True, {})


@pytest.mark.parametrize("served_by", ["function", "view"])
async def test_an_excluded_resource_is_out(aiohttp_client: MakeClient, served_by: str) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    if served_by == "view":
        resource = app.router.add_view("/", WithMixin).resource
    else:
        resource = app.router.add_get("/", answer).resource
        resource.add_route("PUT", answer)  # type: ignore[union-attr]
    app.router.add_get("/other", answer)
    assert cors.exclude(resource) is resource
    cors.exclude(resource)
    client = await aiohttp_client(app)
    for method in ("GET", "PUT"):
        await is_out(client, method, "/")
    assert await agrees(client, "/other", "GET", A)


async def test_an_excluded_route_is_out_and_its_resource_is_not(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    resource = app.router.add_resource("/")
    resource.add_route("GET", answer)
    route = resource.add_route("PUT", answer)
    assert cors.exclude(route) is route
    cors.exclude(route)
    client = await aiohttp_client(app)
    await is_out(client, "PUT", "/")
    assert await agrees(client, "/", "GET", A)


async def test_head_of_an_excluded_get_is_out(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    cors.exclude(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    await is_out(client, "GET", "/")
    await is_out(client, "HEAD", "/")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/café", "/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/{any}", "/caf%C3%A9"),
        ("/{any}", "/a%2Fb"),
        ("/a/{tail:.*}", "/a/%C3%A9/%2F"),
    ],
)
async def test_an_excluded_path_is_out_however_it_is_written(
    aiohttp_client: MakeClient, path: str, asked: str
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    cors.exclude(app.router.add_get(path, answer).resource)
    client = await aiohttp_client(app)
    assert (await ask(client, "GET", asked)).status == 200
    await is_out(client, "GET", asked)


@pytest.mark.parametrize("path", ["/a", "/{any}", "/files"])
async def test_errors_at_an_excluded_url_are_as_those_of_others(
    aiohttp_client: MakeClient, tmp_path: Path, path: str
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    if path == "/files":
        cors.exclude(app.router.add_static(path, tmp_path))
    else:
        cors.exclude(app.router.add_get(path, answer).resource)
    app.router.add_get("/b/c", answer)
    client = await aiohttp_client(app)
    await is_out(client, "GET", "/files/x" if path == "/files" else "/a")
    for asked in ("/files/x" if path == "/files" else "/a", "/b/c"):
        assert await ask(client, "PUT", asked) == readable(405)
        assert await ask(client, "PUT", asked, REFUSED) == unreadable(405)
        assert await preflight(client, asked, "PUT", REFUSED) == refused()
    assert await ask(client, "GET", "/b/d") == readable(404)


async def test_an_excluded_route_of_an_added_resource_is_out(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")})
    resource = app.router.add_resource("/")
    resource.add_route("POST", answer)
    cors.exclude(resource.add_route("PUT", answer))
    cors.add(resource)
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "POST", A)
    assert await ask(client, "PUT", "/") == bare()
    assert await preflight(client, "/", "PUT") == refused()


async def test_an_excluded_route_is_no_further_method(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()}, everywhere=True)
    resource = app.router.add_resource("/")
    for method in ("PUT", "PATCH"):
        resource.add_route(method, answer)
    cors.exclude(resource.add_route("DELETE", answer))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT,PATCH")


async def test_excluded_static_files_are_out(aiohttp_client: MakeClient, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("file")
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    cors.exclude(app.router.add_static("/files", tmp_path))
    client = await aiohttp_client(app)
    for path in ("/files/file.txt", "/files/none.txt"):
        await is_out(client, "GET", path)


@pytest.mark.parametrize("by", ["application", "resource"])
async def test_an_excluded_sub_application_is_out(aiohttp_client: MakeClient, by: str) -> None:
    app, part, deeper = web.Application(), web.Application(), web.Application()
    part.router.add_get("/x", answer)
    deeper.router.add_get("/y", answer)
    part.add_subapp("/deeper", deeper)
    cors = setup(app, defaults=OF_A, everywhere=True)
    resource = app.add_subapp("/part", part)
    entity: Any = part if by == "application" else resource
    assert cors.exclude(entity) is entity
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    for path in ("/part/x", "/part/deeper/y", "/part/unknown"):
        await is_out(client, "GET", path)
    await is_out(client, "PUT", "/part/x")
    assert await agrees(client, "/other", "GET", A)


@pytest.mark.parametrize("entity", [None, "/", answer, object()])
def test_what_is_no_routing_entity_cannot_be_excluded(entity: Any) -> None:
    cors = setup(web.Application(), everywhere=True)
    with pytest.raises(ValueError, match="expected"):
        cors.exclude(entity)


def test_what_was_added_cannot_be_excluded_and_the_reverse() -> None:
    app = web.Application()
    cors = setup(app, everywhere=True)
    added = cors.add(app.router.add_get("/added", answer))
    for entity in (added, added.resource):
        with pytest.raises(ValueError, match="added"):
            cors.exclude(entity)
    resource = app.router.add_resource("/excluded")
    excluded = cors.exclude(resource.add_route("GET", answer))
    with pytest.raises(ValueError, match="excluded"):
        cors.add(excluded)
    cors.add(resource.add_route("PUT", answer))
    whole = cors.exclude(app.router.add_get("/whole", answer).resource)
    for entity in (whole, *whole):  # type: ignore[misc]
        with pytest.raises(ValueError, match="excluded"):
            cors.add(entity)


# ---------------------------------------------------------------------------------------------
# Sub-applications
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner_mode", [{}, {"preflight_first": True}, {"everywhere": True}])
async def test_a_sub_application_with_its_own_setup_decides_for_itself(
    aiohttp_client: MakeClient, inner_mode: dict[str, bool]
) -> None:
    app, part = web.Application(), web.Application()
    setup(app, defaults=OF_A, everywhere=True)
    inner = setup(part, defaults={B: ResourceOptions()}, **inner_mode)
    inner.add(part.router.add_get("/x", answer))
    part.router.add_get("/y", answer)
    app.add_subapp("/part", part)
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    assert await agrees(client, "/other", "GET", A)
    assert not await agrees(client, "/other", "GET", B)
    assert await agrees(client, "/part/x", "GET", B)
    assert not await agrees(client, "/part/x", "GET", A)
    assert await preflight(client, "/part/x", "PUT", A) == refused()
    unrouted = granted("PUT", B) if inner_mode == {"everywhere": True} else refused()
    assert await preflight(client, "/part/x", "PUT", B) == unrouted
    if inner_mode == {"everywhere": True}:
        assert await agrees(client, "/part/y", "GET", B)
        assert await ask(client, "GET", "/part/unknown", B) == readable(404, origin=B)
        assert await ask(client, "GET", "/part/unknown", A) == unreadable(404)
    else:
        await is_out(client, "GET", "/part/y")
        await is_out(client, "GET", "/part/unknown")


async def test_an_outer_config_of_single_routes_and_an_inner_one_of_everything(
    aiohttp_client: MakeClient,
) -> None:
    app, part = web.Application(), web.Application()
    outer = setup(app, defaults=OF_A)
    outer.add(app.router.add_get("/x", answer))
    setup(part, defaults={B: ResourceOptions()}, everywhere=True)
    outer.add(part.router.add_get("/x", answer))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await agrees(client, "/x", "GET", A)
    assert await agrees(client, "/part/x", "GET", B)
    assert not await agrees(client, "/part/x", "GET", A)


async def test_sub_applications_by_domain_are_covered(aiohttp_client: MakeClient) -> None:
    app, part, own = web.Application(), web.Application(), web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    part.router.add_get("/x", answer)
    part.router.add_put("/x", answer)
    own.router.add_get("/x", answer)
    app.add_domain("api.example", part)
    cors.exclude(app.add_domain("own.example", own))
    client = await aiohttp_client(app)
    host = {"Host": "api.example"}
    assert await ask(client, "GET", "/x", headers=host) == readable()
    assert await ask(client, "GET", "/unknown", headers=host) == readable(404)
    sent = {**host, "Origin": A, "Access-Control-Request-Method": "PUT"}
    assert await ask(client, "OPTIONS", "/x", None, sent) == granted("PUT", ACMA="5")
    assert await ask(client, "GET", "/x", headers={"Host": "own.example"}) == bare()
    assert await ask(client, "GET", "/x") == readable(404)


async def test_a_preflight_for_another_resource_of_the_same_path(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, everywhere=True)
    app.router.add_get("/x", answer)
    cors.exclude(app.router.add_put("/x", answer, name="put"))
    cors.add(app.router.add_delete("/{any}", answer), {B: ResourceOptions()})
    client = await aiohttp_client(app)
    assert await agrees(client, "/x", "GET", A)
    assert await ask(client, "PUT", "/x") == bare()
    told = await preflight(client, "/x", "PUT")
    assert told.status in (403, 405)
    assert "ACAO" not in told.cors
    assert await agrees(client, "/x", "DELETE", B)


async def test_requests_are_covered_but_for_what_was_excluded(aiohttp_client: MakeClient) -> None:
    covered: dict[str, bool] = {}

    async def options(request: web.Request) -> web.Response:
        covered[request.path] = cors.covers(request)
        return web.Response()

    app = web.Application()
    cors = setup(app, everywhere=True, defaults={A: ResourceOptions()})
    for path in ("/in", "/out"):
        resource = app.router.add_resource(path)
        resource.add_route("OPTIONS", options)
        resource.add_route("GET", answer)
    cors.exclude(resource)
    client = await aiohttp_client(app)
    for path in ("/in", "/out"):
        await preflight(client, path, "GET")
    assert covered == {"/in": True, "/out": False}


async def test_a_view_that_is_routed_for_one_method_has_no_others(
    aiohttp_client: MakeClient,
) -> None:
    class Both(web.View):
        async def put(self) -> web.Response:
            return await answer(self.request)

        async def delete(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    setup(app, everywhere=True, defaults={A: ResourceOptions()})
    app.router.add_put("/one", Both)
    app.router.add_view("/both", Both)
    client = await aiohttp_client(app)
    assert await preflight(client, "/one", "PUT") == granted("PUT")
    assert await preflight(client, "/both", "PUT") == granted("PUT,DELETE")


@pytest.mark.parametrize("others", [["GET"], ["GET", "PUT"]])
async def test_an_own_options_handler_keeps_the_preflights_of_methods_that_nobody_has(
    aiohttp_client: MakeClient, others: list[str]
) -> None:
    async def own(request: web.Request) -> web.Response:
        return web.Response(status=202)

    app = web.Application()
    setup(app, everywhere=True, defaults={A: ResourceOptions()})
    resource = app.router.add_resource("/")
    resource.add_route("OPTIONS", own)
    for method in others:
        resource.add_route(method, answer)
    client = await aiohttp_client(app)
    assert (await preflight(client, "/", "DELETE")).status == 202


@pytest.mark.parametrize("later", [True, False])
async def test_the_methods_of_what_a_predicate_says_limit_too(
    aiohttp_client: MakeClient, later: bool
) -> None:
    def say(origin: str, request: object) -> Any:
        return ResourceOptions(allow_methods=["GET"]) if origin == A else None

    async def say_later(origin: str, request: object) -> Any:
        return say(origin, request)

    app = web.Application()
    setup(app, everywhere=True, defaults={say_later if later else say: ResourceOptions()})
    app.router.add_get("/", answer)
    app.router.add_put("/", answer)
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)
    assert not await agrees(client, "/", "PUT", A)
    assert not await agrees(client, "/", "GET", B)
