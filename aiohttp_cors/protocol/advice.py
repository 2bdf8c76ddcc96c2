"""What was meant by a str key that can never match: the keys to write instead.

A suggestion is never wider than what it replaces: it admits no origin but those that the wrong key
can mean. Where nothing safe can be said, nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from yarl import URL

from .diagnostics import SHOWN_LENGTH, shown
from .expressions import alternatives_of, parts_of, with_escaped_dots
from .faults import (
    Parts,
    canonical_address,
    has_case,
    has_variable,
    is_blob,
    is_file,
    is_list,
    is_opaque,
    listed_in,
    looks_like_expression,
)
from .origins import (
    FILE,
    NULL,
    WILDCARD,
    Origin,
    canonical_ipv4,
    default_port,
    is_loopback_host,
    is_origin_key,
)
from .strangers import first_stranger, is_public_suffix, origins_admitted

Suggestion = str | re.Pattern[str]

_MAX_KEY_LENGTH = 1000


def suggest_keys(key: str) -> tuple[Suggestion, ...]:
    """The keys that the author of a wrong *key* may have meant; each of them is a right one.

    >>> suggest_keys("a.example:8080")
    ('http://a.example:8080', 'https://a.example:8080')
    """
    if len(key) > _MAX_KEY_LENGTH or is_origin_key(key):
        return ()
    meant = dict.fromkeys(_meant(key.strip()))
    return tuple(filter(_is_right, meant))


def suggest_for_expression(expression: re.Pattern[str]) -> tuple[Suggestion, ...]:
    """The keys that the author of *expression* may have meant, none wider than it reads."""
    if len(expression.pattern) > _MAX_KEY_LENGTH:
        return ()
    meant = dict.fromkeys(_meant_by_expression(expression.pattern))
    return tuple(key for key in meant if _is_right(key) and key != expression)


def as_code(key: Suggestion) -> str:
    r"""*key* as it is written in a program.

    >>> print(as_code(re.compile(r"https://a\.example")))
    re.compile(r'https://a\.example')
    """
    return repr(key) if isinstance(key, str) else f"re.compile({shown_expression(key)})"


def shown_expression(expression: re.Pattern[str]) -> str:
    """The text of *expression* as it is written in a program, cut short."""
    text = expression.pattern
    quote = '"' if "'" in text else "'"
    return f"r{quote}{text}{quote}" if len(text) <= SHOWN_LENGTH else shown(text)


def either(keys: Iterable[Suggestion]) -> str:
    """*keys* as they are written in a program, to choose from."""
    return " or ".join(map(as_code, keys))


def _is_right(key: Suggestion) -> bool:
    if isinstance(key, str):
        return is_origin_key(key)
    admitted = origins_admitted(key)
    return bool(admitted) and all(map(_has_a_home, admitted)) and first_stranger(key) is None


def _has_a_home(origin: Origin) -> bool:
    """False for names without a dot, which an expression for any name admits."""
    if origin.scheme not in ("http", "https"):
        return True
    return "." in origin.host or origin.host.startswith("[") or is_loopback_host(origin.host)


def _meant(text: str) -> Iterator[Suggestion]:
    if is_origin_key(text):
        yield text
    elif is_file(text):
        yield FILE
    elif is_opaque(text):
        yield NULL
    elif is_blob(text):
        yield from _meant(text[len("blob:") :])
    elif has_variable(text):
        return
    elif is_list(text):
        for element in listed_in(text):
            yield from _meant(element)
    else:
        yield from _meant_by_one(text)


def _meant_by_one(text: str) -> Iterator[Suggestion]:
    if text.lower() == NULL:
        yield NULL
    elif text == f"{WILDCARD}/":
        yield WILDCARD
    elif looks_like_expression(text):
        yield from _meant_by_expression(text)
    else:
        yield from _meant_by_address(Parts.of(_without_doubled_scheme(text)))


def _without_doubled_scheme(text: str) -> str:
    return re.sub(r"^(?:https?:/*)+(?=https?://)", "", text, flags=re.IGNORECASE)


# ---------------------------------------------------------------------------------------------
# Addresses, with a "*" or without
# ---------------------------------------------------------------------------------------------


def _meant_by_address(parts: Parts) -> Iterator[Suggestion]:
    if not parts.scheme and parts.port is None and _is_any_word(parts.host):
        return
    for scheme in _meant_schemes(parts.scheme.lower()):
        host = _repaired_host(parts.host, cased=has_case(scheme))
        host = _network(host, parts.tail)
        port = _repaired_port(scheme, parts.port)
        if scheme in _EXTENSION_IDS and host == "*" and not port:
            yield re.compile(f"{scheme}://{_EXTENSION_IDS[scheme]}")
        elif re.fullmatch(_ADDRESS_WITH_STARS, host) and not is_loopback_host(_before_star(host)):
            yield _expression(scheme, _octets(host), port)
        elif host.endswith("*"):
            yield from _meant_by_last_star(scheme, _before_star(host), port)
        elif "*" in host.removeprefix("*."):
            yield from _meant_by_stars(scheme, host, port)
        else:
            yield from _with_port(scheme, host, port)


def _is_any_word(host: str) -> bool:
    """True for what may be the value of another setting: ``true``, ``none``, ``all``."""
    return "." not in host and not host.startswith("[") and not is_loopback_host(host)


def _before_star(host: str) -> str:
    """All of *host* but the star at its end, where that is a host itself; else ``""``."""
    before = host[:-1]
    is_host = host.endswith("*") and "*" not in before and not before.endswith(".")
    return before if is_host else ""


# What browsers make the origins of their extensions of: a hash, and UUIDs (of Safari in upper
# case). https://developer.chrome.com/docs/extensions/reference/manifest/key
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EXTENSION_IDS = {
    "chrome-extension": "[a-p]{32}",
    "moz-extension": _UUID,
    "safari-web-extension": _UUID.replace("a-f", "A-Fa-f"),
}


def _meant_schemes(scheme: str) -> tuple[str, ...]:
    if scheme in ("", "*", "http*", "ws*"):
        return ("http", "https")
    if scheme in ("https*", "wss*"):
        return ("https",)
    return ({"ws": "http", "wss": "https"}.get(scheme, scheme),)


def _repaired_host(host: str, *, cased: bool) -> str:
    name = host if cased else host.lower()
    if name.startswith(".") and not name.startswith(".."):  # as cookies and other servers have it
        name = f"*{name}"
    star = "*." if name.startswith("*.") else ""
    rest = name.removeprefix(star)
    address = canonical_address(rest)
    # Three numbers behind a star are the rest of an address.
    if address is not None and (not star or address == rest):
        return address
    return star + _in_ascii(rest)


def _in_ascii(name: str) -> str:
    if name.isascii():
        return name
    try:
        return URL(f"https://{name}").raw_host or name
    except ValueError:
        return name


def _network(host: str, tail: str) -> str:
    """The address with a star for each octet that ``/24`` and its like leave open."""
    if tail not in _NETWORKS or canonical_ipv4(host) is None:
        return host
    kept = _NETWORKS[tail]
    return ".".join([*host.split(".")[:kept], *["*"] * (4 - kept)])


_NETWORKS = {"/8": 1, "/16": 2, "/24": 3}


def _repaired_port(scheme: str, port: str | None) -> str:
    if not port:
        return ""
    if set(port) == {"*"}:
        return ":*"
    number = port.lstrip("0") if port.isdigit() else port
    return "" if number == default_port(scheme) else f":{number}"


def _with_port(scheme: str, host: str, port: str) -> Iterator[Suggestion]:
    key = f"{scheme}://{host}{port}"
    yield key
    if not is_origin_key(key) and "*" in port and "*" not in host:
        yield _expression(scheme, _escaped(host), port)


def _expression(scheme: str, host: str, port: str) -> re.Pattern[str]:
    ports = "(:[0-9]+)?" if port == ":*" else re.escape(port).replace(r"\*", "[0-9]*")
    return re.compile(f"{scheme}://{host}{ports}")


_OCTET = r"([0-9]{1,3}|[0-9]{0,2}\*)"
_ADDRESS_WITH_STARS = rf"(?=.*\*)(?=.*[0-9])([0-9]{{1,3}}(\.{_OCTET}){{1,3}}|\*(\.{_OCTET}){{3}})"


def _octets(host: str) -> str:
    """The expression for an address of which the last octets, or parts of some, are open."""
    octets = host.split(".")
    octets += ["*"] * (4 - len(octets)) if octets[-1] == "*" else []
    # Browsers send no number above 255, and none that begins with a zero.
    return r"\.".join(
        f"{octet[:-1]}[0-9]{{{int(octet == '*')},{4 - len(octet)}}}" if "*" in octet else octet
        for octet in octets
    )


def _meant_by_last_star(scheme: str, host: str, port: str) -> Iterator[Suggestion]:
    """A `*` for what is behind *host*, which is all of it where it belongs to somebody."""
    if is_loopback_host(host):
        yield f"{scheme}://{host}{port or ':*'}"
    elif _has_owner(host) and not port:
        yield f"{scheme}://{host}"
        yield f"{scheme}://{host}:*"


def _meant_by_stars(scheme: str, host: str, port: str) -> Iterator[Suggestion]:
    """A `*` that stands for more than whole labels in front of a host."""
    fixed = host.lstrip("*.")
    in_front = host[: len(host) - len(fixed)]
    if in_front in ("*", "**.") and fixed[0].isalnum():
        if "*" not in fixed and _has_owner(fixed):
            yield f"{scheme}://*.{fixed}{port}"
            yield from [f"{scheme}://{fixed}{port}"] if in_front == "*" else []
    elif _is_within_a_domain(host):
        yield _expression(scheme, _labels(host), port)


def _has_owner(host: str) -> bool:
    return is_loopback_host(host) or ("." in host and not is_public_suffix(host))


def _is_within_a_domain(host: str) -> bool:
    """True where the last star of *host* leaves open what somebody named below a domain."""
    before, _, behind = host.rpartition("*")
    domain = behind.partition(".")[2]
    if before.rpartition(".")[2] or not behind.startswith("."):  # a part of a label
        return "." in domain
    return _has_owner(domain)


def _escaped(text: str) -> str:
    return re.escape(text).replace(r"\-", "-")


def _labels(host: str) -> str:
    """The expression for *host*, each of whose stars stands for letters of its label."""
    labels = (_escaped(label) for label in host.split("."))
    return r"\.".join(
        "[a-z0-9-]+" if set(label) <= set("\\*") else re.sub(r"(\\\*)+", "[a-z0-9-]*", label)
        for label in labels
    )


# ---------------------------------------------------------------------------------------------
# Expressions
# ---------------------------------------------------------------------------------------------


def _meant_by_expression(text: str) -> Iterator[Suggestion]:
    for alternative in alternatives_of(_undelimited(text)):
        yield from _meant_by_alternative(_whole(alternative))


# As JavaScript, Perl and Ruby write it, and nginx
_DELIMITED = r"(?s)/(.*)/[a-z]*|~\*?\s*(.*)"


def _undelimited(text: str) -> str:
    """The expression alone, as Python writes it."""
    delimited = re.fullmatch(_DELIMITED, text)
    if delimited:
        text = (delimited[1] or delimited[2] or "").strip()
    text = re.sub(r"^\(\?[a-z]+\)", "", text)
    text = re.sub(r"\\([/:-])", r"\1", text).replace("[.]", r"\.")
    return _within_anchors(text) if "|" in text else text


_BEGIN = r"^(?:\^|\\A)"
_END = r"(?<!\\)(?:\$|\\[Zz])$"
_PATH = r"(?<=[^/])(?:/\??|\(/\.\*\)\??|/\.\*)$"
_LOCAL = r"(?i)(?:^|//)\(?(?:\?:)?(?:localhost|127(?:\\?\.\d+){3}|\\?\[::1\\?\]|\|)+\)?$"
_HALF_AN_ADDRESS = r"(?:^|//)(?:\d{1,3}\\?\.){1,3}$"


def _within_anchors(text: str) -> str:
    """Both ends of *text*, which are those of its alternatives."""
    inside = re.sub(_END, "", re.sub(_BEGIN, "", text))
    return inside if len(alternatives_of(inside)) > len(alternatives_of(text)) else text


def _whole(text: str) -> str:
    """*text* as an expression that is matched as a whole, without a path."""
    inside = re.sub(_END, "", re.sub(_BEGIN, "", text))
    if reads_as_beginning(text) and re.search(_LOCAL, inside):
        inside += r"(:\d+)?"
    elif reads_as_beginning(text) and re.search(_HALF_AN_ADDRESS, inside):
        inside += ".*"
    return re.sub(_PATH, "", inside)


def reads_as_beginning(text: str) -> bool:
    """True for an expression that was written to be searched, and has no end."""
    searched = re.search(_BEGIN, text) is not None or "://" not in text
    return searched and re.search(_END, text) is None


_DIGITS = r"(?:\\d|\[0-9\])"
_OPEN_SCHEME = (
    r"^(?:http\(?s\)?\?|http\[s\]\?|\((?:\?:)?(?:https\?|http\|https|https\|http)\)|\.[*+])://"
)
_OPEN_PORT = (
    rf":\(?(?:{_DIGITS}|\.)[*+]\)?$"
    rf"|\((?:\?:)?:(?:{_DIGITS}|\.)[*+]\)[?*]$"
    rf"|(?::\(?|\((?:\?:)?:){_DIGITS}\{{[01]?,5\}}\)?\??$"
)
_OPTIONAL_LABELS = r"\((?:\?:)?(?:\.[*+]|\*)\\?\.\)[?*]"


def _meant_by_alternative(text: str) -> Iterator[Suggestion]:
    if text == NULL:
        yield NULL
        return
    text = re.sub(_OPEN_SCHEME, "http*://", text)
    port = "" if re.search(_OPEN_PORT, text) is None else ":*"
    text = re.sub(_OPEN_PORT, "", text)
    if re.search(_OPTIONAL_LABELS, text):
        yield from _meant_by_host(re.sub(_OPTIONAL_LABELS, "", text), port)
        text = re.sub(_OPTIONAL_LABELS, lambda _: r".*\.", text)
    yield from _meant_by_host(text, port)


_ANYTHING = r"\.[*+]\??"
# What is left of an expression; a "*" behind anything repeats that
_META = r"[\\()\[\]^$|+?{}]|(?<=[^/])\*"


def _meant_by_host(text: str, port: str) -> Iterator[Suggestion]:
    plain = text.replace(r"\.", "\0")
    if not re.search(_META, re.sub(_ANYTHING, "", plain).removeprefix("http*://")):
        starred = re.sub(_ANYTHING, "*", plain).replace("\0", ".")
        yield from _meant_by_address(Parts.of(f"{starred}{port}"))
        return
    narrowed = _narrowed(with_escaped_dots(text))
    if narrowed is not None:
        yield from _compiled(narrowed + ("(:[0-9]+)?" if port else ""))


def _compiled(expression: str) -> Iterator[re.Pattern[str]]:
    if "://" not in expression:
        expression = f"http*://{expression}"
    try:
        yield re.compile(expression.replace("http*://", "https?://"))
    except re.error:
        return


_ANY_LABELS = r"(?:\.[*+]|\[\^[/:]+\][*+])\??(?=\\\.)"
_ANY_LABEL = r"\[\^[/:.]+\][*+]"


def _narrowed(expression: str) -> str | None:
    """*expression*, with labels for what is any character; `None` where that says it no more."""
    expression = re.sub(_ANY_LABELS, r"[a-z0-9-]+(\\.[a-z0-9-]+)*", expression)
    expression = re.sub(_ANY_LABEL, "[a-z0-9-]+", expression)
    return None if any(map(_is_too_wide, parts_of(expression))) else expression


def _is_too_wide(part: str) -> bool:
    """True for what matches any character, or any but some."""
    if part.startswith("(?"):
        return part != "(?:"
    return part in (".", r"\D", r"\S", r"\W") or part.startswith("[^")
