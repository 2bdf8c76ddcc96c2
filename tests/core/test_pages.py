"""Whose page sends a request: every value of the three headers with every other."""

from __future__ import annotations

import pytest

from aiohttp_cors.protocol.pages import Sender, sender_of

OWN, FOREIGN, NOBODY = Sender.OWN_PAGE, Sender.FOREIGN_PAGE, Sender.NO_PAGE

HOSTS = [
    None,
    "",
    "shop.example",
    "SHOP.example",
    "shop.example:",
    "shop.example:80",
    "shop.example:443",
    "shop.example:8443",
    "Shop.Example:8443",
    "www.shop.example",
    "other.example",
    "shop.example.",
    "localhost",
    "localhost:3000",
    "127.0.0.1:8080",
    "[::1]",
    "[::1]:443",
    "[::1]:8443",
    "[FE80::1]:8443",
    # A proxy's own name for the server
    "backend:8000",
    "10.0.0.7",
    # Junk
    ":",
    ":443",
    "::1",
    "[::1",
    "[0:0::1]",
    "shop.example:https",
    "shop.example:0443",
    "shop.example:443:443",
    "user@shop.example",
    "https://shop.example",
    "shop.example/path",
    "shop.example, shop.example",
    " shop.example",
    "shop.example\r\n",
    "null",
    "file://",
    "é.example",
    "\udc80",
    "x" * 8000,
]

PLAIN = {"shop.example", "SHOP.example", "shop.example:"}
AT_8443 = {"shop.example:8443", "Shop.Example:8443"}

# An `Origin`, and the values of `Host` that are the same place
SAME_PLACE: dict[str, set[str]] = {
    "https://shop.example": {*PLAIN, "shop.example:443"},
    "http://shop.example": {*PLAIN, "shop.example:80"},
    # Where a proxy ends TLS, the scheme is not what the server sees.
    "https://shop.example:8443": AT_8443,
    "http://shop.example:8443": AT_8443,
    "http://shop.example:443": {"shop.example:443"},
    "https://shop.example:80": {"shop.example:80"},
    "https://shop.example:9000": set(),
    "https://www.shop.example": {"www.shop.example"},
    "https://a.shop.example": set(),
    "https://shop.example.evil.example": set(),
    "https://evilshop.example": set(),
    "https://other.example": {"other.example"},
    "https://shop.example.": {"shop.example."},
    "http://localhost": {"localhost"},
    "http://localhost:3000": {"localhost:3000"},
    "http://localhost:5173": set(),
    "http://127.0.0.1:8080": {"127.0.0.1:8080"},
    "http://127.0.0.1": set(),
    "http://[::1]": {"[::1]"},
    "https://[::1]": {"[::1]", "[::1]:443"},
    "http://[::1]:8443": {"[::1]:8443"},
    "https://[fe80::1]:8443": {"[FE80::1]:8443"},
    # What names no site is nobody's own page, whatever the server is called.
    "": set(),
    "null": set(),
    "file://": set(),
    "*": set(),
    "nonsense": set(),
    "shop.example": set(),
    "//shop.example": set(),
    "https://": set(),
    "https://shop.example/": set(),
    "https://shop.example:443": set(),
    "http://shop.example:80": set(),
    "https://SHOP.example": set(),
    "HTTPS://shop.example": set(),
    "https://user@shop.example": set(),
    "https://[0:0::1]": set(),
    "https://é.example": set(),
    "https://shop.example, https://shop.example": set(),
    "https://shop.example\r\n": set(),
    "https://" + "x" * 8000: set(),
    "\udc80": set(),
}

ORIGINS = [None, *SAME_PLACE]


@pytest.mark.parametrize("origin", SAME_PLACE)
def test_without_the_site_of_the_sender_its_host_and_port_are_compared(origin: str) -> None:
    own = {host for host in HOSTS if sender_of(None, origin, host) is OWN}
    foreign = {host for host in HOSTS if sender_of(None, origin, host) is FOREIGN}
    assert own == SAME_PLACE[origin]
    assert foreign == set(HOSTS) - own


@pytest.mark.parametrize("host", HOSTS)
def test_without_the_site_of_the_sender_and_its_origin_it_is_no_page(host: str | None) -> None:
    assert sender_of(None, None, host) is NOBODY


@pytest.mark.parametrize(
    ("site", "sender"),
    [
        ("same-origin", OWN),
        ("none", OWN),
        ("same-site", FOREIGN),
        ("cross-site", FOREIGN),
        # What no browser sends is nobody's word for it.
        ("", FOREIGN),
        ("SAME-ORIGIN", FOREIGN),
        ("None", FOREIGN),
        ("same-origin;x=1", FOREIGN),
        ('"same-origin"', FOREIGN),
        ("?1", FOREIGN),
        ("new-word", FOREIGN),
        # Two lines, as the library joins them
        ("same-origin, same-origin", FOREIGN),
        ("same-origin, cross-site", FOREIGN),
        ("none, none", FOREIGN),
    ],
)
def test_the_site_of_the_sender_decides_whatever_the_other_headers_say(
    site: str, sender: Sender
) -> None:
    for origin in ORIGINS:
        for host in HOSTS:
            assert sender_of(site, origin, host) is sender


@pytest.mark.parametrize("scheme", ["app", "chrome-extension", "capacitor"])
def test_a_page_of_another_kind_of_scheme_is_foreign_whatever_its_host(scheme: str) -> None:
    assert sender_of(None, f"{scheme}://shop.example", "shop.example") is Sender.FOREIGN_PAGE
