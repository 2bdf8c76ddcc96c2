"""What a row of the comparison is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

HeaderList: TypeAlias = tuple[tuple[str, str], ...]

_SHORT = {
    "acao": "Access-Control-Allow-Origin",
    "acac": "Access-Control-Allow-Credentials",
    "acam": "Access-Control-Allow-Methods",
    "acah": "Access-Control-Allow-Headers",
    "aceh": "Access-Control-Expose-Headers",
    "acma": "Access-Control-Max-Age",
}


@dataclass(frozen=True)
class Answer:
    """Exactly what a server answers; the origins `{page}`, `{api}` and `{other}` are filled in."""

    status: int
    headers: HeaderList


def answer(status: int = 200, *more: tuple[str, str], **lines: str | tuple[str, ...]) -> Answer:
    """Return an answer: `acao="*"` is one line, `acao=("*", "*")` are two."""
    headers = [
        (_SHORT[short], value)
        for short, values in lines.items()
        for value in ((values,) if isinstance(values, str) else values)
    ]
    return Answer(status, (*headers, *more))


@dataclass(frozen=True)
class Route:
    """What a server answers to preflights and to anything else."""

    preflight: Answer
    actual: Answer


@dataclass(frozen=True)
class Ask:
    """One `fetch()` of the page; *to* is a server and the rest of the row's path."""

    method: str = "GET"
    to: str = "api/"
    headers: HeaderList = ()
    credentials: Literal["omit", "same-origin", "include"] = "same-origin"
    data: str | None = None


@dataclass(frozen=True)
class Row:
    """Some fetches of one page, one after the other, and what the servers answer to them.

    *blocked* is the reason for which the last one is blocked; "TypeError" is for what JavaScript
    refuses before it becomes a request. Whether the servers are *told who asks* is compared in some
    of them.
    """

    name: str
    asks: tuple[Ask, ...]
    routes: Mapping[str, Route]
    blocked: str | None = None
    sandboxed: bool = False
    tells_who_asks: bool = False

    @property
    def header_names(self) -> frozenset[str]:
        """The lower-case names that the page sets."""
        return frozenset(name.lower() for ask in self.asks for name, _ in ask.headers)


OPEN = answer(acao="{page}")


def row(
    name: str,
    *asks: Ask,
    preflight: Answer = OPEN,
    actual: Answer = OPEN,
    routes: Mapping[str, Route] | None = None,
    **more: Any,
) -> Row:
    """Return a row whose server `api` answers *preflight* and *actual* at the row's own path."""
    return Row(name, asks or (Ask(),), {"api/": Route(preflight, actual), **(routes or {})}, **more)


def to(location: str, status: int = 302, **lines: str | tuple[str, ...]) -> Answer:
    """Return a redirect that the page may follow unless *lines* say otherwise."""
    return answer(status, ("Location", location), **({"acao": "{page}"} | lines))
