"""CORS (Cross-Origin Resource Sharing) for aiohttp servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from aiohttp import web

from .__about__ import (
    __author__,
    __copyright__,
    __email__,
    __license__,
    __summary__,
    __title__,
    __uri__,
    __version__,
)
from .cors_config import APP_CONFIG_KEY, CorsConfig
from .mixin import CorsViewMixin, custom_cors
from .protocol import diagnostics
from .protocol.diagnostics import CorsConfigWarning, CorsSecurityWarning, CorsWarning
from .protocol.mistakes import shown_value
from .protocol.policy import Options
from .protocol.refusals import Refused
from .resource_options import ResourceOptions

__all__ = (
    "APP_CONFIG_KEY",
    "CorsConfig",
    "CorsConfigWarning",
    "CorsSecurityWarning",
    "CorsViewMixin",
    "CorsWarning",
    "Refused",
    "ResourceOptions",
    "__author__",
    "__copyright__",
    "__email__",
    "__license__",
    "__summary__",
    "__title__",
    "__uri__",
    "__version__",
    "custom_cors",
    "setup",
)


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _told_what_to_write(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """*function*, which says what to write where it is called in a way that it is not for."""

    @wraps(function)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if len(args) > 1 and callable(args[1]):
            raise ValueError(
                "setup() is no middleware: leave it out of 'middlewares', and write "
                "aiohttp_cors.setup(app, defaults=...) where the application is made"
            )
        if len(args) > 1:
            origins = shown_value(args[1])
            raise ValueError(f"write setup(app, defaults=...) for the origins {origins}")
        return function(*args, **kwargs)

    return checked


@_told_what_to_write
def setup(
    app: web.Application,
    *,
    defaults: Mapping[Any, Options] | None = None,
    everywhere: bool = False,
    preflight_first: bool | None = None,
    protect: bool = False,
    debug: bool = False,
) -> CorsConfig:
    """Set up CORS for *app*, and return its :class:`CorsConfig`, which is ``app[APP_CONFIG_KEY]``.

    :param app: the application, before it has started.
    :param defaults: origin key -> :class:`ResourceOptions`, for all that is under CORS. A key is
        an origin (``"https://app.example"``), ``"*"``, ``"null"``, a pattern
        (``"https://*.example.com"``, ``"http://localhost:*"``), a compiled regular expression, or
        a callable ``(origin, request) -> bool | ResourceOptions | None``, which may be a coroutine
        function.
    :param everywhere: put every route of *app* and of its sub-applications under CORS, and the
        router's own errors; otherwise, only what :meth:`CorsConfig.add` is given.
    :param preflight_first: answer preflights before any middleware runs; the default with
        *everywhere*.
    :param protect: refuse what pages of other sites send that may change something, and their
        WebSockets, unless their origin has options for the route.
    :param debug: let a refused preflight carry what the browser's console needs to name the cause.
    :raises ValueError: for a wrong configuration. What can have no effect, or gives more away
        than is usual, gives a :class:`CorsWarning` that says what to write.

    >>> app = web.Application()
    >>> cors = setup(app, defaults={"https://app.example": ResourceOptions()}, everywhere=True)
    >>> app[APP_CONFIG_KEY] is cors
    True
    """
    if APP_CONFIG_KEY in app:
        diagnostics.warn([_SET_UP_TWICE])
    cors = CorsConfig(
        app,
        defaults=defaults,
        everywhere=everywhere,
        preflight_first=preflight_first,
        protect=protect,
        debug=debug,
    )
    app[APP_CONFIG_KEY] = cors
    return cors


_SET_UP_TWICE = diagnostics.Finding(
    "C105",
    "setup() was called for this application before, and what was added then stays in force",
    "call it once, and keep the CorsConfig that it returns",
    CorsConfigWarning,
)
