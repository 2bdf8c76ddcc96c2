"""Strangers: origins near those that somebody means, which are somebody else's.

An expression or a predicate for origins that is a little too wide admits what anybody can register:
``https://evilexample.com`` beside ``https://example.com``, ``https://example.com.evil.example``,
``https://appxexample.com``. What is in here makes such origins, and tries expressions with them.
"""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from .expressions import MAX_EXPRESSION_LENGTH, alternatives_of, samples_of
from .origins import FILE, NULL, Origin, canonical_ipv4, is_loopback_host

_ANYBODY = ("https://evil.example", "http://evil.example", "https://evil.example:8443")

_MOST_ALTERNATIVES = 50
_MOST_PROBES = 600
_MOST_ASKED = 60
# Processor seconds that an expression may take for all its probes together
_PATIENCE = 0.05


def is_public_suffix(domain: str) -> bool:
    """True for a domain under which anybody may register, as far as is known.

    All are known where the optional package ``publicsuffixlist`` is installed, else the top-level
    domains alone.
    """
    if is_loopback_host(domain):
        return False
    name = domain.removesuffix(".")
    return "." not in name or _public_suffix_test()(name)


@cache
def _public_suffix_test() -> Callable[[str], bool]:
    """The test of the optional package ``publicsuffixlist``; without it, nothing more is known."""
    try:
        module = importlib.import_module("publicsuffixlist")
    except ImportError:
        return lambda _: False
    is_public: Callable[[str], bool] = module.PublicSuffixList().is_public
    return is_public


def site_of(host: str) -> str:
    """The part of *host* that belongs to one owner: the address, or the registered domain.

    >>> site_of("a.b.example.com"), site_of("a.example.co.uk"), site_of("127.0.0.1")
    ('example.com', 'example.co.uk', '127.0.0.1')
    """
    if host.startswith("[") or canonical_ipv4(host) is not None:
        return host
    if is_loopback_host(host):
        return "localhost"
    labels = host.split(".")
    size = 2
    while size < len(labels) and _is_shared(".".join(labels[-size:])):
        size += 1
    return ".".join(labels[-size:])


# Without a list of them: the likes of co.uk, com.au, or.jp
_LIKE_CO_UK = r"[a-z]{2,3}\.[a-z]{2}"


def _is_shared(domain: str) -> bool:
    return is_public_suffix(domain) or re.fullmatch(_LIKE_CO_UK, domain) is not None


def strangers_near(origin: Origin) -> Iterator[Origin]:
    """Origins that look like *origin*, and belong to somebody else."""
    site = site_of(origin.host)
    hosts = dict.fromkeys(_hosts_near(origin.host, site))
    for stranger in (origin._replace(host=host) for host in hosts):
        host = stranger.host
        is_own = host == site or host.endswith(f".{site}")
        # Names without a dot are those of somebody's own network.
        is_public = "." in host or "." in origin.host
        if is_public and not is_own and Origin.parse(str(stranger)) is not None:
            yield stranger


def _hosts_near(host: str, site: str) -> Iterator[str]:
    yield f"evil{site}"
    yield f"evil-{site}"
    yield f"www.evil{site}"
    yield f"{host}.evil.example"
    yield f"{host}evil.example"
    yield f"{host}evil"
    for suffix in ("xyz", "to"):
        yield f"{host.rpartition('.')[0]}.{suffix}"
    for place, character in enumerate(host):
        if character == ".":
            yield f"{host[:place]}x{host[place + 1 :]}"


def first_stranger(expression: re.Pattern[str]) -> str | None:
    """An origin that *expression* admits and that is nobody whom it can mean; `None`: none found.

    ``null`` is one: any site can make itself a frame that sends it.
    """
    patience = _Patience(expression)
    probes = dict.fromkeys([*_ANYBODY, NULL, *_probes_of(expression)])
    return next((probe for probe in list(probes)[:_MOST_PROBES] if patience.matches(probe)), None)


def _probes_of(expression: re.Pattern[str]) -> Iterator[str]:
    admitted = origins_admitted(expression)
    own = {site_of(origin.host) for origin in admitted}
    for origin in admitted:
        yield from (str(s) for s in strangers_near(origin) if site_of(s.host) not in own)


def origins_admitted(expression: re.Pattern[str]) -> list[Origin]:
    """Some of the origins with a scheme and a host that *expression* admits."""
    patience = _Patience(expression)
    origins = (Origin.parse(sample) for sample in _samples(expression) if patience.matches(sample))
    return list(dict.fromkeys(origin for origin in origins if origin is not None))


def matches_no_origin(expression: re.Pattern[str]) -> bool:
    """True where *expression* matches something, but nothing that is the whole of an origin."""
    patience = _Patience(expression)
    matched = [sample for sample in _samples(expression) if patience.matches(sample)]
    whole = [s for s in matched if s in (NULL, FILE) or Origin.parse(s) is not None]
    others = (NULL, FILE, *_ANYBODY)
    return bool(matched) and not whole and not any(map(patience.matches, others))


def has_default_port_only(expression: re.Pattern[str]) -> bool:
    """True where *expression* admits pages of this machine, but of no port that has to be named."""
    local = [o for o in origins_admitted(expression) if is_loopback_host(o.host) and not o.port]
    with_ports = (str(origin._replace(port="3000")) for origin in local)
    return bool(local) and not any(map(_Patience(expression).matches, with_ports))


def _samples(expression: re.Pattern[str]) -> list[str]:
    """What *expression* may match; of one that leaves the scheme open, with a scheme too."""
    text = expression.pattern
    if len(text) > MAX_EXPRESSION_LENGTH:
        return []
    found = [
        sample
        for alternative in alternatives_of(text)[:_MOST_ALTERNATIVES]
        for sample in samples_of(alternative)
    ]
    return [*found, *(f"https://{sample}" for sample in found if "://" not in sample)]


class _Patience:
    """Matches as an expression does, until that has taken too long; from then on, nothing.

    An expression may take time that grows with a power of the length, or doubles with every
    character. So a probe is tried from its first characters on, each time with one more: the time
    is over before it has grown much.
    """

    _SHORTEST = 8

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._fullmatch = expression.fullmatch
        self._left = _PATIENCE

    def matches(self, text: str) -> bool:
        matched = False
        for length in range(min(len(text), self._SHORTEST), len(text) + 1):
            if self._left < 0:
                return False
            begin = time.thread_time()
            matched = self._fullmatch(text[:length]) is not None
            self._left -= time.thread_time() - begin
        return matched


def strangers_to(hosts: Iterable[str]) -> tuple[str, ...]:
    """Origins that belong to nobody who has one of *hosts*: to ask a predicate about."""
    origins = (Origin("https", host, "") for host in hosts)
    near = (str(stranger) for origin in origins for stranger in strangers_near(origin))
    return tuple(dict.fromkeys([*_ANYBODY, NULL, *near]))[:_MOST_ASKED]
