"""Which options apply: layers, kinds of key, enabled methods; preflights and requests agree."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, custom_cors, setup

from .asking import (
    REFUSED,
    A,
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

C = "https://c.example"
D = "https://d.example"
E = "https://e.example"


def from_layer(name: str) -> ResourceOptions:
    """Options that tell, on preflights and on responses alike, which layer they are from."""
    return ResourceOptions(allow_headers=[f"x-{name}"], expose_headers=[name])


async def layer_of(client: Client, path: str, method: str, origin: str) -> str | None:
    """Which layer decides for *origin*; a preflight and the actual request say the same."""
    sent = await ask(client, method, path, origin)
    if "ACAO" not in sent.cors:
        assert sent.cors == {"Vary": "Origin"}
        assert (await preflight(client, path, method, origin)).status == 403
        return None
    name = sent.cors["ACEH"]
    asked = await preflight(client, path, method, origin, f"x-{name}")
    assert (asked.status, asked.cors["ACAO"]) == (200, sent.cors["ACAO"] if name != "*" else origin)
    return name


def stack(*layers: str) -> dict[str, dict[str, ResourceOptions]]:
    """Per layer a mapping: each one knows one origin less than the one below it."""
    origins = (A, B, C, D, E)
    return {
        layer: {origin: from_layer(layer) for origin in origins[: i + 1]}
        for i, layer in enumerate(layers)
    }


FUNCTION_LAYERS = stack("custom", "route", "resource", "defaults")
VIEW_LAYERS = stack("custom", "class", "route", "resource", "defaults")


@custom_cors(FUNCTION_LAYERS["custom"])
async def customised(request: web.Request) -> web.Response:
    return await answer(request)


@custom_cors(FUNCTION_LAYERS["custom"])
async def customised_more(prefix: str, request: web.Request) -> web.Response:
    return await answer(request)


class Methods:
    @custom_cors(FUNCTION_LAYERS["custom"])
    async def handle(self, request: web.Request) -> web.Response:
        return await answer(request)


HANDLERS: dict[str, Any] = {
    "function": customised,
    "partial": functools.partial(customised_more, "prefix"),
    "bound method": Methods().handle,
}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize("kind", HANDLERS)
async def test_the_closest_layer_of_a_function_decides(
    aiohttp_client: MakeClient, kind: str, mode: dict[str, bool], method: str
) -> None:
    app = web.Application()
    cors = setup(app, defaults=FUNCTION_LAYERS["defaults"], **mode)
    resource = cors.add(app.router.add_resource("/"), FUNCTION_LAYERS["resource"])
    cors.add(resource.add_route(method, HANDLERS[kind]), FUNCTION_LAYERS["route"])
    client = await aiohttp_client(app)
    for origin, layer in zip((A, B, C, D), FUNCTION_LAYERS, strict=True):
        assert await layer_of(client, "/", method, origin) == layer
    assert await layer_of(client, "/", method, E) is None


class View(web.View, CorsViewMixin):
    cors_config = VIEW_LAYERS["class"]

    @custom_cors(VIEW_LAYERS["custom"])
    async def get(self) -> web.Response:
        return await answer(self.request)

    @custom_cors(VIEW_LAYERS["custom"])
    async def put(self) -> web.Response:
        return await answer(self.request)

    async def delete(self) -> web.Response:
        return await answer(self.request)


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize("path", ["/view", "/get"])
async def test_the_closest_layer_of_a_view_decides(
    aiohttp_client: MakeClient, path: str, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults=VIEW_LAYERS["defaults"], **mode)
    methods = ["GET", "PUT", "DELETE"] if path == "/view" else ["GET"]
    resource = cors.add(app.router.add_resource(path), VIEW_LAYERS["resource"])
    route = resource.add_route("*" if path == "/view" else "GET", View)
    cors.add(route, VIEW_LAYERS["route"])
    client = await aiohttp_client(app)
    for method in methods:
        for origin, layer in zip((A, B, C, D, E), VIEW_LAYERS, strict=True):
            expected = "class" if (layer, method) == ("custom", "DELETE") else layer
            assert await layer_of(client, path, method, origin) == expected
        assert await layer_of(client, path, method, REFUSED) is None


async def test_the_config_of_a_view_comes_from_its_bases(aiohttp_client: MakeClient) -> None:
    class Base(web.View, CorsViewMixin):
        cors_config = {A: from_layer("base")}

        @custom_cors({B: from_layer("custom")})
        async def get(self) -> web.Response:
            return await answer(self.request)

    class Derived(Base):
        pass

    class Other(Base):
        cors_config = {A: from_layer("other")}

        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_view("/derived", Derived))
    cors.add(app.router.add_view("/other", Other))
    client = await aiohttp_client(app)
    assert await layer_of(client, "/derived", "GET", A) == "base"
    assert await layer_of(client, "/derived", "GET", B) == "custom"
    assert await layer_of(client, "/other", "GET", A) == "other"
    assert await layer_of(client, "/other", "GET", B) is None


async def test_options_are_never_merged_field_by_field(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_credentials=True, max_age=5)})
    cors.add(app.router.add_get("/", answer), {A: ResourceOptions(expose_headers=["X"])})
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable(ACEH="X")
    assert await preflight(client, "/", "GET") == granted()


# ---------------------------------------------------------------------------------------------
# The kind of key
# ---------------------------------------------------------------------------------------------

EXACT: dict[Any, ResourceOptions] = {A: from_layer("exact")}
PATTERN: dict[Any, ResourceOptions] = {"https://*.example": from_layer("pattern")}
REGEX: dict[Any, ResourceOptions] = {re.compile(r"https://.\.example"): from_layer("regex")}
PREDICATE: dict[Any, ResourceOptions] = {
    (lambda origin, request: origin.endswith(".example")): from_layer("predicate")
}
ANY: dict[Any, ResourceOptions] = {"*": from_layer("any")}
KINDS = [EXACT, PATTERN, REGEX, PREDICATE, ANY]


@pytest.mark.parametrize(("first", "second"), [(i, k) for i in range(5) for k in range(i + 1, 5)])
@pytest.mark.parametrize("served_by", ["function", "view"])
@pytest.mark.parametrize("closest", [True, False])
async def test_the_kind_of_key_decides_before_the_layer(
    aiohttp_client: MakeClient, first: int, second: int, closest: bool, served_by: str
) -> None:
    class Plain(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    above, below = (first, second) if closest else (second, first)
    cors = setup(app, defaults=KINDS[below])
    route = (
        app.router.add_view("/", Plain) if served_by == "view" else app.router.add_get("/", answer)
    )
    cors.add(route, KINDS[above])
    client = await aiohttp_client(app)
    (expected,) = (o.expose_headers for o in KINDS[first].values())
    sent = await ask(client, "GET", "/")
    assert {sent.cors["ACEH"]} == expected
    (name,) = expected
    assert (await preflight(client, "/", "GET", names=f"x-{name}")).status == 200


async def test_within_a_kind_the_layer_decides_and_then_the_order(
    aiohttp_client: MakeClient,
) -> None:
    def all_of(name: str) -> Any:
        return lambda origin, request: True

    defaults = {
        re.compile("https://.*"): from_layer("default-regex"),
        all_of("default"): from_layer("default-predicate"),
    }
    app = web.Application()
    cors = setup(app, defaults=defaults)
    cors.add(
        app.router.add_get("/regex", answer),
        {
            re.compile("https://[ab].*"): from_layer("first"),
            re.compile("https://[abc].*"): from_layer("second"),
        },
    )
    cors.add(
        app.router.add_get("/predicate", answer),
        {all_of("first"): from_layer("first"), all_of("second"): from_layer("second")},
    )
    client = await aiohttp_client(app)
    assert await layer_of(client, "/regex", "GET", A) == "first"
    assert await layer_of(client, "/regex", "GET", C) == "second"
    assert await layer_of(client, "/regex", "GET", D) == "default-regex"
    assert await layer_of(client, "/predicate", "GET", "null") == "first"
    assert await layer_of(client, "/predicate", "GET", A) == "default-regex"


# ---------------------------------------------------------------------------------------------
# Enabled methods
# ---------------------------------------------------------------------------------------------


def resource_of(
    *methods: str, defaults: Any = None
) -> tuple[web.Application, CorsConfig, dict[str, web.AbstractRoute]]:
    app = web.Application()
    resource = app.router.add_resource("/")
    routes = {method: resource.add_route(method, answer) for method in methods}
    return app, setup(app, defaults=defaults), routes


ALL = ("GET", "HEAD", "POST", "PUT", "DELETE")


async def enabled(client: Client, origin: str = A, path: str = "/") -> set[str]:
    return {method for method in ALL if await agrees(client, path, method, origin)}


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (["GET"], {"GET", "HEAD"}),
        (["HEAD"], {"HEAD"}),
        (["POST"], {"POST"}),
        (["PUT", "DELETE"], {"PUT", "DELETE"}),
        (ALL, set(ALL)),
    ],
)
async def test_the_methods_whose_routes_were_added_are_enabled(
    aiohttp_client: MakeClient, added: list[str], expected: set[str]
) -> None:
    app, cors, routes = resource_of(*ALL, defaults={A: ResourceOptions()})
    for method in added:
        cors.add(routes[method])
    client = await aiohttp_client(app)
    assert await enabled(client) == expected
    for method in set(ALL) - expected:
        assert await ask(client, method, "/") == bare()


async def test_head_goes_with_get(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/", answer), {A: from_layer("route")})
    client = await aiohttp_client(app)
    assert await ask(client, "HEAD", "/") == readable(ACEH="route")
    assert await preflight(client, "/", "HEAD", names="x-route") == granted("HEAD", ACAH="X-ROUTE")


async def test_a_route_config_never_leaks_to_another_method(aiohttp_client: MakeClient) -> None:
    app, cors, routes = resource_of(*ALL)
    cors.add(routes["GET"], {A: ResourceOptions(), "https://*.example": ResourceOptions()})
    cors.add(routes["PUT"], {B: ResourceOptions()})
    client = await aiohttp_client(app)
    assert await enabled(client, A) == {"GET", "HEAD"}
    assert await enabled(client, B) == {"GET", "HEAD", "PUT"}
    assert await enabled(client, C) == {"GET", "HEAD"}


async def test_a_custom_cors_of_a_method_never_leaks_to_another(
    aiohttp_client: MakeClient,
) -> None:
    class Two(web.View, CorsViewMixin):
        @custom_cors({A: ResourceOptions()})
        async def get(self) -> web.Response:
            return await answer(self.request)

        async def put(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, defaults={B: ResourceOptions()})
    cors.add(app.router.add_view("/", Two))
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)
    assert not await agrees(client, "/", "PUT", A)
    assert await agrees(client, "/", "GET", B)
    assert await agrees(client, "/", "PUT", B)
    assert await ask(client, "PUT", "/", A) == unreadable()


@pytest.mark.parametrize("where", ["route", "resource", "defaults", "custom"])
@pytest.mark.parametrize(
    ("allow_methods", "expected"),
    [
        ("*", set(ALL)),
        (["PUT"], {"GET", "HEAD", "PUT"}),
        (["post", "delete"], {"GET", "HEAD", "POST", "DELETE"}),
        ([], {"GET", "HEAD"}),
        (None, {"GET", "HEAD"}),
    ],
)
async def test_allow_methods_enables_the_other_methods_of_a_resource(
    aiohttp_client: MakeClient, where: str, allow_methods: Any, expected: set[str]
) -> None:
    config = {A: ResourceOptions(allow_methods=allow_methods)}
    app = web.Application()
    cors = setup(app, defaults=config if where == "defaults" else None)

    async def get(request: web.Request) -> web.Response:
        return await answer(request)

    handler = custom_cors(config)(get) if where == "custom" else get
    resource = app.router.add_resource("/")
    routes = {m: resource.add_route(m, handler if m == "GET" else answer) for m in ALL}
    if where == "resource":
        for method in ("GET", "HEAD", "POST"):  # which a resource that was added answers anyway
            cors.add(routes[method])
        expected = expected | {"HEAD", "POST"}
        cors.add(resource, config)
    else:
        cors.add(routes["GET"], config if where == "route" else None)
    client = await aiohttp_client(app)
    assert await enabled(client) == expected
    assert await enabled(client, B) == set()


async def test_home_assistant_adds_one_route_of_each_resource(aiohttp_client: MakeClient) -> None:
    everything = {A: ResourceOptions(allow_methods="*", allow_headers="*", expose_headers="*")}
    app = web.Application()
    cors = setup(app)
    added = set()
    for method in ("GET", "POST", "DELETE"):
        route = app.router.add_route(method, "/api/states/{entity}", answer)
        if route.resource not in added:
            cors.add(route, everything)
            added.add(route.resource)
    client = await aiohttp_client(app)
    for method in ("GET", "POST", "DELETE"):
        assert await agrees(client, "/api/states/light", method, A)
        assert not await agrees(client, "/api/states/light", method, B)
    asked = await preflight(client, "/api/states/light", "DELETE", names="authorization")
    assert asked == granted("DELETE", ACAH="AUTHORIZATION")


async def test_allow_methods_of_one_origin_are_not_those_of_another(
    aiohttp_client: MakeClient,
) -> None:
    app, cors, routes = resource_of(*ALL, defaults={B: ResourceOptions()})
    cors.add(routes["GET"], {A: ResourceOptions(allow_methods="*")})
    client = await aiohttp_client(app)
    assert await enabled(client, A) == set(ALL)
    assert await enabled(client, B) == {"GET", "HEAD"}


async def test_the_origins_own_options_say_which_methods(aiohttp_client: MakeClient) -> None:
    app, cors, routes = resource_of(*ALL, defaults={"*": ResourceOptions(allow_methods="*")})
    cors.add(routes["GET"].resource, {A: ResourceOptions()})
    cors.add(routes["GET"])
    cors.add(routes["POST"])
    cors.add(routes["HEAD"])
    client = await aiohttp_client(app)
    assert await enabled(client, A) == {"GET", "HEAD", "POST"}
    assert await enabled(client, B) == set(ALL)


@pytest.mark.parametrize("where", ["resource", "defaults"])
async def test_head_is_enabled_where_allow_methods_enables_get(
    aiohttp_client: MakeClient, where: str
) -> None:
    config = {A: ResourceOptions(allow_methods=["GET"])}
    app = web.Application()
    cors = setup(app, defaults=config if where == "defaults" else None)
    route = app.router.add_get("/", answer)
    cors.add(route.resource, config if where == "resource" else None)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET") == granted()
    assert await preflight(client, "/", "HEAD") == granted("HEAD")
    assert await ask(client, "HEAD", "/") == readable()


# ---------------------------------------------------------------------------------------------
# A resource that was itself added
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [None, {A: ResourceOptions(max_age=1)}])
async def test_simple_requests_of_an_added_resource_are_answered(
    aiohttp_client: MakeClient, config: Any
) -> None:
    app, cors, routes = resource_of(*ALL, defaults={A: ResourceOptions()})
    cors.add(routes["GET"].resource, config)
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD", "POST"):
        assert await ask(client, method, "/") == readable()
        assert await ask(client, method, "/", B) == unreadable()
        assert await ask(client, method, "/", None) == unreadable()
        assert await preflight(client, "/", method) == refused()
    for method in ("PUT", "DELETE"):
        assert await ask(client, method, "/") == bare()
        assert await preflight(client, "/", method) == refused()


async def test_a_function_of_an_added_resource_keeps_its_custom_cors(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    resource.add_route("GET", customised)
    resource.add_route("PUT", customised)
    below = ResourceOptions(expose_headers=["resource"], allow_methods="*")
    cors.add(resource, {A: below, B: below})
    client = await aiohttp_client(app)
    # PUT is there by `allow_methods` of the resource alone, whose options count for it.
    for method, closest in [("GET", "custom"), ("PUT", "resource")]:
        assert await ask(client, method, "/", A) == readable(ACEH=closest)
        assert await ask(client, method, "/", B) == readable(origin=B, ACEH="resource")


async def test_a_view_of_an_added_resource_is_answered(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={D: from_layer("defaults")})
    resource = app.router.add_view("/", View).resource
    cors.add(resource, {C: from_layer("resource")})
    client = await aiohttp_client(app)
    assert await layer_of(client, "/", "PUT", A) == "custom"
    assert await layer_of(client, "/", "PUT", B) == "class"
    assert await layer_of(client, "/", "PUT", C) == "resource"
    assert await layer_of(client, "/", "PUT", D) == "defaults"


async def test_a_view_that_comes_after_its_resource_was_added_is_answered(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    resource = cors.add(app.router.add_resource("/"))
    cors.add(resource.add_route("*", View))
    client = await aiohttp_client(app)
    assert (await ask(client, "GET", "/", B)).cors["ACEH"] == "class"
    assert await preflight(client, "/", "PUT", B, "x-class") == granted(
        "PUT,DELETE", B, ACAH="X-CLASS"
    )


class BareView(web.View):
    cors_config = VIEW_LAYERS["class"]

    async def get(self) -> web.Response:
        return await answer(self.request)

    @custom_cors(VIEW_LAYERS["custom"])
    async def post(self) -> web.Response:
        return await answer(self.request)

    async def put(self) -> web.Response:
        return await answer(self.request)


@pytest.mark.parametrize("view", [View, BareView])
@pytest.mark.parametrize("method", ["GET", "POST", "*"])
@pytest.mark.parametrize("resource_first", [True, False])
async def test_a_view_of_an_added_resource_keeps_its_own_layers(
    aiohttp_client: MakeClient, method: str, view: type[web.View], *, resource_first: bool
) -> None:
    app = web.Application()
    cors = setup(app, defaults=dict.fromkeys((A, B), from_layer("defaults")), preflight_first=True)
    resource = app.router.add_resource("/")
    if resource_first:
        cors.add(resource)
    resource.add_route(method, view)
    cors.add(resource)
    client = await aiohttp_client(app)
    for asked in ("GET", "POST") if method == "*" else (method,):
        own = "custom" if (view, asked) in [(View, "GET"), (BareView, "POST")] else "class"
        assert (await ask(client, asked, "/", A)).cors["ACEH"] == own


async def test_allow_methods_reaches_a_view_of_an_added_resource(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, preflight_first=True)
    resource = app.router.add_resource("/")
    resource.add_route("*", BareView)
    below = ResourceOptions(allow_methods=["PUT"], allow_headers=["x-below"])
    cors.add(resource, dict.fromkeys((A, B, C), below))
    client = await aiohttp_client(app)
    for origin in (A, B, C):  # what the view says does not count for what it does not enable
        assert await preflight(client, "/", "PUT", origin, "x-class") == refused()
        assert await preflight(client, "/", "PUT", origin, "x-below") == granted(
            "PUT", origin, ACAH="X-BELOW"
        )
        assert await ask(client, "PUT", "/", origin) == readable(origin=origin)
    assert await preflight(client, "/", "PUT", D) == refused()
    assert await preflight(client, "/", "PATCH", A) == refused()


@pytest.mark.parametrize("name", ["REQUEST", "CORS_CONFIG", "__CLASS__", "_ITER", "HELPER"])
async def test_an_attribute_of_a_view_is_no_method(aiohttp_client: MakeClient, name: str) -> None:
    class Helpful(View):
        helper = View.put

    app = web.Application()
    setup(app).add(app.router.add_view("/", Helpful))
    client = await aiohttp_client(app)
    for method in (name, name.lower()):
        assert await preflight(client, "/", method) == refused()


async def test_simple_requests_to_a_function_for_all_methods_are_answered(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()}, preflight_first=True)
    resource = app.router.add_route("*", "/", answer).resource
    cors.add(resource)
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD", "POST"):
        assert await ask(client, method, "/") == readable()
    assert await ask(client, "PUT", "/") == bare()


# ---------------------------------------------------------------------------------------------
# Static files
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["resource", "routes"])
async def test_get_and_head_of_static_files_are_enabled(
    aiohttp_client: MakeClient, tmp_path: Path, by: str
) -> None:
    (tmp_path / "file.txt").write_text("file")
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    static = app.router.add_static("/files", tmp_path)
    for entity in [static] if by == "resource" else list(static):
        cors.add(entity)
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD"):
        assert await ask(client, method, "/files/file.txt") == readable()
        assert await ask(client, method, "/files/none.txt") == readable(404)
        assert await ask(client, method, "/files/file.txt", B) == unreadable()
        assert await preflight(client, "/files/file.txt", method) == granted(method)
        assert await preflight(client, "/files/file.txt", method, B) == refused()
    assert await preflight(client, "/files/file.txt", "PUT") == refused()
    assert await preflight(client, "/files/file.txt", "POST") == refused()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_on_a_resource_that_was_added_a_method_is_for_those_whose_options_name_it_too(
    aiohttp_client: MakeClient, method: str
) -> None:
    app = web.Application()
    cors = setup(app)
    resource = cors.add(app.router.add_resource("/"), {A: ResourceOptions()})
    naming = {
        B: ResourceOptions(allow_methods=["PUT"]),
        C: ResourceOptions(allow_methods=["PUT", method]),
        D: ResourceOptions(allow_methods="*"),
        E: ResourceOptions(),
    }
    cors.add(resource.add_route("PUT", answer), naming)
    resource.add_route(method, answer)
    client = await aiohttp_client(app)
    for _ in range(2):
        for origin in (A, C, D):
            assert await ask(client, method, "/", origin) == readable(origin=origin)
        for origin in (B, E):
            assert await ask(client, method, "/", origin) == unreadable()
        assert await ask(client, "PUT", "/", B) == readable(origin=B)


async def test_what_a_method_of_a_route_that_was_not_added_brings_is_for_that_route_alone(
    aiohttp_client: MakeClient,
) -> None:
    @custom_cors({B: ResourceOptions(allow_methods=["DELETE"])})
    async def brings(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", answer), {A: ResourceOptions(), B: ResourceOptions()})
    resource.add_route("PUT", brings)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "DELETE", B) == refused()
    assert await preflight(client, "/", "PUT", B) == refused()
    assert await preflight(client, "/", "GET", B) == granted(origin=B)


async def test_the_head_of_a_view_has_options_of_its_own(aiohttp_client: MakeClient) -> None:
    class WithHead(web.View, CorsViewMixin):
        @custom_cors({A: from_layer("get")})
        async def get(self) -> web.Response:
            return await answer(self.request)

        @custom_cors({A: from_layer("head"), B: from_layer("head")})
        async def head(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    setup(app).add(app.router.add_view("/", WithHead))
    client = await aiohttp_client(app)
    assert await layer_of(client, "/", "HEAD", A) == "head"
    assert await layer_of(client, "/", "HEAD", B) == "head"
    assert await layer_of(client, "/", "GET", A) == "get"
    assert await layer_of(client, "/", "GET", B) is None
