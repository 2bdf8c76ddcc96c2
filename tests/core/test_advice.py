"""What is told of a key that can never match may be followed blindly.

``advice.txt`` has such keys, each with the reason, what is told, and what it means: an origin,
whose site is all that its author has, and what of it the key leaves open.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohttp_cors import CorsConfigWarning, ResourceOptions
from aiohttp_cors.protocol.advice import as_code, suggest_for_expression, suggest_keys
from aiohttp_cors.protocol.meant_addresses import Suggestion
from aiohttp_cors.protocol.meant_expressions import reads_as_beginning
from aiohttp_cors.protocol.origin_keys import examine_key
from aiohttp_cors.protocol.origins import Origin, is_origin_key
from aiohttp_cors.protocol.policy import Layer, Policy

from .strategies import near, origins, patterns

OPTIONS = ResourceOptions()


class Row(NamedTuple):
    """A block of ``advice.txt``."""

    key: str
    reasons: str
    code: str
    hint: str
    meant: list[str]  # none where the advice is to list the origins
    sites: list[str]
    is_open: set[str]


def rows() -> Iterator[Row]:
    text = Path(__file__).with_name("advice.txt").read_text(encoding="utf-8")
    for block in text.strip().split("\n\n"):
        key, reasons, told, *means = block.split("\n")
        code, hint = told.strip().split(" ", 1)
        named, _, is_open = "".join(means).strip().removeprefix("means ").partition(", any ")
        meant, _, sites = named.partition(" of ")
        yield Row(
            key=ast.literal_eval(key),
            reasons=reasons.strip(),
            code=code,
            hint=hint,
            meant=meant.split(),
            sites=sites.split(),
            is_open=set(is_open.split()),
        )


ROWS = list(rows())


def admits(keys: tuple[Suggestion, ...], origin: str) -> bool:
    """Whether some of *keys* cover *origin*, also where no browser sends the like of it."""
    expressions = (key for key in keys if isinstance(key, re.Pattern))
    if any(expression.fullmatch(origin) for expression in expressions):
        return True
    return Policy(dict.fromkeys(keys, OPTIONS)).options_for(origin) is not None


def test_there_are_many_rows() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    assert len(ROWS) > 250


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row.key))
def test_what_is_told(row: Row) -> None:
    (finding,) = Layer({row.key: OPTIONS}).findings
    assert finding == examine_key(row.key)
    assert (finding.code, finding.category) == (row.code, CorsConfigWarning)
    assert finding.message == f"the origin {row.key!r} can never match, {row.reasons}"
    assert finding.hint == row.hint


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row.key))
def test_what_to_write_covers_what_was_meant_in_silence(row: Row) -> None:
    suggestions = suggest_keys(row.key)
    assert Layer(dict.fromkeys(suggestions, OPTIONS)).findings == []
    assert all(as_code(suggestion) in row.hint for suggestion in suggestions)
    assert bool(suggestions) == bool(row.meant)
    if row.meant != ["*"]:
        assert all(admits(suggestions, meant) for meant in row.meant)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row.key))
def test_what_to_write_admits_no_hostile_neighbour(row: Row) -> None:
    suggestions = suggest_keys(row.key)
    if "*" in suggestions:
        return
    for neighbour in set(neighbours(row)) - set(row.meant):
        assert not admits(suggestions, neighbour), neighbour


def neighbours(row: Row) -> Iterator[str]:
    """Origins, and what is none, that somebody else can have."""
    yield from ANYBODY
    for number, meant in enumerate(row.meant):
        origin = Origin.parse(meant)
        if origin is not None:
            site = row.sites[number] if row.sites else origin.host
            yield from _of_others(origin, site)
            yield from _beside(origin, site, row.is_open)
            yield from _around(meant)


ANYBODY = [
    "null",
    "file://",
    "https://evil.example",
    "http://evil.example",
    "https://evil.example:8443",
    "https://evil.com",
    "https://xcom",
    "http://localhost.evil.example",
    "http://localhostevil.example",
    "http://notlocalhost:3000",
    "http://127.0.0.1.evil.example",
    "http://192.168.1.evil.example",
    "http://193.168.1.1",
    "http://11.0.0.1",
    "chrome-extension://evil",
    "moz-extension://evil",
    "safari-web-extension://evil",
    "app://evil",
    "",
    "*",
]


def _of_others(origin: Origin, site: str) -> Iterator[str]:
    """Of hosts that anybody may register, and that look alike."""
    for host in dict.fromkeys((site, origin.host)):
        for other in (
            f"evil{host}",
            f"evil-{host}",
            f"app.evil{host}",
            f"{host}.evil.example",
            f"{host}evil.example",
            f"{host}-evil.example",
            f"{host}.evil",
            f"{host.rpartition('.')[0]}.evil",
            *(f"{host[: dot.start()]}x{host[dot.end() :]}" for dot in re.finditer(r"\.", host)),
        ):
            # What ends in the site behind a dot is its owner's.
            if not f".{other}".endswith(f".{site}"):
                yield str(origin._replace(host=other))
                yield str(origin._replace(host=other, port="6666"))
                yield str(origin._replace(host=other, scheme="http"))


def _beside(origin: Origin, site: str, is_open: set[str]) -> Iterator[str]:
    """Of the same owner, but nothing that was meant."""
    for scheme in {"http", "https"} - {origin.scheme} if "schemes" not in is_open else ():
        yield str(origin._replace(scheme=scheme))
    for scheme in ("ftp", "ws", "app", "chrome-extension", f"x{origin.scheme}"):
        yield str(origin._replace(scheme=scheme))
    if "ports" not in is_open:
        yield str(origin._replace(port="6666"))
        yield str(origin._replace(port="" if origin.port else "8443"))
    if "labels" not in is_open:
        yield str(origin._replace(host=f"other.{origin.host}"))
        yield str(origin._replace(host=f"other.{origin.host.partition('.')[2]}"))


def _around(text: str) -> Iterator[str]:
    """What no browser sends, as no expression should match either."""
    for place in ("{}/", "{}\n", " {}", "{}@evil.example", "{}.evil.example", "{}#", "{}?"):
        yield place.format(text)
    yield f"https://evil.example/{text}"
    yield f"https://evil.example?{text}"


# Pieces of which people make keys.
PIECES = [
    *("https://", "http://", "https?://", "*://", "//", ":", "file:", "moz-extension://", "~", "^"),
    *("*", ".", "*.", ".*", ".+", r"\.", "(.*\\.)?", "(www.)?", "(a|b)", "|", "(", ")", "?", "+"),
    *("[a-z]+", "[a-z0-9-]+", "[^/]+", r"\w+", "{2}", "$", "/", ",", ";", " "),
    *(":*", r":\d+", r"(:\d+)?", ":8443", "localhost", "127.0.0.1", "192.168.", "[::1]"),
    *("example", "com", "www", "a-"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | near(origins | patterns))
def test_no_key_is_told_to_be_one_that_admits_anybody(key: str) -> None:
    suggestions = suggest_keys(key)
    assert Layer(dict.fromkeys(suggestions, OPTIONS)).findings == []
    admitted = {origin for origin in ANYBODY if admits(suggestions, origin)}
    assert admitted <= {"null", "*", "file://", *ANYBODY} & set(suggestions) | set(key.split())
    finding = examine_key(key)
    assert (finding is None) == is_origin_key(key)
    assert finding is None or re.search("write|list", finding.hint)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("^https?://localhost", ["http://localhost:*", "https://localhost:*"]),
        ("localhost", ["http://localhost:*", "https://localhost:*"]),
        (
            r"^http://(localhost|127\.0\.0\.1)",
            [re.compile(r"http://(localhost|127\.0\.0\.1)(:[0-9]+)?")],
        ),
        (r"^http://192\.168\.", [re.compile(r"http://192\.168\.[0-9]{1,3}\.[0-9]{1,3}")]),
        (r"\.example\.com$", ["http://*.example.com", "https://*.example.com"]),
        (r"https://.*example\.com", ["https://*.example.com", "https://example.com"]),
        (r"https://[a-z]+.example\.com", [re.compile(r"https://[a-z]+\.example\.com")]),
        (r"https://[a-z]+\.example\.com", []),  # as it is
        ("https://.*", []),
        (rf"https://{'a' * 1000}\.example", []),
    ],
)
def test_what_is_told_for_an_expression(expression: str, told: list[Suggestion]) -> None:
    assert list(suggest_for_expression(re.compile(expression))) == told


@pytest.mark.parametrize(
    ("expression", "yes"),
    [
        ("^https?://localhost", True),
        (r"\Ahttps?://localhost", True),
        ("localhost", True),
        ("https?://localhost", False),
        ("^https?://localhost$", False),
        (r"^https?://localhost\Z", False),
        (r"^https?://localhost\$", True),
    ],
)
def test_which_expressions_are_written_to_be_searched(expression: str, yes: bool) -> None:
    assert reads_as_beginning(expression) is yes


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("https://a.example", "'https://a.example'"),
        (re.compile(r"a\.b"), r"re.compile(r'a\.b')"),
        (re.compile("a'b"), 're.compile(r"a\'b")'),
        (re.compile("a" * 200), f"re.compile(r'{'a' * 200}')"),
        (re.compile("a" * 201), f"re.compile('{'a' * 200}'...)"),
        (re.compile("a" * 300), f"re.compile('{'a' * 200}'...)"),
    ],
)
def test_a_key_as_code(key: Suggestion, code: str) -> None:
    assert as_code(key) == code


def test_a_key_without_end_is_quoted_in_part_and_gets_no_suggestion() -> None:
    key = f"https://a.example/{'x' * 5000}"
    finding = examine_key(key)
    assert finding is not None
    assert repr(key[:200]) in finding.message
    assert len(str(finding)) < 600
    assert suggest_keys(key) == ()


def test_of_a_thousand_characters_at_most_is_said_what_they_mean() -> None:
    key = "https://a.example/".ljust(1000, "x")
    assert suggest_keys(key) == ("https://a.example",)
    assert suggest_keys(f"{key}x") == ()
    expression = r"https://a\.example|".ljust(1000, "x")
    assert suggest_for_expression(re.compile(expression)) == ("https://a.example",)
    assert suggest_for_expression(re.compile(f"{expression}x")) == ()
