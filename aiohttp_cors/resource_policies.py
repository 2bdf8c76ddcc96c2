"""Which policy each method of a resource has, from what was added of the resource."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import Any, ClassVar

from aiohttp import hdrs
from aiohttp.abc import AbstractView

from .mixin import CorsViewMixin
from .policy import Layer, Policy
from .protocol import SAFELISTED_METHODS
from .resource_options import ResourceOptions
from .routing import defines

logger = logging.getLogger("aiohttp_cors")

Compile = Callable[[Mapping[Any, Any]], Layer]
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


class RoutePolicies(ABC):
    """The policies of one route, by the method of the request: for most, all the same one."""

    __slots__ = ()

    #: As of a policy: it takes more than the origin.
    look_up: ClassVar[None] = None

    @abstractmethod
    def actual(self, method: str) -> Policy | None:
        """The policy of an actual request; `None` without CORS."""

    @abstractmethod
    def preflight(self, method: str) -> Policy | None:
        """The policy that answers a preflight for *method*; `None` where it is not enabled."""


class FunctionPolicies(RoutePolicies):
    """The policies of a route that a function serves."""

    __slots__ = ("policy",)

    def __init__(self, policy: Policy | None) -> None:
        self.policy = policy

    def actual(self, method: str) -> Policy | None:
        return self.policy

    preflight = actual


# Of the route by which this library answers preflights: they are no actual requests.
PREFLIGHTS = FunctionPolicies(None)


class EachMethodPolicies(RoutePolicies):
    """The policies of a route that serves several methods, each with its own."""

    def __init__(self, find: Callable[[str], Policy | None]) -> None:
        self._find = find
        self._policies: dict[str, Policy | None] = {}

    def actual(self, method: str) -> Policy | None:
        if method in self._policies:
            return self._policies[method]
        policy = self._find(method)
        if method in hdrs.METH_ALL:  # others are the client's choice, and not kept
            self._policies[method] = policy
        return policy

    preflight = actual


class ViewPolicies(RoutePolicies):
    """The policies of a route that a class-based view serves.

    The view's `cors_config` is its author's to change at any time, so it is compared with what
    it was: in proportion to its own size, not to that of the defaults.

    *policies_of* gives the policies of all methods for the view's own layers, above *layers*.
    """

    def __init__(
        self,
        view: type[AbstractView],
        layers: tuple[Layer, ...],
        compile_config: Compile,
        policies_of: Callable[[tuple[Layer, ...]], RoutePolicies],
    ) -> None:
        self._view = view
        self._layers = layers
        self._compile = compile_config
        self._policies_of = policies_of
        self._seen: object = None
        self._policies: dict[str, Policy | None] = {}

    def actual(self, method: str) -> Policy | None:
        config = getattr(self._view, "cors_config", None)
        if (config is not None or self._seen is not None) and _items(config) != self._seen:
            self._seen = _copied(config)
            self._policies = {}
        try:
            return self._policies[method]
        except KeyError:
            return self._find(method)

    def preflight(self, method: str) -> Policy | None:
        head_by_get = method == hdrs.METH_HEAD and defines(self._view, hdrs.METH_GET)
        return self.actual(method) if head_by_get or defines(self._view, method) else None

    def _find(self, method: str) -> Policy | None:
        if method == hdrs.METH_OPTIONS and answers_preflights(self._view):
            self._policies[method] = None
            return None
        # Any other method is the view's 405, and its name the client's choice: not kept.
        head_by_get = method == hdrs.METH_HEAD and not defines(self._view, method)
        name = "get" if head_by_get else method.lower()
        handler = getattr(self._view, name, None) if method in hdrs.METH_ALL else None
        try:
            layers = view_layers(self._view, handler, self._compile)
        except ValueError:
            logger.exception("%r is refused to everybody: its cors_config is wrong", self._view)
            return Policy()
        policy = self._policies_of((*layers, *self._layers)).actual(method)
        if method in hdrs.METH_ALL:
            self._policies[method] = policy
        return policy


def _items(config: object) -> object:
    """What a `cors_config` says, in its order; something else as it is."""
    return list(config.items()) if isinstance(config, Mapping) else config


def _copied(config: object) -> object:
    """The same, with options that are plain mappings as they are now."""
    if not isinstance(config, Mapping):
        return config
    return [
        (key, deepcopy(dict(options)) if isinstance(options, Mapping) else options)
        for key, options in config.items()
    ]


def answers_preflights(view: type | None) -> bool:
    """True where `options` of *view* is by this library, or may call it."""
    return view is not None and issubclass(view, CorsViewMixin)


def view_layers(view: type, handler: object, compile_config: Compile) -> tuple[Layer, ...]:
    """The layers that a view gives itself: `custom_cors` of the method, then `cors_config`."""
    class_config = getattr(view, "cors_config", None)
    return (
        *handler_layers(handler, compile_config),
        *(() if class_config is None else (compile_config(class_config),)),
    )


def handler_layers(handler: object, compile_config: Compile) -> tuple[Layer, ...]:
    """The layer that `custom_cors` gave to *handler*, if it did."""
    while isinstance(handler, partial):
        handler = handler.func
    name = getattr(handler, "__name__", "")
    config = getattr(handler, f"{name}_cors_config", None) if isinstance(name, str) else None
    return (compile_config(config),) if config and isinstance(config, Mapping) else ()


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
        if list(map(_items, configs)) != self._seen:
            self._seen = list(map(_copied, configs))
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
