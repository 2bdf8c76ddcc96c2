"""What a refusal says, for each check that may fail: the whole value."""

from __future__ import annotations

from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.diagnostics import shown
from aiohttp_cors.protocol.refusals import (
    Kind,
    Reason,
    Refused,
    refuse_method,
    refuse_origin,
    refuse_protected,
)
from aiohttp_cors.protocol.responses import Grant

A = "https://a.example"
LONG = "x" * 201


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("http://x", "'http://x'"),
        ("a\r\nb", "'a\\r\\nb'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("\u202egnp", "'\\u202egnp'"),
        ("\udc80", "'\\udc80'"),
        ("x" * 200, f"'{'x' * 200}'"),
        ("x" * 201, f"'{'x' * 200}'..."),
    ],
)
def test_values_of_a_request_are_shown_quoted_escaped_and_cut(value: str, text: str) -> None:
    assert shown(value) == text


def test_the_words_for_the_checks_are_stable() -> None:
    words = {name: word for name, word in vars(Reason).items() if name.isupper()}
    assert words == {
        "NO_ORIGIN": "no-origin",
        "NO_METHOD": "no-method",
        "INVALID_METHOD": "invalid-method",
        "INVALID_HEADERS": "invalid-headers",
        "NO_ORIGINS_ALLOWED": "no-origins-allowed",
        "ORIGIN": "origin",
        "METHOD": "method",
        "HEADERS": "headers",
        "CREDENTIALS": "credentials",
    }


def test_a_refusal_cannot_be_changed() -> None:
    refused = refuse_method("actual", A, "PUT")
    for name in Refused._fields:
        with pytest.raises(AttributeError):
            setattr(refused, name, "other")


@pytest.mark.parametrize("kind", ["preflight", "actual", "protected"])
@pytest.mark.parametrize(
    ("origin", "anybody", "reason", "message"),
    [
        ("http://x", True, "origin", "origin 'http://x' is not allowed"),
        ("null", True, "origin", "origin 'null' is not allowed"),
        ("", True, "origin", "origin '' is not allowed"),
        ("a'b\r\n", True, "origin", 'origin "a\'b\\r\\n" is not allowed'),
        ("\udc80", True, "origin", "origin '\\udc80' is not allowed"),
        (LONG, True, "origin", f"origin '{'x' * 200}'... is not allowed"),
        ("http://x", False, "no-origins-allowed", "no origins are allowed"),
        ("\r\n", False, "no-origins-allowed", "no origins are allowed"),
    ],
)
def test_a_refused_origin_is_named(
    kind: Kind, origin: str, anybody: bool, reason: str, message: str
) -> None:
    refused = refuse_origin(kind, origin, "PUT", anybody=anybody)
    assert refused == Refused(kind, reason, message, origin, "PUT")


@pytest.mark.parametrize("kind", ["preflight", "actual", "protected"])
@pytest.mark.parametrize(
    ("origin", "method", "message"),
    [
        ("http://x", "POST", "request method 'POST' is not allowed for 'http://x' origin"),
        ("null", "PUT", "request method 'PUT' is not allowed for 'null' origin"),
        ("\n", "P'T", "request method \"P'T\" is not allowed for '\\n' origin"),
        ("n", LONG, f"request method '{'x' * 200}'... is not allowed for 'n' origin"),
    ],
)
def test_a_refused_method_is_named_with_its_origin(
    kind: Kind, origin: str, method: str, message: str
) -> None:
    refused = refuse_method(kind, origin, method)
    assert refused == Refused(kind, "method", message, origin, method)


# -- what a foreign page sends ------------------------------------------------------------------

PUBLIC, WITH_COOKIES = ResourceOptions(), ResourceOptions(allow_credentials=True)
NO_ORIGIN = ("no-origin", "a page of another site sent it without an origin")
ORIGIN = ("origin", "origin {origin!r} is not allowed")
CREDENTIALS = ("credentials", "origin {origin!r} is not allowed to send cookies")


@pytest.mark.parametrize(
    ("grant", "origin", "carries_cookies", "refused"),
    [
        (None, None, False, NO_ORIGIN),
        (None, None, True, NO_ORIGIN),
        (Grant(WITH_COOKIES), None, False, NO_ORIGIN),
        (Grant.to_everybody(PUBLIC), None, False, NO_ORIGIN),
        (None, A, False, ORIGIN),
        (None, A, True, ORIGIN),
        (None, "null", False, ORIGIN),
        (None, "a\r\nb", False, ORIGIN),
        # The "*" of everybody lets nobody send that names no site.
        (Grant.to_everybody(PUBLIC), "null", False, ORIGIN),
        (Grant.to_everybody(PUBLIC), "null", True, ORIGIN),
        (Grant.to_everybody(WITH_COOKIES), "null", False, ORIGIN),
        (Grant.to_everybody(WITH_COOKIES), "nonsense", False, ORIGIN),
        # Options without credentials admit what carries none.
        (Grant(PUBLIC), A, False, None),
        (Grant(PUBLIC), A, True, CREDENTIALS),
        (Grant(PUBLIC), "null", False, None),
        (Grant(PUBLIC), "null", True, CREDENTIALS),
        (Grant(WITH_COOKIES), A, False, None),
        (Grant(WITH_COOKIES), A, True, None),
        (Grant(WITH_COOKIES), "null", True, None),
        (Grant(WITH_COOKIES), "file://", True, None),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_a_foreign_page_sends_what_its_options_let_it(
    grant: Grant | None, origin: Any, carries_cookies: bool, refused: Any, method: str
) -> None:
    expected = None
    if refused is not None:
        reason, message = refused
        expected = Refused("protected", reason, message.format(origin=origin), origin, method)
    assert refuse_protected(grant, origin, method, carries_cookies=carries_cookies) == expected
