"""Text for a terminal: aligned, no wider than 100 columns, coloured only where a person looks."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal, TextIO

from aiohttp_cors.__about__ import __title__

WIDTH = 100

Style = Literal["good", "bad", "faint", "strong"]

# https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (SGR)
_CODES: dict[Style, str] = {"good": "1;32", "bad": "1;31", "faint": "2", "strong": "1"}


class Screen:
    """Where a command prints: knows whether colours are welcome, and which characters there are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # https://no-color.org/
        self._is_coloured = stream.isatty() and not os.environ.get("NO_COLOR")

    def paint(self, style: Style, text: str) -> str:
        """*text* in the colour of *style*, where there are colours."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._is_coloured and text else text

    def print(self, lines: Iterable[str]) -> None:
        """Write *lines*, with whatever the stream cannot encode escaped."""
        encoding = self._stream.encoding or "utf-8"
        try:
            for line in lines:
                text = line.encode(encoding, "backslashreplace").decode(encoding)
                self._stream.write(f"{text}\n")
            self._stream.flush()
        except BrokenPipeError:  # as of `head`, which has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def complain(self, text: str) -> None:
        """Write *text* as the one line that says what went wrong."""
        self.print([f"{__title__}: {printable(text)}"])


def printable(text: str) -> str:
    """*text* with its control characters escaped: no server may steer a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """The lines of *text*, the first one behind *first*, the others behind *rest* (as wide)."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )


def cut(text: str, width: int) -> str:
    """*text*, no longer than *width*.

    >>> cut("https://app.example", 12)
    'https://a...'
    """
    return text if len(text) <= width else f"{text[: width - 3]}..."


def some(items: Sequence[str], *, most: int = 6) -> str:
    """The first of *items*, and how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = ", ".join(items[:most])
    return listed if len(items) <= most else f"{listed} and {len(items) - most} more"


def align(rows: Sequence[Sequence[str]], most: Sequence[int]) -> list[list[str]]:
    """*rows*, the cells of a column as wide as its widest, but no wider than *most* says."""
    columns = zip(*rows, strict=True)
    widths = [min(limit, max(map(len, c))) for limit, c in zip(most, columns, strict=True)]
    return [
        [cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]
