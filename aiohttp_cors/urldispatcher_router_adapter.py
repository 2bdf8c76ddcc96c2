"""Which routes of aiohttp's router are under CORS, and with which policy."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import hdrs, web

from .abc import AbstractRouterAdapter, OriginConfig, PreflightHandlerFunction
from .preflight_handler import MethodNotEnabledError, gets_preflights, is_preflight_handler
from .protocol import diagnostics
from .protocol.diagnostics import CorsWarning, Finding
from .protocol.policy import Layer, OriginKey, Policy
from .protocol.resource_options import ResourceOptions
from .resource_policies import EXCLUDED, NOTHING, AddedRoute, ResourcePolicies
from .route_policies import (
    FunctionPolicies,
    RoutePolicies,
    answers_preflights,
    brings_config,
    brought_policy,
    handler_layers,
    view_layers,
)
from .routing import RoutingEntity, ServingRoutes, has_route, route_of, view_by, view_of

logger = logging.getLogger("aiohttp_cors")

_ENTITIES = (web.Resource, web.StaticResource, web.ResourceRoute)


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """The adapter for `aiohttp.web.UrlDispatcher`.

    :param router: the router of the application.
    :param defaults: origin key -> options, below what is set for routes and resources.
    """

    def __init__(
        self, router: web.UrlDispatcher, defaults: Mapping[Any, Any] | None = None
    ) -> None:
        self._router = router
        self._serving = ServingRoutes(router)
        self._told: set[Finding] = set()
        # Equal ones are one object, for as long as something uses it.
        self._layers: WeakValueDictionary[tuple[tuple[OriginKey, ResourceOptions], ...], Layer]
        self._layers = WeakValueDictionary()
        self._defaults = self.compile({} if defaults is None else defaults)
        # Of all resources to which the same was added there is one object.
        self._policies: dict[object, ResourcePolicies] = {}
        self._changes: dict[tuple[object, ...], ResourcePolicies] = {}
        self._resource_config: dict[web.AbstractResource, ResourcePolicies] = {}
        self._preflight_policies: dict[tuple[web.AbstractRoute, str], Policy | RoutePolicies] = {}
        self._policies_by_route: dict[web.AbstractRoute, Policy | RoutePolicies | None] = {}
        self._resources_with_preflight_handlers: dict[web.AbstractResource, web.AbstractRoute] = {}

    # -- configuration ------------------------------------------------------------------------

    @property
    def defaults(self) -> Layer:
        """The lowest layer of every policy; assigning another takes effect at once."""
        return self._defaults

    @defaults.setter
    def defaults(self, config: Mapping[Any, Any]) -> None:
        self._defaults = self.compile(config)
        for policies in self._policies.values():
            policies.forget()
        self._forget()

    def _forget(self) -> None:
        """Work out anew what is asked next: something was added, or the defaults have changed."""
        self._preflight_policies.clear()
        self._policies_by_route.clear()

    def compile(self, config: Mapping[Any, Any]) -> Layer:
        """The layer of *config*: the same one for equal mappings, told what is wrong with it once.

        :raises ValueError: for a key or options of a wrong type.
        """
        if type(config) is Layer:
            return config
        layer = Layer(config)
        if not layer:
            return NOTHING
        items = tuple(layer.items())
        known = self._layers.get(items)
        if known is not None:
            return known
        self._layers[items] = layer
        diagnostics.warn(self._untold(layer))
        return layer

    def _compile_late(self, config: Mapping[Any, Any]) -> Layer:
        """The same while requests are served: none fails for a warning, be that an error or not."""
        try:
            return self.compile(config)
        except CorsWarning as warning:
            logger.warning("%s", warning)
            return self.compile(config)  # which tells it once

    def _untold(self, layer: Layer) -> list[Finding]:
        findings = [finding for finding in layer.findings if finding not in self._told]
        self._told.update(findings)
        return findings

    def examine_views(self) -> None:
        """Tell what is wrong with `cors_config` of views that were not themselves added.

        It is for the start of the application: views may come after their resource was added.

        :raises ValueError: for a key or options of a wrong type.
        """
        for view in filter(None, map(view_of, self._implied_routes())):
            config = getattr(view, "cors_config", None)
            if config is not None:
                diagnostics.warn_of_class(view, self._untold(Layer(config)))

    def _implied_routes(self) -> Iterator[web.AbstractRoute]:
        """The routes that are under CORS for being of a resource that is."""
        for resource, policies in self._resource_config.items():
            if policies.own is not None and policies.is_enabled:
                yield from resource

    def set_config_for_routing_entity(
        self, routing_entity: RoutingEntity, config: OriginConfig
    ) -> None:
        layer = config if type(config) is Layer else self.compile(config)
        if isinstance(routing_entity, web.ResourceRoute):
            self._set_route(routing_entity, layer)
        elif isinstance(routing_entity, (web.Resource, web.StaticResource)):
            self._set_resource(routing_entity, layer)
        else:
            raise not_an_entity(routing_entity)

    def _set_route(self, route: web.ResourceRoute, layer: Layer) -> None:
        resource = _resource_of(route)
        if self._resources_with_preflight_handlers.get(resource) is route:
            return
        before = self._resource_config.get(resource)
        handler = route.handler
        view = view_by(handler)
        own_layers = () if view is not None else handler_layers(handler, self.compile)
        # What has been done to one resource needs no second look at the next.
        identity = tuple(map(id, own_layers)) if own_layers else ()
        change = (before, route.method, id(layer), view, identity)
        after = self._changes.get(change)
        if after is None:
            self._add_route(route, resource, AddedRoute(layer, own_layers, view))
            if before is None or before.own is None:
                self._changes[change] = self._resource_config[resource]
            return
        self._resource_config[resource] = after
        self._forget()

    def _add_route(
        self, route: web.ResourceRoute, resource: web.AbstractResource, added: AddedRoute
    ) -> None:
        before = self._resource_config.get(resource)
        if before is not None:
            _check_not_excluded(route, before)
        routes = {} if before is None else before.routes
        if route.method in routes:
            _check_equal(route, routes[route.method].layer, added.layer)
            return
        if added.view is not None:  # what is wrong with its own config is told here, too
            view_layers(added.view, None, self.compile)
        own = None if before is None else before.own
        self._set(resource, own, {**routes, route.method: added})

    def _set_resource(self, resource: web.Resource | web.StaticResource, layer: Layer) -> None:
        before = self._resource_config.get(resource)
        if before is not None:
            _check_not_excluded(resource, before)
        if before is not None and before.own is not None:
            _check_equal(resource, before.own, layer)
            return
        self._set(resource, layer, {} if before is None else before.routes)

    def exclude(self, routing_entity: RoutingEntity) -> None:
        """Leave *routing_entity* without CORS, whatever holds for the others.

        :raises ValueError: where it, or a part of it, was added.
        """
        if not isinstance(routing_entity, _ENTITIES):
            raise not_an_entity(routing_entity)
        if isinstance(routing_entity, web.ResourceRoute):
            self._exclude_route(routing_entity)
        else:
            self._exclude_resource(routing_entity)

    def _exclude_route(self, route: web.ResourceRoute) -> None:
        resource = _resource_of(route)
        before = self._resource_config.get(resource)
        routes = {} if before is None else before.routes
        if routes.get(route.method, EXCLUDED) is not EXCLUDED:
            raise ValueError(f"{route!r} was added, and cannot be excluded")
        own = None if before is None else before.own
        self._set(resource, own, {**routes, route.method: EXCLUDED})

    def _exclude_resource(self, resource: web.Resource | web.StaticResource) -> None:
        before = self._resource_config.get(resource)
        if before is not None and before.is_enabled:
            raise ValueError(f"{resource!r} was added, or a route of it, and cannot be excluded")
        self._set(resource, EXCLUDED.layer, {})

    def _added(self, route: web.AbstractRoute, layer: Layer) -> AddedRoute:
        return AddedRoute(layer, self._own_layers(route), view_of(route))

    def _implied(self, resource: web.AbstractResource) -> dict[str, AddedRoute]:
        """The routes that are added with their resource: of files, and of views."""
        is_static = isinstance(resource, web.StaticResource)
        return {
            route.method: self._added(route, NOTHING)
            for route in resource
            if is_static or answers_preflights(view_of(route))
        }

    def _own_layers(self, route: web.AbstractRoute) -> tuple[Layer, ...]:
        """What `custom_cors` gave to the function that serves *route*."""
        if view_of(route) is not None:
            return ()
        return handler_layers(route.handler, self._compile_late)

    def _set(
        self,
        resource: web.AbstractResource,
        own: Layer | None,
        routes: Mapping[str, AddedRoute],
    ) -> None:
        implied = {} if own is None else self._implied(resource)
        key = (
            None if own is None else id(own),
            *[(method, route.identity) for method, route in routes.items()],
            None,
            *[(method, route.identity) for method, route in implied.items()],
        )
        policies = self._policies.get(key)
        if policies is None:
            policies = ResourcePolicies(
                own, routes, implied, lambda: self._defaults, self._compile_late
            )
            self._policies[key] = policies
        self._resource_config[resource] = policies
        self._forget()

    # -- preflight handlers -------------------------------------------------------------------

    def add_preflight_handler(
        self, routing_entity: RoutingEntity, handler: PreflightHandlerFunction
    ) -> None:
        if isinstance(routing_entity, web.ResourceRoute):
            if routing_entity.method == hdrs.METH_OPTIONS and routing_entity.handler == handler:
                return
            resource = _resource_of(routing_entity)
        elif isinstance(routing_entity, _ENTITIES):
            resource = routing_entity
        else:
            raise not_an_entity(routing_entity)
        policies = self._resource_config.get(resource)
        if policies is not None:
            _check_not_excluded(routing_entity, policies)
        if resource in self._resources_with_preflight_handlers:
            return
        self._add_options_route(resource, handler)

    def _add_options_route(self, resource: Any, handler: PreflightHandlerFunction) -> None:
        try:
            added = _install(resource, handler)
        except RuntimeError:  # another route answers OPTIONS
            taken = route_of(resource, hdrs.METH_OPTIONS)
            if taken is None:
                raise
        else:
            self._resources_with_preflight_handlers[resource] = added
            return
        if is_preflight_handler(taken.handler):  # of another CorsConfig, for the same routes
            self._resources_with_preflight_handlers[resource] = taken
        elif not answers_preflights(view_of(taken)):
            self._leave(taken)

    def _leave(self, route: web.AbstractRoute) -> None:
        """Leave its preflights to a *route* that does not know of CORS: a mistake."""
        if route.method == hdrs.METH_OPTIONS:
            what = f"{route.resource!r} already has OPTIONS handler {route.handler!r}"
            raise ValueError(
                f"{what}, to which preflights go: remove it, or set preflight_first=True and let "
                "it answer the preflights of this path itself"
            )
        if view_of(route) is None:
            what = f"{route.resource!r} already has a '*' handler {route.handler!r}"
            raise ValueError(f"{what}, to which preflights go; preflight_first=True supports it")
        raise ValueError(
            f"the view {route.handler!r} of {route.resource!r} must be a subclass of CorsViewMixin "
            "to answer preflights; preflight_first=True supports any view"
        )

    @property
    def _preflight_routes(self) -> Collection[web.AbstractRoute]:
        return self._resources_with_preflight_handlers.values()

    @property
    def policies_by_route(self) -> Mapping[web.AbstractRoute, Policy | RoutePolicies | None]:
        return {} if self._is_asked_itself else self._policies_by_route

    @property
    def preflight_policies(
        self,
    ) -> Mapping[tuple[web.AbstractRoute, str], Policy | RoutePolicies]:
        return self._preflight_policies

    # -- requests -----------------------------------------------------------------------------

    def policy_for(self, request: web.Request) -> Policy | None:
        if self._is_asked_itself:
            return super().policy_for(request)
        return self._policy_of_route(request)

    @property
    def _is_asked_itself(self) -> bool:
        """True for a subclass that says itself what actual requests get."""
        own = type(self).get_non_preflight_request_config
        return own is not ResourcesUrlDispatcherRouterAdapter.get_non_preflight_request_config

    def _policy_of_route(self, request: web.Request) -> Policy | None:
        route = request.match_info.route
        policies = self._policies_at(route)
        if policies is None or not policies.is_enabled:
            if route.resource is not None:  # the router makes a route for each of its errors
                self._policies_by_route[route] = None
            return None
        view = view_of(route)
        if self._is_preflight_route(route):
            if gets_preflights(route):  # before, who answers them is worth a look each time
                self._policies_by_route[route] = None
            return None
        found = policies.of_route(route.method, self._own_layers(route), view)
        policy = found.actual(request.method)
        if brings_config(view):
            return None if policy is None else brought_policy(view, request, request.method)
        only = _only_policy(route, found)
        self._policies_by_route[route] = found if only is None else only
        return policy

    def is_cors_for_resource(self, resource: web.AbstractResource) -> bool:
        """True where *resource*, or a route of it, was added."""
        policies = self._resource_config.get(resource)
        return policies is not None and policies.is_enabled

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return self.is_cors_for_resource(self._request_resource(request))

    def is_preflight_request(self, request: web.Request) -> bool:
        if request.method != hdrs.METH_OPTIONS:
            return False
        route = request.match_info.route
        return self._is_preflight_route(route) or answers_preflights(view_of(route))

    def _is_preflight_route(self, route: web.AbstractRoute) -> bool:
        resource = route.resource
        return (
            resource is not None and self._resources_with_preflight_handlers.get(resource) is route
        )

    def _request_resource(self, request: web.Request) -> Any:
        return request.match_info.route.resource

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Policy:
        policy = await self._find_preflight_policy(preflight_request, requested_method)
        if policy is None:
            route = await self._serving_route(preflight_request, requested_method)
            raise MethodNotEnabledError(requested_method, self._known(preflight_request, route))
        return policy

    async def _find_preflight_policy(self, request: web.Request, method: str) -> Policy | None:
        route = await self._serving_route(request, method)
        policies = self._policies_at(route or request.match_info.route)
        if policies is None or route is None:
            return self._error_policy(request, policies, method)
        own_layers, view = self._own_layers(route), view_of(route)
        found = policies.preflights(route.method, method, own_layers, view)
        policy = found.preflight(method)
        if brings_config(view):
            return None if policy is None else brought_policy(view, request, method)
        # A route that serves the method itself (and not HEAD by GET) will always do so. The names
        # of other methods are the client's choice.
        is_final = method in hdrs.METH_ALL and route.method in (method, hdrs.METH_ANY)
        if policy is not None and is_final and self._serving.is_settled(request.match_info):
            kept = policy if isinstance(found, FunctionPolicies) else found
            self._preflight_policies[request.match_info.route, method] = kept
        return policy

    def _error_policy(
        self, request: web.Request, policies: ResourcePolicies | None, method: str
    ) -> Policy | None:
        """The policy of a request that no route would serve: the router would answer an error."""
        return None if policies is None else policies.unrouted(method)

    def _known(self, request: web.Request, route: web.AbstractRoute | None) -> Policy | None:
        """The policy that knows all origins of the resource that is asked about."""
        policies = self._policies_at(route or request.match_info.route)
        return None if policies is None else policies.known

    async def _serving_route(self, request: web.Request, method: str) -> web.AbstractRoute | None:
        """The route that would serve the request asked about; for HEAD, GET's will do."""
        route = await self._serving.find(request, method)
        if route is None and method == hdrs.METH_HEAD:
            return await self._serving.find(request, hdrs.METH_GET)
        return route

    def _policies_at(self, route: web.AbstractRoute) -> ResourcePolicies | None:
        resource = route.resource
        if resource is None:  # the router answers an error
            return None
        policies = self._resource_config.get(resource)
        if policies is not None and policies.own is not None and self._came_later(route, policies):
            self._set(resource, policies.own, policies.routes)
        return self._resource_config.get(resource)

    def _came_later(self, route: web.AbstractRoute, policies: ResourcePolicies) -> bool:
        """True for a view that its resource, when that was added, did not have yet."""
        known = route.method in policies.routes or route.method in policies.implied
        return not known and answers_preflights(view_of(route))

    def policy_of_view(self, view: type, route: web.AbstractRoute, method: str) -> Policy:
        """The policy of *method* of *view*, of which *route* may or may not have been added."""
        policies = self._policies_at(route)
        policy = None if policies is None else policies.of_route(route.method, ()).preflight(method)
        if policy is not None:
            return policy
        handler = getattr(view, method.lower(), None)
        return Policy(*view_layers(view, handler, self._compile_late), self._defaults)

    @property
    def is_empty(self) -> bool:
        """True where nothing was added."""
        return not any(policies.is_enabled for policies in self._resource_config.values())

    async def answers_preflight(self, request: web.Request) -> bool:
        """True where the preflight *request* is about something that is under CORS."""
        return self.is_cors_enabled_on_request(request)

    async def methods_at(self, request: web.Request) -> list[str]:
        """The methods routed at the URL of *request*, sorted, without the library's OPTIONS."""
        methods = await self._serving.methods(request)
        if self.is_preflight_request(request) and hdrs.METH_OPTIONS in methods:
            methods.remove(hdrs.METH_OPTIONS)
        return methods

    def get_non_preflight_request_config(self, request: web.Request) -> Policy:
        if not self.is_cors_enabled_on_request(request):
            return Policy()
        if has_route(request):
            return self._policy_of_route(request) or Policy()
        # A request without a route, as unit tests make them, gets all that the resource has.
        return self._resource_config[self._request_resource(request)].known


def _resource_of(route: web.ResourceRoute) -> web.AbstractResource:
    resource = route.resource
    if resource is None:
        raise not_an_entity(route)
    return resource


def not_an_entity(entity: object) -> ValueError:
    """The answer to something that cannot be added."""
    return ValueError(f"Resource or ResourceRoute expected, got {entity!r}")


def _only_policy(route: web.AbstractRoute, policies: RoutePolicies) -> Policy | None:
    """The policy of all that *route* serves; `None` where that may be a preflight, or differs."""
    if route.method in (hdrs.METH_ANY, hdrs.METH_OPTIONS):
        return None
    return policies.policy if isinstance(policies, FunctionPolicies) else None


def _install(resource: Any, handler: PreflightHandlerFunction) -> web.AbstractRoute:
    added: web.AbstractRoute
    add_route = getattr(resource, "add_route", None)
    if add_route is not None:
        added = add_route(hdrs.METH_OPTIONS, handler)
        return added
    resource.set_options_route(handler)  # of static files
    added = next(route for route in resource if route.method == hdrs.METH_OPTIONS)
    return added


def _check_not_excluded(entity: RoutingEntity, policies: ResourcePolicies) -> None:
    if policies.excludes(entity.method if isinstance(entity, web.ResourceRoute) else ""):
        raise ValueError(f"{entity!r} was excluded, and cannot be added")


def _check_equal(entity: object, before: Layer, now: Layer) -> None:
    if not before.says_the_same(now):
        raise ValueError(f"{entity!r} was added already, with another config: {dict(before)!r}")
