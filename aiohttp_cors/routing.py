"""Questions to aiohttp's router, asked through its public interface alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from aiohttp import hdrs, web
from aiohttp.abc import AbstractView

RoutingEntity = web.Resource | web.StaticResource | web.ResourceRoute

# The first is what it nearly always is, and quicker to tell than the second.
_ROUTES = (web.ResourceRoute, web.AbstractRoute)

# Those that lead to no sub-application: to know them is quicker than to ask them.
_LEAVES = frozenset({web.PlainResource, web.DynamicResource, web.StaticResource})

# A method that no route has: the router's answer to it lists those that there are.
_NO_METHOD = "NO-SUCH-METHOD"


def view_of(route: web.AbstractRoute) -> type[AbstractView] | None:
    """The class-based view that serves *route*, if one does."""
    return view_by(route.handler)


def view_by(handler: Any) -> type[AbstractView] | None:
    """*handler*, where it is a class-based view."""
    # Not isinstance(): a proxy may call itself a class, and then fail as one.
    is_class = issubclass(type(handler), type)
    return handler if is_class and issubclass(handler, AbstractView) else None


def has_route(request: web.Request) -> bool:
    """False for the requests that unit tests make, whose `match_info` is a stand-in."""
    return isinstance(request.match_info.route, _ROUTES)


def methods_of_view(view: type) -> list[str]:
    """The methods that *view* defines, sorted."""
    return sorted(method for method in hdrs.METH_ALL if defines(view, method))


def defines(view: type, method: str) -> bool:
    """True where *view* defines *method*; its other attributes, whatever their names, are none."""
    return method in hdrs.METH_ALL and getattr(view, method.lower(), None) is not None


def route_of(resource: Iterable[web.AbstractRoute], method: str) -> web.AbstractRoute | None:
    """The route of *resource* that serves *method*: its own, else the one for every method."""
    for_any = None
    for route in resource:
        served = route.method
        if served == method:
            return route
        if served == hdrs.METH_ANY:
            for_any = route
    return for_any


def serves(resource: web.AbstractResource, request: web.Request) -> bool:
    """True where the path of *request* is one of *resource*, whatever the method."""
    url = request.rel_url
    # The latter is what newer releases of aiohttp match; it is "/é" for "/%C3%A9".
    return any(_has_path(resource, path) for path in {url.raw_path, getattr(url, "path_safe", "")})


def _has_path(resource: web.AbstractResource, path: str) -> bool:
    info = resource.get_info()
    if "pattern" in info:
        return info["pattern"].fullmatch(path) is not None
    if "prefix" in info:
        return path.startswith(f"{info['prefix']}/")
    return info.get("path") == path


def sub_application(resource: web.AbstractResource) -> web.Application | None:
    """The application that *resource* leads to, where it is a sub-application's."""
    app = resource.get_info().get("app")
    return app if isinstance(app, web.Application) else None


def sub_applications(app: web.Application) -> list[web.Application]:
    """All sub-applications of *app*, and theirs."""
    found: list[web.Application] = []
    for resource in app.router.resources():
        inner = None if type(resource) in _LEAVES else sub_application(resource)
        if inner is not None:
            found += [inner, *sub_applications(inner)]
    return found


class ServingRoutes:
    """Which route would serve a request if its method were another one.

    The router itself is asked, with a copy of the request, since paths may be served by several
    resources. That costs more than all else in a preflight, so it is not done for a resource that
    no other one shares a URL with.
    """

    def __init__(self, router: web.UrlDispatcher) -> None:
        self._router = router
        self._map = _UrlMap(())

    async def find(self, request: web.Request, method: str) -> web.AbstractRoute | None:
        """The route that would serve *request* with *method*; `None` for a 404 or 405."""
        resource = request.match_info.route.resource
        if resource is not None and self.is_alone(request.match_info):
            return route_of(resource, method)
        match = await self._resolve(request, method)
        return None if match is None or match.http_exception is not None else match.route

    async def methods(self, request: web.Request) -> list[str]:
        """The methods that have a route at the URL of *request*, sorted."""
        resource = request.match_info.route.resource
        if resource is not None and self.is_alone(request.match_info):
            return _methods_of(resource)
        match = await self._resolve(request, _NO_METHOD)
        if match is None:
            return []
        if isinstance(match.http_exception, web.HTTPMethodNotAllowed):
            return sorted(match.http_exception.allowed_methods)
        return _methods_of(match.route.resource or ())

    def is_alone(self, match_info: web.UrlMappingMatchInfo) -> bool:
        """True where no other resource has a URL in common with that of *match_info*."""
        resource = match_info.route.resource
        if resource is None or len(match_info.apps) > 1:
            return False
        resources = self._router.resources()
        if len(resources) != self._map.size:
            self._map = _UrlMap(resources)
        return self._map.is_alone(resource)

    def is_settled(self, match_info: web.UrlMappingMatchInfo) -> bool:
        """True where that is so, and will be: the router takes no further resource."""
        return self._router.frozen and self.is_alone(match_info)

    async def _resolve(self, request: web.Request, method: str) -> web.UrlMappingMatchInfo | None:
        try:
            asked = request.clone(method=method)
        except RuntimeError:  # a middleware has read a body, which no preflight has
            return None
        return await request.match_info.apps[0].router.resolve(asked)


def _methods_of(resource: Iterable[web.AbstractRoute]) -> list[str]:
    methods: set[str] = set()
    for route in resource:
        view = view_of(route)
        if route.method == hdrs.METH_ANY and view is not None:
            methods.update(methods_of_view(view))
        else:
            methods.add(route.method)
    return sorted(methods - {hdrs.METH_ANY})


class _UrlMap:
    """Which resources of a router can be served at the same URL, as far as their paths tell."""

    def __init__(self, resources: Iterable[web.AbstractResource]) -> None:
        every = list(resources)
        self.size = len(every)
        plain = [r.canonical for r in every if isinstance(r, web.PlainResource)]
        self._plain = Counter(plain)
        self._prefixes = [_fixed_part(r) for r in every if not isinstance(r, web.PlainResource)]

    def is_alone(self, resource: web.AbstractResource) -> bool:
        """True where no other resource has a URL in common with *resource*."""
        path = _fixed_part(resource)
        if isinstance(resource, web.PlainResource):
            return self._plain[path] == 1 and not any(map(path.startswith, self._prefixes))
        related = [p for p in self._prefixes if p.startswith(path) or path.startswith(p)]
        return len(related) == 1 and not any(plain.startswith(path) for plain in self._plain)


def _fixed_part(resource: web.AbstractResource) -> str:
    """What all URLs of *resource* begin with: nothing, where only its rule can tell."""
    if isinstance(resource, (web.Resource, web.StaticResource)):
        return resource.canonical.partition("{")[0]
    if isinstance(resource, web.PrefixedSubAppResource) and "rule" not in resource.get_info():
        return resource.canonical
    return ""
