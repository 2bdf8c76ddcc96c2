"""The CORS of one application: what is under it, and how its responses get their headers."""

from __future__ import annotations

import logging
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.hdrs import METH_OPTIONS, ORIGIN, VARY

from .abc import AbstractRouterAdapter
from .app_key import APP_CONFIG_KEY, configs_of, deciding_config
from .mixin import CorsViewMixin
from .preflight_handler import (
    _PreflightHandler,
    asked_by,
    find_grant,
    gets_preflights,
    is_preflight,
    is_preflight_handler,
    send_refusal,
)
from .protocol import diagnostics
from .protocol.diagnostics import shown
from .protocol.origins import WILDCARD
from .protocol.policy import Inquiry, Options, OriginKey, Policy
from .protocol.preflights import SAFELISTED_METHODS, Preflight, RefusedAnswer
from .protocol.resource_options import ResourceOptions
from .protocol.responses import VARY_ORIGIN, Grant, allow_actual, extend_vary
from .resource_policies import NOTHING
from .route_policies import FunctionPolicies, RoutePolicies
from .routing import sub_application, sub_applications, view_of
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter
from .whole_application import PreflightFirstRouterAdapter, WholeApplicationRouterAdapter

logger = logging.getLogger("aiohttp_cors")

# Stands for what is not known yet of a route.
_UNKNOWN: RoutePolicies = FunctionPolicies(None)

_Entity = TypeVar("_Entity", bound=web.AbstractRoute | web.AbstractResource)
_Excludable = TypeVar(
    "_Excludable", bound=web.AbstractRoute | web.AbstractResource | web.Application
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Receiver = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


class CorsConfig(_PreflightHandler):
    """The CORS of an application; made by :func:`aiohttp_cors.setup`.

    :param app: the application, before it has started.
    :param defaults: origin key -> options, below those of routes and resources.
    :param router_adapter: for another router than aiohttp's own.
    :param everywhere: put every route of the application and of its sub-applications under CORS,
        and the router's own errors. Implies *preflight_first*.
    :param preflight_first: answer preflights before any middleware of the application runs: they
        carry no credentials, so that authentication would always refuse them.
    :param debug: let a refused preflight carry what the browser's console needs to name the cause.
    :raises ValueError: for a wrong configuration.
    :raises RuntimeError: where *app* has started, or is a sub-application already.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        defaults: Mapping[Any, Options] | None = None,
        router_adapter: AbstractRouterAdapter | None = None,
        everywhere: bool = False,
        preflight_first: bool | None = None,
        debug: bool = False,
    ) -> None:
        if everywhere and preflight_first is False:
            raise ValueError("everywhere=True implies preflight_first=True; leave the latter out")
        if app.on_response_prepare.frozen:
            raise RuntimeError(
                "call aiohttp_cors.setup(app) before app starts, and before it becomes a "
                "sub-application with add_subapp()"
            )
        self._app = app
        self.debug = debug
        #: Whether preflights are answered before any middleware runs.
        self.answers_first = everywhere or bool(preflight_first)
        self.adapter: AbstractRouterAdapter = router_adapter or _adapter(
            app.router, defaults, everywhere=everywhere, preflight_first=self.answers_first
        )
        self._preflight_policies = self.adapter.preflight_policies
        #: The policy of an actual request; `None` for a preflight, and for one without CORS.
        self.policy_for: Callable[[web.Request], Policy | None] = self.adapter.policy_for
        # One bound method for all routes, rather than one for each.
        self._handler = self._preflight_handler
        self._excluded_apps: tuple[web.Application, ...] = ()
        # Whether other configs, or applications that were taken out, may serve the same requests.
        self._is_nested = False
        self._warned_routes: set[web.AbstractRoute] = set()
        app.on_response_prepare.append(self._receiver())
        app.on_startup.append(self._on_startup)
        if self.answers_first:
            app.middlewares.insert(0, self._answer_preflights_first)

    # -- configuration ------------------------------------------------------------------------

    @property
    def defaults(self) -> Defaults:
        """Origin key -> options, below those of routes and resources.

        Assigning another mapping, and changing this one, take effect at once.
        """
        return Defaults(self._own_adapter)

    @defaults.setter
    def defaults(self, config: Mapping[Any, Options]) -> None:
        self._own_adapter.defaults = config

    @property
    def _own_adapter(self) -> ResourcesUrlDispatcherRouterAdapter:
        if not isinstance(self.adapter, ResourcesUrlDispatcherRouterAdapter):
            raise TypeError(f"{self.adapter!r} has defaults of its own")
        return self.adapter

    def add(
        self,
        routing_entity: _Entity,
        config: Mapping[Any, Options] | None = None,
        webview: bool = False,
    ) -> _Entity:
        """Put a route or a resource under CORS, and return it.

        :param routing_entity: what `app.router.add_route()` and its like return.
        :param config: origin key -> :class:`ResourceOptions`, above the defaults.
        :param webview: not needed any more.
        :raises ValueError: for something that is neither, for a config of a wrong type, where it
            was added before with another config, and where its preflights would go to a handler
            that does not know of CORS (unless *preflight_first* is set).

        >>> from aiohttp import web
        >>> app = web.Application()
        >>> cors = CorsConfig(app, defaults={"https://app.example": ResourceOptions()})
        >>> resource = cors.add(app.router.add_resource("/items"))
        """
        if webview:
            diagnostics.warn_deprecated("webview=True is not needed: views are recognised")
        layer = NOTHING if config is None else self.adapter.compile(config)
        self.adapter.add_preflight_handler(routing_entity, self._handler)
        self.adapter.set_config_for_routing_entity(routing_entity, layer)
        return routing_entity

    def exclude(self, routing_entity: _Excludable) -> _Excludable:
        """Take a route, a resource or a sub-application out of ``everywhere``, and return it.

        Its responses get no header, and its preflights are left to whatever answers them.

        :param routing_entity: what `add_route()` and its like return; for a sub-application, what
            `add_subapp()` returns, or the application itself.
        :raises ValueError: for something else, and for what was added.
        """
        app = _sub_application(routing_entity)
        if app is not None:
            self._excluded_apps = (*self._excluded_apps, app)
            self.share_requests()
        else:
            entity: Any = routing_entity  # what is none is refused there
            self._own_adapter.exclude(entity)
        return routing_entity

    @property
    def is_idle(self) -> bool:
        """True where nothing is under this CORS, nor waits behind it for its preflights."""
        if not isinstance(self.adapter, ResourcesUrlDispatcherRouterAdapter):
            return False
        return self.adapter.is_empty and not (self.answers_first and self._is_nested)

    def share_requests(self) -> None:
        """Know that another config, or none, may decide on requests of a sub-application."""
        self._is_nested = True

    def covers(self, request: web.Request) -> bool:
        """True where the route that serves *request* is under this CORS."""
        if self._app not in request.match_info.apps:
            return False
        if self._is_nested and self._leaves(request):
            return False
        if request.method != METH_OPTIONS:
            return self.policy_for(request) is not None
        # A preflight asks about another route, of the same resource as far as is known here.
        return self.adapter.is_cors_enabled_on_request(request)

    def policy_of_view(self, view: type, request: web.Request, method: str) -> Policy:
        """The policy of *method* of *view*: of its own options, its route's and the defaults."""
        return self._own_adapter.policy_of_view(view, request.match_info.route, method)

    async def is_origin_allowed(self, request: web.Request) -> bool:
        """Whether the page that sends *request* may: for WebSockets, which browsers do not guard.

        True without ``Origin`` (no browser, or a same-origin GET), for the request's own origin
        (as `request.url` has it), and for those that have options for the route.
        """
        origin = request.headers.get(ORIGIN)
        if origin is None or origin == _own_origin(request):
            return True
        config = deciding_config(request) or self
        policy = config.policy_for(request) if config.covers(request) else None
        return policy is not None and await find_grant(policy, Inquiry(origin, request)) is not None

    # -- actual requests ----------------------------------------------------------------------

    def _receiver(self) -> _Receiver:
        """What gives responses their headers: a function, since a method costs more to call."""
        # A look-up here is all that a response without CORS costs.
        policies_by_route = self.adapter.policies_by_route

        async def receive(request: web.Request, response: web.StreamResponse) -> None:
            found = policies_by_route.get(request.match_info.route, _UNKNOWN)
            if found is None:
                return
            look_up = found.look_up
            if look_up is None or self._is_nested:
                policy = found if type(found) is Policy else self._choose(request, response, found)
                if policy is None or (self._is_nested and self._leaves(request)):
                    return
                if policy.constant is not None:
                    allow_actual(response.headers, WILDCARD, policy.constant)
                    return
                # Predicates may fail, and so they are asked before the first header is written.
                look_up = policy.look_up or await policy.ask(_inquiry(request))
            headers = response.headers
            origin = request.headers.get(ORIGIN, "")  # which is no origin, and is granted nothing
            grant = look_up(origin)
            if headers.setdefault(VARY, VARY_ORIGIN) != VARY_ORIGIN:
                extend_vary(headers)
            if grant is not None:
                allow_actual(headers, origin, grant)

        return receive

    def _choose(
        self, request: web.Request, response: web.StreamResponse, found: RoutePolicies
    ) -> Policy | None:
        """The policy of a route that has more than one, or is not known yet."""
        method = request.method
        policy = self.policy_for(request) if found is _UNKNOWN else found.actual(method)
        if method != METH_OPTIONS or (policy is not None and not is_preflight(request)):
            return policy
        if response.status >= 400:
            self._look_at_refusal(request, response)
        return None

    def _leaves(self, request: web.Request) -> bool:
        """True where a sub-application, which serves *request*, decides for itself."""
        inner = self._inner_apps(request)
        configs = [app[APP_CONFIG_KEY] for app in inner if APP_CONFIG_KEY in app]
        return self.stays_out(request) or any(config.covers(request) for config in configs)

    def stays_out(self, request: web.Request) -> bool:
        """True where the sub-application was taken out, or has a config of its own."""
        inner = self._inner_apps(request)
        if any(app is excluded for app in inner for excluded in self._excluded_apps):
            return True
        return any(APP_CONFIG_KEY in app for app in inner) and not self._was_added(request)

    def _inner_apps(self, request: web.Request) -> Sequence[web.Application]:
        apps = request.match_info.apps
        return apps[apps.index(self._app) + 1 :]

    def _was_added(self, request: web.Request) -> bool:
        resource = request.match_info.route.resource
        if resource is None or not isinstance(self.adapter, ResourcesUrlDispatcherRouterAdapter):
            return False
        return self.adapter.is_cors_for_resource(resource)

    # -- preflights ---------------------------------------------------------------------------

    #: The answer to a preflight of a route under this CORS.
    answer_preflight = _PreflightHandler._preflight_handler  # noqa: SLF001 - its base class

    def remembered_answer(self, request: web.Request) -> web.Response | None:
        """The answer to *request*, where the same has been asked before."""
        asked = asked_by(request)
        method = asked[1] or ""
        found = self._preflight_policies.get((request.match_info.route, method))
        if found is None or self._is_nested:
            return None
        policy = found if type(found) is Policy else found.actual(method)
        answer = None if policy is None else policy.answered.get(asked)
        if answer is None:
            return None
        if isinstance(answer, RefusedAnswer):
            return send_refusal(request, answer)
        return web.Response(headers=answer)

    # It is the adapter's coroutine, rather than one more around it.
    def _get_config(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: web.Request, origin: str, request_method: str
    ) -> Coroutine[Any, Any, Mapping[OriginKey, ResourceOptions]]:
        if self._is_nested:
            return self._innermost_config(request, origin, request_method)
        return self.adapter.get_preflight_request_config(request, origin, request_method)

    async def _innermost_config(
        self, request: web.Request, origin: str, method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        """As `_get_config`, of the innermost config that has *method* enabled."""
        refused: KeyError | None = None
        for config in configs_of(request) or [self]:
            if not config.stays_out(request):
                try:
                    return await config.adapter.get_preflight_request_config(
                        request, origin, method
                    )
                except KeyError as error:
                    refused = refused or error
        raise refused or KeyError(method)

    async def _further_methods(
        self, request: web.Request, preflight: Preflight, inquiry: Inquiry, grant: Grant
    ) -> Sequence[str]:
        candidates = {*await self.adapter.methods_at(request)}
        candidates.update(grant.options.allow_methods or ())
        methods = []
        for method in sorted(candidates - SAFELISTED_METHODS - {WILDCARD, preflight.method}):
            other = Preflight(preflight.origin, method, preflight.headers)
            if await self._would_grant(request, other, inquiry, grant):
                methods.append(method)
        return methods

    async def _would_grant(
        self, request: web.Request, other: Preflight, inquiry: Inquiry, grant: Grant
    ) -> bool:
        """True where *other* gets all that the answer with *grant* lets a browser keep."""
        try:
            config = await self._get_config(request, other.origin, other.method)
        except KeyError:
            return False
        policy = config if isinstance(config, Policy) else Policy(config)
        found = await find_grant(policy, inquiry)
        if found is None or grant.options.allow_credentials > found.options.allow_credentials:
            return False
        return all(map(found.options.is_header_allowed, other.headers))

    @web.middleware
    async def _answer_preflights_first(
        self, request: web.Request, handler: _Handler
    ) -> web.StreamResponse:
        if request.method != METH_OPTIONS:
            return await handler(request)
        answer = self.remembered_answer(request)
        if answer is None:
            answer = await self._first_answer(request)
        return await handler(request) if answer is None else answer

    async def _first_answer(self, request: web.Request) -> web.Response | None:
        """The answer that comes before middlewares; `None` where that is left to others."""
        if not is_preflight(request) or _is_own_options_route(request.match_info.route):
            return None
        if self._is_nested and self._leaves(request):
            return await self._first_answer_within(request)
        return await self._answer(request) if await self._answers(request) else None

    async def _first_answer_within(self, request: web.Request) -> web.Response | None:
        """That of the sub-application which decides for itself, if it is to come first there, too.

        This application's middlewares would refuse it before.
        """
        excluded = self._excluded_apps
        inner = self._inner_apps(request)
        app = next(app for app in inner if app in excluded or APP_CONFIG_KEY in app)
        config = None if app in excluded else app[APP_CONFIG_KEY]
        if config is None or not config.answers_first:
            return None
        return await config._first_answer(request)  # noqa: SLF001 - its own class

    async def _answers(self, request: web.Request) -> bool:
        if not isinstance(self.adapter, ResourcesUrlDispatcherRouterAdapter):
            return self.adapter.is_cors_enabled_on_request(request)
        return await self.adapter.answers_preflight(request)

    def _look_at_refusal(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell, once per route, that something else refuses the preflights of a CORS route."""
        if self.answers_first or not is_preflight(request):
            return
        route = request.match_info.route
        if gets_preflights(route) or not self.adapter.is_preflight_request(request):
            return
        if self.covers(request) and route not in self._warned_routes:
            self._warned_routes.add(route)
            logger.warning(
                "a preflight of %s was answered with status %d before it got to the CORS of its "
                "route, so that browsers refuse the request that would follow; "
                "aiohttp_cors.setup(app, preflight_first=True) answers preflights before "
                "middlewares run",
                shown(request.path),
                response.status,
            )

    # -- start --------------------------------------------------------------------------------

    async def _on_startup(self, app: web.Application) -> None:
        for inner in sub_applications(app):
            config = inner.get(APP_CONFIG_KEY)
            if config is not None:
                self.share_requests()
                config.share_requests()
        if isinstance(self.adapter, ResourcesUrlDispatcherRouterAdapter):
            self.adapter.examine_views()
        if self.answers_first and app.middlewares[0] != self._answer_preflights_first:
            logger.warning(
                "a middleware was put in front of that of aiohttp_cors, so that it gets the "
                "preflights first; call aiohttp_cors.setup() later"
            )
        if self.is_idle:
            logger.warning(
                "aiohttp_cors.setup() was called, but nothing is under CORS: add routes with "
                "cors.add(route), or say setup(app, defaults=..., everywhere=True)"
            )


def _adapter(
    router: web.UrlDispatcher,
    defaults: Mapping[Any, Options] | None,
    *,
    everywhere: bool,
    preflight_first: bool,
) -> ResourcesUrlDispatcherRouterAdapter:
    if everywhere:
        return WholeApplicationRouterAdapter(router, defaults)
    if preflight_first:
        return PreflightFirstRouterAdapter(router, defaults)
    return ResourcesUrlDispatcherRouterAdapter(router, defaults)


class Defaults(MutableMapping[OriginKey, ResourceOptions]):
    """The defaults of an application, to read and to change: a mapping that is used as a dict is.

    Each change takes effect at once.
    """

    def __init__(self, adapter: ResourcesUrlDispatcherRouterAdapter) -> None:
        self.adapter = adapter

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As `dict.update`, at once."""
        self.adapter.defaults = {**self, **dict(*args, **kwargs)}

    def copy(self) -> dict[OriginKey, ResourceOptions]:
        """A plain dict of the same, which may be changed by itself."""
        return dict(self)

    def __or__(self, other: Mapping[OriginKey, Any]) -> dict[OriginKey, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[OriginKey, Any]) -> dict[OriginKey, Any]:
        return {**other, **self}

    def __ior__(self, other: Mapping[OriginKey, Any]) -> Defaults:
        self.update(other)
        return self

    def __getitem__(self, key: OriginKey) -> ResourceOptions:
        return self.adapter.defaults[key]

    def __setitem__(self, key: OriginKey, options: Options) -> None:
        self.adapter.defaults = {**self, key: options}

    def __delitem__(self, key: OriginKey) -> None:
        kept = dict(self)
        del kept[key]
        self.adapter.defaults = kept

    def __iter__(self) -> Iterator[OriginKey]:
        return iter(self.adapter.defaults)

    def __len__(self) -> int:
        return len(self.adapter.defaults)

    def __repr__(self) -> str:
        return repr(dict(self))


def _sub_application(entity: object) -> web.Application | None:
    if isinstance(entity, web.Application):
        return entity
    return sub_application(entity) if isinstance(entity, web.AbstractResource) else None


def _is_own_options_route(route: web.AbstractRoute) -> bool:
    """True for an OPTIONS handler, or a view's `options`, that the application brings itself."""
    if route.method == METH_OPTIONS:
        return not is_preflight_handler(route.handler)
    options = getattr(view_of(route), "options", None)
    return options is not None and options is not CorsViewMixin.options


def _inquiry(request: web.Request) -> Inquiry:
    return Inquiry(request.headers.get(ORIGIN, ""), request)


def _own_origin(request: web.Request) -> str | None:
    try:
        return str(request.url.origin())
    except ValueError:  # a Host that is none
        return None
