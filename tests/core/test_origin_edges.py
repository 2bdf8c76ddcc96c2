"""Edges of the grammar that only a change of the code by one would show."""

from __future__ import annotations

import pytest

from aiohttp_cors.protocol.origins import (
    Origin,
    OriginPattern,
    canonical_ipv4,
    is_loopback_host,
)


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4.0", None),
        ("1.2.3.4.5", None),
        ("0.0.0.0.0", None),
        ("1.2.3.4.5.6", None),
        ("1.2.3.0x4.0", None),
        ("0" * 64, "0.0.0.0"),  # noqa: S104 - an address to read, not to listen at
        ("0" * 65, None),
        ("0x" + "0" * 61 + "1", "0.0.0.1"),
        ("0x" + "0" * 62 + "1", None),
    ],
)
def test_an_address_has_at_most_four_numbers_of_64_digits(host: str, canonical: str | None) -> None:
    assert canonical_ipv4(host) == canonical


@pytest.mark.parametrize("labels", [5, 6, 8])
def test_more_than_four_numeric_labels_are_no_host(labels: int) -> None:
    host = ".".join(["1"] * (labels - 1) + ["0"])
    assert Origin.parse(f"https://{host}") is None
    assert OriginPattern.parse(f"http://{host}:*") is None
    assert OriginPattern.parse(f"https://*.{host}") is None


@pytest.mark.parametrize("host", ["X127.0.0.1", "127.0.0.1X", "[X::1X]", "X::1"])
def test_what_only_looks_like_a_loopback_address_is_none(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize(
    ("key", "port"),
    [
        ("http://localhost:*", None),
        ("http://localhost:800*", "800*"),
        ("https://*.example.com", ""),
        ("https://*.example.com:8443", "8443"),
        ("https://*.example.com:*", None),
    ],
)
def test_any_port_is_none_and_every_other_is_as_written(key: str, port: str | None) -> None:
    pattern = OriginPattern.parse(key)
    assert pattern is not None
    assert pattern.port == port
