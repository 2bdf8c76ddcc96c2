"""What a page asks for, and what of it goes over the wire.

https://fetch.spec.whatwg.org/#requests
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from yarl import URL

from aiohttp_cors.protocol.origins import is_serialised_origin
from aiohttp_cors.protocol.resource_options import is_token

from .headers import HeaderList, cors_unsafe_request_header_names, is_forbidden_request_header
from .methods import is_cors_safelisted_method, is_forbidden_method, normalize_method

Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
Mode: TypeAlias = Literal["cors", "navigate", "websocket"]

#: The origin of pages of ``file:`` in the engines that do not call it ``null``
FILE: Final = "file://"

HTTP_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Request:
    """What a page asks for: a *request* of the standard.

    *url_list* begins with the URL that the page gave, and grows by one with each redirect.
    *dropped* are the forbidden headers that the page tried to set. :meth:`new` builds one with
    the rules of JavaScript's ``new Request()``, :meth:`form` that of a form, :meth:`websocket`
    that of ``new WebSocket()``.
    """

    method: str
    url_list: tuple[URL, ...]
    origin: str
    headers: HeaderList = ()
    credentials: Credentials = "same-origin"
    body: bytes | None = None
    tainting: Literal["basic", "cors"] = "basic"
    dropped: tuple[str, ...] = ()
    mode: Mode = "cors"
    destination: str = ""

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
        _check_url(url)
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

    @classmethod
    def form(cls, url: URL, origin: str, body: bytes, content_type: str) -> Request:
        """The navigation that a form of a page of *origin* makes with method POST.

        https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#submit-body

        :raises TypeError: *url* is none of HTTP(S).
        """
        _check_url(url)
        return cls(
            method="POST",
            url_list=(url,),
            origin=origin,
            headers=(("Accept", _ACCEPT_DOCUMENT), ("Content-Type", content_type)),
            credentials="include",
            body=body,
            mode="navigate",
            destination="document",
        )

    @classmethod
    def websocket(cls, url: URL, origin: str, key: str, protocols: Iterable[str] = ()) -> Request:
        """The handshake that a page of *origin* makes with ``new WebSocket(url, protocols)``.

        https://websockets.spec.whatwg.org/#concept-websocket-establish

        :raises TypeError: *url* is none of HTTP(S) or WebSocket, or has a user name.
        """
        url = url.with_scheme({"ws": "http", "wss": "https"}.get(url.scheme, url.scheme))
        _check_url(url)
        offered = ", ".join(protocols)
        return cls(
            method="GET",
            url_list=(url.with_fragment(None),),
            origin=origin,
            headers=(
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Key", key),
                ("Sec-WebSocket-Version", "13"),
                *((("Sec-WebSocket-Protocol", offered),) if offered else ()),
            ),
            credentials="include",
            mode="websocket",
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
        """Whether no hop has left the page's own origin."""
        return self.tainting == "basic" and origin_of(self.url) == self.origin

    @property
    def needs_cors(self) -> bool:
        """Whether the answer is for a page that may not see it unasked."""
        return self.mode == "cors" and not self.is_same_origin

    @property
    def includes_origin(self) -> bool:
        """Whether it has an ``Origin``.

        https://fetch.spec.whatwg.org/#append-a-request-origin-header (Referrer policies are not
        modelled.)
        """
        is_asked = self.tainting == "cors" or self.mode == "websocket"
        return is_asked or self.method not in ("GET", "HEAD")

    @property
    def includes_credentials(self) -> bool:
        """Whether cookies go with the request, and those of its answer are kept."""
        if self.credentials == "same-origin":
            return self.tainting == "basic"
        return self.credentials == "include"


# https://fetch.spec.whatwg.org/#document-accept-header-value
_ACCEPT_DOCUMENT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def _check_url(url: URL) -> None:
    if url.scheme not in HTTP_PORTS or includes_credentials(url):
        raise TypeError(f"'url' must be an HTTP(S) URL without user name, got {str(url)!r}")
    if not has_host(url):
        raise TypeError(f"'url' must have a host, got {str(url)!r}")


def is_origin_of_a_page(text: str) -> bool:
    """Whether *text* is what some browser sends as the ``Origin`` of a page.

    >>> [o for o in ("https://a.example", "null", "file://", "*") if is_origin_of_a_page(o)]
    ['https://a.example', 'null', 'file://']
    """
    return text == FILE or is_serialised_origin(text)


def parse_url(text: str) -> URL:
    r"""*text* as browsers read it: to them, a ``\`` in a path is a ``/``.

    https://url.spec.whatwg.org/#relative-slash-state

    :raises ValueError: where it is no URL.

    >>> str(parse_url(r"https:\\a.example/b?c=\d"))
    'https://a.example/b?c=%5Cd'
    """
    path, *rest = re.split(r"(?=[?#])", text, maxsplit=1)
    return URL("".join([path.replace("\\", "/"), *rest]))


def has_host(url: URL) -> bool:
    """True where *url* names a host that there may be.

    https://url.spec.whatwg.org/#concept-domain-to-ascii (*VerifyDnsLength*: a longer or an empty
    label is found nowhere).
    """
    host = (url.raw_host or "").removesuffix(".")
    if ":" in host:
        return True
    return len(host) <= 253 and all(0 < len(label) <= 63 for label in host.split("."))


def _normalized_header(name: str, value: str) -> tuple[str, str]:
    if not is_token(name):
        raise TypeError(f"a header's name must be a token, got {name!r}")
    if not isinstance(value, str):
        raise TypeError(f"the value of {name} must be a str, got {value!r}")
    value = value.strip(" \t\r\n")
    if re.search(r"[\0\r\n]|[^\x00-\xff]", value):
        raise TypeError(f"the value of {name} must fit on one header line, got {value!r}")
    return name, value


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it goes to the server; cookies go with it where it *includes_credentials*."""

    method: str
    url: URL
    headers: HeaderList
    body: bytes | None = None
    includes_credentials: bool = False
    is_preflight: bool = False


def origin_of(url: URL) -> str:
    """The origin of *url* as browsers write it: without a default port, IPv6 in brackets.

    >>> origin_of(URL("https://A.example:443/path"))
    'https://a.example'
    """
    host = url.raw_host or ""
    host = f"[{host}]" if ":" in host else host
    port = url.explicit_port
    if port is None or port == HTTP_PORTS.get(url.scheme):
        return f"{url.scheme}://{host}"
    return f"{url.scheme}://{host}:{port}"


def serialize_request_origin(request: Request) -> str:
    """The ``Origin`` of *request*: ``null`` once a foreign origin redirected it to another one.

    https://fetch.spec.whatwg.org/#serializing-a-request-origin
    """
    hops = [origin_of(url) for url in request.url_list]
    tainted = any(before not in (after, request.origin) for before, after in pairwise(hops))
    return "null" if tainted else request.origin


def includes_credentials(url: URL) -> bool:
    """Whether *url* has a user name or a password, https://url.spec.whatwg.org/#include-credentials."""
    return bool(url.user or url.password)
