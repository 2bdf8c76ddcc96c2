"""What holds for any text that a parser is given: a value, or the documented refusal."""

from __future__ import annotations

import re

from aiohttp_cors.protocol.origin_keys import examine_key, is_origin_key, suggest_keys
from aiohttp_cors.protocol.origins import Origin, OriginPattern, is_serialised_origin
from aiohttp_cors.protocol.pages import Sender, sender_of
from aiohttp_cors.protocol.preflights import PreflightRefusedError, parse_preflight

# token = 1*tchar  (RFC 9110 5.6.2)
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
# What may stand in a host of any origin that is sent back.
AUTHORITY = re.compile(r"[a-z][a-z0-9+.\-]*://[\x21-\x7e]*", re.ASCII)


def check_origin(text: str) -> None:
    """An origin is made of visible ASCII, and is written again as it was read."""
    origin = Origin.parse(text)
    assert is_serialised_origin(text) == (origin is not None or text in ("null", "file://"))
    if origin is None:
        return
    assert AUTHORITY.fullmatch(text)
    authority = text.partition("://")[2]
    assert not re.search(r"[/?#@\\\"<>^`{|}]", authority)
    assert "%" not in authority or origin.scheme not in ("http", "https")  # in opaque hosts alone
    assert f"{origin.scheme}://{origin.host}" + (f":{origin.port}" if origin.port else "") == text


def check_key(text: str) -> None:
    """A key can match, or it is said why not; what is written instead can match."""
    finding = examine_key(text)
    assert (finding is None) == is_origin_key(text)
    if finding is not None:
        assert finding.message.isprintable()
    for suggestion in suggest_keys(text):
        assert suggestion is not None
    pattern = OriginPattern.parse(text)
    assert pattern is None or Origin.parse(text) is None


def check_preflight(origin: str | None, method: str | None, names: str) -> None:
    """A preflight asks for tokens, or is refused in a sentence that can be printed."""
    try:
        asked = parse_preflight(origin, method, names)
    except PreflightRefusedError as error:
        refusal = str(error)
    else:
        refusal = None
    if refusal is not None:
        assert refusal.isprintable()
        return
    assert (asked.origin, asked.method) == (origin, method)
    assert all(TOKEN.fullmatch(name) for name in (asked.method, *asked.headers))
    assert len(set(asked.headers)) == len(asked.headers)
    assert all(name == name.upper() for name in asked.headers)


def check_sender(site: str | None, origin: str | None, host: str | None) -> None:
    """Without Sec-Fetch-Site, a page is the application's own only where its origin is valid."""
    sender = sender_of(site, origin, host)
    if site is not None:
        assert (sender is Sender.OWN_PAGE) == (site in ("same-origin", "none"))
    elif origin is None:
        assert sender is Sender.NO_PAGE
    elif sender is Sender.OWN_PAGE:
        assert host is not None
        assert Origin.parse(origin) is not None
    else:
        assert sender is Sender.FOREIGN_PAGE
