"""What a server answers, and what of it the page sees.

https://fetch.spec.whatwg.org/#responses
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import hdrs
from yarl import URL

from .headers import (
    HeaderList,
    extract_tokens,
    is_cors_safelisted_response_header_name,
    is_forbidden_response_header_name,
)
from .requests import Request

REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class WireResponse:
    """An answer as it comes from the server, with every header line in its order.

    *text* is what the server says beside a status of 400 or more to a preflight, or beside a
    status of 403, in which a server may say why it refuses; else it is empty.
    """

    status: int
    headers: HeaderList = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class FilteredResponse:
    """What the page sees of an answer that it may see.

    https://fetch.spec.whatwg.org/#concept-filtered-response
    """

    type: Literal["basic", "cors"]
    status: int
    headers: HeaderList
    url: URL
    redirected: bool = False


def filtered_response(request: Request, response: WireResponse) -> FilteredResponse:
    """What the page sees of *response*, after every check has passed."""
    return FilteredResponse(
        type=request.tainting,
        status=response.status,
        headers=_readable_headers(request, response.headers),
        url=request.url.with_fragment(None),
        redirected=len(request.url_list) > 1,
    )


def _readable_headers(request: Request, headers: HeaderList) -> HeaderList:
    if request.tainting == "basic":
        return tuple(item for item in headers if not is_forbidden_response_header_name(item[0]))
    try:
        exposed = extract_tokens(hdrs.ACCESS_CONTROL_EXPOSE_HEADERS, headers)
    except ValueError:
        exposed = ()
    if "*" in exposed and request.credentials != "include":
        exposed = tuple(name for name, _ in headers)
    return tuple(
        item for item in headers if is_cors_safelisted_response_header_name(item[0], exposed)
    )
