"""What is risky about the pages of a key acting with their visitor's cookies."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from .advice import either, shown_expression, suggest_for_expression, suggest_keys
from .diagnostics import CorsSecurityWarning, Finding
from .meant_addresses import Suggestion
from .origins import NULL, WILDCARD, Origin, OriginPattern, is_loopback_host
from .strangers import first_stranger, is_public_suffix, strangers_to

_NAME_THE_ORIGINS = "name the origins, as in {'https://app.example': ...}"
_WITH = "with allow_credentials=True"


def examine_credentials(key: object) -> Iterator[Finding]:
    """What is risky about *key* with credentials. Predicates are not asked."""
    if isinstance(key, str):
        yield from _examine_str(key)
    elif isinstance(key, re.Pattern):
        yield from _examine_expression(key)


def _examine_str(key: str) -> Iterator[Finding]:
    if key == WILDCARD:
        what = "lets every site act and read as its visitor"
        yield _risk("C201", f"'*' {_WITH} {what}", _NAME_THE_ORIGINS)
        return
    if key == NULL:
        what = "lets sandboxed frames of any site act and read as its visitor"
        yield _risk("C202", f"'null' {_WITH} {what}", _NAME_THE_ORIGINS)
        return
    pattern = OriginPattern.parse(key)
    origin = Origin.parse(key)
    if pattern is not None:
        yield from _examine_tuple(key, pattern.scheme, pattern.parent)
        if pattern.subdomains and is_public_suffix(pattern.parent):
            yield _risk(
                "C204",
                f"{key!r} {_WITH} covers all that anybody registers under {pattern.parent!r}",
                f"name the domain, as in '{pattern.scheme}://*.your-domain.{pattern.parent}'",
            )
    elif origin is not None:
        yield from _examine_tuple(key, origin.scheme, origin.host)


def _examine_tuple(key: str, scheme: str, host: str) -> Iterator[Finding]:
    if scheme == "http" and not is_loopback_host(host):
        secure = key.replace("http", "https", 1)
        yield _risk(
            "C203",
            f"{key!r} {_WITH} trusts whoever is on the visitor's network",
            f"use TLS and write {either(suggest_keys(secure) or (secure,))}",
        )


def _examine_expression(key: re.Pattern[str]) -> Iterator[Finding]:
    stranger = first_stranger(key)
    if stranger is None:
        return
    suggestions = without_risk(suggest_for_expression(key))[:_MOST_SUGGESTIONS]
    yield _risk(
        "C205" if stranger == NULL else "C206",
        f"{shown_expression(key)} {_WITH} admits {stranger!r}",
        f"write {either(suggestions)}" if suggestions else _NAME_THE_ORIGINS,
    )


_MOST_SUGGESTIONS = 2


def without_risk(keys: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Those of *keys* that are fine with credentials."""
    return tuple(key for key in keys if next(examine_credentials(key), None) is None)


def probes_for(predicate: Callable[..., object]) -> tuple[str, ...]:
    """Origins that *predicate* should refuse: strangers, ``null``, and those near what it names.

    Whoever asks it about them gives those that it admits to :func:`examine_admitted`.

    >>> "https://evila.example" in probes_for(lambda origin, _: origin.endswith("a.example"))
    True
    """
    return strangers_to(_hosts_named(predicate))


def examine_admitted(predicate: Callable[..., object], admitted: Collection[str]) -> Finding | None:
    """What is risky about *predicate*, which admits the probes *admitted* with credentials."""
    if not admitted:
        return None
    return _risk(
        "C207",
        f"the predicate {name_of(predicate)!r} {_WITH} admits {min(admitted)!r}",
        "compare whole origins, as in 'origin in ALLOWED'",
    )


def name_of(predicate: Callable[..., object]) -> str:
    """What the author of *predicate* calls it."""
    return getattr(predicate, "__name__", type(predicate).__name__)


_HOST = r"(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost"


def _hosts_named(predicate: Callable[..., object]) -> Iterator[str]:
    """The hosts in the strings of its code."""
    function = inspect.unwrap(getattr(predicate, "func", predicate))
    code = getattr(function, "__code__", None)
    for constant in code.co_consts if code is not None else ():
        if isinstance(constant, str):
            yield from re.findall(_HOST, constant)


def _risk(code: str, message: str, hint: str) -> Finding:
    return Finding(code, message, hint, CorsSecurityWarning)
