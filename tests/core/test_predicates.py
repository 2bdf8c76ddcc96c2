"""Predicates: when they are asked, how often, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.diagnostics import CorsConfigWarning
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy

from .plainly import at_once

A = "https://a.example"
PARTNER = ResourceOptions(allow_credentials=True)
EVERYONE = ResourceOptions()
REQUEST = object()

Answer = bool | ResourceOptions | None
LaterAnswer = Answer | Awaitable[Answer]


class Predicate:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self, answer: Callable[[], LaterAnswer]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, object]] = []

    def __call__(self, origin: str, request: object) -> LaterAnswer:
        self.asked.append((origin, request))
        return self.answer()


class Later:
    """An awaitable that is neither a coroutine nor a future."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __await__(self) -> Generator[Any, None, Answer]:
        yield from asyncio.sleep(0).__await__()
        return self.answer


def saying(answer: Answer) -> Predicate:
    return Predicate(lambda: answer)


async def granted(policy: Policy, inquiry: Inquiry) -> ResourceOptions | None:
    grant = await policy.grant_by(inquiry)
    return None if grant is None else grant.options


async def soon(answer: Answer) -> Answer:
    await asyncio.sleep(0)
    return answer


def future(answer: Answer) -> asyncio.Future[Answer]:
    done = asyncio.get_running_loop().create_future()
    done.set_result(answer)
    return done


class Tenants:
    def knows(self, origin: str, request: object) -> bool:
        return origin == A

    async def will_know(self, origin: str, request: object) -> Answer:
        return await soon(origin == A)


async def among(origins: set[str], origin: str, request: object) -> Answer:
    return await soon(origin in origins)


@pytest.mark.parametrize(
    "predicate",
    [
        lambda origin, request: origin == A,
        lambda origin, request: soon(origin == A),
        lambda origin, request: future(origin == A),
        lambda origin, request: Later(origin == A),
        lambda origin, request: asyncio.ensure_future(soon(origin == A)),
        Tenants().knows,
        Tenants().will_know,
        functools.partial(among, {A}),
    ],
)
async def test_a_predicate_answers_at_once_or_later(predicate: Any) -> None:
    policy = Policy({predicate: PARTNER})
    assert await granted(policy, Inquiry(A, REQUEST)) == PARTNER
    assert await granted(policy, Inquiry("https://b.example", REQUEST)) is None


OWN = ResourceOptions(max_age=7)


@pytest.mark.parametrize(
    ("answer", "expected"), [(True, PARTNER), (OWN, OWN), (False, None), (None, None)]
)
@pytest.mark.parametrize("in_time", [lambda answer: answer, soon, future, Later])
async def test_an_answer_is_yes_or_no_or_the_options_of_this_request(
    answer: Answer, expected: ResourceOptions | None, in_time: Any
) -> None:
    policy = Policy({Predicate(lambda: in_time(answer)): PARTNER})
    assert await granted(policy, Inquiry(A, REQUEST)) == expected


async def test_options_that_are_answered_are_those_of_this_request_alone() -> None:
    answers: list[Answer] = [OWN, True, None, EVERYONE]
    policy = Policy({Predicate(lambda: answers.pop(0)): PARTNER})
    seen = [await granted(policy, Inquiry(A, REQUEST)) for _ in range(4)]
    assert seen == [OWN, PARTNER, None, EVERYONE]


async def test_what_does_not_count_is_asked_of_the_answered_options() -> None:
    def may_put(options: ResourceOptions) -> bool:
        return options.is_method_allowed("PUT")

    puts = ResourceOptions(allow_methods=["PUT"])
    for answer, key_options, expected in (
        (puts, EVERYONE, puts),
        (EVERYONE, puts, None),
        (True, puts, puts),
        (True, EVERYONE, None),
    ):
        policy = Policy({saying(answer): key_options, "*": puts}, admits=may_put)
        assert await granted(policy, Inquiry(A, REQUEST)) == expected


async def test_a_predicate_may_answer_null_with_options_that_allow_credentials() -> None:
    grant = await Policy({saying(PARTNER): EVERYONE}).grant_by(Inquiry("null", REQUEST))
    assert grant is not None
    assert (grant.allowed_origin, grant.credentials) == (None, "true")


async def test_one_answer_holds_for_each_key_and_each_method_of_a_request() -> None:
    predicate = saying(OWN)
    inquiry = Inquiry(A, REQUEST)
    for policy in (Policy({predicate: PARTNER}), Policy({predicate: EVERYONE})):
        assert await granted(policy, inquiry) == OWN
    assert predicate.asked == [(A, REQUEST)]


async def no_answer_yet() -> AsyncIterator[bool]:
    yield False


def generated() -> Generator[bool, None, None]:
    yield False


@pytest.mark.parametrize(
    "wrong", [1, 0, "yes", "", A, [], {}, (), 1.0, object(), no_answer_yet, generated, type(OWN)]
)
@pytest.mark.parametrize("in_time", [lambda answer: answer, soon])
async def test_any_other_answer_is_an_error_that_refuses(
    wrong: Any, in_time: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = wrong() if wrong in (no_answer_yet, generated) else wrong
    policy = Policy({Predicate(lambda: in_time(answer)): PARTNER, "*": EVERYONE})
    assert await granted(policy, Inquiry(A, REQUEST)) is None
    (record,) = caplog.records
    what = "is no answer, which is True, False, None or options"
    assert re.search(rf"{what}['\"]$", record.getMessage())
    assert record.getMessage().startswith(f"origin '{A}' is refused: the predicate ")
    assert "await" not in record.getMessage()


async def test_the_arguments_of_options_are_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    arguments: Any = {"allow_credentials": True}
    assert await granted(Policy({saying(arguments): PARTNER}), Inquiry(A, REQUEST)) is None
    assert len(caplog.records) == 1


async def test_an_answer_that_was_not_awaited_is_none(caplog: pytest.LogCaptureFixture) -> None:
    forgotten = soon(False)

    async def asks_without_await(origin: str, request: object) -> Any:
        return forgotten

    assert await granted(Policy({asks_without_await: PARTNER}), Inquiry(A, REQUEST)) is None
    forgotten.close()
    (record,) = caplog.records
    assert "None or options; is an 'await' missing?" in record.getMessage()


def test_a_predicate_gets_the_origin_and_the_request() -> None:
    predicate = saying(True)
    at_once(granted(Policy({predicate: PARTNER}), Inquiry(A, REQUEST)))
    assert predicate.asked == [(A, REQUEST)]


@pytest.mark.parametrize(
    "closer", [A, "https://*.example", re.compile("https://.*")], ids=["exact", "pattern", "regex"]
)
def test_a_predicate_is_not_asked_where_a_closer_key_covers_the_origin(closer: Any) -> None:
    predicate = saying(True)
    for policy in (
        Policy({predicate: PARTNER, closer: EVERYONE}),
        Policy({predicate: PARTNER}, {closer: EVERYONE}),
    ):
        assert at_once(granted(policy, Inquiry(A, REQUEST))) == EVERYONE
    assert predicate.asked == []


def test_the_star_comes_after_the_predicates() -> None:
    admitting, refusing = saying(True), saying(False)
    policy = Policy({"*": EVERYONE, admitting: PARTNER})
    assert at_once(granted(policy, Inquiry(A, REQUEST))) == PARTNER
    policy = Policy({"*": EVERYONE, refusing: PARTNER})
    assert at_once(granted(policy, Inquiry(A, REQUEST))) == EVERYONE
    assert refusing.asked == [(A, REQUEST)]


def test_predicates_are_asked_in_order_until_one_admits() -> None:
    first, second, third, fourth = saying(False), saying(False), saying(True), saying(True)
    policy = Policy({first: EVERYONE, second: EVERYONE}, {third: PARTNER, fourth: EVERYONE})
    assert at_once(granted(policy, Inquiry(A, REQUEST))) == PARTNER
    assert [len(each.asked) for each in (first, second, third, fourth)] == [1, 1, 1, 0]


@pytest.mark.parametrize("answer", [True, False])
def test_a_predicate_is_asked_once_for_one_request(answer: bool) -> None:
    predicate = saying(answer)
    inquiry = Inquiry(A, REQUEST)
    # The same predicate in two layers, and in the policies of several methods.
    for policy in (
        Policy({predicate: PARTNER}, {predicate: EVERYONE}),
        Policy({predicate: PARTNER}),
    ):
        for _ in range(2):
            at_once(granted(policy, inquiry))
    assert predicate.asked == [(A, REQUEST)]


def test_an_answer_is_not_kept_for_the_next_request() -> None:
    answers = [True, False, True]
    predicate = Predicate(lambda: answers.pop(0))
    policy = Policy({predicate: PARTNER})
    seen = [at_once(granted(policy, Inquiry(A, REQUEST))) for _ in range(3)]
    assert seen == [PARTNER, None, PARTNER]


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "https://a.example/",
        "https://A.example",
        "https://a.example:443",
        "https://u@a.example",
        "https://a.example\n",
        "https://\udc80.example",
        "https://" + "a." * 4000 + "example",
    ],
)
def test_a_predicate_is_not_asked_about_what_no_browser_sends(origin: str) -> None:
    predicate = saying(True)
    policy = Policy({predicate: PARTNER, "*": EVERYONE})
    at_once(granted(policy, Inquiry(origin, REQUEST)))
    assert at_once(granted(Policy({predicate: PARTNER}), Inquiry(origin, REQUEST))) is None
    assert predicate.asked == []


@pytest.mark.parametrize("origin", ["null", "file://"])
def test_a_predicate_is_asked_about_local_pages(origin: str) -> None:
    predicate = saying(True)
    assert at_once(granted(Policy({predicate: PARTNER}), Inquiry(origin, REQUEST))) == PARTNER
    assert predicate.asked == [(origin, REQUEST)]


def test_what_a_policy_grants_without_asking_leaves_predicates_alone() -> None:
    predicate = saying(True)
    policy = Policy({predicate: PARTNER, "https://b.example": EVERYONE})
    assert policy.options_for(A) is None
    assert policy.options_for("https://b.example") == EVERYONE
    assert predicate.asked == []
    assert policy.asks
    assert not Policy({"*": EVERYONE}).asks


# -- failures -------------------------------------------------------------------------------------


def fails(error: BaseException) -> Callable[[], LaterAnswer]:
    def answer() -> LaterAnswer:
        raise error

    return answer


def fails_later(error: BaseException) -> Callable[[], LaterAnswer]:
    async def answer() -> bool:
        await asyncio.sleep(0)
        raise error

    return answer


class NoTruth:
    def __bool__(self) -> bool:
        raise LookupError("neither")


FAILURES = [
    fails(ValueError("broken")),
    fails_later(ValueError("broken")),
    fails(OSError("database is away")),
    fails_later(TimeoutError()),
    fails(StopIteration()),
    fails(asyncio.CancelledError()),
    fails_later(asyncio.CancelledError()),
    NoTruth,
]


@pytest.mark.parametrize("failing", FAILURES)
async def test_a_failing_predicate_refuses_the_origin_and_is_logged(
    failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    predicate, never = Predicate(failing), saying(True)
    policy = Policy({predicate: EVERYONE, never: PARTNER}, {never: PARTNER, "*": EVERYONE})
    inquiry = Inquiry(A, REQUEST)
    assert await granted(policy, inquiry) is None
    assert await granted(policy, inquiry) is None  # for the same request, it stays so
    assert await granted(Policy({"*": EVERYONE}), inquiry) is None
    assert len(predicate.asked) == 1
    assert never.asked == []
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aiohttp_cors", logging.ERROR)
    assert repr(A) in record.getMessage()
    assert repr(predicate) in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is not None
    assert inquiry.failure == (predicate, record.exc_info[1])


@pytest.mark.parametrize("failing", FAILURES)
async def test_a_failing_predicate_does_not_take_from_an_origin_what_its_own_key_gives(
    failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    inquiry = Inquiry(A, REQUEST)
    assert await granted(Policy({Predicate(failing): EVERYONE}), inquiry) is None
    assert await granted(Policy({A: PARTNER}), inquiry) == PARTNER
    assert len(caplog.records) == 1


async def test_a_failure_is_logged_in_full_once_and_then_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    predicate, other = Predicate(fails(OSError("database is away"))), Predicate(fails(OSError()))
    for asked in (predicate, predicate, other, predicate):
        assert await granted(Policy({asked: PARTNER}), Inquiry(A, REQUEST)) is None
    assert [record.exc_info is not None for record in caplog.records] == [True, False, True, False]
    assert all(repr(A) in record.getMessage() for record in caplog.records)
    assert "database is away" in caplog.records[1].getMessage()


async def test_a_predicate_that_cannot_be_referred_to_weakly_may_fail_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Table:
        name: str

        def __call__(self, origin: str, request: object) -> bool:
            raise OSError(f"{self.name} is away")

    policy = Policy({Table("tenants"): PARTNER})
    for _ in range(2):
        assert await granted(policy, Inquiry(A, REQUEST)) is None
    assert [record.exc_info is not None for record in caplog.records] == [True, False]


async def test_the_text_of_an_error_is_logged_in_one_line_and_cut(
    caplog: pytest.LogCaptureFixture,
) -> None:
    predicate = Predicate(fails(ValueError("a\nb" + "x" * 1000)))
    assert await granted(Policy({predicate: PARTNER}), Inquiry(A, REQUEST)) is None
    message = caplog.records[0].getMessage()
    assert message.isprintable()
    assert len(message) < 500


async def test_a_predicate_whose_own_task_is_cancelled_refuses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def cancelled(origin: str, request: object) -> bool:
        task = asyncio.ensure_future(asyncio.sleep(60))
        asyncio.get_running_loop().call_soon(task.cancel)
        await task
        return True

    assert await granted(Policy({cancelled: PARTNER, "*": EVERYONE}), Inquiry(A, REQUEST)) is None
    assert len(caplog.records) == 1


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 cannot tell whose cancellation it is"
)
async def test_a_request_that_is_cancelled_while_a_predicate_waits_stays_cancelled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    started = asyncio.Event()

    async def waiting(origin: str, request: object) -> bool:
        started.set()
        await asyncio.sleep(60)
        return True

    task = asyncio.ensure_future(granted(Policy({waiting: PARTNER}), Inquiry(A, REQUEST)))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert caplog.records == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_server_is_not_held_up(error: type[BaseException]) -> None:
    policy = Policy({Predicate(fails(error())): PARTNER})
    with pytest.raises(error):
        at_once(granted(policy, Inquiry(A, REQUEST)))


async def test_requests_do_not_share_their_failures(caplog: pytest.LogCaptureFixture) -> None:
    failing = True

    async def sometimes(origin: str, request: object) -> bool:
        await asyncio.sleep(0)
        if failing:
            raise OSError("database is away")
        return True

    policy = Policy({sometimes: PARTNER})
    assert await granted(policy, Inquiry(A, REQUEST)) is None
    failing = False
    assert await granted(policy, Inquiry(A, REQUEST)) == PARTNER
    assert len(caplog.records) == 1


# -- callables that cannot be asked ---------------------------------------------------------------


def takes_one(origin: str) -> bool:
    return True


def takes_three(origin: str, request: object, database: object) -> bool:
    return True


class TakesNone:
    def __call__(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("predicate", "name"),
    [(takes_one, "takes_one"), (takes_three, "takes_three"), (TakesNone(), "TakesNone")],
)
def test_a_callable_that_cannot_be_asked_is_told(predicate: Any, name: str) -> None:
    (finding,) = Layer({predicate: EVERYONE}).findings
    assert (finding.code, finding.category) == ("C103", CorsConfigWarning)
    assert finding.message.startswith(
        f"the callable {name!r} cannot be called with an origin and a request ("
    )
    assert finding.message.endswith("), so that it refuses every origin")
    assert finding.hint == "let it take two arguments, as in def may_read(origin, request)"


@pytest.mark.parametrize(
    "predicate",
    [
        lambda origin, request: True,
        lambda *both: True,
        lambda origin, request=None: True,
        functools.partial(takes_three, database=None),
        {}.get,
        min,  # whose parameters nobody knows
    ],
)
def test_a_callable_that_can_be_asked_gives_no_finding(predicate: Any) -> None:
    assert Layer({predicate: EVERYONE}).findings == []
