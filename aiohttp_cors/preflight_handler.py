"""A preflight request in, the answer of the protocol out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from weakref import WeakSet

from aiohttp import hdrs, web

from .protocol.diagnostics import shown
from .protocol.origins import WILDCARD
from .protocol.policy import Asked, Inquiry, OriginKey, Policy
from .protocol.preflights import (
    Preflight,
    PreflightRefusedError,
    RefusedAnswer,
    console_headers,
    names_its_cause,
    parse_preflight,
    preflight_headers,
    unchanging,
)
from .protocol.resource_options import ResourceOptions
from .protocol.responses import Grant
from .routing import has_route

logger = logging.getLogger("aiohttp_cors")

# The routes of which a preflight got here, past all middlewares; later ones will, too.
_reached: WeakSet[web.AbstractRoute] = WeakSet()

_VARY_CONSTANT = f"{hdrs.ACCESS_CONTROL_REQUEST_METHOD}, {hdrs.ACCESS_CONTROL_REQUEST_HEADERS}"
_VARY = f"{hdrs.ORIGIN}, {_VARY_CONSTANT}"


class MethodNotEnabledError(KeyError):
    """The method that a preflight asks for is not enabled; *known* knows all origins there."""

    def __init__(self, method: str, known: Policy | None) -> None:
        super().__init__(method)
        self.known = known


def is_preflight_handler(handler: object) -> bool:
    """True for the bound method by which this library answers preflights."""
    return isinstance(getattr(handler, "__self__", None), _PreflightHandler)


def is_preflight(request: web.Request) -> bool:
    """True for a CORS-preflight request, https://fetch.spec.whatwg.org/#cors-preflight-request."""
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in request.headers
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    )


def gets_preflights(route: web.AbstractRoute) -> bool:
    """True where the preflights of *route* get to this library, past all middlewares."""
    return route in _reached


class _PreflightHandler:
    """Answers preflights by the policy that `_get_config` gives for what they ask about."""

    #: Whether a refusal also tells the browser's console its cause.
    debug = False

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        """The options by origin key for the request that *request* asks about.

        :raises KeyError: where *request_method* is not enabled.
        """
        raise NotImplementedError

    async def _further_methods(
        self, request: web.Request, preflight: Preflight, inquiry: Inquiry, grant: Grant
    ) -> Sequence[str]:
        """Which other methods, not safelisted, a browser may keep with the answer; sorted."""
        return ()

    def remembered_answer(self, request: web.Request) -> web.Response | None:
        """The answer to *request*, where the same has been asked before."""
        return None

    async def _preflight_handler(self, request: web.Request) -> web.Response:
        """The answer to *request*: 200 with what is allowed, or 403 with the reason."""
        response = self.remembered_answer(request)
        return await self._answer(request) if response is None else response

    async def _answer(self, request: web.Request) -> web.Response:
        if has_route(request):
            _reached.add(request.match_info.route)
        asked = asked_by(request)
        try:
            preflight = parse_preflight(*asked)
        except PreflightRefusedError as refused:
            return _forbid(request, refused, {hdrs.VARY: _VARY})
        try:
            config = await self._get_config(request, preflight.origin, preflight.method)
        except KeyError as error:
            known: Policy | None = getattr(error, "known", None)
            if known is None:
                return _forbid(request, preflight.refuse_method(None), {hdrs.VARY: _VARY})
            config = Policy(wider=known)  # nobody may, but some are known
        policy = config if isinstance(config, Policy) else Policy(config)
        return await self._decide(request, preflight, policy, asked)

    async def _decide(
        self, request: web.Request, preflight: Preflight, policy: Policy, asked: Asked
    ) -> web.Response:
        inquiry = Inquiry(preflight.origin, request)
        # A constant policy has one answer for everybody, as for actual requests.
        grant = policy.constant or await find_grant(policy, inquiry)
        if grant is None and policy.wider is not None:
            return await self._refuse_method(request, preflight, policy.wider, inquiry)
        if grant is None:
            refused = preflight.refuse_origin(any_allowed=bool(policy))
            answer = RefusedAnswer.of(refused, {hdrs.VARY: _vary(policy)})
            if not policy.asks:
                policy.remember(asked, answer)
            return send_refusal(request, answer)
        try:
            preflight.check_headers(grant)
        except PreflightRefusedError as refused:
            return await self._refuse(request, preflight, refused, policy, inquiry)
        methods: Sequence[str] = ()
        if not preflight.is_for_safelisted_method:
            methods = await self._further_methods(request, preflight, inquiry, grant)
        allowed_origin = _allowed_origin(preflight, policy)
        headers = preflight_headers(preflight, allowed_origin, grant.options, methods)
        headers[hdrs.VARY] = _vary(policy)
        if preflight.is_for_safelisted_method and not policy.asks:
            policy.remember(asked, unchanging(headers))
        return web.Response(headers=headers)

    async def _refuse_method(
        self, request: web.Request, preflight: Preflight, known: Policy, inquiry: Inquiry
    ) -> web.Response:
        """The refusal of a method to an origin that *known* knows, and of the origin otherwise."""
        grant = await find_grant(known, inquiry)
        if grant is None:
            refused = preflight.refuse_origin(any_allowed=bool(known))
        else:
            refused = preflight.refuse_method(grant)
        return await self._refuse(request, preflight, refused, known, inquiry)

    async def _refuse(
        self,
        request: web.Request,
        preflight: Preflight,
        refused: PreflightRefusedError,
        policy: Policy,
        inquiry: Inquiry,
    ) -> web.Response:
        headers: dict[str, str] = {hdrs.VARY: _vary(policy)}
        grant = refused.grant
        if not self.debug or grant is None:
            return _forbid(request, refused, headers)
        methods = await self._further_methods(request, preflight, inquiry, grant)
        origin = _allowed_origin(preflight, policy)
        headers.update(console_headers(refused, preflight, origin, grant.options, methods))
        response = _forbid(request, refused, headers)
        if names_its_cause(refused, preflight):
            response.set_status(web.HTTPOk.status_code)
        return response


def asked_by(request: web.Request) -> Asked:
    """What a preflight asks, in the words of its headers; the lines of the last are one list."""
    headers = request.headers
    try:
        names = ",".join(headers.getall(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, ()))
    except AttributeError:  # unit tests make requests whose headers are a plain dict
        names = headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
    return headers.get(hdrs.ORIGIN), headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD), names


def _vary(policy: Policy) -> str:
    return _VARY if policy.constant is None else _VARY_CONSTANT


def _allowed_origin(preflight: Preflight, policy: Policy) -> str:
    return preflight.origin if policy.constant is None else WILDCARD


def _forbid(
    request: web.Request, refused: PreflightRefusedError, headers: Mapping[str, str]
) -> web.Response:
    return send_refusal(request, RefusedAnswer.of(refused, headers))


def send_refusal(request: web.Request, answer: RefusedAnswer) -> web.Response:
    """The response to *request*, which is told to the log too."""
    if logger.isEnabledFor(logging.INFO):
        logger.info("preflight of %s refused: %s", shown(request.path), answer.reason)
    return web.Response(status=403, headers=answer.headers, body=answer.body)


async def find_grant(policy: Policy, inquiry: Inquiry) -> Grant | None:
    """What *policy* grants the origin of *inquiry*."""
    if policy.asks:
        return await policy.grant_by(inquiry)
    return policy.grant_for(inquiry.origin)
