"""Headers: https://fetch.spec.whatwg.org/#terminology-headers"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from aiohttp import hdrs

from aiohttp_cors.protocol.resource_options import is_token
from aiohttp_cors.protocol.responses import (
    is_forbidden_response_header,
    is_safelisted_response_header,
)

from .methods import is_forbidden_method

HeaderList: TypeAlias = tuple[tuple[str, str], ...]

_FORBIDDEN_REQUEST_HEADERS: Final = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_METHOD_OVERRIDES: Final = frozenset(
    {"x-http-method", "x-http-method-override", "x-method-override"}
)
REQUEST_BODY_HEADER_NAMES: Final = frozenset(
    {"content-encoding", "content-language", "content-location", "content-type"}
)
CORS_NON_WILDCARD_REQUEST_HEADER_NAMES: Final = frozenset({"authorization"})

_CORS_UNSAFE_BYTES: Final = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE_BYTES: Final = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_SIMPLE_RANGE: Final = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_SIMPLE_CONTENT_TYPES: Final = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
)
_MAX_VALUE: Final = 128
_MAX_VALUES: Final = 1024
_DEFAULT_MAX_AGE: Final = 5.0


def get(name: str, headers: HeaderList) -> str | None:
    """The values of every *name* header, joined by ``", "``; ``None`` where there is none.

    >>> get("vary", (("Vary", "Origin"), ("Vary", "Accept")))
    'Origin, Accept'
    """
    values = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def varied_names(headers: HeaderList) -> frozenset[str]:
    """The lower-case names in ``Vary``, on whichever of its lines.

    >>> sorted(varied_names((("Vary", "Origin, Accept"), ("vary", ""))))
    ['accept', 'origin']
    """
    names = {name.strip(" \t").lower() for name in (get(hdrs.VARY, headers) or "").split(",")}
    return frozenset(names - {""})


def is_forbidden_request_header(name: str, value: str) -> bool:
    """Whether the header belongs to the browser: a page that sets it is silently ignored.

    https://fetch.spec.whatwg.org/#forbidden-request-header
    """
    lower = name.lower()
    if lower in _FORBIDDEN_REQUEST_HEADERS or lower.startswith(("proxy-", "sec-")):
        return True
    if lower not in _METHOD_OVERRIDES:
        return False
    return any(is_forbidden_method(method.strip(" \t")) for method in value.split(","))


def is_forbidden_response_header_name(name: str) -> bool:
    """Whether no page may read the header, whatever the server exposes."""
    return is_forbidden_response_header(name)


def is_cors_safelisted_request_header(name: str, value: str) -> bool:
    """Whether a page may send the header without a preflight.

    https://fetch.spec.whatwg.org/#cors-safelisted-request-header

    >>> is_cors_safelisted_request_header("Content-Type", "text/plain;charset=UTF-8")
    True
    >>> is_cors_safelisted_request_header("Content-Type", "application/json")
    False
    """
    if len(value) > _MAX_VALUE:
        return False
    match name.lower():
        case "accept":
            return not _CORS_UNSAFE_BYTES.search(value)
        case "accept-language" | "content-language":
            return bool(_LANGUAGE_BYTES.fullmatch(value))
        case "content-type":
            return not _CORS_UNSAFE_BYTES.search(value) and _has_simple_essence(value)
        case "range":
            return _is_simple_range(value)
        case _:
            return False


def _has_simple_essence(value: str) -> bool:
    """Whether *value* is a MIME type (https://mimesniff.spec.whatwg.org/) of an HTML form."""
    return value.partition(";")[0].strip(" \t").lower() in _SIMPLE_CONTENT_TYPES


def _is_simple_range(value: str) -> bool:
    """https://fetch.spec.whatwg.org/#simple-range-header-value: one range with a start."""
    match = _SIMPLE_RANGE.fullmatch(value)
    if not match:
        return False
    start, end = match.groups()
    return not end or int(start) <= int(end)


def cors_unsafe_request_header_names(headers: HeaderList) -> tuple[str, ...]:
    """The names that a preflight must ask about: lower-case, sorted, each once.

    Safelisted headers are among them when their values are longer than 1024 bytes together.
    https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    """
    unsafe = {n.lower() for n, v in headers if not is_cors_safelisted_request_header(n, v)}
    safelisted = [(n, v) for n, v in headers if is_cors_safelisted_request_header(n, v)]
    if sum(len(value) for _, value in safelisted) > _MAX_VALUES:
        unsafe.update(name.lower() for name, _ in safelisted)
    return tuple(sorted(unsafe))


def is_cors_safelisted_response_header_name(name: str, exposed: Iterable[str] = ()) -> bool:
    """Whether a page of another origin may read the header, given the *exposed* names.

    https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
    """
    lower = name.lower()
    if is_safelisted_response_header(lower):
        return True
    named = lower in {item.lower() for item in exposed}
    return named and not is_forbidden_response_header_name(lower)


def extract_tokens(name: str, headers: HeaderList) -> tuple[str, ...]:
    """The elements of a list header (``#method``, ``#field-name``) over all its lines.

    Without the header the list is empty: the standard treats the two alike. Empty elements are
    skipped, as RFC 9110, 5.6.1.2 asks of a recipient.

    :raises ValueError: an element is no token; the standard's *failure*, for the whole header.

    >>> extract_tokens("access-control-allow-methods", (("Access-Control-Allow-Methods", "A,, B"),))
    ('A', 'B')
    """
    elements = [element.strip(" \t") for element in (get(name, headers) or "").split(",")]
    for element in elements:
        if element and not is_token(element):
            raise ValueError(f"{element!r} is no token")
    return tuple(filter(None, elements))


def extract_max_age(headers: HeaderList) -> float:
    """The seconds that a preflight's answer may be kept: 5 if nothing valid is said."""
    value = get(hdrs.ACCESS_CONTROL_MAX_AGE, headers)
    # A float, since int() refuses more than 4300 digits, and a server may send them.
    return float(value) if value and re.fullmatch("[0-9]+", value) else _DEFAULT_MAX_AGE
