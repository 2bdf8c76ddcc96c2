"""What the library asks of a router."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .protocol import diagnostics
from .protocol.policy import Layer, Options, OriginKey, Policy
from .protocol.resource_options import ResourceOptions

if TYPE_CHECKING:
    from .route_policies import RoutePolicies

OriginConfig = Mapping[OriginKey, ResourceOptions]
PreflightHandlerFunction = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AbstractRouterAdapter(metaclass=ABCMeta):
    """Which requests are under CORS, and with which policy; one per kind of router."""

    @property
    def policies_by_route(self) -> Mapping[web.AbstractRoute, Policy | RoutePolicies | None]:
        """What :meth:`policy_for` has found for routes, for responses to be quick; read live.

        It is the policy, or one for each method, or `None` where responses are left as they are.
        """
        return {}

    @property
    def preflight_policies(
        self,
    ) -> Mapping[tuple[web.AbstractRoute, str], Policy | RoutePolicies]:
        """The same of :meth:`get_preflight_request_config`, by route and the method asked for."""
        return {}

    @abstractmethod
    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandlerFunction) -> None:
        """Let *handler* answer the OPTIONS requests of *routing_entity*.

        :raises ValueError: where something else answers them.
        """

    @abstractmethod
    def is_preflight_request(self, request: web.Request) -> bool:
        """True where *request* is answered by a preflight handler."""

    @abstractmethod
    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        """True where something was added of the resource that serves *request*."""

    @abstractmethod
    def set_config_for_routing_entity(self, routing_entity: Any, config: OriginConfig) -> None:
        """Put *routing_entity* under *config*, above the defaults.

        :raises ValueError: where it is under another one already.
        """

    @abstractmethod
    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> OriginConfig:
        """The options by origin key for the request that *preflight_request* asks about.

        :raises KeyError: where *requested_method* is not enabled.
        """

    @abstractmethod
    def get_non_preflight_request_config(self, request: web.Request) -> OriginConfig:
        """The options by origin key for the actual request *request*; empty without CORS."""

    def compile(self, config: Mapping[Any, Options]) -> Layer:
        """*config*, checked and indexed; its author is told what is wrong with it.

        :raises ValueError: for a key or options of a wrong type.
        """
        layer = Layer(config)
        diagnostics.warn(layer.findings)
        return layer

    async def methods_at(self, request: web.Request) -> Collection[str]:
        """The methods that have a route at the URL of *request*, as far as is known."""
        return ()

    def policy_for(self, request: web.Request) -> Policy | None:
        """The policy of an actual request; `None` for a preflight, and for one without CORS."""
        if self.is_preflight_request(request) or not self.is_cors_enabled_on_request(request):
            return None
        return Policy(self.get_non_preflight_request_config(request))
