"""Which options an origin gets: layers of origin keys, and the order in which they count."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from inspect import isasyncgen, isawaitable
from typing import Any, TypeVar, cast, final

from multidict import CIMultiDictProxy

from . import origin_keys
from .diagnostics import Finding, shown
from .origins import (
    MAX_ORIGIN_LENGTH,
    NULL,
    WILDCARD,
    Origin,
    OriginPattern,
    PatternIndex,
    is_serialised_origin,
)
from .preflights import RefusedAnswer
from .resource_options import ResourceOptions
from .responses import Grant

OriginPredicate = Callable[[str, Any], bool | Awaitable[bool]]
# An origin -> what it is granted
LookUp = Callable[[str], Grant | None]
OriginKey = str | re.Pattern[str] | OriginPredicate
Options = ResourceOptions | Mapping[str, Any]

# The three request headers of a preflight: origin, method, names of headers
Asked = tuple[str | None, str | None, str]

_K = TypeVar("_K")
_V = TypeVar("_V")

logger = logging.getLogger("aiohttp_cors")


@final
class Layer(Mapping[OriginKey, ResourceOptions]):
    """One mapping of origin keys to options, indexed by kind of key; immutable.

    :raises ValueError: for a key that is no str, expression of str or callable, and for options
        that are none.
    """

    __slots__ = (
        "__weakref__",
        "_options",
        "exact",
        "patterns",
        "predicates",
        "regexes",
        "wildcard",
    )

    def __init__(self, config: Mapping[Any, Options]) -> None:
        if not isinstance(config, Mapping):
            raise ValueError(f"a mapping of origins to ResourceOptions expected, got {config!r}")
        self._options: dict[OriginKey, ResourceOptions] = {
            _check_key(key): ResourceOptions.of(options) for key, options in config.items()
        }
        self.exact: dict[str, Grant] = {}
        self.regexes: list[tuple[re.Pattern[str], Grant]] = []
        self.predicates: list[tuple[OriginPredicate, Grant]] = []
        self.wildcard: Grant | None = None
        patterns: list[tuple[OriginPattern, Grant]] = []
        grants = {id(options): Grant(options) for options in self._options.values()}
        for key, options in self._options.items():
            grant = grants[id(options)]
            if isinstance(key, re.Pattern):
                self.regexes.append((key, grant))
            elif not isinstance(key, str):
                self.predicates.append((key, grant))
            elif key == WILDCARD:
                self.wildcard = grant
            elif "*" in key and (pattern := OriginPattern.parse(key)) is not None:
                patterns.append((pattern, grant))
            elif key:  # "" stands for no origin
                self.exact[key] = grant
        self.patterns = PatternIndex(patterns)

    def __getitem__(self, key: OriginKey) -> ResourceOptions:
        return self._options[key]

    def __iter__(self) -> Iterator[OriginKey]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options!r})"

    @property
    def is_exact(self) -> bool:
        """True where all its keys are exact origins."""
        return len(self.exact) == len(self._options)

    def says_the_same(self, other: Layer) -> bool:
        """True where it grants the same as *other*: not every order of keys says something."""
        return self == other and self._keys_in_order == other._keys_in_order

    @property
    def _keys_in_order(self) -> list[OriginKey]:
        """Those of the kinds of which the first to match counts, kind by kind."""
        patterns = (key for key in self if isinstance(key, str) and key not in self.exact)
        regexes = (regex for regex, _ in self.regexes)
        predicates = (predicate for predicate, _ in self.predicates)
        return [*(key for key in patterns if key != WILDCARD), *regexes, *predicates]

    @property
    def findings(self) -> list[Finding]:
        """All that its author wants to know of it, key by key."""
        return [finding for item in self.items() for finding in _examine(*item)]


def _check_key(key: object) -> OriginKey:
    if isinstance(key, str):
        return key
    if callable(key):
        return cast("OriginPredicate", key)
    if isinstance(key, re.Pattern) and isinstance(key.pattern, str):
        return key
    raise ValueError(
        "an origin key must be a str, a re.Pattern of str or a callable of (origin, request), "
        f"got {key!r}"
    )


def _examine(key: OriginKey, options: ResourceOptions) -> Iterator[Finding]:
    fault = _fault_of(key)
    if fault is not None:
        yield fault
    elif options.allow_credentials:
        yield from origin_keys.examine_credentials(key)


def _fault_of(key: OriginKey) -> Finding | None:
    if isinstance(key, str):
        return origin_keys.examine_key(key)
    return None if isinstance(key, re.Pattern) else origin_keys.examine_predicate(key)


class Inquiry:
    """What one request asks the predicates, each once; where one failed, there is no grant."""

    def __init__(self, origin: str, request: object) -> None:
        self.origin = origin
        self._request = request
        self._answers: dict[OriginPredicate, bool] = {}
        #: The predicate that failed, and how.
        self.failure: tuple[OriginPredicate, BaseException] | None = None

    async def first(self, predicates: list[tuple[OriginPredicate, Grant]]) -> Grant | None:
        """The grant of the first of *predicates* that admits the origin."""
        for predicate, grant in predicates if is_serialised_origin(self.origin) else ():
            if await self._admits(predicate):
                return grant
        return None

    async def _admits(self, predicate: OriginPredicate) -> bool:
        if self.failure is not None:
            return False
        if predicate not in self._answers:
            self._answers[predicate] = await self._ask(predicate)
        return self._answers[predicate]

    async def _ask(self, predicate: OriginPredicate) -> bool:
        try:
            answer = predicate(self.origin, self._request)
            return _yes_or_no(await answer if isawaitable(answer) else answer)
        except (Exception, asyncio.CancelledError) as error:  # whatever a user's code raises
            if isinstance(error, asyncio.CancelledError) and _is_being_cancelled():
                raise
            self.failure = (predicate, error)
            logger.exception(
                "origin %s is refused: the predicate %r failed", shown(self.origin), predicate
            )
            return False


def _yes_or_no(answer: object) -> bool:
    # It would be true whatever comes of it.
    if isawaitable(answer) or isasyncgen(answer):
        raise TypeError(f"{answer!r} is no answer: an 'await' is missing")
    return bool(answer)


def _is_being_cancelled() -> bool:
    """True where the request's own task is cancelled, rather than what a predicate waits for."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", None)  # new in Python 3.11
    return cancelling is not None and cancelling() > 0


class Remembered(dict[_K, _V]):
    """What was worked out for some of very many keys, which clients choose: the last few."""

    __slots__ = ()

    MOST = 128

    def remember(self, key: _K, value: _V) -> _V:
        """Keep *value* for *key*, maybe in the place of all others; *value* comes back."""
        if len(self) >= self.MOST:
            self.clear()
        self[key] = value
        return value


class _Grants(Remembered[str, Grant | None]):
    """Origin -> what it is granted, worked out by *find* when it is first asked for."""

    __slots__ = ("_find",)

    def __init__(self, find: LookUp) -> None:
        self._find = find

    def __missing__(self, origin: str) -> Grant | None:
        grant = self._find(origin)
        return grant if len(origin) > MAX_ORIGIN_LENGTH else self.remember(origin, grant)


@final
class Policy(Mapping[OriginKey, ResourceOptions]):
    """Layers of origin key -> options, the most specific first.

    Among all layers the kind of key decides first: exact origin, pattern, regular expression,
    predicate, ``"*"``. Within a kind the more specific layer wins, then the order within it.
    Options are never merged. As a mapping, it equals the merged dict.

    *admits* says which options count at all, for the policy of a method that only some have, and
    *within* is another policy that has to grant something too;
    *wider* is the policy that knows all origins of the resource, to tell a refused method from a
    refused origin.

    >>> everyone, partner = ResourceOptions(), ResourceOptions(allow_credentials=True)
    >>> policy = Policy({"*": everyone}, {"https://a.example": partner})
    >>> policy.options_for("https://a.example") is partner
    True
    """

    _LONGEST_REMEMBERED = 1000

    __slots__ = (
        "_admits",
        "_layers",
        "_within",
        "answered",
        "asks",
        "constant",
        "grant_for",
        "look_up",
        "wider",
    )

    def __init__(
        self,
        *layers: Layer | Mapping[Any, Options],
        admits: Callable[[ResourceOptions], bool] | None = None,
        within: Policy | None = None,
        wider: Policy | None = None,
    ) -> None:
        compiled = (layer if isinstance(layer, Layer) else Layer(layer) for layer in layers)
        self._layers = tuple(layer for layer in compiled if layer)
        self._admits = admits
        self._within = within
        self.wider = wider
        #: The headers of granted preflights, and the refusals, by what was asked.
        self.answered: Remembered[Asked, CIMultiDictProxy[str] | RefusedAnswer] = Remembered()
        #: Whether there are predicates to ask.
        self.asks: bool = any(layer.predicates for layer in self._layers) or (
            within is not None and within.asks
        )
        self.constant = self._constant_grant()
        #: What an origin is granted, for a policy that has no predicate to ask.
        self.grant_for: LookUp = self._quickest_look_up()
        #: The same, but `None` where a response needs more than what its origin is granted.
        self.look_up: LookUp | None = None if self.asks or self.constant else self.grant_for

    def __getitem__(self, key: OriginKey) -> ResourceOptions:
        for layer in self._layers:
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[OriginKey]:
        return iter(dict.fromkeys(key for layer in self._layers for key in layer))

    def __len__(self) -> int:
        return len(set().union(*self._layers))

    def __bool__(self) -> bool:
        return bool(self._layers)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._layers))})"

    @property
    def in_effect(self) -> dict[OriginKey, ResourceOptions]:
        """The keys whose options count, with them."""
        admits = self._admits
        return {key: given for key, given in self.items() if admits is None or admits(given)}

    @property
    def is_void(self) -> bool:
        """True where no origin has options that count."""
        return not self.in_effect

    def options_for(self, origin: str) -> ResourceOptions | None:
        """The options of *origin*: its own, else those of the closest key that covers it.

        Predicates are not asked; see :meth:`grant_by`.
        """
        grant = self.grant_for(origin)
        return None if grant is None else grant.options

    def _quickest_look_up(self) -> LookUp:
        """A dict's own, whose hits cost no more than those of one that is written by hand."""
        if self._is_exact:
            return self._layers[0].exact.get
        return _Grants(self._look_up).__getitem__

    @property
    def _is_exact(self) -> bool:
        """True where there is but one layer of exact origins, as most policies have."""
        if self._within is not None or self._admits is not None or len(self._layers) != 1:
            return False
        return self._layers[0].is_exact

    def _look_up(self, origin: str) -> Grant | None:
        if self._within is not None and self._within.grant_for(origin) is None:
            return None
        return self._admitted(self._find(origin))

    async def grant_by(self, inquiry: Inquiry) -> Grant | None:
        """What the origin of *inquiry* is granted.

        Predicates are asked where no other key is closer, and only ``"*"`` comes after them.
        """
        if self._within is not None and await self._within.grant_by(inquiry) is None:
            return None
        grant = self._find_named(inquiry.origin)
        for layer in self._layers:
            grant = grant or await inquiry.first(layer.predicates)
        if grant is None and inquiry.failure is None:
            grant = self._find_wildcard(inquiry.origin)
        return self._admitted(grant)

    async def ask(self, inquiry: Inquiry) -> LookUp:
        """The look-up of the origin of *inquiry* alone, when all predicates have answered."""
        return {inquiry.origin: await self.grant_by(inquiry)}.get

    def remember(self, asked: Asked, answer: CIMultiDictProxy[str] | RefusedAnswer) -> None:
        """Keep the *answer* to a preflight for the next that asks the same."""
        if sum(len(value or "") for value in asked) <= self._LONGEST_REMEMBERED:
            self.answered.remember(asked, answer)

    def _admitted(self, grant: Grant | None) -> Grant | None:
        if grant is None or self._admits is None or self._admits(grant.options):
            return grant
        return None

    def _find(self, origin: str) -> Grant | None:
        return self._find_named(origin) or self._find_wildcard(origin)

    def _find_named(self, origin: str) -> Grant | None:
        """By the kinds of key that name origins: exact, pattern, regular expression."""
        for layer in self._layers:
            if origin in layer.exact:
                return layer.exact[origin]
        parsed = Origin.parse(origin)
        if parsed is None and origin != NULL:
            return None
        return self._find_by_pattern(parsed) or self._find_by_regex(origin)

    def _find_by_pattern(self, origin: Origin | None) -> Grant | None:
        for layer in self._layers:
            if origin is not None and (grant := layer.patterns.find(origin)) is not None:
                return grant
        return None

    def _find_by_regex(self, origin: str) -> Grant | None:
        for layer in self._layers:
            for regex, grant in layer.regexes:
                if regex.fullmatch(origin):
                    return grant
        return None

    def _find_wildcard(self, origin: str) -> Grant | None:
        grant = next((layer.wildcard for layer in self._layers if layer.wildcard), None)
        if grant is None or not is_serialised_origin(origin):
            return None
        # Any site can make itself a frame whose origin is null: with credentials it must be named.
        if origin == NULL and grant.options.allow_credentials:
            return None
        return grant

    def _constant_grant(self) -> Grant | None:
        """The grant that is the same for everybody, with or without an origin, if there is one."""
        if any(layer.keys() != {WILDCARD} for layer in self._layers) or not self._layers:
            return None
        grant = self._layers[0].wildcard
        if grant is None or grant.options.allow_credentials:
            return None
        if self._within is not None and self._within.constant is None:
            return None
        return self._admitted(grant)
