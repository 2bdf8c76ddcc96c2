"""Which keys can match, what is written instead of the others, and which keys are risky."""

from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType

import pytest

from aiohttp_cors import CorsConfigWarning, CorsSecurityWarning, ResourceOptions
from aiohttp_cors.protocol.origin_keys import (
    examine_credentials,
    examine_key,
    is_origin_key,
    suggest_keys,
)
from aiohttp_cors.protocol.policy import Layer


@pytest.mark.parametrize(
    "key",
    [
        "*",
        "null",
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


def expression(text: str) -> re.Pattern[str]:
    return re.compile(text)


# Code, key, a part of the reason, what to write instead.
REJECTED = [
    # A trailing slash, a path.
    ("C001", "https://a.example/", "trailing slash", ["https://a.example"]),
    ("C001", "https://a.example:8443/", "trailing slash", ["https://a.example:8443"]),
    ("C001", "https://*.a.example/", "trailing slash", ["https://*.a.example"]),
    ("C001", "http://localhost:*/", "trailing slash", ["http://localhost:*"]),
    ("C001", "http://[::1]/", "trailing slash", ["http://[::1]"]),
    ("C001", "https://a.example/path", "path", ["https://a.example"]),
    ("C001", "https://a.example/*", "path", ["https://a.example"]),
    ("C001", "https://*.a.example/*", "path", ["https://*.a.example"]),
    ("C001", "https://a.example/path?q#f", "path", ["https://a.example"]),
    # No scheme.
    ("C002", "a.example", "no scheme", ["http://a.example", "https://a.example"]),
    ("C002", "a.example:8080", "no scheme", ["http://a.example:8080", "https://a.example:8080"]),
    ("C002", "a.example:443", "no scheme", ["http://a.example:443", "https://a.example"]),
    ("C002", "a.example/", "no scheme", ["http://a.example", "https://a.example"]),
    ("C002", "//a.example", "no scheme", ["http://a.example", "https://a.example"]),
    ("C002", "://a.example", "no scheme", ["http://a.example", "https://a.example"]),
    ("C002", "localhost", "no scheme", ["http://localhost", "https://localhost"]),
    ("C002", "localhost:3000", "no scheme", ["http://localhost:3000", "https://localhost:3000"]),
    ("C002", "localhost:*", "no scheme", ["http://localhost:*", "https://localhost:*"]),
    ("C002", "127.0.0.1", "no scheme", ["http://127.0.0.1", "https://127.0.0.1"]),
    ("C002", "[::1]:8080", "no scheme", ["http://[::1]:8080", "https://[::1]:8080"]),
    ("C002", "*.a.example", "no scheme", ["http://*.a.example", "https://*.a.example"]),
    ("C002", "https:a.example", "//", ["https://a.example"]),
    ("C002", "https:/a.example", "//", ["https://a.example"]),
    ("C002", "HTTP:a.example:8080", "//", ["http://a.example:8080"]),
    ("C002", "", "no host", []),
    ("C002", "/", "no host", []),
    # Upper case.
    ("C003", "https://A.example", "upper-case", ["https://a.example"]),
    ("C003", "HTTPS://a.example", "upper-case", ["https://a.example"]),
    ("C003", "HTTPS://A.example:443", "upper-case", ["https://a.example"]),
    ("C003", "HTTPS://A.example:443", "default port", ["https://a.example"]),
    ("C003", "https://*.Example.COM", "upper-case", ["https://*.example.com"]),
    ("C003", "http://LOCALHOST:*", "upper-case", ["http://localhost:*"]),
    ("C003", "https://XN--RSUM-BPAD.example", "upper-case", ["https://xn--rsum-bpad.example"]),
    ("C003", "Capacitor://localhost", "upper-case", ["capacitor://localhost"]),
    ("C003", "http://[2001:DB8::1]", "upper-case", ["http://[2001:db8::1]"]),
    ("C003", "Null", "upper-case", ["null"]),
    ("C003", "NULL", "upper-case", ["null"]),
    # The default port.
    ("C004", "http://a.example:80", "default port", ["http://a.example"]),
    ("C004", "https://a.example:443", "default port", ["https://a.example"]),
    ("C004", "https://*.a.example:443", "default port", ["https://*.a.example"]),
    ("C004", "http://[::1]:80", "default port", ["http://[::1]"]),
    # User info.
    ("C005", "https://u@a.example", "user info", ["https://a.example"]),
    ("C005", "https://u:p@a.example", "user info", ["https://a.example"]),
    ("C005", "https://u:p@*.a.example:8443", "user info", ["https://*.a.example:8443"]),
    # A query, a fragment.
    ("C006", "https://a.example?", "query", ["https://a.example"]),
    ("C006", "https://a.example?q=1", "query", ["https://a.example"]),
    ("C006", "https://a.example#", "fragment", ["https://a.example"]),
    ("C006", "https://a.example:8443#top", "fragment", ["https://a.example:8443"]),
    # No port of a browser.
    ("C007", "https://a.example:", "without a port", ["https://a.example"]),
    ("C007", "https://a.example:0", "zero", []),
    ("C007", "https://a.example:08443", "zero", ["https://a.example:8443"]),
    ("C007", "https://a.example:65536", "65535", []),
    ("C007", "https://a.example:123456789012", "65535", []),
    ("C007", "https://a.example:http", "no number", []),
    ("C007", "https://a.example:-1", "no number", []),
    ("C007", "https://a.example:٣", "no number", []),
    ("C007", "http://localhost:0*", "zero", ["http://localhost:*"]),
    ("C007", "http://localhost:70000*", "65535", ["http://localhost:*"]),
    # An internationalised host.
    ("C008", "https://résumé.example", "ASCII", ["https://xn--rsum-bpad.example"]),
    ("C008", "https://*.résumé.example:*", "ASCII", ["https://*.xn--rsum-bpad.example:*"]),
    ("C008", "https://日本.example", "ASCII", ["https://xn--wgv71a.example"]),
    ("C008", "https://faß.example", "ASCII", ["https://xn--fa-hia.example"]),
    ("C008", "https://a。example", "ASCII", ["https://a.example"]),
    ("C008", f"https://{'é' * 80}.example", "ASCII", []),
    ("C003", "https://RÉSUMÉ.example", "ASCII", ["https://xn--rsum-bpad.example"]),
    # An address that is not canonical.
    ("C009", "http://127.1", "canonical", ["http://127.0.0.1"]),
    ("C009", "http://127.0.0.01:8080", "canonical", ["http://127.0.0.1:8080"]),
    ("C009", "http://127.0.0.1.", "canonical", ["http://127.0.0.1"]),
    ("C009", "http://0x7f.0.0.1", "canonical", ["http://127.0.0.1"]),
    ("C009", "http://2130706433", "canonical", ["http://127.0.0.1"]),
    ("C009", "http://[0:0:0:0:0:0:0:1]", "canonical", ["http://[::1]"]),
    ("C009", "http://[::0001]:*", "canonical", ["http://[::1]:*"]),
    ("C009", "http://[::ffff:1.2.3.4]", "canonical", ["http://[::ffff:102:304]"]),
    # Pages whose origin is null.
    ("C010", "file:", "null", ["null"]),
    ("C010", "file://", "null", ["null"]),
    ("C010", "file:///home/me/page.html", "null", ["null"]),
    ("C010", "FILE:///C:/page.html", "null", ["null"]),
    ("C010", "data:text/html,hello", "null", ["null"]),
    ("C010", "about:blank", "null", ["null"]),
    ("C010", "about:srcdoc", "null", ["null"]),
    # A misplaced `*`, an expression.
    ("C011", "http*://a.example", "scheme", ["http://a.example", "https://a.example"]),
    ("C011", "*://*.a.example", "scheme", ["http://*.a.example", "https://*.a.example"]),
    ("C011", "https://*", "'*'", [expression("https://[a-z0-9.-]+")]),
    ("C011", "https://*:8443", "'*'", [expression("https://[a-z0-9.-]+:8443")]),
    ("C011", "https://a.*.example", "'*'", [expression(r"https://a\.[a-z0-9.-]+\.example")]),
    ("C011", "https://a*.example", "'*'", [expression(r"https://a[a-z0-9.-]+\.example")]),
    ("C011", "https://a.*", "'*'", [expression(r"https://a\.[a-z0-9.-]+")]),
    (
        "C011",
        "https://*a.example",
        "'*'",
        ["https://*.a.example", expression(r"https://[a-z0-9.-]+a\.example")],
    ),
    (
        "C011",
        "https://*.*.example",
        "'*'",
        ["https://*.example", expression(r"https://[a-z0-9.-]+\.[a-z0-9.-]+\.example")],
    ),
    ("C011", "https://*.127.0.0.1", "no subdomains", ["https://127.0.0.1"]),
    ("C011", "https://*.[::1]", "no subdomains", ["https://[::1]"]),
    ("C011", "http://localhost:**", "no number", ["http://localhost:*"]),
    ("C011", "http://localhost:80*0", "no number", ["http://localhost:*"]),
    (
        "C011",
        "http://localhost:[0-9]*",
        "regular expression",
        ["http://localhost:*", expression("http://localhost:[0-9]*")],
    ),
    (
        "C011",
        r"http://localhost:\d+",
        "regular expression",
        ["http://localhost:*", expression(r"http://localhost:\d+")],
    ),
    (
        "C011",
        r"^https://.*\.a\.example$",
        "regular expression",
        ["https://*.a.example", expression(r"^https://.*\.a\.example$")],
    ),
    (
        "C011",
        r"https://(a|b)\.example",
        "regular expression",
        [expression(r"https://(a|b)\.example")],
    ),
    ("C011", "https://(a.example", "regular expression", []),
    # What is no host at all.
    ("C012", "https://", "no host", []),
    ("C012", "https://*.", "no host", []),
    ("C012", " https://a.example", "white space", ["https://a.example"]),
    ("C012", "https://a.example ", "white space", ["https://a.example"]),
    ("C012", "https://a.example\n", "white space", ["https://a.example"]),
    ("C012", "https://a..example", "no host is written like that", []),
    ("C012", "https://.a.example", "no host is written like that", []),
    ("C012", "https://a%20b.example", "no host is written like that", []),
    ("C012", "https://{tenant}.a.example", "no host is written like that", []),
    ("C012", "http://256.1.1.1", "no host is written like that", []),
    ("C012", "http://::1", "no host is written like that", []),
    ("C012", "http://[::1", "no host is written like that", []),
    ("C012", "http://[fe80::1%25eth0]", "no host is written like that", []),
    # WebSockets have no origins of their own.
    ("C013", "ws://a.example:8080", "WebSocket", ["http://a.example:8080"]),
    ("C013", "wss://a.example", "WebSocket", ["https://a.example"]),
    ("C013", "wss://a.example:443", "WebSocket", ["https://a.example"]),
    ("C013", "wss://*.a.example", "WebSocket", ["https://*.a.example"]),
]


@pytest.mark.parametrize(("code", "key", "reason", "suggestions"), REJECTED)
def test_a_key_that_can_never_match_is_told_with_what_to_write(
    code: str, key: str, reason: str, suggestions: list[str | re.Pattern[str]]
) -> None:
    (finding,) = Layer({key: ResourceOptions()}).findings
    assert finding == examine_key(key)
    assert (finding.code, finding.category) == (code, CorsConfigWarning)
    assert repr(key) in finding.message
    assert reason in finding.message
    assert suggest_keys(key) == tuple(suggestions)
    if suggestions:
        assert finding.hint == f"write {' or '.join(map(repr, suggestions))} instead"
    else:
        assert "scheme://host:port" in finding.hint


def test_a_key_that_can_never_match_still_constructs() -> None:
    keys = {key for _, key, _, _ in REJECTED}
    assert set(Layer({key: ResourceOptions() for key in keys})) == keys


def test_a_key_without_end_is_quoted_in_part_and_gets_no_suggestion() -> None:
    key = f"https://a.example/{'x' * 5000}"
    finding = examine_key(key)
    assert finding is not None
    assert repr(key[:200]) in finding.message
    assert len(str(finding)) < 600
    assert suggest_keys(key) == ()


@pytest.mark.parametrize(
    "key",
    [
        "https://a.example https://b.example",
        "https://a.example,https://b.example",
        "https://a.example, https://b.example",
        "https://a.example;https://b.example",
    ],
)
def test_several_origins_in_one_key_never_suggest_a_third_one(key: str) -> None:
    assert set(suggest_keys(key)) <= {"https://a.example", "https://b.example"}


@pytest.mark.parametrize(
    "key",
    [
        "https://a.example https://b.example",
        "https://a.example,https://b.example",
        "https://a.example, https://b.example",
    ],
)
def test_several_origins_in_one_key_are_not_said_to_have_a_path(key: str) -> None:
    finding = examine_key(key)
    assert finding is not None
    assert "path" not in finding.message
    assert "without a port" not in finding.message


@pytest.mark.parametrize("key", ["null ", " null", "null\n"])
def test_white_space_around_null_is_called_white_space(key: str) -> None:
    finding = examine_key(key)
    assert finding is not None
    assert "white space" in finding.message
    assert "upper-case" not in finding.message
    assert suggest_keys(key) == ("null",)


@pytest.mark.parametrize("key", ["* ", " *", "*/"])
def test_a_blurred_star_suggests_the_star(key: str) -> None:
    assert suggest_keys(key) == ("*",)


@pytest.mark.parametrize(
    "key",
    ["chrome-extension://*", "moz-extension://*", "chrome-extension://abc*", "app://a.*.b"],
)
def test_a_misplaced_star_is_told_under_every_scheme(key: str) -> None:
    finding = examine_key(key)
    assert finding is not None
    assert finding.code == "C011"


@pytest.mark.parametrize("key", ["http://[::12:8080", "http://[::12", "http://[::1x:8080"])
def test_a_bracket_that_is_not_closed_suggests_no_other_address(key: str) -> None:
    assert not set(suggest_keys(key)) & {"http://[::1]:8080", "http://[::1]"}


@pytest.mark.parametrize(
    ("key", "nonsense"),
    [
        ("https//a.example", "http://https"),
        ("http:", "http://http"),
        ("https:", "http://https"),
    ],
)
def test_a_scheme_is_not_taken_for_a_host(key: str, nonsense: str) -> None:
    assert nonsense not in suggest_keys(key)


@pytest.mark.parametrize("key", ["https?://app.a.example", "^https://app.a.example$"])
def test_no_expression_that_is_suggested_lets_the_dot_of_a_host_be_any_letter(key: str) -> None:
    for suggestion in suggest_keys(key):
        if isinstance(suggestion, re.Pattern):
            assert not suggestion.fullmatch("https://appxa.example")


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
    re.compile("http://.*"),
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


# -- public suffixes ------------------------------------------------------------------------------


def loaded_anew() -> ModuleType:
    """The module as a fresh process would have it."""
    spec = importlib.util.find_spec("aiohttp_cors.protocol.origin_keys")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUBLIC_SUFFIXES = [
    # Key, told with the list, told without it.
    ("https://*.com", True, True),
    ("https://*.uk", True, True),
    ("https://*.co.uk", True, False),
    ("https://*.co.uk.", True, False),
    ("https://*.com.au:*", True, False),
    ("https://*.github.io", True, False),
    ("https://*.netlify.app", True, False),
    ("https://*.vercel.app", True, False),
    ("https://*.xn--55qx5d.cn", True, False),
    ("https://*.a.co.uk", False, False),
    ("https://*.a.github.io", False, False),
    ("https://*.example.com", False, False),
    ("https://*.localhost", False, False),
    ("https://co.uk", False, False),
    ("https://co.uk:*", False, False),
]


@pytest.mark.parametrize(
    ("key", "told"), [(key, with_list) for key, with_list, _ in PUBLIC_SUFFIXES]
)
def test_with_the_list_every_public_suffix_is_known(key: str, told: bool) -> None:
    pytest.importorskip("publicsuffixlist")
    findings = list(loaded_anew().examine_credentials(key))
    assert [finding.code for finding in findings] == ["C204"] * told


@pytest.mark.parametrize(
    ("key", "told"), [(key, without_list) for key, _, without_list in PUBLIC_SUFFIXES]
)
def test_without_the_list_top_level_domains_are_known(
    key: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)  # importing it then fails
    findings = list(loaded_anew().examine_credentials(key))
    assert [finding.code for finding in findings] == ["C204"] * told
