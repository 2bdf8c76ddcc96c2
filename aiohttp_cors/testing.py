"""A page's view of a server: what a browser would send to it, and let the page read.

In a test-suite, three lines::

    browser = Browser(client, "https://app.example")
    response = await browser.fetch("PUT", "/notes/1", json={"text": "milk"})
    assert response.status == 200

A request that a real browser would block raises :exc:`CorsBlocked`, which says what went over the
wire, which check failed, and what to change in the server's configuration. The rules themselves
are in :mod:`aiohttp_cors.fetch`; here they meet aiohttp's client.
"""

from __future__ import annotations

import json as jsonlib
import re
import secrets
import time
from abc import abstractmethod
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from .fetch import (
    FILE,
    Check,
    Credentials,
    Decision,
    Exchange,
    Failure,
    FilteredResponse,
    PreflightCache,
    Reason,
    Request,
    Step,
    Verdict,
    WireRequest,
    WireResponse,
    fetch,
    get,
    is_origin_of_a_page,
    parse_url,
)
from .protocol.origins import NULL

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = (
    "Browser",
    "Check",
    "CorsBlocked",
    "Credentials",
    "Data",
    "Decision",
    "Enctype",
    "Exchange",
    "Failure",
    "FilteredResponse",
    "Headers",
    "PageResponse",
    "PreflightCache",
    "Reason",
    "Request",
    "ServerClient",
    "Step",
    "Verdict",
    "WireRequest",
    "WireResponse",
)

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
Data: TypeAlias = str | bytes | Mapping[str, str]
Enctype: TypeAlias = Literal[
    "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"
]


class ServerClient(Protocol):
    """The part of ``aiohttp.test_utils.TestClient`` that a :class:`Browser` uses."""

    @property
    @abstractmethod
    def session(self) -> ClientSession:
        """The session whose connector and cookie jar are used."""

    @abstractmethod
    def make_url(self, path: str) -> URL:
        """The absolute URL of *path* on the server under test."""


class CorsBlocked(Exception):
    """A browser would not have shown the answer to the page, or not have sent the request.

    Its text is the whole exchange, so that a failing test explains itself.
    """

    def __init__(self, verdict: Verdict, failure: Failure) -> None:
        super().__init__(verdict, failure)
        self.verdict = verdict
        self.failure = failure

    @property
    def reason(self) -> Reason:
        """The check that failed, as a machine-readable word."""
        return self.failure.reason

    @property
    def message(self) -> str:
        """What a browser's console says, in other words."""
        return self.failure.message

    @property
    def fix(self) -> str | None:
        """The change of the server's configuration that would allow it, if there is one."""
        return self.failure.fix

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything that went over the wire, in order."""
        return self.verdict.exchanges

    @property
    def exchange(self) -> Exchange:
        """The exchange in which the check failed.

        :raises IndexError: nothing was sent, as of a URL with a bad port.
        """
        return self.exchanges[-1]

    def __str__(self) -> str:
        return str(self.verdict)


class PageResponse:
    """What the page sees: JavaScript's ``Response``, in aiohttp's words."""

    def __init__(self, verdict: Verdict, response: FilteredResponse, body: bytes) -> None:
        self._verdict = verdict
        self._response = response
        self._headers = CIMultiDictProxy(CIMultiDict(response.headers))
        self._body = body

    @property
    def status(self) -> int:
        """The status of the last answer, behind all redirects."""
        return self._response.status

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status <= 299

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The headers that the page may read, and no others."""
        return self._headers

    @property
    def url(self) -> URL:
        """The URL of the last answer, without a fragment."""
        return self._response.url

    @property
    def redirected(self) -> bool:
        """Whether the answer came behind a redirect."""
        return self._response.redirected

    @property
    def type(self) -> Literal["basic", "cors"]:
        """``"basic"`` for an answer of the page's own origin, else ``"cors"``."""
        return self._response.type

    @property
    def verdict(self) -> Verdict:
        """How it came about, step by step."""
        return self._verdict

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What went over the wire: preflights, redirects and the answer, in order."""
        return self._verdict.exchanges

    async def read(self) -> bytes:
        """The body."""
        return self._body

    async def text(self) -> str:
        """The body as text: UTF-8 whatever its ``Content-Type`` says, as in JavaScript."""
        return self._body.decode("utf-8-sig", "replace")

    async def json(self) -> Any:
        """The body as JSON, whatever its ``Content-Type`` says, as in JavaScript.

        :raises ValueError: the body is not JSON.
        """
        return jsonlib.loads(await self.text())

    def __repr__(self) -> str:
        return f"<PageResponse {self.status} {self.type} {self.url}>"


class Browser:
    """A page of *origin* in a browser, which asks a server through *client*.

    :param client: an ``aiohttp.test_utils.TestClient``, or a ``ClientSession``. Its connector is
        used, and its cookie jar is the browser's; its default headers and its ``auth`` are not
        sent, since no page has them.
    :param origin: the page's origin as browsers write it, such as ``"https://app.example"``, or
        ``"null"``. The client's own origin makes a same-origin page. A page of ``file:`` has the
        origin ``"null"`` in Chromium and Firefox, and ``"file://"`` in Electron, Cordova and some
        other engines that programs embed.
    :param clock: seconds, for the expiry in the preflight cache.
    :raises TypeError: *client* is neither.
    :raises ValueError: *origin* is nothing that a browser sends.

    Requests tell the server who asks, as browsers do (``Sec-Fetch-Site`` and the like): which
    hosts are of one site is known where the optional package ``publicsuffixlist`` is installed;
    without it, only a host and itself are, on whichever ports.

    Not modelled, since the server's CORS configuration cannot change it: HTTP caches, mixed
    content, referrer policies, ``SameSite`` and third-party cookies, local-network permissions.
    """

    def __init__(
        self,
        client: ServerClient | ClientSession,
        origin: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not is_origin_of_a_page(str(origin)):
            raise ValueError(
                f"'origin' must be an origin as browsers send it, scheme://host[:port], 'null' or "
                f"'file://', got {origin!r}"
            )
        if not isinstance(client, ClientSession) and not hasattr(client, "session"):
            raise TypeError(f"'client' must be a TestClient or a ClientSession, got {client!r}")
        self._client = client
        self._origin = str(origin)
        self._cache = PreflightCache(clock)

    @property
    def origin(self) -> str:
        """The page's origin."""
        return self._origin

    async def fetch(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Headers = (),
        credentials: Credentials = "same-origin",
        data: Data | None = None,
        json: object = None,
    ) -> PageResponse:
        """What the page gets from JavaScript's ``fetch(url, {method, headers, ...})``.

        :param method: as the page writes it; only DELETE, GET, HEAD, OPTIONS, POST and PUT may be
            written in lower case.
        :param url: absolute, or relative: to the test client's server, or, with a session, to the
            page's origin.
        :param headers: what the page sets. Headers that belong to the browser (``Cookie``,
            ``Host``, ``Origin``, ``Sec-*`` ...) are dropped, as a browser does.
        :param credentials: whether cookies are sent and stored: ``"omit"``, ``"same-origin"``
            or ``"include"``.
        :param data: the body; a ``str`` is sent as ``text/plain``, a mapping as an HTML form is,
            ``bytes`` without ``Content-Type``.
        :param json: the body as JSON, with ``Content-Type: application/json``.
        :raises CorsBlocked: a browser would not show the answer, or not send the request.
        :raises TypeError: what JavaScript refuses before anything is sent: a forbidden method, an
            invalid header, a body for GET or HEAD, a user name in the URL.
        :raises aiohttp.ClientError: the server did not answer.

        The body is read to its end; for a stream that has none there is :meth:`explain`.
        https://fetch.spec.whatwg.org/#fetch-method
        """
        request = self._request(
            method, url, headers=headers, credentials=credentials, data=data, json=json
        )
        verdict, body = await self._run(request, reads_body=True)
        if isinstance(verdict.outcome, Failure):
            raise CorsBlocked(verdict, verdict.outcome)
        return PageResponse(verdict, verdict.outcome, body)

    async def explain(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Headers = (),
        credentials: Credentials = "same-origin",
        data: Data | None = None,
        json: object = None,
    ) -> Verdict:
        """What :meth:`fetch` would come to, step by step: every request, answer and check.

        It does send the requests, and takes the same parameters; a blocked one is an answer too,
        so that :exc:`CorsBlocked` is not raised. Bodies are not read.
        """
        request = self._request(
            method, url, headers=headers, credentials=credentials, data=data, json=json
        )
        verdict, _ = await self._run(request, reads_body=False)
        return verdict

    async def form(
        self,
        url: str | URL,
        data: Mapping[str, str],
        *,
        enctype: Enctype = "application/x-www-form-urlencoded",
    ) -> Verdict:
        """What comes of a form that the page sends: a POST, with cookies, and without CORS.

        The page sees nothing of the answer, but the server has had the request. Its status is that
        of ``verdict.exchanges[-1].response``.

        :param url: as for :meth:`fetch`.
        :param data: the fields. Files are not modelled.
        :param enctype: how they are sent: ``"application/x-www-form-urlencoded"``,
            ``"multipart/form-data"`` or ``"text/plain"``.
        :raises ValueError: *enctype* is none of them.
        :raises aiohttp.ClientError: the server did not answer.

        https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#form-submission-algorithm
        """
        body, content_type = _encode_form(data, enctype)
        absolute = self._absolute(url if isinstance(url, URL) else parse_url(url))
        request = Request.form(absolute, self._origin, body, content_type)
        verdict, _ = await self._run(request, reads_body=False)
        return verdict

    async def websocket(self, url: str | URL, *, protocols: Iterable[str] = ()) -> Verdict:
        """What comes of the handshake of a WebSocket that the page opens; it is closed at once.

        Browsers open it to any server that agrees, and send its cookies: to say no is up to the
        server. ``Sec-Fetch-*`` are sent as the standard says, and as Firefox and WebKit do (which
        names another destination); Chromium sends none with handshakes.

        :param url: as for :meth:`fetch`; ``ws:`` and ``wss:`` are fine too.
        :param protocols: those that the page offers.
        :raises aiohttp.ClientError: the server did not answer.

        https://websockets.spec.whatwg.org/#dom-websocket-websocket
        """
        absolute = self._absolute(url if isinstance(url, URL) else parse_url(url))
        key = b64encode(secrets.token_bytes(16)).decode()
        request = Request.websocket(absolute, self._origin, key, protocols)
        verdict, _ = await self._run(request, reads_body=False)
        return verdict

    def _request(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Headers,
        credentials: Credentials,
        data: Data | None,
        json: object,
    ) -> Request:
        if data is not None and json is not None:
            raise TypeError("'data' and 'json' cannot both be given")
        pairs = tuple((str(name), value) for name, value in CIMultiDict(headers).items())
        body, content_type = _extract_body(data, json)
        if content_type is not None and get("Content-Type", pairs) is None:
            pairs = (*pairs, ("Content-Type", content_type))
        return Request.new(
            method,
            self._absolute(url if isinstance(url, URL) else parse_url(url)),
            self._origin,
            headers=pairs,
            credentials=credentials,
            body=body,
        )

    def _absolute(self, url: URL) -> URL:
        if url.scheme:
            return url
        if not isinstance(self._client, ClientSession):
            return self._client.make_url("/").join(url)
        if self._origin in (NULL, FILE):
            raise TypeError(
                f"'url' must be absolute for a page of origin {self._origin!r}, got {str(url)!r}"
            )
        return URL(self._origin).join(url)

    async def _run(self, request: Request, *, reads_body: bool) -> tuple[Verdict, bytes]:
        """Carry out what :func:`aiohttp_cors.fetch.fetch` wants to have sent."""
        process = fetch(request, self._cache)
        try:
            sent = next(process)
        except StopIteration as end:  # of what no browser sends
            return end.value, b""
        while True:
            async with self._session(sent) as session, _send(session, sent) as answer:
                said = await _said(sent, answer)
                try:
                    sent = process.send(_received(answer, said))
                except StopIteration as end:
                    verdict: Verdict = end.value
                    rest = await answer.read() if reads_body and verdict.allowed else b""
                    return verdict, said + rest

    def _session(self, request: WireRequest) -> ClientSession:
        """A session over the client's connections that has its cookie jar only where it may."""
        client = self._client
        session = client if isinstance(client, ClientSession) else client.session
        if session.closed:
            raise RuntimeError("the client is closed")
        return ClientSession(
            connector=session.connector,
            connector_owner=False,
            cookie_jar=session.cookie_jar if request.includes_credentials else DummyCookieJar(),
            timeout=session.timeout,
            trust_env=session.trust_env,
        )


def _extract_body(data: Data | None, json: object) -> tuple[bytes | None, str | None]:
    """https://fetch.spec.whatwg.org/#concept-bodyinit-extract: the body and its type."""
    if json is not None:
        return jsonlib.dumps(json, allow_nan=False).encode(), "application/json"
    match data:
        case None | bytes():
            return data, None
        case str():
            return data.encode(), "text/plain;charset=UTF-8"
        case Mapping():
            form = urlencode(list(data.items()))
            return form.encode(), "application/x-www-form-urlencoded;charset=UTF-8"
        case _:
            raise TypeError(f"'data' must be str, bytes or a mapping, got {data!r}")


def _encode_form(data: Mapping[str, str], enctype: Enctype) -> tuple[bytes, str]:
    """The body of a form, and its type."""
    fields = [(_with_crlf(name), _with_crlf(value)) for name, value in data.items()]
    match enctype:
        case "application/x-www-form-urlencoded":
            return urlencode(fields).encode(), enctype
        case "text/plain":
            return "".join(f"{name}={value}\r\n" for name, value in fields).encode(), enctype
        case "multipart/form-data":
            boundary = f"----FormBoundary{secrets.token_hex(8)}"
            return _multipart(fields, boundary), f"{enctype}; boundary={boundary}"
        case _:
            raise ValueError(
                "'enctype' must be 'application/x-www-form-urlencoded', 'multipart/form-data' or "
                f"'text/plain', got {enctype!r}"
            )


def _with_crlf(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def _multipart(fields: Iterable[tuple[str, str]], boundary: str) -> bytes:
    """https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data"""
    parts = []
    for name, value in fields:
        escaped = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{escaped}"\r\n\r\n')
        parts.append(f"{value}\r\n")
    return f"{''.join(parts)}--{boundary}--\r\n".encode()


def _send(
    session: ClientSession, request: WireRequest
) -> AbstractAsyncContextManager[ClientResponse]:
    return session.request(
        request.method,
        request.url.with_user(None),  # which is for servers that ask for it, with 401
        headers=CIMultiDict(request.headers),
        data=request.body,
        allow_redirects=False,
        skip_auto_headers=("Content-Type",),
    )


def _received(answer: ClientResponse, said: bytes) -> WireResponse:
    headers = tuple((str(name), value) for name, value in answer.headers.items())
    return WireResponse(answer.status, headers, said.decode("utf-8", "replace"))


async def _said(request: WireRequest, answer: ClientResponse) -> bytes:
    """The beginning of what may say why the server refuses; nothing of other answers is read."""
    is_refusal = answer.status >= 400 if request.is_preflight else answer.status == 403
    return await _beginning(answer) if is_refusal else b""


# Bytes: a refusal gives its reason first, and a server may go on for ever.
_LONGEST_REASON = 4096


async def _beginning(answer: ClientResponse) -> bytes:
    read = b""
    while len(read) < _LONGEST_REASON:
        part = await answer.content.read(_LONGEST_REASON - len(read))
        if not part:
            break
        read += part
    return read
