"""Each mistake in a value gets a message that says what was given and what to write."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from aiohttp_cors import CorsWarning, ResourceOptions, setup
from aiohttp_cors.protocol.origin_keys import check_config, check_key
from aiohttp_cors.protocol.policy import Layer

from .plainly import warned

A = "https://a.example"
B = "https://b.example"
PLAIN = ResourceOptions()


class Page:
    def __str__(self) -> str:
        return "https://a.example/"


def options(**arguments: Any) -> Callable[[], object]:
    return lambda: ResourceOptions(**arguments)


def config(value: Any) -> Callable[[], object]:
    return lambda: Layer(value)


def setup_with(value: Any) -> Callable[[], object]:
    return lambda: setup(web.Application(), value)  # type: ignore[call-arg]


WITHOUT_NAME = functools.partial(print)
MAPPING = "a mapping of origins to ResourceOptions expected, got "
KEY = "an origin key must be a str, a re.Pattern of str or a callable of (origin, request), got "
OPTIONS = "ResourceOptions or a mapping of its arguments expected, got "
NAMES = "must be '*' or a sequence of strings, got "
SECONDS = "'max_age' must be a non-negative integer or None, got "
FLAG = "'allow_credentials' must be a boolean, got "

# What is an error, and what it says.
ERRORS = [
    # In place of a configuration
    (config(A), f"{MAPPING}'{A}': write {{'{A}': ResourceOptions()}}"),
    (config("*"), f"{MAPPING}'*': write {{'*': ResourceOptions()}}"),
    (
        config([A, B]),
        f"{MAPPING}['{A}', '{B}']: write {{'{A}': ResourceOptions(), '{B}': ResourceOptions()}}",
    ),
    (config((A,)), f"{MAPPING}('{A}',): write {{'{A}': ResourceOptions()}}"),
    (config({A}), f"{MAPPING}{{'{A}'}}: write {{'{A}': ResourceOptions()}}"),
    (
        config({A: 1, B: 2}.keys() | set()),
        f"{MAPPING}{{'{A}', '{B}'}}: write {{'{A}': ResourceOptions(), '{B}': ResourceOptions()}}",
    ),
    (
        config([B, A]),
        f"{MAPPING}['{B}', '{A}']: write {{'{B}': ResourceOptions(), '{A}': ResourceOptions()}}",
    ),
    (config(PLAIN), f"{MAPPING}{PLAIN!r}: write {{'https://app.example': ResourceOptions(...)}}"),
    (config(True), f"{MAPPING}True: write {{'https://app.example': ResourceOptions(...)}}"),
    (config(7), f"{MAPPING}7: write {{'https://app.example': ResourceOptions(...)}}"),
    (config([]), f"{MAPPING}[]: write {{'https://app.example': ResourceOptions(...)}}"),
    (
        config([(A, PLAIN)]),
        f"{MAPPING}[('{A}', {PLAIN!r})]: write {{'https://app.example': ResourceOptions(...)}}",
    ),
    # In place of a key
    (config({(A, B): PLAIN}), f"{KEY}('{A}', '{B}'): write each as a key of its own, '{A}', '{B}'"),
    (
        config({frozenset({A}): PLAIN}),
        f"{KEY}frozenset({{'{A}'}}): write each as a key of its own, '{A}'",
    ),
    (config({b"https://a.example": PLAIN}), f"{KEY}b'{A}': write '{A}'"),
    (
        config({re.compile(rb"https://a\.example"): PLAIN}),
        rf"{KEY}re.compile(b'https://a\\.example'): write re.compile(r'https://a\.example')",
    ),
    (config({URL("https://a.example:8443"): PLAIN}), f"{KEY}URL('{A}:8443'): write '{A}:8443'"),
    (config({None: PLAIN}), f"{KEY}None"),
    (config({1: PLAIN}), f"{KEY}1"),
    (config({(1, 2): PLAIN}), f"{KEY}(1, 2)"),
    # In place of options
    (config({A: True}), f"options of '{A}': {OPTIONS}True: write ResourceOptions()"),
    (config({A: None}), f"options of '{A}': {OPTIONS}None: write ResourceOptions()"),
    (config({"*": "*"}), f"options of '*': {OPTIONS}'*': write ResourceOptions()"),
    (
        config({A: PLAIN, re.compile("https://b"): ResourceOptions}),
        (
            f"options of re.compile(r'https://b'): {OPTIONS}{ResourceOptions!r}: "
            "write ResourceOptions()"
        ),
    ),
    (
        config({print: ["GET"]}),
        f"options of 'print': {OPTIONS}['GET']: write ResourceOptions()",
    ),
    (
        config({WITHOUT_NAME: None}),
        f"options of {WITHOUT_NAME!r}: {OPTIONS}None: write ResourceOptions()",
    ),
    (
        config({A: {"allow_header": "*"}}),
        f"options of '{A}': 'allow_header' is no option: write 'allow_headers'",
    ),
    (
        config({A: {"exposed_headers": "*"}}),
        f"options of '{A}': 'exposed_headers' is no option: write 'expose_headers'",
    ),
    (
        config({A: {"allowCredentials": True}}),
        f"options of '{A}': 'allowCredentials' is no option: write 'allow_credentials'",
    ),
    (
        config({A: {"Access-Control-Max-Age": 5}}),
        f"options of '{A}': 'Access-Control-Max-Age' is no option: write 'max_age'",
    ),
    (
        config({A: {"supports_credentials": True}}),
        f"options of '{A}': 'supports_credentials' is no option: write 'allow_credentials'",
    ),
    (
        config({A: {"allow_origins": "*"}}),
        (
            f"options of '{A}': 'allow_origins' is no option: the origin is the key, as in "
            "{'https://app.example': ResourceOptions(...)}"
        ),
    ),
    (
        config({A: {3: True}}),
        (
            f"options of '{A}': 3 is no option: the options are allow_credentials, expose_headers, "
            "allow_headers, max_age, allow_methods"
        ),
    ),
    (
        config({A: {"max_age": "600"}}),
        f"options of '{A}': {SECONDS}'600': write the seconds, as in max_age=600",
    ),
    # In place of names
    (options(allow_headers="X-A"), f"'allow_headers' {NAMES}'X-A': write allow_headers=['X-A']"),
    (
        options(expose_headers="X-A, X-B"),
        f"'expose_headers' {NAMES}'X-A, X-B': write expose_headers=['X-A', 'X-B']",
    ),
    (
        options(allow_methods="GET,POST"),
        f"'allow_methods' {NAMES}'GET,POST': write allow_methods=['GET', 'POST']",
    ),
    (options(allow_headers=b"X-A"), f"'allow_headers' {NAMES}b'X-A': write allow_headers=['X-A']"),
    (
        options(allow_headers=["X-A", b"X-B"]),
        f"'allow_headers' {NAMES}['X-A', b'X-B']: write allow_headers=['X-A', 'X-B']",
    ),
    (
        options(allow_headers={"X-A": True}),
        f"'allow_headers' {NAMES}{{'X-A': True}}: write allow_headers=['X-A']",
    ),
    (
        options(allow_headers=None),
        f"'allow_headers' {NAMES}None: write a list of names, as in allow_headers=['X-Name']",
    ),
    (
        options(allow_methods=True),
        f"'allow_methods' {NAMES}True: write a list of names, as in allow_methods=['PUT']",
    ),
    (
        options(allow_headers=[1]),
        f"'allow_headers' {NAMES}[1]: write a list of names, as in allow_headers=['X-Name']",
    ),
    # In place of seconds
    (
        options(max_age=timedelta(hours=1)),
        f"{SECONDS}{timedelta(hours=1)!r}: write the seconds, as in max_age=3600",
    ),
    (options(max_age="600"), f"{SECONDS}'600': write the seconds, as in max_age=600"),
    (options(max_age=60.0), f"{SECONDS}60.0: write the seconds, as in max_age=60"),
    (options(max_age=-1), f"{SECONDS}-1: write the seconds, as in max_age=0"),
    (options(max_age=-0.5), f"{SECONDS}-0.5: write the seconds, as in max_age=0"),
    (
        options(max_age=timedelta(seconds=-1)),
        f"{SECONDS}{timedelta(seconds=-1)!r}: write the seconds, as in max_age=0",
    ),
    (options(max_age=True), f"{SECONDS}True: write the seconds, as in max_age=600"),
    (options(max_age="1 day"), f"{SECONDS}'1 day': write the seconds, as in max_age=600"),
    (options(max_age=float("inf")), f"{SECONDS}inf: write the seconds, as in max_age=600"),
    # In place of a boolean
    (options(allow_credentials="true"), f"{FLAG}'true': write allow_credentials=True"),
    (options(allow_credentials=1), f"{FLAG}1: write allow_credentials=True"),
    (options(allow_credentials="No"), f"{FLAG}'No': write allow_credentials=False"),
    (options(allow_credentials=None), f"{FLAG}None: write allow_credentials=False"),
    (options(allow_credentials="*"), f"{FLAG}'*': write True or False"),
]


@pytest.mark.parametrize(("mistake", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_what_an_error_says(mistake: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$") as raised:
        mistake()
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


# What is taken, with a warning.
WARNINGS = [
    (
        options(allow_headers=["X-A, X-B"]),
        (
            "'X-A, X-B' in 'allow_headers' is no header name to be sent, and is left out: "
            "write 'X-A', 'X-B' [C101]"
        ),
    ),
    (
        options(expose_headers=["X-A: 1"]),
        (
            "'X-A: 1' in 'expose_headers' is no header name to be sent, and is left out: "
            "write 'X-A' [C101]"
        ),
    ),
    (
        options(allow_headers=[""]),
        (
            "'' in 'allow_headers' is no header name to be sent, and is left out: "
            "write each header name as a string of its own [C101]"
        ),
    ),
    (
        options(allow_methods=["GET POST"]),
        (
            "'GET POST' in 'allow_methods' is no method to be sent, and is left out: "
            "write 'GET', 'POST' [C102]"
        ),
    ),
    (
        options(allow_headers=["X-Custom-*"]),
        (
            "'X-Custom-*' in 'allow_headers' covers no header name but itself: "
            "list the header names that are meant [C108]"
        ),
    ),
    (
        options(allow_headers=["P*"]),
        (
            "'P*' in 'allow_headers' covers no header name but itself: "
            "list the header names that are meant [C108]"
        ),
    ),
    (
        options(expose_headers=["X-*", "ETag"]),
        (
            "'X-*' in 'expose_headers' covers no header name but itself: "
            "list the header names that are meant [C108]"
        ),
    ),
    (
        options(allow_methods=["p*"]),
        "'p*' in 'allow_methods' covers no method but itself: write 'PATCH', 'POST', 'PUT' [C108]",
    ),
    (
        options(allow_methods=["X*"]),
        (
            "'X*' in 'allow_methods' covers no method but itself: "
            "list the methods that are meant [C108]"
        ),
    ),
]


@pytest.mark.parametrize(("mistake", "message"), WARNINGS, ids=[m for _, m in WARNINGS])
def test_what_a_warning_says(mistake: Callable[[], object], message: str) -> None:
    with warned() as given:
        mistake()
    assert [str(warning.message) for warning in given] == [message]
    assert all(issubclass(warning.category, CorsWarning) for warning in given)
    assert {warning.filename for warning in given} == {__file__}


def test_a_name_with_a_star_is_kept() -> None:
    with warned():
        taken = ResourceOptions(allow_headers=["X-*"], allow_methods=["P*"])
    assert taken.allow_headers == {"X-*"}
    assert taken.allow_methods == {"P*"}
    assert not taken.is_header_allowed("X-A")
    assert not taken.is_method_allowed("PUT")


def test_the_star_alone_is_no_mistake() -> None:
    with warned() as given:
        ResourceOptions(allow_headers=["*"], expose_headers="*", allow_methods=["*", "P*"])
    assert given == []


def test_what_is_given_is_shown_in_part_where_it_has_no_end() -> None:
    with pytest.raises(ValueError, match=MAPPING) as raised:
        Layer(list(range(10000)))  # type: ignore[arg-type]
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("mistake", "shown"),
    [
        (config(set("cabfed")), "{'a', 'b', 'c', 'd', 'e', 'f'}"),
        (config({frozenset("cabfed"): PLAIN}), "frozenset({'a', 'b', 'c', 'd', 'e', 'f'})"),
        (config({frozenset(): PLAIN}), "frozenset()"),
        (options(allow_headers={2, "b", 1, "c", "a"}), "{'a', 'b', 'c', 1, 2}"),
        (options(allow_headers={b"c", b"a", b"b", 1}), "write allow_headers=['a', 'b', 'c']"),
        (setup_with(set("cabfed")), "for the origins {'a', 'b', 'c', 'd', 'e', 'f'}"),
    ],
)
def test_sets_are_shown_in_order(mistake: Callable[[], object], shown: str) -> None:
    with pytest.raises(ValueError, match=re.escape(shown)):
        mistake()


def test_what_is_short_enough_is_shown_whole() -> None:
    short, long = "x" * 198, "x" * 199
    with pytest.raises(ValueError, match=f"got '{short}': write") as raised:
        Layer(short)  # type: ignore[arg-type]
    assert str(raised.value).startswith(f"{MAPPING}'{short}': write ")
    with pytest.raises(ValueError, match=MAPPING) as raised:
        Layer(long)  # type: ignore[arg-type]
    assert str(raised.value).startswith(f"{MAPPING}'{long}...: write ")


def test_a_mistake_in_the_defaults_is_told_alike() -> None:
    with pytest.raises(ValueError, match=re.escape(f"write {{'{A}': ResourceOptions()}}")):
        setup(web.Application(), defaults=[A])  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [A, "", re.compile("a"), print, lambda origin, request: True])
def test_a_key_is_a_str_an_expression_or_a_callable(key: Any) -> None:
    assert check_key(key) is key
    assert check_config({key: {}}) == {key: PLAIN}
