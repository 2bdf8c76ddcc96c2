"""The story of an exchange as a browser sees it, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs

from aiohttp_cors.fetch import (
    Check,
    Decision,
    Failure,
    FilteredResponse,
    HeaderList,
    Reason,
    Step,
    Verdict,
    WireRequest,
    WireResponse,
    get,
    origin_of,
)

from .diagnosis import OWN_WORDS, Diagnosis
from .terminal import Screen, cut, printable, some, wrap

# How the names begin of what CORS looks at in an answer; the rest is the page's business.
_TOLD = ("access-control-", "location", "vary")

# And of what it is not about, in a request: browsers send it beside, and no CORS looks at it.
_UNTOLD = "sec-fetch-"

_STORY_WIDTH = 400


@dataclass(frozen=True, slots=True)
class Story:
    """What is to be told of a request.

    *diagnosis* is what the server has to do with a block, *remarks* are what it has to do with an
    answer that the page may read, if that is known; *name* is what to call it.
    """

    verdict: Verdict
    diagnosis: Diagnosis | None = None
    remarks: tuple[str, ...] = ()
    name: str = ""


def tell(story: Story, screen: Screen) -> list[str]:
    """The lines that tell *story*: every step, then ALLOWED or BLOCKED, the reason and the fix."""
    teller = _Teller(story, screen)
    return [*teller.title(), *teller.steps(), "", *teller.end()]


class _Teller:
    def __init__(self, story: Story, screen: Screen) -> None:
        self._story = story
        self._verdict = story.verdict
        self._screen = screen
        self._name = story.name
        self._first = origin_of(story.verdict.request.url_list[0])
        self._count = 0

    def title(self) -> list[str]:
        request = self._verdict.request
        url = request.url_list[0]
        path = cut(url.raw_path_qs, _STORY_WIDTH)
        where = f"{path} from {self._name}" if self._name else cut(str(url), _STORY_WIDTH)
        carried = [name for name, _ in request.headers]
        if request.credentials == "include":
            carried.append("credentials")
        sentence = f"A page of {request.origin} fetches {request.method} {where}"
        lines = wrap(sentence + (f", with {' and '.join(carried)}" if carried else ""))
        return [self._screen.paint("strong", line) for line in lines]

    def steps(self) -> Iterator[str]:
        for step in self._verdict.steps:
            yield from self._step(step)

    def _step(self, step: Step) -> Iterator[str]:
        match step:
            case Decision():
                text = printable(step.text)
                yield from ["", *wrap(text[:1].upper() + text[1:])]
            case WireRequest():
                yield from self._request(step)
            case WireResponse():
                yield from self._response(step)
            case _:
                yield self._check(step)

    def _request(self, request: WireRequest) -> Iterator[str]:
        self._count += 1
        title = f"{self._count}. {'Preflight' if request.is_preflight else 'Request'}"
        yield from ["", self._screen.paint("strong", title)]
        is_first = origin_of(request.url) == self._first
        url = request.url.raw_path_qs if is_first else str(request.url)
        yield from self._wire(">", f"{request.method} {url}")
        told = ((n, v) for n, v in request.headers if not n.lower().startswith(_UNTOLD))
        yield from self._headers(">", tuple(told))

    def _response(self, response: WireResponse) -> Iterator[str]:
        yield ""
        yield from self._wire("<", f"{response.status} {_phrase(response.status)}")
        yield from self._headers("<", _told(response.headers))
        yield ""

    def _headers(self, mark: str, headers: HeaderList) -> Iterator[str]:
        for name, value in headers:
            yield from self._wire(mark, f"{name}: {value}")

    def _wire(self, mark: str, text: str) -> list[str]:
        lines = wrap(printable(cut(text, _STORY_WIDTH)), f"   {mark} ")
        return [self._screen.paint("faint", line) for line in lines]

    def _check(self, check: Check) -> str:
        if check.passed:
            return f"   {self._screen.paint('good', 'passed')}  {check.name}"
        return f"   {self._screen.paint('bad', 'failed')}  {check.name}"

    def _item(self, label: str, text: str) -> list[str]:
        first, *others = wrap(printable(text), f"  {label:<6}  ")
        return [first.replace(label, self._screen.paint("strong", label), 1), *others]

    def end(self) -> Iterator[str]:
        outcome = self._verdict.outcome
        if isinstance(outcome, FilteredResponse):
            yield from self._allowed(outcome)
        else:
            yield from self._blocked(outcome, self._story.diagnosis)

    def _allowed(self, outcome: FilteredResponse) -> Iterator[str]:
        names = sorted({name.lower() for name, _ in outcome.headers})
        readable = f" and {some(names, most=12)}" if names else ""
        yield self._screen.paint("good", "ALLOWED")
        yield from self._item("Page", f"reads the status {outcome.status}, the body{readable}")
        for remark in self._story.remarks:
            yield from self._item("Note", remark)
        if _is_open_to_caches(self._verdict):
            yield from self._item("Note", _NO_VARY)

    def _blocked(self, failure: Failure, diagnosis: Diagnosis | None) -> Iterator[str]:
        yield self._screen.paint("bad", "BLOCKED")
        # What the server says has a line of its own.
        yield from self._item("Reason", failure.message.partition("; the server says: ")[0])
        words = " ".join(self._last_words.split())
        if words:
            yield from self._item("Server", words[:_STORY_WIDTH])
        if diagnosis is not None:
            yield from self._item("Cause", diagnosis.cause)
        fix = (diagnosis and diagnosis.fix) or self._remedy(failure)
        if fix is not None:
            yield from self._item("Fix", fix)

    @property
    def _last_words(self) -> str:
        exchanges = self._verdict.exchanges
        return exchanges[-1].response.text if exchanges else ""

    def _remedy(self, failure: Failure) -> str | None:
        """What to do about *failure*: in HTTP, unless the server is one with the library."""
        if self._name or self._last_words.startswith(OWN_WORDS):
            return failure.fix
        remedy = _REMEDIES.get(failure.reason)
        if remedy is None:
            return failure.fix
        request = self._verdict.request
        sent = self._verdict.exchanges[-1].request
        return remedy.format(
            origin=get(hdrs.ORIGIN, sent.headers),
            method=request.method,
            headers=", ".join(request.unsafe_header_names),
            credentials=(
                " and 'Access-Control-Allow-Credentials: true'"
                if request.credentials == "include"
                else ""
            ),
        )


_ALLOW_ORIGIN = "send one 'Access-Control-Allow-Origin: {origin}'{credentials}, and 'Vary: Origin'"
_ALLOW_METHODS = "answer the preflight with 'Access-Control-Allow-Methods: {method}'"
_ALLOW_HEADERS = "answer the preflight with 'Access-Control-Allow-Headers: {headers}'"

# For servers that have no aiohttp_cors to configure
_REMEDIES = {
    Reason.PREFLIGHT_STATUS: (
        "answer OPTIONS requests that have Access-Control-Request-Method with status 204 and the "
        "Access-Control-* headers, before authentication and routing"
    ),
    Reason.PREFLIGHT_REDIRECT: "answer preflights without a redirect, or fetch the final URL",
    Reason.ALLOW_ORIGIN_MISSING: _ALLOW_ORIGIN,
    Reason.ALLOW_ORIGIN_SEVERAL: _ALLOW_ORIGIN,
    Reason.ALLOW_ORIGIN_DIFFERS: _ALLOW_ORIGIN,
    Reason.ALLOW_ORIGIN_WILDCARD: _ALLOW_ORIGIN,
    Reason.ALLOW_CREDENTIALS: "send 'Access-Control-Allow-Credentials: true'",
    Reason.ALLOW_METHODS: _ALLOW_METHODS,
    Reason.ALLOW_METHODS_INVALID: _ALLOW_METHODS,
    Reason.ALLOW_HEADERS: _ALLOW_HEADERS,
    Reason.ALLOW_HEADERS_INVALID: _ALLOW_HEADERS,
}

_NO_VARY = (
    "the answer names one origin and has no 'Vary: Origin': a cache may hand it to pages of "
    "another one, which are then blocked"
)


def _is_open_to_caches(verdict: Verdict) -> bool:
    """https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches"""
    headers = verdict.exchanges[-1].response.headers
    allowed = get(hdrs.ACCESS_CONTROL_ALLOW_ORIGIN, headers) or "*"
    vary = {name.strip().lower() for name in (get(hdrs.VARY, headers) or "").split(",")}
    return allowed != "*" and vary.isdisjoint({"origin", "*"})


def _told(headers: HeaderList) -> HeaderList:
    told = [(n, v) for n, v in headers if n.lower().startswith(_TOLD)]
    return tuple(sorted(told, key=lambda header: header[0].lower()))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
