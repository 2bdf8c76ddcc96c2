"""A preflight request in, the answer of the protocol out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiohttp import hdrs, web
from multidict import MultiMapping

from .origins import WILDCARD
from .policy import Inquiry, OriginKey, Policy
from .protocol import (
    Grant,
    Preflight,
    PreflightRefusedError,
    console_headers,
    names_its_cause,
    preflight_headers,
    shown,
)
from .resource_options import ResourceOptions

if TYPE_CHECKING:
    from .cors_config import CorsConfig

logger = logging.getLogger("aiohttp_cors")

_REFUSED = "CORS preflight request failed: "

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


def is_answered_preflight(response: web.StreamResponse) -> bool:
    """True for a response that this library gave to a preflight: no other varies like that."""
    return hdrs.ACCESS_CONTROL_REQUEST_METHOD in response.headers.get(hdrs.VARY, "")


class _Asking:
    """A preflight on its way to an answer: what was found of it so far."""

    __slots__ = ("inquiry", "is_constant", "preflight")

    def __init__(self, preflight: Preflight, request: web.Request) -> None:
        self.preflight = preflight
        self.inquiry = Inquiry(preflight.origin, request)
        self.is_constant = False  # whether every origin gets the same answer

    @property
    def vary(self) -> str:
        return _VARY_CONSTANT if self.is_constant else _VARY

    @property
    def allowed_origin(self) -> str:
        return WILDCARD if self.is_constant else self.preflight.origin

    async def grant(self, policy: Policy) -> Grant | None:
        """What *policy* grants the origin; the answer varies as the policy does."""
        self.is_constant = policy.constant is not None
        return await find_grant(policy, self.inquiry)


class _PreflightHandler:
    """Answers preflights by the policy that `_get_config` gives for what they ask about."""

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        """The options by origin key for the request that *request* asks about.

        :raises KeyError: where *request_method* is not enabled.
        """
        raise NotImplementedError

    def _cors_config(self, request: web.Request) -> CorsConfig | None:
        """The config that decides on *request*, for what only it knows; without one, `None`."""
        return None

    async def _preflight_handler(self, request: web.Request) -> web.Response:
        """The answer to *request*: 200 with what is allowed, or 403 with the reason."""
        asked = _asked_by(request)
        asking = None
        try:
            preflight = Preflight.parse(*asked)
            asking = _Asking(preflight, request)
            policy = await self._find_policy(request, asking)
            headers = policy.granted.get(asked)
            if headers is None:
                headers = await self._grant(request, policy, asking)
                if preflight.is_for_safelisted_method and not policy.asks:
                    policy.granted.remember(asked, headers)
        except PreflightRefusedError as refused:
            if logger.isEnabledFor(logging.INFO):
                logger.info("preflight of %s refused: %s", shown(request.path), refused.reason)
            return await self._refuse(request, asking, refused)
        return web.Response(headers=headers)

    async def _find_policy(self, request: web.Request, asking: _Asking) -> Policy:
        preflight = asking.preflight
        try:
            config = await self._get_config(request, preflight.origin, preflight.method)
        except KeyError as error:
            raise await _refuse_method(asking, getattr(error, "known", None)) from None
        return config if isinstance(config, Policy) else Policy(config)

    async def _grant(self, request: web.Request, policy: Policy, asking: _Asking) -> dict[str, str]:
        grant = await asking.grant(policy)
        if grant is None:
            raise await _refuse_method(asking, policy.wider or policy)
        asking.preflight.check_headers(grant)
        methods = await self._further_methods(request, asking, grant)
        headers = preflight_headers(asking.preflight, asking.allowed_origin, grant.options, methods)
        headers[hdrs.VARY] = asking.vary
        return headers

    async def _further_methods(
        self, request: web.Request, asking: _Asking, grant: Grant
    ) -> Sequence[str]:
        """Which other methods a browser may keep with the answer, sorted."""
        if asking.preflight.is_for_safelisted_method:
            return ()
        config = self._cors_config(request)
        if config is None:
            return ()
        return await config.further_methods(request, asking.preflight, asking.inquiry, grant)

    async def _refuse(
        self, request: web.Request, asking: _Asking | None, refused: PreflightRefusedError
    ) -> web.Response:
        vary = _VARY if asking is None else asking.vary
        status = web.HTTPForbidden.status_code
        headers: dict[str, str] = {hdrs.VARY: vary}
        config = self._cors_config(request)
        if asking is not None and refused.grant is not None and config is not None and config.debug:
            preflight, grant = asking.preflight, refused.grant
            methods = await config.further_methods(request, preflight, asking.inquiry, grant)
            origin = asking.allowed_origin
            headers |= console_headers(refused, preflight, origin, grant.options, methods)
            if names_its_cause(refused, preflight):
                status = web.HTTPOk.status_code
        return web.Response(status=status, headers=headers, text=_REFUSED + refused.reason)


async def _refuse_method(asking: _Asking, known: Policy | None) -> PreflightRefusedError:
    """The refusal of a method to an origin that *known* knows, and of the origin otherwise."""
    if known is None:
        return asking.preflight.refuse_method(None)
    grant = await asking.grant(known)
    if grant is None:
        return asking.preflight.refuse_origin(any_allowed=bool(known))
    return asking.preflight.refuse_method(grant)


def _asked_by(request: web.Request) -> tuple[str | None, str | None, str]:
    """What a preflight asks, in the words of its headers; the lines of the last are one list."""
    headers = request.headers
    names = headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
    # Unit tests make requests whose headers are a plain dict.
    if names and isinstance(headers, MultiMapping):
        names = ",".join(headers.getall(hdrs.ACCESS_CONTROL_REQUEST_HEADERS))
    return headers.get(hdrs.ORIGIN), headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD), names


async def find_grant(policy: Policy, inquiry: Inquiry) -> Grant | None:
    """What *policy* grants the origin of *inquiry*."""
    if policy.asks:
        return await policy.grant_by(inquiry)
    return policy.grant_for(inquiry.origin)
