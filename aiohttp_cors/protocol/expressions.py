"""The text of a regular expression: its parts, and strings that it may match.

This reads as much of the syntax as expressions for origins use. What it says of an expression is a
guess, which whoever uses it tries with the expression itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from itertools import islice, pairwise

# Longer ones are lists that a program made, and not what somebody wrote
MAX_EXPRESSION_LENGTH = 4000

_ESCAPE = r"\\."
_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
# "(", also with "?:", "?=", "?!", "?<=", "?<!", "?>", "?P<name>", or all of "(?i)" and "(?P=name)"
_GROUP = r"\((?:\?(?:[:=!>]|<[=!]|P?<\w+>|[a-zA-Z-]*:)|\?[a-zA-Z-]+\)|\?P=\w+\))?"
_QUANTIFIER = r"(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})[?+]?"
_PART = rf"(?s){_ESCAPE}|{_CLASS}|{_GROUP}|{_QUANTIFIER}|."
_QUANTIFIER_PART = _QUANTIFIER

_MOST_SAMPLES = 32
_LONGEST_SAMPLE = 200
_DEEPEST_GROUP = 20


def parts_of(expression: str) -> list[str]:
    r"""Escapes, classes, beginnings of groups, quantifiers, and single characters, in order.

    >>> parts_of(r"(a|[b-c])+\.d")
    ['(', 'a', '|', '[b-c]', ')', '+', '\\.', 'd']
    """
    return re.findall(_PART, expression)


def with_escaped_dots(expression: str) -> str:
    r"""*expression*, in which a dot that no quantifier follows stands for itself.

    >>> print(with_escaped_dots("https://[a-z.]+.a.example"))
    https://[a-z.]+\.a\.example
    """
    parts = parts_of(expression)
    return "".join(
        r"\." if part == "." and not _is_quantifier(following) else part
        for part, following in pairwise([*parts, ""])
    )


def alternatives_of(expression: str) -> list[str]:
    """What stands between the ``|`` that are in no group, and in the group that is all of it.

    >>> alternatives_of("(a|b(c|d))")
    ['a', 'b(c|d)']
    """
    parts = parts_of(expression)
    for _ in range(_DEEPEST_GROUP):
        parts = _inside(parts)
    found, depth = [""], 0
    for part in parts:
        depth += _deepens(part)
        if part == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += part
    return found


def _inside(parts: list[str]) -> list[str]:
    """What is in the group that is the whole of an expression; all of it where it is none."""
    if len(parts) < 2 or parts[0] not in ("(", "(?:"):
        return parts
    depth = 0
    for place, part in enumerate(parts):
        depth += _deepens(part)
        if depth == 0:
            return parts[1:-1] if place == len(parts) - 1 else parts
    return parts


def _deepens(part: str) -> int:
    if part == ")":
        return -1
    return 1 if part.startswith("(") and not part.endswith(")") else 0


def _is_quantifier(part: str) -> bool:
    return re.fullmatch(_QUANTIFIER_PART, part) is not None


def samples_of(expression: str) -> list[str]:
    r"""Some strings that *expression* may match, with each alternative, with and without options.

    >>> samples_of(r"https?://(a|b)\.example(:[0-9]+)?")[:2]
    ['http://a.example', 'http://a.example:1']
    """
    try:
        return _Samples(parts_of(expression)).of_alternatives()
    except _TooMuchError:
        return []


class _TooMuchError(Exception):
    """An expression that nobody writes for an origin."""


class _Samples:
    """Reads parts from left to right; what it returns are all the strings for what it read."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._next = 0
        self._depth = 0

    def of_alternatives(self) -> list[str]:
        found = self._of_sequence()
        while self._peek() == "|":
            self._next += 1
            found += self._of_sequence()
        self._next += 1  # the ")" behind them, or the end
        return found[:_MOST_SAMPLES]

    def _of_sequence(self) -> list[str]:
        found = [""]
        while self._peek() not in ("|", ")", ""):
            variants = self._of_quantified()
            found = list(islice((a + b for a in found for b in variants), _MOST_SAMPLES))
            if len(found[0]) > _LONGEST_SAMPLE:
                raise _TooMuchError
        return found

    def _of_quantified(self) -> list[str]:
        part = self._take()
        quantifier = self._peek()
        # A dot that stands alone is mostly meant as itself.
        variants = [".", "a"] if part == "." and not _is_quantifier(quantifier) else self._of(part)
        quantifier = self._peek()
        if not _is_quantifier(quantifier):
            return variants
        self._next += 1
        least = _least(quantifier)
        repeated = [variant * max(least, 1) for variant in variants]
        return repeated if least else ["", *repeated]

    def _of(self, part: str) -> list[str]:
        if part.startswith("("):
            return self._of_group(part)
        if part in _ANY or part.startswith("[^"):
            return ["a", "1"]
        if part.startswith("["):
            return [_member(part)]
        if part.startswith("\\"):
            return [_ESCAPES.get(part[1:], part[1:])]
        return ["" if part in ("^", "$") else part]

    def _of_group(self, part: str) -> list[str]:
        if part.endswith(")"):  # flags, a reference to another group
            return [""]
        self._depth += 1
        if self._depth > _DEEPEST_GROUP:
            raise _TooMuchError
        inside = self.of_alternatives()
        self._depth -= 1
        return [""] if part in _LOOKS_AROUND else inside

    def _peek(self) -> str:
        return self._parts[self._next] if self._next < len(self._parts) else ""

    def _take(self) -> str:
        self._next += 1
        return self._parts[self._next - 1]


_LOOKS_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_ANY = (".", r"\w", r"\S")
_ESCAPES = {"d": "1", "s": " ", "D": "a", "W": "-"}
_ESCAPES |= dict.fromkeys("AZzbB", "")


def _least(quantifier: str) -> int:
    """How often what *quantifier* follows has to be there."""
    digits = re.match(r"\{(\d+)", quantifier)
    if digits:
        return min(int(digits[1][:3]), _LONGEST_SAMPLE + 1)
    return 1 if quantifier.startswith("+") else 0


def _member(character_class: str) -> str:
    """A character of the class, rather one of those that are in names."""
    return next(_members(character_class), "")


def compiled(expression: str) -> re.Pattern[str] | None:
    """*expression*, `None` where it is none, or may mean something else in later Pythons."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        try:
            return re.compile(expression)
        except (re.error, FutureWarning):
            return None


def _members(character_class: str) -> Iterator[str]:
    members = compiled(character_class)
    if members is None:
        return
    is_member = members.fullmatch
    yield from filter(is_member, "a1-.:")
    yield from filter(is_member, map(chr, range(33, 127)))
