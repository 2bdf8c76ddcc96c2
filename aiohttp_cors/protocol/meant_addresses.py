"""What may be meant by a wrong address: other parts, and what its ``*`` stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yarl import URL

from .faults import Parts, canonical_address, has_case
from .origins import canonical_ipv4, default_port, is_loopback_host, is_origin_key
from .strangers import is_public_suffix

Suggestion = str | re.Pattern[str]


def keys_for_address(parts: Parts) -> Iterator[Suggestion]:
    """The keys that may be meant by a wrong address, right ones and not."""
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
    if re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) is None:
        return ()
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
    if not is_origin_key(key) and "*" in port:
        yield _expression(scheme, _escaped(host), port)


def _expression(scheme: str, host: str, port: str) -> re.Pattern[str]:
    ports = "(:[0-9]+)?" if port == ":*" else re.escape(port).replace(r"\*", "[0-9]*")
    return re.compile(f"{_escaped(scheme)}://{host}{ports}")


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
    if in_front in ("*", "**.") and fixed[:1].isalnum():
        if _has_owner(fixed):
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
