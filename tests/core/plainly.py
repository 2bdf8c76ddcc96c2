"""What the tests of the core share: plain ways to ask, to listen and to count."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from multidict import CIMultiDict

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.answers import Answer, Answers
from aiohttp_cors.protocol.policy import Inquiry, Policy
from aiohttp_cors.protocol.preflights import Preflight, parse_preflight
from aiohttp_cors.protocol.responses import Grant, allow_actual, extend_vary

ACAO = "Access-Control-Allow-Origin"
ACAC = "Access-Control-Allow-Credentials"
ACAM = "Access-Control-Allow-Methods"
ACAH = "Access-Control-Allow-Headers"
ACEH = "Access-Control-Expose-Headers"
ACMA = "Access-Control-Max-Age"
VARY = "Vary"


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What *coroutine* returns; it may wait for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise AssertionError("it waited")


def asked(policy: Policy, origin: str, request: object = None) -> ResourceOptions | None:
    """The options that *policy* gives when its predicates are asked; they may not wait."""
    grant = at_once(policy.grant_by(Inquiry(origin, request)))
    return None if grant is None else grant.options


def answer(options: ResourceOptions, origin: str, *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    """All headers but Vary of a response that had *pairs*, for the allowed *origin*, sorted."""
    headers = CIMultiDict(pairs)
    allow_actual(headers, origin, Grant(options))
    return sorted(headers.items())


def answer_actual(headers: CIMultiDict[str], origin: str, grant: Grant | None) -> None:
    """Put on *headers* what a policy that is not constant says, as every response gets it."""
    if headers.setdefault(VARY, "Origin") != "Origin":
        extend_vary(headers)
    if grant is not None:
        allow_actual(headers, origin, grant)


def preflight(origin: str | None, method: str | None, *lines: str) -> Preflight:
    """What a preflight asks whose Access-Control-Request-Headers came in *lines*."""
    return parse_preflight(origin, method, ",".join(lines))


def answered(
    answers: Answers, origin: str, method: str, names: str = "", *, debug: bool = False
) -> Answer:
    """What a preflight is answered; the predicates may not wait."""
    words, inquiry = (origin, method, names), Inquiry(origin, None)
    answer: Answer = at_once(answers.answer(words, parse_preflight(*words), inquiry, debug=debug))
    return answer


@contextmanager
def warned() -> Iterator[list[warnings.WarningMessage]]:
    """The warnings given meanwhile, each of them."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        yield given


def work(function: Callable[..., object], *arguments: object) -> list[str]:
    """The names of all that ``function(*arguments)`` calls, of Python and of C, in order.

    The garbage collector waits meanwhile: it comes when it likes, and calls what others gave to
    :data:`gc.callbacks`.
    """
    calls: list[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            calls.append(frame.f_code.co_name)
        elif event == "c_call":
            calls.append(argument.__qualname__)

    before = sys.getprofile()
    gc.disable()
    sys.setprofile(note)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
        gc.enable()
    return calls[:-1]  # the last one is sys.setprofile itself
