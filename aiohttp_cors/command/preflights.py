"""What an application answers to preflights, as a browser judges it: plain values, for `check`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

from aiohttp import ClientSession, ClientTimeout, hdrs, web
from yarl import URL

from aiohttp_cors.fetch import (
    Failure,
    Request,
    WireResponse,
    answers_as_aiohttp_cors,
    cors_preflight_request,
    is_forbidden_method,
    is_forbidden_request_header,
    preflight_failure,
)
from aiohttp_cors.protocol.origins import WILDCARD, is_serialised_origin
from aiohttp_cors.protocol.policy import OriginKey
from aiohttp_cors.protocol.resource_options import ResourceOptions

from .survey import Place, find, survey

#: The origin of a page that no configuration means
STRANGER = "https://page.example"


@dataclass(frozen=True, slots=True)
class Question:
    """A preflight to send: for *place*, at a URL of it.

    *own_options* is the OPTIONS handler of the application that the router has for it, if any.
    """

    place: Place
    url: URL
    own_options: Place | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a preflight of *origin* was answered with.

    *failure* is why a browser blocks the request that would follow. *options* are those that the
    configuration gives the origin, as far as that can be said without asking predicates.
    """

    question: Question
    origin: str
    options: ResourceOptions | None
    status: int
    is_ours: bool  # by this library, be it a refusal
    failure: Failure | None

    @property
    def place(self) -> Place:
        return self.question.place

    @property
    def own_options(self) -> Place | None:
        return self.question.own_options

    @property
    def admits_a_stranger(self) -> bool:
        """True where a browser goes on, though no key of the configuration covers the origin."""
        return self.failure is None and self.options is None and not _asks(self.place)

    @property
    def refuses_a_stranger(self) -> bool:
        """True where a browser stops, as the configuration wants it for the origin."""
        return self.failure is not None and self.options is None

    @property
    def is_of_others(self) -> bool:
        """True for an answer that cannot be the library's, in whatever words."""
        is_refusal = self.status == web.HTTPForbidden.status_code and self.options is None
        return not self.is_ours and not is_refusal


async def ask_preflights(app: web.Application, base: URL) -> tuple[Answer, ...]:
    """What *app*, served at *base*, answers to preflights of each path that is under CORS.

    One is enough where this library answers; else each method is asked for, by a stranger too. A
    path is left out whose variable parts match nothing that could be thought of here.

    :raises aiohttp.ClientError: where there is no answer.
    :raises asyncio.TimeoutError: where it takes long.
    """
    answers: list[Answer] = []
    ours: set[URL] = set()
    async with ClientSession(base, timeout=_PATIENCE) as session:
        async for question in _questions(app):
            if question.url in ours:
                continue
            for origin in _origins_for(question.place):
                answer = await _ask(session, question, origin)
                answers.append(answer)
                if answer.is_ours:
                    ours.add(question.url)
                    break
    return tuple(answers)


_PATIENCE = ClientTimeout(total=10)


async def _questions(app: web.Application) -> AsyncIterator[Question]:
    places = survey(app)
    enabled = [place for place in places if place.policy and _is_for_pages(place)]
    for place in enabled:
        url = example_path(place.resource)
        if url is not None:
            found = await find(app, hdrs.METH_OPTIONS, url.raw_path)
            if not _is_elsewhere(found):
                yield Question(place, url, _own_options(found))
    methods = dict.fromkeys(_method_of(place) for place in enabled)
    for own in (place for place in places if place.is_own_options):
        async for question in _overlapping(app, own, methods):
            yield question


async def _overlapping(
    app: web.Application, own: Place, methods: Iterable[str]
) -> AsyncIterator[Question]:
    """At a URL of the OPTIONS handler *own*, what other resources serve there under CORS."""
    url = example_path(own.resource)
    if url is None:
        return
    for method in methods:
        found = await find(app, method, url.raw_path)
        if isinstance(found, Place) and found.policy and found.path != own.path:
            yield Question(found, url, own)


def _is_for_pages(place: Place) -> bool:
    return not place.is_own_options and not is_forbidden_method(place.method)


def _is_elsewhere(found: Place | web.HTTPException) -> bool:
    """True where the router leads a preflight to another host's routes."""
    return isinstance(found, web.HTTPException) and found.status == web.HTTPNotFound.status_code


def _own_options(found: Place | web.HTTPException) -> Place | None:
    return found if isinstance(found, Place) and found.is_own_options else None


def _method_of(place: Place) -> str:
    return hdrs.METH_GET if place.is_plain_any else place.method


async def _ask(session: ClientSession, question: Question, origin: str) -> Answer:
    place = question.place
    options = place.options_for(origin)
    request = Request(
        _method_of(place),
        (question.url,),
        origin,
        headers=tuple(_headers_for(options)),
        credentials="include" if options is not None and options.allow_credentials else "omit",
    )
    sent = cors_preflight_request(request)
    async with session.options(sent.url, headers=sent.headers, allow_redirects=False) as answer:
        headers = tuple((str(name), value) for name, value in answer.headers.items())
        response = WireResponse(answer.status, headers)
    return Answer(
        question,
        origin,
        options,
        answer.status,
        answers_as_aiohttp_cors(response),
        preflight_failure(request, response),
    )


def _headers_for(options: ResourceOptions | None) -> Iterator[tuple[str, str]]:
    """What a page that has *options* may send."""
    if options is None or not options.allow_headers:
        return
    names = options.allow_headers
    if names == WILDCARD:
        yield "Content-Type", "application/json"
        return
    for name in sorted(names):
        if not is_forbidden_request_header(name, ""):
            yield name, "application/json"


# --- Examples ----------------------------------------------------------------------------------


def _origins_for(place: Place) -> list[str]:
    """One that the policy covers, if one can be made up, and a stranger's."""
    made_up = (origin for key in place.options for origin in _like(key))
    covered = next((origin for origin in made_up if place.options_for(origin)), None)
    return list(dict.fromkeys([STRANGER] if covered is None else [covered, STRANGER]))


def _like(key: OriginKey) -> Iterator[str]:
    if isinstance(key, str):
        origin = key.replace("*.", "page.", 1).removesuffix(":*").removesuffix("*")
        yield STRANGER if key == WILDCARD else origin if is_serialised_origin(origin) else key


def _asks(place: Place) -> bool:
    return any(callable(key) for key in place.options)


# Numbers, names, identifiers, dates: what variable parts of a path usually are
_EXAMPLES = ("1", "a", "a.b", "00000000-0000-4000-8000-000000000000", "2000-01-01", "ab12", "A")


def example_path(resource: web.AbstractResource) -> URL | None:
    """A URL that *resource* serves; `None` where none could be found."""
    if isinstance(resource, web.StaticResource):
        return resource.url_for(filename="a")
    info = resource.get_info()
    if "path" in info:
        return URL(str(resource.url_for()))  # not all versions of aiohttp encode it
    if "pattern" not in info:  # of a kind that is not aiohttp's own
        return None
    pattern: re.Pattern[str] = info["pattern"]
    for example in _EXAMPLES:
        try:
            url = resource.url_for(**dict.fromkeys(pattern.groupindex, example))
        except TypeError:  # of a part that is called "self"
            return None
        if pattern.fullmatch(url.raw_path):
            return url
    return None
