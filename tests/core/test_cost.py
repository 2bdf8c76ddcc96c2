"""What a look-up costs: counted in calls, so that a busy machine fails nothing."""

from __future__ import annotations

import gc
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.answers import Answers
from aiohttp_cors.protocol.origins import MAX_ORIGIN_LENGTH, Origin, is_serialised_origin
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy
from aiohttp_cors.protocol.preflights import parse_preflight

from .plainly import at_once, work

OPTIONS = ResourceOptions()
LIMIT = 8190  # what aiohttp takes for one header
HOSTILE: list[Callable[[int], str]] = [
    lambda size: ("https://" + "a." * size)[:size],
    lambda size: ("https://" + "a" * size)[:size],
    lambda size: ("https://" + "." * size)[:size],
    lambda size: ("https://" + "-" * size)[: size - 12] + ".example.com",
    lambda size: ("https://" + "a." * size)[: size - 11] + "example.com",
    lambda size: ("http://localhost:" + "8" * size)[:size],
    lambda size: ("http://[" + ":" * size)[:size],
    lambda size: ("http://" + "1." * size)[:size],
    lambda size: ("app://" + "%" * size)[:size],
    lambda size: ("a+" * size)[: size - 12] + "://a.example",
    lambda size: "\udc80" * size,
]


def everything(predicate: Any) -> Policy:
    """A policy with each kind of key."""
    return Policy(
        {
            "https://a.example": OPTIONS,
            "https://*.example.com": OPTIONS,
            "http://localhost:*": OPTIONS,
            re.compile("(a|aa)+|https?://(.*)+"): OPTIONS,
            predicate: OPTIONS,
            "*": OPTIONS,
        }
    )


def expressions_used(calls: list[str]) -> list[str]:
    return [call for call in calls if call.startswith("Pattern.")]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("size", [MAX_ORIGIN_LENGTH + 1, LIMIT])
def test_a_longer_origin_than_any_never_gets_to_an_expression_or_a_predicate(
    hostile: Callable[[int], str], size: int
) -> None:
    origin = hostile(size)
    assert len(origin) == size
    asked: list[str] = []

    def predicate(origin: str, request: object) -> bool:
        asked.append(origin)
        return True

    policy = everything(predicate)
    for calls in (
        work(policy.grant_for, origin),
        work(lambda: at_once(policy.grant_by(Inquiry(origin, None)))),
        work(is_serialised_origin, origin),
        work(Origin.parse, origin),
    ):
        assert expressions_used(calls) == []
    assert asked == []
    assert policy.grant_for(origin) is policy.grant_for("nonsense")  # that of everybody


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_work_for_an_origin_that_is_too_long_does_not_grow_with_it(
    hostile: Callable[[int], str],
) -> None:
    def predicate(origin: str, request: object) -> bool:
        return True

    def ask(size: int) -> list[str]:
        policy, origin = everything(predicate), hostile(size)
        return work(policy.grant_for, origin)

    assert ask(LIMIT) == ask(MAX_ORIGIN_LENGTH + 1) == ask(1_000_000)


def test_an_expression_that_is_used_is_counted() -> None:
    policy = Policy({re.compile("https://a[.]example"): OPTIONS})
    assert expressions_used(work(policy.grant_for, "https://a.example"))


def test_what_the_garbage_collector_does_meanwhile_is_not_counted() -> None:
    def called_back(phase: str, information: dict[str, int]) -> None:
        """What hypothesis, for one, has the collector call."""

    gc.callbacks.append(called_back)
    try:
        calls = work(lambda: [[] for _ in range(100_000)])
    finally:
        gc.callbacks.remove(called_back)
    assert "called_back" not in calls


# -- many keys ------------------------------------------------------------------------------------


def patterns(number: int) -> dict[str, ResourceOptions]:
    return {f"https://*.tenant-{n}.example": OPTIONS for n in range(number)}


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.other.example",
        "https://tenant-0.example",
        "https://a.tenant-0.example",
        "https://a.b.c.d.tenant-0.example",
        "http://a.tenant-0.example",
        "null",
        "nonsense",
        "https://" + "a." * 120 + "example",
    ],
)
def test_a_thousand_patterns_are_looked_up_by_suffix_and_not_one_by_one(origin: str) -> None:
    one, thousand = (Policy(patterns(number)) for number in (1, 1000))
    assert work(thousand.grant_for, origin) == work(one.grant_for, origin)
    assert one.options_for(origin) == thousand.options_for(origin)


@pytest.mark.parametrize("port", ["*", "80*"])
def test_patterns_of_ports_are_looked_up_by_host(port: str) -> None:
    def hosts(number: int) -> dict[str, ResourceOptions]:
        return {f"http://host-{n}.example:{port}": OPTIONS for n in range(number)}

    for origin in ("http://host-0.example:8080", "http://other.example:8080"):
        one, thousand = (Policy(hosts(number)) for number in (1, 1000))
        assert work(thousand.grant_for, origin) == work(one.grant_for, origin)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_work_for_any_origin_is_bounded(hostile: Callable[[int], str]) -> None:
    policy = Policy(patterns(1000))
    for size in range(20, MAX_ORIGIN_LENGTH + 1, 20):
        # A look-up for each label, of two bytes at least, and a few steps.
        assert len(work(policy.grant_for, hostile(size))) < 3 * MAX_ORIGIN_LENGTH


class Counted(str):
    """An origin that counts its accesses to dicts: each asks for its hash."""

    __slots__ = ("hashed",)
    hashed: int

    def __hash__(self) -> int:
        self.hashed += 1
        return str.__hash__(self)


def accesses(policy: Policy, origin: str) -> int:
    counted = Counted(origin)
    counted.hashed = 0
    policy.grant_for(counted)
    return counted.hashed


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_ten_thousand_origins_cost_one_dict_access_whatever_the_layers(layers: int) -> None:
    further = [Layer({f"https://layer-{n}.example": OPTIONS}) for n in range(layers - 1)]
    defaults = Layer({f"https://tenant-{n}.example": OPTIONS for n in range(10_000)})
    origin = "https://tenant-9999.example"
    policy, one = Policy(*further, defaults), Policy(*further, {origin: OPTIONS})
    assert work(policy.grant_for, origin) == work(one.grant_for, origin)
    assert policy.options_for(origin) == OPTIONS
    assert accesses(policy, origin) == 1


def test_an_origin_that_is_unknown_costs_the_same_among_ten_thousand() -> None:
    few, many = (
        Policy({f"https://tenant-{n}.example": OPTIONS for n in range(number)})
        for number in (1, 10_000)
    )
    for _ in range(2):
        origin = "https://unknown.example"
        assert work(many.grant_for, origin) == work(few.grant_for, origin)


def test_policies_share_their_layers() -> None:
    defaults = Layer({f"https://tenant-{n}.example": OPTIONS for n in range(10_000)})
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        policies = [Policy({f"https://r-{n}.example": OPTIONS}, defaults) for n in range(100)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(policies[0]) == 10_001
    # One copy of the defaults takes more than a megabyte.
    assert after - before < 1_000_000


# -- memory that clients could fill ---------------------------------------------------------------


@pytest.mark.parametrize("size", [40, MAX_ORIGIN_LENGTH, LIMIT])
@pytest.mark.parametrize(
    "config",
    [{"https://*.example.com": OPTIONS}, {"*": OPTIONS, "null": OPTIONS}],
    ids=["pattern", "star"],
)
def test_what_is_remembered_of_origins_is_bounded_however_many_and_long_they_are(
    size: int, config: dict[str, ResourceOptions]
) -> None:
    policy = Policy(config)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(2000):
            policy.grant_for(f"https://{number}.{'a' * size}"[:size])
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000


@pytest.mark.parametrize(
    "config",
    [{"https://a.example": ResourceOptions(allow_headers="*")}, {}],
    ids=["granted", "refused"],
)
def test_what_is_remembered_of_preflights_is_bounded(config: dict[str, ResourceOptions]) -> None:
    answers = Answers(Policy(config))
    origin, method = "https://a.example", "GET"
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(1000):
            for size in (10, 900, LIMIT):
                asked = (origin, method, f"x-{number}".ljust(size, "x"))
                inquiry = Inquiry(origin, None)
                at_once(answers.answer(asked, parse_preflight(*asked), inquiry, debug=False))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000


def test_an_answer_that_is_remembered_costs_one_look_up() -> None:
    answers = Answers(Policy({"https://a.example": OPTIONS}))
    asked = ("https://a.example", "GET", "")
    inquiry = Inquiry("https://a.example", None)
    at_once(answers.answer(asked, parse_preflight(*asked), inquiry, debug=False))
    assert [call.rpartition(".")[2] for call in work(answers.given.get, asked)] == ["get"]


def test_a_preflight_for_a_safelisted_method_costs_the_same_beside_many_others() -> None:
    policy = Policy({"https://a.example": OPTIONS})
    asked = ("https://a.example", "GET", "")

    def answer(others: int) -> None:
        answers = Answers(policy, [(f"M-{number}", policy) for number in range(others)])
        inquiry = Inquiry("https://a.example", None)
        coroutine = answers.answer(asked, parse_preflight(*asked), inquiry, debug=False)
        costs.append(len(work(at_once, coroutine)))

    costs: list[int] = []
    for others in (0, 0, 1, 100):  # the first one pays for what all share
        answer(others)
    assert len(set(costs[1:])) == 1


def test_no_question_of_a_client_is_remembered_by_itself() -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(100):
            parse_preflight("https://a.example", "GET", f"x-{number}," + "x-a," * (LIMIT // 4))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
