"""The unit-level surface of the router adapter, which existing tests look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest
from aiohttp import web

from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, setup
from aiohttp_cors.abc import AbstractRouterAdapter
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .asking import (
    A,
    B,
    MakeClient,
    answer,
    ask,
    bare,
    granted,
    preflight,
    readable,
    reason,
    unreadable,
)

OPTIONS = ResourceOptions(max_age=1)
OTHER = ResourceOptions(max_age=2)


@pytest.fixture
def app() -> web.Application:
    return web.Application()


@pytest.fixture
def adapter(app: web.Application) -> ResourcesUrlDispatcherRouterAdapter:
    return ResourcesUrlDispatcherRouterAdapter(app.router, {A: OPTIONS})


async def handler(request: web.Request) -> web.Response:
    raise NotImplementedError


def sizes(adapter: ResourcesUrlDispatcherRouterAdapter) -> tuple[int, int, int]:
    return (
        len(adapter._resource_config),
        len(adapter._resources_with_preflight_handlers),
        len(adapter._preflight_routes),
    )


def test_nothing_is_there_at_first(adapter: ResourcesUrlDispatcherRouterAdapter) -> None:
    assert sizes(adapter) == (0, 0, 0)


def test_a_route_gets_one_preflight_handler(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_route("GET", "/", answer)
    adapter.add_preflight_handler(route, handler)
    assert sizes(adapter) == (0, 1, 1)
    assert route.resource in adapter._resources_with_preflight_handlers
    assert [(r.method, r.handler) for r in app.router.routes()] == [
        ("GET", answer),
        ("OPTIONS", handler),
    ]
    added = next(iter(adapter._preflight_routes))
    assert added.method == "OPTIONS"
    assert added.resource is route.resource


def test_a_second_route_of_a_resource_shares_the_preflight_handler(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    adapter.add_preflight_handler(resource.add_route("GET", answer), handler)
    adapter.add_preflight_handler(resource.add_route("PUT", answer), handler)
    adapter.add_preflight_handler(resource, handler)
    assert sizes(adapter) == (0, 1, 1)
    assert len(resource) == 3


def test_a_resource_gets_a_preflight_handler(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    adapter.add_preflight_handler(resource, handler)
    assert sizes(adapter) == (0, 1, 1)
    assert [route.method for route in resource] == ["OPTIONS"]


def test_static_files_get_a_preflight_handler(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter, tmp_path: Any
) -> None:
    resource = app.router.add_static("/files", tmp_path)
    adapter.add_preflight_handler(resource, handler)
    assert sizes(adapter) == (0, 1, 1)
    assert [r.method for r in adapter._preflight_routes] == ["OPTIONS"]
    assert {route.method for route in resource} == {"GET", "HEAD", "OPTIONS"}


def test_an_options_route_with_the_same_handler_stays_alone(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_route("OPTIONS", "/", handler)
    adapter.add_preflight_handler(route, handler)
    assert sizes(adapter) == (0, 0, 0)
    assert len(app.router.routes()) == 1


def test_an_options_route_with_another_handler_is_a_value_error(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_route("OPTIONS", "/", answer)
    for entity in (route, route.resource):
        with pytest.raises(ValueError, match="already has OPTIONS handler"):
            adapter.add_preflight_handler(entity, handler)  # type: ignore[arg-type]
    assert sizes(adapter) == (0, 0, 0)


def test_that_value_error_stands_alone(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_route("OPTIONS", "/", answer)
    with pytest.raises(ValueError, match="already has OPTIONS handler") as caught:
        adapter.add_preflight_handler(route, handler)
    assert caught.value.__context__ is None


def test_what_a_resource_says_against_an_options_route_is_passed_on(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    class Closed(web.PlainResource):
        def add_route(self, *args: Any, **kwargs: Any) -> web.ResourceRoute:
            raise RuntimeError("closed")

    resource = Closed("/closed")
    app.router.register_resource(resource)
    with pytest.raises(RuntimeError, match="closed"):
        adapter.add_preflight_handler(resource, handler)
    assert sizes(adapter) == (0, 0, 0)


def test_what_is_no_routing_entity_is_a_value_error(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    for entity in (object(), app, None, "/", answer):
        with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
            adapter.add_preflight_handler(entity, handler)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
            adapter.set_config_for_routing_entity(entity, {})  # type: ignore[arg-type]
    assert sizes(adapter) == (0, 0, 0)


def test_a_route_without_a_resource_is_a_value_error(
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    route = web.ResourceRoute("GET", answer, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
        adapter.set_config_for_routing_entity(route, {})


def test_a_config_is_kept_by_resource(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter, tmp_path: Any
) -> None:
    route = app.router.add_get("/", answer)
    adapter.set_config_for_routing_entity(route, {B: OTHER})
    assert sizes(adapter) == (1, 0, 0)
    assert route.resource in adapter._resource_config
    adapter.set_config_for_routing_entity(app.router.add_resource("/other"), {B: OTHER})
    adapter.set_config_for_routing_entity(app.router.add_static("/files", tmp_path), {B: OTHER})
    assert sizes(adapter) == (3, 0, 0)


def test_an_equal_config_is_taken_again_and_another_is_not(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    for entity in (resource, resource.add_route("GET", answer)):
        adapter.set_config_for_routing_entity(entity, {B: OTHER})
        adapter.set_config_for_routing_entity(entity, {B: ResourceOptions(max_age=2)})
        with pytest.raises(ValueError, match="added already"):
            adapter.set_config_for_routing_entity(entity, {B: OPTIONS})


def test_a_resource_is_under_cors_when_it_or_a_route_of_it_was_set(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_get("/", answer)
    other = app.router.add_resource("/other")
    assert not adapter.is_cors_for_resource(route.resource)  # type: ignore[arg-type]
    adapter.set_config_for_routing_entity(route, {})
    assert adapter.is_cors_for_resource(route.resource)  # type: ignore[arg-type]
    assert not adapter.is_cors_for_resource(other)
    adapter.set_config_for_routing_entity(other, {})
    assert adapter.is_cors_for_resource(other)


def test_a_request_is_under_cors_when_its_resource_is(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_get("/", answer)
    request = mock.Mock()
    request.match_info.route.resource = route.resource
    assert adapter._request_resource(request) is route.resource
    assert not adapter.is_cors_enabled_on_request(request)
    adapter.set_config_for_routing_entity(route, {})
    assert adapter.is_cors_enabled_on_request(request)


def test_the_request_resource_may_be_patched(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    adapter.set_config_for_routing_entity(resource, {})
    with mock.patch.object(adapter, "_request_resource", return_value=resource):
        assert adapter.is_cors_enabled_on_request(mock.Mock())
    with mock.patch.object(adapter, "_request_resource", return_value=None):
        assert not adapter.is_cors_enabled_on_request(mock.Mock())


def test_a_preflight_request_is_one_to_a_preflight_route(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = app.router.add_get("/", answer)
    adapter.add_preflight_handler(route, handler)
    (options,) = adapter._preflight_routes
    request = mock.Mock(method="OPTIONS")
    request.match_info.route = options
    assert adapter.is_preflight_request(request)
    request.match_info.route = route
    assert not adapter.is_preflight_request(request)
    request.method = "GET"
    assert not adapter.is_preflight_request(request)


def test_a_preflight_request_is_one_to_a_view_with_the_mixin(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    class View(web.View, CorsViewMixin):
        pass

    request = mock.Mock(method="OPTIONS")
    request.match_info.route = app.router.add_view("/", View)
    assert adapter.is_preflight_request(request)
    request.method = "GET"
    assert not adapter.is_preflight_request(request)


@pytest.mark.parametrize("of_route", [True, False])
def test_the_config_of_an_actual_request_is_the_merged_dict(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter, of_route: bool
) -> None:
    route = app.router.add_get("/", answer)
    resource = route.resource
    adapter.set_config_for_routing_entity(route if of_route else resource, {B: OTHER})  # type: ignore[arg-type]
    with (
        mock.patch.object(adapter, "is_cors_enabled_on_request", return_value=True),
        mock.patch.object(adapter, "_request_resource", return_value=resource),
    ):
        config = adapter.get_non_preflight_request_config(mock.Mock())
    # No added route has the method of a `Mock`: no route's config counts for it.
    merged = {A: OPTIONS} if of_route else {A: OPTIONS, B: OTHER}
    assert config == merged
    assert dict(config) == merged


def test_the_config_of_an_actual_request_is_the_closest_one(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    adapter.set_config_for_routing_entity(resource, {A: OTHER})
    with (
        mock.patch.object(adapter, "is_cors_enabled_on_request", return_value=True),
        mock.patch.object(adapter, "_request_resource", return_value=resource),
    ):
        assert adapter.get_non_preflight_request_config(mock.Mock()) == {A: OTHER}


def test_the_config_of_a_request_without_cors_is_empty(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    app.router.add_get("/", answer)
    with mock.patch.object(adapter, "is_cors_enabled_on_request", return_value=False):
        assert adapter.get_non_preflight_request_config(mock.Mock()) == {}
    assert adapter.get_non_preflight_request_config(mock.Mock()) == {}


async def test_configs_of_real_requests_are_the_merged_dicts(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {A: OPTIONS})
    seen: list[Mapping[Any, Any]] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(adapter.get_non_preflight_request_config(request))
        try:
            seen.append(await adapter.get_preflight_request_config(request, A, "PUT"))
        except KeyError:
            seen.append({"KeyError": 1})
        return web.Response()

    adapter.set_config_for_routing_entity(app.router.add_get("/one", look), {B: OTHER})
    two = app.router.add_resource("/two")
    for method in ("GET", "PUT"):
        adapter.set_config_for_routing_entity(two.add_route(method, look), {})
    app.router.add_get("/none", look)
    client = await aiohttp_client(app)
    for path in ("/one", "/two", "/none"):
        await ask(client, "GET", path)
    assert seen == [
        {A: OPTIONS, B: OTHER},
        {"KeyError": 1},
        {A: OPTIONS},
        {A: OPTIONS},
        {},
        {"KeyError": 1},
    ]


# ---------------------------------------------------------------------------------------------
# An adapter of one's own, with nothing but the six methods
# ---------------------------------------------------------------------------------------------


class OwnAdapter(AbstractRouterAdapter):
    """GET and PUT of one route, for everybody who is named."""

    def __init__(self) -> None:
        self.config: Mapping[Any, Any] = {}
        self.route: Any = None

    def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None:
        self.route = routing_entity
        routing_entity.resource.add_route("OPTIONS", handler)

    def is_preflight_request(self, request: web.Request) -> bool:
        return request.method == "OPTIONS"

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return request.path == "/"

    def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None:
        self.config = config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Mapping[Any, Any]:
        if requested_method not in ("GET", "PUT"):
            raise KeyError(requested_method)
        return dict(self.config)

    def get_non_preflight_request_config(self, request: web.Request) -> Mapping[Any, Any]:
        return dict(self.config)


@pytest.mark.parametrize("preflight_first", [False, True])
async def test_an_adapter_of_six_methods_is_enough(
    aiohttp_client: MakeClient, preflight_first: bool
) -> None:
    app = web.Application()
    adapter = OwnAdapter()
    cors = CorsConfig(app, router_adapter=adapter, preflight_first=preflight_first)
    route = app.router.add_get("/", answer)
    app.router.add_get("/other", answer)
    assert cors.add(route, {A: ResourceOptions(allow_headers=["X-A"])}) is route
    assert adapter.config == {A: ResourceOptions(allow_headers=["X-A"])}
    client = await aiohttp_client(app)

    assert await ask(client, "GET", "/") == readable()
    assert await ask(client, "GET", "/", B) == unreadable()
    assert await ask(client, "GET", "/other") == bare()
    asked = await preflight(client, "/", "PUT", names="x-a")
    assert asked.status == 200
    assert (asked.cors["ACAM"], asked.cors["ACAH"]) == ("PUT", "X-A")
    assert "request method 'DELETE' is not allowed" in await reason(client, "/", "DELETE")
    assert "is not allowed" in await reason(client, "/", "GET", B)
    with pytest.raises(TypeError):
        cors.defaults  # noqa: B018 - it has none


async def test_an_adapter_of_one_own_knows_the_origin_of_a_websocket(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = CorsConfig(app, router_adapter=OwnAdapter())

    async def tell(request: web.Request) -> web.Response:
        return web.json_response(await cors.is_origin_allowed(request))

    cors.add(app.router.add_get("/", tell), {A: ResourceOptions()})
    client = await aiohttp_client(app)
    for origin, allowed in ((A, "true"), (B, "false")):
        async with client.get("/", headers={"Origin": origin}) as response:
            assert await response.text() == allowed


def test_the_library_makes_the_usual_adapter() -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {A: OPTIONS})
    cors = CorsConfig(app, router_adapter=adapter)
    assert cors.defaults == {A: OPTIONS}
    assert setup(web.Application(), defaults={A: OPTIONS}).defaults == {A: OPTIONS}


async def test_a_subclass_may_say_itself_what_actual_requests_get(
    aiohttp_client: MakeClient,
) -> None:
    class OfTenants(ResourcesUrlDispatcherRouterAdapter):
        known = {B: ResourceOptions()}

        def get_non_preflight_request_config(self, request: web.Request) -> Any:
            return {**super().get_non_preflight_request_config(request), **self.known}

    app = web.Application()
    adapter = OfTenants(app.router, {A: ResourceOptions()})
    cors = CorsConfig(app, router_adapter=adapter)
    cors.add(app.router.add_get("/added", answer))
    app.router.add_get("/not-added", answer)
    client = await aiohttp_client(app)
    for origin in (A, B):
        assert await ask(client, "GET", "/added", origin) == readable(origin=origin)
        assert await ask(client, "GET", "/not-added", origin) == bare()
    adapter.known = {}
    assert await ask(client, "GET", "/added", B) == unreadable()


class Says(OwnAdapter):
    """Enables everything, and remembers what it was asked of preflights."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, str]] = []

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return True

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Mapping[Any, Any]:
        self.asked.append((preflight_request.path, origin, requested_method))
        return dict(self.config)


async def test_an_adapter_of_ones_own_is_asked_for_each_preflight(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    adapter = Says()
    cors = CorsConfig(app, router_adapter=adapter)
    cors.add(app.router.add_get("/", answer), {A: ResourceOptions()})
    client = await aiohttp_client(app)
    assert (await preflight(client, "/", "GET")).status == 200
    assert await reason(client, "/", "PUT", B)
    assert adapter.asked == [("/", A, "GET"), ("/", B, "PUT")]


@pytest.mark.parametrize("preflight_first", [False, True])
async def test_beside_another_application_with_cors_an_adapter_decides_on_what_has_none(
    aiohttp_client: MakeClient, preflight_first: bool
) -> None:
    app, with_cors, without = web.Application(), web.Application(), web.Application()
    cors = CorsConfig(app, router_adapter=Says(), preflight_first=preflight_first)
    cors.add(app.router.add_get("/", answer), {A: ResourceOptions()})
    setup(with_cors, defaults={B: ResourceOptions()})
    for part in (with_cors, without):
        part.router.add_get("/x", answer)
    app.add_subapp("/with", with_cors)
    app.add_subapp("/without", without)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/without/x") == readable()
    assert await ask(client, "GET", "/with/x") == bare()
    if preflight_first:
        assert await preflight(client, "/without/x", "GET") == granted()
        assert (await preflight(client, "/with/x", "GET")).status != 200


async def test_an_adapter_of_ones_own_says_which_preflights_come_first(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = CorsConfig(app, router_adapter=OwnAdapter(), preflight_first=True)
    cors.add(app.router.add_get("/", answer), {A: ResourceOptions()})
    app.router.add_route("OPTIONS", "/other", answer)

    @web.middleware
    async def refuse(request: web.Request, handler: Any) -> web.StreamResponse:
        raise web.HTTPUnauthorized

    app.middlewares.append(refuse)
    client = await aiohttp_client(app)
    assert (await preflight(client, "/", "GET")).status == 200
    assert await preflight(client, "/other", "GET") == bare(401)


async def test_a_method_without_a_config_is_a_key_error_that_names_it(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {A: OPTIONS})
    raised: list[KeyError] = []

    async def look(request: web.Request) -> web.Response:
        with pytest.raises(KeyError) as caught:
            await adapter.get_preflight_request_config(request, A, "PUT")
        raised.append(caught.value)
        return web.Response()

    adapter.set_config_for_routing_entity(app.router.add_get("/", look), {})
    client = await aiohttp_client(app)
    await ask(client, "GET", "/")
    assert [error.args for error in raised] == [("PUT",)]


def test_the_config_of_a_request_without_a_route_is_that_of_its_resource(
    app: web.Application, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = app.router.add_resource("/")
    adapter.set_config_for_routing_entity(resource, {B: OTHER})
    request = mock.Mock()
    request.match_info.route.resource = resource
    assert adapter.get_non_preflight_request_config(request) == {A: OPTIONS, B: OTHER}
