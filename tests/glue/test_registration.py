"""What may be added, when, how often, and what is left behind by what may not."""

from __future__ import annotations

import functools
import inspect
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsConfig, CorsConfigWarning, CorsViewMixin, ResourceOptions, setup

from .asking import A, B, MakeClient, answer, ask, bare, granted, preflight, readable

DEFAULTS = {A: ResourceOptions()}


class Bare(web.View):
    async def get(self) -> web.Response:
        return await answer(self.request)


class WithMixin(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


@pytest.fixture
def app() -> web.Application:
    return web.Application()


@pytest.fixture
def cors(app: web.Application) -> CorsConfig:
    return setup(app, defaults=DEFAULTS)


def routes(app: web.Application) -> list[tuple[str, str]]:
    return [(route.method, route.resource.canonical) for route in app.router.routes()]  # type: ignore[union-attr]


def test_what_is_added_comes_back(app: web.Application, cors: CorsConfig, tmp_path: Path) -> None:
    for entity in (
        app.router.add_get("/route", answer),
        app.router.add_resource("/resource"),
        app.router.add_static("/files", tmp_path),
        app.router.add_view("/view", WithMixin),
    ):
        assert cors.add(entity) is entity


@pytest.mark.parametrize(
    "entity", [None, "/", 5, answer, object(), WithMixin, web.get("/", answer)]
)
def test_what_is_no_routing_entity_is_a_value_error(cors: CorsConfig, entity: Any) -> None:
    with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
        cors.add(entity)


def test_an_own_options_handler_is_a_value_error(app: web.Application, cors: CorsConfig) -> None:
    resource = app.router.add_resource("/")
    route = resource.add_route("GET", answer)
    options = resource.add_route("OPTIONS", answer)
    for entity in (resource, route, options):
        with pytest.raises(ValueError, match="already has OPTIONS handler") as caught:
            cors.add(entity)
        assert str(caught.value) == (
            f"{resource!r} already has OPTIONS handler {answer!r}, to which preflights go: remove "
            "it, or set preflight_first=True and let it answer the preflights of this path itself"
        )


def test_a_view_without_the_mixin_is_a_value_error_that_says_what_helps(
    app: web.Application, cors: CorsConfig
) -> None:
    class View(web.View):
        pass

    route = app.router.add_view("/", View)
    for entity in (route, route.resource):
        with pytest.raises(ValueError, match="must be a subclass of CorsViewMixin") as caught:
            cors.add(entity)
        assert str(caught.value) == (
            f"the view {View!r} of {route.resource!r} must be a subclass of CorsViewMixin to "
            "answer preflights; preflight_first=True supports any view"
        )


def test_a_function_for_all_methods_is_a_value_error_that_says_what_helps(
    app: web.Application, cors: CorsConfig
) -> None:
    route = app.router.add_route("*", "/", answer)
    for entity in (route, route.resource):
        with pytest.raises(ValueError, match=r"already has a '\*' handler.*preflight_first=True"):
            cors.add(entity)


def test_a_bare_view_for_all_methods_is_a_value_error(
    app: web.Application, cors: CorsConfig
) -> None:
    route = app.router.add_view("/", Bare)
    for entity in (route, route.resource):
        with pytest.raises(ValueError, match="CorsViewMixin"):
            cors.add(entity)


async def test_a_bare_view_for_get_is_accepted(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    cors.add(app.router.add_get("/", Bare))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()
    assert await preflight(client, "/", "GET") == granted()


@pytest.mark.parametrize("mode", ["preflight_first", "everywhere"])
def test_none_of_these_is_an_error_where_preflights_come_first(
    app: web.Application, mode: str
) -> None:
    cors = setup(app, defaults=DEFAULTS, **{mode: True})
    resource = app.router.add_resource("/own")
    resource.add_route("OPTIONS", answer)
    for route in (
        resource.add_route("GET", answer),
        app.router.add_route("*", "/every", answer),
        app.router.add_view("/view", Bare),
    ):
        assert cors.add(route) is route
        assert cors.add(route.resource) is route.resource
    with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
        cors.add(object())


@pytest.mark.parametrize("path", ["/function", "/view"])
def test_webview_is_accepted_for_anything_and_deprecated(
    app: web.Application, cors: CorsConfig, path: str
) -> None:
    view = app.router.add_view("/view", WithMixin)
    entity = view if path == "/view" else app.router.add_get("/function", answer)
    with pytest.warns(
        DeprecationWarning, match="^webview=True is not needed: views are recognised$"
    ) as told:
        assert cors.add(entity, webview=True) is entity
    assert [warning.filename for warning in told] == [__file__]


# ---------------------------------------------------------------------------------------------
# What the router then shows
# ---------------------------------------------------------------------------------------------


def test_the_options_route_stands_right_behind_the_routes_it_serves(
    app: web.Application, cors: CorsConfig
) -> None:
    first = cors.add(app.router.add_route("GET", "/first", answer))
    app.router.add_route("GET", "/second", answer)
    assert routes(app) == [("GET", "/first"), ("OPTIONS", "/first"), ("GET", "/second")]
    *_, options = first.resource
    assert options.resource is first.resource
    assert inspect.ismethod(options.handler)
    assert inspect.iscoroutinefunction(options.handler)


def test_named_resources_stay_those_of_the_application(
    app: web.Application, cors: CorsConfig, tmp_path: Path
) -> None:
    cors.add(app.router.add_get("/a", answer, name="read"))
    cors.add(app.router.add_post("/a", answer, name="write"))
    cors.add(app.router.add_static("/files", tmp_path, name="files"))
    cors.add(app.router.add_get("/b", answer))
    assert set(app.router.named_resources()) == {"read", "write", "files"}
    assert len(app.router.resources()) == 4


def test_a_view_with_the_mixin_needs_no_further_route(
    app: web.Application, cors: CorsConfig
) -> None:
    cors.add(app.router.add_view("/", WithMixin))
    assert routes(app) == [("*", "/")]


# ---------------------------------------------------------------------------------------------
# Loops
# ---------------------------------------------------------------------------------------------


def add_some(app: web.Application, folder: Path) -> None:
    app.router.add_get("/a", answer)
    app.router.add_put("/a", answer)
    app.router.add_post("/b/{id}", answer, name="b")
    app.router.add_view("/view", WithMixin)
    app.router.add_static("/files", folder)


LOOPS: dict[str, Any] = {
    "live routes": lambda router: router.routes(),
    "a list of routes": lambda router: list(router.routes()),
    "live resources": lambda router: router.resources(),
    "a list of resources": lambda router: list(router.resources()),
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("loop", LOOPS)
async def test_loops_over_the_router_add_everything(
    aiohttp_client: MakeClient,
    tmp_path: Path,
    loop: str,
    times: int,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    (tmp_path / "file.txt").write_text("file")
    add_some(app, tmp_path)
    for _ in range(times):
        for entity in LOOPS[loop](app.router):
            cors.add(entity)
    assert [method for method, _ in routes(app)].count("OPTIONS") == 3
    client = await aiohttp_client(app)
    for path in ("/a", "/view", "/files/file.txt"):
        assert await ask(client, "GET", path) == readable()
    assert await ask(client, "POST", "/b/1") == readable()
    assert await preflight(client, "/view", "GET") == granted()
    assert await preflight(client, "/files/file.txt", "GET") == granted()
    if "routes" in loop:
        assert await preflight(client, "/b/1", "POST") == granted("POST")
        assert await preflight(client, "/a", "PUT") == granted("PUT")


async def test_routes_of_a_sub_application_are_among_those_of_its_parent(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    part = web.Application()
    part.router.add_get("/a", answer)
    app.add_subapp("/part", part)
    for route in list(app.router.routes()):
        cors.add(route)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/part/a") == readable()
    assert await preflight(client, "/part/a", "GET") == granted()


async def test_a_table_of_routes_is_added_by_a_loop(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    table = web.RouteTableDef()
    table.get("/a")(answer)
    app.add_routes(table)
    for route in app.router.routes():
        cors.add(route)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/a") == readable()


# ---------------------------------------------------------------------------------------------
# After the start
# ---------------------------------------------------------------------------------------------


async def test_routes_are_added_after_the_start(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    resource = app.router.add_resource("/")
    resource.add_route("GET", answer)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == bare()
    for route in list(resource):
        cors.add(route)
    assert await ask(client, "GET", "/") == readable()
    assert await preflight(client, "/", "GET") == granted()
    cors.add(resource.add_route("PUT", answer))
    assert await ask(client, "PUT", "/") == readable()
    assert await preflight(client, "/", "PUT") == granted("PUT")
    for route in app.router.routes():
        cors.add(route)
    assert len(resource) == 3


async def test_resources_are_added_after_the_start_of_a_router_that_never_freezes(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    app.router.freeze = lambda: None  # type: ignore[method-assign]
    cors.add(app.router.add_get("/first", answer))
    client = await aiohttp_client(app)
    assert await preflight(client, "/first", "GET") == granted()
    assert await ask(client, "GET", "/second") == bare(404)
    cors.add(app.router.add_get("/second", answer))
    assert await ask(client, "GET", "/second") == readable()
    assert await preflight(client, "/second", "GET") == granted()
    cors.add(app.router.add_put("/{any}", answer), {B: ResourceOptions()})
    assert await preflight(client, "/first", "PUT", B) == granted("PUT", B)
    assert await ask(client, "PUT", "/first", B) == readable(origin=B)


def test_what_is_wrong_with_a_view_is_told_where_its_route_is_added(
    app: web.Application, cors: CorsConfig
) -> None:
    class Wrong(web.View):
        cors_config: Any = {5: ResourceOptions()}

    class Slashed(web.View):
        cors_config: Any = {f"{B}/": ResourceOptions()}

    with pytest.raises(ValueError, match="an origin key must be"):
        cors.add(app.router.add_get("/wrong", Wrong))
    with pytest.warns(CorsConfigWarning, match="trailing slash") as told:
        cors.add(app.router.add_get("/slashed", Slashed))
    assert [each.filename for each in told] == [__file__]


# ---------------------------------------------------------------------------------------------
# Again
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["route", "resource", "static", "view"])
def test_an_equal_config_again_is_nothing_and_another_is_a_value_error(
    app: web.Application, cors: CorsConfig, tmp_path: Path, kind: str
) -> None:
    entity: Any = {
        "route": lambda: app.router.add_get("/", answer),
        "resource": lambda: app.router.add_resource("/"),
        "static": lambda: app.router.add_static("/files", tmp_path),
        "view": lambda: app.router.add_view("/", WithMixin),
    }[kind]()
    cors.add(entity, {B: ResourceOptions(max_age=5)})
    before = routes(app)
    assert cors.add(entity, {B: {"max_age": 5}}) is entity
    for config in (
        None,
        {B: ResourceOptions(max_age=6)},
        {B: ResourceOptions(max_age=5), A: ResourceOptions()},
    ):
        with pytest.raises(ValueError, match="added already") as raised:
            cors.add(entity, config)
        assert str(raised.value).startswith(f"{entity!r} was added already, with another config: ")
    assert routes(app) == before


ANY_HTTPS, ANY_EXAMPLE = re.compile("https://.*"), re.compile(".*example")
SUBDOMAIN = "https://*.example"


def knows(origin: str, request: object) -> bool:
    raise NotImplementedError


async def is_known(origin: str, request: object) -> bool:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("first", "second", "is_equal"),
    [
        ([A, B], [B, A], True),
        ([A, B, "*"], ["*", B, A], True),
        ([A, ANY_HTTPS, B, ANY_EXAMPLE], [B, A, ANY_HTTPS, ANY_EXAMPLE], True),
        (["*", ANY_HTTPS, SUBDOMAIN, knows], [SUBDOMAIN, knows, ANY_HTTPS, "*"], True),
        ([ANY_HTTPS, ANY_EXAMPLE], [ANY_EXAMPLE, ANY_HTTPS], True),
        ([ANY_HTTPS, A, ANY_EXAMPLE], [ANY_EXAMPLE, A, ANY_HTTPS], True),
        ([SUBDOMAIN, "https://*.a.example"], ["https://*.a.example", SUBDOMAIN], True),
        ([knows, is_known], [is_known, knows], True),
        ([A, B], [A], False),
        ([A], [A, B], False),
        ([A, B], [A, "*"], False),
        ([knows], [is_known], False),
        ([], [A], False),
        ([A], [], False),
    ],
)
def test_other_keys_make_another_config_and_no_order_does(
    app: web.Application, cors: CorsConfig, first: list, second: list, *, is_equal: bool
) -> None:
    route = app.router.add_get("/", answer)
    cors.add(route, dict.fromkeys(first, ResourceOptions()))
    again = dict.fromkeys(second, ResourceOptions())
    with nullcontext() if is_equal else pytest.raises(ValueError, match="added already"):
        cors.add(route, again)


@pytest.mark.parametrize("kind", ["static", "view", "function"])
@pytest.mark.parametrize("route_first", [True, False])
async def test_a_resource_and_its_route_are_two_entities_with_a_config_each(
    aiohttp_client: MakeClient,
    tmp_path: Path,
    kind: str,
    route_first: bool,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    (tmp_path / "file.txt").write_text("file")
    resource: Any = {
        "static": lambda: app.router.add_static("/p", tmp_path),
        "view": lambda: app.router.add_view("/p/file.txt", WithMixin).resource,
        "function": lambda: app.router.add_route("GET", "/p/file.txt", answer).resource,
    }[kind]()
    route = next(route for route in resource if route.method in ("GET", "*"))
    adds = [
        (route, {A: ResourceOptions(expose_headers=["X-Route"])}),
        (resource, {A: ResourceOptions(expose_headers=["X-Resource"]), B: ResourceOptions()}),
    ]
    for entity, config in adds if route_first else reversed(adds):
        cors.add(entity, config)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/p/file.txt") == readable(ACEH="X-Route")
    assert await ask(client, "GET", "/p/file.txt", B) == readable(origin=B)


async def test_adding_a_resource_and_then_its_routes_is_one_thing(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    resource = cors.add(app.router.add_resource("/"))
    cors.add(resource.add_route("GET", answer))
    cors.add(resource.add_route("PUT", answer))
    client = await aiohttp_client(app)
    for method in ("GET", "PUT"):
        assert await ask(client, method, "/") == readable()
        assert await preflight(client, "/", method) == granted(method)


# ---------------------------------------------------------------------------------------------
# Failures
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["own options", "all methods", "view", "config", "key"])
async def test_a_failed_add_leaves_nothing_behind(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient, kind: str
) -> None:
    config: Any = None
    if kind == "own options":
        app.router.add_route("OPTIONS", "/", answer)
    elif kind == "all methods":
        app.router.add_route("*", "/", answer)
    elif kind == "view":
        app.router.add_view("/", Bare)
    else:
        config = {A: "everything"} if kind == "config" else {5: ResourceOptions()}
        app.router.add_route("GET", "/", answer)
    (resource,) = app.router.resources()
    before = routes(app)
    for entity in (*resource, resource):
        with pytest.raises(ValueError):  # noqa: PT011 - of each kind
            cors.add(entity, config)
    assert routes(app) == before
    client = await aiohttp_client(app)
    assert (await ask(client, "GET", "/")).cors == {}


@pytest.mark.parametrize("of_route", [True, False])
async def test_adding_what_was_excluded_leaves_nothing_behind(
    app: web.Application, aiohttp_client: MakeClient, of_route: bool
) -> None:
    cors = setup(app, defaults=DEFAULTS, everywhere=True)
    route = app.router.add_route("GET", "/", answer)
    entity = route if of_route else route.resource
    cors.exclude(entity)
    before = routes(app)
    with pytest.raises(ValueError, match="excluded"):
        cors.add(entity)
    assert routes(app) == before
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == bare()
    assert (await preflight(client, "/", "GET")).status == 405


async def test_a_config_that_the_caller_changes_later_is_not_changed(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient
) -> None:
    config = {B: ResourceOptions()}
    route = cors.add(app.router.add_get("/", answer), config)
    config.clear()
    cors.add(route, {B: ResourceOptions()})
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/", B) == readable(origin=B)


# ---------------------------------------------------------------------------------------------
# Handlers of all kinds
# ---------------------------------------------------------------------------------------------


class Methods:
    async def answer(self, request: web.Request) -> web.Response:
        return await answer(request)

    async def __call__(self, request: web.Request) -> web.Response:
        return await answer(request)


async def answer_more(prefix: str, request: web.Request) -> web.Response:
    return await answer(request)


def closure() -> Any:
    kept = answer

    async def inner(request: web.Request) -> web.Response:
        return await kept(request)

    return inner


class Proxy:
    """Passes for what it wraps, a class even, until somebody asks."""

    def __init__(self, wrapped: Any) -> None:
        self.__dict__["wrapped"] = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["wrapped"], name)

    @property
    def __class__(self) -> Any:
        return type

    async def __call__(self, request: web.Request) -> web.Response:
        return await self.__dict__["wrapped"](request)


HANDLERS: dict[str, Any] = {
    "partial": functools.partial(answer_more, "prefix"),
    "partial of a partial": functools.partial(functools.partial(answer_more, "prefix")),
    "bound method": Methods().answer,
    "closure": closure(),
}


@pytest.mark.parametrize("kind", HANDLERS)
async def test_handlers_may_be_of_many_kinds(
    app: web.Application, cors: CorsConfig, aiohttp_client: MakeClient, kind: str
) -> None:
    cors.add(app.router.add_get("/", HANDLERS[kind]))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()
    assert await preflight(client, "/", "GET") == granted()


def test_a_proxy_is_really_one_for_which_issubclass_raises() -> None:
    with pytest.raises(TypeError):
        issubclass(Proxy(answer), web.View)  # type: ignore[arg-type]


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_proxy_for_which_issubclass_raises_is_a_handler(
    app: web.Application, aiohttp_client: MakeClient, everywhere: bool
) -> None:
    cors = setup(app, defaults=DEFAULTS, everywhere=everywhere)
    resource = app.router.add_resource("/")

    class Route(web.ResourceRoute):
        """As aiohttp makes it of the proxies that it takes for functions."""

        @property
        def handler(self) -> Any:
            return proxy

    proxy = Proxy(answer)
    route = Route("GET", answer, resource)
    resource.register_route(route)
    cors.add(route)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()
    assert await preflight(client, "/", "GET") == granted()


@pytest.mark.parametrize("mode", [{}, {"everywhere": True}])
def test_setup_comes_too_late_for_a_sub_application_that_is_part_of_another(
    mode: dict[str, bool],
) -> None:
    app, part = web.Application(), web.Application()
    app.add_subapp("/part", part)
    with pytest.raises(RuntimeError, match=r"before it becomes a sub-application"):
        setup(part, **mode)
