"""The names by which 0.8.1's users ask for what is under CORS; they only translate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import hdrs, web

from .abc import AbstractRouterAdapter, OriginConfig, PreflightHandlerFunction
from .handlers import answers_preflights
from .layers import NOTHING
from .protocol.policy import Options, Policy
from .registry import Registry, taken_error
from .routing import RoutingEntity, has_route, resource_of


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """The adapter for `aiohttp.web.UrlDispatcher`.

    :param router: the router of the application.
    :param defaults: origin key -> options, below what is set for routes and resources.
    """

    def __init__(
        self, router: web.UrlDispatcher, defaults: Mapping[Any, Options] | None = None
    ) -> None:
        #: What the library itself asks.
        self.registry = Registry(router, defaults)

    @classmethod
    def of(cls, registry: Registry) -> ResourcesUrlDispatcherRouterAdapter:
        """The adapter of a *registry* that there is already."""
        adapter = cls.__new__(cls)
        adapter.registry = registry
        return adapter

    def add_preflight_handler(
        self, routing_entity: RoutingEntity, handler: PreflightHandlerFunction
    ) -> None:
        taken = self.registry.add_preflight_route(routing_entity, handler)
        if taken is not None:
            raise taken_error(taken)

    def set_config_for_routing_entity(
        self, routing_entity: RoutingEntity, config: OriginConfig
    ) -> None:
        self.registry.add(routing_entity, self.registry.layers.of(config))

    def is_preflight_request(self, request: web.Request) -> bool:
        route = request.match_info.route
        if request.method != hdrs.METH_OPTIONS:
            return False
        return route in self._preflight_routes or answers_preflights(route.handler)

    def is_cors_for_resource(self, resource: web.AbstractResource) -> bool:
        """True where *resource*, or a route of it, was added."""
        return self.registry.is_added(resource)

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return self.registry.covers(self._request_resource(request))

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Policy:
        served = await self.registry.find(preflight_request, requested_method)
        policy = await self.registry.policy_of_served(preflight_request, served, requested_method)
        if policy is None:
            raise KeyError(requested_method)
        return policy

    def get_non_preflight_request_config(self, request: web.Request) -> Policy:
        if not self.is_cors_enabled_on_request(request):
            return Policy()
        if has_route(request):
            return self.registry.policy_for(request) or Policy()
        # A request without a route, as unit tests make them
        resource, added = self._request_resource(request), self.registry.added
        routes = [route for route in resource if route.method == request.method]
        layers = [added.get(entity, NOTHING) for entity in (*routes, resource)]
        return Policy(*layers, self.registry.defaults)

    def _request_resource(self, request: web.Request) -> Any:
        return request.match_info.route.resource

    @property
    def _resource_config(self) -> Mapping[web.AbstractResource, OriginConfig]:
        entities: Any = self.registry.added
        return {resource_of(entity): layer for entity, layer in entities.items()}

    @property
    def _resources_with_preflight_handlers(self) -> Collection[web.AbstractResource]:
        return self.registry.preflight_routes

    @property
    def _preflight_routes(self) -> Collection[web.AbstractRoute]:
        return self.registry.preflight_routes.values()
