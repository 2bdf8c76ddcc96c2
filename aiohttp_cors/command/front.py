"""What may have become of an answer on its way from a server that is only known by its URL.

Caches and proxies in front of an application add headers, answer requests themselves, and take
headers away; their answers give them away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from aiohttp import ClientError, ClientSession, hdrs

from aiohttp_cors.fetch import (
    Exchange,
    Failure,
    Reason,
    Request,
    Verdict,
    WireRequest,
    WireResponse,
    answers_as_aiohttp_cors,
    cors_check,
    cors_preflight_request,
    get,
    protection_in,
)

from .diagnosis import OWN_WORDS, Diagnosis, diagnose_size

_NO_ORIGIN = f"{OWN_WORDS}origin header is not specified"


async def diagnose_server(session: ClientSession, verdict: Verdict) -> Diagnosis | None:
    """Why a server, known by its URL alone, had the browser block the request; `None` if unknown.

    Where the answer itself says too little, a preflight is sent, to which aiohttp_cors says more.
    """
    failure = verdict.outcome
    if not isinstance(failure, Failure) or not verdict.exchanges:
        return None
    case = _Case(failure, verdict.exchanges[-1])
    found = next(case.diagnoses(), None)
    if found is not None or not case.says_too_little:
        return found
    asked = _last_request(verdict)
    with suppress(ClientError):  # which is no reason to keep back what is known
        return case.diagnose_with(await _ask_preflight(session, asked), asked)
    return None


async def _ask_preflight(session: ClientSession, request: Request) -> WireResponse:
    sent = cors_preflight_request(request)
    async with session.options(sent.url, headers=sent.headers, allow_redirects=False) as answer:
        text = (await answer.content.read(_LONGEST)).decode("utf-8", "replace")
        headers = tuple((str(name), value) for name, value in answer.headers.items())
    return WireResponse(answer.status, headers, text)


_LONGEST = 4096


def _last_request(verdict: Verdict) -> Request:
    sent = verdict.exchanges[-1].request
    origin = get(hdrs.ORIGIN, sent.headers) or verdict.request.origin
    return replace(verdict.request, method=sent.method, url_list=(sent.url,), origin=origin)


class _Case:
    """A blocked request, and what its answer says of those who had a hand in it."""

    def __init__(self, failure: Failure, exchange: Exchange) -> None:
        self._failure = failure
        self._reason = failure.reason
        self._request: WireRequest = exchange.request
        self._response: WireResponse = exchange.response
        self._server = _server_in_front(exchange.response)

    def diagnoses(self) -> Iterator[Diagnosis]:
        """What can be said of the answer by itself, the most certain first."""
        if (too_long := diagnose_size(self._request, self._response)) is not None:
            yield too_long
        elif (refusal := protection_in(self._response.text)) is not None:
            yield self._refused(f"with protect=True, {refusal}")
        elif self._response.text.startswith(_NO_ORIGIN):
            yield self._without_origin()
        elif self._reason is Reason.ALLOW_ORIGIN_SEVERAL:
            yield self._set_twice()
        elif self._reason in _OF_CACHES and (kept_by := _cache(self._response)) is not None:
            yield self._kept(kept_by)
        elif self._request.is_preflight and _is_stripped(self._response):
            yield self._taken_away()
        elif self._request.is_preflight and self._server is not None:
            yield from self._answered_in_front(self._server)
        elif self._reason is Reason.ALLOW_ORIGIN_DIFFERS:
            yield self._fixed()

    @property
    def says_too_little(self) -> bool:
        """True where a preflight may say more, and was not sent."""
        return self._reason is Reason.ALLOW_ORIGIN_MISSING and not self._request.is_preflight

    def diagnose_with(self, preflight: WireResponse, request: Request) -> Diagnosis | None:
        """What the answer to a *preflight* says of that to the *request*."""
        if preflight.text.startswith(_NO_ORIGIN):
            return self._without_origin()
        if preflight.text.startswith(OWN_WORDS):
            return self._refused(preflight.text.removeprefix(OWN_WORDS).partition("\n")[0])
        if _is_stripped(preflight):
            return self._taken_away()
        if answers_as_aiohttp_cors(preflight) and cors_check(request, preflight) is None:
            return self._changed()
        return None

    def _refused(self, refusal: str) -> Diagnosis:
        return Diagnosis(
            f"the application's aiohttp_cors refuses it itself: {refusal}", self._failure.fix
        )

    def _taken_away(self) -> Diagnosis:
        return Diagnosis(
            "the application's aiohttp_cors grants a preflight, but Access-Control-Allow-Origin is "
            f"missing in its answer: {self._somebody} takes it away",
            "let it pass the Access-Control-* headers on (in nginx, remove 'proxy_hide_header')",
        )

    def _changed(self) -> Diagnosis:
        allowed = "a preflight for the same request is allowed, so that the application allows it"
        status = self._response.status
        if status >= 500:
            return Diagnosis(
                f"{allowed}: the {status} is not its own, but of {self._somebody}",
                "look for the error itself there; pages cannot read it without CORS headers",
            )
        return Diagnosis(
            f"{allowed}: {self._somebody} takes Origin away from the request, or "
            "Access-Control-Allow-Origin from the answer",
            "let it pass both on",
        )

    @property
    def _somebody(self) -> str:
        return self._server or "a server in front of it"

    def _without_origin(self) -> Diagnosis:
        return Diagnosis(
            "the application gets no Origin header, which was sent: "
            f"{self._server or 'a server in front of it'} takes it away",
            "let it pass Origin on (in nginx, remove 'proxy_set_header Origin')",
        )

    def _set_twice(self) -> Diagnosis:
        name = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN
        values = " and ".join(map(repr, (get(name, self._response.headers) or "").split(", ")))
        if self._server is None:
            return Diagnosis(
                f"{name} is set twice ({values}): by the application and by a server in front of "
                "it, or by two parts of the application",
                None,
            )
        return Diagnosis(
            f"{name} is set twice ({values}): the answer came through {self._server}, which adds "
            "one to that of the application",
            f"remove the Access-Control-* headers from the configuration of {self._server} (in "
            "nginx, 'add_header'), where the application sends them",
        )

    def _kept(self, kept_by: str) -> Diagnosis:
        return Diagnosis(
            f"a cache ({kept_by}) hands out an answer that was for another page, or for none",
            "let the cache mind 'Vary: Origin' (in nginx, remove 'proxy_ignore_headers Vary'), and "
            "empty it; or let the answer be the same for all: 'Access-Control-Allow-Origin: *'",
        )

    def _answered_in_front(self, server: str) -> Iterator[Diagnosis]:
        if answers_as_aiohttp_cors(self._response) or self._is_aiohttps_own:
            return
        name = server.partition("/")[0]
        if f"<center>{name}".lower() in self._response.text.lower():
            cause = f"{server} answers the preflight itself: it does not get to the application"
        else:
            cause = (
                f"the answer is not of aiohttp_cors: {server} answers the preflight itself, or "
                "what is behind it does, without aiohttp_cors"
            )
        yield Diagnosis(
            cause,
            f"let {name} pass OPTIONS requests on to the application, where that has aiohttp_cors",
        )

    @property
    def _is_aiohttps_own(self) -> bool:
        """True for the text of an aiohttp error, as ``405: Method Not Allowed``."""
        return self._response.text.startswith(f"{self._response.status}: ")

    def _fixed(self) -> Diagnosis:
        return Diagnosis(
            "aiohttp_cors never names another origin than the request's: "
            f"{self._server or 'a server in front'} or the application sets the header itself",
            None,
        )


_OF_CACHES = {Reason.ALLOW_ORIGIN_MISSING, Reason.ALLOW_ORIGIN_DIFFERS}


def _is_stripped(preflight: WireResponse) -> bool:
    """True for what aiohttp_cors grants only with the header that is missing."""
    is_granted = answers_as_aiohttp_cors(preflight) and 200 <= preflight.status <= 299
    return is_granted and get(hdrs.ACCESS_CONTROL_ALLOW_ORIGIN, preflight.headers) is None


def _server_in_front(response: WireResponse) -> str | None:
    """What is between the application and the browser, as it names itself."""
    server = get(hdrs.SERVER, response.headers) or ""
    if server and "aiohttp" not in server:
        return server
    via = get(hdrs.VIA, response.headers)
    return f"a proxy (Via: {via})" if via else None


# X-Cache, X-Cache-Status, X-Proxy-Cache, CF-Cache-Status ...: "HIT", "Hit from ...", "TCP_HIT"
_CACHE_STATUS = re.compile(r"(?:[a-z0-9]+-)*cache(?:-status)?", re.IGNORECASE)


def _cache(response: WireResponse) -> str | None:
    """The header that says that the answer was kept by a cache."""
    for name, value in response.headers:
        is_age = name.lower() == "age" and value.strip("0 ") != ""
        if is_age or (_CACHE_STATUS.fullmatch(name) and "hit" in value.lower()):
            return f"{name}: {value}"
    return None
