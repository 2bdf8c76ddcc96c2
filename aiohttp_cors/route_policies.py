"""Which policy each request to one route has: by the function, or by the view, that serves it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from inspect import getattr_static
from typing import Any, ClassVar

from aiohttp import hdrs, web
from aiohttp.abc import AbstractView

from .mixin import CorsViewMixin
from .protocol.policy import Layer, Policy
from .routing import defines

logger = logging.getLogger("aiohttp_cors")

Compile = Callable[[Mapping[Any, Any]], Layer]


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
        if (config is not None or self._seen is not None) and items_of(config) != self._seen:
            self._seen = snapshot(config)
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


def items_of(config: object) -> object:
    """What a `cors_config` says, in its order; something else as it is."""
    return list(config.items()) if isinstance(config, Mapping) else config


def snapshot(config: object) -> object:
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


def brings_config(view: type | None) -> bool:
    """True where *view* has a `get_request_config` of its own, to be asked for every request."""
    if not answers_preflights(view):
        return False
    inherited = vars(CorsViewMixin)["get_request_config"]
    return getattr_static(view, "get_request_config") is not inherited


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
