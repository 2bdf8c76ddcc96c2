"""What is wrong with the CORS of a whole application: findings as plain values, for the tools.

The findings about single origin keys and options are those that the library warns of
(:mod:`aiohttp_cors.diagnostics`); here are those that only the whole application shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiohttp import ClientSession, ClientTimeout, hdrs, web
from yarl import URL

from aiohttp_cors.cors_config import CorsConfig
from aiohttp_cors.fetch import is_forbidden_method, is_forbidden_request_header
from aiohttp_cors.protocol.diagnostics import (
    CorsConfigWarning,
    CorsSecurityWarning,
    CorsWarning,
    Finding,
)
from aiohttp_cors.protocol.origins import is_serialised_origin
from aiohttp_cors.protocol.policy import Layer, OriginKey
from aiohttp_cors.protocol.resource_options import ResourceOptions
from aiohttp_cors.protocol.responses import is_forbidden_response_header

from .survey import Place, configs_of, covers_everything, defaults_of, find, survey

Kind = Literal["security", "config", "advice"]


@dataclass(frozen=True, slots=True)
class Report:
    """A finding, with the routes that it is about, and the line of configuration if it is known."""

    finding: Finding
    routes: tuple[str, ...] = ()
    line: str | None = None

    @property
    def kind(self) -> Kind:
        """``"advice"`` is about what works, but may not be what its author expects."""
        if issubclass(self.finding.category, CorsSecurityWarning):
            return "security"
        return "config" if issubclass(self.finding.category, CorsConfigWarning) else "advice"

    def as_dict(self) -> dict[str, object]:
        """The report in the types of JSON."""
        return {
            "code": self.finding.code,
            "kind": self.kind,
            "message": self.finding.message,
            "fix": self.finding.hint,
            "routes": list(self.routes),
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Warned:
    """A finding that the library warned of, and the line that it named."""

    finding: Finding
    line: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a preflight for *place* was answered with."""

    place: Place
    status: int
    is_ours: bool  # by this library, be it a refusal
    allows_origin: bool
    is_known: bool  # whether the origin is one that the policy names

    @property
    def is_of_others(self) -> bool:
        """True for an answer that cannot be the library's, in whatever words."""
        is_refusal = self.status == web.HTTPForbidden.status_code and not self.is_known
        return not self.is_ours and not is_refusal


def check(
    app: web.Application, warned: Sequence[Warned] = (), answers: Iterable[Answer] = ()
) -> tuple[Report, ...]:
    """All findings about *app*, sorted by code.

    :param warned: what the library warned of while the application was made.
    :param answers: what preflights were answered with; see :func:`ask_preflights`.
    """
    places = survey(app)
    found = [
        *_examine_policies(places),
        *[(finding, None) for config in configs_of(app) for finding in _examine_defaults(config)],
        *_examine_places(places),
        *_examine_answers(places, answers),
        *[(warning.finding, None) for warning in warned if warning.finding.code in _OF_OPTIONS],
        *[(finding, None) for finding in _examine_setup(app, places)],
    ]
    lines = {warning.finding: warning.line for warning in warned}
    routes: dict[Finding, list[str]] = {}
    for finding, place in found:
        routes.setdefault(finding, []).extend([] if place is None else [place.name])
    reports = (Report(f, tuple(dict.fromkeys(n)), lines.get(f)) for f, n in routes.items())
    return tuple(sorted(reports, key=lambda report: report.finding.code))


# Of options by themselves. What else was warned of and is not found in *app* is of another one,
# that the same module makes.
_OF_OPTIONS = {"C101", "C102"}

_Found = Iterator[tuple[Finding, Place | None]]


# --- Options -----------------------------------------------------------------------------------


def _examine_policies(places: Iterable[Place]) -> _Found:
    # Routes share policies, and a policy may have thousands of origins.
    findings: dict[int, list[Finding]] = {}
    for place in places:
        if place.policy is None:
            continue
        key = id(place.policy)
        if key not in findings:
            findings[key] = list(_examine_items(place.policy))
        yield from ((finding, place) for finding in findings[key])


def _examine_defaults(config: CorsConfig) -> Iterator[Finding]:
    yield from _examine_items(defaults_of(config))


def _examine_items(policy: Mapping[OriginKey, ResourceOptions]) -> Iterator[Finding]:
    yield from Layer(policy).findings
    for options in dict.fromkeys(policy.values()):
        yield from examine_options(options)


def examine_options(options: ResourceOptions) -> Iterator[Finding]:
    """What of *options* no browser ever makes use of."""
    yield from _forbidden_headers(options)
    yield from _forbidden_methods(options)
    yield from _hidden_headers(options)
    if options.max_age is not None and options.max_age > _LONGEST_KEPT:
        yield Finding(
            "C304",
            f"max_age={options.max_age} is longer than any browser keeps the answer to a "
            "preflight: Firefox for 86400 seconds, Chromium for 7200, WebKit for 600",
            f"write max_age={_LONGEST_KEPT} or less",
            CorsWarning,
        )


# Firefox: nsCORSListenerProxy.cpp; Chromium: preflight_result.cc; WebKit:
# CrossOriginPreflightResultCache.cpp.
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age
_LONGEST_KEPT = 86400


def _forbidden_headers(options: ResourceOptions) -> Iterator[Finding]:
    for name in _listed(options.allow_headers):
        if not is_forbidden_request_header(name, ""):
            continue
        hint = "leave it out"
        if name == "COOKIE":
            hint = "leave it out; allow_credentials=True is what lets cookies through"
        yield Finding(
            "C301",
            f"{name!r} in 'allow_headers' is a header that belongs to the browser: no page can "
            "set it, so that no preflight asks for it",
            hint,
            CorsConfigWarning,
        )


def _forbidden_methods(options: ResourceOptions) -> Iterator[Finding]:
    for method in _listed(options.allow_methods or ()):
        if is_forbidden_method(method):
            yield Finding(
                "C302",
                f"{method!r} in 'allow_methods' is a method that no page can use",
                "leave it out",
                CorsConfigWarning,
            )


def _hidden_headers(options: ResourceOptions) -> Iterator[Finding]:
    for name in _listed(options.expose_headers):
        if is_forbidden_response_header(name):
            yield Finding(
                "C303",
                f"{name!r} in 'expose_headers' is a header that no page can read, exposed or not",
                "leave it out, and send what the page is to read in another header or the body",
                CorsConfigWarning,
            )


def _listed(names: Iterable[str]) -> list[str]:
    return [] if names == "*" else sorted(names)


# --- Routes ------------------------------------------------------------------------------------


def _examine_places(places: Sequence[Place]) -> _Found:
    enabled = [place for place in places if place.policy is not None]
    for place in enabled:
        if not place.options:
            yield (_LIMITED if place.policy else _VOID), place
        if place.is_plain_any:
            yield _ANY, place
    own_options = {place.path: place for place in places if place.is_own_options}
    for place in enabled:
        if place.path in own_options and not place.is_own_options:
            yield _own_options(own_options[place.path]), place
    for place in places:
        if place.policy is None and place.has_options_of_its_own and not place.is_taken_out:
            yield _NOT_ADDED, place


_VOID = Finding(
    "C305",
    "the route is under CORS, but no origin may use it: neither it nor the defaults name any",
    "name the origins, as in cors.add(route, {'https://app.example': ResourceOptions()}), "
    "or in setup(app, defaults=...)",
    CorsConfigWarning,
)

_LIMITED = _VOID._replace(
    message="the route is under CORS, but no origin may use it: the 'allow_methods' of all of them "
    "leave its method out",
    hint="name the method in 'allow_methods' too, or leave that out",
)

_NOT_ADDED = Finding(
    "C310",
    "the handler brings options of its own (custom_cors, CorsViewMixin), but its route is not "
    "under CORS, so that they have no effect",
    "add it with cors.add(route), or say setup(app, everywhere=True)",
    CorsConfigWarning,
)

_ANY = Finding(
    "C307",
    "the route serves every method, so that browsers may send any of them, also those that its "
    "handler does not expect",
    "add one route for each method, or compare request.method in the handler",
    CorsWarning,
)


def _own_options(place: Place) -> Finding:
    return Finding(
        "C309",
        f"the application's own OPTIONS handler {place.handler_name!r} answers the preflights of "
        "this path, not aiohttp_cors",
        "remove the handler, or send the Access-Control-* headers in it",
        CorsWarning,
    )


def _examine_setup(app: web.Application, places: Sequence[Place]) -> list[Finding]:
    configs = configs_of(app)
    if not configs:
        return [_NO_SETUP]
    enabled = [place for place in places if place.policy is not None]
    used = {place.config for place in enabled}
    # One may be there to let the preflights of those within through.
    used.update(config for place in enabled for config in place.configs if config.answers_first)
    idle = [config for config in configs if config not in used]
    return [_IDLE for config in idle if not covers_everything(config)]


_NO_SETUP = Finding(
    "C308",
    "aiohttp_cors.setup() is not called for this application: nothing is under CORS",
    "write aiohttp_cors.setup(app, defaults={'https://app.example': ResourceOptions()}, "
    "everywhere=True)",
    CorsConfigWarning,
)

_IDLE = _NO_SETUP._replace(
    message="aiohttp_cors.setup() is called, but nothing is under CORS",
    hint="add routes with cors.add(route), or say setup(app, defaults=..., everywhere=True)",
)


# --- Preflights --------------------------------------------------------------------------------


async def ask_preflights(app: web.Application, base: URL) -> tuple[Answer, ...]:
    """What *app*, served at *base*, answers to a preflight of each path that is under CORS.

    A path is left out whose variable parts match nothing that could be thought of here.

    :raises aiohttp.ClientError: where there is no answer.
    :raises asyncio.TimeoutError: where it takes long.
    """
    asked: dict[str, Place] = {}
    for place in survey(app):
        if place.policy:
            asked.setdefault(place.path, place)
    urls = [(place, example_path(place.resource)) for place in asked.values()]
    async with ClientSession(timeout=_PATIENCE) as session:
        return tuple(
            [
                await _ask(session, place, base.join(url))
                for place, url in urls
                if url is not None and await _is_reached(app, url)
            ]
        )


async def _is_reached(app: web.Application, url: URL) -> bool:
    """False where the router leads a preflight elsewhere: to another host's, or another handler."""
    found = await find(app, hdrs.METH_OPTIONS, url.raw_path)
    if isinstance(found, web.HTTPException):
        return found.status != web.HTTPNotFound.status_code
    return not found.is_own_options


_PATIENCE = ClientTimeout(total=10)


async def _ask(session: ClientSession, place: Place, url: URL) -> Answer:
    method = hdrs.METH_GET if place.is_plain_any else place.method
    origin = _some_origin(place.policy or {})
    headers = {
        hdrs.ORIGIN: origin,
        hdrs.ACCESS_CONTROL_REQUEST_METHOD: method,
    }
    async with session.options(url, headers=headers, allow_redirects=False) as response:
        return Answer(
            place,
            response.status,
            # No other answer varies like that.
            hdrs.ACCESS_CONTROL_REQUEST_METHOD in response.headers.get(hdrs.VARY, ""),
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN in response.headers,
            place.policy is not None and place.policy.options_for(origin) is not None,
        )


def _some_origin(policy: Iterable[OriginKey]) -> str:
    """One of those that are named, if any is: the library knows the others and says so."""
    named = (key for key in policy if isinstance(key, str) and is_serialised_origin(key))
    return next(named, "https://page.example")


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


def _examine_answers(places: Sequence[Place], answers: Iterable[Answer]) -> _Found:
    enabled = [place for place in places if place.policy is not None]
    own_options = {place.path for place in places if place.is_own_options}
    for answer in answers:
        granted = 200 <= answer.status <= 299 and answer.allows_origin
        if answer.is_of_others and not granted and answer.place.path not in own_options:
            refused = _refused(answer)
            yield from ((refused, p) for p in enabled if p.path == answer.place.path)


def _refused(answer: Answer) -> Finding:
    lacking = ", without Access-Control-Allow-Origin," if answer.status < 300 else ""
    return Finding(
        "C306",
        f"a middleware answers preflights with status {answer.status}{lacking} before they get "
        "to the CORS of their route: browsers refuse the request that would follow",
        "write aiohttp_cors.setup(app, preflight_first=True), on the outermost application and on "
        "each within that has a setup of its own",
        CorsConfigWarning,
    )
