"""What a browser can send in ``Origin``, and which origins a pattern admits."""

from __future__ import annotations

import pytest

from aiohttp_cors.protocol.origins import (
    MAX_ORIGIN_LENGTH,
    Origin,
    OriginPattern,
    PatternIndex,
    canonical_ipv4,
    canonical_ipv6,
    default_port,
    is_loopback_host,
    is_serialised_origin,
    split_port,
)

A63 = "a" * 63
LONGEST_DOMAIN = f"{A63}.{A63}.{A63}.{'a' * 61}"  # 253 bytes


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port"),
    [
        ("https://a.example", "https", "a.example", ""),
        ("http://a.example", "http", "a.example", ""),
        ("https://a.example:8443", "https", "a.example", "8443"),
        ("https://a.example:80", "https", "a.example", "80"),
        ("http://a.example:443", "http", "a.example", "443"),
        ("http://a.example:1", "http", "a.example", "1"),
        ("http://a.example:65535", "http", "a.example", "65535"),
        ("http://localhost", "http", "localhost", ""),
        ("http://localhost:3000", "http", "localhost", "3000"),
        ("https://a.example.", "https", "a.example.", ""),
        ("https://a_b.example", "https", "a_b.example", ""),
        ("https://1.a.example", "https", "1.a.example", ""),
        ("https://3com.example", "https", "3com.example", ""),
        ("https://xn--rsum-bpad.example", "https", "xn--rsum-bpad.example", ""),
        (f"https://{A63}.example", "https", f"{A63}.example", ""),
        (f"https://{LONGEST_DOMAIN}", "https", LONGEST_DOMAIN, ""),
        (f"https://{LONGEST_DOMAIN}.:65535", "https", f"{LONGEST_DOMAIN}.", "65535"),
        ("http://127.0.0.1:8080", "http", "127.0.0.1", "8080"),
        ("http://255.255.255.255", "http", "255.255.255.255", ""),
        ("http://[::1]", "http", "[::1]", ""),
        ("http://[2001:db8::1]:8080", "http", "[2001:db8::1]", "8080"),
        ("http://[::ffff:102:304]", "http", "[::ffff:102:304]", ""),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension", "abcdefghijklmnop", ""),
        ("moz-extension://0c1b-22", "moz-extension", "0c1b-22", ""),
        ("safari-web-extension://0C1B-22", "safari-web-extension", "0C1B-22", ""),
        ("capacitor://localhost", "capacitor", "localhost", ""),
        ("app://Main", "app", "Main", ""),
        ("app://[::1]:80", "app", "[::1]", "80"),
    ],
)
def test_an_origin_is_its_scheme_host_and_port(
    text: str, scheme: str, host: str, port: str
) -> None:
    assert Origin.parse(text) == Origin(scheme, host, port)
    assert is_serialised_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null ",
        "Null",
        "a.example",
        "//a.example",
        "https:a.example",
        "https:/a.example",
        "https//a.example",
        "://a.example",
        "https://",
        "https://:8443",
        "https://a.example/",
        "https://a.example/path",
        "https://a.example?q",
        "https://a.example#f",
        "https://a.example\\",
        "https://u@a.example",
        "https://u:p@a.example",
        "https://@a.example",
        "HTTPS://a.example",
        "https://A.example",
        "http://a.example:80",
        "https://a.example:443",
        "https://a.example:",
        "https://a.example:0",
        "https://a.example:08443",
        "https://a.example:65536",
        "https://a.example:99999",
        "https://a.example:100000",
        "https://a.example:+8443",
        "https://a.example:8_443",
        "https://a.example:8443a",
        "https://a.example:٨٤٤٣",
        "https://a.example:80:80",
        "https://a..example",
        "https://.a.example",
        "https://a.example..",
        "https://.",
        "https://a b.example",
        "https://a%20b.example",
        "https://a!b.example",
        "https://a*.example",
        "https://*.example",
        "https://résumé.example",
        "https://\uff41.example",
        "https://a.example\n",
        "\nhttps://a.example",
        " https://a.example",
        "https://a.example ",
        "https://a.example\x00",
        "https://a\udc80.example",
        "https://a.example, https://b.example",
        "https://a.example https://b.example",
        f"https://{'a' * 64}.example",
        f"https://{LONGEST_DOMAIN}a",
        "http://127.1",
        "http://127.0.0.01",
        "http://127.0.0.1.",
        "http://0x7f.0.0.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://256.0.0.1",
        "http://1.2.3.4.5",
        "http://a.1",
        "http://a.09",
        "http://a.0x1",
        "http://[::1",
        "http://::1",
        "http://[]",
        "http://[:::1]",
        "http://[0:0:0:0:0:0:0:1]",
        "http://[::0001]",
        "http://[::FFFF]",
        "http://[::ffff:1.2.3.4]",
        "http://[fe80::1%25eth0]",
        "http://[v1.a]",
        "file:///",
        "file://a.example",
        "ws://a.example",
        "wss://a.example",
        "data://a.example",
        "about://blank",
        "blob://a.example",
        "javascript://a.example",
        "chrome-extension://ABCDEFGHIJKLMNOP",
        "moz-extension://0C1B-22",
        "1app://main",
        "app://a/b",
        "app://",
    ],
)
def test_no_browser_sends(text: str) -> None:
    assert Origin.parse(text) is None
    assert not is_serialised_origin(text)


@pytest.mark.parametrize("text", ["null", "file://"])
def test_what_names_no_site_is_serialised_and_has_no_parts(text: str) -> None:
    assert is_serialised_origin(text)
    assert Origin.parse(text) is None


def test_no_browser_sends_more_than_the_longest_origin() -> None:
    longest = f"app://{'a' * (MAX_ORIGIN_LENGTH - 6)}"
    assert Origin.parse(longest) == Origin("app", "a" * (MAX_ORIGIN_LENGTH - 6), "")
    assert Origin.parse(f"{longest}a") is None


ANY_LABELS = "https://*.example.com"
ANY_PORT = "http://localhost:*"
PORTS_800 = "http://localhost:800*"
BOTH = "https://*.example.com:*"


@pytest.mark.parametrize(
    ("pattern", "origin", "admitted"),
    [
        # One or more labels, and never the bare domain.
        (ANY_LABELS, "https://a.example.com", True),
        (ANY_LABELS, "https://a.b.example.com", True),
        (ANY_LABELS, "https://a.b.c.d.e.f.example.com", True),
        (ANY_LABELS, "https://1.example.com", True),
        (ANY_LABELS, "https://1.2.3.4.example.com", True),
        (ANY_LABELS, "https://a-b.example.com", True),
        (ANY_LABELS, "https://a_b.example.com", True),
        (ANY_LABELS, "https://_dmarc.example.com", True),
        (ANY_LABELS, "https://xn--rsum-bpad.example.com", True),
        (ANY_LABELS, "https://example.com.example.com", True),
        (ANY_LABELS, f"https://{A63}.example.com", True),
        (ANY_LABELS, "https://example.com", False),
        (ANY_LABELS, "https://.example.com", False),
        (ANY_LABELS, "https://a..example.com", False),
        (ANY_LABELS, "https://..example.com", False),
        (ANY_LABELS, "https://*.example.com", False),
        (ANY_LABELS, f"https://{A63}a.example.com", False),
        # Labels, and not any end of a name.
        (ANY_LABELS, "https://aexample.com", False),
        (ANY_LABELS, "https://a-example.com", False),
        (ANY_LABELS, "https://a_example.com", False),
        (ANY_LABELS, "https://a.example.com.evil.com", False),
        (ANY_LABELS, "https://a.example.comevil.com", False),
        (ANY_LABELS, "https://a.example.com.", False),
        (ANY_LABELS, "https://a.example.co", False),
        (ANY_LABELS, "https://a.example.com.au", False),
        # Bytes of a host, and nothing that another parser could take for its end.
        (ANY_LABELS, "https://evil/.example.com", False),
        (ANY_LABELS, "https://evil\\.example.com", False),
        (ANY_LABELS, "https://evil?.example.com", False),
        (ANY_LABELS, "https://evil#.example.com", False),
        (ANY_LABELS, "https://evil.com:443.example.com", False),
        (ANY_LABELS, "https://evil.com:.example.com", False),
        (ANY_LABELS, "https://evil%2f.example.com", False),
        (ANY_LABELS, "https://evil .example.com", False),
        (ANY_LABELS, "https://evil\t.example.com", False),
        (ANY_LABELS, "https://evil\x00.example.com", False),
        (ANY_LABELS, "https://evil`.example.com", False),
        (ANY_LABELS, "https://evil,.example.com", False),
        (ANY_LABELS, "https://é.example.com", False),
        (ANY_LABELS, "https://\u3002.example.com", False),
        (ANY_LABELS, "https://a\u3002example.com", False),
        (ANY_LABELS, "https://u@a.example.com", False),
        (ANY_LABELS, "https://u:p@a.example.com", False),
        (ANY_LABELS, "https://a@.example.com", False),
        (ANY_LABELS, "https://a.example.com\n", False),
        (ANY_LABELS, "https://a.example.com/", False),
        (ANY_LABELS, "https://a.example.com, https://evil.com", False),
        # The case in which browsers serialise.
        (ANY_LABELS, "https://A.example.com", False),
        (ANY_LABELS, "https://a.EXAMPLE.com", False),
        (ANY_LABELS, "HTTPS://a.example.com", False),
        # The scheme and the port are the pattern's.
        (ANY_LABELS, "http://a.example.com", False),
        (ANY_LABELS, "wss://a.example.com", False),
        (ANY_LABELS, "httpss://a.example.com", False),
        (ANY_LABELS, "app://a.example.com", False),
        (ANY_LABELS, "https://a.example.com:443", False),
        (ANY_LABELS, "https://a.example.com:8443", False),
        (ANY_LABELS, "https://a.example.com:", False),
        (ANY_LABELS, "null", False),
        (ANY_LABELS, "", False),
        ("https://*.example.com:8443", "https://a.example.com:8443", True),
        ("https://*.example.com:8443", "https://a.example.com", False),
        ("https://*.example.com:8443", "https://a.example.com:84430", False),
        ("https://*.example.com:8443", "https://a.example.com:844", False),
        ("https://*.example.com.", "https://a.example.com.", True),
        ("https://*.example.com.", "https://a.example.com", False),
        ("https://*.com", "https://a.b.com", True),
        ("https://*.xn--p1ai", "https://xn--80a.xn--p1ai", True),
        ("https://*.a_b.example", "https://x.a_b.example", True),
        ("app://*.main", "app://a.main", True),
        # Any port, or none.
        (ANY_PORT, "http://localhost", True),
        (ANY_PORT, "http://localhost:1", True),
        (ANY_PORT, "http://localhost:443", True),
        (ANY_PORT, "http://localhost:3000", True),
        (ANY_PORT, "http://localhost:65535", True),
        (ANY_PORT, "http://localhost:80", False),
        (ANY_PORT, "http://localhost:0", False),
        (ANY_PORT, "http://localhost:00", False),
        (ANY_PORT, "http://localhost:03000", False),
        (ANY_PORT, "http://localhost:65536", False),
        (ANY_PORT, "http://localhost:70000", False),
        (ANY_PORT, "http://localhost:123456", False),
        (ANY_PORT, "http://localhost:", False),
        (ANY_PORT, "http://localhost:*", False),
        (ANY_PORT, "http://localhost:+80", False),
        (ANY_PORT, "http://localhost:-80", False),
        (ANY_PORT, "http://localhost:8e3", False),
        (ANY_PORT, "http://localhost:0x50", False),
        (ANY_PORT, "http://localhost: 80", False),
        (ANY_PORT, "http://localhost:\uff13000", False),
        (ANY_PORT, "http://localhost:80.evil.com", False),
        (ANY_PORT, "http://localhost:3000.evil.com", False),
        (ANY_PORT, "http://localhost:3000@evil.com", False),
        (ANY_PORT, "http://localhost:3000:3000", False),
        (ANY_PORT, "http://localhost:3000/", False),
        (ANY_PORT, "http://localhost.", False),
        (ANY_PORT, "http://localhost.:3000", False),
        (ANY_PORT, "http://localhost.evil.com", False),
        (ANY_PORT, "http://evil-localhost:3000", False),
        (ANY_PORT, "http://a.localhost:3000", False),
        (ANY_PORT, "http://127.0.0.1:3000", False),
        (ANY_PORT, "http://[::1]:3000", False),
        (ANY_PORT, "https://localhost:3000", False),
        (ANY_PORT, "http://LOCALHOST:3000", False),
        ("https://localhost:*", "https://localhost:80", True),
        ("https://localhost:*", "https://localhost:443", False),
        ("capacitor://localhost:*", "capacitor://localhost:80", True),
        ("http://127.0.0.1:*", "http://127.0.0.1:5000", True),
        ("http://127.0.0.1:*", "http://127.1:5000", False),
        ("http://127.0.0.1:*", "http://127.0.0.01:5000", False),
        ("http://127.0.0.1:*", "http://0x7f.0.0.1:5000", False),
        ("http://127.0.0.1:*", "http://2130706433:5000", False),
        ("http://127.0.0.1:*", "http://127.0.0.1.:5000", False),
        ("http://127.0.0.1:*", "http://127.0.0.1.evil.com:5000", False),
        ("http://[::1]:*", "http://[::1]", True),
        ("http://[::1]:*", "http://[::1]:5000", True),
        ("http://[::1]:*", "http://[::01]:5000", False),
        ("http://[::1]:*", "http://[0:0:0:0:0:0:0:1]:5000", False),
        ("http://[::1]:*", "http://::1:5000", False),
        # Ports whose digits begin so.
        (PORTS_800, "http://localhost:800", True),
        (PORTS_800, "http://localhost:8000", True),
        (PORTS_800, "http://localhost:8009", True),
        (PORTS_800, "http://localhost", False),
        (PORTS_800, "http://localhost:80", False),
        (PORTS_800, "http://localhost:8010", False),
        (PORTS_800, "http://localhost:18000", False),
        (PORTS_800, "http://localhost:80000", False),
        (PORTS_800, "http://localhost:0800", False),
        (PORTS_800, "http://localhost:800*", False),
        ("http://localhost:6553*", "http://localhost:65535", True),
        ("http://localhost:6553*", "http://localhost:65536", False),
        ("http://localhost:80*", "http://localhost:80", False),
        ("http://localhost:80*", "http://localhost:8080", True),
        # Both together.
        (BOTH, "https://a.example.com", True),
        (BOTH, "https://a.b.example.com:8443", True),
        (BOTH, "https://example.com:8443", False),
        (BOTH, "https://a.example.com:443", False),
        (BOTH, "https://a.example.com:8443.evil.com", False),
        (BOTH, "http://a.example.com:8443", False),
        ("http://*.localhost:30*", "http://a.localhost:3000", True),
        ("http://*.localhost:30*", "http://a.localhost:4000", False),
        ("http://*.localhost:30*", "http://localhost:3000", False),
    ],
)
def test_a_pattern_admits(pattern: str, origin: str, admitted: bool) -> None:
    key = OriginPattern.parse(pattern)
    assert key is not None
    parsed = Origin.parse(origin)
    assert (parsed is not None and key.admits(parsed)) is admitted


@pytest.mark.parametrize(
    "key",
    [
        "*",
        "null",
        "https://a.example",
        "http://localhost:3000",
        "*.example.com",
        "https://*",
        "https://*:*",
        "https://*.",
        "https://*.*",
        "https://**.example.com",
        "https://*.*.example.com",
        "https://a*.example.com",
        "https://*a.example.com",
        "https://a.*.example.com",
        "https://a.example.*",
        "http*://a.example",
        "*://a.example",
        "https://*.example.com/",
        "https://u@*.example.com",
        "https://*.Example.com",
        "HTTPS://*.example.com",
        "https://*.example.com:443",
        "https://*.127.0.0.1",
        "https://*.[::1]",
        "https://*.1",
        "http://localhost:**",
        "http://localhost:*0",
        "http://localhost:8*0",
        "http://localhost:0*",
        "http://localhost:65536*",
        "http://localhost:655350*",
        "http://localhost:*:*",
        "http://localhost:a*",
        "file://*.example.com",
        "wss://*.example.com",
        "chrome-extension://*",
    ],
)
def test_no_pattern_is(key: str) -> None:
    assert OriginPattern.parse(key) is None


# -- many patterns --------------------------------------------------------------------------------


def index_of(*keys: str) -> PatternIndex[str]:
    patterns = ((OriginPattern.parse(key), key) for key in keys)
    return PatternIndex((pattern, key) for pattern, key in patterns if pattern is not None)


KEYS = (
    "https://*.b.example",
    "https://*.a.b.example",
    "http://localhost:8080*",
    "http://localhost:80*",
    "http://localhost:*",
    "https://*.b.example:*",
    "https://*.example",
    "http://*.b.example",
)


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        ("https://x.a.b.example", "https://*.b.example"),
        ("https://a.b.example", "https://*.b.example"),
        ("https://a.b.example:8443", "https://*.b.example:*"),
        ("https://b.example", "https://*.example"),
        ("https://x.c.example", "https://*.example"),
        ("http://x.b.example", "http://*.b.example"),
        ("http://localhost:8080", "http://localhost:8080*"),
        ("http://localhost:8081", "http://localhost:80*"),
        ("http://localhost", "http://localhost:*"),
        ("http://x.example", None),
        ("https://example", None),
        ("https://a.test", None),
    ],
)
def test_the_first_of_the_patterns_that_admit_an_origin_counts(
    origin: str, key: str | None
) -> None:
    parsed = Origin.parse(origin)
    assert parsed is not None
    assert index_of(*KEYS).find(parsed) == key


def test_an_index_of_patterns_is_true_where_it_has_some() -> None:
    assert index_of("https://*.a.example")
    assert index_of("http://localhost:*")
    assert not index_of()


# -- hosts and ports ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("1.2.772", "1.2.3.4"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0x", "0.0.0.0"),  # noqa: S104 - nothing is bound to it
        ("4294967295", "255.255.255.255"),
        ("4294967296", None),
        ("256.0.0.1", None),
        ("1.2.3.256", None),
        ("1.2.3.4.5", None),
        ("1.2.3.08", None),
        ("1.2.3.0xg", None),
        ("1..2.3", None),
        ("a.example", None),
        ("", None),
        ("1" * 65, None),
    ],
)
def test_the_canonical_form_of_an_ipv4_address(host: str, canonical: str | None) -> None:
    assert canonical_ipv4(host) == canonical


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("[::1]", "[::1]"),
        ("[::]", "[::]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[2001:0DB8::0001]", "[2001:db8::1]"),
        ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
        ("[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
        ("[::1.2.3.4]", "[::102:304]"),
        ("[::ffff:1.2.3.4]", "[::ffff:102:304]"),
        ("[::ffff:0.0.0.1]", "[::ffff:0:1]"),
        ("[:::1]", None),
        ("[1:2]", None),
        ("[]", None),
    ],
)
def test_the_canonical_form_of_an_ipv6_address(host: str, canonical: str | None) -> None:
    assert canonical_ipv6(host) == canonical


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("localhost.", True),
        ("a.localhost", True),
        ("a.b.localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("localhost.example", False),
        ("alocalhost", False),
        ("127.0.0.1.example", False),
        ("128.0.0.1", False),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("printer", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback_host(host) is loopback


@pytest.mark.parametrize(
    ("authority", "host", "port"),
    [
        ("a.example", "a.example", ""),
        ("a.example:80", "a.example", "80"),
        ("a.example:*", "a.example", "*"),
        ("a.example:", "a.example", ""),
        ("[::1]", "[::1]", ""),
        ("[::1]:80", "[::1]", "80"),
    ],
)
def test_an_authority_is_a_host_and_a_port(authority: str, host: str, port: str) -> None:
    assert split_port(authority) == (host, port)


@pytest.mark.parametrize(
    ("scheme", "port"), [("http", "80"), ("https", "443"), ("ws", "80"), ("app", None)]
)
def test_the_default_port(scheme: str, port: str | None) -> None:
    assert default_port(scheme) == port
