"""Origins as browsers send them, the keys that cover them, and what was meant by a wrong key.

What a browser sends is the *serialisation of an origin*:
https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

NULL = "null"
# What engines embedded in programs (Electron, Cordova) send for pages from the disk.
FILE = "file://"
WILDCARD = "*"

# ---------------------------------------------------------------------------------------------
# The grammar.  Origins are short: longer ones are refused before any expression sees them, and
# no expression below can backtrack over more than one label.
# ---------------------------------------------------------------------------------------------

MAX_ORIGIN_LENGTH = 320

# scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )  (RFC 3986 3.1), which browsers lower-case
_SCHEME = r"[a-z][a-z0-9+.-]*"
# port = 1*DIGIT  (URL standard), serialised without leading zeros; 0 cannot be connected to
_PORT = r"[1-9][0-9]{0,4}"
# A label of a domain that resolves: LDH (RFC 1034 3.5) and the underscore that DNS also allows
_LABEL = r"[a-z0-9_-]{1,63}"
# domain = label *( "." label ) [ "." ]  (RFC 1034 3.1), lower-cased by the URL parser
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*\.?"
# IP-literal = "[" IPv6address "]"  (RFC 3986 3.2.2); whether it is canonical is asked apart
_IPV6 = r"\[[0-9a-f:.]{2,45}\]"
# reg-name = *( unreserved / pct-encoded / sub-delims )  (RFC 3986 3.2.2): the opaque hosts of
# schemes that only some programs know (extensions, desktop and mobile shells); the "*" among the
# sub-delims is left out, since it is never meant as itself
_REG_NAME = r"[A-Za-z0-9._~!$&'()+,;=%-]+"

# Schemes with rules of their own, or whose documents never send an origin of this form
_NOT_OPAQUE = r"https?|wss?|file|blob|data|about|javascript"

_MAX_DOMAIN_LENGTH = 253

_SPECIAL_ORIGIN = re.compile(rf"(https?)://({_DOMAIN}|{_IPV6})(?::({_PORT}))?")
_OTHER_ORIGIN = re.compile(
    rf"((?!(?:{_NOT_OPAQUE}):){_SCHEME})://({_REG_NAME}|{_IPV6})(?::({_PORT}))?"
)
_LABELS = re.compile(rf"(?:{_LABEL}\.)+")

_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}


def default_port(scheme: str) -> str | None:
    """https://url.spec.whatwg.org/#default-port, as digits."""
    return _DEFAULT_PORTS.get(scheme)


class Origin(NamedTuple):
    """A tuple origin: scheme, host and port (``""`` for the default one), as serialised."""

    scheme: str
    host: str
    port: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @classmethod
    def parse(cls, text: str) -> Origin | None:
        """The origin that *text* serialises, or `None` where no browser would send it.

        >>> Origin.parse("https://a.example:8443")
        Origin(scheme='https', host='a.example', port='8443')
        >>> Origin.parse("https://a.example:443") is None      # the default port is left out
        True
        """
        if len(text) > MAX_ORIGIN_LENGTH:
            return None
        match = _SPECIAL_ORIGIN.fullmatch(text) or _OTHER_ORIGIN.fullmatch(text)
        if match is None:
            return None
        scheme, host, port = match[1], match[2], match[3] or ""
        if port and (int(port) > 65535 or default_port(scheme) == port):
            return None
        if not _is_canonical_host(scheme, host):
            return None
        return cls(scheme, host, port)


def keeps_case(scheme: str) -> bool:
    """True for the schemes whose hosts no browser lower-cases.

    https://url.spec.whatwg.org/#concept-opaque-host-parser; Chromium and Firefox hold the schemes
    of their extensions to be special, WebKit has upper-case identifiers.
    """
    return scheme not in _LOWER_CASING


_LOWER_CASING = {"http", "https", "ws", "wss", "chrome-extension", "moz-extension"}


def is_serialised_origin(text: str) -> bool:
    """True for what a browser may send in ``Origin``: a tuple origin, ``null`` or ``file://``."""
    return text in (NULL, FILE) or Origin.parse(text) is not None


def _is_canonical_host(scheme: str, host: str) -> bool:
    if host.startswith("["):
        return canonical_ipv6(host) == host
    if keeps_case(scheme):
        return True
    if scheme not in ("http", "https"):
        return host == host.lower()
    if len(host.rstrip(".")) > _MAX_DOMAIN_LENGTH:
        return False
    return not _ends_in_a_number(host) or canonical_ipv4(host) == host


# https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def _ends_in_a_number(host: str) -> bool:
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def canonical_ipv4(host: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-ipv4-parser, or `None` for a failure."""
    parts = host.removesuffix(".").split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *high, low = (_ipv4_number(part) for part in parts)
    except ValueError:
        return None
    if any(number > 255 for number in high) or low >= 256 ** (5 - len(parts)):
        return None
    return str(ipaddress.IPv4Address(sum(n << 24 - 8 * i for i, n in enumerate(high)) + low))


def _ipv4_number(part: str) -> int:
    if len(part) > 64:
        raise ValueError(part)
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if part.startswith("0"):
        return int(part, 8)
    return int(part)


def canonical_ipv6(host: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-ipv6-serializer, brackets included."""
    if not host.endswith("]"):
        return None
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return None
    mapped = address.ipv4_mapped
    if mapped is None:
        return f"[{address.compressed}]"
    return f"[::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}]"


def is_loopback_host(host: str) -> bool:
    """True for the names and addresses that browsers hold to be this machine.

    https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
    """
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# ---------------------------------------------------------------------------------------------
# Patterns, and the str keys as a whole
# ---------------------------------------------------------------------------------------------


class OriginPattern(NamedTuple):
    """A key with ``*`` for the labels before a domain, for the port, or for the end of the port.

    *parent* is the host behind ``*.`` (*subdomains* true), else the host itself; *port* is
    `None` for any port or none, ``"800*"`` for ports that begin so, else the very port.
    """

    scheme: str
    subdomains: bool
    parent: str
    port: str | None

    @classmethod
    def parse(cls, key: str) -> OriginPattern | None:
        """The pattern that *key* is, or `None` where it is not one that could match.

        >>> OriginPattern.parse("https://*.example.com").admits(Origin.parse("https://a.example.com"))
        True
        """
        scheme, separator, rest = key.partition("://")
        if not separator or "*" not in rest:
            return None
        subdomains = rest.startswith("*.")
        host, port = split_port(rest.removeprefix("*."))
        if not _is_port_pattern(port):
            return None
        wild_port = port.endswith("*")
        stand_in = Origin.parse(
            f"{scheme}://{host}" + (f":{port}" if port and not wild_port else "")
        )
        if stand_in is None or "*" in host or (subdomains and not _may_have_subdomains(host)):
            return None
        return cls(scheme, subdomains, host, None if port == "*" else port)

    def admits(self, origin: Origin) -> bool:
        """True where *origin* is one that the pattern covers."""
        return (
            origin.scheme == self.scheme
            and self._admits_host(origin.host)
            and self.admits_port(origin.port)
        )

    def _admits_host(self, host: str) -> bool:
        if not self.subdomains:
            return host == self.parent
        return (
            host.endswith(f".{self.parent}")
            and _LABELS.fullmatch(host.removesuffix(self.parent)) is not None
        )

    def admits_port(self, port: str) -> bool:
        """True where *port* (``""``: the default one) is one that the pattern covers."""
        if self.port is None:
            return True
        if self.port.endswith("*"):
            return port.startswith(self.port[:-1])
        return port == self.port


def is_origin_key(key: str) -> bool:
    """True for a str key that some browser's ``Origin`` can match.

    >>> [key for key in ("*", "https://a.example", "https://a.example/") if is_origin_key(key)]
    ['*', 'https://a.example']
    """
    return (
        key in (WILDCARD, NULL, FILE)
        or Origin.parse(key) is not None
        or OriginPattern.parse(key) is not None
    )


def split_port(authority: str) -> tuple[str, str]:
    """Host and port (`""` for none) of what stands between scheme and path."""
    if authority.endswith("]"):
        return authority, ""
    host, colon, port = authority.rpartition(":")
    return (host, port) if colon else (authority, "")


# "*" or 1*5DIGIT "*", the digits being the beginning of some port, or a port, or none
_PORT_PATTERN = re.compile(r"\*|[1-9][0-9]{0,4}\*?|")


def _is_port_pattern(port: str) -> bool:
    if _PORT_PATTERN.fullmatch(port) is None:
        return False
    return port in ("", "*") or int(port.removesuffix("*")) <= 65535


def _may_have_subdomains(host: str) -> bool:
    return not host.startswith("[") and not _ends_in_a_number(host)


_T = TypeVar("_T")


class PatternIndex(Generic[_T]):
    """Values by origin pattern, found by the fixed part of the host and not one by one."""

    __slots__ = ("_by_host", "_by_parent")

    def __init__(self, items: Iterable[tuple[OriginPattern, _T]]) -> None:
        self._by_host: dict[str, list[tuple[int, OriginPattern, _T]]] = {}
        self._by_parent: dict[str, list[tuple[int, OriginPattern, _T]]] = {}
        for order, (pattern, value) in enumerate(items):
            index = self._by_parent if pattern.subdomains else self._by_host
            index.setdefault(pattern.parent, []).append((order, pattern, value))

    def __bool__(self) -> bool:
        return bool(self._by_host or self._by_parent)

    def find(self, origin: Origin) -> _T | None:
        """The value of the first pattern that admits *origin*, in the order given."""
        admitting = [entry for entry in self._candidates(origin.host) if entry[1].admits(origin)]
        return min(admitting, key=lambda entry: entry[0])[2] if admitting else None

    def _candidates(self, host: str) -> Iterator[tuple[int, OriginPattern, _T]]:
        yield from self._by_host.get(host, ())
        while self._by_parent and host:
            host = host.partition(".")[2]
            yield from self._by_parent.get(host, ())
