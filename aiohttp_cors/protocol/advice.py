"""What was meant by a str key that can never match: the keys to write instead.

A suggestion is never wider than what it replaces: it admits no origin but those that the wrong key
can mean. Where nothing safe can be said, nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .diagnostics import SHOWN_LENGTH, shown
from .faults import (
    Parts,
    has_variable,
    is_blob,
    is_file,
    is_list,
    is_opaque,
    listed_in,
    looks_like_expression,
)
from .meant_addresses import Suggestion, keys_for_address
from .meant_expressions import keys_for_expression
from .origins import FILE, NULL, WILDCARD, Origin, is_loopback_host, is_origin_key
from .strangers import first_stranger, origins_admitted

_MAX_KEY_LENGTH = 1000


def suggest_keys(key: str) -> tuple[Suggestion, ...]:
    """The keys that the author of a wrong *key* may have meant; each of them is a right one.

    >>> suggest_keys("a.example:8080")
    ('http://a.example:8080', 'https://a.example:8080')
    """
    if len(key) > _MAX_KEY_LENGTH or is_origin_key(key):
        return ()
    meant = dict.fromkeys(_meant(key.strip()))
    return tuple(filter(_is_right, meant))


def suggest_for_expression(expression: re.Pattern[str]) -> tuple[Suggestion, ...]:
    """The keys that the author of *expression* may have meant, none wider than it reads."""
    if len(expression.pattern) > _MAX_KEY_LENGTH:
        return ()
    meant = dict.fromkeys(keys_for_expression(expression.pattern))
    return tuple(key for key in meant if _is_right(key) and key != expression)


def as_code(key: Suggestion) -> str:
    r"""*key* as it is written in a program.

    >>> print(as_code(re.compile(r"https://a\.example")))
    re.compile(r'https://a\.example')
    """
    return repr(key) if isinstance(key, str) else f"re.compile({shown_expression(key)})"


def shown_expression(expression: re.Pattern[str]) -> str:
    """The text of *expression* as it is written in a program, cut short."""
    text = expression.pattern
    quote = '"' if "'" in text else "'"
    return f"r{quote}{text}{quote}" if len(text) <= SHOWN_LENGTH else shown(text)


def either(keys: Iterable[Suggestion]) -> str:
    """*keys* as they are written in a program, to choose from."""
    return " or ".join(map(as_code, keys))


def _is_right(key: Suggestion) -> bool:
    if isinstance(key, str):
        return is_origin_key(key)
    admitted = origins_admitted(key)
    return bool(admitted) and all(map(_has_a_home, admitted)) and first_stranger(key) is None


def _has_a_home(origin: Origin) -> bool:
    """False for names without a dot, which an expression for any name admits."""
    if origin.scheme not in ("http", "https"):
        return True
    return "." in origin.host or origin.host.startswith("[") or is_loopback_host(origin.host)


def _meant(text: str) -> Iterator[Suggestion]:
    if is_origin_key(text):
        yield text
    elif is_file(text):
        yield FILE
    elif is_opaque(text):
        yield NULL
    elif is_blob(text):
        yield from _meant(text[len("blob:") :])
    elif has_variable(text):
        return
    elif is_list(text):
        for element in listed_in(text):
            yield from _meant(element)
    else:
        yield from _meant_by_one(text)


def _meant_by_one(text: str) -> Iterator[Suggestion]:
    if text.lower() == NULL:
        yield NULL
    elif text == f"{WILDCARD}/":
        yield WILDCARD
    elif looks_like_expression(text):
        yield from keys_for_expression(text)
    else:
        yield from keys_for_address(Parts.of(_without_doubled_scheme(text)))


def _without_doubled_scheme(text: str) -> str:
    return re.sub(r"^(?:https?:/*)+(?=https?://)", "", text, flags=re.IGNORECASE)
