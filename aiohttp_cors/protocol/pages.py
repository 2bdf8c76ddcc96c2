"""Whose page sends a request: one of the application's own, a foreign one, or none at all.

https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header
"""

from __future__ import annotations

from enum import Enum

from .origins import Origin, default_port, split_port


class Sender(Enum):
    """Who sends a request, as far as its headers tell."""

    OWN_PAGE = "own page"
    FOREIGN_PAGE = "foreign page"
    NO_PAGE = "no page"


# https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header: "none" is a visitor's own
# doing, such as an address that was typed
_OWN = frozenset({"same-origin", "none"})


def sender_of(site: str | None, origin: str | None, host: str | None) -> Sender:
    """Who sends a request of these values of ``Sec-Fetch-Site``, ``Origin`` and ``Host``.

    The first is a forbidden header, which no page can set. Browsers do not send it to plain-http
    sites; then the host and port of the second are compared with the third, but no scheme: behind
    a proxy that ends TLS, nobody knows it.

    >>> sender_of(None, "https://shop.example", "shop.example")
    <Sender.OWN_PAGE: 'own page'>
    >>> sender_of("cross-site", "https://shop.example", "shop.example")
    <Sender.FOREIGN_PAGE: 'foreign page'>
    """
    if site is not None:
        return Sender.OWN_PAGE if site in _OWN else Sender.FOREIGN_PAGE
    if origin is None:
        return Sender.NO_PAGE
    parsed = Origin.parse(origin)
    if parsed is None or host is None or not _is_at(parsed, host):
        return Sender.FOREIGN_PAGE
    return Sender.OWN_PAGE


def _is_at(origin: Origin, host: str) -> bool:
    """True where *host*, of the form of the header, is the host and port of *origin*."""
    if origin.scheme not in ("http", "https"):
        return False
    name, port = split_port(host)
    if port == default_port(origin.scheme):
        port = ""
    return (name.lower(), port) == (origin.host, origin.port)
