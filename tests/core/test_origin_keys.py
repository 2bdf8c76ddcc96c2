"""Which keys can match, why the others cannot, and which keys are risky."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest

from aiohttp_cors import CorsConfigWarning, CorsSecurityWarning, ResourceOptions
from aiohttp_cors.protocol.origin_keys import (
    examine_credentials,
    examine_expression,
    examine_key,
    suggest_keys,
)
from aiohttp_cors.protocol.origins import is_origin_key
from aiohttp_cors.protocol.policy import Layer
from aiohttp_cors.protocol.risks import examine_admitted, probes_for

WITH_CREDENTIALS = ResourceOptions(allow_credentials=True)


@pytest.mark.parametrize(
    "key",
    [
        "*",
        "null",
        "file://",
        "https://a.example",
        "http://a.example",
        "https://a.example:8443",
        "https://a.example:80",
        "http://a.example:443",
        "https://a.example.",
        "https://a_b.example",
        "https://-a.example",
        "https://xn--rsum-bpad.example",
        "http://localhost",
        "http://localhost:3000",
        "http://printer",
        "http://127.0.0.1",
        "http://192.168.0.1:8080",
        "http://[::1]:8080",
        "http://[2001:db8::1]",
        "http://[::ffff:102:304]",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://0c1b22aa",
        "safari-web-extension://0C1B-22AA",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "app://.",
        "https://*.example.com",
        "https://*.a.b.example.com",
        "https://*.example.com:8443",
        "https://*.example.com.",
        "https://*.example.com:*",
        "https://*.example.com:80*",
        "https://*.xn--rsum-bpad.example",
        "https://*.com",
        "http://*.localhost:*",
        "http://localhost:*",
        "http://localhost:8*",
        "http://localhost:800*",
        "http://localhost:65535*",
        "http://127.0.0.1:*",
        "http://[::1]:*",
        "capacitor://localhost:*",
    ],
)
def test_a_key_that_can_match_is_accepted_in_silence(key: str) -> None:
    assert is_origin_key(key)
    assert examine_key(key) is None
    assert suggest_keys(key) == ()
    assert Layer({key: ResourceOptions()}).findings == []


# Code, key, a part of the reason.
REJECTED = [
    # A trailing slash, a path.
    ("C001", "https://a.example/", "trailing slash"),
    ("C001", "https://a.example:8443/", "trailing slash"),
    ("C001", "https://*.a.example/", "trailing slash"),
    ("C001", "http://localhost:*/", "trailing slash"),
    ("C001", "http://[::1]/", "trailing slash"),
    ("C001", "https://a.example/path", "path"),
    ("C001", "https://a.example/*", "path"),
    ("C001", "https://*.a.example/*", "path"),
    ("C001", "https://a.example/path?q#f", "path"),
    # No scheme.
    ("C002", "a.example", "no scheme"),
    ("C002", "a.example:8080", "no scheme"),
    ("C002", "a.example:443", "no scheme"),
    ("C002", "a.example/", "no scheme"),
    ("C002", "//a.example", "no scheme"),
    ("C002", "://a.example", "no scheme"),
    ("C002", "localhost", "no scheme"),
    ("C002", "localhost:3000", "no scheme"),
    ("C002", "localhost:*", "no scheme"),
    ("C002", "127.0.0.1", "no scheme"),
    ("C002", "[::1]:8080", "no scheme"),
    ("C002", "*.a.example", "no scheme"),
    ("C002", "https:a.example", "//"),
    ("C002", "https:/a.example", "//"),
    ("C002", "HTTP:a.example:8080", "//"),
    ("C002", "", "no host"),
    ("C002", "/", "no host"),
    # Upper case.
    ("C003", "https://A.example", "upper-case"),
    ("C003", "HTTPS://a.example", "upper-case"),
    ("C003", "HTTPS://A.example:443", "upper-case"),
    ("C003", "HTTPS://A.example:443", "default port"),
    ("C003", "https://*.Example.COM", "upper-case"),
    ("C003", "http://LOCALHOST:*", "upper-case"),
    ("C003", "https://XN--RSUM-BPAD.example", "upper-case"),
    ("C003", "Capacitor://localhost", "upper-case"),
    ("C003", "http://[2001:DB8::1]", "upper-case"),
    ("C003", "Null", "upper-case"),
    ("C003", "NULL", "upper-case"),
    # The default port.
    ("C004", "http://a.example:80", "default port"),
    ("C004", "https://a.example:443", "default port"),
    ("C004", "https://*.a.example:443", "default port"),
    ("C004", "http://[::1]:80", "default port"),
    # User info.
    ("C005", "https://u@a.example", "user info"),
    ("C005", "https://u:p@a.example", "user info"),
    ("C005", "https://u:p@*.a.example:8443", "user info"),
    # A query, a fragment.
    ("C006", "https://a.example?", "query"),
    ("C006", "https://a.example?q=1", "query"),
    ("C006", "https://a.example#", "fragment"),
    ("C006", "https://a.example:8443#top", "fragment"),
    # No port of a browser.
    ("C007", "https://a.example:", "without a port"),
    ("C007", "https://a.example:0", "zero"),
    ("C007", "https://a.example:08443", "zero"),
    ("C007", "https://a.example:65536", "65535"),
    ("C007", "https://a.example:123456789012", "65535"),
    ("C007", "https://a.example:http", "no number"),
    ("C007", "https://a.example:-1", "no number"),
    ("C007", "https://a.example:٣", "no number"),
    ("C007", "http://localhost:0*", "zero"),
    ("C007", "http://localhost:70000*", "65535"),
    # An internationalised host.
    ("C008", "https://résumé.example", "ASCII"),
    ("C008", "https://*.résumé.example:*", "ASCII"),
    ("C008", "https://日本.example", "ASCII"),
    ("C008", "https://faß.example", "ASCII"),
    ("C008", "https://a。example", "ASCII"),
    ("C008", f"https://{'é' * 80}.example", "ASCII"),
    ("C003", "https://RÉSUMÉ.example", "ASCII"),
    # An address that is not canonical.
    ("C009", "http://127.1", "canonical"),
    ("C009", "http://127.0.0.01:8080", "canonical"),
    ("C009", "http://127.0.0.1.", "canonical"),
    ("C009", "http://0x7f.0.0.1", "canonical"),
    ("C009", "http://2130706433", "canonical"),
    ("C009", "http://[0:0:0:0:0:0:0:1]", "canonical"),
    ("C009", "http://[::0001]:*", "canonical"),
    ("C009", "http://[::ffff:1.2.3.4]", "canonical"),
    # Pages whose origin is null.
    ("C010", "file:", "null"),
    ("C010", "file:///home/me/page.html", "null"),
    ("C010", "FILE:///C:/page.html", "null"),
    ("C010", "data:text/html,hello", "null"),
    ("C010", "about:blank", "null"),
    ("C010", "about:srcdoc", "null"),
    # A misplaced `*`, an expression.
    ("C011", "http*://a.example", "scheme"),
    ("C011", "*://*.a.example", "scheme"),
    ("C011", "https://*", "'*'"),
    ("C011", "https://*:8443", "'*'"),
    ("C011", "https://a.*.example", "'*'"),
    ("C011", "https://a*.example", "'*'"),
    ("C011", "https://a.*", "'*'"),
    ("C011", "https://*a.example", "'*'"),
    ("C011", "https://*.*.example", "'*'"),
    ("C011", "https://*.127.0.0.1", "no subdomains"),
    ("C011", "https://*.[::1]", "no subdomains"),
    ("C011", "http://localhost:**", "no number"),
    ("C011", "http://localhost:80*0", "no number"),
    ("C011", "http://localhost:[0-9]*", "regular expression"),
    ("C011", r"http://localhost:\d+", "regular expression"),
    ("C011", r"^https://.*\.a\.example$", "regular expression"),
    ("C011", r"https://(a|b)\.example", "regular expression"),
    ("C011", "https://(a.example", "regular expression"),
    # What is no host at all.
    ("C012", "https://", "no host"),
    ("C012", "https://*.", "no host"),
    ("C012", " https://a.example", "white space"),
    ("C012", "https://a.example ", "white space"),
    ("C012", "https://a.example\n", "white space"),
    ("C012", "https://a..example", "no host is written like that"),
    ("C012", "https://.a.example", "no host is written like that"),
    ("C012", "https://a%20b.example", "no host is written like that"),
    ("C012", "https://{tenant}.a.example", "a variable"),
    ("C012", "http://256.1.1.1", "no host is written like that"),
    ("C012", "http://::1", "no host is written like that"),
    ("C012", "http://[::1", "no host is written like that"),
    ("C012", "http://[fe80::1%25eth0]", "no host is written like that"),
    # WebSockets have no origins of their own.
    ("C013", "ws://a.example:8080", "WebSocket"),
    ("C013", "wss://a.example", "WebSocket"),
    ("C013", "wss://a.example:443", "WebSocket"),
    ("C013", "wss://*.a.example", "WebSocket"),
]


@pytest.mark.parametrize(("code", "key", "reason"), REJECTED)
def test_a_key_that_can_never_match_is_told_why(code: str, key: str, reason: str) -> None:
    (finding,) = Layer({key: ResourceOptions()}).findings
    assert finding == examine_key(key)
    assert (finding.code, finding.category) == (code, CorsConfigWarning)
    assert repr(key) in finding.message
    assert reason in finding.message


def test_a_key_that_can_never_match_still_constructs() -> None:
    keys = {key for _, key, _ in REJECTED}
    assert set(Layer({key: ResourceOptions() for key in keys})) == keys


# -- credentials ----------------------------------------------------------------------------------

NOT_RISKY = [
    "https://a.example",
    "https://a.example:8443",
    "https://*.a.example",
    "https://*.a.example:*",
    "http://localhost",
    "http://localhost:3000",
    "http://localhost.",
    "http://localhost:*",
    "http://app.localhost:3000",
    "http://*.localhost",
    "http://*.localhost:*",
    "http://127.0.0.1",
    "http://127.0.0.1:*",
    "http://127.1.2.3:8080",
    "http://[::1]:8080",
    "capacitor://localhost",
    "chrome-extension://abcdefghijklmnop",
    "file://",
    re.compile(r"https://[a-z]+\.example\.com"),
    print,
]


@pytest.mark.parametrize("key", NOT_RISKY)
def test_a_key_that_is_safe_with_credentials_gives_no_finding(key: object) -> None:
    assert list(examine_credentials(key)) == []
    assert Layer({key: ResourceOptions(allow_credentials=True)}).findings == []


RISKY = [
    ("*", ["C201"]),
    ("null", ["C202"]),
    ("http://a.example", ["C203"]),
    ("http://a.example:8080", ["C203"]),
    ("http://a.example:443", ["C203"]),
    ("http://*.a.example", ["C203"]),
    ("http://a.example:*", ["C203"]),
    ("http://printer", ["C203"]),
    ("http://192.168.0.1", ["C203"]),
    ("http://10.0.0.1:*", ["C203"]),
    ("http://[2001:db8::1]", ["C203"]),
    ("http://localhost.evil.example", ["C203"]),
    ("http://notlocalhost", ["C203"]),
    ("http://127.0.0.1.example", ["C203"]),
    ("https://*.com", ["C204"]),
    ("https://*.com.", ["C204"]),
    ("https://*.com:8443", ["C204"]),
    ("https://*.dev:*", ["C204"]),
    ("https://*.xn--p1ai", ["C204"]),
    ("https://*.internal", ["C204"]),
    ("http://*.com", ["C203", "C204"]),
]


@pytest.mark.parametrize(("key", "codes"), RISKY)
def test_a_key_that_is_risky_with_credentials_is_told(key: str, codes: list[str]) -> None:
    findings = Layer({key: ResourceOptions(allow_credentials=True)}).findings
    assert [finding.code for finding in findings] == codes
    assert {finding.category for finding in findings} == {CorsSecurityWarning}
    assert all(repr(key) in finding.message for finding in findings)
    assert all("allow_credentials=True" in finding.message for finding in findings)


@pytest.mark.parametrize("key", [key for key, _ in RISKY])
def test_without_credentials_nothing_is_risky(key: str) -> None:
    assert Layer({key: ResourceOptions()}).findings == []


@pytest.mark.parametrize(
    ("key", "secure"),
    [
        ("http://a.example", "https://a.example"),
        ("http://a.example:8080", "https://a.example:8080"),
        ("http://a.example:443", "https://a.example"),
        ("http://*.a.example:*", "https://*.a.example:*"),
        ("http://http.example", "https://http.example"),
    ],
)
def test_what_to_write_instead_of_plain_http(key: str, secure: str) -> None:
    (finding,) = examine_credentials(key)
    assert finding.hint.endswith(f"write {secure!r}")


def test_what_to_write_instead_of_a_pattern_over_a_public_suffix() -> None:
    (finding,) = examine_credentials("https://*.com")
    assert "'https://*.your-domain.com'" in finding.hint


def test_a_wrong_key_with_credentials_is_told_once() -> None:
    findings = Layer({"http://*/": ResourceOptions(allow_credentials=True)}).findings
    assert [finding.category for finding in findings] == [CorsConfigWarning]


# -- expressions ----------------------------------------------------------------------------------

LISTED = "list the origins, each as a key of its own"
NAMED = "name the origins, as in {'https://app.example': ...}"


@pytest.mark.parametrize(
    ("expression", "code", "what", "hint"),
    [
        (".*", "C206", "'https://evil.example'", NAMED),
        ("[a-z]+", "C205", "'null'", NAMED),
        (r"null|https://a\.example", "C205", "'null'", "write 'https://a.example'"),
        (
            r"https://.*example\.com",
            "C206",
            "'https://evilexample.com'",
            "write 'https://*.example.com' or 'https://example.com'",
        ),
        (r"https?://a.example", "C206", "'http://axexample'", "write 'https://a.example'"),
        (
            "https://[a-z]+.example.com",
            "C206",
            "'https://evilexample.com'",
            r"write re.compile(r'https://[a-z]+\.example\.com')",
        ),
        (r"https://a\.example|.*", "C206", "'https://evil.example'", "write 'https://a.example'"),
        (
            "https?://localhost.*",
            "C206",
            "'http://localhost.evil.example'",
            "write 'http://localhost:*' or 'https://localhost:*'",
        ),
        (r"https://[a-z]+\.com", "C206", "'https://evila.com'", NAMED),
    ],
)
def test_an_expression_that_admits_strangers_is_told_with_credentials(
    expression: str, code: str, what: str, hint: str
) -> None:
    key = re.compile(expression)
    (finding,) = Layer({key: WITH_CREDENTIALS}).findings
    assert (finding.code, finding.category) == (code, CorsSecurityWarning)
    assert finding.message == f"r'{expression}' with allow_credentials=True admits {what}"
    assert finding.hint == hint
    assert Layer({key: ResourceOptions()}).findings == []


WHOLE = "is matched as a whole, and no whole origin is like that"
DEFAULT_PORT = "is matched as a whole, and so with the default port alone"


@pytest.mark.parametrize(
    ("expression", "why", "hint"),
    [
        (
            "^https?://localhost",
            DEFAULT_PORT,
            "write 'http://localhost:*' or 'https://localhost:*' instead",
        ),
        (r"^http://127\.0\.0\.1", DEFAULT_PORT, "write 'http://127.0.0.1:*' instead"),
        ("localhost", WHOLE, "write 'http://localhost:*' or 'https://localhost:*' instead"),
        ("^https://", WHOLE, LISTED),
        (
            r"\.example\.com$",
            WHOLE,
            "write 'http://*.example.com' or 'https://*.example.com' instead",
        ),
        (r"https://a\.example/", WHOLE, "write 'https://a.example' instead"),
        (
            r"^http://192\.168\.",
            WHOLE,
            r"write re.compile(r'http://192\.168\.[0-9]{1,3}\.[0-9]{1,3}') instead",
        ),
    ],
)
def test_an_expression_to_be_searched_is_told_to_be_matched_as_a_whole(
    expression: str, why: str, hint: str
) -> None:
    key = re.compile(expression)
    (finding,) = Layer({key: WITH_CREDENTIALS}).findings
    assert finding == examine_expression(key)
    assert (finding.code, finding.category) == ("C014", CorsConfigWarning)
    assert finding.message == f"the expression r'{expression}' {why}"
    assert finding.hint == hint
    assert Layer({key: ResourceOptions()}).findings == [finding]


@pytest.mark.parametrize(
    "expression",
    [
        "^https?://localhost$",
        r"^https?://localhost(:\d+)?",
        "^http://localhost:3000",
        r"^https://[a-z]+\.example\.com",
        r"https://[a-z]+\.example\.com",
        r"https://.\.example",
        "null|file://",
    ],
)
def test_of_an_expression_that_matches_whole_origins_nothing_is_said(expression: str) -> None:
    assert examine_expression(re.compile(expression)) is None


def test_an_expression_is_told_of_both_mistakes() -> None:
    key = re.compile(r"^http://localhost|https://[a-z]+\.com")
    findings = Layer({key: WITH_CREDENTIALS}).findings
    assert [finding.code for finding in findings] == ["C014", "C206"]


# -- predicates -----------------------------------------------------------------------------------


class Tenants:
    """A predicate without code of its own."""

    def __call__(self, origin: str, request: object) -> bool:
        return origin == "https://tenant.example"


def everybody(origin: str, request: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("predicate", "admitted", "name"),
    [
        (everybody, "http://evil.example", "everybody"),
        (lambda origin, request: True, "http://evil.example", "<lambda>"),
        (
            lambda origin, request: "localhost" in origin,
            "https://localhost.evil.example",
            "<lambda>",
        ),
        (lambda origin, request: origin.endswith("a.example"), "https://evila.example", "<lambda>"),
        (
            lambda origin, request: origin.startswith("https://a.example"),
            "https://a.example.evil.example",
            "<lambda>",
        ),
        (functools.partial(everybody), "http://evil.example", "partial"),
        (
            functools.partial(lambda origin, request: origin.endswith("a.example")),
            "https://evila.example",
            "partial",
        ),
    ],
)
def test_a_predicate_that_admits_strangers_is_found_by_asking_it(
    predicate: Any, admitted: str, name: str
) -> None:
    found = [probe for probe in probes_for(predicate) if predicate(probe, None)]
    assert admitted in found
    finding = examine_admitted(predicate, [admitted])
    assert finding is not None
    assert (finding.code, finding.category) == ("C207", CorsSecurityWarning)
    assert finding.message == (
        f"the predicate {name!r} with allow_credentials=True admits {admitted!r}"
    )
    assert finding.hint == "compare whole origins, as in 'origin in ALLOWED'"


@pytest.mark.parametrize(
    "predicate",
    [
        lambda origin, request: origin in {"https://a.example", "https://b.example"},
        lambda origin, request: origin.endswith(".a.example") or origin == "https://a.example",
        lambda origin, request: False,
        Tenants(),
    ],
)
def test_a_predicate_that_fits_admits_no_stranger(predicate: Any) -> None:
    found = [probe for probe in probes_for(predicate) if predicate(probe, None)]
    assert found == []
    assert examine_admitted(predicate, found) is None


def test_no_predicate_is_called_for_a_warning() -> None:
    def fails(origin: str, request: object) -> bool:
        raise AssertionError(origin)

    assert Layer({fails: WITH_CREDENTIALS}).findings == []


# -- what is told is short ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        *("*", "null", "http://app.example.com", "http://*.example.com:*", "https://*.com"),
        *(re.compile(text) for text in (".*", "[a-z]+", r"https://.*example\.com", "localhost")),
        *("https://app.example.com/", "app.example.com", "https://example.*", "file:///a"),
        "http://localhost:\\d+",
    ],
)
def test_a_warning_fits_two_lines(key: Any) -> None:
    (finding,) = Layer({key: WITH_CREDENTIALS}).findings
    given = f"/srv/app/main.py:12: {finding.category.__name__}: {finding}"
    assert len(given) <= 200, given


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("a.example", "write 'https://a.example' instead"),
        ("http*://*.a.example", "write 'https://*.a.example' instead"),
        ("http://a.example/", "write 'http://a.example' instead"),
        ("localhost:3000", "write 'http://localhost:3000' or 'https://localhost:3000' instead"),
        ("null ", "write 'null' instead"),
    ],
)
def test_with_credentials_no_risk_is_advised_where_there_is_another_key(
    key: str, hint: str
) -> None:
    (finding,) = Layer({key: WITH_CREDENTIALS}).findings
    assert finding.hint == hint
