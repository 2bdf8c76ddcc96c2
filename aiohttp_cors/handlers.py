"""What a handler, a function or a class-based view, says of its own CORS."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from inspect import getattr_static
from typing import Any

from aiohttp import hdrs, web

from .preflight_handler import _PreflightHandler, is_preflight_handler
from .protocol.policy import Options, OriginKey, Policy
from .routing import defines, route_of, view_of

logger = logging.getLogger("aiohttp_cors")

Config = Mapping[OriginKey, Options]


def configs_of_handler(handler: Any, method: str) -> list[Config]:
    """What *handler* brings for *method*: `custom_cors`, then the `cors_config` of a view."""
    view = view_of(handler)
    if view is None:
        own, of_class = custom_config(handler), None
    else:
        own, of_class = custom_config(_method_of_view(view, method)), cors_config(view)
    return [config for config in (own, of_class) if config is not None]


def custom_config(handler: object) -> Config | None:
    """What `custom_cors` gave to *handler*, if it did."""
    while isinstance(handler, partial):
        handler = handler.func
    name = getattr(handler, "__name__", "")
    config = getattr(handler, f"{name}_cors_config", None) if isinstance(name, str) else None
    return config if isinstance(config, Mapping) else None


def cors_config(handler: Any) -> Config | None:
    """The `cors_config` of *handler*, where it is a view, as it is now."""
    return getattr(handler, "cors_config", None)


def serves(handler: Any, method: str) -> bool:
    """True where *handler* does not answer *method* with the 405 of a view; HEAD goes with GET."""
    view = view_of(handler)
    if view is None or defines(view, method):
        return True
    return method == hdrs.METH_HEAD and defines(view, hdrs.METH_GET)


def _method_of_view(view: type, method: str) -> object:
    if method not in hdrs.METH_ALL:  # it answers with its 405
        return None
    if method == hdrs.METH_HEAD and not defines(view, method):
        method = hdrs.METH_GET
    return getattr(view, method.lower(), None)


def answers_preflights(handler: Any) -> bool:
    """True for a view whose `options` is by this library, or may call it."""
    view = view_of(handler)
    return view is not None and issubclass(view, _PreflightHandler)


def own_options_route(resource: web.AbstractResource) -> web.AbstractRoute | None:
    """The route of *resource* on which the application answers OPTIONS itself, if there is one."""
    route = route_of(resource, hdrs.METH_OPTIONS)
    if route is None or is_preflight_handler(route.handler):
        return None
    if route.method == hdrs.METH_OPTIONS:
        return route
    view = view_of(route.handler)
    return None if getattr(view, "options", None) is None or leaves_options(view) else route


def leaves_options(handler: Any) -> bool:
    """True for a view that leaves OPTIONS to this library, and all that is said of preflights."""
    if not answers_preflights(handler):
        return False
    return _is_inherited(handler.options) and _is_inherited(handler._get_config)  # noqa: SLF001 - as in 0.8.1, subclasses may


def brings_policy(handler: Any) -> bool:
    """True for a view whose `get_request_config` is its own, to be asked for every request."""
    if not answers_preflights(handler):
        return False
    return not _is_inherited(getattr_static(handler, "get_request_config", None))


def _is_inherited(function: object) -> bool:
    """True for what views have from `CorsViewMixin`, which knows this module."""
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
