"""The browser's half of CORS, with no browser, network or clock in it.

Each function is a paragraph of the Fetch standard (https://fetch.spec.whatwg.org/) under the
standard's own name: plain values in, plain values out. :func:`fetch` ties them together as a
generator that yields each request to send, is sent each answer, and returns a :class:`Verdict`.
Who sends the requests is not its business; :mod:`aiohttp_cors.testing` does it with aiohttp.

Not here, because a server's CORS configuration cannot change it: HTTP caches, service workers,
mixed content, SameSite and third-party cookies, ``no-cors`` requests, navigation.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from aiohttp import hdrs
from yarl import URL

from .protocol import (
    SAFELISTED_METHODS,
    is_forbidden_response_header,
    is_safelisted_response_header,
)
from .resource_options import is_token

Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
HeaderList: TypeAlias = tuple[tuple[str, str], ...]

# --- Methods: https://fetch.spec.whatwg.org/#methods -------------------------------------------

# Stated here again, not imported from the server's half: so the two halves check each other.
_FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALIZED_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})


def is_cors_safelisted_method(method: str) -> bool:
    """Whether *method* needs no preflight: ``GET``, ``HEAD`` and ``POST``, in upper case."""
    return method in SAFELISTED_METHODS


def is_forbidden_method(method: str) -> bool:
    """Whether no page may use *method*, in any case: ``CONNECT``, ``TRACE`` and ``TRACK``."""
    return method.upper() in _FORBIDDEN_METHODS


def normalize_method(method: str) -> str:
    """*method* as a browser sends it.

    Six methods are upper-cased; ``patch`` is not one of them, and stays another method than
    ``PATCH``.

    >>> normalize_method("put"), normalize_method("patch")
    ('PUT', 'patch')
    """
    upper = method.upper()
    return upper if upper in _NORMALIZED_METHODS else method


# --- Headers: https://fetch.spec.whatwg.org/#terminology-headers -------------------------------

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
_REQUEST_BODY_HEADERS: Final = frozenset(
    {"content-encoding", "content-language", "content-location", "content-type"}
)
_NON_WILDCARD_REQUEST_HEADER: Final = "authorization"  # the only one: "*" never covers it

_CORS_UNSAFE_BYTES: Final = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE_BYTES: Final = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_SIMPLE_RANGE: Final = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_SIMPLE_CONTENT_TYPES: Final = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
)
_MAX_VALUE: Final = 128
_MAX_VALUES: Final = 1024


def get(name: str, headers: HeaderList) -> str | None:
    """The values of every *name* header, joined by ``", "``; ``None`` where there is none.

    >>> get("vary", (("Vary", "Origin"), ("Vary", "Accept")))
    'Origin, Accept'
    """
    values = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


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


# --- Values ------------------------------------------------------------------------------------

_HTTP_PORTS: Final = {"http": 80, "https": 443}
_REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 20
_SHOWN_TEXT: Final = 200
_DEFAULT_MAX_AGE: Final = 5.0


class Reason(str, Enum):
    """Why a browser keeps an answer from the page, as one machine-readable word."""

    PREFLIGHT_REDIRECT = "preflight-redirect"
    PREFLIGHT_STATUS = "preflight-status"
    ALLOW_ORIGIN_MISSING = "allow-origin-missing"
    ALLOW_ORIGIN_SEVERAL = "allow-origin-several"
    ALLOW_ORIGIN_DIFFERS = "allow-origin-differs"
    ALLOW_ORIGIN_WILDCARD = "allow-origin-wildcard"
    ALLOW_CREDENTIALS = "allow-credentials"
    ALLOW_METHODS_INVALID = "allow-methods-invalid"
    ALLOW_METHODS = "allow-methods"
    ALLOW_HEADERS_INVALID = "allow-headers-invalid"
    ALLOW_HEADERS = "allow-headers"
    REDIRECT_LOCATION = "redirect-location"
    REDIRECT_SCHEME = "redirect-scheme"
    REDIRECT_COUNT = "redirect-count"
    REDIRECT_CREDENTIALS = "redirect-credentials"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that did not pass.

    *message* says what a browser's console says, in other words. *fix* is the change of the
    server's aiohttp_cors configuration that would let the check pass, ``None`` if there is none.
    """

    reason: Reason
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a page asks for: a *request* of the standard, in mode ``cors``.

    *url_list* begins with the URL that the page gave, and grows by one with each redirect.
    *dropped* are the forbidden headers that the page tried to set. :meth:`new` builds one with
    the rules of JavaScript's ``new Request()``.
    """

    method: str
    url_list: tuple[URL, ...]
    origin: str
    headers: HeaderList = ()
    credentials: Credentials = "same-origin"
    body: bytes | None = None
    tainting: Literal["basic", "cors"] = "basic"
    dropped: tuple[str, ...] = ()

    @classmethod
    def new(
        cls,
        method: str,
        url: URL,
        origin: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        credentials: Credentials = "same-origin",
        body: bytes | None = None,
    ) -> Request:
        """The request that a page of *origin* makes with ``fetch(url, {method, ...})``.

        https://fetch.spec.whatwg.org/#dom-request

        :raises TypeError: what JavaScript raises it for: a method or header name that is no
            token, a forbidden method, a header value with a line break, a body for GET or HEAD, a
            URL with a user name or password in it, or whose scheme is not HTTP(S).
        """
        if not is_token(method) or is_forbidden_method(method):
            raise TypeError(f"'method' must be a method that pages may use, got {method!r}")
        if url.scheme not in _HTTP_PORTS or url.host is None or _includes_credentials(url):
            raise TypeError(f"'url' must be an HTTP(S) URL without user name, got {str(url)!r}")
        if credentials not in ("omit", "same-origin", "include"):
            raise TypeError(
                f"'credentials' must be 'omit', 'same-origin' or 'include', got {credentials!r}"
            )
        method = normalize_method(method)
        if body is not None and method in ("GET", "HEAD"):
            raise TypeError(f"'body' must be absent from {method} requests")
        given = tuple(_normalized_header(name, value) for name, value in headers)
        return cls(
            method=method,
            url_list=(url,),
            origin=origin,
            headers=tuple(item for item in given if not is_forbidden_request_header(*item)),
            credentials=credentials,
            body=body,
            dropped=tuple(item[0] for item in given if is_forbidden_request_header(*item)),
        )

    @property
    def url(self) -> URL:
        """The standard's *current URL*: the last of the URL list."""
        return self.url_list[-1]

    @property
    def unsafe_header_names(self) -> tuple[str, ...]:
        """The names that a preflight asks about."""
        return cors_unsafe_request_header_names(self.headers)

    @property
    def is_cors_safelisted(self) -> bool:
        """Whether another origin may be asked without a preflight."""
        return is_cors_safelisted_method(self.method) and not self.unsafe_header_names

    @property
    def is_same_origin(self) -> bool:
        """Whether no CORS applies: no hop has left the page's own origin."""
        return self.tainting == "basic" and origin_of(self.url) == self.origin

    @property
    def includes_credentials(self) -> bool:
        """Whether cookies go with the request, and those of its answer are kept."""
        if self.credentials == "same-origin":
            return self.tainting == "basic"
        return self.credentials == "include"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it goes to the server; cookies go with it where it *includes_credentials*."""

    method: str
    url: URL
    headers: HeaderList
    body: bytes | None = None
    includes_credentials: bool = False
    is_preflight: bool = False


@dataclass(frozen=True, slots=True)
class WireResponse:
    """An answer as it comes from the server, with every header line in its order.

    *text* is what the server says beside a status of 400 or more to a preflight, else empty.
    """

    status: int
    headers: HeaderList = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class FilteredResponse:
    """What the page sees of an answer that it may see.

    https://fetch.spec.whatwg.org/#concept-filtered-response
    """

    type: Literal["basic", "cors"]
    status: int
    headers: HeaderList
    url: URL
    redirected: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that the browser decided by itself, in a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question that the browser asked about an answer; it passed unless there is a *failure*."""

    name: str
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """Whether the browser went on."""
        return self.failure is None


Step: TypeAlias = Decision | WireRequest | WireResponse | Check


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its answer, and what the browser checked about it."""

    request: WireRequest
    response: WireResponse
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a page's request: every step in order, and what the page gets.

    *outcome* is what the page may see, or the failure that kept it away. ``str(verdict)`` is the
    whole story, for people.
    """

    request: Request
    steps: tuple[Step, ...]
    outcome: FilteredResponse | Failure

    @property
    def allowed(self) -> bool:
        """Whether the page got an answer."""
        return isinstance(self.outcome, FilteredResponse)

    @property
    def reason(self) -> Reason | None:
        """Why the page got nothing; ``None`` if it got an answer."""
        return self.outcome.reason if isinstance(self.outcome, Failure) else None

    @property
    def fix(self) -> str | None:
        """The change of the server's configuration that would help, if there is one."""
        return self.outcome.fix if isinstance(self.outcome, Failure) else None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What went over the wire: preflights, redirects and the last answer, in order."""
        exchanges: list[Exchange] = []
        sent: WireRequest | None = None
        for step in self.steps:
            if isinstance(step, WireRequest):
                sent = step
            elif isinstance(step, WireResponse) and sent is not None:
                exchanges.append(Exchange(sent, step))
            elif isinstance(step, Check):
                last = exchanges[-1]
                exchanges[-1] = replace(last, checks=(*last.checks, step))
        return tuple(exchanges)

    def __str__(self) -> str:
        lines = [f"{self.request.origin} asks for {self.request.method} {self.request.url}"]
        for step in self.steps:
            lines += _lines(step)
        return "\n".join([*lines, *_outcome_lines(self.outcome)])


def _lines(step: Step) -> list[str]:
    match step:
        case WireRequest():
            return [f"> {step.method} {step.url}", *_header_lines(">", step.headers)]
        case WireResponse():
            return [f"< {step.status}", *_header_lines("<", step.headers)]
        case Check():
            return [f"  {step.name}: {'passed' if step.passed else 'failed'}"]
        case _:
            return [f"  {step.text}"]


def _outcome_lines(outcome: FilteredResponse | Failure) -> list[str]:
    if isinstance(outcome, FilteredResponse):
        names = sorted({name.lower() for name, _ in outcome.headers}) or ["none"]
        return [f"ALLOWED: status {outcome.status}, readable headers: {', '.join(names)}"]
    fix = [f"To allow it: {outcome.fix}"] if outcome.fix else []
    return [f"BLOCKED ({outcome.reason}): {outcome.message}", *fix]


def _header_lines(mark: str, headers: HeaderList) -> list[str]:
    return [f"{mark} {name}: {value}" for name, value in headers]


def _normalized_header(name: str, value: str) -> tuple[str, str]:
    value = value.strip(" \t\r\n")
    if not is_token(name):
        raise TypeError(f"a header's name must be a token, got {name!r}")
    if re.search(r"[\0\r\n]|[^\x00-\xff]", value):
        raise TypeError(f"the value of {name} must fit on one header line, got {value!r}")
    return name, value


# --- Origins and URLs: https://url.spec.whatwg.org/#origin -------------------------------------


def origin_of(url: URL) -> str:
    """The origin of *url* as browsers write it: without a default port, IPv6 in brackets.

    >>> origin_of(URL("https://A.example:443/path"))
    'https://a.example'
    """
    host = url.raw_host or ""
    host = f"[{host}]" if ":" in host else host
    port = url.explicit_port
    if port is None or port == _HTTP_PORTS.get(url.scheme):
        return f"{url.scheme}://{host}"
    return f"{url.scheme}://{host}:{port}"


def serialize_request_origin(request: Request) -> str:
    """The ``Origin`` of *request*: ``null`` once a foreign origin redirected it to another one.

    https://fetch.spec.whatwg.org/#serializing-a-request-origin
    """
    hops = [origin_of(url) for url in request.url_list]
    tainted = any(before not in (after, request.origin) for before, after in pairwise(hops))
    return "null" if tainted else request.origin


def _includes_credentials(url: URL) -> bool:
    return bool(url.user or url.password)


# --- The checks --------------------------------------------------------------------------------


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
        return _allow_origin_differs(request, allowed)
    if request.credentials != "include":
        return None
    value = get(hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS, response.headers)
    return None if value == "true" else _allow_credentials(value)


def preflight_status_check(request: Request, response: WireResponse) -> Failure | None:
    """Why the status of a preflight's answer stops the request; ``None`` for 200 to 299."""
    if 200 <= response.status <= 299:
        return None
    if response.status in _REDIRECT_STATUSES:
        return Failure(
            Reason.PREFLIGHT_REDIRECT,
            f"the preflight was redirected (status {response.status}), and browsers follow no"
            " redirect of a preflight",
            "answer preflights before the middleware that redirects them,"
            " aiohttp_cors.setup(app, preflight_first=True), or let the page ask for the final URL",
        )
    text = textwrap.shorten(response.text, _SHOWN_TEXT, placeholder=" ...")
    says = f"; the server says: {text!r}" if text else ""
    return Failure(
        Reason.PREFLIGHT_STATUS,
        f"the preflight was answered with status {response.status}, where only 200 to 299 let"
        f" the request follow{says}",
        _preflight_status_fix(request, response),
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
        _allow_methods_fix(request),
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
        if name not in listed and not (wildcard and name != _NON_WILDCARD_REQUEST_HEADER)
    ]
    if not missing:
        return None
    return Failure(
        Reason.ALLOW_HEADERS,
        f"the answer to the preflight does not allow the header {', '.join(missing)}"
        f"{_because(names, missing[0], request.credentials)}",
        _allow_headers_fix(request, missing),
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
    # No route of the server's gives these answers, so that no cors.add() covers them.
    by_router = response.status in (404, 405) or response.status in _REDIRECT_STATUSES
    return Failure(
        Reason.ALLOW_ORIGIN_MISSING,
        f"the answer (status {response.status}) has no Access-Control-Allow-Origin header",
        _everywhere_fix(request) if by_router else f"cors.add(route, {{{_options(request)}}})",
    )


def _allow_origin_differs(request: Request, allowed: str) -> Failure:
    origin = serialize_request_origin(request)
    if allowed == "*":
        return Failure(
            Reason.ALLOW_ORIGIN_WILDCARD,
            "Access-Control-Allow-Origin is '*', which is no wildcard when credentials are"
            " included",
            f"name the origin: {_options(request)}",
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
        _origin_fix(request),
    )


def _allow_credentials(value: str | None) -> Failure:
    got = "missing" if value is None else f"{value!r}"
    return Failure(
        Reason.ALLOW_CREDENTIALS,
        f"Access-Control-Allow-Credentials is {got}, where requests with credentials need 'true'",
        "ResourceOptions(allow_credentials=True)",
    )


# --- The change of configuration that would help -----------------------------------------------

_REFUSED_METHOD: Final = re.compile("CORS preflight request failed: request method ")
_REFUSED_HEADERS: Final = re.compile("CORS preflight request failed: headers are not allowed: (.*)")
_REFUSED_ORIGIN: Final = re.compile(
    "CORS preflight request failed: (origin .* is not allowed|no origins are allowed)"
)


def _preflight_status_fix(request: Request, response: WireResponse) -> str | None:
    """The server's own words first: aiohttp_cors says what it refused."""
    return _refusal_fix(request, response.text) or _status_fix(request, response.status)


def _refusal_fix(request: Request, text: str) -> str | None:
    if _REFUSED_METHOD.match(text):
        return _allow_methods_fix(request)
    if _REFUSED_ORIGIN.match(text):
        return _options(request)
    if refused := _REFUSED_HEADERS.match(text):
        names = {name.strip().lower() for name in refused[1].split(",")}
        asked = request.unsafe_header_names
        return _allow_headers_fix(request, [n for n in asked if n in names] or asked)
    return None


def _status_fix(request: Request, status: int) -> str | None:
    if status in (401, 403, 407):
        return (
            "answer preflights, which carry no credentials, before the middleware that refuses"
            " them: aiohttp_cors.setup(app, preflight_first=True)"
        )
    if status == 404:
        return _everywhere_fix(request)
    if status == 405:
        return f"cors.add(route, {{{_options(request)}}}) for the route of {request.method}"
    return None


def _everywhere_fix(request: Request) -> str:
    return f"aiohttp_cors.setup(app, defaults={{{_options(request)}}}, everywhere=True)"


def _origin_fix(request: Request) -> str:
    if serialize_request_origin(request) == request.origin:
        return _options(request)
    return (
        f"let the page ask for {request.url} itself, since redirects between other origins make"
        f" its origin 'null'; or allow that: {_options(request)}"
    )


def _allow_methods_fix(request: Request) -> str:
    return f'ResourceOptions(allow_methods=("{request.method}",)), or cors.add() that route too'


def _allow_headers_fix(request: Request, names: Iterable[str]) -> str:
    return f"ResourceOptions(allow_headers={_names(request, names)})"


def _options(request: Request) -> str:
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


# --- The CORS-preflight cache: https://fetch.spec.whatwg.org/#concept-cache --------------------


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
        wildcard = name != _NON_WILDCARD_REQUEST_HEADER
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


# --- Fetching: https://fetch.spec.whatwg.org/#fetching -----------------------------------------


def fetch(request: Request, cache: PreflightCache) -> Generator[WireRequest, WireResponse, Verdict]:
    """Yield each request to send, take its answer, return what comes of it.

    >>> page = Request.new("GET", URL("https://api.example/"), "https://page.example")
    >>> process = fetch(page, PreflightCache(clock=lambda: 0.0))
    >>> next(process).headers
    (('Accept', '*/*'), ('Origin', 'https://page.example'))
    >>> try:
    ...     process.send(WireResponse(200))
    ... except StopIteration as end:
    ...     print(end.value.reason)
    allow-origin-missing
    """
    fetching = _Fetching(cache)
    try:
        outcome: FilteredResponse | Failure = yield from fetching.main_fetch(request)
    except _NetworkError as error:
        outcome = error.failure
    return Verdict(request, tuple(fetching.steps), outcome)


def redirect(request: Request, response: WireResponse) -> Request | Failure | None:
    """The request that follows a redirect; ``None`` if *response* is none.

    https://fetch.spec.whatwg.org/#concept-http-redirect-fetch
    """
    if response.status not in _REDIRECT_STATUSES:
        return None
    locations = [value for name, value in response.headers if name.lower() == "location"]
    if not locations:
        return None
    url = _parse_location(locations, request.url)
    if isinstance(url, Failure):
        return url
    if len(request.url_list) > _MAX_REDIRECTS:
        return Failure(Reason.REDIRECT_COUNT, f"there were more than {_MAX_REDIRECTS} redirects")
    foreign = origin_of(url) != request.origin or request.tainting == "cors"
    if _includes_credentials(url) and foreign:
        return Failure(
            Reason.REDIRECT_CREDENTIALS,
            "the answer redirects to another origin, with a user name or password in the URL",
        )
    return _redirected(request, url, response.status)


def _parse_location(locations: list[str], base: URL) -> URL | Failure:
    try:
        (location,) = locations
        url = base.join(URL(location))
    except ValueError:
        return Failure(Reason.REDIRECT_LOCATION, "the answer redirects to an invalid URL")
    if url.scheme not in _HTTP_PORTS or not url.raw_host:
        return Failure(Reason.REDIRECT_SCHEME, "the answer redirects to a URL that is not HTTP(S)")
    return url if url.raw_fragment else url.with_fragment(base.fragment or None)


def _redirected(request: Request, url: URL, status: int) -> Request:
    drop: set[str] = set()
    if origin_of(url) != origin_of(request.url):
        drop.add(_NON_WILDCARD_REQUEST_HEADER)
    if _becomes_get(request.method, status):
        request = replace(request, method="GET", body=None)
        drop |= _REQUEST_BODY_HEADERS
    headers = tuple(item for item in request.headers if item[0].lower() not in drop)
    return replace(request, url_list=(*request.url_list, url), headers=headers)


def _becomes_get(method: str, status: int) -> bool:
    if status == 303:
        return method not in ("GET", "HEAD")
    return status in (301, 302) and method == "POST"


def filtered_response(request: Request, response: WireResponse) -> FilteredResponse:
    """What the page sees of *response*, after every check has passed."""
    return FilteredResponse(
        type=request.tainting,
        status=response.status,
        headers=_readable_headers(request, response.headers),
        url=request.url.with_fragment(None),
        redirected=len(request.url_list) > 1,
    )


def _readable_headers(request: Request, headers: HeaderList) -> HeaderList:
    if request.tainting == "basic":
        return tuple(item for item in headers if not is_forbidden_response_header_name(item[0]))
    try:
        exposed = extract_tokens(hdrs.ACCESS_CONTROL_EXPOSE_HEADERS, headers)
    except ValueError:
        exposed = ()
    if "*" in exposed and request.credentials != "include":
        exposed = tuple(name for name, _ in headers)
    return tuple(
        item for item in headers if is_cors_safelisted_response_header_name(item[0], exposed)
    )


class _NetworkError(Exception):
    """The standard's *network error*: the end of a fetch that the page sees nothing of."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


_Fetch: TypeAlias = Generator[WireRequest, WireResponse, FilteredResponse]
_Sending: TypeAlias = Generator[WireRequest, WireResponse, WireResponse]


class _Fetching:
    """One run of the standard's algorithm; its steps are written down as they happen."""

    def __init__(self, cache: PreflightCache) -> None:
        self._cache = cache
        self.steps: list[Step] = []

    def main_fetch(self, request: Request) -> _Fetch:
        self.steps += [
            Decision(f"{name} is a forbidden request-header: it is not sent")
            for name in request.dropped
        ]
        while True:
            if not request.is_same_origin:
                request = replace(request, tainting="cors")
            try:
                response = yield from self._http_fetch(request)
                following = self._follow(request, response)
            except _NetworkError:
                if not request.is_cors_safelisted:
                    self._cache.clear(request)
                raise
            if following is None:
                return filtered_response(request, response)
            request = following

    def _http_fetch(self, request: Request) -> _Sending:
        if request.tainting == "basic":
            self.steps.append(Decision("the URL is of the page's own origin: no CORS"))
            return (yield from self._exchange(_actual(request)))
        causes = self._preflight_causes(request)
        if causes:
            self.steps.append(Decision(f"a preflight is needed: {', '.join(causes)}"))
            yield from self._cors_preflight_fetch(request)
        response = yield from self._exchange(_actual(request))
        self._check("CORS check", cors_check(request, response))
        return response

    def _preflight_causes(self, request: Request) -> list[str]:
        """What is not safelisted and in no earlier preflight's answer."""
        if request.is_cors_safelisted:
            self.steps.append(Decision("no preflight: everything is CORS-safelisted"))
            return []
        causes = [
            f"the header {name}"
            for name in request.unsafe_header_names
            if not self._cache.has_header_name(request, name)
        ]
        if not is_cors_safelisted_method(request.method) and not self._cache.has_method(request):
            causes.insert(0, f"the method {request.method}")
        if not causes:
            self.steps.append(Decision("no preflight: the answer to an earlier one is cached"))
        return causes

    def _cors_preflight_fetch(self, request: Request) -> Generator[WireRequest, WireResponse, None]:
        """https://fetch.spec.whatwg.org/#cors-preflight-fetch"""
        response = yield from self._exchange(_preflight(request))
        # The standard asks for status and CORS check in one breath. A wrong status is the better
        # answer to "why": a server that refuses seldom adds CORS headers to its refusal.
        self._check("ok status", preflight_status_check(request, response))
        self._check("CORS check", cors_check(request, response))
        self._check(hdrs.ACCESS_CONTROL_ALLOW_METHODS, preflight_methods_check(request, response))
        self._check(hdrs.ACCESS_CONTROL_ALLOW_HEADERS, preflight_headers_check(request, response))
        self._cache.store(request, response)

    def _follow(self, request: Request, response: WireResponse) -> Request | None:
        following = redirect(request, response)
        if isinstance(following, Failure):
            self.steps.append(Check("redirect", following))
            raise _NetworkError(following)
        if following is not None:
            self.steps.append(Decision(f"redirected to {following.method} {following.url}"))
        return following

    def _exchange(self, request: WireRequest) -> _Sending:
        self.steps.append(request)
        response = yield request
        self.steps.append(response)
        return response

    def _check(self, name: str, failure: Failure | None) -> None:
        self.steps.append(Check(name, failure))
        if failure is not None:
            raise _NetworkError(failure)


def _preflight(request: Request) -> WireRequest:
    headers = [
        ("Accept", "*/*"),
        ("Origin", serialize_request_origin(request)),
        (str(hdrs.ACCESS_CONTROL_REQUEST_METHOD), request.method),
    ]
    if names := request.unsafe_header_names:
        headers.append((str(hdrs.ACCESS_CONTROL_REQUEST_HEADERS), ",".join(names)))
    return WireRequest("OPTIONS", request.url, tuple(headers), is_preflight=True)


def _actual(request: Request) -> WireRequest:
    headers = list(request.headers)
    if get("Accept", request.headers) is None:
        headers.insert(0, ("Accept", "*/*"))
    if request.tainting == "cors" or request.method not in ("GET", "HEAD"):
        headers.append(("Origin", serialize_request_origin(request)))
    return WireRequest(
        method=request.method,
        url=request.url,
        headers=_combined(tuple(headers)),
        body=request.body,
        includes_credentials=request.includes_credentials,
    )


def _combined(headers: HeaderList) -> HeaderList:
    """Each name once, spelt as it came first: browsers send one line per name."""
    first = {name.lower(): name for name, _ in reversed(headers)}
    order = dict.fromkeys(name.lower() for name, _ in headers)
    return tuple((first[name], get(name, headers) or "") for name in order)
