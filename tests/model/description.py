"""Applications and requests as plain values: what the model judges, and what is built and asked."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from aiohttp_cors import ResourceOptions

Pairs: TypeAlias = tuple[tuple[str, str], ...]

YES = True
NO = False
RAISES = "raises"
NONSENSE = "nonsense"


class Predicate(NamedTuple):
    """A function of the application; what it says of an origin that is not listed is `None`."""

    says: tuple[tuple[str, bool | str | ResourceOptions], ...]
    awaitable: bool = False

    def verdict(self, origin: str) -> bool | str | ResourceOptions | None:
        return dict(self.says).get(origin)


Key: TypeAlias = "str | re.Pattern[str] | Predicate"


class Layer(NamedTuple):
    """A mapping of origins to options, as one place of an application gives it."""

    keys: tuple[tuple[Key, ResourceOptions], ...] = ()
    inherit: bool = True


class Handler(NamedTuple):
    """A function, or a method of a view."""

    custom: Layer | None = None  # of `custom_cors`
    sets: Pairs = ()  # headers of its answers
    ends: str = "answer"  # or "not found", "crash", "stream"


class View(NamedTuple):
    """A view with `CorsViewMixin`."""

    methods: tuple[tuple[str, Handler], ...]
    config: Layer | None = None  # its `cors_config`

    def handler(self, method: str) -> Handler | None:
        return dict(self.methods).get(method)


class Route(NamedTuple):
    """A route, and what `cors.add` or `cors.exclude` said of it."""

    method: str  # "*" is any
    handler: Handler | View
    added: Layer | None = None
    excluded: bool = False


class Resource(NamedTuple):
    """A resource, and what `cors.add` or `cors.exclude` said of it."""

    path: str
    routes: tuple[Route, ...] = ()
    static: bool = False
    added: Layer | None = None
    excluded: bool = False


class Application(NamedTuple):
    """An application; `has_cors` says whether `setup` was called for it."""

    resources: tuple[Resource, ...]
    defaults: Layer = Layer()
    has_cors: bool = True
    everywhere: bool = False
    preflight_first: bool = False
    protect: bool = False
    excluded: bool = False  # of the application around it
    sub: Application | None = None  # under "/sub"


HOST = "server.example"


class Request(NamedTuple):
    """The part of a request that decides; its `Host` is always the same."""

    method: str
    path: str
    origins: tuple[str, ...] = ()  # lines of `Origin`
    asks_method: str | None = None  # Access-Control-Request-Method
    asks_headers: str | None = None  # Access-Control-Request-Headers
    fetch_site: str | None = None  # Sec-Fetch-Site
    has_cookie: bool = False
    is_handshake: bool = False  # of a WebSocket
