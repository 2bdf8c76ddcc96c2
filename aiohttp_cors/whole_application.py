"""The router adapters of applications in which preflights are answered before all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from .preflight_handler import is_preflight
from .protocol.policy import Policy
from .resource_policies import NOTHING, ResourcePolicies, WholeResourcePolicies
from .routing import RoutingEntity, serves
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter


class PreflightFirstRouterAdapter(ResourcesUrlDispatcherRouterAdapter):
    """For an application with a middleware that answers preflights before their routes do."""

    def _leave(self, route: web.AbstractRoute) -> None:
        """Leave *route* all but the preflights of others, which do not get to it."""


class _Kept(NamedTuple):
    routes: int  # routes may be added to a resource at any time
    added: ResourcePolicies | None
    policies: WholeResourcePolicies


class WholeApplicationRouterAdapter(PreflightFirstRouterAdapter):
    """For an application of which every route is under CORS, added or not, and errors too."""

    def __init__(
        self, router: web.UrlDispatcher, defaults: Mapping[Any, Any] | None = None
    ) -> None:
        self._whole: dict[web.AbstractResource, _Kept] = {}
        self._kept_unrouted: Policy | None = None
        self._has_exclusions = False
        super().__init__(router, defaults)

    def _forget(self) -> None:
        super()._forget()
        self._whole.clear()
        self._kept_unrouted = None

    def exclude(self, routing_entity: RoutingEntity) -> None:
        super().exclude(routing_entity)
        self._has_exclusions = True

    @property
    def is_empty(self) -> bool:
        return False

    def _implied_routes(self) -> Iterator[web.AbstractRoute]:
        for route in self._router.routes():
            resource = route.resource
            added = None if resource is None else self._resource_config.get(resource)
            if added is None or not added.excludes(route.method):
                yield route

    def _policy_of_route(self, request: web.Request) -> Policy | None:
        if is_preflight(request):
            return None
        if request.match_info.route.resource is None:  # the router's own 404 and 405
            return None if self._is_excluded_url(request) else self._unrouted
        return super()._policy_of_route(request)

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        policies = self._policies_at(request.match_info.route)
        return policies is None or policies.is_enabled

    async def answers_preflight(self, request: web.Request) -> bool:
        if not self._has_exclusions:
            return True
        method = request.headers[hdrs.ACCESS_CONTROL_REQUEST_METHOD]
        route = await self._serving_route(request, method)
        if route is None:
            return not self._is_excluded_url(request)
        policies = self._policies_at(route)
        return policies is None or not policies.excludes(route.method)

    def _error_policy(
        self, request: web.Request, policies: ResourcePolicies | None, method: str
    ) -> Policy | None:
        error = request.match_info.http_exception
        is_missing = error is not None and error.status == web.HTTPNotFound.status_code
        return self._unrouted if is_missing else None

    def _known(self, request: web.Request, route: web.AbstractRoute | None) -> Policy | None:
        return self._unrouted if route is None else super()._known(request, route)

    def _policies_at(self, route: web.AbstractRoute) -> ResourcePolicies | None:
        resource = route.resource
        if resource is None:
            return None
        added = self._resource_config.get(resource)
        kept = self._whole.get(resource)
        if kept is None or kept.added is not added or kept.routes != len(resource):
            kept = self._whole[resource] = self._look_at(resource, added)
        return kept.policies

    def _look_at(self, resource: web.AbstractResource, added: ResourcePolicies | None) -> _Kept:
        present = {
            route.method: self._added(route, NOTHING)
            for route in resource
            if self._resources_with_preflight_handlers.get(resource) is not route
        }
        own, routes = (None, {}) if added is None else (added.own, added.routes)
        compile_late = self._compile_late
        policies = WholeResourcePolicies(own, routes, present, lambda: self._defaults, compile_late)
        return _Kept(len(resource), added, policies)

    def _is_excluded_url(self, request: web.Request) -> bool:
        return self._has_exclusions and any(
            policies.is_excluded and serves(resource, request)
            for resource, policies in self._resource_config.items()
        )

    @property
    def _unrouted(self) -> Policy:
        if self._kept_unrouted is None:
            self._kept_unrouted = Policy(self._defaults)
        return self._kept_unrouted
