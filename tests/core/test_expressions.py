"""The text of an expression: its parts, its alternatives, and strings that it matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohttp_cors.protocol.expressions import (
    alternatives_of,
    parts_of,
    samples_of,
    with_escaped_dots,
)


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("", []),
        ("a.b", ["a", ".", "b"]),
        (r"a\.b", ["a", r"\.", "b"]),
        (r"[a-z\]]+?", [r"[a-z\]]", "+?"]),
        ("[]a][^]b]", ["[]a]", "[^]b]"]),
        ("[a", ["[", "a"]),
        ("a{2}{2,}{,3}?{2,3}+", ["a", "{2}", "{2,}", "{,3}?", "{2,3}+"]),
        ("a{b}", ["a", "{", "b", "}"]),
        (
            "(?:a)(?=b)(?!c)(?<=d)(?<!e)",
            [
                *[
                    "(?:",
                    "a",
                    ")",
                    "(?=",
                    "b",
                    ")",
                    "(?!",
                    "c",
                    ")",
                    "(?<=",
                    "d",
                    ")",
                    "(?<!",
                    "e",
                    ")",
                ]
            ],
        ),
        ("(?P<n>a)(?P=n)(?i)(?i:b)", ["(?P<n>", "a", ")", "(?P=n)", "(?i)", "(?i:", "b", ")"]),
        ("\\", ["\\"]),
    ],
)
def test_the_parts_of_an_expression(expression: str, parts: list[str]) -> None:
    assert parts_of(expression) == parts


@given(st.text(max_size=30) | st.text("()[]{}|\\.*+?^$a1-,", max_size=30))
def test_the_parts_are_all_of_it(expression: str) -> None:
    assert "".join(parts_of(expression)) == expression


@pytest.mark.parametrize(
    ("expression", "alternatives"),
    [
        ("", [""]),
        ("a|b", ["a", "b"]),
        ("a|", ["a", ""]),
        ("(a|b)", ["a", "b"]),
        ("((?:a|b))", ["a", "b"]),
        ("(a|b)c|d", ["(a|b)c", "d"]),
        ("(a)|(b)", ["(a)", "(b)"]),
        ("(a|b)(c|d)", ["(a|b)(c|d)"]),
        (r"a\|b|[|]", [r"a\|b", "[|]"]),
        ("(?i)a|b", ["(?i)a", "b"]),
        ("(a|b", ["(a|b"]),
        ("a)|b", ["a)|b"]),
        ("()", [""]),
        ("(", ["("]),
        ("(" * 20 + "a|b" + ")" * 20, ["a", "b"]),
        ("(" * 2000 + "a|b" + ")" * 2000, ["(" * 1980 + "a|b" + ")" * 1980]),
    ],
)
def test_the_alternatives_of_an_expression(expression: str, alternatives: list[str]) -> None:
    assert alternatives_of(expression) == alternatives


@pytest.mark.parametrize(
    ("expression", "escaped"),
    [
        ("https://a.example", r"https://a\.example"),
        (r"https://a\.example", r"https://a\.example"),
        ("https://.*.example", r"https://.*\.example"),
        ("https://[a.z]+.example", r"https://[a.z]+\.example"),
        ("(www.)?a.{2}b.?c.", r"(www\.)?a.{2}b.?c\."),
    ],
)
def test_a_dot_that_stands_alone_is_escaped(expression: str, escaped: str) -> None:
    assert with_escaped_dots(expression) == escaped


@pytest.mark.parametrize(
    ("expression", "samples"),
    [
        ("", [""]),
        ("abc", ["abc"]),
        ("^abc$", ["abc"]),
        (r"\Aa\.b\Z", ["a.b"]),
        ("a.b", ["a.b", "aab"]),
        ("a.*b", ["ab", "aab", "a1b"]),
        ("a?b", ["b", "ab"]),
        ("a{2}b{0,3}c{2,}", ["aacc", "aabcc"]),
        ("a+?", ["a"]),
        ("[a-z][0-9][x-z]", ["a1x"]),
        (r"[^/]+\d\D\W\s", ["a1a- ", "11a- "]),
        ("[é][z-a][", [""]),
        ("[A-Z][!-,][{-~]", ["A!{"]),
        ("[\t]", [""]),
        ("(a|b|)c", ["ac", "bc", "c"]),
        ("(?i)a(?=b)b", ["ab"]),
        ("(?P<n>a)(?P=n)?", ["a", "a"]),
        ("a)b", ["a"]),
        ("(a", ["a"]),
        ("()", [""]),
        ("\\", [""]),
        ("(a|b)" * 6, None),
        ("a{9999}", []),
        ("a{150}b{150}", []),
        ("(" * 20 + "a" + ")" * 20, ["a"]),
        ("(" * 21 + "a" + ")" * 21, []),
        ("(a)" * 30, ["a" * 30]),
        ("((a))" + "(" * 20 + "b" + ")" * 20, ["ab"]),
        ("(a)" * 100 + "(" * 90 + "a" + ")" * 90, []),
        ("a" * 200, ["a" * 200]),
        ("a" * 201, []),
        ("(" * 50 + "a" + ")" * 50, []),
    ],
)
def test_samples_of_an_expression(expression: str, samples: list[str] | None) -> None:
    found = samples_of(expression)
    assert len(found) <= 32
    if samples is not None:
        assert found == samples


@pytest.mark.parametrize(
    "expression",
    [
        r"https://([a-z0-9-]+\.)*example\.com",
        r"https?://(localhost|127\.0\.0\.1)(:\d{2,5})?",
        r"^https://(?:www\.)?[^./]+\.example\.(com|org)$",
        "chrome-extension://[a-p]{32}",
        "(?i)https://[\\w.]+",
    ],
)
def test_what_an_expression_for_origins_matches_is_found(expression: str) -> None:
    found = samples_of(expression)
    assert found
    assert all(re.fullmatch(expression, sample) for sample in found)


@given(st.from_regex(r"[a-z.:/()|*+?\\\[\]{}1-9^$-]{0,40}", fullmatch=True))
def test_anything_may_be_read(expression: str) -> None:
    assert isinstance(samples_of(expression), list)
    assert isinstance(with_escaped_dots(expression), str)
