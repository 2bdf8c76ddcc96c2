"""What the API was asked and what it answered, for the page to show where something is blocked."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aiohttp_cors.protocol.refusals import Refused

# The page reads them behind each row.
_MOST = 100
_ASKED = (
    hdrs.ORIGIN,
    "Sec-Fetch-Site",
    hdrs.ACCESS_CONTROL_REQUEST_METHOD,
    hdrs.ACCESS_CONTROL_REQUEST_HEADERS,
    hdrs.UPGRADE,
)
_ANSWERED = (
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN,
    hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS,
    hdrs.ACCESS_CONTROL_ALLOW_METHODS,
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS,
    hdrs.VARY,
)
# What the page asks to find out what came of a row.
_OF_THE_PAGE_ITSELF = ("/exchanges", "/ordered/", "/notes/{id}/preflights")


def watched(app: web.Application, page: str, *inner: web.Application) -> web.Application:
    """Return *app*, which now tells *page* of the exchanges that it, or one of *inner*, had."""
    exchanges: deque[tuple[web.Request, web.StreamResponse]] = deque(maxlen=_MOST)
    refusals: deque[tuple[web.Request, Refused]] = deque(maxlen=_MOST)

    async def note(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        path = "" if resource is None else resource.canonical
        if not path.startswith(_OF_THE_PAGE_ITSELF):
            exchanges.append((request, response))

    async def note_refusal(request: web.Request, refused: Refused) -> None:
        refusals.append((request, refused))

    async def tell(_request: web.Request) -> web.Response:
        told = [_told(*exchange, refusals) for exchange in exchanges]
        exchanges.clear()
        refusals.clear()
        return web.json_response(told)

    app.on_response_prepare.append(note)
    for each in (app, *inner):
        each[aiohttp_cors.APP_CONFIG_KEY].on_refused.append(note_refusal)
    cors = app[aiohttp_cors.APP_CONFIG_KEY]
    cors.add(app.router.add_get("/exchanges", tell), {page: ResourceOptions()})
    return app


def _told(
    request: web.Request,
    response: web.StreamResponse,
    refusals: Iterable[tuple[web.Request, Refused]],
) -> dict[str, Any]:
    asked = [f"{request.method} {request.path}", *_lines(_ASKED, request.headers)]
    if hdrs.COOKIE in request.headers:
        asked.append(f"{hdrs.COOKIE}: \N{HORIZONTAL ELLIPSIS}")
    answered = [f"{response.status} {response.reason}", *_lines(_ANSWERED, response.headers)]
    if hdrs.ACCESS_CONTROL_ALLOW_ORIGIN not in response.headers:
        answered.append(f"(no {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN})")
    refused = next((refused for refusing, refused in refusals if refusing is request), None)
    reason = None if refused is None else {"word": refused.reason, "message": refused.message}
    return {"asked": asked, "answered": answered, "refused": reason}


def _lines(names: Iterable[str], headers: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}: {headers[name]}" for name in names if name in headers)
