"""The str keys of a configuration: which can match, what was meant by the others, which are risky.

A key that can never match is kept (it harms nobody) and told to its author, with what to write.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from yarl import URL

from .diagnostics import CorsConfigWarning, CorsSecurityWarning, Finding
from .origins import (
    NULL,
    WILDCARD,
    Origin,
    OriginPattern,
    canonical_ipv4,
    canonical_ipv6,
    default_port,
    is_loopback_host,
    split_port,
)
from .resource_options import ResourceOptions

Answer = bool | ResourceOptions | None
OriginPredicate = Callable[[str, Any], Answer | Awaitable[Answer]]
OriginKey = str | re.Pattern[str] | OriginPredicate
Options = ResourceOptions | Mapping[str, Any]
Suggestion = str | re.Pattern[str]


def check_config(config: object) -> dict[OriginKey, ResourceOptions]:
    """What *config* maps its keys to, normalised.

    :raises ValueError: for what is no mapping, for a key that is no str, expression of str or
        callable, and for options that are none.
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"a mapping of origins to ResourceOptions expected, got {config!r}")
    return {check_key(key): ResourceOptions.of(options) for key, options in config.items()}


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
    raise ValueError(
        "an origin key must be a str, a re.Pattern of str or a callable of (origin, request), "
        f"got {key!r}"
    )


def examine(key: OriginKey, options: ResourceOptions) -> Iterator[Finding]:
    """What its author wants to know of *key* with *options*."""
    fault = _fault_of(key)
    if fault is not None:
        yield fault
    elif options.allow_credentials:
        yield from examine_credentials(key)


def _fault_of(key: OriginKey) -> Finding | None:
    if isinstance(key, str):
        return examine_key(key)
    return None if isinstance(key, re.Pattern) else examine_predicate(key)


def is_origin_key(key: str) -> bool:
    """True for a str key that some browser's ``Origin`` can match.

    >>> [key for key in ("*", "https://a.example", "https://a.example/") if is_origin_key(key)]
    ['*', 'https://a.example']
    """
    return (
        key in (WILDCARD, NULL)
        or Origin.parse(key) is not None
        or OriginPattern.parse(key) is not None
    )


def examine_key(key: str) -> Finding | None:
    """Why no browser's ``Origin`` can ever match *key*, and what to write; `None` where one can.

    >>> examine_key("https://a.example/").hint
    "write 'https://a.example' instead"
    """
    if is_origin_key(key):
        return None
    faults = list(_faults(_Parts.of(key)))
    reasons = " and ".join(dict.fromkeys(fault.why for fault in faults))
    suggestions = suggest_keys(key)
    return Finding(
        code=faults[0].code,
        message=f"the origin {_shown(key)} can never match, {reasons}",
        hint=f"write {_either(suggestions)} instead" if suggestions else _GENERAL_HINT,
        category=CorsConfigWarning,
    )


def suggest_keys(key: str) -> tuple[Suggestion, ...]:
    """The keys that the author of a wrong *key* may have meant; each of them is a right one.

    >>> suggest_keys("a.example:8080")
    ('http://a.example:8080', 'https://a.example:8080')
    """
    if len(key) > _MAX_KEY_LENGTH or is_origin_key(key):
        return ()
    if _OPAQUE.match(key.strip()):
        return (NULL,)
    several = re.split(r"[\s,]+", key.strip(" \t\r\n,"))
    if len(several) > 1:
        return tuple(one for one in several if is_origin_key(one))
    meant = dict.fromkeys(_meant(_Parts.of(key)))
    return tuple(s for s in meant if isinstance(s, re.Pattern) or is_origin_key(s))


def examine_predicate(predicate: Callable[..., object]) -> Finding | None:
    """Why *predicate* would fail for every origin, and what to write; `None` where it would not."""
    try:
        signature = inspect.signature(predicate)
    except (TypeError, ValueError):  # of some that are written in C
        return None
    try:
        signature.bind("https://a.example", None)
    except TypeError as error:
        name = getattr(predicate, "__name__", type(predicate).__name__)
        return Finding(
            code="C103",
            message=f"the callable {name!r} cannot be called with an origin and a request "
            f"({error}), so that it refuses every origin",
            hint="let it take two arguments, as in def may_read(origin, request)",
            category=CorsConfigWarning,
        )
    return None


def examine_credentials(key: object) -> Iterator[Finding]:
    """What is risky about the pages of *key* acting with their visitor's cookies."""
    if not isinstance(key, str):
        return
    if key == WILDCARD:
        yield _risk(
            "C201",
            "'*' with allow_credentials=True lets every site on the web act and read "
            "with its visitor's cookies",
            _NAME_THE_ORIGINS,
        )
        return
    if key == NULL:
        yield _risk(
            "C202",
            "'null' with allow_credentials=True lets any sandboxed frame, on any site, "
            "act and read with its visitor's cookies",
            _NAME_THE_ORIGINS,
        )
        return
    pattern = OriginPattern.parse(key)
    origin = Origin.parse(key)
    if pattern is not None:
        yield from _examine_tuple(key, pattern.scheme, pattern.parent)
        if pattern.subdomains and _is_public_suffix(pattern.parent):
            yield _risk(
                "C204",
                f"{key!r} with allow_credentials=True covers every domain that anybody "
                f"registers under {pattern.parent!r}",
                f"name the domain, as in '{pattern.scheme}://*.your-domain.{pattern.parent}'",
            )
    elif origin is not None:
        yield from _examine_tuple(key, origin.scheme, origin.host)


def _examine_tuple(key: str, scheme: str, host: str) -> Iterator[Finding]:
    if scheme == "http" and not is_loopback_host(host):
        secure = key.replace("http", "https", 1)
        yield _risk(
            "C203",
            f"{key!r} with allow_credentials=True trusts whoever is on the visitor's "
            "network, who can change any plain-http page",
            f"serve the page over TLS and write {_either(suggest_keys(secure) or (secure,))}",
        )


_NAME_THE_ORIGINS = (
    "name the origins that may, as in "
    "{'https://app.example': ResourceOptions(allow_credentials=True)}, "
    "or leave allow_credentials out"
)


def _risk(code: str, message: str, hint: str) -> Finding:
    return Finding(code, message, hint, CorsSecurityWarning)


def _is_public_suffix(domain: str) -> bool:
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


# ---------------------------------------------------------------------------------------------
# What is wrong, and what was meant
# ---------------------------------------------------------------------------------------------

_MAX_KEY_LENGTH = 1000
_GENERAL_HINT = (
    "write the origin as a browser sends it, scheme://host or scheme://host:port, "
    "as location.origin shows it in the browser's console"
)


class _Fault(NamedTuple):
    code: str
    why: str


class _Parts(NamedTuple):
    """A key taken apart as a person would, however wrong it is."""

    text: str  # without white space around it
    scheme: str  # "" where there is none
    has_user_info: bool
    host: str
    port: str | None  # None where there is no colon
    tail: str  # path, query and fragment
    spaced: bool

    @classmethod
    def of(cls, key: str) -> _Parts:
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
        return scheme, rest
    malformed = re.match(r"(https?)(?::/?|//)(?=[^/]|$)", text, re.IGNORECASE)
    if malformed:
        return malformed[1], text[malformed.end() :]
    return "", text.lstrip("/")


def _faults(parts: _Parts) -> Iterator[_Fault]:
    """What is wrong with a key that cannot match: at least one thing."""
    found = list(_all_faults(parts))
    yield from found or [_Fault("C012", "it is nothing that a browser sends")]


def _all_faults(parts: _Parts) -> Iterator[_Fault]:
    opaque = _OPAQUE.match(parts.text)
    if opaque:
        yield _Fault("C010", f"pages from '{opaque[1].lower()}:' send 'Origin: null'")
        return
    if re.search(r"[\s,]", parts.text):
        yield _Fault("C012", "a key is one origin, without spaces and commas")
        return
    if parts.spaced:
        yield _Fault("C012", "it has white space")
    if parts.text.lower() == NULL:
        if not parts.spaced:
            yield _Fault("C003", "it has upper-case letters")
        return
    if _looks_like_expression(parts.text):
        yield _Fault("C011", "it reads as a regular expression, and a str is none")
        return
    yield from _scheme_faults(parts)
    if parts.tail:
        yield _tail_fault(parts.tail)
    if parts.has_user_info:
        yield _Fault("C005", "it has user info")
    if not _is_lower_case(parts.scheme + parts.host):
        yield _Fault("C003", "it has upper-case letters")
    yield from _host_faults(parts.host)
    yield from _port_faults(parts.scheme.lower(), parts.port)


def _is_lower_case(text: str) -> bool:
    return text == text.lower()


def _scheme_faults(parts: _Parts) -> Iterator[_Fault]:
    if not parts.scheme:
        yield _Fault("C002", "it has no scheme")
    elif "://" not in parts.text:
        yield _Fault("C002", "it has no '//' behind the scheme")
    elif "*" in parts.scheme:
        yield _Fault("C011", "it has a '*' in its scheme")
    elif parts.scheme.lower() in ("ws", "wss"):
        why = "a page that opens a WebSocket sends the origin that it was loaded from"
        yield _Fault("C013", why)


def _tail_fault(tail: str) -> _Fault:
    if tail == "/":
        return _Fault("C001", "it has a trailing slash")
    if tail[0] in "?#":
        return _Fault("C006", f"it has a {'query' if tail[0] == '?' else 'fragment'}")
    return _Fault("C001", "it has a path")


def _host_faults(host: str) -> Iterator[_Fault]:
    domain = host.removeprefix("*.").lower()
    if not domain:
        yield _Fault("C012", "it has no host")
    elif "*" in domain:
        yield _Fault("C011", "a '*' may only stand for whole labels in front ('*.') or in the port")
    elif not domain.isascii():
        yield _Fault("C008", "browsers send the ASCII form of an internationalised host")
    elif _canonical_address(domain) not in (None, domain):
        yield _Fault("C009", "browsers send the canonical form of an IP address")
    elif domain != host.lower() and _canonical_address(domain):
        yield _Fault("C011", "an IP address has no subdomains")
    elif Origin.parse(f"http://{domain}") is None:
        yield _Fault("C012", "no host is written like that")


def _port_faults(scheme: str, port: str | None) -> Iterator[_Fault]:
    if port is None:
        return
    digits = port.removesuffix("*")
    if port == "":
        yield _Fault("C007", "it has a colon without a port")
    elif digits and not (digits.isascii() and digits.isdigit()):
        code = "C011" if "*" in port else "C007"
        yield _Fault(code, "the port is no number")
    elif digits and len(digits) < 9 and digits == default_port(scheme):
        yield _Fault("C004", "browsers leave out the default port")
    elif digits.startswith("0"):
        yield _Fault("C007", "no port begins with a zero")
    elif digits and (len(digits) > 5 or int(digits) > 65535):
        yield _Fault("C007", "ports end at 65535")


# Schemes whose documents have an opaque origin, https://url.spec.whatwg.org/#origin
_OPAQUE = re.compile(r"(file|data|about|javascript):", re.IGNORECASE)
_EXPRESSION = re.compile(r"[\\()^$|+]|(?:^|//)\.[*+]|\?:|:\[", re.IGNORECASE)


def _looks_like_expression(text: str) -> bool:
    return _EXPRESSION.search(text) is not None


def _meant(parts: _Parts) -> Iterator[Suggestion]:
    if parts.text.lower() == NULL:
        yield NULL
    elif parts.text.rstrip("/") == WILDCARD:
        yield WILDCARD
    elif _looks_like_expression(parts.text):
        yield from _meant_by_expression(parts.text)
    else:
        yield from _meant_by_address(parts)


def _meant_by_expression(text: str) -> Iterator[Suggestion]:
    plain = (
        text.removeprefix("^")
        .removesuffix("$")
        .replace(r"\.", ".")
        .replace(".*.", "*.")
        .replace(".+.", "*.")
    )
    yield plain
    yield re.sub(r":[\[(\\.].*$", ":*", plain)
    try:
        # A dot between letters is meant as itself.
        yield re.compile(re.sub(r"(?<=[\w\])}])\.(?=\w)", r"\\.", text))
    except re.error:
        return


def _meant_by_address(parts: _Parts) -> Iterator[Suggestion]:
    host = _repaired_host(parts.host)
    for scheme in _meant_schemes(parts.scheme.lower()):
        port = _repaired_port(scheme, parts.port)
        if "*" in host.removeprefix("*."):
            yield from _meant_by_stars(scheme, host, port)
        else:
            yield f"{scheme}://{host}{port}"


def _meant_schemes(scheme: str) -> tuple[str, ...]:
    if not scheme or "*" in scheme:
        return ("http", "https")
    return ({"ws": "http", "wss": "https"}.get(scheme, scheme),)


def _repaired_host(host: str) -> str:
    star = "*." if host.startswith("*.") else ""
    name = host.removeprefix("*.").lower()
    address = _canonical_address(name)
    if address is not None:
        return address
    return star + (name if name.isascii() else _idna(name))


def _canonical_address(host: str) -> str | None:
    return canonical_ipv6(host) if host.startswith("[") else canonical_ipv4(host)


def _idna(name: str) -> str:
    try:
        return URL(f"https://{name}").raw_host or name
    except ValueError:
        return name


def _repaired_port(scheme: str, port: str | None) -> str:
    if port is None or port == "":
        return ""
    if "*" in port:
        return f":{port}" if OriginPattern.parse(f"{scheme}://a.example:{port}") else ":*"
    number = port.lstrip("0")
    return "" if number == default_port(scheme) else f":{number}"


def _meant_by_stars(scheme: str, host: str, port: str) -> Iterator[Suggestion]:
    """A `*` that stands for more than labels in front: the nearest pattern, the expression."""
    last = host.rpartition("*")[2].lstrip(".")
    if set(host[: len(host) - len(last)]) <= set("*."):
        yield f"{scheme}://*.{last}{port}"
    expression = "[a-z0-9.-]+".join(map(re.escape, re.split(r"\*+", host)))
    port_expression = re.escape(port).replace(r"\*", "[0-9]*")
    yield re.compile(f"{scheme}://{expression}{port_expression}")


def _either(suggestions: tuple[Suggestion, ...]) -> str:
    return " or ".join(map(repr, suggestions))


def _shown(key: str) -> str:
    return repr(key) if len(key) <= 200 else f"{key[:200]!r}..."
