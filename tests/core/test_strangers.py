"""Origins near those that somebody means: which they are, and which expressions admit them."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from types import ModuleType

import pytest
from hypothesis import given

from aiohttp_cors.protocol.origins import Origin, is_serialised_origin
from aiohttp_cors.protocol.strangers import (
    first_stranger,
    has_default_port_only,
    is_public_suffix,
    matches_no_origin,
    origins_admitted,
    site_of,
    strangers_near,
    strangers_to,
)

from .strategies import origins


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("a.example.com.", "example.com."),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("com", "com"),
        ("printer", "printer"),
        ("localhost", "localhost"),
        ("a.localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("192.168.1.10", "192.168.1.10"),
        ("[::1]", "[::1]"),
    ],
)
def test_what_of_a_host_belongs_to_one_owner(host: str, site: str) -> None:
    assert site_of(host) == site


def test_strangers_are_what_others_may_register() -> None:
    near = list(map(str, strangers_near(Origin("https", "app.example.com", "8443"))))
    assert near == [
        "https://evilexample.com:8443",
        "https://evil-example.com:8443",
        "https://www.evilexample.com:8443",
        "https://app.example.com.evil.example:8443",
        "https://app.example.comevil.example:8443",
        "https://app.example.comevil:8443",
        "https://app.example.xyz:8443",
        "https://app.example.to:8443",
        "https://appxexample.com:8443",
        "https://app.examplexcom:8443",
    ]


@pytest.mark.parametrize(
    ("origin", "near"),
    [
        (Origin("http", "[::1]", ""), []),
        (Origin("http", "127.0.0.1", ""), ["evil127.0.0.1.evil.example"]),
        (Origin("http", "printer", ""), ["printer.evil.example"]),
    ],
)
def test_strangers_are_origins_with_a_domain(origin: Origin, near: list[str]) -> None:
    found = list(strangers_near(origin))
    assert all(is_serialised_origin(str(stranger)) for stranger in found)
    assert all("." in stranger.host for stranger in found)
    assert bool(found) == bool(near)


@given(origins)
def test_nobody_is_a_stranger_to_oneself(text: str) -> None:
    origin = Origin.parse(text)
    assert origin is not None
    site = site_of(origin.host)
    for stranger in strangers_near(origin):
        assert is_serialised_origin(str(stranger))
        assert stranger.host != site
        assert not stranger.host.endswith(f".{site}")


# An expression, and the first stranger that it admits.
WIDE = [
    (".*", "https://evil.example"),
    ("https://.*", "https://evil.example"),
    ("https://.+", "https://evil.example"),
    ("https?://[^/]+", "https://evil.example"),
    (r"https://\S+", "https://evil.example"),
    ("http://.*", "http://evil.example"),
    ("http://.*:3000", "http://www.evila:3000"),
    (r"https://.*:8443", "https://evil.example:8443"),
    ("[a-z]+", "null"),
    (r"null|https://a\.example", "null"),
    (r"https://.*example\.com", "https://evilexample.com"),
    (r"https://.+example\.com", "https://evilaexample.com"),
    (r"https://[a-z0-9.-]+example\.com", "https://evilaexample.com"),
    (r"https://[a-z0-9-]+example\.com", "https://evilaexample.com"),
    (r"https://\w*example\.co\.uk", "https://evilexample.co.uk"),
    (r".*example\.com", "https://evilexample.com"),
    (r"(?i)https://.*example\.com", "https://evilexample.com"),
    (r"https?://.*example\.com(:\d+)?", "http://evilexample.com"),
    ("https://example.com", "https://examplexcom"),
    ("https://app.example.com", "https://appxexample.com"),
    ("https://[a-z]+.example.com", "https://evilexample.com"),
    ("https://.*.example.com", "https://evilaexample.com"),
    (r"https://(www.)?example\.com", "https://wwwxexample.com"),
    (r"https?://(.+\.)*example.com(:\d+)?", "http://examplexcom"),
    (r"https://a\.example|.*", "https://evil.example"),
    (r"https://a\.example|https://b\.example.*", "https://b.example.evil.example"),
    (r"https://a\.example\.com.*", "https://a.example.com.evil.example"),
    (r"https://.*\.example\.com.*", "https://a.example.com.evil.example"),
    ("https?://localhost.*", "http://localhost.evil.example"),
    (r"http://192\.168\.1\..*", "http://192.168.1.a.evil.example"),
    (r"https://example\.[a-z]+", "https://example.aevil"),
    (r"https://example\.com[a-z]*", "https://example.comevil"),
    (r"https://example\.[a-z]{3}", "https://example.xyz"),
    (r"https://example\.[a-z]{2}", "https://example.to"),
    (r"https://example\.(com|[a-z.]+)", "https://example.com.evil.example"),
    (r"https://[a-z0-9-]+\.com", "https://evila.com"),
    (r"https://([a-z]+\.)+co\.uk", "https://evila.co.uk"),
    (r"(https://a\.example)?.*", "https://evil.example"),
    (
        "|".join([rf"https://a{i}\.example\.com" for i in range(40)] + ["https://b.example.com"]),
        "https://bxexample.com",
    ),
]


@pytest.mark.parametrize(("expression", "stranger"), WIDE)
def test_a_stranger_whom_an_expression_admits_is_found(expression: str, stranger: str) -> None:
    assert re.fullmatch(expression, stranger)
    assert first_stranger(re.compile(expression)) == stranger


FITTING = [
    r"https://([a-z0-9-]+\.)*example\.com",
    r"https://[a-z0-9-]+\.example\.com(:[0-9]+)?",
    r"https://deploy-preview-[0-9]+--mysite\.netlify\.app",
    r"https://my-app-[a-z0-9]+-my-team\.vercel\.app",
    r"https://.*\.example\.com",
    r"https://.+\.example\.com",
    r"https://(.*\.)?example\.com",
    r"https?://localhost(:\d+)?",
    r"http://localhost:.*",
    r"http://localhost:[0-9]{4,5}",
    r"http://127\.0\.0\.1:\d+",
    r"http://\[::1\]:\d+",
    r"http://[a-z]+\.localhost(:\d+)?",
    r"http://192\.168\.1\.[0-9]{1,3}",
    r"http://192\.168\.[0-9]{1,3}\.[0-9]{1,3}(:[0-9]+)?",
    r"https://(a|b|c)\.example\.com",
    r"https://(www\.)?example\.(com|org|net)",
    r"https://example\.(com|to|xyz)",
    r"https://(a|.*b)\.example\.com",
    r"https://[^.]+\.example\.com",
    r"^https://\w+\.example\.com$",
    r"https://[\w.-]+\.example\.com",
    r"https://(?!evil)[a-z]+\.example\.com",
    r"https://[a-z]+\.example\.co\.uk",
    r"https://a\.example\.com\Z",
    r"https://pr-\d+\.preview\.example\.dev",
    r"https://tenant[0-9]+\.example\.com",
    r"http://[a-z]+:3000",
    "chrome-extension://[a-p]{32}",
    "moz-extension://[0-9a-f-]{36}",
    "capacitor://localhost",
    r"file://|https://a\.example",
    "never",
]


@pytest.mark.parametrize("expression", FITTING)
def test_of_an_expression_that_fits_nothing_is_said(expression: str) -> None:
    assert first_stranger(re.compile(expression)) is None


SLOW = [
    "(.*)*x",
    "(.|.)*x",
    "((.*)*)*x",
    "(x+x+)+y",
    ".*.*.*.*.*.*.*.*x",
    "(a|a|a)*https://([a-z]+)+!",
    r"https://([a-z0-9-]+)+\.example\.com",
    "https://(([a-z])+.)+[A-Z]([a-z])+",
    "(?:https://[a-z.]+)+!",
    "|".join(rf"https://site{i}\.example\.com" for i in range(5000)),
    "(" * 90 + "a" + ")" * 90,
    "(a|b)" * 90,
    "a?" * 300 + "a" * 300,
]


@pytest.mark.parametrize("expression", SLOW)
def test_no_expression_takes_long(expression: str) -> None:
    compiled = re.compile(expression)
    begin = time.process_time()
    first_stranger(compiled)
    matches_no_origin(compiled)
    has_default_port_only(compiled)
    assert time.process_time() - begin < 3


def test_nothing_is_told_of_what_could_not_be_tried_in_time() -> None:
    slow = re.compile("(?:https://[a-z.]+)+!")
    assert first_stranger(slow) is None
    assert origins_admitted(slow) == []


@pytest.mark.parametrize(
    ("expression", "yes"),
    [
        ("localhost", True),
        ("https://", True),
        (r"\.example\.com$", True),
        (r"example\.com", True),
        (r"https://a\.example/", True),
        (r"https://a\.example/.*", True),
        (r"https://a\.example:443", True),
        (r"^http://192\.168\.", True),
        ("HTTPS://A", True),
        ("^https?://localhost", False),
        (r".*\.example\.com", False),
        ("[a-z]+", False),  # null
        ("file:.*", False),
        ("https://.*", False),
        (r"(?!x)https://a\.example", False),
        ("x(?!x)", True),
        (r"\d\D(?=x)", False),  # of which nothing is known
        ("a" * 5000, False),
        ("x|" * 1999 + "xx", True),
        ("x|" * 1999 + "xxx", False),  # which is too long to be looked at
    ],
)
def test_which_expressions_match_nothing_that_is_sent(expression: str, yes: bool) -> None:
    assert matches_no_origin(re.compile(expression)) is yes


@pytest.mark.parametrize(
    ("expression", "yes"),
    [
        ("https?://localhost", True),
        (r"http://(localhost|127\.0\.0\.1)", True),
        (r"http://\[::1\]", True),
        (r"http://localhost(:\d+)?", False),
        ("http://localhost:3000", False),
        ("http://localhost.*", False),
        (r"https://a\.example", False),
        ("localhost", False),
    ],
)
def test_which_expressions_leave_the_ports_of_this_machine_out(expression: str, yes: bool) -> None:
    assert has_default_port_only(re.compile(expression)) is yes


def test_what_a_predicate_is_asked_about() -> None:
    assert strangers_to([]) == (
        "https://evil.example",
        "http://evil.example",
        "https://evil.example:8443",
        "null",
    )
    asked = strangers_to(["a.example.com", "localhost"])
    assert {"https://evilexample.com", "https://axexample.com", "null"} <= set(asked)
    assert "https://localhost.evil.example" in asked
    assert len(strangers_to(f"a.example{i}.com" for i in range(1000))) == 60


# -- public suffixes ------------------------------------------------------------------------------


def without_the_list(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as a process without the optional package would have it."""
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)  # importing it then fails
    spec = importlib.util.find_spec("aiohttp_cors.protocol.strangers")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SUFFIXES = [
    # Domain, told with the list, told without it.
    ("com", True, True),
    ("com.", True, True),
    ("internal", True, True),
    ("xn--p1ai", True, True),
    ("co.uk", True, False),
    ("co.uk.", True, False),
    ("com.au", True, False),
    ("github.io", True, False),
    ("netlify.app", True, False),
    ("vercel.app", True, False),
    ("xn--55qx5d.cn", True, False),
    ("a.co.uk", False, False),
    ("a.github.io", False, False),
    ("example.com", False, False),
    ("localhost", False, False),
    ("127.0.0.1", False, False),
]


@pytest.mark.parametrize(("domain", "public"), [(domain, known) for domain, known, _ in SUFFIXES])
def test_with_the_list_every_public_suffix_is_known(domain: str, public: bool) -> None:
    pytest.importorskip("publicsuffixlist")
    assert is_public_suffix(domain) is public


@pytest.mark.parametrize(("domain", "public"), [(domain, known) for domain, _, known in SUFFIXES])
def test_without_the_list_top_level_domains_are_known(
    domain: str, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert without_the_list(monkeypatch).is_public_suffix(domain) is public


def test_without_the_list_the_likes_of_co_uk_are_no_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    module = without_the_list(monkeypatch)
    assert module.site_of("a.example.co.uk") == "example.co.uk"
    assert module.site_of("a.example.de") == "example.de"
    assert module.first_stranger(re.compile(r"https://.*example\.com\.au")) is not None
