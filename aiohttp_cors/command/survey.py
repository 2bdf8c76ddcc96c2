"""What of an application is under CORS, and with which policy: plain values, for the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.abc import AbstractView
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from aiohttp_cors.cors_config import APP_CONFIG_KEY, CorsConfig, deciding_config
from aiohttp_cors.cors_config import configs_of as configs_serving
from aiohttp_cors.handlers import answers_preflights, custom_config
from aiohttp_cors.preflight_handler import is_preflight_handler
from aiohttp_cors.protocol.policy import OriginKey, Policy
from aiohttp_cors.protocol.resource_options import ResourceOptions
from aiohttp_cors.routing import methods_of_view, sub_application, sub_applications, view_of


@dataclass(frozen=True, slots=True)
class Place:
    """One method of one path of an application, and the CORS that it has.

    *config* is the `CorsConfig` that decides there, *policy* is `None` where there is no CORS.
    *configs* are those of all applications that serve it, the innermost first. *answered_first*
    says whether its preflights are answered before any middleware, *protected* whether ``protect``
    keeps foreign pages from it.
    """

    method: str
    route: web.AbstractRoute
    resource: web.AbstractResource
    config: CorsConfig | None
    policy: Policy | None
    configs: tuple[CorsConfig, ...] = ()
    answered_first: bool = False
    protected: bool = False

    @property
    def path(self) -> str:
        """The path, with its variable parts by name."""
        return self.resource.canonical

    @property
    def name(self) -> str:
        """Method and path, as people write them."""
        return f"{self.method} {self.path}"

    @property
    def view(self) -> type[AbstractView] | None:
        """The class-based view that serves it, if one does."""
        return view_of(self.route.handler)

    @property
    def handler_name(self) -> str:
        """The name of the function or view in the application's code."""
        handler: Any = self.route.handler
        return str(getattr(handler, "__qualname__", None) or type(handler).__qualname__)

    @property
    def function(self) -> object:
        """What serves the method: the handler, or the view's own function for it."""
        name = "get" if self.method == hdrs.METH_HEAD else self.method.lower()
        return self.route.handler if self.view is None else getattr(self.view, name, None)

    def options_for(self, origin: str) -> ResourceOptions | None:
        """The options of *origin*, if that can be said without asking predicates."""
        return self.policy.options_for(origin) if self.policy else None

    @property
    def is_own_options(self) -> bool:
        """True for an OPTIONS handler, or a view's `options`, of the application itself."""
        if self.method != hdrs.METH_OPTIONS:
            return False
        return not is_preflight_handler(self.route.handler) and not answers_preflights(self.view)

    @property
    def is_plain_any(self) -> bool:
        """True for a function that serves every method."""
        return self.method == hdrs.METH_ANY

    @property
    def may_change_something(self) -> bool:
        """True for the methods from which ``protect`` keeps foreign pages."""
        return self.method not in _SAFE_METHODS

    @property
    def options(self) -> dict[OriginKey, ResourceOptions]:
        """The options by origin key that count for its method."""
        return {} if self.policy is None else self.policy.in_effect

    @property
    def is_taken_out(self) -> bool:
        """True where there would be CORS, were it not for `CorsConfig.exclude`."""
        return self.policy is None and bool(self.configs) and covers_everything(self.configs[0])

    @property
    def has_options_of_its_own(self) -> bool:
        """True where handler or view would have options, were its route under CORS."""
        return answers_preflights(self.view) or any(
            name != "defaults" and layer for name, layer in self._layers()
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the keys of the policy come from, the most specific first."""
        named = dict(self._layers())
        found = [_source(key, options, named) for key, options in self.options.items()]
        return tuple(name for name in _SOURCES if name in found)

    def _layers(self) -> Iterator[tuple[str, Mapping[Any, Any]]]:
        yield "custom_cors", custom_config(self.function) or {}
        yield "cors_config", getattr(self.view, "cors_config", None) or {}
        yield "defaults", defaults_of(self.config)


# https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods
_SAFE_METHODS = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS, hdrs.METH_TRACE}

_SOURCES = ("custom_cors", "cors_config", "cors.add", "defaults")


def _source(
    key: OriginKey, options: ResourceOptions, named: Mapping[str, Mapping[Any, Any]]
) -> str:
    for name, layer in named.items():
        if key in layer and ResourceOptions.of(layer[key]) == options:
            return name
    return "cors.add"


def defaults_of(config: CorsConfig | None) -> Mapping[OriginKey, ResourceOptions]:
    """The defaults of *config*: of those with a router adapter of their own, nothing is known."""
    if config is None:
        return {}
    try:
        return config.defaults
    except TypeError:
        return {}


def survey(app: web.Application) -> tuple[Place, ...]:
    """Every method of every path of *app* and of its sub-applications, in the router's order.

    What the library itself added to answer preflights is left out.
    """
    return tuple(
        place
        for route, apps in _routes(app, ())
        if not is_preflight_handler(route.handler)
        for place in _places(route, apps)
    )


def applications_of(app: web.Application) -> tuple[web.Application, ...]:
    """*app* and its sub-applications."""
    return (app, *sub_applications(app))


def configs_of(app: web.Application) -> tuple[CorsConfig, ...]:
    """The `CorsConfig` of *app*, and those of its sub-applications."""
    return tuple(each[APP_CONFIG_KEY] for each in applications_of(app) if APP_CONFIG_KEY in each)


def _routes(
    app: web.Application, outer: tuple[web.Application, ...]
) -> Iterator[tuple[web.AbstractRoute, tuple[web.Application, ...]]]:
    apps = (*outer, app)
    for resource in app.router.resources():
        inner = sub_application(resource)
        if inner is not None:
            yield from _routes(inner, apps)
        else:
            yield from ((route, apps) for route in resource)


def _places(route: web.AbstractRoute, apps: tuple[web.Application, ...]) -> Iterator[Place]:
    view = view_of(route.handler)
    methods = [route.method]
    if view is not None and route.method == hdrs.METH_ANY:
        methods = [m for m in methods_of_view(view) if m != hdrs.METH_OPTIONS or _has_own(view)]
    for method in methods:
        match = web.UrlMappingMatchInfo({}, route)
        for app in reversed(apps):
            match.add_app(app)
        yield _place(method, match)


def _has_own(view: type) -> bool:
    return not answers_preflights(view)


@dataclass(frozen=True, slots=True)
class _Asked:
    """As much of a request as the choice of a policy looks at."""

    method: str
    match_info: web.UrlMappingMatchInfo
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)

    @property
    def app(self) -> web.Application:
        return self.match_info.apps[-1]


def _place(method: str, match: web.UrlMappingMatchInfo) -> Place:
    # A function that serves every method has one policy; GET stands for all of them.
    asked = hdrs.METH_GET if method == hdrs.METH_ANY else method
    request = cast("web.Request", _Asked(asked, match))
    config = deciding_config(request)
    policy = None if config is None else config.registry.policy_for(request)
    # Only routes that stand for errors have no resource.
    resource = cast("web.AbstractResource", match.route.resource)
    configs = tuple(configs_serving(request))
    first = APP_CONFIG_KEY in match.apps[0] and all(each.answers_first for each in configs)
    protected = any(each.protects and not each.registry.is_excluded(request) for each in configs)
    return Place(method, match.route, resource, config, policy, configs, first, protected)


async def find(app: web.Application, method: str, path: str) -> Place | web.HTTPException:
    """What serves *method* at *path* (percent-encoded, with or without a query), or the error.

    The router itself is asked.
    """
    match = await app.router.resolve(make_mocked_request(method, path))
    if match.http_exception is not None:
        return match.http_exception
    match.add_app(app)
    return _place(method, match)


def covers_everything(config: CorsConfig) -> bool:
    """True where *config* is one of ``everywhere=True``."""
    return config.is_everywhere


def config_of_errors(app: web.Application) -> CorsConfig | None:
    """The config that decides where *app* has no route, if one does."""
    config = app.get(APP_CONFIG_KEY)
    return config if config is not None and covers_everything(config) else None


def shown_key(key: OriginKey) -> str:
    """An origin key as its author would recognise it.

    >>> shown_key("https://a.example"), shown_key(re.compile("https://a[.]example"))
    ('https://a.example', '/https://a[.]example/')
    """
    if isinstance(key, str):
        return key
    if isinstance(key, re.Pattern):
        return f"/{key.pattern}/"
    return f"{getattr(key, '__name__', type(key).__name__)}()"
