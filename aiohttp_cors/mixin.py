"""CORS for class-based views, and for handlers that bring their own options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, TypeVar

from aiohttp import hdrs, web

from .cors_config import APP_CONFIG_KEY, CorsConfig, deciding_config
from .preflight_handler import _PreflightHandler
from .protocol import diagnostics
from .protocol.diagnostics import CorsConfigWarning, Finding
from .protocol.policy import Layer, OriginKey
from .protocol.refusals import Refused
from .protocol.resource_options import ResourceOptions
from .routing import defines, has_route, methods_of_view

_F = TypeVar("_F", bound=Callable[..., Any])


def custom_cors(
    config: Mapping[Any, ResourceOptions | Mapping[str, Any]], *, inherit: bool = True
) -> Callable[[_F], _F]:
    """Give a method of a view, or a plain handler, options of its own, above all others.

    It enables nothing by itself: the route is still to be added, or ``everywhere`` to be set.

    :param config: origin key -> :class:`ResourceOptions`.
    :param inherit: whether what is less specific counts too, the defaults among it.
    :raises ValueError: for a key or options of a wrong type.

    .. code-block:: python

        class Items(web.View, CorsViewMixin):
            @custom_cors({"https://partner.example": ResourceOptions(max_age=600)})
            async def put(self) -> web.Response: ...
    """
    layer = Layer(config, inherit=inherit)
    diagnostics.warn(layer.findings)

    def attach(handler: _F) -> _F:
        diagnostics.warn(_faults_of(handler))
        setattr(handler, f"{handler.__name__}_cors_config", layer)
        return handler

    return attach


def _faults_of(decorated: object) -> list[Finding]:
    if not isinstance(decorated, type):
        return []
    fault = Finding(
        "C104",
        f"custom_cors() on the class {decorated.__name__!r} has no effect",
        "write the options as its cors_config, or custom_cors() on its methods",
        CorsConfigWarning,
    )
    return [fault]


class CorsViewMixin(_PreflightHandler):
    """Makes a `web.View` answer preflights; add its route with `CorsConfig.add`.

    Without `setup` of the application, or where its route was not added, it changes nothing.
    """

    #: Origin key -> options of all methods of the view, above those that its route was added with
    #: and below `custom_cors`. It may be replaced or changed at any time.
    cors_config: ClassVar[Mapping[Any, ResourceOptions | Mapping[str, Any]] | None] = None

    @classmethod
    def get_request_config(
        cls, request: web.Request, request_method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        """The options by origin key for *request_method*, from all layers.

        A view may override it. Then it is asked for each request, and for each preflight with the
        method that this asks for, and what it returns counts alone.

        :raises ValueError: where `setup` was not called for the application.
        :raises KeyError: where the view does not define the method.
        """
        config = _config_of(request)
        if config is None:
            raise ValueError("aiohttp_cors.setup() was not called for this application")
        if not defines(cls, request_method.upper()):
            raise KeyError(request_method)
        return config.policy_of_view(cls, request, request_method.upper())

    async def options(self) -> web.StreamResponse:
        """The answer to a preflight.

        :raises aiohttp.web.HTTPForbidden: where it is refused.
        :raises aiohttp.web.HTTPMethodNotAllowed: where the view is not under CORS.
        """
        request: web.Request = self.request  # type: ignore[attr-defined]  # the other base has it
        config = request.app.get(APP_CONFIG_KEY) if has_route(request) else None
        response = None if config is None else config.respond_again(request)
        if response is None:
            response = await self._preflight_handler_of(request)(request)
        if response.status != web.HTTPForbidden.status_code:
            return response
        headers = {n: v for n, v in response.headers.items() if n != hdrs.CONTENT_TYPE}
        raise web.HTTPForbidden(text=response.text, headers=headers)

    def _preflight_handler_of(
        self, request: web.Request
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        if not has_route(request):
            return self._preflight_handler
        config = deciding_config(request)
        if config is None:
            methods = [name for name in methods_of_view(type(self)) if name != hdrs.METH_OPTIONS]
            raise web.HTTPMethodNotAllowed(hdrs.METH_OPTIONS, methods)
        is_own = type(self)._get_config is not CorsViewMixin._get_config  # noqa: SLF001 - of unit tests and subclasses, as in 0.8.1
        return self._preflight_handler if is_own else config.answer_preflight

    def tell_of(self, request: web.Request, refused: Refused) -> None:
        config = _config_of(request)
        if config is None:
            super().tell_of(request, refused)
        else:
            config.tell_of(request, refused)

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        return self.get_request_config(request, request_method)


def _config_of(request: web.Request) -> CorsConfig | None:
    config = request.app.get(APP_CONFIG_KEY)
    if config is not None:
        return config
    try:
        return request.config_dict[APP_CONFIG_KEY]
    except (KeyError, TypeError):  # the latter for the requests that unit tests make
        return None
