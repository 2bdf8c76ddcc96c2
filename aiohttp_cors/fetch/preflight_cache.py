"""The CORS-preflight cache: https://fetch.spec.whatwg.org/#concept-cache"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import hdrs
from yarl import URL

from .headers import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, extract_max_age, extract_tokens
from .requests import Request, serialize_request_origin
from .responses import WireResponse


class PreflightCache:
    """What preflights have allowed, per origin, URL, credentials, method and header name.

    :param clock: the seconds since any fixed moment.
    :param limit: the seconds after which entries are dropped whatever the server says. Chromium
        keeps them for 7200, Firefox for 86400, WebKit for 600.
    """

    def __init__(self, clock: Callable[[], float], limit: int = 7200) -> None:
        self._clock = clock
        self._limit = limit
        self._expiry: dict[tuple[str, URL, bool, str, str], float] = {}

    def has_method(self, request: Request) -> bool:
        """The standard's *method cache entry match*."""
        return self._has(request, "method", request.method)

    def has_header_name(self, request: Request, name: str) -> bool:
        """The standard's *header-name cache entry match* for *name* in lower case.

        ``*`` never covers Authorization.
        """
        wildcard = name not in CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
        return self._has(request, "header", name, wildcard=wildcard)

    def store(self, request: Request, response: WireResponse) -> None:
        """Keep what *response*, which passed every check, allows."""
        expiry = self._clock() + min(extract_max_age(response.headers), self._limit)
        methods = extract_tokens(hdrs.ACCESS_CONTROL_ALLOW_METHODS, response.headers)
        names = extract_tokens(hdrs.ACCESS_CONTROL_ALLOW_HEADERS, response.headers)
        key = (serialize_request_origin(request), request.url, request.credentials == "include")
        self._expiry |= {(*key, "method", method): expiry for method in methods}
        self._expiry |= {(*key, "header", name.lower()): expiry for name in names}

    def clear(self, request: Request) -> None:
        """Forget what is known about the URL of *request* for its origin."""
        key = (serialize_request_origin(request), request.url)
        self._expiry = {k: expiry for k, expiry in self._expiry.items() if k[:2] != key}

    def _has(self, request: Request, kind: str, name: str, *, wildcard: bool = True) -> bool:
        origin, now = serialize_request_origin(request), self._clock()
        # An entry made with credentials serves every request; one made without, only its like.
        # For "*" the standard says so of preflights alone; no engine lets a cached "*" cover a
        # request with credentials either.
        include = request.credentials == "include"
        matches = [(True, name)] if include else [(True, name), (False, name)]
        if wildcard and not include:
            matches += [(True, "*"), (False, "*")]
        return any(
            self._expiry.get((origin, request.url, made_with, kind, listed), now) > now
            for made_with, listed in matches
        )
