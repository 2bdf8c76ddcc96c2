"""The CORS of one application: what is under it, and how its responses get their headers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.hdrs import (
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_METHOD,
    COOKIE,
    METH_OPTIONS,
    ORIGIN,
    VARY,
)
from aiosignal import Signal

from .abc import AbstractRouterAdapter
from .bridge import AdapterRegistry
from .defaults import Defaults
from .handlers import leaves_options
from .preflight_handler import (
    _PreflightHandler,
    is_preflight_handler,
    log_refused,
)
from .protocol import diagnostics
from .protocol.answers import Answer, Answers, Asked
from .protocol.diagnostics import CorsConfigWarning, Finding, shown
from .protocol.pages import Sender
from .protocol.policy import Inquiry, Options, Policy
from .protocol.preflights import SAFELISTED_METHODS, Preflight
from .protocol.refusals import Refused, refuse_method, refuse_origin, refuse_protected
from .protocol.responses import VARY_ORIGIN, allow_actual, extend_vary
from .registry import Registry, taken_error
from .reporting import Reporter
from .requests import (
    asked_by,
    field,
    inquiry_of,
    is_preflight,
    may_change_something,
    sender_of_request,
)
from .routing import Served, has_route, sub_application, sub_applications
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

logger = logging.getLogger("aiohttp_cors")

# Stands for the policy of what has more than one, or is not known yet.
_UNKNOWN = Policy()
_UNKNOWN.look_up = None

_LEVELS = {"preflight": logging.INFO, "actual": logging.DEBUG, "protected": logging.INFO}

_Entity = TypeVar("_Entity", bound=web.AbstractRoute | web.AbstractResource)
_Excludable = TypeVar(
    "_Excludable", bound=web.AbstractRoute | web.AbstractResource | web.Application
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Forbidden(web.Response):
    """The answer to what *protect* refuses, which has all its headers."""


class CorsConfig(_PreflightHandler):
    """The CORS of an application; made by :func:`aiohttp_cors.setup`.

    :param app: the application, before it has started.
    :param defaults: origin key -> options, below those of routes and resources.
    :param router_adapter: for another router than aiohttp's own.
    :param everywhere: put every route of the application and of its sub-applications under CORS,
        and the router's own errors. Implies *preflight_first*.
    :param preflight_first: answer preflights before any middleware of the application runs: they
        carry no credentials, so that authentication would always refuse them.
    :param protect: refuse what pages of other sites send that may change something, and their
        WebSockets, unless their origin has options for the route.
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
        protect: bool = False,
        debug: bool = False,
    ) -> None:
        if everywhere and preflight_first is False:
            raise ValueError("everywhere=True implies preflight_first=True; leave the latter out")
        if not hasattr(app, "on_response_prepare"):
            raise ValueError(f"write setup(app) for an aiohttp.web.Application, not {app!r}")
        if app.on_response_prepare.frozen is True:  # rather than a stand-in's attribute
            raise RuntimeError(
                "call aiohttp_cors.setup(app) before app starts, and before it becomes a "
                "sub-application with add_subapp()"
            )
        self._app = app
        self.debug = debug
        #: Whether all routes are under CORS, added or not.
        self.is_everywhere = everywhere
        #: Whether preflights are answered before any middleware runs.
        self.answers_first = everywhere or bool(preflight_first)
        #: Whether requests of foreign pages are refused that may change something.
        self.protects = protect
        #: Receivers ``async def receive(request, refused)`` of each :class:`Refused` request.
        self.on_refused: Signal[web.Request, Refused] = Signal(self)
        self._reporter = Reporter(self.on_refused)
        self.registry, self._router_adapter = _registry(
            app.router, defaults, router_adapter, everywhere=everywhere
        )
        # One bound method for all routes, rather than one for each.
        self._handler = self._preflight_handler
        # Whether other configs, or applications that were taken out, may serve the same requests.
        self._is_nested = False
        self._has_warned = False
        # For what turns out wrong at the start.
        self._place = diagnostics.place_of_caller()
        app.on_response_prepare.append(self._receiver())
        app.on_startup.append(self._on_startup)
        app.on_cleanup.append(self._reporter.finish)
        if self.answers_first or protect:
            app.middlewares.insert(0, self._come_first)

    @property
    def _cors_impl(self) -> CorsConfig:
        """What tests of programs look for the adapter in."""
        return self

    # -- configuration ------------------------------------------------------------------------

    @property
    def defaults(self) -> Defaults:
        """Origin key -> options, below those of routes and resources.

        Assigning another mapping, and changing this one, take effect at once.
        """
        return Defaults(self._own_registry)

    @defaults.setter
    def defaults(self, config: Mapping[Any, Options]) -> None:
        self._own_registry.defaults = config

    @property
    def _own_registry(self) -> Registry:
        if not isinstance(self.registry, Registry):
            raise TypeError(f"{self._router_adapter!r} has defaults of its own")
        return self.registry

    def add(
        self,
        routing_entity: _Entity,
        config: Mapping[Any, Options] | None = None,
        webview: bool = False,
        *,
        inherit: bool = True,
    ) -> _Entity:
        """Put a route or a resource under CORS, and return it.

        :param routing_entity: what `app.router.add_route()` and its like return.
        :param config: origin key -> :class:`ResourceOptions`, above the defaults.
        :param webview: not needed any more.
        :param inherit: whether what is less specific counts too, the defaults among it; without, a
            route can be for fewer origins than the others are.
        :raises ValueError: for something that is neither, for a config of a wrong type, where it
            was added before with another config, and where its preflights would go to a handler
            that does not know of CORS (unless *preflight_first* is set).

        >>> from aiohttp_cors import ResourceOptions
        >>> app = web.Application()
        >>> cors = CorsConfig(app, defaults={"https://app.example": ResourceOptions()})
        >>> resource = cors.add(app.router.add_resource("/items"))
        """
        if webview:
            diagnostics.warn_deprecated("webview=True is not needed: views are recognised")
        entity: Any = routing_entity  # what is none is refused there
        layer = self.registry.layers.of({} if config is None else config, inherit=inherit)
        taken = self.registry.add_preflight_route(entity, self._handler)
        if taken is not None and not self.answers_first:
            raise taken_error(taken)
        self.registry.add(entity, layer)
        return routing_entity

    def exclude(self, routing_entity: _Excludable) -> _Excludable:
        """Take a route, a resource or a sub-application out, and return it.

        Its responses get no header, its preflights are left to whatever answers them, and *protect*
        does not hold for it.

        :param routing_entity: what `add_route()` and its like return; for a sub-application, what
            `add_subapp()` returns, or the application itself.
        :raises ValueError: for something else, and for what was added.
        """
        app = _sub_application(routing_entity)
        if app is not None:
            self.share_requests()
            self._own_registry.exclude_app(app)
        else:
            entity: Any = routing_entity  # what is none is refused there
            self._own_registry.exclude(entity)
        return routing_entity

    def share_requests(self) -> None:
        """Know that another config, or none, may decide on requests of a sub-application."""
        self._is_nested = True

    # -- which of several configs decides -----------------------------------------------------

    def covers(self, request: web.Request) -> bool:
        """True where the route that serves *request* is under this CORS."""
        if self._app not in request.match_info.apps or not self._decides(request):
            return False
        if request.method != METH_OPTIONS:
            return self.registry.policy_for(request) is not None
        # A preflight asks about another route, of the same resource as far as is known here.
        return self.registry.is_under_cors(request)

    def _decides(self, request: web.Request) -> bool:
        """True where no sub-application, which serves *request*, decides for itself."""
        if not self._is_nested:
            return True
        match = request.match_info
        inner = [app[APP_CONFIG_KEY] for app in self._within(match.apps) if APP_CONFIG_KEY in app]
        if self.stays_out(match.apps, match.route.resource):
            return False
        return not any(config.covers(request) for config in inner)

    def stays_out(
        self, apps: Sequence[web.Application], resource: web.AbstractResource | None
    ) -> bool:
        """True where the innermost of *apps* was taken out, or has a config of its own."""
        inner = self._within(apps)
        if any(self.registry.excludes_app(app) for app in inner):
            return True
        is_added = resource is not None and self.registry.is_added(resource)
        return not is_added and any(APP_CONFIG_KEY in app for app in inner)

    def _within(self, apps: Sequence[web.Application]) -> Sequence[web.Application]:
        return apps[apps.index(self._app) + 1 :]

    def _in_turn(
        self, apps: Sequence[web.Application], resource: web.AbstractResource | None
    ) -> list[CorsConfig]:
        """The configs that may decide on *resource* within *apps*, the innermost first."""
        if not self._is_nested:
            return [self] if self._app in apps else []
        found = (app.get(APP_CONFIG_KEY, self if app is self._app else None) for app in apps[::-1])
        configs = [config for config in found if config is not None]
        return [config for config in configs if not config.stays_out(apps, resource)]

    # -- actual requests ----------------------------------------------------------------------

    def _receiver(self) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
        """What gives responses their headers: a function, since a method costs more to call."""
        # A look-up here is all that a response without CORS costs.
        known = self.registry.memory.by_route
        receivers, is_logged = self.on_refused, logger.isEnabledFor

        async def receive(request: web.Request, response: web.StreamResponse) -> None:
            policy = known.get(request.match_info.route, _UNKNOWN)
            if policy is None or type(response) is Forbidden:
                return
            look_up, inquiry = policy.look_up, None
            if look_up is None or self._is_nested:
                policy = self._policy_of(request, response, policy)
                if policy is None:
                    return
                if policy.constant is not None:
                    allow_actual(response.headers, "", policy.constant)
                    return
                # Predicates may fail, and so they are asked before the first header is written.
                look_up = policy.look_up
                if look_up is None:
                    inquiry = inquiry_of(request)
                    look_up = await policy.ask(inquiry)
            headers = response.headers
            # Several lines are one value, which is no site's; none is granted nothing.
            origin = ", ".join(request.headers.getall(ORIGIN, ()))
            grant = look_up(origin)
            if headers.setdefault(VARY, VARY_ORIGIN) != VARY_ORIGIN:
                extend_vary(headers)
            if grant is not None:
                allow_actual(headers, origin, grant)
            elif origin and (receivers or is_logged(logging.DEBUG)):
                inquiry = inquiry or inquiry_of(request)
                await self._look_at_unreadable(request, response, policy, inquiry)

        return receive

    def _policy_of(
        self, request: web.Request, response: web.StreamResponse, known: Policy
    ) -> Policy | None:
        """The policy by which *response* gets its headers, `None` where it gets none here."""
        is_options = request.method == METH_OPTIONS
        if not self._is_nested:
            if known is not _UNKNOWN:
                return known
            kept = self.registry.memory.policy_of(request)
            if kept is not None and (kept[1] is None or not is_options):
                return kept[1]
        if is_options and _is_for_library(request):
            self._look_at_preflight(request, response)
            return None
        return self.registry.policy_for(request) if self._decides(request) else None

    async def _look_at_unreadable(
        self,
        request: web.Request,
        response: web.StreamResponse,
        policy: Policy,
        inquiry: Inquiry,
    ) -> None:
        """Tell whoever wants to know that a page may not read *response*."""
        if ACCESS_CONTROL_ALLOW_ORIGIN in response.headers:
            return
        if sender_of_request(request) is not Sender.OWN_PAGE:
            self.tell_of(request, await _refuse_actual(policy, inquiry, request.method))

    async def is_origin_allowed(self, request: web.Request) -> bool:
        """Whether the page that sends *request* may: for WebSockets, which browsers do not guard.

        True without ``Origin``, for the application's own pages, and for those that have options
        for the route; for a preflight, where they have them for what it asks about.
        """
        if field(ORIGIN, request.headers) is None:
            return True
        if sender_of_request(request) is Sender.OWN_PAGE:
            return True
        if is_preflight(request):
            method = request.headers[ACCESS_CONTROL_REQUEST_METHOD]
            policy = await self._policy_asked_about(request, method)
        else:
            policy = self._deciding_policy(request)
        grant = None if policy is None else await policy.grant_by(inquiry_of(request))
        return grant is not None and not grant.withholds_credentials

    def _deciding_policy(self, request: web.Request) -> Policy | None:
        """The policy of the actual request *request*, from the config that decides on it."""
        match = request.match_info
        for config in self._in_turn(match.apps, match.route.resource):
            if config.covers(request):
                return config.registry.policy_for(request)
        return None

    # -- preflights ---------------------------------------------------------------------------

    async def _policy_asked_about(self, request: web.Request, method: str) -> Policy | None:
        """The policy of what a preflight asks about, from the innermost config that has one."""
        served = await self.registry.find(request, method)
        return await self._policy_of_served(request, served, method)

    async def _policy_of_served(
        self, request: web.Request, served: Served, method: str
    ) -> Policy | None:
        resource = (served.route or request.match_info.route).resource
        for config in self._in_turn(served.apps, resource):
            policy = await config.registry.policy_of_served(request, served, method)
            if policy is not None:
                return policy
        return None

    #: The answer to a preflight of a route under this CORS.
    answer_preflight = _PreflightHandler._preflight_handler  # noqa: SLF001 - its base class

    def policy_of_view(self, view: type, request: web.Request, method: str) -> Policy:
        """The policy of *method* of *view*: of its own options, its route's and the defaults."""
        route = request.match_info.route if has_route(request) else None
        return self._own_registry.policy_of_view(view, route, method)

    def _given_answer(self, request: web.Request, asked: Asked) -> Answer | None:
        return None if self._is_nested else self.registry.memory.given_answer(request, asked)

    def respond_again(self, request: web.Request) -> web.Response | None:
        """The response to the preflight *request*, where the same has been asked before."""
        answer = self._given_answer(request, asked_by(request))
        return None if answer is None else self._respond(request, answer)

    async def _answer(self, request: web.Request, asked: Asked) -> Answer:
        self.registry.memory.pass_over(request)
        return await super()._answer(request, asked)

    async def _answers(self, request: web.Request, preflight: Preflight) -> Answers:
        method = preflight.method
        policy = await self._policy_asked_about(request, method)
        others: tuple[tuple[str, Policy], ...] = ()
        if self.debug or method not in SAFELISTED_METHODS:
            others = await self._other_policies(request, method, policy)
        answers = Answers(policy, others)
        if policy is None or self._is_nested:
            return answers
        return self.registry.keep_answers(request, method, answers)

    async def _other_policies(
        self, request: web.Request, method: str, policy: Policy | None
    ) -> tuple[tuple[str, Policy], ...]:
        """Those of the other methods at the URL that is asked about, sorted by method."""
        methods = {*await self.registry.methods(request)}
        if policy is not None:
            methods |= policy.named_methods
        found: list[tuple[str, Policy]] = []
        for other in sorted(methods - {method}):
            if self.debug or other not in SAFELISTED_METHODS:
                served = await self.registry.find(request, other)
                policy = await self._policy_of_served(request, served, other)
                if policy is not None and not self.registry.keeps_preflights(request, served):
                    found.append((other, policy))
        return tuple(found)

    def _look_at_preflight(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell, once, that something else refuses the preflights of a CORS route."""
        if self.answers_first or self._has_warned:
            return
        if response.status < 400 or not is_preflight(request) or not self.covers(request):
            return
        if self.registry.memory.passes_over(request):
            return
        self._has_warned = True
        logger.warning(
            "a preflight of %s was answered with status %d before it got to the CORS of its "
            "route, so that browsers refuse the request that would follow; "
            "aiohttp_cors.setup(app, preflight_first=True) answers preflights before "
            "middlewares run; where that is meant, nothing is to be done",
            shown(request.path),
            response.status,
        )

    # -- before all middlewares ---------------------------------------------------------------

    @web.middleware
    async def _come_first(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        answer: web.Response | None = None
        if request.method == METH_OPTIONS:
            answer = await self._first_answer(request) if self.answers_first else None
        elif self.protects and may_change_something(request):
            answer = await self._protected_answer(request)
        return await handler(request) if answer is None else answer

    async def _first_answer(self, request: web.Request) -> web.Response | None:
        """The answer that comes before middlewares; `None` where that is left to others."""
        response = self.respond_again(request)
        if response is not None or not is_preflight(request):
            return response
        if not self._decides(request):
            return await self._first_answer_within(request)
        method = request.headers[ACCESS_CONTROL_REQUEST_METHOD]
        served = await self.registry.find(request, method)
        is_within = self._app in served.apps and not any(
            map(self.registry.excludes_app, served.apps)
        )
        if not is_within or self.registry.keeps_preflights(request, served):
            return None
        return await self._preflight_handler(request)

    async def _first_answer_within(self, request: web.Request) -> web.Response | None:
        """That of the sub-application which decides for itself, if it is to come first there, too.

        This application's middlewares would refuse it before.
        """
        excludes = self.registry.excludes_app
        inner = self._within(request.match_info.apps)
        app = next(app for app in inner if excludes(app) or APP_CONFIG_KEY in app)
        config = None if excludes(app) else app[APP_CONFIG_KEY]
        if config is None or not config.answers_first:
            return None
        return await config._first_answer(request)  # noqa: SLF001 - its own class

    async def _protected_answer(self, request: web.Request) -> web.Response | None:
        """The refusal of what a foreign page sends without leave; `None` where it may pass."""
        if sender_of_request(request) is not Sender.FOREIGN_PAGE:
            return None
        if request.match_info.route.resource is None or self.registry.is_excluded(request):
            return None
        policy = self._deciding_policy(request)
        grant = None if policy is None else await policy.grant_by(inquiry_of(request))
        refused = refuse_protected(
            grant,
            field(ORIGIN, request.headers),
            request.method,
            carries_cookies=COOKIE in request.headers,
        )
        if refused is None:
            return None
        self.tell_of(request, refused)
        text = f"cross-origin request refused: {refused.message}"
        return Forbidden(status=403, text=text, headers={VARY: VARY_ORIGIN})

    def tell_of(self, request: web.Request, refused: Refused) -> None:
        """Tell the log and the receivers of `on_refused`, where they want to know."""
        level = _LEVELS[refused.kind]
        if logger.isEnabledFor(level):
            log_refused(level, request, refused)
        if self.on_refused:
            self._reporter.report(request, refused)

    # -- start --------------------------------------------------------------------------------

    async def _on_startup(self, app: web.Application) -> None:
        self.on_refused.freeze()
        inner_apps = sub_applications(app)
        for inner in inner_apps:
            config = inner.get(APP_CONFIG_KEY)
            if config is not None:
                self.share_requests()
                config.share_requests()
        self.registry.examine_views()
        for finding in self._mistakes((app, *inner_apps)):
            diagnostics.warn_at(self._place, finding)
        if app.middlewares and not _is_of_library(app.middlewares[0]) and self.answers_first:
            logger.warning(
                "a middleware was put in front of that of aiohttp_cors, so that it gets the "
                "preflights first; call aiohttp_cors.setup() later"
            )
        if self.is_idle:
            logger.warning(
                "aiohttp_cors.setup() was called, but nothing is under CORS: add routes with "
                "cors.add(route), or say setup(app, defaults=..., everywhere=True)"
            )

    def _mistakes(self, apps: Iterable[web.Application]) -> Iterator[Finding]:
        """What nobody means, as can be told now that all was said."""
        if self.is_everywhere and self.registry.is_without_origins:
            yield _NO_ORIGINS
        listed = {each for inner in apps for each in inner.router.resources()}
        for entity in self.registry.added:
            if getattr(entity, "resource", entity) not in listed:
                yield _of_another_application(entity)

    @property
    def is_idle(self) -> bool:
        """True where nothing is under this CORS, nor waits behind it for its preflights."""
        waits = (self.answers_first and self._is_nested) or self.protects
        return self.registry.is_empty and not waits


#: The key under which an application holds its config.
APP_CONFIG_KEY: web.AppKey[CorsConfig] = web.AppKey("aiohttp_cors_config", CorsConfig)


def configs_of(request: web.Request) -> list[CorsConfig]:
    """The configs of the applications that serve *request*, the innermost first."""
    found = (app.get(APP_CONFIG_KEY) for app in reversed(request.match_info.apps))
    return [config for config in found if config is not None]


def deciding_config(request: web.Request) -> CorsConfig | None:
    """The innermost config that covers the route of *request*.

    An application and its sub-applications may each have one; the outer ones leave a response
    alone that an inner one decides on.
    """
    return next((config for config in configs_of(request) if config.covers(request)), None)


_NO_ORIGINS = Finding(
    "C106",
    "everywhere=True without origins lets no page read anything",
    "write setup(app, defaults={'https://app.example': ResourceOptions()}, everywhere=True)",
    CorsConfigWarning,
)


def _of_another_application(entity: object) -> Finding:
    return Finding(
        "C107",
        f"{entity!r} was added, but it is of another application",
        "write cors.add(...) with the CorsConfig of the application that serves it",
        CorsConfigWarning,
    )


def _registry(
    router: web.UrlDispatcher,
    defaults: Mapping[Any, Options] | None,
    adapter: AbstractRouterAdapter | None,
    *,
    everywhere: bool,
) -> tuple[Registry | AdapterRegistry, AbstractRouterAdapter]:
    if adapter is None:
        registry = Registry(router, defaults, everywhere=everywhere)
        return registry, ResourcesUrlDispatcherRouterAdapter.of(registry)
    # A subclass may say itself what requests get.
    if type(adapter) is ResourcesUrlDispatcherRouterAdapter:
        return adapter.registry, adapter
    return AdapterRegistry(adapter, router), adapter


def _sub_application(entity: object) -> web.Application | None:
    if isinstance(entity, web.Application):
        return entity
    return sub_application(entity) if isinstance(entity, web.AbstractResource) else None


def _is_for_library(request: web.Request) -> bool:
    """True for an OPTIONS request that the library answers, or would, did nobody else."""
    route = request.match_info.route
    is_own = is_preflight_handler(route.handler) or leaves_options(route.handler)
    return is_own or is_preflight(request)


def _is_of_library(middleware: object) -> bool:
    return isinstance(getattr(middleware, "__self__", None), CorsConfig)


async def _refuse_actual(policy: Policy, inquiry: Inquiry, method: str) -> Refused:
    if await policy.closest_by(inquiry) is not None:
        return refuse_method("actual", inquiry.origin, method)
    return refuse_origin("actual", inquiry.origin, method, anybody=bool(policy))
