"""What may be meant by an expression, of whatever language: keys, or an expression of Python's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .expressions import alternatives_of, compiled, parts_of, with_escaped_dots
from .faults import Parts
from .meant_addresses import Suggestion, keys_for_address
from .origins import NULL


def keys_for_expression(text: str) -> Iterator[Suggestion]:
    """The keys that may be meant by *text*, an expression of any language, right ones and not."""
    for alternative in alternatives_of(_undelimited(text)):
        yield from _meant_by_alternative(_whole(alternative))


# As JavaScript, Perl and Ruby write it, and nginx
_DELIMITED = r"(?s)/(.*)/[a-z]*|~\*?\s*(.*)"


def _undelimited(text: str) -> str:
    """The expression alone, as Python writes it."""
    delimited = re.fullmatch(_DELIMITED, text)
    if delimited:
        text = (delimited[1] or delimited[2] or "").strip()
    text = re.sub(r"^\(\?[a-z]+\)", "", text)
    text = re.sub(r"\\([/:-])", r"\1", text).replace("[.]", r"\.")
    return _within_anchors(text)


_BEGIN = r"^(?:\^|\\A)"
_END = r"(?<!\\)(?:\$|\\[Zz])$"
# The path that some write behind an origin: "/", "/?", "/.*", "(/.*)?"
_PATH = r"(?<=[^/])(?:/\??|\(/\.\*\)\??|/\.\*)$"
# This machine by all its names, and an address whose end is missing: what goes on behind them is a
# port, and the rest of the address
_LOCAL = r"(?i)(?:^|//)\(?(?:\?:)?(?:localhost|127(?:\\?\.\d+){3}|\\?\[::1\\?\]|\|)+\)?$"
_HALF_AN_ADDRESS = r"(?:^|//)(?:\d{1,3}\\?\.){1,3}$"


def _within_anchors(text: str) -> str:
    """Both ends of *text*, which are those of its alternatives."""
    inside = re.sub(_END, "", re.sub(_BEGIN, "", text))
    return inside if len(alternatives_of(inside)) > len(alternatives_of(text)) else text


def _whole(text: str) -> str:
    """*text* as an expression that is matched as a whole, without a path."""
    inside = re.sub(_END, "", re.sub(_BEGIN, "", text))
    if reads_as_beginning(text) and re.search(_LOCAL, inside):
        inside += r"(:\d+)?"
    elif reads_as_beginning(text) and re.search(_HALF_AN_ADDRESS, inside):
        inside += ".*"
    return re.sub(_PATH, "", inside)


def reads_as_beginning(text: str) -> bool:
    """True for an expression that was written to be searched, and has no end."""
    searched = re.search(_BEGIN, text) is not None or "://" not in text
    return searched and re.search(_END, text) is None


# Whatever says "http or https", "any port", "any labels, or none"
_DIGITS = r"(?:\\d|\[0-9\])"
_OPEN_SCHEME = (
    r"^(?:http\(?s\)?\?|http\[s\]\?|\((?:\?:)?(?:https\?|http\|https|https\|http)\)|\.[*+])://"
)
_OPEN_PORT = (
    rf":\(?(?:{_DIGITS}|\.)[*+]\)?$"
    rf"|\((?:\?:)?:(?:{_DIGITS}|\.)[*+]\)[?*]$"
    rf"|(?::\(?|\((?:\?:)?:){_DIGITS}\{{[01]?,5\}}\)?\??$"
)
_OPTIONAL_LABELS = r"\((?:\?:)?(?:\.[*+]|\*)\\?\.\)[?*]"


def _meant_by_alternative(text: str) -> Iterator[Suggestion]:
    if text == NULL:
        yield NULL
        return
    text = re.sub(_OPEN_SCHEME, "http*://", text)
    port = "" if re.search(_OPEN_PORT, text) is None else ":*"
    text = re.sub(_OPEN_PORT, "", text)
    if re.search(_OPTIONAL_LABELS, text):
        yield from _meant_by_host(re.sub(_OPTIONAL_LABELS, "", text), port)
        text = re.sub(_OPTIONAL_LABELS, lambda _: r".*\.", text)
    yield from _meant_by_host(text, port)


_ANYTHING = r"\.[*+]\??"
# What is left of an expression; a "*" behind anything repeats that
_META = r"[\\()\[\]^$|+?{}]|(?<=[^/])\*"


def _meant_by_host(text: str, port: str) -> Iterator[Suggestion]:
    plain = text.replace(r"\.", "\0")
    if not re.search(_META, re.sub(_ANYTHING, "", plain).removeprefix("http*://")):
        starred = re.sub(_ANYTHING, "*", plain).replace("\0", ".")
        yield from keys_for_address(Parts.of(f"{starred}{port}"))
        return
    narrowed = _narrowed(with_escaped_dots(text))
    if narrowed is not None:
        yield from _compiled(narrowed + ("(:[0-9]+)?" if port else ""))


def _compiled(expression: str) -> Iterator[re.Pattern[str]]:
    if "://" not in expression:
        expression = f"http*://{expression}"
    if re.match(_FIXED_SCHEME, expression) is None:
        return
    meant = compiled(expression.replace("http*://", "https?://"))
    if meant is not None:
        yield meant


# Of what is left, the scheme is no expression, and "any character" means "of a label"
_FIXED_SCHEME = r"(?:http\*|[a-z][a-z0-9-]*)://"
_ANY_LABELS = r"(?:\.[*+]|\[\^[/:]+\][*+])\??(?=\\\.)"
_ANY_LABEL = r"\[\^[/:.]+\][*+]"


def _narrowed(expression: str) -> str | None:
    """*expression*, with labels for what is any character; `None` where that says it no more."""
    expression = re.sub(_ANY_LABELS, r"[a-z0-9-]+(\\.[a-z0-9-]+)*", expression)
    expression = re.sub(_ANY_LABEL, "[a-z0-9-]+", expression)
    return None if any(map(_is_too_wide, parts_of(expression))) else expression


def _is_too_wide(part: str) -> bool:
    """True for what matches any character, or any but some."""
    if part.startswith("(?"):
        return part != "(?:"
    return part in (".", r"\D", r"\S", r"\W") or part.startswith("[^")
