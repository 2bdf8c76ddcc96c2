"""What is wrong with a str key that no browser's ``Origin`` can ever match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .origins import (
    NULL,
    Origin,
    canonical_ipv4,
    canonical_ipv6,
    default_port,
    keeps_case,
    split_port,
)


class Fault(NamedTuple):
    """One thing wrong with a key: a stable code, and the reason as half a sentence."""

    code: str
    why: str


class Parts(NamedTuple):
    """A key taken apart as a person would, however wrong it is."""

    text: str  # without white space around it
    scheme: str  # "" where there is none
    has_user_info: bool
    host: str
    port: str | None  # None where there is no colon
    tail: str  # path, query and fragment
    spaced: bool

    @classmethod
    def of(cls, key: str) -> Parts:
        """The parts of *key*, as far as they are there."""
        text = key.strip()
        scheme, rest = _split_scheme(text)
        authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
        _, at, address = authority.rpartition("@")
        host, port = split_port(address)
        return cls(
            text,
            scheme,
            bool(at),
            host,
            port if host != address else None,
            rest[len(authority) :],
            text != key,
        )


def _split_scheme(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if separator:
        return scheme, rest.lstrip("/") if scheme.lower() in ("http", "https") else rest
    malformed = re.match(r"(https?)(?::[/\\]{0,2}|//)(?=[^/\\]|$)", text, re.IGNORECASE)
    if malformed:
        return malformed[1], text[malformed.end() :]
    return "", text.lstrip("/")


def canonical_address(host: str) -> str | None:
    """The IP address that *host* is, as browsers write it; `None` for a name."""
    return canonical_ipv6(host) if host.startswith("[") else canonical_ipv4(host)


def faults_of(key: str) -> list[Fault]:
    """What is wrong with a *key* that cannot match: at least one thing."""
    found = list(dict.fromkeys(_faults(Parts.of(key))))
    return found or [Fault("C012", "it is nothing that a browser sends")]


def _faults(parts: Parts) -> Iterator[Fault]:
    whole = _fault_of_text(parts.text)
    if whole is not None:
        yield whole
        return
    if parts.spaced:
        yield Fault("C012", "it has white space")
    if parts.text.lower() == NULL:
        if not parts.spaced:
            yield Fault("C003", "it has upper-case letters")
        return
    yield from _scheme_faults(parts)
    if parts.tail:
        yield _tail_fault(parts.tail)
    if parts.has_user_info:
        yield Fault("C005", "it has user info")
    if not _is_lower_case(parts):
        yield Fault("C003", "it has upper-case letters")
    yield from _host_faults(parts.host)
    yield from _port_faults(parts.scheme.lower(), parts.port)


def is_opaque(text: str) -> bool:
    """True for what has a scheme whose pages send ``null``.

    https://url.spec.whatwg.org/#origin
    """
    return _scheme_of(text) in ("data", "about", "javascript")


def is_file(text: str) -> bool:
    """True for what has the scheme of the pages on a disk."""
    return _scheme_of(text) == "file"


def is_blob(text: str) -> bool:
    """True for what has the scheme of the pages that pages make."""
    return _scheme_of(text) == "blob"


def _scheme_of(text: str) -> str:
    scheme, colon, _ = text.partition(":")
    return scheme.lower() if colon else ""


# These are compiled where they are needed: in most programs, no key is wrong.
_VARIABLE = r"\$\{?\w+\}?$|\$\{\w+\}|\{\{.*\}\}|\{[A-Za-z_]\w*\}|%[A-Z_]+%"


def has_variable(text: str) -> bool:
    """True for what some template or shell was to fill in."""
    return re.search(_VARIABLE, text) is not None


def is_list(text: str) -> bool:
    """True for several origins in one, and for one in the brackets or quotation marks of a list."""
    return listed_in(text) != [text]


def _fault_of_text(text: str) -> Fault | None:
    """What is so wrong with it that its parts say nothing."""
    for is_so, code, why in _OF_THE_WHOLE:
        if is_so(text):
            return Fault(code, why.format(scheme=_scheme_of(text)))
    return None


_EXPRESSION = (
    r"[\\()^$|+]|(?:^|//|:)\.[*+]|\?:|:\[|^~"
    r"|\[[^\]:]*-[^\]:]*\]|\][*+?{]|\{\d+(?:,\d*)?\}"
)


def looks_like_expression(text: str) -> bool:
    """True for what has marks of a regular expression."""
    return re.search(_EXPRESSION, re.sub(_BACKSLASHES, "", text)) is not None


_BACKSLASHES = r"(?i)^https?:\\{1,2}(?=\w)"


_OF_THE_WHOLE = (
    (is_file, "C010", "such pages send 'file://' or 'null'"),
    (is_opaque, "C010", "pages from '{scheme}:' send 'null'"),
    (is_blob, "C010", "a page from 'blob:' sends the origin of the page that made it"),
    (has_variable, "C012", "a variable in it was not filled in"),
    (is_list, "C012", "a key is one origin, without spaces, commas, semicolons and quotes"),
    (looks_like_expression, "C011", "it reads as a regular expression, and a str is none"),
)


_BRACKETS = r"[\[({]\s*(?=[\"']|[\w*.+-]+://)([^\\|^$+]*)[\])}]"


def listed_in(text: str) -> list[str]:
    """The elements of *text* where it is a list, in JSON, in Python or plain; else itself alone.

    >>> listed_in('["https://a.example", "https://b.example"]')
    ['https://a.example', 'https://b.example']
    """
    bracketed = re.fullmatch(_BRACKETS, text)
    elements = re.split(r"[\s,;]+", bracketed[1] if bracketed else text)
    elements = [element for element in (e.strip("\"'`<>") for e in elements) if element]
    if looks_like_expression(text) and not all("://" in element for element in elements):
        return [text]
    return elements or [text]


def _is_lower_case(parts: Parts) -> bool:
    text = parts.scheme if has_case(parts.scheme) else parts.scheme + parts.host
    return text == text.lower()


def has_case(scheme: str) -> bool:
    """True where the case of a host counts behind *scheme*, which may be wrong itself."""
    return scheme != "" and "*" not in scheme and keeps_case(scheme.lower())


def _scheme_faults(parts: Parts) -> Iterator[Fault]:
    if not parts.scheme:
        yield Fault("C002", "it has no scheme")
    elif "://" not in parts.text:
        yield Fault("C002", "it has no '//' behind the scheme")
    elif "*" in parts.scheme:
        yield Fault("C011", "it has a '*' in its scheme")
    elif parts.scheme.lower() in ("ws", "wss"):
        why = "a page that opens a WebSocket sends the origin that it was loaded from"
        yield Fault("C013", why)


def _tail_fault(tail: str) -> Fault:
    if tail == "/":
        return Fault("C001", "it has a trailing slash")
    if tail[0] in "?#":
        return Fault("C006", f"it has a {'query' if tail[0] == '?' else 'fragment'}")
    return Fault("C001", "it has a path")


def _host_faults(host: str) -> Iterator[Fault]:
    domain = host.removeprefix("*.").lower()
    if not domain:
        yield Fault("C012", "it has no host")
    elif "*" in domain:
        yield Fault("C011", "a '*' only stands for labels in front ('*.') or for the port")
    elif not domain.isascii():
        yield Fault("C008", "browsers send the ASCII form of an internationalised host")
    elif canonical_address(domain) not in (None, domain):
        yield Fault("C009", "browsers send the canonical form of an IP address")
    elif domain != host.lower() and canonical_address(domain):
        yield Fault("C011", "an IP address has no subdomains")
    elif Origin.parse(f"http://{domain}") is None:
        yield Fault("C012", "no host is written like that")


def _port_faults(scheme: str, port: str | None) -> Iterator[Fault]:
    if port is None:
        return
    digits = port.removesuffix("*")
    if port == "":
        yield Fault("C007", "it has a colon without a port")
    elif digits and not (digits.isascii() and digits.isdigit()):
        code = "C011" if "*" in port else "C007"
        yield Fault(code, "the port is no number")
    elif digits and digits == default_port(scheme):
        yield Fault("C004", "browsers leave out the default port")
    elif digits.startswith("0"):
        yield Fault("C007", "no port begins with a zero")
    elif digits and (len(digits) > 5 or int(digits) > 65535):
        yield Fault("C007", "ports end at 65535")
