"""Where a redirect leads: https://fetch.spec.whatwg.org/#http-redirect-fetch"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from yarl import URL

from .headers import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, REQUEST_BODY_HEADER_NAMES
from .requests import (
    HTTP_PORTS,
    Request,
    has_host,
    includes_credentials,
    origin_of,
    parse_url,
)
from .responses import REDIRECT_STATUSES, WireResponse
from .verdict import Failure, Reason

_MAX_REDIRECTS: Final = 20


def redirect(request: Request, response: WireResponse) -> Request | Failure | None:
    """The request that follows a redirect; ``None`` if *response* is none.

    https://fetch.spec.whatwg.org/#concept-http-redirect-fetch
    """
    if response.status not in REDIRECT_STATUSES:
        return None
    locations = [value for name, value in response.headers if name.lower() == "location"]
    if not locations:
        return None
    url = _parse_location(locations, request.url)
    if isinstance(url, Failure):
        return url
    if len(request.url_list) > _MAX_REDIRECTS:
        return Failure(Reason.REDIRECT_COUNT, f"there were more than {_MAX_REDIRECTS} redirects")
    is_foreign = origin_of(url) != request.origin or request.tainting == "cors"
    if includes_credentials(url) and is_foreign and request.mode == "cors":
        return Failure(
            Reason.REDIRECT_CREDENTIALS,
            "the answer redirects to another origin, with a user name or password in the URL",
        )
    return _redirected(request, url, response.status)


def _parse_location(locations: list[str], base: URL) -> URL | Failure:
    try:
        (location,) = locations
        url = base.join(parse_url(location))
    except ValueError:
        return Failure(Reason.REDIRECT_LOCATION, "the answer redirects to an invalid URL")
    if url.scheme not in HTTP_PORTS or not url.raw_host:
        return Failure(Reason.REDIRECT_SCHEME, "the answer redirects to a URL that is not HTTP(S)")
    if not has_host(url):
        return Failure(Reason.REDIRECT_LOCATION, "the answer redirects to a host that cannot be")
    return url if url.raw_fragment else url.with_fragment(base.fragment or None)


def _redirected(request: Request, url: URL, status: int) -> Request:
    drop: set[str] = set()
    if origin_of(url) != origin_of(request.url):
        drop |= CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
    if _becomes_get(request.method, status):
        request = replace(request, method="GET", body=None)
        drop |= REQUEST_BODY_HEADER_NAMES
    headers = tuple(item for item in request.headers if item[0].lower() not in drop)
    return replace(request, url_list=(*request.url_list, url), headers=headers)


def _becomes_get(method: str, status: int) -> bool:
    if status == 303:
        return method not in ("GET", "HEAD")
    return status in (301, 302) and method == "POST"
