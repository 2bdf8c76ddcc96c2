"""Which strangers the predicates of an application admit with credentials, found out by asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request

from aiohttp_cors.protocol.diagnostics import Finding
from aiohttp_cors.protocol.policy import Inquiry, OriginPredicate, Policy
from aiohttp_cors.protocol.resource_options import ResourceOptions
from aiohttp_cors.protocol.risks import examine_admitted, probes_for

from .survey import Place, survey


@dataclass(frozen=True, slots=True)
class Admission:
    """What is risky about a predicate of *place*."""

    finding: Finding
    place: Place


async def ask_predicates(app: web.Application) -> tuple[Admission, ...]:
    """The predicates of *app*, which is running, that admit strangers with credentials.

    Each is asked once for every place that it is of, about origins that it should refuse.
    """
    return tuple([found async for found in _admissions(app)])


async def _admissions(app: web.Application) -> AsyncIterator[Admission]:
    for place in survey(app):
        for key, options in place.options.items():
            if not callable(key):
                continue
            admitted = [o for o in probes_for(key) if await _admits(app, place, key, options, o)]
            finding = examine_admitted(key, admitted)
            if finding is not None:
                yield Admission(finding, place)


async def _admits(
    app: web.Application,
    place: Place,
    predicate: OriginPredicate,
    options: ResourceOptions,
    origin: str,
) -> bool:
    """True where *predicate* gives *origin* options that allow credentials; not where it fails."""
    headers = {hdrs.HOST: "localhost", hdrs.ORIGIN: origin}
    method = hdrs.METH_GET if place.is_plain_any else place.method
    request = make_mocked_request(method, "/", headers, app=app)
    grant = await Policy({predicate: options}).grant_by(Inquiry(origin, request))
    return grant is not None and grant.options.allow_credentials
