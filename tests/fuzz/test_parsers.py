"""Any text is a value or is refused as documented, and nothing else ever happens."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from .checks import check_key, check_origin, check_preflight, check_sender
from .profile import fuzzed

# What a server may find in a header: any bytes, as aiohttp decodes them.
from_bytes = st.binary(max_size=80).map(lambda data: data.decode("utf-8", "surrogateescape"))
pieces = st.sampled_from(
    [
        *("http", "https", "file", "null", "://", ":", "/", "*", ".", "a", "example", "localhost"),
        *("[", "]", "::1", "127", "0x7f", "80", "443", "65536", "00", "@", "?", "#", "\\", "%41"),
        *(
            " ",
            "\t",
            "\r\n",
            "\x00",
            "\x7f",
            "é",
            "\u3002",
            "\udcff",
            "A",
            "-",
            "_",
            "xn--",
            "^",
            "$",
        ),
    ]
)
near_origins = st.lists(pieces, max_size=10).map("".join)
texts = from_bytes | st.text(max_size=40) | near_origins
names = st.lists(st.text(string.ascii_letters + "-, \t\x0b\x85;", max_size=8), max_size=8)
lists = names.map(",".join) | texts
maybe = st.none() | texts


@fuzzed
@given(texts)
def test_any_origin_is_read_or_is_none(text: str) -> None:
    check_origin(text)


@fuzzed
@given(texts)
def test_any_key_can_match_or_is_told_why_not(text: str) -> None:
    check_key(text)


@fuzzed
@given(maybe, maybe | st.sampled_from(["GET", "PUT", "get"]), lists)
def test_any_preflight_asks_something_or_is_refused(
    origin: str | None, method: str | None, asked: str
) -> None:
    check_preflight(origin, method, asked)


@fuzzed
@given(maybe | st.sampled_from(["same-origin", "cross-site", "none"]), maybe, maybe)
def test_any_sender_is_one_of_three(site: str | None, origin: str | None, host: str | None) -> None:
    check_sender(site, origin, host)
