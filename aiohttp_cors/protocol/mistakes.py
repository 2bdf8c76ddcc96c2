"""The errors for values of the wrong type: what was expected, what was given, what to write.

What to write says no more than what was given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import TypeVar

from .advice import as_code, either, suggest_keys
from .diagnostics import SHOWN_LENGTH
from .origins import is_origin_key

_T = TypeVar("_T")

_AN_ENTRY = "{'https://app.example': ResourceOptions(...)}"
# token = 1*tchar  (RFC 9110 5.6.2): what a method and a header name are made of
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ANOTHER_NAME = r"(?<=[a-z])(?=[A-Z])|-"


def no_mapping(config: object) -> ValueError:
    """For a configuration that is none."""
    origins = [config] if isinstance(config, str) else _strings_in(config)
    entries = ", ".join(f"{origin!r}: ResourceOptions()" for origin in origins)
    return _wrong(
        "a mapping of origins to ResourceOptions expected",
        config,
        f"{{{entries}}}" if entries else _AN_ENTRY,
    )


def no_key(key: object) -> ValueError:
    """For a key of a configuration that is of no kind of key."""
    return _wrong(
        "an origin key must be a str, a re.Pattern of str or a callable of (origin, request)",
        key,
        _key_meant(key),
    )


def _key_meant(key: object) -> str:
    if isinstance(key, re.Pattern):
        return as_code(re.compile(str(key.pattern, "latin-1")))
    if isinstance(key, (bytes, bytearray)):
        return _right(str(key, "latin-1"))
    several = [_right(text) for text in _strings_in(key)]
    if several and all(several):
        return f"each as a key of its own, {', '.join(several)}"
    return _right(str(key))


def _right(text: str) -> str:
    return repr(text) if is_origin_key(text) else either(suggest_keys(text))


def shown_key(key: object) -> str:
    """A *key* of any kind, as an error names it."""
    if isinstance(key, re.Pattern):
        return as_code(key)
    return shown_value(getattr(key, "__name__", key))


def no_options(options: object) -> ValueError:
    """For what is given in place of options."""
    return _wrong(
        "ResourceOptions or a mapping of its arguments expected", options, "ResourceOptions()"
    )


def no_option(name: object, known: Sequence[str]) -> ValueError:
    """For the *name* of an option that there is not."""
    from difflib import get_close_matches  # noqa: PLC0415 - needed after a mistake alone

    words = re.sub(_ANOTHER_NAME, "_", str(name)).lower().removeprefix("access_control_")
    nearest = get_close_matches(words, known)
    if "origin" in words:
        advice = f"the origin is the key, as in {_AN_ENTRY}"
    elif nearest:
        advice = f"write {nearest[0]!r}"
    else:
        advice = f"the options are {', '.join(known)}"
    return ValueError(f"{name!r} is no option: {advice}")


def no_boolean(option: str, value: object) -> ValueError:
    """For what is given in place of `True` or `False`."""
    word = str(value).lower()
    meant = f"{option}={_BOOLEANS[word]}" if word in _BOOLEANS else "True or False"
    return _wrong(f"{option!r} must be a boolean", value, meant)


_BOOLEANS: dict[str, bool] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0", "none"), False),
}


def no_seconds(option: str, value: object) -> ValueError:
    """For what is given in place of a number of seconds."""
    seconds = _seconds_meant(value)
    return _wrong(
        f"{option!r} must be a non-negative integer or None",
        value,
        f"the seconds, as in {option}={600 if seconds is None else seconds}",
    )


def _seconds_meant(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, timedelta):
        return max(0, int(value.total_seconds()))
    try:
        return max(0, int(float(value)))  # type: ignore[arg-type]  # that is what is tried
    except (TypeError, ValueError, OverflowError):
        return None


def no_names(option: str, value: object) -> ValueError:
    """For what is given in place of a list of names."""
    names = _names_meant(value)
    what = (
        f"{option}={names!r}"
        if names
        else f"a list of names, as in {option}=['{_EXAMPLES.get(option, 'X-Name')}']"
    )
    return _wrong(f"{option!r} must be '*' or a sequence of strings", value, what)


_EXAMPLES = {"allow_methods": "PUT"}


def _names_meant(value: object) -> list[str]:
    if isinstance(value, (str, bytes, bytearray)):
        return names_in(_decoded(value))
    if not isinstance(value, Collection):
        return []
    return [
        n
        for element in in_order(value)
        if isinstance(element, (str, bytes))
        for n in names_in(_decoded(element))
    ]


def names_in(text: str) -> list[str]:
    """The names in *text*, which may be a list of them, or a whole line of a header."""
    return [name for name in re.split(r"[\s,;]+", text.partition(":")[0]) if TOKEN.fullmatch(name)]


def _decoded(text: str | bytes | bytearray) -> str:
    return text if isinstance(text, str) else str(text, "latin-1")


def _strings_in(value: object) -> list[str]:
    """The elements of *value* where it is a list, a tuple or a set, and they are strings."""
    if not isinstance(value, (list, tuple, set, frozenset)):
        return []
    if not all(isinstance(element, str) for element in value):
        return []
    return in_order(value)


def in_order(values: Iterable[_T]) -> list[_T]:
    """The elements of *values*; those of a set in an order that is the same in every run."""
    return sorted(values, key=repr) if isinstance(values, AbstractSet) else list(values)


def shown_value(value: object) -> str:
    """*value* as an error shows it: as in a program, and cut short."""
    text = _shown_whole(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."


def _shown_whole(value: object) -> str:
    if not value or not isinstance(value, (set, frozenset)):
        return repr(value)
    return shown_set(value) if isinstance(value, set) else f"frozenset({shown_set(value)})"


def shown_set(values: AbstractSet[object]) -> str:
    """*values* as in a program."""
    return f"{{{', '.join(map(repr, in_order(values)))}}}"


def _wrong(expected: str, given: object, meant: str) -> ValueError:
    advice = f": write {meant}" if meant else ""
    return ValueError(f"{expected}, got {shown_value(given)}{advice}")
