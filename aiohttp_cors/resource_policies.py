"""Which policy each method of a resource has, from what was added of the resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from aiohttp import hdrs
from aiohttp.abc import AbstractView

from .protocol.policy import Layer, Policy
from .protocol.preflights import SAFELISTED_METHODS
from .protocol.resource_options import ResourceOptions
from .route_policies import (
    Compile,
    EachMethodPolicies,
    FunctionPolicies,
    RoutePolicies,
    ViewPolicies,
    items_of,
    snapshot,
    view_layers,
)

Admits = Callable[[ResourceOptions], bool]

NOTHING = Layer({})


def names_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options* covers *method*; GET stands for HEAD too."""
    if method == hdrs.METH_HEAD and options.is_method_allowed(hdrs.METH_GET):
        return True
    return options.is_method_allowed(method)


def leaves_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options*, if given at all, covers *method*."""
    return options.allow_methods is None or names_method(method, options)


class AddedRoute:
    """A route that was added: its handler's own layer, and the config that it was added with."""

    __slots__ = ("handler_layers", "identity", "layer", "view")

    def __init__(
        self, layer: Layer, handler_layers: tuple[Layer, ...], view: type[AbstractView] | None
    ) -> None:
        self.layer = layer
        self.handler_layers = handler_layers
        self.view = view
        #: Equal for routes from which the same follows: equal layers are one object.
        self.identity = (id(layer), *map(id, handler_layers), view)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """From the most specific; a view puts its own, which may change, in front."""
        return (*self.handler_layers, self.layer)


# Stands for a route, and its layer for a resource, that was taken out.
EXCLUDED = AddedRoute(Layer({}), (), None)


class ResourcePolicies:
    """What was added of a resource, and what follows for each of its methods.

    *own* is the layer that it was added with itself, *routes* are those that were added, and
    *implied* those that its own adding stands for.

    It is immutable but for what it remembers, so that all resources of which the same was added
    share one, however many there are.
    """

    def __init__(
        self,
        own: Layer | None,
        routes: Mapping[str, AddedRoute],
        implied: Mapping[str, AddedRoute],
        defaults: Callable[[], Layer],
        compile_config: Compile,
    ) -> None:
        self.own = own
        self.routes = routes
        self.implied = implied
        self.is_excluded = own is EXCLUDED.layer
        self._views = [route.view for route in (*routes.values(), *implied.values()) if route.view]
        self._seen: list[object] = []
        self._defaults = defaults
        self._compile = compile_config
        self.forget()

    def forget(self) -> None:
        """Work everything out anew: the defaults have changed."""
        self._by_route: dict[tuple[object, ...], RoutePolicies] = {}
        self._unrouted: dict[tuple[object, ...], Policy | None] = {}
        self._known: Policy | None = None
        self._named_methods: frozenset[str] | None = None

    def of_route(
        self,
        route_method: str,
        own_layers: tuple[Layer, ...],
        view: type[AbstractView] | None = None,
    ) -> RoutePolicies:
        """The policies of the route of *route_method*; its function has *own_layers*."""
        # By identity: what is kept holds the layers, or would be the same whatever they are.
        key = (route_method, view, *map(id, own_layers))
        policies = self._by_route.get(key)
        if policies is None:
            policies = self._by_route[key] = self._find_policies(route_method, own_layers, view)
        return policies

    def preflights(
        self,
        route_method: str,
        method: str,
        own_layers: tuple[Layer, ...],
        view: type[AbstractView] | None = None,
    ) -> RoutePolicies:
        """What answers a preflight that asks for *method* of the route of *route_method*."""
        if route_method in self.routes or self._serving(route_method) is not None:
            return self.of_route(route_method, own_layers, view)
        if view is None:
            return FunctionPolicies(self.unrouted(method, own_layers))
        return self._policies_of_other_view(view, self.unrouted)

    def unrouted(self, method: str, own_layers: tuple[Layer, ...] = ()) -> Policy | None:
        """The policy for a preflight that asks for a *method* that no added route serves.

        It is what `allow_methods` of the resource's layers covers.
        """
        if self.is_excluded:
            return None
        self._look_at_views()
        # Methods are the client's choice: one stands for all of those that nobody names.
        is_known = method in hdrs.METH_ALL or method in self._all_named_methods()
        key = (method if is_known else None, *map(id, own_layers))
        if key not in self._unrouted:
            self._unrouted[key] = self._covering(method, own_layers)
        return self._unrouted[key]

    def _all_named_methods(self) -> frozenset[str]:
        if self._named_methods is None:
            layers = (self.own or NOTHING, *self._naming_layers(), self._defaults())
            given = {options.allow_methods for layer in layers for options in layer.values()}
            self._named_methods = frozenset(m for methods in given for m in methods or ())
        return self._named_methods

    def _look_at_views(self) -> None:
        """Forget what followed from a view's `cors_config` that is another one by now."""
        configs = [getattr(view, "cors_config", None) for view in self._views]
        if list(map(items_of, configs)) != self._seen:
            self._seen = list(map(snapshot, configs))
            self.forget()

    @property
    def is_enabled(self) -> bool:
        """True where the resource, or a route of it, was added."""
        if self.own is not None:
            return not self.is_excluded
        return any(route is not EXCLUDED for route in self.routes.values())

    def excludes(self, route_method: str) -> bool:
        """True where the route of *route_method* was taken out; HEAD goes with GET."""
        if self.is_excluded or self.routes.get(route_method) is EXCLUDED:
            return True
        is_head = route_method == hdrs.METH_HEAD and route_method not in self.routes
        return is_head and self.routes.get(hdrs.METH_GET) is EXCLUDED

    @property
    def known(self) -> Policy:
        """All the layers of the resource: who is known here at all."""
        self._look_at_views()
        if self._known is None:
            routes = [*self.routes.values(), *self.implied.values()]
            added = [layer for route in routes for layer in self._static_layers(route)]
            self._known = Policy(*added, *self._below)
        return self._known

    def _static_layers(self, route: AddedRoute) -> tuple[Layer, ...]:
        if route.view is None:
            return route.layers
        try:
            return (*view_layers(route.view, None, self._compile), *route.layers)
        except ValueError:  # which is logged where the view's own policy is looked for
            return route.layers

    @property
    def _below(self) -> tuple[Layer, ...]:
        return (self.own or NOTHING, self._defaults())

    def _serving(self, route_method: str) -> AddedRoute | None:
        route = self.routes.get(route_method) or self.implied.get(route_method)
        if route is None and route_method == hdrs.METH_HEAD:
            return self._serving(hdrs.METH_GET)
        return route

    def _find_policies(
        self, route_method: str, own_layers: tuple[Layer, ...], view: type[AbstractView] | None
    ) -> RoutePolicies:
        if self.excludes(route_method):
            return FunctionPolicies(None)
        route = self._serving(route_method)
        if route is None and view is not None:
            return self._policies_of_other_view(view, self._policy_of_other_route)
        if route is None and route_method == hdrs.METH_ANY:
            return EachMethodPolicies(lambda m: self._policy_of_other_route(m, own_layers))
        if route is None:
            return FunctionPolicies(self._policy_of_other_route(route_method, own_layers))
        layers = (*route.layers, *self._below)
        if route.view is not None:
            return ViewPolicies(route.view, layers, self._compile, _one_policy)
        return _one_policy(layers)

    def _policies_of_other_view(
        self, view: type[AbstractView], find: Callable[[str, tuple[Layer, ...]], Policy | None]
    ) -> RoutePolicies:
        """Those of a view whose route was not itself added: what *find* says, by its own layers."""
        return ViewPolicies(
            view, (), self._compile, lambda own: EachMethodPolicies(lambda m: find(m, own))
        )

    def _policy_of_other_route(self, method: str, own_layers: tuple[Layer, ...]) -> Policy | None:
        """The policy of actual requests on a route that was not itself added."""
        if method == hdrs.METH_OPTIONS:
            return None
        if self.own is None or method not in SAFELISTED_METHODS:
            return self._covering(method, own_layers)
        named = (_only(layer, partial(names_method, method)) for layer in self._naming_layers())
        return Policy(*own_layers, self.own, *named, self._defaults())

    def _covering(self, method: str, own_layers: tuple[Layer, ...]) -> Policy | None:
        """The policy of a method that only `allow_methods` can enable; `None` where none does.

        The resource's layers enable it, and then the function's own are closer.
        """
        layers = (self.own or NOTHING, *self._naming_layers(), self._defaults())
        policy = Policy(*layers, admits=partial(names_method, method), wider=self.known)
        if policy.is_void:
            return None
        if not own_layers:
            return policy
        return Policy(*own_layers, *layers, within=policy, wider=self.known)

    def _naming_layers(self) -> list[Layer]:
        """Of the added routes' options those that name methods: they speak for the resource."""
        layers = (layer for route in self.routes.values() for layer in route.layers)
        return [_only(layer, lambda options: options.allow_methods is not None) for layer in layers]


def _only(layer: Layer, admits: Admits) -> Layer:
    return Layer({key: options for key, options in layer.items() if admits(options)})


def _one_policy(layers: tuple[Layer, ...]) -> RoutePolicies:
    return FunctionPolicies(Policy(*layers))


def _policy_by_method(layers: tuple[Layer, ...]) -> RoutePolicies:
    if all(options.allow_methods is None for layer in layers for options in layer.values()):
        return _one_policy(layers)
    wider = Policy(*layers)
    return EachMethodPolicies(
        lambda method: Policy(*layers, admits=partial(leaves_method, method), wider=wider)
    )


class WholeResourcePolicies(ResourcePolicies):
    """The same, where every route that the router has is under CORS, added or not.

    All routes of the resource are implied, and `allow_methods`, where given, is a limit.
    """

    def unrouted(self, method: str, own_layers: tuple[Layer, ...] = ()) -> Policy | None:
        return None

    @property
    def is_enabled(self) -> bool:
        return not self.is_excluded

    def _serving(self, route_method: str) -> AddedRoute | None:
        route, by_get = super()._serving(route_method), self.routes.get(hdrs.METH_GET)
        if route_method != hdrs.METH_HEAD or hdrs.METH_HEAD in self.routes:
            return route
        if route is None or by_get is None:
            return route
        # aiohttp adds a route for HEAD beside that for GET, and what the latter is given is meant
        # for both.
        return AddedRoute(by_get.layer, route.handler_layers, route.view)

    def _find_policies(
        self, route_method: str, own_layers: tuple[Layer, ...], view: type[AbstractView] | None
    ) -> RoutePolicies:
        route = self._serving(route_method)
        if route is None or self.excludes(route_method):
            return FunctionPolicies(None)
        layers = (*route.layers, *self._below)
        if route.view is not None:
            return ViewPolicies(route.view, layers, self._compile, _policy_by_method)
        return _policy_by_method(layers)
