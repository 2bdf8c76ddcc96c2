"""Why the configuration of an application made a browser block a request, and what to write.

A browser tells which check failed; here is told which line of configuration made it fail.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request

from aiohttp_cors.fetch import (
    AUTHENTICATION_STATUSES,
    FILE,
    Exchange,
    Failure,
    FilteredResponse,
    Reason,
    Verdict,
    WireRequest,
    WireResponse,
    get,
    origin_of,
    protection_in,
    refuses_method,
)
from aiohttp_cors.preflight_handler import is_preflight_handler
from aiohttp_cors.protocol import origin_keys
from aiohttp_cors.protocol.origins import NULL, WILDCARD
from aiohttp_cors.protocol.policy import Inquiry, OriginKey, Policy
from aiohttp_cors.protocol.resource_options import ResourceOptions
from aiohttp_cors.routing import defines

from .loading import said_by
from .remedies import middleware_fix, own_options_fix
from .survey import (
    Place,
    config_of_errors,
    configs_of,
    defaults_of,
    find,
    shown_key,
    survey,
)
from .terminal import some

#: The beginning of what this library says in a 403
OWN_WORDS = "CORS preflight request failed: "


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The *cause* in the server, in a sentence, and the *fix*, if there is one of its own."""

    cause: str
    fix: str | None


async def diagnose(app: web.Application, verdict: Verdict) -> Diagnosis | None:
    """Why *app*, which was asked first in *verdict*, had the browser block the request.

    `None` where the configuration of the library has no part in it.
    """
    failure = verdict.outcome
    if not isinstance(failure, Failure) or failure.reason in _UNRELATED:
        return None
    exchange = verdict.exchanges[-1]
    if _is_elsewhere(exchange, verdict):
        return None
    return await _Case(app, verdict, exchange, failure.reason).diagnose()


async def remarks(app: web.Application, verdict: Verdict) -> tuple[str, ...]:
    """What of an answer of *app* that the page may read is not from this library."""
    if not isinstance(verdict.outcome, FilteredResponse) or verdict.outcome.type == "basic":
        return ()
    return tuple(
        [
            remark
            for exchange in verdict.exchanges
            if not _is_elsewhere(exchange, verdict)
            and (remark := await _Case(app, verdict, exchange, None).remark()) is not None
        ]
    )


def _is_elsewhere(exchange: Exchange, verdict: Verdict) -> bool:
    return origin_of(exchange.request.url) != origin_of(verdict.request.url_list[0])


def diagnose_size(request: WireRequest, response: WireResponse) -> Diagnosis | None:
    """That *request* has more than its server takes, where that is why it was refused."""
    if response.status not in _TOO_LARGE:
        return None
    sizes = {f"the header {name}": len(value) for name, value in request.headers}
    sizes["the URL"] = len(request.url.raw_path_qs)
    what, size = max(sizes.items(), key=lambda item: item[1])
    if size <= _LONGEST_LINE:
        return None
    refused = f"with status {response.status}, before any application gets it: {what} is {size:,}"
    if "aiohttp" in (get(hdrs.SERVER, response.headers) or ""):
        return Diagnosis(
            f"aiohttp's own parser refuses the request, {refused} bytes long, and it takes "
            f"{_LONGEST_LINE:,}",
            "send less, or send it in the body; or let the server take more: web.AppRunner(app, "
            "max_line_size=..., max_field_size=...)",
        )
    return Diagnosis(
        f"the server refuses the request, {refused} bytes long, which is more than servers take",
        "send less, or send it in the body",
    )


_TOO_LARGE = {400, 414, 431}
_LONGEST_LINE = 8190

_UNRELATED = {
    Reason.BAD_PORT,
    Reason.SWITCHING_PROTOCOLS,
    Reason.REDIRECT_COUNT,
    Reason.REDIRECT_CREDENTIALS,
    Reason.REDIRECT_LOCATION,
    Reason.REDIRECT_SCHEME,
}

_CREDENTIALS = {Reason.ALLOW_CREDENTIALS, Reason.ALLOW_ORIGIN_WILDCARD}

_SET_BY_HAND = {*_CREDENTIALS, Reason.ALLOW_ORIGIN_DIFFERS, Reason.ALLOW_ORIGIN_SEVERAL}


class _Case:
    """A request, blocked for a *reason* or not, beside what the application has for it."""

    def __init__(
        self,
        app: web.Application,
        verdict: Verdict,
        exchange: Exchange,
        reason: Reason | None,
    ) -> None:
        self.app = app
        self.reason = reason
        self.request = exchange.request
        self.response = exchange.response
        self.origin = get(hdrs.ORIGIN, exchange.request.headers) or verdict.request.origin
        asked = get(hdrs.ACCESS_CONTROL_REQUEST_METHOD, exchange.request.headers)
        self.method = asked or exchange.request.method
        self.credentials = verdict.request.credentials == "include"
        spelt = {name.lower(): name for name, _ in verdict.request.headers}
        self.headers = [spelt[name] for name in verdict.request.unsafe_header_names]

    @property
    def what(self) -> str:
        return f"{self.method} {self.request.url.raw_path}"

    @property
    def entry(self) -> str:
        """The least entry of a configuration that allows the request."""
        return _entry(
            self.origin,
            **({"allow_credentials": True} if self.credentials else {}),
            **({"allow_headers": self.headers} if self.headers else {}),
        )

    @property
    def everywhere(self) -> str:
        return f"aiohttp_cors.setup(app, defaults={{{self.entry}}}, everywhere=True)"

    async def diagnose(self) -> Diagnosis | None:
        return self._diagnose_answer() or await self._diagnose_configuration()

    def _diagnose_answer(self) -> Diagnosis | None:
        """What the answer says by itself."""
        refusal = protection_in(self.response.text)
        if refusal is None:
            return diagnose_size(self.request, self.response)
        return Diagnosis(
            f"protect=True refuses it before any middleware and handler: {refusal}",
            f"cors.add(route, {{{self.entry}}}) for the route of {self.what}",
        )

    async def _diagnose_configuration(self) -> Diagnosis | None:
        if not configs_of(self.app):
            return Diagnosis(
                "aiohttp_cors.setup() is not called for this application", self.everywhere
            )
        if self.method != self.method.upper():
            return Diagnosis(
                f"methods are case-sensitive, and browsers send {self.method!r} as it is written",
                f'write method: "{self.method.upper()}" in the page',
            )
        found = await find(self.app, self.method, self.request.url.raw_path_qs)
        if isinstance(found, web.HTTPException):
            return await self._diagnose_missing(found)
        if is_preflight_handler(found.route.handler):
            return Diagnosis(
                f"at this path, {self.method} requests are preflights, which aiohttp_cors answers",
                "use another method in the page",
            )
        return await self._diagnose_place(found)

    # -- Where CORS is not --------------------------------------------------------------------

    async def _diagnose_missing(self, error: web.HTTPException) -> Diagnosis:
        config = config_of_errors(self.app)
        if config is not None:
            return await self._diagnose_error(error, Policy(defaults_of(config)))
        location = get(hdrs.LOCATION, self.response.headers)
        if location is not None:
            return Diagnosis(
                f"no route serves {self.what}: the server redirects to {location}, and the "
                "redirect has no CORS headers",
                f"let the page ask for {location}, or write {self.everywhere}",
            )
        if isinstance(error, web.HTTPMethodNotAllowed):
            methods = sorted({*error.allowed_methods} - {hdrs.METH_OPTIONS})
            return Diagnosis(
                f"no route serves {self.what}; at this path there are {', '.join(methods)}",
                f"add a route for {self.method}; with {self.everywhere} pages can read such errors",
            )
        return Diagnosis(
            f"no route serves {self.what}: the server says {error.status}, and not even that may "
            "the page see",
            f"check the URL; with {self.everywhere} pages can read such errors",
        )

    async def _diagnose_error(self, error: web.HTTPException, policy: Policy) -> Diagnosis:
        """For an error of the router that pages can read, if they are of the right origins."""
        served = f"no route serves {self.what}"
        grant = await policy.grant_by(self._inquiry)
        if grant is None:
            return Diagnosis(
                f"{served}, and no key of the defaults covers {self.origin}, so that the page may "
                f"not see the {error.status}",
                f"check the URL; with {self.entry} in the defaults the page can read such errors",
            )
        key = await self._deciding_key(policy, grant.options)
        needed = self._needed(grant.options)
        if needed:
            return Diagnosis(
                f"{served}, and the options of {shown_key(key)!r} in the defaults do not allow "
                f"what the page sends, so that it may not see the {error.status}",
                _entry(key, **{**_given(grant.options), **needed}),
            )
        return self._taken_away(f"{self.what}, which no route serves,")

    def _diagnose_view(self, view: type) -> Diagnosis:
        served = f"{self.what} is served by the view {view.__name__}"
        if self.method not in hdrs.METH_ALL:
            return Diagnosis(
                f"{served}, and views of aiohttp serve no {self.method}",
                f"serve {self.method} by a function, at a path of its own",
            )
        name = self.method.lower()
        return Diagnosis(
            f"{served}, which has no method {name!r}",
            f"write 'async def {name}(self)' in {view.__name__}",
        )

    async def _diagnose_place(self, place: Place) -> Diagnosis | None:
        view = place.view
        if view is not None and not defines(view, self.method):
            return self._diagnose_view(view)
        if place.policy is None:
            return self._diagnose_uncovered(place)
        if self._is_answered_by_others and not await self._may_be_refused(place):
            return await self._diagnose_others(place)
        if not place.policy:
            return Diagnosis(
                f"{place.name} is under CORS, but neither it nor the defaults name any origin",
                self._add(place),
            )
        return await self._diagnose_policy(place, place.policy)

    def _diagnose_uncovered(self, place: Place) -> Diagnosis:
        if not place.configs:
            return Diagnosis(
                f"aiohttp_cors.setup() is called for a sub-application, and not for the one that "
                f"serves {place.name}",
                self.everywhere,
            )
        if place.is_taken_out:
            return Diagnosis(
                f"{place.name} was taken out of CORS by cors.exclude()",
                "remove the line with cors.exclude() that takes it out",
            )
        if self.reason in _SET_BY_HAND:
            return Diagnosis(
                f"{place.name} is not under CORS, and its handler or a middleware sets "
                f"{hdrs.ACCESS_CONTROL_ALLOW_ORIGIN} itself",
                f"remove the code that sets {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN}, and "
                f"{self._add(place)}",
            )
        covered = [other for other in survey(self.app) if other.policy is not None]
        if not covered:
            return Diagnosis(
                "aiohttp_cors.setup() is called, but nothing is under CORS",
                f"{self._add(place)}, or {self.everywhere}",
            )
        beside = [other.method for other in covered if other.path == place.path]
        return Diagnosis(
            f"{place.name} ({place.handler_name}) is not under CORS"
            + (f"; at this path, only these are: {', '.join(beside)}" if beside else ""),
            self._add(place),
        )

    def _add(self, place: Place) -> str:
        return f"cors.add(route, {{{self.entry}}}) for the route of {place.name}"

    # -- Where something else answers ---------------------------------------------------------

    @property
    def _is_answered_by_others(self) -> bool:
        """True for an answer to a preflight that is not the library's, which alone varies so."""
        vary = get(hdrs.VARY, self.response.headers) or ""
        return self.request.is_preflight and hdrs.ACCESS_CONTROL_REQUEST_METHOD not in vary

    async def _may_be_refused(self, place: Place) -> bool:
        """True for what may be the library's own refusal, in the words of a middleware."""
        if self.response.status != web.HTTPForbidden.status_code or place.policy is None:
            return False
        grant = await place.policy.grant_by(self._inquiry)
        return grant is None or not all(map(grant.options.is_header_allowed, self.headers))

    async def _diagnose_others(self, place: Place) -> Diagnosis:
        own = await self._own_options()
        if own is not None:
            return Diagnosis(
                f"the application's own OPTIONS handler {own.handler_name} ({own.path}) answers "
                "the preflight, and aiohttp_cors does not",
                own_options_fix(own, place),
            )
        status = self.response.status
        why = "; preflights carry no credentials, so that authentication always refuses them"
        return Diagnosis(
            f"a middleware answers the preflight with status {status}, before it gets to the CORS "
            f"of its route{why if status in AUTHENTICATION_STATUSES else ''}",
            middleware_fix(place),
        )

    async def _own_options(self) -> Place | None:
        """The application's own OPTIONS handler at the path, if it has one."""
        found = await find(self.app, hdrs.METH_OPTIONS, self.request.url.raw_path_qs)
        return found if isinstance(found, Place) and found.is_own_options else None

    # -- Where something else allows ----------------------------------------------------------

    async def remark(self) -> str | None:
        """That the answer, which lets the page read it, is not from this library; else `None`."""
        if self.request.is_preflight:
            return await self._remark_on_preflight()
        found = await find(self.app, self.method, self.request.url.raw_path_qs)
        if await self._is_from_here(found):
            return None
        return (
            f"{hdrs.ACCESS_CONTROL_ALLOW_ORIGIN} is not from aiohttp_cors, whose configuration "
            f"does not say that for {self.what}: the handler, a middleware or a receiver of "
            "on_response_prepare sets it"
        )

    async def _remark_on_preflight(self) -> str | None:
        if not self._is_answered_by_others:
            return None
        own = await self._own_options()
        who = "a middleware"
        if own is not None:
            who = f"the application's own OPTIONS handler {own.handler_name} ({own.path})"
        return f"the preflight is answered by {who}, and not by aiohttp_cors"

    async def _is_from_here(self, found: Place | web.HTTPException) -> bool:
        """True where the configuration says what the answer has, for what was *found*."""
        if isinstance(found, Place):
            policy = found.policy or Policy({})
        else:
            policy = Policy(defaults_of(config_of_errors(self.app)))
        allowed = get(hdrs.ACCESS_CONTROL_ALLOW_ORIGIN, self.response.headers)
        is_expected = allowed == self.origin or self._may_be_public(policy)
        return is_expected and await policy.grant_by(self._inquiry) is not None

    def _may_be_public(self, keys: Collection[OriginKey]) -> bool:
        """True where this library may answer with ``*``: to everybody, or to an opaque origin."""
        return WILDCARD in keys and (len(keys) == 1 or self.origin in (NULL, FILE))

    # -- Where the policy says no -------------------------------------------------------------

    @cached_property
    def _inquiry(self) -> Inquiry:
        sent = self.request
        headers = {hdrs.HOST: sent.url.raw_authority, **dict(sent.headers)}
        path = sent.url.raw_path_qs
        return Inquiry(self.origin, make_mocked_request(sent.method, path, headers, app=self.app))

    async def _diagnose_policy(self, place: Place, policy: Policy) -> Diagnosis | None:
        inquiry = self._inquiry
        grant = await policy.grant_by(inquiry)
        if inquiry.failure is not None:
            predicate, error = inquiry.failure
            return Diagnosis(
                f"the origin is refused, because {shown_key(predicate)} failed: {said_by(error)}",
                "correct it: it is given the origin and the request, and says True or False",
            )
        if grant is None:
            return await self._diagnose_origin(place, policy)
        return await self._diagnose_granted(place, policy, grant.options)

    async def _diagnose_granted(
        self, place: Place, policy: Policy, options: ResourceOptions
    ) -> Diagnosis | None:
        key = await self._deciding_key(policy, options)
        if self.reason in _CREDENTIALS and key == WILDCARD and self.origin in (NULL, FILE):
            return self._diagnose_opaque()
        if self.reason in _CREDENTIALS and not options.allow_credentials:
            return self._diagnose_credentials(options, key)
        if self.reason in _SET_BY_HAND:
            return Diagnosis(
                f"the policy of {place.name} allows it, but the handler or a middleware sets "
                f"{hdrs.ACCESS_CONTROL_ALLOW_ORIGIN} itself, and aiohttp_cors leaves that alone",
                f"remove the code that sets {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN}",
            )
        if self.reason is Reason.ALLOW_ORIGIN_MISSING:
            return self._taken_away(place.name)
        return self._diagnose_preflight(place, options, key) if self.request.is_preflight else None

    def _taken_away(self, what: str) -> Diagnosis:
        return Diagnosis(
            f"the policy of {what} allows it, but a middleware, or a receiver of "
            f"on_response_prepare, takes {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN} away",
            "remove the code that takes it away",
        )

    async def _deciding_key(self, policy: Policy, options: ResourceOptions) -> OriginKey:
        """The key by which the origin has *options*: several may have the same ones."""
        covering = []
        for key, given in policy.items():
            # Not always the options of the key: a predicate may say others.
            alone = await Policy({key: given}).grant_by(self._inquiry)
            if alone is not None and alone.options == options:
                covering.append(key)
        return self.origin if self.origin in covering else covering[0]

    def _diagnose_credentials(self, options: ResourceOptions, key: OriginKey) -> Diagnosis:
        return Diagnosis(
            f"the page includes credentials, and the options of {shown_key(key)!r} do not allow "
            "them",
            _entry(self.origin, **{**_given(options), **self._needed(options)}),
        )

    def _needed(self, options: ResourceOptions) -> dict[str, object]:
        """What *options* lack for the request."""
        missing = [name for name in self.headers if not options.is_header_allowed(name)]
        headers = [*map(str.title, sorted(options.allow_headers)), *missing]
        return {
            **({"allow_credentials": True} if self.credentials else {}),
            **({"allow_headers": headers} if missing else {}),
        }

    def _diagnose_preflight(
        self, place: Place, options: ResourceOptions, key: OriginKey
    ) -> Diagnosis:
        missing = [name for name in self.headers if not options.is_header_allowed(name)]
        if not missing or refuses_method(self.response.text):
            return Diagnosis(
                f"{place.name} is not enabled for preflights: its own route was not added",
                self._add(place),
            )
        return Diagnosis(
            f"the options of {shown_key(key)!r} do not allow the header {', '.join(missing)}",
            _entry(key, **{**_given(options), **self._needed(options)}),
        )

    async def _diagnose_origin(self, place: Place, policy: Policy) -> Diagnosis:
        for key, meant in _meant_by(policy, self.origin):
            finding = origin_keys.examine_key(key)
            return Diagnosis(str(finding and finding.message), f"write {meant!r} in its place")
        if await policy.closest_by(self._inquiry) is not None:  # without effect for the method
            return Diagnosis(
                f"the 'allow_methods' of {self.origin} leave {self.method} out",
                f'ResourceOptions(allow_methods=(..., "{self.method}"))',
            )
        for expression in (key for key in policy if isinstance(key, re.Pattern)):
            found = expression.search(self.origin)
            if found is not None:
                part = "a part" if found.start() else "the beginning"
                return Diagnosis(
                    f"the expression {shown_key(expression)} matches only {part} of {self.origin},"
                    " and aiohttp_cors matches an expression with an origin as a whole",
                    f"let it say all of the origin, or name the origin: {self.entry}",
                )
        keys = some([shown_key(key) for key in policy])
        methods = self._methods_of_origin(place)
        beside = f"; at this path, {self.origin} may use {', '.join(methods)}" if methods else ""
        return Diagnosis(
            f"no key of the policy of {place.name} covers {self.origin}; the keys are: "
            f"{keys}{beside}",
            f"{self._add(place)}, or {self.entry} in the defaults",
        )

    def _diagnose_opaque(self) -> Diagnosis:
        return Diagnosis(
            f"'*' allows no credentials to pages of the origin {self.origin!r}, which is that of "
            "no site: any can give itself 'null' with a sandboxed frame",
            self.entry,
        )

    def _methods_of_origin(self, place: Place) -> list[str]:
        beside = [other for other in survey(self.app) if other.path == place.path]
        return [p.method for p in beside if p.policy and p.policy.options_for(self.origin)]


def _meant_by(
    keys: Iterable[OriginKey], origin: str
) -> Iterator[tuple[str, origin_keys.Suggestion]]:
    """The keys that were meant to cover *origin* and never can, with the right ones."""
    for key in keys:
        for meant in origin_keys.suggest_keys(key) if isinstance(key, str) else ():
            if Policy({meant: ResourceOptions()}).options_for(origin) is not None:
                yield str(key), meant


# --- Code to write ------------------------------------------------------------------------------

_DEFAULTS = ResourceOptions()._asdict()


def _given(options: ResourceOptions) -> dict[str, object]:
    return {name: v for name, v in options._asdict().items() if v != _DEFAULTS[name]}


def _entry(key: OriginKey, **arguments: object) -> str:
    """The entry of a configuration, as code."""
    names = [name for name in ResourceOptions._fields if name in arguments]
    given = ", ".join(f"{name}={_code(arguments[name])}" for name in names)
    name = f'"{key}"' if isinstance(key, str) else shown_key(key).removesuffix("()")
    return f"{name}: ResourceOptions({given})"


def _code(value: object) -> str:
    if isinstance(value, frozenset):
        value = sorted(value)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return repr(value)
    quoted = ", ".join(f'"{name}"' for name in value)
    return f"({quoted}{',' * (len(value) == 1)})"
