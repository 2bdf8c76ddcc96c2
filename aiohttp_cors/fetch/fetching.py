"""Fetching: https://fetch.spec.whatwg.org/#fetching"""

from __future__ import annotations

import textwrap
from collections.abc import Generator
from dataclasses import replace
from typing import Final, TypeAlias

from aiohttp import hdrs

from .cors_check import cors_check, handshake_check, preflight_checks
from .headers import HeaderList, get
from .metadata import fetch_metadata
from .methods import is_cors_safelisted_method
from .ports import is_blocked_due_to_a_bad_port
from .preflight_cache import PreflightCache
from .redirects import redirect
from .requests import Mode, Request, WireRequest, serialize_request_origin
from .responses import FilteredResponse, WireResponse, filtered_response
from .verdict import Check, Decision, Failure, Reason, Step, Verdict

_Fetch: TypeAlias = Generator[WireRequest, WireResponse, FilteredResponse]
_Sending: TypeAlias = Generator[WireRequest, WireResponse, WireResponse]


def fetch(request: Request, cache: PreflightCache) -> Generator[WireRequest, WireResponse, Verdict]:
    """Yield each request to send, take its answer, return what comes of it.

    >>> from yarl import URL
    >>> page = Request.new("GET", URL("https://api.example/"), "https://page.example")
    >>> process = fetch(page, PreflightCache(clock=lambda: 0.0))
    >>> next(process).headers[:2]
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


class _NetworkError(Exception):
    """The standard's *network error*: the end of a fetch that the page sees nothing of."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


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
            self._block_bad_port(request)
            if request.needs_cors:
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

    def _block_bad_port(self, request: Request) -> None:
        if is_blocked_due_to_a_bad_port(request.url):
            port = request.url.explicit_port
            self.steps.append(Decision(f"port {port} is a bad port: browsers send nothing there"))
            raise _NetworkError(
                Failure(Reason.BAD_PORT, f"port {port} is one that browsers block for all pages")
            )

    def _http_fetch(self, request: Request) -> _Sending:
        if request.mode == "websocket":
            return (yield from self._establish(request))
        if request.tainting == "basic":
            self.steps.append(Decision(_NO_CORS[request.mode]))
            response = yield from self._exchange(_actual(request))
            if response.text:
                said = textwrap.shorten(response.text, 200, placeholder=" ...")
                self.steps.append(Decision(f"the server says: {said!r}"))
            return response
        causes = self._preflight_causes(request)
        if causes:
            self.steps.append(Decision(f"a preflight is needed: {', '.join(causes)}"))
            yield from self._cors_preflight_fetch(request)
        response = yield from self._exchange(_actual(request))
        self._check("CORS check", cors_check(request, response))
        return response

    def _establish(self, request: Request) -> _Sending:
        """https://websockets.spec.whatwg.org/#concept-websocket-establish"""
        self.steps.append(Decision(_NO_CORS[request.mode]))
        sent = _actual(request)
        self.steps.append(sent)
        response = yield sent
        self.steps.append(response)
        self._check("handshake", handshake_check(response))
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
        response = yield from self._exchange(cors_preflight_request(request))
        for name, failure in preflight_checks(request, response):
            self._check(name, failure)
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
        if response.status == 101:  # https://fetch.spec.whatwg.org/#concept-http-network-fetch
            self._check("no other protocol", _SWITCHED)
        return response

    def _check(self, name: str, failure: Failure | None) -> None:
        self.steps.append(Check(name, failure))
        if failure is not None:
            raise _NetworkError(failure)


_SWITCHED = Failure(
    Reason.SWITCHING_PROTOCOLS,
    "the server switched to another protocol (status 101), which is no answer to a page's fetch",
)


_NO_CORS: Final[dict[Mode, str]] = {
    "cors": "the URL is of the page's own origin: no CORS",
    "navigate": "a form is sent as a navigation: no CORS, and the page sees nothing of the answer",
    "websocket": "no CORS: browsers open a WebSocket to any server that agrees",
}


def cors_preflight_request(request: Request) -> WireRequest:
    """The preflight for *request*: the first steps of the standard's *CORS-preflight fetch*."""
    headers = [
        ("Accept", "*/*"),
        ("Origin", serialize_request_origin(request)),
        (str(hdrs.ACCESS_CONTROL_REQUEST_METHOD), request.method),
    ]
    if names := request.unsafe_header_names:
        headers.append((str(hdrs.ACCESS_CONTROL_REQUEST_HEADERS), ",".join(names)))
    headers += fetch_metadata(request)
    return WireRequest("OPTIONS", request.url, tuple(headers), is_preflight=True)


def _actual(request: Request) -> WireRequest:
    headers = list(request.headers)
    if get("Accept", request.headers) is None and request.mode == "cors":
        headers.insert(0, ("Accept", "*/*"))
    if request.includes_origin:
        headers.append(("Origin", serialize_request_origin(request)))
    headers += fetch_metadata(request)
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
