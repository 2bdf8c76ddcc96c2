"""A router adapter of the user's own, asked by its six methods as a `Registry` is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.hdrs import ORIGIN

from .abc import AbstractRouterAdapter
from .layers import Layers
from .memory import Memory
from .protocol.answers import Answers
from .protocol.policy import Layer, Policy
from .registry import Handler
from .routing import Served, ServingRoutes


class AdapterRegistry:
    """As much of a `Registry` as the six methods of *adapter* tell; it remembers nothing."""

    is_empty = False
    is_without_origins = False
    added: Mapping[web.AbstractResource, Layer] = MappingProxyType({})

    def __init__(self, adapter: AbstractRouterAdapter, router: web.UrlDispatcher) -> None:
        self._adapter = adapter
        self.layers = Layers()
        self.memory = Memory(ServingRoutes(router))

    def add_preflight_route(self, entity: Any, handler: Handler) -> None:
        """Let *handler* answer OPTIONS requests of *entity*."""
        self._adapter.add_preflight_handler(entity, handler)

    def add(self, entity: Any, layer: Layer) -> None:
        """Put *entity* under CORS with *layer*."""
        self._adapter.set_config_for_routing_entity(entity, layer)

    def policy_for(self, request: web.Request) -> Policy | None:
        """The policy of an actual request; `None` for a preflight, and for one without CORS."""
        adapter = self._adapter
        if adapter.is_preflight_request(request) or not self.is_under_cors(request):
            return None
        return Policy(adapter.get_non_preflight_request_config(request))

    def is_under_cors(self, request: web.Request) -> bool:
        """True where something of the resource that serves *request* is under CORS."""
        return self._adapter.is_cors_enabled_on_request(request)

    def is_added(self, resource: web.AbstractResource) -> bool:
        """False: what was added is known to the adapter alone."""
        return False

    def excludes_app(self, app: web.Application) -> bool:
        """False: nothing can be taken out."""
        return False

    def is_excluded(self, request: web.Request) -> bool:
        """False: nothing can be taken out."""
        return False

    def examine_views(self) -> None:
        """Leave them to the adapter."""

    def keep_answers(self, request: web.Request, method: str, answers: Answers) -> Answers:
        """*answers*, which are not kept."""
        return answers

    async def find(self, request: web.Request, method: str) -> Served:
        """Nothing but the applications of *request*: the adapter finds the route itself."""
        return Served(None, request.match_info.apps)

    async def policy_of_served(
        self, request: web.Request, served: Served, method: str
    ) -> Policy | None:
        """The policy of what a preflight *request* with *method* asks about, or `None`."""
        try:
            config = await self._adapter.get_preflight_request_config(
                request, request.headers[ORIGIN], method
            )
        except KeyError:
            return None
        return Policy(config)

    def keeps_preflights(self, request: web.Request, served: Served) -> bool:
        """True where preflights are left to whatever answers them."""
        return not self.is_under_cors(request)

    async def methods(self, request: web.Request) -> list[str]:
        """Those at the URL of *request*, of which nothing is known."""
        return []
