"""What the pages of one origin may do with one resource."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, NamedTuple

from . import diagnostics
from .diagnostics import CorsConfigWarning, Finding

# token = 1*tchar  (RFC 9110 5.6.2): what a method and a header name are made of
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def is_token(text: str) -> bool:
    """True for a token of RFC 9110 5.6.2.

    >>> is_token("X-Api-Key"), is_token("X Api Key")
    (True, False)
    """
    return _TOKEN.fullmatch(text) is not None


class _Fields(NamedTuple):
    allow_credentials: bool
    expose_headers: Literal["*"] | frozenset[str]
    allow_headers: Literal["*"] | frozenset[str]
    max_age: int | None
    allow_methods: Literal["*"] | frozenset[str] | None


class ResourceOptions(_Fields):
    """What the pages of one origin may do: an immutable, hashable value.

    :param allow_credentials: whether requests may carry cookies, client certificates and HTTP
        authentication (``Access-Control-Allow-Credentials``).
    :param expose_headers: names of the response headers that pages may read beyond the
        CORS-safelisted ones, or ``"*"`` for all (``Access-Control-Expose-Headers``).
    :param allow_headers: names of the request headers that pages may send beyond the
        CORS-safelisted ones, or ``"*"`` for all (``Access-Control-Allow-Headers``).
    :param max_age: for how many seconds a browser may keep the answer to a preflight; 0 for not
        at all, `None` for the browser's own default (``Access-Control-Max-Age``).
    :param allow_methods: methods that are allowed on the resource beyond those whose routes were
        added, or ``"*"`` for all of them (``Access-Control-Allow-Methods``). With ``everywhere``
        all that have a route are allowed, and this is a limit: none but these.
    :raises ValueError: for a value of the wrong type. Names that are no token are left out, with
        a :class:`CorsConfigWarning`.

    https://fetch.spec.whatwg.org/#http-responses

    >>> ResourceOptions(allow_methods=["get"], max_age=600).allow_methods
    frozenset({'GET'})
    """

    __slots__ = ()

    def __new__(
        cls,
        *,
        allow_credentials: bool = False,
        expose_headers: Sequence[str] | AbstractSet[str] = (),
        allow_headers: Sequence[str] | AbstractSet[str] = (),
        max_age: int | None = None,
        allow_methods: Sequence[str] | AbstractSet[str] | None = None,
    ) -> ResourceOptions:
        if not isinstance(allow_credentials, bool):
            raise _wrong("allow_credentials", "a boolean", allow_credentials)
        if max_age is not None and not _is_seconds(max_age):
            raise _wrong("max_age", "a non-negative integer or None", max_age)
        return super().__new__(
            cls,
            allow_credentials,
            _names("expose_headers", expose_headers),
            _upper(_names("allow_headers", allow_headers)),
            max_age,
            None if allow_methods is None else _upper(_names("allow_methods", allow_methods)),
        )

    @classmethod
    def of(cls, options: ResourceOptions | Mapping[str, Any]) -> ResourceOptions:
        """*options* itself, or the options that a plain mapping of keyword arguments describes.

        :raises ValueError: for anything else, and for a name that is no option.
        """
        if isinstance(options, cls):
            return options
        if not isinstance(options, Mapping):
            raise ValueError(
                f"ResourceOptions or a mapping of its arguments expected, got {options!r}"
            )
        unknown = [name for name in options if name not in cls._fields]
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} is no option; the options are {', '.join(cls._fields)}"
            )
        return cls(**options)

    def is_method_allowed(self, method: str) -> bool:
        """True where `allow_methods` names *method* or is ``"*"``."""
        if self.allow_methods is None:
            return False
        return self.allow_methods == "*" or method.upper() in self.allow_methods

    def is_header_allowed(self, name: str) -> bool:
        """True where `allow_headers` names the request header *name* or is ``"*"``."""
        return self.allow_headers == "*" or name.upper() in self.allow_headers

    # What it makes is checked like everything else.
    def _replace(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, **changes: Any
    ) -> ResourceOptions:
        return type(self)(**{**self._asdict(), **changes})

    __replace__ = _replace  # copy.replace(), new in Python 3.13

    # Copies and pickles are made with keyword arguments, like everything else.
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]:
        return (), self._asdict()

    def __repr__(self) -> str:
        fields = self._asdict().items()
        return f"{type(self).__name__}({', '.join(f'{name}={_shown(v)}' for name, v in fields)})"


def _is_seconds(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _names(option: str, value: Collection[str]) -> Literal["*"] | frozenset[str]:
    if isinstance(value, str) and value == "*":
        return "*"
    if not isinstance(value, (Sequence, AbstractSet)) or isinstance(value, (str, bytes, bytearray)):
        raise _wrong(option, "'*' or a sequence of strings", value)
    if not all(isinstance(name, str) for name in value):
        raise _wrong(option, "'*' or a sequence of strings", value)
    if "*" in value:
        return "*"
    tokens = frozenset(filter(is_token, value))
    in_order = sorted(value) if isinstance(value, AbstractSet) else value
    diagnostics.warn(_not_a_token(option, name) for name in in_order if name not in tokens)
    return tokens


def _not_a_token(option: str, name: str) -> Finding:
    what = "method" if option == "allow_methods" else "header name"
    return Finding(
        code="C102" if option == "allow_methods" else "C101",
        message=f"{name!r} in {option!r} is no {what} that can be sent, and is left out",
        hint=f"write each {what} as a string of its own, without spaces, commas and colons",
        category=CorsConfigWarning,
    )


def _upper(names: Literal["*"] | frozenset[str]) -> Literal["*"] | frozenset[str]:
    return "*" if names == "*" else frozenset(name.upper() for name in names)


def _wrong(option: str, expected: str, value: object) -> ValueError:
    return ValueError(f"{option!r} must be {expected}, got {value!r}")


def _shown(value: object) -> str:
    """As `repr`, but in an order that is the same in every run."""
    if not isinstance(value, frozenset):
        return repr(value)
    return f"{{{', '.join(map(repr, sorted(value)))}}}" if value else "()"
