"""What came of a page's request, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from .headers import HeaderList
from .requests import Request, WireRequest
from .responses import FilteredResponse, WireResponse


class Reason(str, Enum):
    """Why a browser keeps an answer from the page, as one machine-readable word."""

    PREFLIGHT_REDIRECT = "preflight-redirect"
    PREFLIGHT_STATUS = "preflight-status"
    ALLOW_ORIGIN_MISSING = "allow-origin-missing"
    ALLOW_ORIGIN_SEVERAL = "allow-origin-several"
    ALLOW_ORIGIN_DIFFERS = "allow-origin-differs"
    ALLOW_ORIGIN_WILDCARD = "allow-origin-wildcard"
    ALLOW_CREDENTIALS = "allow-credentials"
    ALLOW_METHODS_INVALID = "allow-methods-invalid"
    ALLOW_METHODS = "allow-methods"
    ALLOW_HEADERS_INVALID = "allow-headers-invalid"
    ALLOW_HEADERS = "allow-headers"
    REDIRECT_LOCATION = "redirect-location"
    REDIRECT_SCHEME = "redirect-scheme"
    REDIRECT_COUNT = "redirect-count"
    REDIRECT_CREDENTIALS = "redirect-credentials"
    BAD_PORT = "bad-port"
    SWITCHING_PROTOCOLS = "switching-protocols"
    WEBSOCKET_STATUS = "websocket-status"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that did not pass.

    *message* says what a browser's console says, in other words. *fix* is the change of the
    server's aiohttp_cors configuration that would let the check pass, ``None`` if there is none.
    """

    reason: Reason
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that the browser decided by itself, in a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question that the browser asked about an answer; it passed unless there is a *failure*."""

    name: str
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """Whether the browser went on."""
        return self.failure is None


Step: TypeAlias = Decision | WireRequest | WireResponse | Check


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its answer, and what the browser checked about it."""

    request: WireRequest
    response: WireResponse
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a page's request: every step in order, and what the page gets.

    *outcome* is what the page may see, or the failure that kept it away. ``str(verdict)`` is the
    whole story, for people.
    """

    request: Request
    steps: tuple[Step, ...]
    outcome: FilteredResponse | Failure

    @property
    def allowed(self) -> bool:
        """Whether the page got an answer."""
        return isinstance(self.outcome, FilteredResponse)

    @property
    def reason(self) -> Reason | None:
        """Why the page got nothing; ``None`` if it got an answer."""
        return self.outcome.reason if isinstance(self.outcome, Failure) else None

    @property
    def fix(self) -> str | None:
        """The change of the server's configuration that would help, if there is one."""
        return self.outcome.fix if isinstance(self.outcome, Failure) else None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What went over the wire: preflights, redirects and the last answer, in order."""
        exchanges: list[Exchange] = []
        sent: WireRequest | None = None
        for step in self.steps:
            if isinstance(step, WireRequest):
                sent = step
            elif isinstance(step, WireResponse) and sent is not None:
                exchanges.append(Exchange(sent, step))
            elif isinstance(step, Check):
                last = exchanges[-1]
                exchanges[-1] = replace(last, checks=(*last.checks, step))
        return tuple(exchanges)

    def __str__(self) -> str:
        lines = [f"{self.request.origin} asks for {self.request.method} {self.request.url}"]
        for step in self.steps:
            lines += _lines(step)
        return "\n".join([*lines, *_outcome_lines(self.outcome)])


def _lines(step: Step) -> list[str]:
    match step:
        case WireRequest():
            return [f"> {step.method} {step.url}", *_header_lines(">", step.headers)]
        case WireResponse():
            return [f"< {step.status}", *_header_lines("<", step.headers)]
        case Check():
            return [f"  {step.name}: {'passed' if step.passed else 'failed'}"]
        case _:
            return [f"  {step.text}"]


def _outcome_lines(outcome: FilteredResponse | Failure) -> list[str]:
    if isinstance(outcome, FilteredResponse):
        names = sorted({name.lower() for name, _ in outcome.headers}) or ["none"]
        return [f"ALLOWED: status {outcome.status}, readable headers: {', '.join(names)}"]
    fix = [f"To allow it: {outcome.fix}"] if outcome.fix else []
    return [f"BLOCKED ({outcome.reason}): {outcome.message}", *fix]


def _header_lines(mark: str, headers: HeaderList) -> list[str]:
    return [f"{mark} {name}: {value}" for name, value in headers]
