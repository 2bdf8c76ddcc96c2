"""Random applications and requests, without what the contract leaves open.

Beside what :mod:`.model` lists:

* resources are in the order in which the router tries them: plain paths before dynamic ones;
* `allow_methods` does not stand in the config of a handler or a view, nor in that of a route whose
  resource has a config of its own, nor in those of two routes of a resource, where it could both
  enable and not (with ``everywhere``, where it only limits, it stands anywhere);
* predicates give options of their own only where no options name methods;
* views are added; functions have a config of their own only where their route is added;
* nothing is both added and excluded, and nothing is added inside of what is excluded;
* an application does not add routes of a sub-application that has a CorsConfig of its own;
* with ``everywhere`` there are `defaults`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from hypothesis import strategies as st

from aiohttp_cors import ResourceOptions

from .description import (
    HOST,
    NO,
    NONSENSE,
    RAISES,
    YES,
    Application,
    Handler,
    Layer,
    Predicate,
    Request,
    Resource,
    Route,
    View,
)

A, B = "https://a.example", "https://b.example"
SUBDOMAIN, LOCAL = "https://x.sub.example.com", "http://localhost:8001"
SITES = (A, B, SUBDOMAIN, LOCAL, "http://localhost", "https://example.com")
OPAQUE = ("null", "file://", "*", "https://a.example/", "https://a.example:443")
OWN = (f"http://{HOST}", f"https://{HOST}")
ORIGINS = st.sampled_from([*((origin,) for origin in SITES + OPAQUE + OWN), (), (), (A, A), (A, B)])

STRINGS = ("*", A, B, "null", "file://", "https://*.example.com", "http://localhost:*")
PATTERNS = ("http://localhost:800*", "https://*.sub.example.com:*")
REGEXES = tuple(map(re.compile, (r"https://[ab]\.example", r"null|file://", r"https?://.*")))
PREDICATES = (
    Predicate(((A, YES), ("null", YES), (LOCAL, NO))),
    Predicate(((B, YES), (A, RAISES)), awaitable=True),
    Predicate(((SUBDOMAIN, NONSENSE), (LOCAL, YES))),
)
ANSWERING = Predicate(((A, ResourceOptions(max_age=7, allow_headers=["X-P"])), (B, NO)))

MAX_AGES = st.sampled_from([None, None, 0, 600])
NAMES = st.sampled_from(["*", (), ("X-One",), ("X-One", "X-Two")])
ALLOWED_METHODS = st.sampled_from(
    [None, None, "*", (), ("PUT",), ("PUT", "DELETE"), ("GET", "PATCH")]
)

EXTRA_HEADERS = st.sampled_from(
    [
        (),
        (),
        (("X-One", "1"), ("Set-Cookie", "a=b")),
        (("Vary", "Accept"),),
        (("Vary", "accept, ORIGIN"),),
        (("Vary", "*"),),
        (("Access-Control-Allow-Origin", "https://handler.example"),),
        (("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "X-Own")),
    ]
)
ENDS = st.sampled_from(["answer", "answer", "answer", "not found", "crash", "stream"])
ROUTED = ("GET", "HEAD", "POST", "PUT", "DELETE")
PATHS = ("/a", "/b", "/none", "/sub/a", "/sub/none", "/static/__init__.py")


class Mode(NamedTuple):
    """What an application is set up for, as far as it restricts its parts."""

    adds: bool
    everywhere: bool
    preflight_first: bool
    names_methods: bool
    protect: bool

    @property
    def answers_first(self) -> bool:
        return self.everywhere or self.preflight_first


@st.composite
def options(draw: Any, *, names_methods: bool) -> ResourceOptions:
    return ResourceOptions(
        allow_credentials=draw(st.booleans()),
        expose_headers=draw(NAMES),
        allow_headers=draw(NAMES),
        max_age=draw(MAX_AGES),
        allow_methods=draw(ALLOWED_METHODS) if names_methods else None,
    )


def layers(mode: Mode, *, names_methods: bool, least: int = 0) -> st.SearchStrategy[Layer]:
    keys: list[Any] = [*STRINGS, *STRINGS, *PATTERNS, *REGEXES, *PREDICATES]
    if not mode.names_methods:
        keys.append(ANSWERING)
    pairs = st.tuples(
        st.sampled_from(keys), options(names_methods=mode.names_methods and names_methods)
    )
    several = st.lists(pairs, min_size=least, max_size=3, unique_by=lambda pair: pair[0])
    inherit = st.sampled_from([True, True, True, False])
    return st.builds(Layer, several.map(tuple), inherit)


def handlers(mode: Mode, *, may_have_config: bool) -> st.SearchStrategy[Handler]:
    custom: st.SearchStrategy[Layer | None] = st.none()
    if may_have_config:
        custom |= layers(mode, names_methods=mode.everywhere)
    return st.builds(Handler, custom, EXTRA_HEADERS, ENDS)


@st.composite
def routes(draw: Any, mode: Mode, method: str, *, may_name_methods: bool) -> Route:
    added = None
    if mode.adds and draw(st.booleans()):
        added = draw(layers(mode, names_methods=may_name_methods))
        if may_name_methods and not mode.everywhere:
            added = added._replace(inherit=True)
    own = handlers(mode, may_have_config=mode.everywhere or added is not None)
    excluded = mode.adds and added is None and draw(st.sampled_from([False, False, False, True]))
    return Route(method, draw(own), added, excluded)


@st.composite
def function_resources(draw: Any, mode: Mode, path: str) -> Resource:
    added = draw(st.none() | layers(mode, names_methods=True)) if mode.adds else None
    names = draw(st.lists(st.sampled_from(ROUTED), min_size=1, max_size=3, unique=True))
    who_names = draw(st.sampled_from(names)) if added is None else None
    given = [
        draw(routes(mode, name, may_name_methods=mode.everywhere or name == who_names))
        for name in names
    ]
    given = [route._replace(excluded=route.excluded and alone(route, names)) for route in given]
    nothing_added = added is None and all(route.added is None for route in given)
    if (mode.answers_first or nothing_added) and draw(st.sampled_from([False, False, True])):
        adds = mode._replace(adds=mode.adds and mode.answers_first)
        given.append(draw(routes(adds, "OPTIONS", may_name_methods=mode.everywhere)))
    return Resource(path, tuple(given), added=added)


def alone(route: Route, names: list[str]) -> bool:
    """It is not one of GET and HEAD, which go together, when there are both."""
    return route.method not in ("GET", "HEAD") or not {"GET", "HEAD"} <= set(names)


@st.composite
def any_resources(draw: Any, mode: Mode, path: str) -> Resource:
    """A function for all methods."""
    mode = mode._replace(adds=mode.adds and mode.answers_first)
    added = draw(st.none() | layers(mode, names_methods=True)) if mode.adds else None
    may_name_methods = mode.everywhere or added is None
    return Resource(
        path, (draw(routes(mode, "*", may_name_methods=may_name_methods)),), added=added
    )


@st.composite
def view_resources(draw: Any, mode: Mode, path: str) -> Resource:
    names = draw(st.lists(st.sampled_from(ROUTED), min_size=1, max_size=3, unique=True))
    methods = [(name, draw(handlers(mode, may_have_config=True))) for name in names]
    config = draw(st.none() | layers(mode, names_methods=mode.everywhere))
    config = config and config._replace(inherit=True)
    added, of_route = None, None
    if mode.adds:
        added = draw(st.none() | layers(mode, names_methods=True))
        of_route = draw(layers(mode, names_methods=mode.everywhere))
    route = Route("*", View(tuple(methods), config), of_route)
    return Resource(path, (route,), added=added)


@st.composite
def static_resources(draw: Any, mode: Mode) -> Resource:
    added = draw(st.none() | layers(mode, names_methods=True)) if mode.adds else None
    return Resource("/static", static=True, added=added)


def resources(mode: Mode, path: str) -> st.SearchStrategy[Resource]:
    functions = function_resources(mode, path)
    return functions | functions | any_resources(mode, path) | view_resources(mode, path)


@st.composite
def maybe_excluded(draw: Any, mode: Mode, given: st.SearchStrategy[Resource]) -> Resource:
    resource = draw(given)
    if not mode.adds or resource.added or any(route.added for route in resource.routes):
        return resource
    return resource._replace(excluded=draw(st.sampled_from([False, False, False, True])))


@st.composite
def all_resources(draw: Any, mode: Mode) -> tuple[Resource, ...]:
    paths = draw(st.lists(st.sampled_from(["/a", "/a", "/b", "/{x}"]), min_size=1, max_size=3))
    given = [draw(maybe_excluded(mode, resources(mode, path))) for path in sorted(paths)]
    return tuple(given)


CATCH_ALL = Resource("/{tail:.*}", (Route("OPTIONS", Handler()),))


@st.composite
def modes(draw: Any) -> Mode:
    which = draw(st.sampled_from(["plain", "preflight_first", "everywhere"]))
    names_methods, protect = draw(st.booleans()), draw(st.booleans())
    return Mode(True, which == "everywhere", which == "preflight_first", names_methods, protect)


@st.composite
def applications(draw: Any) -> Application:
    mode = draw(modes())
    given = draw(all_resources(mode))
    if draw(st.sampled_from([False, False, False, True])):
        given = (draw(maybe_excluded(mode, static_resources(mode))), *given)
    if draw(st.sampled_from([False, False, False, True])):
        given = (*given, CATCH_ALL)
    app = application(mode, given, draw(defaults(mode)))
    if draw(st.sampled_from([False, False, True])):
        app = app._replace(sub=draw(sub_applications(mode)))
    return app


def inheriting(layer: Layer) -> Layer:
    return layer._replace(inherit=True)


def defaults(mode: Mode) -> st.SearchStrategy[Layer]:
    least = 1 if mode.everywhere else 0
    return layers(mode, names_methods=True, least=least).map(inheriting)


def application(mode: Mode, given: tuple[Resource, ...], layer: Layer) -> Application:
    return Application(
        given,
        layer,
        everywhere=mode.everywhere,
        preflight_first=mode.preflight_first,
        protect=mode.protect,
    )


@st.composite
def sub_applications(draw: Any, around: Mode) -> Application:
    if draw(st.booleans()):
        mode = draw(modes())
        return application(mode, draw(all_resources(mode)), draw(defaults(mode)))
    if draw(st.sampled_from([False, False, True])):
        mode = around._replace(adds=False)
        return Application(draw(all_resources(mode)), has_cors=False, excluded=True)
    return Application(draw(all_resources(around)), has_cors=False)


ASKED_METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PUT", "DELETE", "PATCH", "X Y"])
ASKED_HEADERS = st.sampled_from([None, None, "", "x-one", "X-two ,, x-ONE", "x-p", "x one"])
FETCH_SITES = st.sampled_from([None, None, None, "same-origin", "none", "cross-site", "same-site"])
actual_requests = st.builds(
    Request,
    st.sampled_from([*ROUTED, "PATCH", "OPTIONS"]),
    st.sampled_from(PATHS),
    ORIGINS,
    st.none(),
    st.none(),
    FETCH_SITES,
    st.booleans(),
    st.just(False),
)
handshakes = actual_requests.map(lambda actual: actual._replace(method="GET", is_handshake=True))
preflights = st.builds(
    Request,
    st.just("OPTIONS"),
    st.sampled_from(PATHS),
    ORIGINS,
    ASKED_METHODS,
    ASKED_HEADERS,
    FETCH_SITES,
    st.just(False),
    st.just(False),
)
# Each handshake takes a connection of its own, and so there are fewer.
any_request = st.sampled_from([actual_requests] * 4 + [preflights] * 4 + [handshakes])
requests = st.lists(any_request.flatmap(lambda kind: kind), min_size=15, max_size=30)
