"""The headers by which a response says who may read it: ``Vary``, and those of CORS.

https://fetch.spec.whatwg.org/#http-responses
"""

from __future__ import annotations

from functools import lru_cache

from aiohttp.hdrs import (
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    VARY,
)
from multidict import CIMultiDict

from .resource_options import ResourceOptions

# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name: pages always read these
_SAFELISTED_RESPONSE_HEADERS = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)

# https://fetch.spec.whatwg.org/#forbidden-response-header-name: pages never read these
_FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

# What the browser reads itself: https://fetch.spec.whatwg.org/#http-responses
_CORS_RESPONSE_HEADERS = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
    }
)

_NEVER_EXPOSED = _SAFELISTED_RESPONSE_HEADERS | _FORBIDDEN_RESPONSE_HEADERS | _CORS_RESPONSE_HEADERS


def is_safelisted_response_header(name: str) -> bool:
    """True for a CORS-safelisted response-header name, which every page may read."""
    return name.lower() in _SAFELISTED_RESPONSE_HEADERS


def is_forbidden_response_header(name: str) -> bool:
    """True for a forbidden response-header name, which no page may read."""
    return name.lower() in _FORBIDDEN_RESPONSE_HEADERS


# ---------------------------------------------------------------------------------------------
# Vary
# ---------------------------------------------------------------------------------------------

# Vary goes on refused and on Origin-less responses too: Firefox caches a refusal, and all three
# engines reuse what a plain <img> fetched.
# https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches

# A str: `hdrs.ORIGIN` is an istr, good as a name of a header, but copied each time as a value.
VARY_ORIGIN = "Origin"


def extend_vary(headers: CIMultiDict[str]) -> None:
    """Make the ``Vary`` that *headers* have name ``Origin``, once, beside what else it names."""
    headers[VARY] = _with_origin(", ".join(headers.getall(VARY)))


@lru_cache(maxsize=256)
def _with_origin(vary: str) -> str:
    names = [name for part in vary.split(",") if (name := part.strip())]
    if {"origin", "*"}.isdisjoint(name.lower() for name in names):
        names.append(VARY_ORIGIN)
    return ", ".join(names)


# ---------------------------------------------------------------------------------------------
# Actual requests
# ---------------------------------------------------------------------------------------------


class Grant:
    """What an origin with *options* is granted, made once and read by each response.

    *allowed_origin*, *credentials* and *exposed* are the values of Access-Control-Allow-Origin,
    -Allow-Credentials and -Expose-Headers. The first is `None` for the origin that asks, the others
    for no such header; *exposes_each* tells that the last depends on the response: ``*`` is no
    wildcard where credentials are allowed,
    https://fetch.spec.whatwg.org/#cors-protocol-and-credentials.
    """

    __slots__ = (
        "allowed_origin",
        "credentials",
        "exposed",
        "exposes_each",
        "options",
        "withholds_credentials",
    )

    def __init__(self, options: ResourceOptions) -> None:
        self.options = options
        self.allowed_origin: str | None = None
        #: Whether options that allow credentials do not, here.
        self.withholds_credentials = False
        self.credentials = "true" if options.allow_credentials else None
        self.exposes_each = options.expose_headers == "*" and options.allow_credentials
        listed = () if self.exposes_each else sorted(options.expose_headers)
        self.exposed = ",".join(listed) or None

    @classmethod
    def to_everybody(cls, options: ResourceOptions) -> Grant:
        """What everybody is granted, sites or not: a literal ``*``, and so never credentials."""
        grant = cls(options._replace(allow_credentials=False))
        grant.allowed_origin = "*"
        grant.withholds_credentials = options.allow_credentials
        return grant


def allow_actual(headers: CIMultiDict[str], origin: str, grant: Grant) -> None:
    """Let the pages that *grant* of *origin* is for read the response of these *headers*.

    Where Access-Control-Allow-Origin is there already, the handler has given its own answer, and
    nothing is changed; its other CORS headers, without that one, are replaced as a whole.
    https://fetch.spec.whatwg.org/#http-responses
    """
    if ACCESS_CONTROL_ALLOW_ORIGIN in headers:
        return
    headers[ACCESS_CONTROL_ALLOW_ORIGIN] = grant.allowed_origin or origin
    if grant.credentials is not None:
        headers[ACCESS_CONTROL_ALLOW_CREDENTIALS] = grant.credentials
    elif ACCESS_CONTROL_ALLOW_CREDENTIALS in headers:
        del headers[ACCESS_CONTROL_ALLOW_CREDENTIALS]
    exposed = _expose_list(tuple(headers)) if grant.exposes_each else grant.exposed
    if exposed:
        headers[ACCESS_CONTROL_EXPOSE_HEADERS] = exposed
    elif ACCESS_CONTROL_EXPOSE_HEADERS in headers:
        del headers[ACCESS_CONTROL_EXPOSE_HEADERS]


@lru_cache(maxsize=256)
def _expose_list(names: tuple[str, ...]) -> str:
    return ",".join(exposed_names(names))


def exposed_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """What an expose list says in place of ``*``.

    It is each of *names* once, sorted, without those that every page may read, that none may, and
    that only browsers need.

    >>> exposed_names(("X-Total", "Content-Type", "ETag", "etag", "Set-Cookie"))
    ('ETag', 'X-Total')
    """
    by_lower: dict[str, str] = {}
    for name in names:
        by_lower.setdefault(name.lower(), name)
    return tuple(by_lower[name] for name in sorted(by_lower.keys() - _NEVER_EXPOSED))
