"""Any configuration: the policies as a plain model has them, the answers as browsers take them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from aiohttp_cors import ResourceOptions
from aiohttp_cors.fetch.cors_check import (
    cors_check,
    preflight_headers_check,
    preflight_methods_check,
    preflight_status_check,
)
from aiohttp_cors.fetch.requests import Credentials, Request
from aiohttp_cors.fetch.responses import WireResponse
from aiohttp_cors.protocol.answers import Answer, Answers
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy
from aiohttp_cors.protocol.preflights import SAFELISTED_METHODS

from .plainly import ACAH, ACAM, ACMA, VARY, answered, at_once

A, SUB, LOCAL = "https://a.example", "https://x.a.example", "http://localhost:3000"
SITES = {A, SUB, LOCAL}
KNOWN = {*SITES, "null", "file://"}
ORIGINS = [*sorted(KNOWN), "https://a.example/", "nonsense", "*"]


def yes(origin: str, request: object) -> bool:
    return True


def of_sub(origin: str, request: object) -> bool:
    return origin == SUB


ANSWERED = ResourceOptions(allow_credentials=True, allow_methods=["PUT"], max_age=77)


def answers_options(origin: str, request: object) -> ResourceOptions | None:
    return None if origin == A else ANSWERED


# Each key, with the place of its kind, and the origins that it admits.
KEYS: dict[Any, tuple[int, set[str]]] = {
    A: (0, {A}),
    "null": (0, {"null"}),
    "file://": (0, {"file://"}),
    "https://a.example/": (0, set()),
    "nonsense": (0, set()),
    "https://*.a.example": (1, {SUB}),
    "https://*.example": (1, {A, SUB}),
    "http://localhost:*": (1, {LOCAL}),
    re.compile("https://.*"): (2, {A, SUB}),
    re.compile("(?s).*"): (2, KNOWN),
    of_sub: (3, {SUB}),
    answers_options: (3, KNOWN - {A}),
    yes: (3, KNOWN),
    "*": (4, set(ORIGINS)),
}

NAMES = ["X-A", "X-B"]
some_options = st.builds(
    ResourceOptions,
    allow_credentials=st.booleans(),
    allow_headers=st.just("*") | st.lists(st.sampled_from(NAMES)),
    allow_methods=st.none() | st.just("*") | st.lists(st.sampled_from(["PUT", "DELETE"])),
    max_age=st.none() | st.integers(0, 2),
    expose_headers=st.just(()),
)
configs = st.dictionaries(st.sampled_from(list(KEYS)), some_options, max_size=4)
layers = st.lists(st.builds(lambda c, i: Layer(c, inherit=i), configs, st.booleans()), max_size=3)
Admits = Callable[[ResourceOptions], bool]


def may_put(options: ResourceOptions) -> bool:
    return options.is_method_allowed("PUT")


limits: st.SearchStrategy[Admits | None] = st.sampled_from([None, may_put])
origins = st.sampled_from(ORIGINS)


class Found(NamedTuple):
    """The closest key of an origin, and what comes of it."""

    acao: str
    options: ResourceOptions


def in_force(given_layers: list[Layer]) -> list[Layer]:
    last = next((n for n, layer in enumerate(given_layers) if not layer.inherit), None)
    return given_layers if last is None else given_layers[: last + 1]


def found_by(given_layers: list[Layer], origin: str) -> Found | None:
    """The sentences of the specification, one by one, and as slow as they read."""
    candidates = [
        (KEYS[key][0], place, order, key, options)
        for place, layer in enumerate(in_force(given_layers))
        for order, (key, options) in enumerate(layer.items())
        if origin in KEYS[key][1]
    ]
    if not candidates:
        return None
    *_, key, options = min(candidates, key=lambda candidate: candidate[:3])
    if key is answers_options:
        return Found(origin, ANSWERED)
    if key == "*" and origin not in SITES:
        return Found("*", options._replace(allow_credentials=False))
    return Found(origin, options)


@given(layers, limits, origins)
def test_an_origin_is_granted_what_a_plain_model_of_the_layers_grants(
    given_layers: list[Layer], admits: Admits | None, origin: str
) -> None:
    policy = Policy(*given_layers, admits=admits)
    expected = found_by(given_layers, origin)
    if expected is not None and admits is not None and not admits(expected.options):
        expected = None
    grants = [at_once(policy.grant_by(Inquiry(origin, None)))]
    if not policy.asks:
        grants += [policy.grant_for(origin), policy.grant_for(origin)]
    for grant in grants:
        found = None if grant is None else Found(grant.allowed_origin or origin, grant.options)
        assert found == expected
        assert grant is None or (grant.credentials is not None) is grant.options.allow_credentials


@given(layers, limits)
def test_a_policy_is_constant_exactly_where_everybody_is_granted_the_same(
    given_layers: list[Layer], admits: Admits | None
) -> None:
    policy = Policy(*given_layers, admits=admits)
    keys = {key for layer in in_force(given_layers) for key in layer}
    everybody = found_by(given_layers, A) if keys == {"*"} else None
    is_constant = (
        everybody is not None
        and not everybody.options.allow_credentials
        and (admits is None or admits(everybody.options))
    )
    assert (policy.constant is not None) is is_constant


# -- the answers, and what a browser makes of them ------------------------------------------------

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
# Few, so that several methods often have equal ones
few_options = st.sampled_from(
    [
        ResourceOptions(),
        ResourceOptions(allow_headers=["X-A"], max_age=1),
        ResourceOptions(allow_headers="*", allow_methods=["PUT"]),
        ResourceOptions(allow_credentials=True),
    ]
)
one_key = st.builds(lambda key, options: [{key: options}], st.sampled_from(list(KEYS)), few_options)
everybody = st.builds(lambda options: [{"*": options}], few_options)
policies = st.builds(
    lambda some, admits: Policy(*some, admits=admits), everybody | one_key | layers, limits
)
tables = st.dictionaries(st.sampled_from(METHODS), policies, min_size=1)
names_asked = st.lists(st.sampled_from(["x-a", "x-b"]), unique=True, max_size=2)


def answer_by(
    table: dict[str, Policy], origin: str, method: str, names: list[str], *, debug: bool
) -> Answer:
    others = sorted((other, policy) for other, policy in table.items() if other != method)
    return answered(
        Answers(table.get(method), others), origin, method, ",".join(names), debug=debug
    )


def passes(answer: Answer, origin: str, method: str, names: list[str], credentials: str) -> bool:
    """True where a browser lets the request follow that was asked about."""
    headers = [(name, "1") for name in names]
    request = Request.new(
        method,
        URL("https://server.example/"),
        origin,
        headers=headers,
        credentials=cast("Credentials", credentials),
    )
    response = WireResponse(answer.status, tuple(answer.headers.items()))
    checks = (
        cors_check,
        preflight_status_check,
        preflight_methods_check,
        preflight_headers_check,
    )
    return all(check(request, response) is None for check in checks)


@settings(max_examples=200)
@given(tables, st.sampled_from(sorted(KNOWN)), st.sampled_from(METHODS), names_asked, st.booleans())
def test_a_browser_lets_follow_exactly_what_is_granted(
    table: dict[str, Policy], origin: str, method: str, names: list[str], debug: bool
) -> None:
    answer = answer_by(table, origin, method, names, debug=debug)
    is_granted = answer.refused is None
    assert passes(answer, origin, method, names, "omit") is is_granted
    if not is_granted:
        assert not passes(answer, origin, method, names, "include")
        return
    policy = table[method]
    grant = policy.constant or at_once(policy.grant_by(Inquiry(origin, None)))
    assert passes(answer, origin, method, names, "include") is (grant.credentials is not None)


@settings(max_examples=200)
@given(tables, origins, st.sampled_from(METHODS), names_asked)
def test_what_a_browser_keeps_of_an_answer_would_be_granted_for_each_method_of_it(
    table: dict[str, Policy], origin: str, method: str, names: list[str]
) -> None:
    answer = answer_by(table, origin, method, names, debug=False)
    if answer.refused is not None:
        assert set(answer.headers) == {VARY, "Content-Type"}
        return
    first, *further = answer.headers[ACAM].split(",")
    assert first == method
    assert not SAFELISTED_METHODS & set(further)
    assert not further or method not in SAFELISTED_METHODS
    assert further == sorted(set(further))
    for other in further:
        same = answer_by(table, origin, other, names, debug=False)
        assert (same.refused, same.status) == (None, 200)
        assert same.headers.get(ACMA) == answer.headers.get(ACMA)
        assert same.headers.get(ACAH) == answer.headers.get(ACAH)


@settings(max_examples=200)
@given(tables, origins, st.sampled_from(METHODS), names_asked, st.booleans())
def test_what_does_not_vary_by_origin_is_the_same_for_all(
    table: dict[str, Policy], origin: str, method: str, names: list[str], debug: bool
) -> None:
    answer = answer_by(table, origin, method, names, debug=debug)
    if answer.headers[VARY].startswith("Origin, "):
        return
    for other in ORIGINS:
        same = answer_by(table, other, method, names, debug=debug)
        assert (same.status, same.body) == (answer.status, answer.body)
        assert without_further_methods(same) == without_further_methods(answer)


def without_further_methods(answer: Answer) -> dict[str, str]:
    """All headers; of the methods the first, since each origin has further ones of its own."""
    headers = dict(answer.headers)
    return {**headers, ACAM: headers.get(ACAM, "").partition(",")[0]}
