"""What is wrong with the CORS of a whole application: findings as plain values, for the tools.

The findings about single origin keys and options are those that the library warns of
(:mod:`aiohttp_cors.diagnostics`); here are those that only the whole application shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from yarl import URL

from aiohttp_cors.cors_config import CorsConfig
from aiohttp_cors.fetch import Failure, Reason, is_forbidden_method, is_forbidden_request_header
from aiohttp_cors.protocol.diagnostics import (
    CorsConfigWarning,
    CorsSecurityWarning,
    CorsWarning,
    Finding,
)
from aiohttp_cors.protocol.origins import WILDCARD
from aiohttp_cors.protocol.policy import Layer, OriginKey
from aiohttp_cors.protocol.resource_options import ResourceOptions
from aiohttp_cors.protocol.responses import is_forbidden_response_header

from .leftovers import Leftover, find_leftovers
from .predicates import Admission, ask_predicates
from .preflights import Answer, ask_preflights
from .remedies import middleware_fix, own_options_fix
from .survey import (
    Place,
    configs_of,
    covers_everything,
    defaults_of,
    survey,
)

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
class Observed:
    """What was seen of an application that is served."""

    answers: tuple[Answer, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    admissions: tuple[Admission, ...] = ()


async def observe(app: web.Application, base: URL) -> Observed:
    """What *app*, served at *base*, does with preflights, writes itself, and lets in.

    :raises aiohttp.ClientError: where there is no answer.
    :raises asyncio.TimeoutError: where it takes long.
    """
    return Observed(
        await ask_preflights(app, base),
        await find_leftovers(app, base),
        await ask_predicates(app),
    )


def check(
    app: web.Application, warned: Sequence[Warned] = (), observed: Observed | None = None
) -> tuple[Report, ...]:
    """All findings about *app*, sorted by code.

    :param warned: what the library warned of while the application was made.
    :param observed: what was seen of it while it was served, if it was.
    """
    observed = observed or Observed()
    places = survey(app)
    found = [
        *_examine_policies(places),
        *[(finding, None) for config in configs_of(app) for finding in _examine_defaults(config)],
        *_examine_places(places),
        *_examine_answers(observed.answers),
        *_examine_leftovers(observed.leftovers),
        *((each.finding, each.place) for each in observed.admissions),
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
        if place.may_change_something and not place.protected and _names_trusted(place):
            yield _UNPROTECTED, place
    for place in places:
        if place.policy is None and place.has_options_of_its_own and not place.is_taken_out:
            yield _NOT_ADDED, place


def _names_trusted(place: Place) -> bool:
    """True where credentials are allowed, and not to everybody: that is told of otherwise."""
    trusted = {key for key, options in place.options.items() if options.allow_credentials}
    return bool(trusted) and WILDCARD not in trusted


_UNPROTECTED = Finding(
    "C312",
    "credentials are allowed, and protect=True is not set: CORS keeps no page from sending, so "
    "that a form of any site may change something here, with its visitor's cookies",
    "write aiohttp_cors.setup(app, protect=True), which refuses what other pages send than those "
    "of the application and of the origins that are configured",
    CorsWarning,
)

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


def _examine_answers(answers: Iterable[Answer]) -> _Found:
    by_place: dict[str, list[Answer]] = {}
    for answer in answers:
        by_place.setdefault(answer.place.name, []).append(answer)
    for group in by_place.values():
        # That a stranger is refused says nothing beside how one fares who is not.
        known = [answer for answer in group if not answer.refuses_a_stranger] or group
        found = list(dict.fromkeys(filter(None, map(_judge, known))))
        faults = [finding for finding in found if finding.category is not CorsWarning]
        yield from ((finding, group[0].place) for finding in faults or found)


def _judge(answer: Answer) -> Finding | None:
    """What is wrong with the way in which a preflight was answered."""
    failure = answer.failure
    if answer.is_ours:
        is_refusal = answer.options is None or answer.status == web.HTTPForbidden.status_code
        return None if failure is None or is_refusal else _changed(failure)
    if answer.own_options is not None:
        return _judge_handler(answer, _own_options(answer.own_options, answer.place))
    return _refused(answer, failure) if failure is not None and answer.is_of_others else None


def _changed(failure: Failure) -> Finding:
    return Finding(
        "C306",
        "a middleware, or a receiver of on_response_prepare, changes the answers to preflights, "
        f"so that browsers refuse the request that would follow: {failure.message}",
        "let it leave the Access-Control-* headers alone, or write "
        "aiohttp_cors.setup(app, preflight_first=True)",
        CorsConfigWarning,
    )


def _refused(answer: Answer, failure: Failure) -> Finding:
    wrong = ""
    if failure.reason is Reason.ALLOW_ORIGIN_MISSING:
        wrong = ", without Access-Control-Allow-Origin,"
    elif failure.reason is not Reason.PREFLIGHT_STATUS:
        wrong = f" ({failure.message})"
    return Finding(
        "C306",
        f"a middleware answers preflights with status {answer.status}{wrong} before they get "
        "to the CORS of their route: browsers refuse the request that would follow",
        middleware_fix(answer.place),
        CorsConfigWarning,
    )


def _judge_handler(answer: Answer, finding: Finding) -> Finding:
    """*finding*, about the application's own OPTIONS handler, with what is wrong in its answer."""
    failure = answer.failure
    if answer.admits_a_stranger:
        return finding._replace(
            message=f"{finding.message}, and lets in pages that the configuration refuses",
            category=CorsSecurityWarning,
        )
    if failure is None or answer.options is None:
        return finding
    return finding._replace(
        message=f"{finding.message}, and browsers refuse the request that would follow: "
        f"{failure.message}",
        category=CorsConfigWarning,
    )


def _own_options(own: Place, place: Place) -> Finding:
    return Finding(
        "C309",
        f"the application's own OPTIONS handler {own.handler_name!r} ({own.path}) answers "
        "preflights of this path, not aiohttp_cors",
        own_options_fix(own, place),
        CorsWarning,
    )


# --- What others write -------------------------------------------------------------------------


def _examine_leftovers(leftovers: Iterable[Leftover]) -> _Found:
    for leftover in leftovers:
        yield _left(leftover), leftover.place


def _left(leftover: Leftover) -> Finding:
    category: type[CorsWarning] = CorsConfigWarning
    effect = "aiohttp_cors leaves that alone, and what it is configured for has no effect"
    if leftover.admits:
        category = CorsSecurityWarning
        effect = "that lets in every page, whatever aiohttp_cors is configured for"
    sends = f" ({leftover.value!r}): " if leftover.value is not None else ", as its code says: "
    return Finding(
        "C311",
        f"the {leftover.kind} {leftover.name!r} writes Access-Control-Allow-Origin itself"
        f"{sends}{effect}",
        "remove the code that writes it",
        category if leftover.value is not None else CorsWarning,
    )
