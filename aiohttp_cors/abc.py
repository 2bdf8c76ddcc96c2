"""What the library asks of a router."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from .protocol.policy import OriginKey
from .protocol.resource_options import ResourceOptions

OriginConfig = Mapping[OriginKey, ResourceOptions]
PreflightHandlerFunction = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AbstractRouterAdapter(metaclass=ABCMeta):
    """Which requests are under CORS, and with which policy; one per kind of router."""

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
