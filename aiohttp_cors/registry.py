"""What is under the CORS of an application, and the policy that follows for each of its methods.

What was added is kept as it was given. All else is read from the router and from the views when
it is asked for, and what was worked out is remembered until something is added or assigned.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from .handlers import (
    answers_preflights,
    brings_policy,
    brought_policy,
    configs_of_handler,
    cors_config,
    own_options_route,
    serves,
)
from .layers import NOTHING, Layers
from .memory import Memory
from .preflight_handler import is_preflight_handler
from .protocol import diagnostics
from .protocol.answers import Answers
from .protocol.policy import Layer, Options, Policy, covers_method, in_force, leaves_method
from .protocol.preflights import SAFELISTED_METHODS
from .protocol.resource_options import ResourceOptions
from .routing import (
    RoutingEntity,
    Served,
    ServingRoutes,
    add_options_route,
    resource_of,
    route_of,
    view_of,
)

# The methods of which actual requests are answered on a resource that was itself added, as in 0.8.1
_ANSWERED_ANYWAY = SAFELISTED_METHODS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Entity = web.AbstractRoute | web.AbstractResource


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
        self.layers = Layers()
        self.added: dict[Entity, Layer] = {}
        self.excluded: set[Entity] = set()
        self._excluded_apps: list[web.Application] = []
        self._defaults = self.layers.of({} if defaults is None else defaults)
        #: The routes that the library added, by resource.
        self.preflight_routes: dict[web.AbstractResource, web.AbstractRoute] = {}
        self.serving = ServingRoutes(router)
        self.memory = Memory(self.serving)

    # -- what is kept -------------------------------------------------------------------------

    @property
    def defaults(self) -> Layer:
        """The lowest layer of every policy."""
        return self._defaults

    @defaults.setter
    def defaults(self, config: Mapping[Any, Options]) -> None:
        self._defaults = self.layers.of(config)
        self.memory.forget()

    def add(self, entity: RoutingEntity, layer: Layer) -> None:
        """Put *entity* under CORS with *layer*.

        :raises ValueError: where it was added with another one, or excluded.
        """
        if self.preflight_routes.get(resource_of(entity)) is entity:
            return
        self._check_not_excluded(entity)
        if entity in self.added:
            _check_equal(entity, self.added[entity], layer)
            return
        config = cors_config(getattr(entity, "handler", None))
        if config is not None:  # what is wrong with that of a view is told here, too
            self.layers.of(config)
        self.added[entity] = layer
        self.memory.forget()

    def exclude(self, entity: RoutingEntity) -> None:
        """Leave *entity* without CORS, whatever holds for the others.

        :raises ValueError: where it, or a part of it, was added.
        """
        resource_of(entity)
        routes = entity if isinstance(entity, web.AbstractResource) else ()
        if any(each in self.added for each in (entity, *routes)):
            raise ValueError(f"{entity!r} was added, and cannot be excluded")
        self.excluded.add(entity)
        self.memory.forget()

    def exclude_app(self, app: web.Application) -> None:
        """Leave the sub-application *app* without CORS."""
        self._excluded_apps.append(app)
        self.memory.forget()

    def excludes_app(self, app: web.Application) -> bool:
        """True where the sub-application *app* was taken out."""
        # Applications have no hash in older releases of aiohttp.
        return any(app is excluded for excluded in self._excluded_apps)

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
            route = add_options_route(resource, handler)
        except RuntimeError:  # another one answers them
            taken = route_of(resource, hdrs.METH_OPTIONS)
            if taken is None:
                raise
            if not is_preflight_handler(taken.handler):  # or of another CORS of the same routes
                return None if answers_preflights(taken.handler) else taken
            route = taken
        self.preflight_routes[resource] = route
        return None

    def _check_not_excluded(self, entity: RoutingEntity) -> None:
        if not self.excluded:
            return
        is_gone = isinstance(entity, web.AbstractRoute) and self._excludes(entity)
        if is_gone or entity in self.excluded:
            raise ValueError(f"{entity!r} was excluded, and cannot be added")

    def _excludes(self, route: web.AbstractRoute) -> bool:
        """True where *route* was taken out, or its resource; that of HEAD goes with GET's."""
        resource = route.resource
        if not self.excluded or resource is None:
            return False
        get = route_of(resource, hdrs.METH_GET) if route.method == hdrs.METH_HEAD else None
        gone = {route, resource} if route in self.added else {route, resource, get}
        return not self.excluded.isdisjoint(gone)

    # -- the question -------------------------------------------------------------------------

    def policy(
        self, route: web.AbstractRoute, method: str, *, by_preflight: bool = False
    ) -> Policy | None:
        """The policy of *method* of *route*, `None` without CORS.

        It is that of an actual request, or of one that a preflight asks about.
        """
        resource = route.resource
        if resource is None or self._excludes(route):
            return None
        configured = self._configured_route(route)
        own = self._own_layers(configured.handler, method)
        layers = (*own, *self._added_layers(configured))
        if self._everywhere:
            return self._limited((*layers, self._defaults), method)
        if configured in self.added or self._is_implied(route):
            if not by_preflight or serves(route.handler, method):
                return self._made_of((*layers, self._defaults))
        elif not by_preflight and resource in self.added and method in _ANSWERED_ANYWAY:
            # Beside those origins whose options name the method
            naming = (self._naming(layer, method) for layer in self._naming_layers(resource))
            return self._made_of((*layers, *naming, self._defaults))
        elif any(not layer.inherit for layer in own):  # what others say of the method is not for it
            return self._made_of(tuple(own), covers_method, method)
        return self.policy_of_other(resource, method)

    def policy_of_other(self, resource: web.AbstractResource | None, method: str) -> Policy | None:
        """The policy of a *method* of *resource* that only `allow_methods` can enable.

        So it is with routes that were not added, and where no route serves the method.
        """
        if self._everywhere:
            return self._limited((self._defaults,), method)
        if resource is None or not self.is_added(resource):
            return None
        own = self.added.get(resource, NOTHING)
        layers = tuple(in_force((own, *self._naming_layers(resource), self._defaults)))
        if not any(layer.names_method(method) for layer in layers):
            return None
        return self._made_of(layers, covers_method, method)

    def is_added(self, resource: web.AbstractResource) -> bool:
        """True where *resource* was added, or a route of it."""
        return resource in self.added or not self.added.keys().isdisjoint(resource)

    def covers(self, resource: web.AbstractResource | None) -> bool:
        """True where something of *resource* is under CORS; `None` stands for router's errors."""
        if not self._everywhere:
            return isinstance(resource, web.AbstractResource) and self.is_added(resource)
        return resource not in self.excluded

    def _own_layers(self, handler: Any, method: str) -> list[Layer]:
        """What *handler* brings itself for *method*, the most specific first."""
        configs = configs_of_handler(handler, method)
        return [self.layers.of_handler(config, handler) for config in configs]

    def _added_layers(self, route: web.AbstractRoute) -> list[Layer]:
        """What *route* and its resource were added with."""
        entities: tuple[Any, ...] = (route, route.resource)
        return [self.added[entity] for entity in entities if entity in self.added]

    def _configured_route(self, route: web.AbstractRoute) -> web.AbstractRoute:
        """The route whose config *route* has: for that of HEAD, which aiohttp adds, GET's."""
        resource = route.resource
        if route.method != hdrs.METH_HEAD or resource is None or route in self.added:
            return route
        get = route_of(resource, hdrs.METH_GET)
        return get if get is not None and get in self.added else route

    def _is_implied(self, route: web.AbstractRoute) -> bool:
        """True where *route* was added with its resource: that of files, and of views."""
        if route.resource not in self.added:
            return False
        return isinstance(route.resource, web.StaticResource) or answers_preflights(route.handler)

    def _naming_layers(self, resource: web.AbstractResource) -> Iterator[Layer]:
        """What added routes say, where they name methods: they speak for the resource."""
        for route in resource:
            if route in self.added and view_of(route.handler) is None:
                yield from map(self._naming, self._own_layers(route.handler, route.method))
            if route in self.added:
                yield self._naming(self.added[route])

    def _naming(self, layer: Layer, method: str | None = None) -> Layer:
        """Those keys of *layer* whose options name *method*, or any one."""
        if layer.methods is None:
            return NOTHING

        def admits(options: ResourceOptions) -> bool:
            return (
                options.allow_methods is not None
                if method is None
                else covers_method(method, options)
            )

        def make() -> Layer:
            return Layer({key: options for key, options in layer.items() if admits(options)})

        return self.memory.share(("naming", method, layer.serial), make)

    def _limited(self, layers: tuple[Layer, ...], method: str) -> Policy:
        """The policy of what every method has, but for those that `allow_methods` leaves out."""
        # What predicates say is only known when they are asked.
        if all(layer.methods is None and not layer.predicates for layer in layers):
            return self._made_of(layers)
        return self._made_of(layers, leaves_method, method)

    def _made_of(
        self,
        layers: tuple[Layer, ...],
        rule: Callable[[str, ResourceOptions], bool] | None = None,
        method: str = "",
    ) -> Policy:
        """The policy of *layers*, of which only those options count that *rule* admits."""
        key = (rule, method, *[layer.serial for layer in layers])
        if rule is None:
            return self.memory.share(key, lambda: Policy(*layers))
        policy = Policy(*layers, admits=partial(rule, method))
        if method not in hdrs.METH_ALL and method not in policy.named_methods:
            return policy  # it is the client's choice, and not kept
        return self.memory.share(key, lambda: policy)

    # -- requests -----------------------------------------------------------------------------

    def policy_for(self, request: web.Request) -> Policy | None:
        """The policy of an actual request, or `None` without CORS."""
        match, method = request.match_info, request.method
        route = match.route
        remembered = self.memory.policy_of(request)
        if remembered is not None:
            return remembered[1]
        if route.resource is None:  # the router makes a route for each of its errors
            return self.policy_of_other(None, method)
        policy = self.policy(route, method)
        if not brings_policy(route.handler):
            self.memory.keep_policy(match, method, policy)
        elif policy is not None:
            return brought_policy(route.handler, request, method)
        return policy

    async def policy_of_served(
        self, request: web.Request, served: Served, method: str
    ) -> Policy | None:
        """The policy of *served*, about which a preflight *request* asks, or `None`."""
        route = served.route
        if route is None:
            return self.policy_of_other(request.match_info.route.resource, method)
        policy = self.policy(route, method, by_preflight=True)
        if policy is None or not brings_policy(route.handler):
            return policy
        return brought_policy(route.handler, request, method)

    def policy_of_view(self, view: type, route: web.AbstractRoute | None, method: str) -> Policy:
        """The policy of *method* of *view*, of which the *route* may or may not have been added."""
        policy = None if route is None else self.policy(route, method)
        if policy is not None:
            return policy
        return Policy(*self._own_layers(view, method), self._defaults)

    async def find(self, request: web.Request, method: str) -> Served:
        """What would serve *request* with *method*."""
        return await self.serving.find(request, method)

    async def methods(self, request: web.Request) -> list[str]:
        """The methods routed at the URL of *request*, sorted, without the library's OPTIONS."""
        methods = await self.serving.methods(request)
        resource = request.match_info.route.resource
        if hdrs.METH_OPTIONS in methods and (not resource or own_options_route(resource) is None):
            methods.remove(hdrs.METH_OPTIONS)
        return methods

    def keeps_preflights(self, request: web.Request, served: Served) -> bool:
        """True where preflights for *served* are left to the application: to a handler of its own.

        It is that of the resource which would serve the request asked about.
        """
        resource = (served.route or request.match_info.route).resource
        options = None if resource is None else own_options_route(resource)
        if any(each is not None and self._excludes(each) for each in (served.route, options)):
            return True
        is_own = options is not None and (options.method != "OPTIONS" or options not in self.added)
        if is_own and (served.route is not None or len(resource or ()) > 1):
            return True
        return not self.covers(resource)

    def keep_answers(self, request: web.Request, method: str, answers: Answers) -> Answers:
        """*answers* to preflights for *method*, kept where no other resource may get the next."""
        if not self.serving.is_settled(request.match_info):
            return answers
        return self.memory.keep_answers(request, method, answers)

    def is_under_cors(self, request: web.Request) -> bool:
        """True where something of the resource that serves *request* is."""
        return self.covers(request.match_info.route.resource)

    def is_excluded(self, request: web.Request) -> bool:
        """True where the route that serves *request* was taken out, or its application."""
        match = request.match_info
        return self._excludes(match.route) or any(map(self.excludes_app, match.apps))

    # -- start --------------------------------------------------------------------------------

    @property
    def is_without_origins(self) -> bool:
        """True where no options were given to anybody, nor does a handler bring some."""
        if self._defaults or any(self.added.values()):
            return False
        handlers = [route.handler for route in self._left_in(self._router.routes())]
        return not any(configs_of_handler(h, method) for h in handlers for method in hdrs.METH_ALL)

    @property
    def is_empty(self) -> bool:
        """True where nothing is under CORS."""
        return not self._everywhere and not self.added

    def _left_in(self, routes: Iterable[web.AbstractRoute]) -> list[web.AbstractRoute]:
        """Those of *routes* that were not taken out, nor their application."""
        gone = {route for app in self._excluded_apps for route in app.router.routes()}
        return [route for route in routes if route not in gone and not self._excludes(route)]

    def examine_views(self) -> None:
        """Tell what is wrong with `cors_config` of views that were not themselves added.

        It is for the start of the application: views may come after their resource was added.

        :raises ValueError: for a key or options of a wrong type.
        """
        # A route that was added was looked at then.
        resources: list[Any] = [e for e in self.added if not isinstance(e, web.ResourceRoute)]
        of_resources = (route for resource in resources for route in resource)
        for route in self._left_in(self._router.routes() if self._everywhere else of_resources):
            view = view_of(route.handler)
            config = cors_config(view)
            if view is not None and config is not None:
                diagnostics.warn_of_class(view, self.layers.untold(Layer(config)))


def taken_error(route: web.AbstractRoute) -> ValueError:
    """The answer to who leaves preflights to a *route* that does not know of CORS."""
    if route.method == hdrs.METH_OPTIONS:
        what = f"{route.resource!r} already has OPTIONS handler {route.handler!r}"
        return ValueError(
            f"{what}, to which preflights go: remove it, or set preflight_first=True and let "
            "it answer the preflights of this path itself"
        )
    if view_of(route.handler) is None:
        what = f"{route.resource!r} already has a '*' handler {route.handler!r}"
        return ValueError(f"{what}, to which preflights go; preflight_first=True supports it")
    return ValueError(
        f"the view {route.handler!r} of {route.resource!r} must be a subclass of CorsViewMixin "
        "to answer preflights; preflight_first=True supports any view"
    )


def _check_equal(entity: object, before: Layer, now: Layer) -> None:
    if before is not now and (before != now or before.inherit is not now.inherit):
        raise ValueError(f"{entity!r} was added already, with another config: {dict(before)!r}")
