"""What the pages of one origin may do with one resource."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import wraps
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar

from . import diagnostics, mistakes
from .diagnostics import CorsConfigWarning, Finding


def is_token(text: str) -> bool:
    """True for a token of RFC 9110 5.6.2.

    >>> is_token("X-Api-Key"), is_token("X Api Key")
    (True, False)
    """
    return mistakes.TOKEN.fullmatch(text) is not None


_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Fields(NamedTuple):
    allow_credentials: bool
    expose_headers: Literal["*"] | frozenset[str]
    allow_headers: Literal["*"] | frozenset[str]
    max_age: int | None
    allow_methods: Literal["*"] | frozenset[str] | None


def _says_the_nearest(new: Callable[_P, _R]) -> Callable[_P, _R]:
    """*new*, with an error for an argument that there is not which says what to write."""

    @wraps(new)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for name in kwargs:
            if name not in _Fields._fields:
                raise TypeError(str(mistakes.no_option(name, _Fields._fields)))
        return new(*args, **kwargs)

    return checked


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

    @_says_the_nearest
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
            raise mistakes.no_boolean("allow_credentials", allow_credentials)
        if max_age is not None and not _is_seconds(max_age):
            raise mistakes.no_seconds("max_age", max_age)
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
            raise mistakes.no_options(options)
        unknown = [name for name in options if name not in cls._fields]
        if unknown:
            raise mistakes.no_option(unknown[0], cls._fields)
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
        raise mistakes.no_names(option, value)
    if not all(isinstance(name, str) for name in value):
        raise mistakes.no_names(option, value)
    if "*" in value:
        return "*"
    in_order = mistakes.in_order(value)
    diagnostics.warn(finding for name in in_order for finding in _examine_name(option, name))
    return frozenset(filter(is_token, value))


def _examine_name(option: str, name: str) -> Iterator[Finding]:
    what = "method" if option == "allow_methods" else "header name"
    if not is_token(name):
        meant = ", ".join(map(repr, mistakes.names_in(name)))
        yield Finding(
            "C102" if option == "allow_methods" else "C101",
            f"{diagnostics.shown(name)} in {option!r} is no {what} to be sent, and is left out",
            f"write {meant or f'each {what} as a string of its own'}",
            CorsConfigWarning,
        )
    elif "*" in name:
        yield Finding(
            "C108",
            f"{diagnostics.shown(name)} in {option!r} covers no {what} but itself",
            _instead_of_starred(name, what),
            CorsConfigWarning,
        )


_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def _instead_of_starred(name: str, what: str) -> str:
    meant = fnmatch.filter(_METHODS, name.upper()) if what == "method" else []
    return f"write {', '.join(map(repr, meant))}" if meant else f"list the {what}s that are meant"


def _upper(names: Literal["*"] | frozenset[str]) -> Literal["*"] | frozenset[str]:
    return "*" if names == "*" else frozenset(name.upper() for name in names)


def _shown(value: object) -> str:
    """As `repr`, but in an order that is the same in every run."""
    if not isinstance(value, frozenset):
        return repr(value)
    return mistakes.shown_set(value) if value else "()"
