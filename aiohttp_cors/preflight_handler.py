"""A preflight request in, the answer of the protocol out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

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


@dataclass(slots=True)
class _Found:
    """What was found of a preflight on the way to its answer, for a refusal to tell."""

    preflight: Preflight | None = None
    inquiry: Inquiry | None = None
    grant: Grant | None = None
    constant: bool = False  # the same for every origin

    @property
    def vary(self) -> str:
        return _VARY_CONSTANT if self.constant else _VARY

    def allowed_origin(self, preflight: Preflight) -> str:
        return WILDCARD if self.constant else preflight.origin


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
        found = _Found()
        try:
            headers = await self._grant(request, found)
        except PreflightRefusedError as refused:
            logger.info("preflight of %s refused: %s", shown(request.path), refused.reason)
            return await self._refuse(request, found, refused)
        headers[hdrs.VARY] = found.vary
        return web.Response(headers=headers)

    async def _grant(self, request: web.Request, found: _Found) -> dict[str, str]:
        preflight = found.preflight = parse_preflight(request)
        inquiry = Inquiry(preflight.origin, request)
        grant = await self._find_grant(request, preflight, inquiry, found)
        preflight.check_headers(grant.options)
        methods = await self._further_methods(request, preflight, inquiry, grant)
        origin = found.allowed_origin(preflight)
        return preflight_headers(preflight, origin, grant.options, methods)

    async def _find_grant(
        self, request: web.Request, preflight: Preflight, inquiry: Inquiry, found: _Found
    ) -> Grant:
        try:
            config = await self._get_config(request, preflight.origin, preflight.method)
        except KeyError as error:
            known = getattr(error, "known", None)
            if known is not None:
                await self._check_known(known, preflight, inquiry, found)
            raise preflight.refuse_method() from None
        policy = config if isinstance(config, Policy) else Policy(config)
        found.constant = policy.constant is not None
        found.grant = await find_grant(policy, inquiry)
        if found.grant is None:
            await self._check_known(policy.wider or policy, preflight, inquiry, found)
            raise preflight.refuse_method()
        return found.grant

    async def _check_known(
        self, known: Policy, preflight: Preflight, inquiry: Inquiry, found: _Found
    ) -> None:
        """Find what the origin is granted for other methods; an unknown one is refused."""
        found.constant = known.constant is not None
        found.grant = await find_grant(known, inquiry)
        if found.grant is None:
            raise preflight.refuse_origin(any_allowed=bool(known))

    async def _further_methods(
        self, request: web.Request, preflight: Preflight, inquiry: Inquiry, grant: Grant
    ) -> Sequence[str]:
        """Which other methods a browser may keep with the answer, sorted."""
        config = None if preflight.is_for_safelisted_method else self._cors_config(request)
        if config is None:
            return ()
        return await config.further_methods(request, preflight, inquiry, grant)

    async def _refuse(
        self, request: web.Request, found: _Found, refused: PreflightRefusedError
    ) -> web.Response:
        headers, status = {}, web.HTTPForbidden.status_code
        preflight, grant, config = found.preflight, found.grant, self._cors_config(request)
        if preflight is not None and grant is not None and config is not None and config.debug:
            inquiry = Inquiry(preflight.origin, request)
            methods = await config.further_methods(request, preflight, inquiry, grant)
            origin = found.allowed_origin(preflight)
            headers = console_headers(refused, preflight, origin, grant.options, methods)
            if names_its_cause(refused, preflight):
                status = web.HTTPOk.status_code
        headers[hdrs.VARY] = found.vary
        return web.Response(status=status, headers=headers, text=_REFUSED + refused.reason)


def parse_preflight(request: web.Request) -> Preflight:
    """What *request* asks.

    :raises PreflightRefusedError: where it asks nothing, or in words that are no tokens.
    """
    headers = request.headers
    lines: Sequence[str] = ()
    if hdrs.ACCESS_CONTROL_REQUEST_HEADERS in headers:
        # Unit tests make requests whose headers are a plain dict.
        get_all = getattr(headers, "getall", lambda name: [headers[name]])
        lines = get_all(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
    return Preflight.parse(
        headers.get(hdrs.ORIGIN), headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD), lines
    )


async def find_grant(policy: Policy, inquiry: Inquiry) -> Grant | None:
    """What *policy* grants the origin of *inquiry*."""
    if policy.asks:
        return await policy.grant_by(inquiry)
    return policy.grant_for(inquiry.origin)
