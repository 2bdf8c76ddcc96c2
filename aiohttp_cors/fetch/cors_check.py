"""What a browser checks of an answer, before the page sees it or the request follows.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from aiohttp import hdrs

from .advice import (
    allow_headers_fix,
    allow_methods_fix,
    allow_origin_fix,
    answers_as_aiohttp_cors,
    options_fix,
    origin_fix,
    others_origin_fix,
    others_preflight_fix,
    preflight_status_fix,
)
from .headers import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, extract_tokens, get, varied_names
from .methods import is_cors_safelisted_method
from .requests import Credentials, Request, serialize_request_origin
from .responses import REDIRECT_STATUSES, WireResponse
from .verdict import Failure, Reason

_SHOWN_TEXT: Final = 200


def cors_check(request: Request, response: WireResponse) -> Failure | None:
    """Why the page may not see *response*; ``None`` if it may.

    https://fetch.spec.whatwg.org/#concept-cors-check
    """
    allowed = get(hdrs.ACCESS_CONTROL_ALLOW_ORIGIN, response.headers)
    if allowed is None:
        return _allow_origin_missing(request, response)
    if allowed == "*" and request.credentials != "include":
        return None
    if allowed != serialize_request_origin(request):
        return _allow_origin_differs(request, response, allowed)
    if request.credentials != "include":
        return None
    value = get(hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS, response.headers)
    return None if value == "true" else _allow_credentials(value)


def preflight_checks(
    request: Request, response: WireResponse
) -> Iterator[tuple[str, Failure | None]]:
    """Each check of the answer to a preflight, by its name, in their order.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    # The standard asks for status and CORS check in one breath. A wrong status is the better
    # answer to "why": a server that refuses seldom adds CORS headers to its refusal.
    yield "ok status", preflight_status_check(request, response)
    for name, check in (
        ("CORS check", cors_check),
        (hdrs.ACCESS_CONTROL_ALLOW_METHODS, preflight_methods_check),
        (hdrs.ACCESS_CONTROL_ALLOW_HEADERS, preflight_headers_check),
    ):
        failure = check(request, response)
        if failure is not None and not answers_as_aiohttp_cors(response):
            failure = replace(failure, fix=others_preflight_fix(request))
        yield name, failure


def preflight_failure(request: Request, response: WireResponse) -> Failure | None:
    """The first check of the answer to a preflight that fails; ``None`` if all pass."""
    failures = (failure for _, failure in preflight_checks(request, response))
    return next(filter(None, failures), None)


def preflight_status_check(request: Request, response: WireResponse) -> Failure | None:
    """Why the status of a preflight's answer stops the request; ``None`` for 200 to 299."""
    if 200 <= response.status <= 299:
        return None
    if response.status in REDIRECT_STATUSES:
        return Failure(
            Reason.PREFLIGHT_REDIRECT,
            f"the preflight was redirected (status {response.status}), and browsers follow no"
            " redirect of a preflight",
            "answer preflights before the middleware that redirects them,"
            " aiohttp_cors.setup(app, preflight_first=True), or let the page ask for the final URL",
        )
    return Failure(
        Reason.PREFLIGHT_STATUS,
        f"the preflight was answered with status {response.status}, where only 200 to 299 let"
        f" the request follow{_says(response)}",
        preflight_status_fix(request, response),
    )


def _says(response: WireResponse) -> str:
    text = textwrap.shorten(response.text, _SHOWN_TEXT, placeholder=" ...")
    return f"; the server says: {text!r}" if text else ""


def handshake_check(response: WireResponse) -> Failure | None:
    """Why the answer to a WebSocket's handshake does not open it; ``None`` if it does.

    https://datatracker.ietf.org/doc/html/rfc6455#section-4.1
    """
    if response.status == 101:
        return None
    return Failure(
        Reason.WEBSOCKET_STATUS,
        f"the handshake was answered with status {response.status}, where 101 opens the WebSocket"
        f"{_says(response)}",
    )


def preflight_methods_check(request: Request, response: WireResponse) -> Failure | None:
    """Why ``Access-Control-Allow-Methods`` does not cover the method; ``None`` if it does.

    Safelisted methods are always covered; ``*`` is a wildcard only without credentials.
    """
    try:
        methods = extract_tokens(hdrs.ACCESS_CONTROL_ALLOW_METHODS, response.headers)
    except ValueError as error:
        return _invalid(Reason.ALLOW_METHODS_INVALID, hdrs.ACCESS_CONTROL_ALLOW_METHODS, error)
    if request.method in methods or is_cors_safelisted_method(request.method):
        return None
    if "*" in methods and request.credentials != "include":
        return None
    return Failure(
        Reason.ALLOW_METHODS,
        f"the answer to the preflight does not allow the method {request.method}"
        f"{_because(methods, request.method, request.credentials)}",
        allow_methods_fix(request),
    )


def preflight_headers_check(request: Request, response: WireResponse) -> Failure | None:
    """Why ``Access-Control-Allow-Headers`` does not cover the headers; ``None`` if it does.

    ``*`` is a wildcard only without credentials, and never covers ``Authorization``.
    """
    try:
        names = extract_tokens(hdrs.ACCESS_CONTROL_ALLOW_HEADERS, response.headers)
    except ValueError as error:
        return _invalid(Reason.ALLOW_HEADERS_INVALID, hdrs.ACCESS_CONTROL_ALLOW_HEADERS, error)
    listed = {name.lower() for name in names}
    wildcard = "*" in listed and request.credentials != "include"
    missing = [
        name
        for name in request.unsafe_header_names
        if name not in listed
        and not (wildcard and name not in CORS_NON_WILDCARD_REQUEST_HEADER_NAMES)
    ]
    if not missing:
        return None
    return Failure(
        Reason.ALLOW_HEADERS,
        f"the answer to the preflight does not allow the header {', '.join(missing)}"
        f"{_because(names, missing[0], request.credentials)}",
        allow_headers_fix(request, missing),
    )


def _because(listed: tuple[str, ...], asked: str, credentials: Credentials) -> str:
    if "*" in listed and credentials == "include":
        return ", and '*' is no wildcard when credentials are included"
    if "*" in listed:
        return f", and '*' never covers {asked}"
    if asked.upper() in listed:
        return f"; methods are case-sensitive, and {asked.upper()} is another one"
    return ""


def _invalid(reason: Reason, name: str, error: ValueError) -> Failure:
    return Failure(
        reason,
        f"the answer to the preflight has an invalid {name}: {error}",
        f"leave {name} to aiohttp_cors: remove the code or the proxy that sets it",
    )


def _allow_origin_missing(request: Request, response: WireResponse) -> Failure:
    return Failure(
        Reason.ALLOW_ORIGIN_MISSING,
        f"the answer (status {response.status}) has no Access-Control-Allow-Origin header"
        f"{_says(response)}",
        allow_origin_fix(request, response),
    )


def _allow_origin_differs(request: Request, response: WireResponse, allowed: str) -> Failure:
    origin = serialize_request_origin(request)
    if allowed == "*":
        # aiohttp_cors sends it where it is the answer to everybody, which then varies by no origin.
        is_set_by_hand = "origin" in varied_names(response.headers)
        return Failure(
            Reason.ALLOW_ORIGIN_WILDCARD,
            "Access-Control-Allow-Origin is '*', which is no wildcard when credentials are"
            " included",
            others_origin_fix(request)
            if is_set_by_hand
            else f"name the origin: {options_fix(request)}",
        )
    if "," in allowed:
        return Failure(
            Reason.ALLOW_ORIGIN_SEVERAL,
            f"Access-Control-Allow-Origin has several values, {allowed!r}, where one is allowed",
            "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code or the proxy that"
            " sets it too",
        )
    return Failure(
        Reason.ALLOW_ORIGIN_DIFFERS,
        f"Access-Control-Allow-Origin is {allowed!r}, and the request's origin is {origin!r}",
        origin_fix(request),
    )


def _allow_credentials(value: str | None) -> Failure:
    got = "missing" if value is None else f"{value!r}"
    return Failure(
        Reason.ALLOW_CREDENTIALS,
        f"Access-Control-Allow-Credentials is {got}, where requests with credentials need 'true'",
        "ResourceOptions(allow_credentials=True)",
    )
