"""A preflight: what it asks, what its answer says, or why it is refused.

Plain values in (header values, options), plain values out (headers, or why not).  It knows neither
routes nor requests, and not how the options of an origin were found.

https://fetch.spec.whatwg.org/#cors-preflight-fetch
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from aiohttp.hdrs import (
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE,
)
from multidict import CIMultiDict, CIMultiDictProxy

from .diagnostics import SHOWN_LENGTH, shown
from .resource_options import ResourceOptions, is_token
from .responses import Grant

# https://fetch.spec.whatwg.org/#cors-safelisted-method: allowed by every server, so that browsers
# do not look for them in Access-Control-Allow-Methods
SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})

_REFUSED = "CORS preflight request failed: "


class Refusal(Enum):
    """Which check of a preflight failed, in the order of the checks."""

    NO_ORIGIN = "no-origin"
    NO_METHOD = "no-method"
    INVALID_METHOD = "invalid-method"
    INVALID_HEADERS = "invalid-headers"
    NO_ORIGINS_ALLOWED = "no-origins-allowed"
    ORIGIN = "origin"
    METHOD = "method"
    HEADERS = "headers"


class PreflightRefusedError(Exception):
    """A preflight that is not granted.

    *refusal* says which check failed, *reason* is the sentence for people: the same one in the
    403, in the log and in the tools. *grant* is what the origin may do here otherwise, if known.
    """

    def __init__(self, refusal: Refusal, reason: str, grant: Grant | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.reason = reason
        self.grant = grant


def unchanging(headers: Mapping[str, str]) -> CIMultiDictProxy[str]:
    """A copy of *headers* for many responses, each of which starts from it and adds its own.

    Some releases of aiohttp write on a `CIMultiDict` that they are given.
    """
    return CIMultiDictProxy(CIMultiDict(headers))


class RefusedAnswer(NamedTuple):
    """The answer to a preflight that is refused, ready to be sent, and *reason* for the log."""

    reason: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @classmethod
    def of(cls, refused: PreflightRefusedError, headers: Mapping[str, str]) -> RefusedAnswer:
        """The one that tells why, with *headers* too."""
        own = unchanging({**headers, CONTENT_TYPE: "text/plain; charset=utf-8"})
        return cls(refused.reason, own, f"{_REFUSED}{refused.reason}".encode())


class Preflight(NamedTuple):
    """What a CORS-preflight request asks: may *origin* send *method* with these *headers*?

    https://fetch.spec.whatwg.org/#cors-preflight-request
    """

    origin: str
    method: str
    headers: tuple[str, ...]  # upper-case, as asked for, each once

    def refuse_origin(self, *, any_allowed: bool) -> PreflightRefusedError:
        """The refusal of an origin that has no options, where others have some or nobody has."""
        if not any_allowed:
            return PreflightRefusedError(Refusal.NO_ORIGINS_ALLOWED, "no origins are allowed")
        return PreflightRefusedError(Refusal.ORIGIN, f"origin {shown(self.origin)} is not allowed")

    def refuse_method(self, grant: Grant | None) -> PreflightRefusedError:
        """The refusal of a method that is not enabled for this origin, which has *grant*."""
        return PreflightRefusedError(
            Refusal.METHOD,
            f"request method {shown(self.method)} is not allowed for {shown(self.origin)} origin",
            grant,
        )

    def check_headers(self, grant: Grant) -> None:
        """Return where *grant* allows each header that is asked for.

        :raises PreflightRefusedError: naming those that it does not.
        """
        options = grant.options
        if options.allow_headers == "*" or options.allow_headers.issuperset(self.headers):
            return
        refused = ", ".join(n for n in self.headers if n not in options.allow_headers)
        raise PreflightRefusedError(
            Refusal.HEADERS, f"headers are not allowed: {_cut(refused)}", grant
        )

    @property
    def is_for_safelisted_method(self) -> bool:
        """True where the browser would not look for the method in the answer."""
        return self.method in SAFELISTED_METHODS


def parse_preflight(origin: str | None, method: str | None, names: str = "") -> Preflight:
    """The question that the three request headers ask; *names* is a list, maybe an empty one.

    :raises PreflightRefusedError: where they ask none, or in words that are no tokens.
    """
    if origin is None:
        raise PreflightRefusedError(
            Refusal.NO_ORIGIN, "origin header is not specified in the request"
        )
    if method is None:
        raise PreflightRefusedError(
            Refusal.NO_METHOD, "'Access-Control-Request-Method' header is not specified"
        )
    # "*" is a token, and no server is sent it. As an allowed method it would be the wildcard, and
    # let every other method through.
    if method == "*" or not is_token(method):
        raise PreflightRefusedError(
            Refusal.INVALID_METHOD,
            f"'Access-Control-Request-Method' header is no method: {shown(method)}",
        )
    headers = _parse_names(names)
    if headers is None:
        raise PreflightRefusedError(
            Refusal.INVALID_HEADERS,
            f"'Access-Control-Request-Headers' header is no list of names: {shown(names)}",
        )
    return Preflight(origin, method, headers)


def _parse_names(value: str) -> tuple[str, ...] | None:
    """The names of ``#field-name`` (RFC 9110 5.6.1: empty elements count for nothing)."""
    names = [name for part in value.split(",") if (name := part.strip(" \t"))]
    if not all(map(is_token, names)):
        return None
    return tuple(dict.fromkeys(name.upper() for name in names))


def preflight_headers(
    preflight: Preflight, allowed_origin: str, options: ResourceOptions, further: Sequence[str] = ()
) -> dict[str, str]:
    """The headers of a granted preflight (``Vary`` aside).

    *allowed_origin* is the preflight's own or ``*``; *further* are the other methods that a
    browser may keep with this one. https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    headers = _allowed_origin_headers(allowed_origin, options)
    headers[ACCESS_CONTROL_ALLOW_METHODS] = (
        ",".join((preflight.method, *further)) if further else preflight.method
    )
    if preflight.headers:
        headers[ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(preflight.headers)
    if options.max_age is not None:
        headers[ACCESS_CONTROL_MAX_AGE] = str(options.max_age)
    return headers


def console_headers(
    refused: PreflightRefusedError,
    preflight: Preflight,
    allowed_origin: str,
    options: ResourceOptions,
    methods: Sequence[str],
) -> dict[str, str]:
    """What a refused preflight may carry so that the browser's console names the real cause.

    It lets nothing through that was refused: what is listed is what the origin has anyway
    (*methods*, and the header names that *options* list).
    """
    headers = _allowed_origin_headers(allowed_origin, options)
    if not names_its_cause(refused, preflight):
        return headers
    if refused.refusal is Refusal.METHOD:
        allowed = [name for name in preflight.headers if options.is_header_allowed(name)]
    else:
        methods = (preflight.method, *methods)
        allowed = sorted(options.allow_headers)
    # Even of none: without the header, some requests are let through,
    # https://fetch.spec.whatwg.org/#cors-preflight-fetch ("if methods is null").
    headers[ACCESS_CONTROL_ALLOW_METHODS] = ",".join(methods)
    if allowed:
        headers[ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(allowed)
    return headers


def names_its_cause(refused: PreflightRefusedError, preflight: Preflight) -> bool:
    """True where a browser that is given a 2xx would refuse the same itself, and say so.

    Not for a safelisted method: browsers do not check those, and a 2xx would let it through.
    """
    if refused.refusal is Refusal.METHOD:
        return not preflight.is_for_safelisted_method
    return refused.refusal is Refusal.HEADERS


def _allowed_origin_headers(allowed_origin: str, options: ResourceOptions) -> dict[str, str]:
    headers: dict[str, str] = {ACCESS_CONTROL_ALLOW_ORIGIN: allowed_origin}
    if options.allow_credentials:
        headers[ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    return headers


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."
