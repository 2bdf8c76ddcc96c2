"""Questions to aiohttp's router, asked through its public interface alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from aiohttp import hdrs, web
from aiohttp.abc import AbstractView

RoutingEntity = web.Resource | web.StaticResource | web.ResourceRoute

# The first is what it nearly always is, and quicker to tell than the second.
_ROUTES = (web.ResourceRoute, web.AbstractRoute)

# Those that lead to no sub-application: to know them is quicker than to ask them.
_LEAVES = frozenset({web.PlainResource, web.DynamicResource, web.StaticResource})

# A method that no route has: the router's answer to it lists those that there are.
_NO_METHOD = "NO-SUCH-METHOD"


def view_of(handler: Any) -> type[AbstractView] | None:
    """*handler*, where it is a class-based view."""
    # Not isinstance(): a proxy may call itself a class, and then fail as one.
    is_class = issubclass(type(handler), type)
    return handler if is_class and issubclass(handler, AbstractView) else None


def resource_of(entity: object) -> web.AbstractResource:
    """The resource that *entity* is, or is a route of.

    :raises ValueError: where it is neither.
    """
    if isinstance(entity, web.ResourceRoute) and entity.resource is not None:
        return entity.resource
    if isinstance(entity, (web.Resource, web.StaticResource)):
        return entity
    what = f"Resource or ResourceRoute expected, got {entity!r}"
    raise ValueError(f"{what}: {_what_to_add(entity)}")


def _what_to_add(entity: object) -> str:
    if isinstance(entity, str):
        return f"write cors.add(app.router.add_resource({entity!r}))"
    if isinstance(entity, (web.AbstractRouteDef, web.RouteTableDef)):
        return "write app.add_routes(...), and cors.add(route) for each of app.router.routes()"
    if isinstance(entity, web.Application):
        return "write cors.add(route) for each of its router.routes(), or everywhere=True"
    if callable(entity):
        return 'write cors.add(app.router.add_get("/path", handler))'
    return "write what app.router.add_get() and its like return"


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


def add_options_route(resource: Any, handler: Any) -> web.AbstractRoute:
    """The route that is added to *resource* for *handler* to answer OPTIONS.

    :raises RuntimeError: where another one answers them.
    """
    added: web.AbstractRoute
    if not isinstance(resource, web.StaticResource):
        added = resource.add_route(hdrs.METH_OPTIONS, handler)
        return added
    resource.set_options_route(handler)  # which returns it in newer releases of aiohttp alone
    added = next(route for route in resource if route.method == hdrs.METH_OPTIONS)
    return added


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


class Served(NamedTuple):
    """What would serve a request: a route, `None` for a 404 or 405, and the applications around it.

    The outermost application comes first.
    """

    route: web.AbstractRoute | None
    apps: tuple[web.Application, ...]


class ServingRoutes:
    """Which route would serve a request if its method were another one.

    The router itself is asked, with a copy of the request, since paths may be served by several
    resources. That costs more than all else in a preflight, so it is not done for a resource that
    no other one shares a URL with.
    """

    def __init__(self, router: web.UrlDispatcher) -> None:
        self._router = router
        self._size = 0
        self._listed: frozenset[web.AbstractResource] = frozenset()
        self._alone: frozenset[web.AbstractResource] = frozenset()

    async def find(self, request: web.Request, method: str) -> Served:
        """What would serve *request* with *method*; for HEAD, the route of GET will do."""
        match = request.match_info
        if match.route.resource is not None and self.is_alone(match):
            served = Served(route_of(match.route.resource, method), match.apps)
        else:
            served = _served(match.apps[0], await _resolve(request, method))
        if served.route is None and method == hdrs.METH_HEAD:
            return await self.find(request, hdrs.METH_GET)
        return served

    async def methods(self, request: web.Request) -> list[str]:
        """The methods that have a route at the URL of *request*, sorted."""
        resource = request.match_info.route.resource
        if resource is not None and self.is_alone(request.match_info):
            return _methods_of(resource)
        match = await _resolve(request, _NO_METHOD)
        if match is None:
            return []
        if isinstance(match.http_exception, web.HTTPMethodNotAllowed):
            return sorted(match.http_exception.allowed_methods)
        return _methods_of(match.route.resource or ())

    def is_alone(self, match_info: web.UrlMappingMatchInfo) -> bool:
        """True where no other resource has a URL in common with that of *match_info*."""
        if len(match_info.apps) > 1:
            return False
        self._look()
        return match_info.route.resource in self._alone

    def lists(self, match_info: web.UrlMappingMatchInfo) -> bool:
        """True where the router holds the route: some resources make one for each request."""
        route, router = match_info.route, match_info.apps[-1].router
        resource = route.resource
        if resource is None:
            return False
        self._look()
        is_listed = resource in (self._listed if router is self._router else router.resources())
        return is_listed and route in tuple(resource)

    def _look(self) -> None:
        resources = self._router.resources()
        if len(resources) != self._size:
            self._size = len(resources)
            self._listed = frozenset(resources)
            self._alone = frozenset(_alone(resources))

    def is_settled(self, match_info: web.UrlMappingMatchInfo) -> bool:
        """True where that is so, and will be: the router takes no further resource."""
        return self._router.frozen and self.is_alone(match_info)


async def _resolve(request: web.Request, method: str) -> web.UrlMappingMatchInfo | None:
    try:
        asked = request.clone(method=method)
    except RuntimeError:  # a middleware has read a body, which no preflight has
        return None
    return await request.match_info.apps[0].router.resolve(asked)


def _served(outermost: web.Application, match: web.UrlMappingMatchInfo | None) -> Served:
    if match is None:
        return Served(None, (outermost,))
    # The router of the outermost application knows only those within.
    return Served(None if match.http_exception else match.route, (outermost, *match.apps))


def _methods_of(resource: Iterable[web.AbstractRoute]) -> list[str]:
    methods: set[str] = set()
    for route in resource:
        view = view_of(route.handler)
        if route.method == hdrs.METH_ANY and view is not None:
            methods.update(methods_of_view(view))
        else:
            methods.add(route.method)
    return sorted(methods - {hdrs.METH_ANY})


def _alone(resources: Iterable[web.AbstractResource]) -> Iterator[web.AbstractResource]:
    """Those of *resources* that share no URL with another, as far as their paths tell.

    Sorted by what all their URLs begin with, those that may share one with a resource are its
    neighbours: whatever its own part is the beginning of comes right behind it.
    """
    by_part = sorted(((_fixed_part(each), each) for each in resources), key=itemgetter(0))
    shared: set[int] = set()
    open_parts: list[
        tuple[str, int]
    ] = []  # of resources with a variable part, each in the one before
    for number, (part, resource) in enumerate(by_part):
        while open_parts and not part.startswith(open_parts[-1][0]):
            open_parts.pop()
        if open_parts:
            shared.update((number, open_parts[-1][1]))
        is_plain = isinstance(resource, web.PlainResource)
        if number and by_part[number - 1][0] == part:
            shared.update((number - 1, number))
        if not is_plain:
            open_parts.append((part, number))
    return (resource for number, (_, resource) in enumerate(by_part) if number not in shared)


def _fixed_part(resource: web.AbstractResource) -> str:
    """What all URLs of *resource* begin with: nothing, where only its rule can tell."""
    if isinstance(resource, (web.Resource, web.StaticResource)):
        return resource.canonical.partition("{")[0]
    if isinstance(resource, web.PrefixedSubAppResource) and "rule" not in resource.get_info():
        return resource.canonical
    return ""
