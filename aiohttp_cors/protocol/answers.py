"""The answers to the preflights that ask for one method at one URL.

https://fetch.spec.whatwg.org/#http-responses
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiohttp.hdrs import (
    ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_TYPE,
    ORIGIN,
    VARY,
)
from multidict import CIMultiDict, CIMultiDictProxy

from .policy import Inquiry, Policy, Remembered
from .preflights import (
    SAFELISTED_METHODS,
    Preflight,
    console_headers,
    names_its_cause,
    preflight_headers,
)
from .refusals import Refused, refuse_method, refuse_origin
from .responses import Grant

# The three request headers of a preflight: origin, method, names of headers
Asked = tuple[str | None, str | None, str]

_VARY_CONSTANT = f"{ACCESS_CONTROL_REQUEST_METHOD}, {ACCESS_CONTROL_REQUEST_HEADERS}"
_VARY = f"{ORIGIN}, {_VARY_CONSTANT}"

_LONGEST_REMEMBERED = 1000


class Answer(NamedTuple):
    """The answer to a preflight, ready to be sent as often as the same is asked."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes | None = None
    refused: Refused | None = None

    @classmethod
    def granting(cls, headers: Mapping[str, str]) -> Answer:
        """The one that lets the request come."""
        return cls(200, _unchanging(headers))

    @classmethod
    def refusing(
        cls, refused: Refused, headers: Mapping[str, str] | None = None, status: int = 403
    ) -> Answer:
        """The one that tells why not, with *headers* too."""
        own = {VARY: _VARY, **(headers or {}), CONTENT_TYPE: "text/plain; charset=utf-8"}
        body = f"CORS preflight request failed: {refused.message}".encode()
        return cls(status, _unchanging(own), body, refused)


def _unchanging(headers: Mapping[str, str]) -> CIMultiDictProxy[str]:
    # Each response starts from a copy. Some releases of aiohttp write on a `CIMultiDict` that they
    # are given.
    return CIMultiDictProxy(CIMultiDict(headers))


class Answers:
    """The answers to preflights for one method at one URL, and the last of them again.

    *policy* is that of the method, `None` where it is not enabled for anybody; *others* are those
    of the other methods at the URL, sorted by method.
    """

    __slots__ = ("_asks", "_others", "_policy", "given")

    def __init__(self, policy: Policy | None, others: Sequence[tuple[str, Policy]] = ()) -> None:
        self._policy = policy
        self._others = others
        policies = [policy, *[other for _, other in others]]
        self._asks = any(each is not None and each.asks for each in policies)
        #: The last answers, by what was asked.
        self.given: Remembered[Asked, Answer] = Remembered()

    @property
    def serials(self) -> tuple[object, ...]:
        """What tells it from all those that answer otherwise."""
        own = None if self._policy is None else self._policy.serial
        return (own, *[(method, policy.serial) for method, policy in self._others])

    async def answer(
        self, asked: Asked, preflight: Preflight, inquiry: Inquiry, *, debug: bool
    ) -> Answer:
        """The answer to *preflight*, which *asked* in these words.

        With *debug*, a refusal carries what the browser's console needs to name its cause.
        """
        answer = await self._decide(preflight, inquiry)
        if debug and answer.refused is not None:
            answer = await self._tell_console(answer.refused, preflight, inquiry)
        if not self._asks and len(f"{asked}") <= _LONGEST_REMEMBERED:
            self.given.remember(asked, answer)
        return answer

    async def _decide(self, preflight: Preflight, inquiry: Inquiry) -> Answer:
        origin, method, _ = preflight
        policy = self._policy
        if policy is None:
            return Answer.refusing(refuse_method("preflight", origin, method))
        # A constant policy has one answer for everybody, as for actual requests.
        grant = policy.constant or await policy.closest_by(inquiry)
        if grant is None:
            return Answer.refusing(refuse_origin("preflight", origin, method, anybody=bool(policy)))
        if not policy.counts(grant.options):
            return Answer.refusing(refuse_method("preflight", origin, method))
        vary = _vary(policy)
        unknown = preflight.refuse_headers(grant)
        if unknown is not None:
            return Answer.refusing(unknown, vary)
        further = await self._further_methods(preflight, inquiry, grant)
        return Answer.granting({**preflight_headers(preflight, grant, further), **vary})

    async def _further_methods(
        self, preflight: Preflight, inquiry: Inquiry, grant: Grant
    ) -> list[str]:
        """The other methods of which a browser may keep all that it is told of this one."""
        if preflight.is_for_safelisted_method:
            return []
        granted = await self._granted_methods(inquiry)
        return [method for method, other in granted if other.options == grant.options]

    async def _granted_methods(self, inquiry: Inquiry) -> list[tuple[str, Grant]]:
        """The other methods, not safelisted, that the origin is granted, with what it is."""
        found = [
            (method, await policy.grant_by(inquiry))
            for method, policy in self._others
            if method not in SAFELISTED_METHODS
        ]
        return [(method, grant) for method, grant in found if grant is not None]

    async def _tell_console(
        self, refused: Refused, preflight: Preflight, inquiry: Inquiry
    ) -> Answer:
        for policy in filter(None, (self._policy, *(policy for _, policy in self._others))):
            grant = policy.constant or await policy.closest_by(inquiry)
            if grant is not None:
                methods = [method for method, _ in await self._granted_methods(inquiry)]
                headers = console_headers(refused, preflight, grant, methods)
                status = 200 if names_its_cause(refused, preflight) else 403
                return Answer.refusing(refused, {**_vary(self._policy), **headers}, status)
        return Answer.refusing(refused)


def _vary(policy: Policy | None) -> dict[str, str]:
    is_constant = policy is not None and policy.constant is not None
    return {VARY: _VARY_CONSTANT if is_constant else _VARY}
