"""Answers to preflights: status, all headers, text and refusal, from policies alone."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.answers import Answer, Answers
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy
from aiohttp_cors.protocol.preflights import parse_preflight
from aiohttp_cors.protocol.refusals import Refused, refuse_origin

from .plainly import ACAC, ACAH, ACAM, ACAO, ACMA, VARY, answered

A, B = "https://a.example", "https://b.example"
VARY_CONSTANT = "Access-Control-Request-Method, Access-Control-Request-Headers"
VARY_ORIGIN = f"Origin, {VARY_CONSTANT}"
READS, PUTS = ResourceOptions(), ResourceOptions(allow_methods=["PUT"])
WITH_COOKIES = ResourceOptions(allow_credentials=True)


def may_put(options: ResourceOptions) -> bool:
    return options.is_method_allowed("PUT")


def yes(origin: str, request: object) -> bool:
    return True


def of_b(origin: str, request: object) -> bool:
    return origin == B


def all_headers(answer: Answer) -> dict[str, str]:
    assert len(answer.headers) == len(set(answer.headers))
    return dict(answer.headers)


# -- granted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "method", "names", "headers"),
    [
        ({A: READS}, "GET", "", {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}),
        ({A: READS}, "PUT", "", {ACAO: A, ACAM: "PUT", VARY: VARY_ORIGIN}),
        ({A: {"max_age": 0}}, "GET", "", {ACAO: A, ACAM: "GET", ACMA: "0", VARY: VARY_ORIGIN}),
        (
            {A: {"allow_credentials": True, "allow_headers": "*", "max_age": 600}},
            "PUT",
            "x-b, x-a",
            {
                ACAO: A,
                ACAC: "true",
                ACAM: "PUT",
                ACAH: "X-B,X-A",
                ACMA: "600",
                VARY: VARY_ORIGIN,
            },
        ),
        ({"https://*.example": READS}, "GET", "", {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}),
        ({re.compile(".+"): READS}, "GET", "", {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}),
        ({yes: READS}, "GET", "", {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}),
        (
            {"*": WITH_COOKIES},
            "GET",
            "",
            {ACAO: A, ACAC: "true", ACAM: "GET", VARY: VARY_ORIGIN},
        ),
        ({"*": READS, B: READS}, "GET", "", {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}),
        ({"*": READS}, "GET", "", {ACAO: "*", ACAM: "GET", VARY: VARY_CONSTANT}),
        (
            {"*": {"allow_headers": ["X-A"], "max_age": 5}},
            "PUT",
            "x-a",
            {ACAO: "*", ACAM: "PUT", ACAH: "X-A", ACMA: "5", VARY: VARY_CONSTANT},
        ),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_a_granted_preflight_has_the_headers_of_its_grant_and_no_body(
    config: dict[Any, Any], method: str, names: str, headers: dict[str, str], debug: bool
) -> None:
    answer = answered(Answers(Policy(config)), A, method, names, debug=debug)
    assert (answer.status, answer.body, answer.refused) == (200, None, None)
    assert all_headers(answer) == headers


# -- further methods ------------------------------------------------------------------------------

MINE = ResourceOptions(allow_headers=["X-A"], max_age=5)
CHANGES: list[dict[str, Any]] = [
    {"max_age": 4},
    {"max_age": 6},
    {"max_age": None},
    {"allow_headers": "*"},
    {"allow_headers": ()},
    {"allow_credentials": True},
    {"expose_headers": ["X-B"]},
    {"allow_methods": ["DELETE"]},
]


def others(**policies: Policy) -> list[tuple[str, Policy]]:
    return sorted(policies.items())


@pytest.mark.parametrize(
    ("policies", "methods"),
    [
        (others(), "PUT"),
        (others(DELETE=Policy({A: MINE})), "PUT,DELETE"),
        (others(DELETE=Policy({A: MINE}), PATCH=Policy({A: MINE})), "PUT,DELETE,PATCH"),
        # Equal ones, wherever they come from
        (others(DELETE=Policy({"*": MINE})), "PUT,DELETE"),
        (others(DELETE=Policy({"https://*.example": MINE})), "PUT,DELETE"),
        (others(DELETE=Policy({yes: MINE})), "PUT,DELETE"),
        (others(DELETE=Policy({yes: READS})), "PUT"),
        (others(DELETE=Policy({A: MINE._replace()})), "PUT,DELETE"),
        # Not with one more, nor with one less
        *(
            (
                others(DELETE=Policy({A: MINE._replace(**each)}), PATCH=Policy({A: MINE})),
                "PUT,PATCH",
            )
            for each in CHANGES
        ),
        # Those of other origins do not count.
        (others(DELETE=Policy({B: MINE})), "PUT"),
        (others(DELETE=Policy({A: READS, "*": MINE})), "PUT"),
        # Nor do those that are not admitted.
        (others(DELETE=Policy({A: MINE}, admits=may_put)), "PUT"),
        # Nobody looks for a safelisted method there.
        (others(GET=Policy({A: MINE}), HEAD=Policy({A: MINE}), POST=Policy({A: MINE})), "PUT"),
        (others(OPTIONS=Policy({A: MINE})), "PUT,OPTIONS"),
    ],
)
def test_further_methods_are_those_with_equal_options_for_the_origin(
    policies: list[tuple[str, Policy]], methods: str
) -> None:
    answer = answered(Answers(Policy({A: MINE}), policies), A, "PUT", "x-a")
    assert (answer.status, answer.headers[ACAM]) == (200, methods)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_safelisted_method_is_granted_alone(method: str) -> None:
    answer = answered(Answers(Policy({A: MINE}), others(PUT=Policy({A: MINE}))), A, method)
    assert (answer.status, answer.headers[ACAM]) == (200, method)


def test_each_origin_has_the_further_methods_that_are_its_own() -> None:
    answers = Answers(Policy({A: MINE, B: READS}), others(DELETE=Policy({A: MINE, B: MINE})))
    assert answered(answers, A, "PUT").headers[ACAM] == "PUT,DELETE"
    assert answered(answers, B, "PUT").headers[ACAM] == "PUT"


@pytest.mark.parametrize("origin", ["null", "nonsense", A])
def test_a_public_resource_has_its_further_methods_for_everybody(origin: str) -> None:
    for options in (MINE, MINE._replace(allow_credentials=True)):
        answers = Answers(Policy({"*": options}), others(DELETE=Policy({"*": options})))
        assert answered(answers, origin, "PUT").headers[ACAM] == "PUT,DELETE"


def test_a_predicate_is_asked_once_for_all_methods() -> None:
    asked: list[str] = []

    def knows(origin: str, request: object) -> bool:
        asked.append(origin)
        return True

    policies = others(DELETE=Policy({knows: MINE}), PATCH=Policy({knows: MINE}))
    assert answered(Answers(Policy({knows: MINE}), policies), A, "PUT").headers[ACAM] == (
        "PUT,DELETE,PATCH"
    )
    assert asked == [A]


# -- refused --------------------------------------------------------------------------------------

NOT_B = ("origin", f"origin '{B}' is not allowed")
NOBODY = ("no-origins-allowed", "no origins are allowed")
NO_PUT = ("method", f"request method 'PUT' is not allowed for '{B}' origin")
NO_NAME = ("headers", "headers are not allowed: X-B, X-C")
NAMES = "x-a,x-b,x-c"


@pytest.mark.parametrize(
    ("policy", "names", "refused", "vary"),
    [
        (None, "", NO_PUT, VARY_ORIGIN),
        (None, NAMES, NO_PUT, VARY_ORIGIN),
        (Policy(), "", NOBODY, VARY_ORIGIN),
        (Policy({}), NAMES, NOBODY, VARY_ORIGIN),
        (Policy(Layer({}, inherit=False), {"*": READS}), "", NOBODY, VARY_ORIGIN),
        (Policy({A: READS}), "", NOT_B, VARY_ORIGIN),
        (Policy({A: READS}), NAMES, NOT_B, VARY_ORIGIN),
        (Policy(Layer({A: READS}, inherit=False), {B: READS}), "", NOT_B, VARY_ORIGIN),
        (Policy({"https://b.example/": READS}), "", NOT_B, VARY_ORIGIN),
        (Policy({lambda origin, request: False: READS}), "", NOT_B, VARY_ORIGIN),
        # The origin is known, and its own options leave the method out.
        (Policy({B: READS}, admits=may_put), "", NO_PUT, VARY_ORIGIN),
        (Policy({B: READS}, admits=may_put), NAMES, NO_PUT, VARY_ORIGIN),
        (Policy({B: READS, "*": PUTS}, admits=may_put), "", NO_PUT, VARY_ORIGIN),
        (Policy({of_b: READS}, admits=may_put), "", NO_PUT, VARY_ORIGIN),
        (Policy({"*": READS}, admits=may_put), "", NO_PUT, VARY_ORIGIN),
        (Policy({A: PUTS}, admits=may_put), "", NOT_B, VARY_ORIGIN),
        # The headers come last.
        (Policy({B: {"allow_headers": ["X-A"]}}), NAMES, NO_NAME, VARY_ORIGIN),
        (Policy({of_b: {"allow_headers": ["X-A"]}}), NAMES, NO_NAME, VARY_ORIGIN),
        (Policy({"*": {"allow_headers": ["X-A"]}}), NAMES, NO_NAME, VARY_CONSTANT),
    ],
)
def test_a_refused_preflight_says_why_and_allows_nothing(
    policy: Policy | None, names: str, refused: tuple[str, str], vary: str
) -> None:
    answer = answered(Answers(policy, others(GET=Policy({B: READS}))), B, "PUT", names)
    reason, message = refused
    assert answer.status == 403
    assert all_headers(answer) == {VARY: vary, "Content-Type": "text/plain; charset=utf-8"}
    assert answer.body == f"CORS preflight request failed: {message}".encode()
    assert answer.refused == Refused("preflight", reason, message, B, "PUT")


def test_a_failing_predicate_refuses(caplog: pytest.LogCaptureFixture) -> None:
    def fails(origin: str, request: object) -> bool:
        raise OSError("database is away")

    answers = Answers(Policy({fails: READS, "*": READS}))
    answer = answered(answers, A, "GET")
    assert answer.refused == Refused(
        "preflight", "origin", f"origin '{A}' is not allowed", A, "GET"
    )
    assert len(caplog.records) == 1


def test_what_an_origin_holds_is_sent_back_as_text_in_quotes_alone() -> None:
    origin = "<script>\r\n\udc80é"
    for policy in (None, Policy({A: READS})):
        answer = answered(Answers(policy), origin, "GET")
        assert answer.body is not None
        assert repr(origin).encode() in answer.body
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert ACAO not in answer.headers


# -- debug ----------------------------------------------------------------------------------------

TALKS = ResourceOptions(allow_credentials=True, allow_headers=["X-A"], max_age=600)


@pytest.mark.parametrize(
    ("policy", "policies", "method", "names", "status", "headers"),
    [
        # Not even the console is told of an origin that has nothing here.
        (Policy({A: READS}), [], "PUT", "", 403, {VARY: VARY_ORIGIN}),
        (Policy(), [], "PUT", "", 403, {VARY: VARY_ORIGIN}),
        (None, [], "PUT", "", 403, {VARY: VARY_ORIGIN}),
        (None, others(GET=Policy({A: READS})), "PUT", "", 403, {VARY: VARY_ORIGIN}),
        # A method: with a list that leaves it out
        (
            None,
            others(GET=Policy({B: READS})),
            "PUT",
            "",
            200,
            {VARY: VARY_ORIGIN, ACAO: B, ACAM: ""},
        ),
        (
            None,
            others(DELETE=Policy({B: TALKS}), GET=Policy({B: READS}), PATCH=Policy({A: TALKS})),
            "PUT",
            NAMES,
            200,
            {VARY: VARY_ORIGIN, ACAO: B, ACAC: "true", ACAM: "DELETE", ACAH: "X-A"},
        ),
        (
            Policy({B: TALKS}, admits=may_put),
            others(DELETE=Policy({of_b: READS})),
            "PUT",
            "",
            200,
            {VARY: VARY_ORIGIN, ACAO: B, ACAC: "true", ACAM: "DELETE"},
        ),
        # A safelisted method, which browsers do not look for there
        (
            None,
            others(PUT=Policy({B: TALKS})),
            "POST",
            NAMES,
            403,
            {VARY: VARY_ORIGIN, ACAO: B, ACAC: "true"},
        ),
        # Headers: with a list that leaves them out
        (
            Policy({B: TALKS}),
            others(DELETE=Policy({B: READS}), GET=Policy({B: READS})),
            "PUT",
            NAMES,
            200,
            {VARY: VARY_ORIGIN, ACAO: B, ACAC: "true", ACAM: "PUT,DELETE", ACAH: "X-A"},
        ),
        (
            Policy({"*": {"allow_headers": ["X-A"]}}),
            [],
            "POST",
            NAMES,
            200,
            {VARY: VARY_CONSTANT, ACAO: "*", ACAM: "POST", ACAH: "X-A"},
        ),
        (
            Policy({B: READS}),
            [],
            "POST",
            "x-b",
            200,
            {VARY: VARY_ORIGIN, ACAO: B, ACAM: "POST"},
        ),
        # An origin that another method is for: it is no stranger, and still refused.
        (
            Policy({A: READS}),
            others(DELETE=Policy({B: READS})),
            "PUT",
            "",
            403,
            {VARY: VARY_ORIGIN, ACAO: B},
        ),
        # The answer is not the same for everybody where another method's would be.
        (
            Policy({A: READS}),
            others(DELETE=Policy({"*": READS})),
            "PUT",
            "",
            403,
            {VARY: VARY_ORIGIN, ACAO: "*"},
        ),
        (
            None,
            others(DELETE=Policy({"*": READS})),
            "PUT",
            "",
            200,
            {VARY: VARY_ORIGIN, ACAO: "*", ACAM: "DELETE"},
        ),
    ],
)
def test_debug_tells_the_console_what_the_origin_has_anyway(
    *,
    policy: Policy | None,
    policies: list[tuple[str, Policy]],
    method: str,
    names: str,
    status: int,
    headers: dict[str, str],
) -> None:
    answer = answered(Answers(policy, policies), B, method, names, debug=True)
    assert answer.status == status
    assert all_headers(answer) == {**headers, "Content-Type": "text/plain; charset=utf-8"}
    quiet = answered(Answers(policy, policies), B, method, names)
    assert quiet.refused is not None
    assert (answer.refused, answer.body) == (quiet.refused, quiet.body)


# -- the last of them again -----------------------------------------------------------------------


@pytest.mark.parametrize("policy", [None, Policy(), Policy({A: READS}), Policy({"*": READS})])
@pytest.mark.parametrize("debug", [True, False])
def test_what_was_asked_before_is_answered_with_the_same_object(
    policy: Policy | None, debug: bool
) -> None:
    answers = Answers(policy, others(DELETE=Policy({A: READS})))
    asked = [(A, "PUT", ""), (A, "PUT", "x-a"), (A, "GET", ""), (B, "PUT", ""), ("null", "PUT", "")]
    assert [answers.given.get(words) for words in asked] == [None] * 5
    given = [answered(answers, *words, debug=debug) for words in asked]
    assert all(
        answers.given.get(words) is answer for words, answer in zip(asked, given, strict=True)
    )
    assert answers.given.get((A, "put", "")) is None
    assert answers.given.get((A, "PUT", " ")) is None


@pytest.mark.parametrize(
    ("policy", "other"),
    [
        (Policy({yes: READS}), None),
        (Policy({A: READS, yes: READS}), None),
        (Policy({A: READS}), Policy({yes: READS})),
        (None, Policy({yes: READS})),
    ],
)
def test_where_predicates_answer_nothing_is_remembered(
    policy: Policy | None, other: Policy | None
) -> None:
    answers = Answers(policy, [] if other is None else [("DELETE", other)])
    for debug in (True, False):
        answered(answers, A, "PUT", debug=debug)
        assert answers.given.get((A, "PUT", "")) is None


@pytest.mark.parametrize(("size", "remembered"), [(10, True), (900, True), (1000, False)])
def test_what_asks_in_very_many_words_is_not_remembered(size: int, remembered: bool) -> None:
    answers = Answers(Policy({A: {"allow_headers": "*"}}))
    names = "x" * size
    answered(answers, A, "PUT", names)
    assert (answers.given.get((A, "PUT", names)) is not None) is remembered


def test_the_last_hundred_or_so_are_remembered() -> None:
    answers = Answers(Policy({A: {"allow_headers": "*"}}))
    for number in range(1000):
        answered(answers, A, "PUT", f"x-{number}")
        assert answers.given.get((A, "PUT", f"x-{number}")) is not None
    kept = [number for number in range(1000) if answers.given.get((A, "PUT", f"x-{number}"))]
    assert 0 < len(kept) <= 128
    assert kept == list(range(kept[0], 1000))


def test_answers_of_the_same_policies_have_the_same_serial_numbers() -> None:
    policy, other, third = Policy({A: READS}), Policy({A: READS}), Policy({A: READS})
    same = [Answers(policy, [("PUT", other)]) for _ in range(2)]
    different = [
        Answers(policy),
        Answers(None),
        Answers(None, [("PUT", other)]),
        Answers(other, [("PUT", policy)]),
        Answers(policy, [("PATCH", other)]),
        Answers(policy, [("PUT", third)]),
        Answers(policy, [("PATCH", other), ("PUT", third)]),
    ]
    assert same[0].serials == same[1].serials
    assert len({each.serials for each in (same[0], *different)}) == len(different) + 1


def test_the_headers_of_an_answer_cannot_be_written_on() -> None:
    granted = answered(Answers(Policy({A: READS})), A, "GET")
    refused = answered(Answers(None), A, "GET")
    own = Answer.refusing(refuse_origin("preflight", A, "GET", anybody=True), {"X-A": "1"}, 200)
    assert own.headers["X-A"] == "1"
    for answer in (granted, refused, own):
        assert not isinstance(answer.headers, MutableMapping)


async def test_an_answer_waits_for_its_predicates() -> None:
    async def knows(origin: str, request: object) -> bool:
        return origin == A

    answers, asked = Answers(Policy({knows: READS})), (A, "GET", "")
    answer = await answers.answer(asked, parse_preflight(*asked), Inquiry(A, None), debug=False)
    assert all_headers(answer) == {ACAO: A, ACAM: "GET", VARY: VARY_ORIGIN}
