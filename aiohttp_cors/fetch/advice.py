"""The change of the server's aiohttp_cors configuration that would let a check pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aiohttp import hdrs

from .headers import varied_names
from .requests import Request, serialize_request_origin
from .responses import REDIRECT_STATUSES, WireResponse

# What a server answers where it wants to know who asks, which no preflight says.
AUTHENTICATION_STATUSES: Final = frozenset({401, 403, 407})

_REFUSED_METHOD: Final = re.compile("CORS preflight request failed: request method ")
_REFUSED_HEADERS: Final = re.compile("CORS preflight request failed: headers are not allowed: (.*)")
_REFUSED_ORIGIN: Final = re.compile(
    "CORS preflight request failed: (origin .* is not allowed|no origins are allowed)"
)

_PROTECTED: Final = re.compile("cross-origin request refused: (.*)")


def preflight_status_fix(request: Request, response: WireResponse) -> str | None:
    """For a preflight that was refused, or did not get to CORS; `None` where nothing is known.

    The server's own words come first: aiohttp_cors says what it refused.
    """
    return _refusal_fix(request, response.text) or _status_fix(request, response.status)


def answers_as_aiohttp_cors(response: WireResponse) -> bool:
    """True for the answer to a preflight that varies as only those of aiohttp_cors do."""
    return hdrs.ACCESS_CONTROL_REQUEST_METHOD.lower() in varied_names(response.headers)


def protection_in(text: str) -> str | None:
    """What aiohttp_cors, with ``protect=True``, says of a request that it refuses; else `None`."""
    refused = _PROTECTED.match(text)
    return refused and refused[1]


def refuses_method(text: str) -> bool:
    """True where *text*, of a refused preflight, is what aiohttp_cors says of a method."""
    return _REFUSED_METHOD.match(text) is not None


def _refusal_fix(request: Request, text: str) -> str | None:
    if refuses_method(text):
        return allow_methods_fix(request)
    if _REFUSED_ORIGIN.match(text):
        return options_fix(request)
    if refused := _REFUSED_HEADERS.match(text):
        names = {name.strip().lower() for name in refused[1].split(",")}
        asked = request.unsafe_header_names
        return allow_headers_fix(request, [n for n in asked if n in names] or asked)
    return None


def _status_fix(request: Request, status: int) -> str | None:
    if status in AUTHENTICATION_STATUSES:
        return (
            "answer preflights, which carry no credentials, before the middleware that refuses"
            " them: aiohttp_cors.setup(app, preflight_first=True)"
        )
    if status == 404:
        return everywhere_fix(request)
    if status == 405:
        return f"{_add(request)} for the route of {request.method}"
    return None


def others_preflight_fix(request: Request) -> str:
    """For a preflight that is answered, wrongly, in the place of aiohttp_cors."""
    return (
        "remove what answers OPTIONS requests before aiohttp_cors, a handler, a middleware or a "
        f"proxy; then {_add(request)} for the route of {request.method}"
    )


def others_origin_fix(request: Request) -> str:
    """For an ``Access-Control-Allow-Origin`` that aiohttp_cors never sends, and leaves alone."""
    return (
        "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code, the copied headers of "
        "another server, the proxy or the cache that it comes from, and allow the origin: "
        f"{options_fix(request)}"
    )


def allow_origin_fix(request: Request, response: WireResponse) -> str:
    """For an answer without ``Access-Control-Allow-Origin``."""
    # No route of the server's gives these answers, so that no cors.add() covers them.
    if response.status in (404, 405) or response.status in REDIRECT_STATUSES:
        return everywhere_fix(request)
    return _add(request)


def _add(request: Request) -> str:
    return f"cors.add(route, {{{options_fix(request)}}})"


def everywhere_fix(request: Request) -> str:
    """For an answer of the router itself."""
    return f"aiohttp_cors.setup(app, defaults={{{options_fix(request)}}}, everywhere=True)"


def origin_fix(request: Request) -> str:
    """For an origin that is not the one that the server allows."""
    if serialize_request_origin(request) == request.origin:
        return others_origin_fix(request)
    return (
        f"let the page ask for {request.url} itself, since redirects between other origins make"
        f" its origin 'null'; or allow that: {options_fix(request)}"
    )


def allow_methods_fix(request: Request) -> str:
    """For a method that is not allowed."""
    return (
        f"cors.add() a route for {request.method}; where allow_methods is given, name it there: "
        f'ResourceOptions(allow_methods=(..., "{request.method}"))'
    )


def allow_headers_fix(request: Request, names: Iterable[str]) -> str:
    """For headers of these *names*, in lower case, that are not allowed."""
    return f"ResourceOptions(allow_headers={_names(request, names)})"


def options_fix(request: Request) -> str:
    """The entry of a configuration that allows *request*, as code."""
    arguments = ["allow_credentials=True"] if request.credentials == "include" else []
    if names := request.unsafe_header_names:
        arguments.append(f"allow_headers={_names(request, names)}")
    return f'"{serialize_request_origin(request)}": ResourceOptions({", ".join(arguments)})'


def _names(request: Request, names: Iterable[str]) -> str:
    """A tuple of header names, as code, spelt as the page spelt them."""
    spelt = {name.lower(): name for name, _ in request.headers}
    quoted = [f'"{spelt[name]}"' for name in names]
    return f"({', '.join(quoted)}{',' * (len(quoted) == 1)})"
