"""The keys of a configuration, each with its options: which are right, and what is told of them.

A key that can never match is kept (it harms nobody) and told to its author, with what to write.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from . import mistakes
from .advice import as_code, either, shown_expression, suggest_for_expression, suggest_keys
from .diagnostics import CorsConfigWarning, Finding, shown
from .faults import Fault, faults_of, is_file, is_list
from .meant_addresses import Suggestion
from .meant_expressions import reads_as_beginning
from .origins import is_origin_key
from .resource_options import ResourceOptions
from .risks import examine_credentials, name_of, without_risk
from .strangers import has_default_port_only, matches_no_origin

__all__ = (
    "Answer",
    "Options",
    "OriginKey",
    "OriginPredicate",
    "Suggestion",
    "check_config",
    "check_key",
    "examine",
    "examine_credentials",
    "examine_expression",
    "examine_key",
    "examine_predicate",
    "suggest_keys",
)

Answer = bool | ResourceOptions | None
OriginPredicate = Callable[[str, Any], Answer | Awaitable[Answer]]
OriginKey = str | re.Pattern[str] | OriginPredicate
Options = ResourceOptions | Mapping[str, Any]

_PLAIN = ResourceOptions()


def check_config(config: object) -> dict[OriginKey, ResourceOptions]:
    """What *config* maps its keys to, normalised.

    :raises ValueError: for what is no mapping, for a key that is no str, expression of str or
        callable, and for options that are none; it says which key, and what to write.
    """
    if not isinstance(config, Mapping):
        raise mistakes.no_mapping(config)
    return {check_key(key): _checked_options(key, given) for key, given in config.items()}


def check_key(key: object) -> OriginKey:
    """*key* itself.

    :raises ValueError: for what is no str, expression of str or callable.
    """
    if isinstance(key, str):
        return key
    if callable(key):
        return cast("OriginPredicate", key)
    if isinstance(key, re.Pattern) and isinstance(key.pattern, str):
        return key
    raise mistakes.no_key(key)


def _checked_options(key: object, options: Any) -> ResourceOptions:
    try:
        return ResourceOptions.of(options)
    except ValueError as error:
        raise ValueError(f"options of {mistakes.shown_key(key)}: {error}") from None


def examine(key: OriginKey, options: ResourceOptions) -> Iterator[Finding]:
    """What its author wants to know of *key* with *options*."""
    if isinstance(key, str):
        fault = examine_key(key, options)
    elif isinstance(key, re.Pattern):
        fault = examine_expression(key)
    else:
        fault = examine_predicate(key)
    if fault is not None:
        yield fault
    if options.allow_credentials:
        yield from examine_credentials(key)


def examine_key(key: str, options: ResourceOptions = _PLAIN) -> Finding | None:
    """Why no browser's ``Origin`` can ever match *key*, and what to write; `None` where one can.

    With credentials, a key that is risky with them is only advised where no other one is.

    >>> examine_key("https://a.example/").hint
    "write 'https://a.example' instead"
    """
    if is_origin_key(key):
        return None
    faults = faults_of(key)
    reasons = " and ".join(fault.why for fault in faults)
    suggestions = suggest_keys(key)
    if options.allow_credentials:
        suggestions = without_risk(suggestions) or suggestions
    return Finding(
        code=faults[0].code,
        message=f"the origin {shown(key)} can never match, {reasons}",
        hint=_hint(key, faults, suggestions),
        category=CorsConfigWarning,
    )


_LIST_THE_ORIGINS = "list the origins, each as a key of its own"
_AS_SENT = (
    "write scheme://host or scheme://host:port, "
    "as location.origin shows it in the browser's console"
)


def _hint(key: str, faults: Iterable[Fault], suggestions: tuple[Suggestion, ...]) -> str:
    if is_file(key.strip()):
        return "write 'file://' (Electron, Cordova) or 'null' (browsers, and any other site)"
    if len(suggestions) > 1 and is_list(key.strip()):
        return f"write each as a key of its own: {', '.join(map(as_code, suggestions))}"
    if suggestions:
        return f"write {either(suggestions)} instead"
    is_open = any(fault.code == "C011" for fault in faults)
    return _LIST_THE_ORIGINS if is_open else _AS_SENT


def examine_expression(expression: re.Pattern[str]) -> Finding | None:
    """Why *expression*, which is matched as a whole, hardly matches what it is meant to."""
    if matches_no_origin(expression):
        why = "is matched as a whole, and no whole origin is like that"
    elif reads_as_beginning(expression.pattern) and has_default_port_only(expression):
        why = "is matched as a whole, and so with the default port alone"
    else:
        return None
    suggestions = suggest_for_expression(expression)
    return Finding(
        "C014",
        f"the expression {shown_expression(expression)} {why}",
        f"write {either(suggestions)} instead" if suggestions else _LIST_THE_ORIGINS,
        CorsConfigWarning,
    )


def examine_predicate(predicate: Callable[..., object]) -> Finding | None:
    """Why *predicate* would fail for every origin, and what to write; `None` where it would not."""
    try:
        signature = inspect.signature(predicate)
    except (TypeError, ValueError):  # of some that are written in C
        return None
    try:
        signature.bind("https://a.example", None)
    except TypeError as error:
        return Finding(
            code="C103",
            message=f"the callable {name_of(predicate)!r} cannot be called with an origin and a "
            f"request ({error}), so that it refuses every origin",
            hint="let it take two arguments, as in def may_read(origin, request)",
            category=CorsConfigWarning,
        )
    return None
