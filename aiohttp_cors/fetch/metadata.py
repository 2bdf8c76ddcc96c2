"""Fetch metadata: https://w3c.github.io/webappsec-fetch-metadata/"""

from __future__ import annotations

import importlib
import ipaddress
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal, TypeAlias

from yarl import URL

from aiohttp_cors.protocol.origins import Origin, is_loopback_host

from .headers import HeaderList
from .requests import Request, origin_of

Site: TypeAlias = Literal["same-origin", "same-site", "cross-site"]


def fetch_metadata(request: Request) -> HeaderList:
    """The headers that tell the server who asks; none where the URL is not trustworthy.

    https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-append-the-fetch-metadata-headers-for-a-request
    """
    if not is_potentially_trustworthy(request.url):
        return ()
    return (
        ("Sec-Fetch-Dest", request.destination or "empty"),
        ("Sec-Fetch-Mode", request.mode),
        ("Sec-Fetch-Site", site_of(request.origin, request.url_list)),
    )


def site_of(origin: str, url_list: Iterable[URL]) -> Site:
    """How far a request of *origin* has gone from it, redirects counted.

    https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site

    >>> site_of("https://a.example", [URL("https://a.example/"), URL("https://a.example:8443/")])
    'same-site'
    """
    hops = [origin_of(url) for url in url_list]
    if any(not is_same_site(origin, hop) for hop in hops):
        return "cross-site"
    return "same-origin" if all(hop == origin for hop in hops) else "same-site"


def is_potentially_trustworthy(url: URL) -> bool:
    """https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy, of URLs of HTTP(S)."""
    return url.scheme == "https" or is_loopback_host(url.raw_host or "")


def is_same_site(one: str, other: str) -> bool:
    """Whether two serialised origins are *same site*: of one scheme and one registrable domain.

    Which domains can be registered, the optional package ``publicsuffixlist`` knows; without it,
    only the same host is the same site.
    https://html.spec.whatwg.org/multipage/browsers.html#same-site

    >>> is_same_site("https://a.example:1", "https://a.example:2"), is_same_site("null", "null")
    (True, False)
    """
    first, second = Origin.parse(one), Origin.parse(other)
    if first is None or second is None or first.scheme != second.scheme:
        return False
    return first.host == second.host or _have_one_domain(first.host, second.host)


def _have_one_domain(one: str, other: str) -> bool:
    if _is_address(one) or _is_address(other):
        return False
    domain = _registrable_domain()
    return domain(one) is not None and domain(one) == domain(other)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@cache
def _registrable_domain() -> Callable[[str], str | None]:
    """https://url.spec.whatwg.org/#host-registrable-domain, as far as it is known here."""
    try:
        module = importlib.import_module("publicsuffixlist")
    except ImportError:
        return lambda _: None
    known: Callable[[str], str | None] = module.PublicSuffixList().privatesuffix
    return known
