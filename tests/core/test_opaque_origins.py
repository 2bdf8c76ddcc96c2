"""Origins that name no site: which keys they match, and the whole answer that they get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from multidict import CIMultiDict

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.answers import Answers
from aiohttp_cors.protocol.policy import Inquiry, Policy

from .plainly import ACAC, ACAM, ACAO, ACEH, ACMA, VARY, answer_actual, answered, at_once

# What browsers and programs with an engine in them send for pages that are of no site
LOCAL = ["null", "file://"]
# What no browser sends
NOWHERE = [
    "*",
    "nonsense",
    "NULL",
    "null, null",
    "null null",
    "file:///",
    "file:///etc/passwd",
    "FILE://",
    "https://a.example/",
    "https://a.example/path",
    "https://a.example:443",
    "http://a.example:80",
    "https://a.example:0",
    "https://a.example:65536",
    "https://A.example",
    "HTTPS://a.example",
    "https://u@a.example",
    "https://a.example?query",
    "https://a.example#fragment",
    "https://*.a.example",
    "https://é.example",
    "https://127.1",
    "https://[0:0::1]",
    "https://",
    "//a.example",
    "a.example",
    " https://a.example",
    "https://a.example\r\n",
    # Two lines, as the library joins them
    "https://a.example, https://a.example",
    "https://" + "a." * 200 + "example",
]
SITES = ["https://a.example", "http://localhost:3000", "app://shell", "chrome-extension://abc"]

KEYS: dict[str, Any] = {
    "regex": re.compile("(?s).*"),
    "predicate": lambda origin, request: True,
}


def options(*, allow_credentials: bool, max_age: int) -> ResourceOptions:
    return ResourceOptions(
        allow_credentials=allow_credentials, max_age=max_age, expose_headers=["X-A"]
    )


def key_of(kind: str, origin: str) -> Any:
    return origin if kind == "exact" else KEYS[kind]


def actual(policy: Policy, origin: str) -> dict[str, str]:
    """All headers of a response that had none."""
    headers: CIMultiDict[str] = CIMultiDict()
    answer_actual(headers, origin, at_once(policy.grant_by(Inquiry(origin, None))))
    return dict(headers)


def by_preflight(policy: Policy, origin: str) -> tuple[int, dict[str, str]]:
    """The status of a preflight's answer and all its headers of CORS."""
    answer = answered(Answers(policy), origin, "PUT")
    headers = {name: value for name, value in answer.headers.items() if name.startswith("Access")}
    assert answer.headers[VARY].startswith("Origin, ")
    return answer.status, headers


def assert_answers(
    policy: Policy, origin: str, *, acao: str | None, credentials: bool = False, max_age: int = 0
) -> None:
    """Assert that all answers of *policy* to *origin* are those of Access-Control-Allow-Origin."""
    if acao is None:
        assert actual(policy, origin) == {VARY: "Origin"}
        assert by_preflight(policy, origin) == (403, {})
        return
    shared = {ACAO: acao, **({ACAC: "true"} if credentials else {})}
    assert actual(policy, origin) == {VARY: "Origin", **shared, ACEH: "X-A"}
    granted = {**shared, ACAM: "PUT", ACMA: str(max_age)}
    assert by_preflight(policy, origin) == (200, granted)


def policies(key: Any, *, allow_credentials: bool) -> Iterator[tuple[Policy, bool]]:
    """Those with *key*, in one layer and behind another, and whether there is a "*" too."""
    named = {key: options(allow_credentials=allow_credentials, max_age=1)}
    for star in (None, True, False):
        others: dict[Any, ResourceOptions] = {"https://b.example": ResourceOptions(max_age=3)}
        if star is not None:
            others["*"] = options(allow_credentials=star, max_age=2)
        for policy in (Policy({**others, **named}), Policy(others, named)):
            yield policy, star is not None


@pytest.mark.parametrize("origin", [*LOCAL, *SITES])
@pytest.mark.parametrize("kind", ["exact", *KEYS])
@pytest.mark.parametrize("allow_credentials", [True, False])
def test_sites_and_local_pages_get_what_the_key_that_names_them_says(
    origin: str, kind: str, allow_credentials: bool
) -> None:
    key = key_of(kind, origin)
    for policy, _ in policies(key, allow_credentials=allow_credentials):
        assert_answers(policy, origin, acao=origin, credentials=allow_credentials, max_age=1)


@pytest.mark.parametrize("origin", NOWHERE)
@pytest.mark.parametrize("kind", ["exact", *KEYS])
@pytest.mark.parametrize("allow_credentials", [True, False])
def test_what_no_browser_sends_gets_what_everybody_does_without_credentials(
    origin: str, kind: str, allow_credentials: bool
) -> None:
    # As a key, "*" is no exact one.
    key = f"{origin} " if (kind, origin) == ("exact", "*") else key_of(kind, origin)
    for policy, has_star in policies(key, allow_credentials=allow_credentials):
        assert_answers(policy, origin, acao="*" if has_star else None, max_age=2)


PATTERNS = ["https://*.example", "http://localhost:*", "https://*.a.example:44*", "file://*"]


@pytest.mark.parametrize("origin", [*LOCAL, *NOWHERE])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_admits_what_names_no_site(origin: str, pattern: str) -> None:
    for policy, has_star in policies(pattern, allow_credentials=True):
        assert_answers(policy, origin, acao="*" if has_star else None, max_age=2)


@pytest.mark.parametrize("origin", [*LOCAL, *NOWHERE])
@pytest.mark.parametrize("closer", [True, False])
@pytest.mark.parametrize("farther", [True, False])
def test_the_closest_star_decides_for_what_names_no_site(
    origin: str, closer: bool, farther: bool
) -> None:
    policy = Policy(
        {"https://b.example": options(allow_credentials=True, max_age=1)},
        {"*": options(allow_credentials=closer, max_age=2)},
        {"*": options(allow_credentials=farther, max_age=3)},
    )
    assert_answers(policy, origin, acao="*", max_age=2)


@pytest.mark.parametrize("origin", LOCAL)
@pytest.mark.parametrize("allow_credentials", [True, False])
def test_a_predicate_answers_a_local_page_with_options(
    origin: str, allow_credentials: bool
) -> None:
    answer = options(allow_credentials=allow_credentials, max_age=4)
    other = options(allow_credentials=not allow_credentials, max_age=5)
    policy = Policy({lambda origin, request: answer: other, "*": other})
    assert_answers(policy, origin, acao=origin, credentials=allow_credentials, max_age=4)


@pytest.mark.parametrize("origin", LOCAL)
@pytest.mark.parametrize("says_no", [False, None])
def test_a_predicate_that_says_no_leaves_a_local_page_to_the_star(
    origin: str, says_no: bool | None
) -> None:
    generous = options(allow_credentials=True, max_age=2)
    policy = Policy({lambda origin, request: says_no: generous, "*": generous})
    assert_answers(policy, origin, acao="*", max_age=2)


@pytest.mark.parametrize("key", LOCAL)
@pytest.mark.parametrize("origin", LOCAL)
def test_null_and_file_are_two_keys(key: str, origin: str) -> None:
    policy = Policy({key: options(allow_credentials=True, max_age=1)})
    acao = origin if key == origin else None
    assert_answers(policy, origin, acao=acao, credentials=True, max_age=1)


@pytest.mark.parametrize("origin", [*LOCAL, *NOWHERE, *SITES, ""])
def test_a_constant_policy_has_one_answer_for_all(origin: str) -> None:
    policy = Policy({"*": options(allow_credentials=False, max_age=2)})
    answer = answered(Answers(policy), origin, "PUT")
    assert answer.status == 200
    assert dict(answer.headers) == {
        ACAO: "*",
        ACAM: "PUT",
        ACMA: "2",
        VARY: "Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    assert policy.constant is not None
    assert (policy.constant.allowed_origin, policy.constant.exposed) == ("*", "X-A")


@pytest.mark.parametrize("origin", [*LOCAL, "*", "nonsense"])
def test_a_wildcard_for_exposed_headers_stays_one_where_credentials_are_withheld(
    origin: str,
) -> None:
    policy = Policy({"*": ResourceOptions(allow_credentials=True, expose_headers="*")})
    assert actual(policy, origin) == {VARY: "Origin", ACAO: "*", ACEH: "*"}
