"""What is under the CORS of an application, and the policy that follows for each of its methods.

What was added is kept as it was given. All else is read from the router and from the views when
it is asked for, and what was worked out is remembered until something is added or assigned.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from inspect import getattr_static
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import hdrs, web

from .preflight_handler import _PreflightHandler, is_preflight_handler
from .protocol import diagnostics
from .protocol.answers import Answers
from .protocol.diagnostics import CorsWarning, Finding
from .protocol.policy import Layer, Options, OriginKey, Policy
from .protocol.preflights import SAFELISTED_METHODS
from .protocol.resource_options import ResourceOptions
from .routing import (
    RoutingEntity,
    ServingRoutes,
    defines,
    has_route,
    is_listed,
    resource_of,
    route_of,
    view_by,
    view_of,
)

logger = logging.getLogger("aiohttp_cors")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admits = Callable[[ResourceOptions], bool]

NOTHING = Layer({})


def covers_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options* covers *method*; GET stands for HEAD too."""
    if method == hdrs.METH_HEAD and options.is_method_allowed(hdrs.METH_GET):
        return True
    return options.is_method_allowed(method)


def leaves_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options*, if given at all, covers *method*."""
    return options.allow_methods is None or covers_method(method, options)


_Kept = tuple[type | None, object, Answers]


class Memory:
    """What was worked out; all of it is forgotten at once.

    It holds routes that the router lists, and methods that they serve: never what clients choose.
    """

    def __init__(self) -> None:
        #: Of routes that serve one method alone, for responses to be quick.
        self.by_route: dict[web.AbstractRoute, Policy | None] = {}
        #: Of other routes, by method too, with the `cors_config` of the view that it was then.
        self.by_method: dict[tuple[web.AbstractRoute, str], tuple[object, Policy | None]] = {}
        #: By the route that a preflight comes to, the method asked for, and how many routes the
        #: resource had then; with the view that serves them, if one does, and its `cors_config`.
        self.answers: dict[tuple[web.AbstractRoute, str, int], _Kept] = {}
        #: Those that are made of equal parts are one object, however many routes have them.
        self.shared: dict[tuple[object, ...], Any] = {}

    def forget(self) -> None:
        """Work everything out anew when it is asked for next."""
        for remembered in (self.by_route, self.by_method, self.answers, self.shared):
            remembered.clear()


class Registry:
    """What was added, and the one question: which policy has this method of this route?

    :param router: the application's.
    :param defaults: origin key -> options, below all others.
    :param everywhere: take every route for added.
    """

    def __init__(
        self,
        router: web.UrlDispatcher,
        defaults: Mapping[Any, Options] | None = None,
        *,
        everywhere: bool = False,
    ) -> None:
        self._router = router
        self._everywhere = everywhere
        self._layers: WeakValueDictionary[object, Layer] = WeakValueDictionary()
        self._told: set[Finding] = set()
        self._defaults = self.compile({} if defaults is None else defaults)
        self.added: dict[web.AbstractRoute | web.AbstractResource, Layer] = {}
        self.excluded: set[web.AbstractRoute | web.AbstractResource | web.Application] = set()
        #: The routes that the library added, by resource.
        self.preflight_routes: dict[web.AbstractResource, web.AbstractRoute] = {}
        self.serving = ServingRoutes(router)
        self.memory = Memory()

    # -- what is kept -------------------------------------------------------------------------

    @property
    def defaults(self) -> Layer:
        """The lowest layer of every policy."""
        return self._defaults

    @defaults.setter
    def defaults(self, config: Mapping[Any, Options]) -> None:
        self._defaults = self.compile(config)
        self.memory.forget()

    def add(self, entity: RoutingEntity, layer: Layer) -> None:
        """Put *entity* under CORS with *layer*.

        :raises ValueError: where it was added with another one, or excluded.
        """
        resource = resource_of(entity)
        if self.preflight_routes.get(resource) is entity:
            return
        self._check_not_excluded(entity)
        before = self.added.get(entity)
        if before is not None:
            _check_equal(entity, before, layer)
            return
        view = view_of(entity) if isinstance(entity, web.AbstractRoute) else None
        if view is not None:  # what is wrong with its own config is told here, too
            self.compile(getattr(view, "cors_config", None) or {})
        self.added[entity] = layer
        self.memory.forget()

    def add_preflight_route(
        self, entity: RoutingEntity, handler: Handler
    ) -> web.AbstractRoute | None:
        """Let *handler* answer OPTIONS requests of *entity*; the route that does, where another.

        :raises ValueError: where *entity* was excluded.
        """
        resource: Any = resource_of(entity)
        self._check_not_excluded(entity)
        if resource in self.preflight_routes or getattr(entity, "handler", None) == handler:
            return None
        try:
            added = _add_options_route(resource, handler)
        except RuntimeError:  # another route answers OPTIONS
            taken = route_of(resource, hdrs.METH_OPTIONS)
            if taken is None:
                raise
        else:
            self.preflight_routes[resource] = added
            return None
        if is_preflight_handler(taken.handler):  # of another CorsConfig, for the same routes
            self.preflight_routes[resource] = taken
            return None
        return None if answers_preflights(view_of(taken)) else taken

    def exclude(self, entity: RoutingEntity | web.Application) -> None:
        """Leave *entity* without CORS, whatever holds for the others.

        :raises ValueError: where it, or a part of it, was added.
        """
        if not isinstance(entity, web.Application):
            resource_of(entity)
            added = self.is_added(entity) if isinstance(entity, web.AbstractResource) else False
            if added or entity in self.added:
                raise ValueError(f"{entity!r} was added, and cannot be excluded")
        self.excluded.add(entity)
        self.memory.forget()

    def _check_not_excluded(self, entity: RoutingEntity) -> None:
        gone = {entity, resource_of(entity)}
        if isinstance(entity, web.AbstractRoute):
            gone.add(self._counterpart(entity))
        if not self.excluded.isdisjoint(gone):
            raise ValueError(f"{entity!r} was excluded, and cannot be added")

    def compile(self, config: Mapping[Any, Options], *, inherit: bool = True) -> Layer:
        """The layer of *config*, the same for equal ones; what is wrong with it is told once.

        :raises ValueError: for a key or options of a wrong type.
        """
        if type(config) is Layer and config.inherit is inherit:
            return config
        layer = Layer(config, inherit=inherit)
        if not layer and inherit:
            return NOTHING
        items = (inherit, *layer.items())
        known = self._layers.get(items)
        if known is not None:
            return known
        self._layers[items] = layer
        diagnostics.warn(self._untold(layer))
        return layer

    def _untold(self, layer: Layer) -> list[Finding]:
        findings = [finding for finding in layer.findings if finding not in self._told]
        self._told.update(findings)
        return findings

    def _compile_late(self, config: Mapping[Any, Options]) -> Layer:
        """The same while requests are served: none fails for a warning, be that an error or not."""
        try:
            return self.compile(config)
        except CorsWarning as warning:
            logger.warning("%s", warning)
            return self.compile(config)  # which tells it once

    # -- what follows -------------------------------------------------------------------------

    def policy(
        self, route: web.AbstractRoute, method: str, *, by_preflight: bool = False
    ) -> Policy | None:
        """The policy of *method* of *route*, `None` without CORS.

        It is that of an actual request, or of one that a preflight asks about.
        """
        resource = route.resource
        if resource is None or self._excludes(route):
            return None
        if self._everywhere:
            return self._limited(self._layers_of(route, method), method)
        if self._serves_added(route) and (not by_preflight or _serves(route, method)):
            return self._made_of(self._layers_of(route, method))
        if not by_preflight and resource in self.added and method in SAFELISTED_METHODS:
            return self._answered_anyway(route, resource, method)
        return self.policy_of_other(resource, method)

    def policy_of_other(self, resource: web.AbstractResource | None, method: str) -> Policy | None:
        """The policy of a *method* of *resource* that only `allow_methods` can enable.

        So it is with routes that were not added, and where no route serves the method.
        """
        if self._everywhere:
            return self._limited((self._defaults,), method)
        if resource is None or resource in self.excluded or not self.is_added(resource):
            return None
        layers = (
            self.added.get(resource, NOTHING),
            *self._naming_layers(resource),
            self._defaults,
        )
        if not any(layer.names_method(method) for layer in layers if layer.methods):
            return None
        return self._made_of(layers, covers_method, method)

    def is_added(self, resource: web.AbstractResource) -> bool:
        """True where *resource* was added, or a route of it."""
        if resource in self.added:
            return True
        return any(route in self.added for route in resource)

    def is_under_cors(self, request: web.Request) -> bool:
        """True where something of the resource that serves *request* is."""
        return self.covers(request.match_info.route.resource)

    def covers(self, resource: web.AbstractResource | None) -> bool:
        """True where something of *resource* is under CORS; `None` stands for router's errors."""
        if not self._everywhere:
            return isinstance(resource, web.AbstractResource) and self.is_added(resource)
        return resource not in self.excluded

    def is_excluded(self, request: web.Request) -> bool:
        """True where the route that serves *request* was taken out, or its application."""
        return self._excludes(request.match_info.route) or not self.excluded.isdisjoint(
            request.match_info.apps
        )

    @property
    def is_empty(self) -> bool:
        """True where nothing is under CORS."""
        return not self._everywhere and not self.added

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
        resources = self._router.resources() if self._everywhere else self.added
        for resource in resources:
            if isinstance(resource, web.AbstractResource):
                yield from (route for route in resource if not self._excludes(route))

    def _excludes(self, route: web.AbstractRoute) -> bool:
        if not self.excluded:
            return False
        return bool({route, self._counterpart(route), route.resource} & self.excluded)

    def _counterpart(self, route: web.AbstractRoute) -> web.AbstractRoute:
        """The route with which *route* goes: for that of HEAD, which aiohttp adds, GET's."""
        resource = route.resource
        if route.method != hdrs.METH_HEAD or resource is None or route in self.added:
            return route
        return route_of(resource, hdrs.METH_GET) or route

    def _serves_added(self, route: web.AbstractRoute) -> bool:
        """True where *route* was added, or is with its resource: of files, and of views."""
        if self._counterpart(route) in self.added:
            return True
        if route.resource not in self.added:
            return False
        return isinstance(route.resource, web.StaticResource) or answers_preflights(view_of(route))

    def _layers_of(self, route: web.AbstractRoute, method: str) -> tuple[Layer, ...]:
        """All that may say something of *method* of *route*, the most specific first."""
        resource: Any = route.resource
        counterpart = self._counterpart(route)
        closest = counterpart if counterpart in self.added else route
        return (
            *self._own_layers(closest.handler, method),
            self.added.get(closest, NOTHING),
            self.added.get(resource, NOTHING),
            self._defaults,
        )

    def _own_layers(self, handler: Any, method: str) -> Iterator[Layer]:
        """What *handler* says of itself: `custom_cors`, and the `cors_config` of a view."""
        view = view_by(handler)
        own = custom_config(handler if view is None else _method_of_view(view, method))
        if own is not None:
            yield self._compile_late(own)
        config = getattr(view, "cors_config", None)
        if config is not None:
            yield self._compile_late(config)

    def _naming_layers(self, resource: web.AbstractResource) -> Iterator[Layer]:
        """Of the options of added routes those that name methods: they speak for the resource."""
        for route in resource:
            if route in self.added:
                layers = [self.added[route]]
                if view_of(route) is None:
                    layers = [*self._own_layers(route.handler, route.method), *layers]
                yield from (self._naming(layer) for layer in layers if layer.methods is not None)

    def _naming(self, layer: Layer) -> Layer:
        return self._only("naming", layer, lambda options: options.allow_methods is not None)

    def _answered_anyway(
        self, route: web.AbstractRoute, resource: web.AbstractResource, method: str
    ) -> Policy:
        """The policy of an actual GET, HEAD or POST of a resource that was itself added."""
        named = [
            self._only(method, layer, partial(covers_method, method))
            for layer in self._naming_layers(resource)
        ]
        *closest, defaults = self._layers_of(route, method)
        return self._made_of((*closest, *named, defaults))

    def _limited(self, layers: tuple[Layer, ...], method: str) -> Policy:
        if all(layer.methods is None for layer in layers):
            return self._made_of(layers)
        return self._made_of(layers, leaves_method, method)

    def _made_of(
        self,
        layers: tuple[Layer, ...],
        rule: Callable[[str, ResourceOptions], bool] | None = None,
        method: str | None = None,
    ) -> Policy:
        """The policy of *layers*, of which only those options count that *rule* admits."""
        admits = None if rule is None or method is None else partial(rule, method)
        if method is not None and method not in hdrs.METH_ALL:  # the client's choice
            return Policy(*layers, admits=admits)
        key = (rule, method, *(layer.serial for layer in layers if layer or not layer.inherit))
        return self._share(key, lambda: Policy(*layers, admits=admits))

    def _only(self, name: str, layer: Layer, admits: Admits) -> Layer:
        """Those keys of *layer* whose options *admits*."""

        def make() -> Layer:
            return Layer({key: options for key, options in layer.items() if admits(options)})

        return self._share((name, layer.serial), make)

    def _share(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        found = self.memory.shared.get(key)
        if found is None:
            found = self.memory.shared[key] = make()
        return found

    # -- requests -----------------------------------------------------------------------------

    def policy_for(self, request: web.Request) -> Policy | None:
        """The policy of an actual request, or `None` without CORS."""
        route, method = request.match_info.route, request.method
        config = getattr(route.handler, "cors_config", None)
        remembered = self.memory.by_method.get((route, method))
        if remembered is not None and remembered[0] is config:
            return remembered[1]
        if route.resource is None:  # the router makes a route for each of its errors
            return self.policy_of_other(None, method) if self._everywhere else None
        policy = self._asked_of_handler(request, route, method, by_preflight=False)
        view = view_of(route)
        if method not in hdrs.METH_ALL or brings_config(view) or not is_listed(request.match_info):
            return policy
        if view is None and route.method == method != hdrs.METH_OPTIONS:
            self.memory.by_route[route] = policy
        else:
            self.memory.by_method[route, method] = (config, policy)
        return policy

    def _asked_of_handler(
        self, request: web.Request, route: web.AbstractRoute, method: str, *, by_preflight: bool
    ) -> Policy | None:
        """The policy of *route*, which a view may bring itself, or get wrong."""
        view = view_of(route)
        try:
            policy = self.policy(route, method, by_preflight=by_preflight)
        except ValueError:
            logger.exception("%r is refused to everybody: its cors_config is wrong", view)
            return Policy()
        if policy is None or not brings_config(view):
            return policy
        return brought_policy(view, request, method)

    def answers_to(self, request: web.Request, method: str) -> Answers | None:
        """What answered the preflights for *method* that came to the same route before."""
        route = request.match_info.route
        kept = self.memory.answers.get((route, method, len(route.resource or ())))
        if kept is None:
            return None
        view, config, answers = kept
        is_same = view is None or getattr(view, "cors_config", None) is config
        return answers if is_same else None

    def keep_answers(self, request: web.Request, method: str, answers: Answers) -> Answers:
        """*answers* to preflights for *method*, kept for the next ones to the same route.

        Where they are made of the same as others, it is those that come back. They are kept only
        where nothing else decides on the next ones: no other resource of the same path, and no
        view but the one whose route it is.
        """
        match, route = request.match_info, request.match_info.route
        view, resource = view_of(route), route.resource
        if resource is None or method not in hdrs.METH_ALL or not is_listed(match):
            return answers
        if brings_config(view) or (view is None and any(map(view_of, resource))):
            return answers
        if not self.serving.is_settled(match):
            return answers
        config = getattr(view, "cors_config", None)
        kept: _Kept = (view, config, answers)
        if view is None:
            kept = self._share(("answers", *answers.serials), lambda: kept)
        self.memory.answers[route, method, len(resource)] = kept
        return kept[2]

    def pass_over(self, request: web.Request) -> None:
        """Know that OPTIONS requests to this route get to the library, past all middlewares."""
        route = request.match_info.route
        if not has_route(request) or not is_listed(request.match_info):
            return
        if route.method == hdrs.METH_OPTIONS:
            self.memory.by_route[route] = None
        else:
            config = getattr(route.handler, "cors_config", None)
            self.memory.by_method[route, hdrs.METH_OPTIONS] = (config, None)

    def passes_over(self, request: web.Request) -> bool:
        """True where OPTIONS requests to the same route got to the library before."""
        return (request.match_info.route, hdrs.METH_OPTIONS) in self.memory.by_method

    async def policy_asked_about(self, request: web.Request, method: str) -> Policy | None:
        """The policy of the request that a preflight with *method* asks about, or `None`."""
        route = await self.serving.find(request, method)
        if route is None:
            return self.policy_of_other(request.match_info.route.resource, method)
        return self._asked_of_handler(request, route, method, by_preflight=True)

    def policy_of_view(self, view: type, request: web.Request, method: str) -> Policy:
        """The policy of *method* of *view*, of which the route may or may not have been added."""
        added = self.policy(request.match_info.route, method) if has_route(request) else None
        return Policy(*self._own_layers(view, method), self._defaults) if added is None else added

    async def methods(self, request: web.Request) -> list[str]:
        """The methods routed at the URL of *request*, sorted, without the library's OPTIONS."""
        methods = await self.serving.methods(request)
        resource = request.match_info.route.resource
        is_own = resource is not None and own_options_route(resource) is not None
        return methods if is_own else [name for name in methods if name != hdrs.METH_OPTIONS]

    async def keeps_preflights(self, request: web.Request, method: str) -> bool:
        """True where preflights for *method* are left to the application: to a handler of its own.

        It is that of the resource which would serve the request asked about.
        """
        route = await self.serving.find(request, method)
        matched = request.match_info.route.resource
        resource = matched if route is None else route.resource
        options = None if resource is None else own_options_route(resource)
        if options is not None and not (options.method == "OPTIONS" and options in self.added):
            return route is not None or len(resource or ()) > 1
        if route is not None and self._excludes(route):
            return True
        return not self.covers(resource)


def _add_options_route(resource: Any, handler: Handler) -> web.AbstractRoute:
    added: web.AbstractRoute
    add_route = getattr(resource, "add_route", None)
    if add_route is not None:
        added = add_route(hdrs.METH_OPTIONS, handler)
        return added
    resource.set_options_route(handler)  # of static files
    added = next(route for route in resource if route.method == hdrs.METH_OPTIONS)
    return added


def taken_error(route: web.AbstractRoute) -> ValueError:
    """The answer to who leaves preflights to a *route* that does not know of CORS."""
    if route.method == hdrs.METH_OPTIONS:
        what = f"{route.resource!r} already has OPTIONS handler {route.handler!r}"
        return ValueError(
            f"{what}, to which preflights go: remove it, or set preflight_first=True and let "
            "it answer the preflights of this path itself"
        )
    if view_of(route) is None:
        what = f"{route.resource!r} already has a '*' handler {route.handler!r}"
        return ValueError(f"{what}, to which preflights go; preflight_first=True supports it")
    return ValueError(
        f"the view {route.handler!r} of {route.resource!r} must be a subclass of CorsViewMixin "
        "to answer preflights; preflight_first=True supports any view"
    )


def answers_preflights(view: type | None) -> bool:
    """True where `options` of *view* is by this library, or may call it."""
    return view is not None and issubclass(view, _PreflightHandler)


def own_options_route(resource: web.AbstractResource) -> web.AbstractRoute | None:
    """The route of *resource* on which the application answers OPTIONS itself, if there is one."""
    route = route_of(resource, hdrs.METH_OPTIONS)
    if route is None or is_preflight_handler(route.handler):
        return None
    if route.method == hdrs.METH_OPTIONS:
        return route
    options = getattr(view_of(route), "options", None)
    return None if options is None or _is_mixins(options) else route


def brings_config(view: type | None) -> bool:
    """True where *view* has a `get_request_config` of its own, to be asked for every request."""
    if view is None or not issubclass(view, _PreflightHandler):
        return False
    found = getattr_static(view, "get_request_config", None)
    return found is not None and not _is_mixins(found)


def _is_mixins(function: object) -> bool:
    """True for what views inherit from `CorsViewMixin`, which knows this module."""
    return getattr(function, "__module__", None) == f"{__package__}.mixin"


def brought_policy(view: Any, request: web.Request, method: str) -> Policy | None:
    """What the `get_request_config` of *view* says; `None` where it does not enable *method*."""
    try:
        config = view.get_request_config(request, method)
        return config if isinstance(config, Policy) else Policy(config)
    except KeyError:
        return None
    except Exception:  # whatever a user's code raises
        logger.exception("%r is refused to everybody: its get_request_config failed", view)
        return Policy()


def custom_config(handler: object) -> Mapping[OriginKey, Options] | None:
    """What `custom_cors` gave to *handler*, if it did."""
    while isinstance(handler, partial):
        handler = handler.func
    name = getattr(handler, "__name__", "")
    config = getattr(handler, f"{name}_cors_config", None) if isinstance(name, str) else None
    return config if isinstance(config, Mapping) else None


def _method_of_view(view: type, method: str) -> object:
    if method not in hdrs.METH_ALL:  # it answers with its 405
        return None
    if method == hdrs.METH_HEAD and not defines(view, method):
        method = hdrs.METH_GET
    return getattr(view, method.lower(), None)


def _serves(route: web.AbstractRoute, method: str) -> bool:
    """True where *route* does not answer *method* with the 405 of a view."""
    view = view_of(route)
    if view is None or defines(view, method):
        return True
    return method == hdrs.METH_HEAD and defines(view, hdrs.METH_GET)


def _check_equal(entity: object, before: Layer, now: Layer) -> None:
    if before is not now and (before != now or before.inherit is not now.inherit):
        raise ValueError(f"{entity!r} was added already, with another config: {dict(before)!r}")
