"""Which options an origin gets: layers of origin keys, and the order in which they count."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import isawaitable
from itertools import count
from typing import Any, TypeVar, final

from . import origin_keys
from .diagnostics import Finding, shown
from .origins import (
    FILE,
    MAX_ORIGIN_LENGTH,
    NULL,
    WILDCARD,
    Origin,
    OriginPattern,
    PatternIndex,
)
from .resource_options import ResourceOptions
from .responses import Grant

Answer = origin_keys.Answer
OriginPredicate = origin_keys.OriginPredicate
# An origin -> what it is granted
LookUp = Callable[[str], Grant | None]
OriginKey = origin_keys.OriginKey
Options = origin_keys.Options

_K = TypeVar("_K")
_V = TypeVar("_V")

logger = logging.getLogger("aiohttp_cors")

# Layers and policies are told apart by these: unlike that of `id()`, no number comes twice.
_serials = count()


@final
class Layer(Mapping[OriginKey, ResourceOptions]):
    """One mapping of origin keys to options, indexed by kind of key; immutable.

    *inherit* tells whether less specific layers count beside it.

    :raises ValueError: for a key that is no str, expression of str or callable, and for options
        that are none.
    """

    __slots__ = (
        "__weakref__",
        "_options",
        "exact",
        "inherit",
        "methods",
        "patterns",
        "predicates",
        "public",
        "regexes",
        "serial",
        "wildcard",
    )

    def __init__(self, config: Mapping[Any, Options], *, inherit: bool = True) -> None:
        self.serial = next(_serials)
        self.inherit = inherit
        self._options = origin_keys.check_config(config)
        self.exact: dict[str, Grant] = {}
        self.regexes: list[tuple[re.Pattern[str], Grant]] = []
        self.predicates: list[tuple[OriginPredicate, Grant]] = []
        self.wildcard: Grant | None = None
        patterns: list[tuple[OriginPattern, Grant]] = []
        given = {id(options): options for options in self._options.values()}
        grants = {number: Grant(options) for number, options in given.items()}
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
            elif _is_exact(key):
                self.exact[key] = grant
        self.patterns = PatternIndex(patterns)
        #: What ``"*"`` grants an origin that names no site.
        self.public = None if self.wildcard is None else Grant.to_everybody(self.wildcard.options)
        #: All that `allow_methods` names, `None` where no options say anything of methods.
        self.methods = _named_methods(given.values())

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

    @property
    def is_for_everybody(self) -> bool:
        """True where ``"*"`` is its only key."""
        return len(self) == 1 and self.wildcard is not None

    def names_method(self, method: str) -> bool:
        """True where `allow_methods` of some options covers *method*."""
        named = self.methods or ()
        if method == "HEAD" and "GET" in named:
            return True
        return method.upper() in named or WILDCARD in named

    @property
    def findings(self) -> list[Finding]:
        """All that its author wants to know of it, key by key."""
        return [finding for item in self.items() for finding in origin_keys.examine(*item)]


def _is_exact(key: str) -> bool:
    return key in (NULL, FILE) or Origin.parse(key) is not None


def _named_methods(every: Iterable[ResourceOptions]) -> frozenset[str] | None:
    given = [options.allow_methods for options in every if options.allow_methods is not None]
    return frozenset().union(*given) if given else None


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


class Inquiry:
    """What one request asks the predicates, each once; where one failed, there is no grant."""

    def __init__(self, origin: str, request: object) -> None:
        self.origin = origin
        self._request = request
        self._answers: dict[OriginPredicate, Answer] = {}
        #: The predicate that failed, and how.
        self.failure: tuple[OriginPredicate, BaseException] | None = None

    async def first(self, predicates: list[tuple[OriginPredicate, Grant]]) -> Grant | None:
        """The grant of the first of *predicates* that admits the origin."""
        if not predicates or not _may_be_named(self.origin):
            return None
        for predicate, grant in predicates:
            answer = await self._answer_of(predicate)
            if isinstance(answer, ResourceOptions):
                return Grant(answer)
            if answer:
                return grant
        return None

    async def _answer_of(self, predicate: OriginPredicate) -> Answer:
        if self.failure is not None:
            return False
        if predicate not in self._answers:
            self._answers[predicate] = await self._ask(predicate)
        return self._answers[predicate]

    async def _ask(self, predicate: OriginPredicate) -> Answer:
        try:
            answer = predicate(self.origin, self._request)
            return _checked(await answer if isawaitable(answer) else answer)
        except (Exception, asyncio.CancelledError) as error:  # whatever a user's code raises
            if isinstance(error, asyncio.CancelledError) and _is_being_cancelled():
                raise
            self.failure = (predicate, error)
            _log_failure(self.origin, predicate, error)
            return False


def _may_be_named(origin: str) -> bool:
    """True where keys other than ``"*"`` may name *origin*: a site's, or one that they know."""
    return _is_exact(origin)


def _checked(answer: Any) -> Answer:
    # Anything else would be true whatever comes of it, an answer that nobody awaits among them.
    if answer is None or isinstance(answer, (bool, ResourceOptions)):
        return answer
    hint = "; is an 'await' missing?" if isawaitable(answer) else ""
    raise TypeError(f"{answer!r} is no answer, which is True, False, None or options{hint}")


# The predicates of which a failure was logged in full, the last ones.
_failed: Remembered[OriginPredicate, bool] = Remembered()


def _log_failure(origin: str, predicate: OriginPredicate, error: BaseException) -> None:
    """In full the first time, and then in one line: its users may come by the thousand."""
    known = predicate in _failed
    _failed.remember(predicate, True)
    logger.error(
        "origin %s is refused: the predicate %r failed: %s",
        shown(origin),
        predicate,
        shown(str(error)),
        exc_info=None if known else error,
    )


def _is_being_cancelled() -> bool:
    """True where the request's own task is cancelled, rather than what a predicate waits for."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", None)  # new in Python 3.11
    return cancelling is not None and cancelling() > 0


def covers_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options* covers *method*; GET stands for HEAD too."""
    if method == "HEAD" and options.is_method_allowed("GET"):
        return True
    return options.is_method_allowed(method)


def leaves_method(method: str, options: ResourceOptions) -> bool:
    """True where `allow_methods` of *options*, if given at all, covers *method*."""
    return options.allow_methods is None or covers_method(method, options)


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
    """Layers of origin key -> options, the most specific first, down to one that does not inherit.

    Among all layers the kind of key decides first: exact origin, pattern, regular expression,
    predicate, ``"*"``. Within a kind the more specific layer wins, then the order within it.
    Options are never merged. As a mapping, it equals the merged dict.

    *admits* says which options count for the method that the policy is of: the closest ones
    decide, and where they do not count there is no grant.

    >>> everyone, partner = ResourceOptions(), ResourceOptions(allow_credentials=True)
    >>> policy = Policy({"*": everyone}, {"https://a.example": partner})
    >>> policy.options_for("https://a.example") is partner
    True
    """

    __slots__ = ("_layers", "admits", "asks", "constant", "grant_for", "look_up", "serial")

    def __init__(
        self,
        *layers: Layer | Mapping[Any, Options],
        admits: Callable[[ResourceOptions], bool] | None = None,
    ) -> None:
        self.serial = next(_serials)
        self._layers = tuple(in_force(layers))
        self.admits = admits
        #: Whether there are predicates to ask.
        self.asks: bool = any(layer.predicates for layer in self._layers)
        #: The grant that is the same for everybody, with or without an origin, if there is one.
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
        return {key: options for key, options in self.items() if self.counts(options)}

    @property
    def named_methods(self) -> frozenset[str]:
        """All that `allow_methods` names somewhere in it, a ``"*"`` aside."""
        named = (layer.methods or frozenset() for layer in self._layers)
        return frozenset().union(*named) - {WILDCARD}

    def counts(self, options: ResourceOptions) -> bool:
        """True where *options*, when they are the closest ones, give an origin anything."""
        return self.admits is None or self.admits(options)

    def options_for(self, origin: str) -> ResourceOptions | None:
        """The options of *origin*: its own, else those of the closest key that covers it.

        Predicates are not asked; see :meth:`grant_by`.
        """
        grant = self.grant_for(origin)
        return None if grant is None else grant.options

    def _quickest_look_up(self) -> LookUp:
        """A dict's own, whose hits cost no more than those of one that is written by hand."""
        if self.admits is None and len(self._layers) == 1 and self._layers[0].is_exact:
            return self._layers[0].exact.get
        return _Grants(self._look_up).__getitem__

    def _look_up(self, origin: str) -> Grant | None:
        return self._counting(self._find_named(origin) or self._find_wildcard(origin))

    async def grant_by(self, inquiry: Inquiry) -> Grant | None:
        """What the origin of *inquiry* is granted, when the predicates have been asked."""
        return self._counting(await self.closest_by(inquiry))

    async def closest_by(self, inquiry: Inquiry) -> Grant | None:
        """What the closest key that covers the origin of *inquiry* grants, be it without effect.

        Predicates are asked where no other key is closer, and only ``"*"`` comes after them.
        """
        grant = self._find_named(inquiry.origin)
        for layer in self._layers:
            grant = grant or await inquiry.first(layer.predicates)
        if grant is None and inquiry.failure is None:
            return self._find_wildcard(inquiry.origin)
        return grant

    async def ask(self, inquiry: Inquiry) -> LookUp:
        """The look-up of the origin of *inquiry* alone, when all predicates have answered."""
        return {inquiry.origin: await self.grant_by(inquiry)}.get

    def _counting(self, grant: Grant | None) -> Grant | None:
        return grant if grant is None or self.counts(grant.options) else None

    def _find_named(self, origin: str) -> Grant | None:
        """By the kinds of key that name origins: exact, pattern, regular expression."""
        for layer in self._layers:
            if origin in layer.exact:
                return layer.exact[origin]
        parsed = Origin.parse(origin)
        if parsed is not None:
            return self._find_by_pattern(parsed) or self._find_by_regex(origin)
        return self._find_by_regex(origin) if _may_be_named(origin) else None

    def _find_by_pattern(self, origin: Origin) -> Grant | None:
        for layer in self._layers:
            grant = layer.patterns.find(origin)
            if grant is not None:
                return grant
        return None

    def _find_by_regex(self, origin: str) -> Grant | None:
        for layer in self._layers:
            for regex, grant in layer.regexes:
                if regex.fullmatch(origin):
                    return grant
        return None

    def _find_wildcard(self, origin: str) -> Grant | None:
        layer = next((layer for layer in self._layers if layer.wildcard), None)
        if layer is None or not origin:
            return None
        # Any site can make itself a frame whose origin is null, and programs send what they like.
        return layer.public if Origin.parse(origin) is None else layer.wildcard

    def _constant_grant(self) -> Grant | None:
        if not self._layers or not all(layer.is_for_everybody for layer in self._layers):
            return None
        public = self._layers[0].public
        return None if public is None or public.withholds_credentials else self._counting(public)


def in_force(layers: Iterable[Layer | Mapping[Any, Options]]) -> Iterator[Layer]:
    """Those of *layers* that say something, down to one that does not inherit."""
    for given in layers:
        layer = given if isinstance(given, Layer) else Layer(given)
        if layer:
            yield layer
        if not layer.inherit:
            return
