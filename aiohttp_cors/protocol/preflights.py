"""A preflight: what it asks, what its answer says, or why it is refused.

Plain values in (header values, options), plain values out (headers, or why not).  It knows neither
routes nor requests, and not how the options of an origin were found.

https://fetch.spec.whatwg.org/#cors-preflight-fetch
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiohttp.hdrs import (
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE,
)

from .diagnostics import SHOWN_LENGTH, shown
from .refusals import Reason, Refused
from .resource_options import is_token
from .responses import Grant

# https://fetch.spec.whatwg.org/#cors-safelisted-method: allowed by every server, so that browsers
# do not look for them in Access-Control-Allow-Methods
SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})


class PreflightRefusedError(Exception):
    """A preflight that asks nothing; *refused* says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class Preflight(NamedTuple):
    """What a CORS-preflight request asks: may *origin* send *method* with these *headers*?

    https://fetch.spec.whatwg.org/#cors-preflight-request
    """

    origin: str
    method: str
    headers: tuple[str, ...]  # upper-case, as asked for, each once

    @property
    def is_for_safelisted_method(self) -> bool:
        """True where the browser would not look for the method in the answer."""
        return self.method in SAFELISTED_METHODS

    def refuse_headers(self, grant: Grant) -> Refused | None:
        """The refusal of the headers that *grant* does not allow; `None` where it allows all."""
        allowed = grant.options.allow_headers
        if allowed == "*" or allowed.issuperset(self.headers):
            return None
        names = _cut(", ".join(name for name in self.headers if name not in allowed))
        message = f"headers are not allowed: {names}"
        return Refused("preflight", Reason.HEADERS, message, self.origin, self.method)


def parse_preflight(origin: str | None, method: str | None, names: str = "") -> Preflight:
    """The question that the three request headers ask; *names* is a list, maybe an empty one.

    :raises PreflightRefusedError: where they ask none, or in words that are no tokens.
    """

    def refused(reason: str, message: str) -> PreflightRefusedError:
        return PreflightRefusedError(Refused("preflight", reason, message, origin, method))

    if origin is None:
        raise refused(Reason.NO_ORIGIN, "origin header is not specified in the request")
    if method is None:
        raise refused(Reason.NO_METHOD, "'Access-Control-Request-Method' header is not specified")
    # "*" is a token, and no server is sent it. As an allowed method it would be the wildcard, and
    # let every other method through.
    if method == "*" or not is_token(method):
        raise refused(
            Reason.INVALID_METHOD,
            f"'Access-Control-Request-Method' header is no method: {shown(method)}",
        )
    headers = _parse_names(names)
    if headers is None:
        raise refused(
            Reason.INVALID_HEADERS,
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
    preflight: Preflight, grant: Grant, further: Sequence[str] = ()
) -> dict[str, str]:
    """The headers of a granted preflight (``Vary`` aside), whoever answers it, first or again.

    *further* are the other methods that a browser may keep with this one.
    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    headers = _allowed_origin_headers(preflight, grant)
    headers[ACCESS_CONTROL_ALLOW_METHODS] = ",".join((preflight.method, *further))
    if preflight.headers:
        headers[ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(preflight.headers)
    if grant.options.max_age is not None:
        headers[ACCESS_CONTROL_MAX_AGE] = str(grant.options.max_age)
    return headers


def console_headers(
    refused: Refused, preflight: Preflight, grant: Grant, methods: Sequence[str]
) -> Mapping[str, str]:
    """What a refused preflight may carry so that the browser's console names the real cause.

    It lets nothing through that was refused: what is listed is what *grant* says that the origin
    has anyway (*methods*, and the names of headers).
    """
    headers = _allowed_origin_headers(preflight, grant)
    if not names_its_cause(refused, preflight):
        return headers
    if refused.reason == Reason.METHOD:
        allowed = [name for name in preflight.headers if grant.options.is_header_allowed(name)]
    else:
        methods = (preflight.method, *methods)
        allowed = sorted(grant.options.allow_headers)
    # Even of none: without the header, some requests are let through,
    # https://fetch.spec.whatwg.org/#cors-preflight-fetch ("if methods is null").
    headers[ACCESS_CONTROL_ALLOW_METHODS] = ",".join(methods)
    if allowed:
        headers[ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(allowed)
    return headers


def names_its_cause(refused: Refused, preflight: Preflight) -> bool:
    """True where a browser that is given a 2xx would refuse the same itself, and say so.

    Not for a safelisted method: browsers do not check those, and a 2xx would let it through.
    """
    if refused.reason == Reason.METHOD:
        return not preflight.is_for_safelisted_method
    return refused.reason == Reason.HEADERS


def _allowed_origin_headers(preflight: Preflight, grant: Grant) -> dict[str, str]:
    headers: dict[str, str] = {
        ACCESS_CONTROL_ALLOW_ORIGIN: grant.allowed_origin or preflight.origin
    }
    if grant.credentials is not None:
        headers[ACCESS_CONTROL_ALLOW_CREDENTIALS] = grant.credentials
    return headers


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."
