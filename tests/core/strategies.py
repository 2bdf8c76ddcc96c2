"""Origins, patterns and header values, for the property tests."""

from __future__ import annotations

import string
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from hypothesis import strategies as st

LABEL = string.ascii_lowercase + string.digits + "-_"

labels = st.text(LABEL, min_size=1, max_size=12)
# The last label is no number, or the whole would be an IPv4 address.
domains = st.builds(
    lambda front, last: ".".join([*front, last]),
    st.lists(labels, max_size=4),
    st.text(string.ascii_lowercase, min_size=2, max_size=8),
)


def _canonical(address: IPv4Address | IPv6Address) -> str:
    return str(address) if isinstance(address, IPv4Address) else f"[{address.compressed}]"


# Whether IPv4-mapped addresses are shown as one or the other depends on the version of Python.
addresses = st.ip_addresses().map(_canonical).filter(lambda host: "ffff" not in host)
hosts = domains | addresses
schemes = st.sampled_from(["http", "https"])
ports = st.just("") | st.integers(1, 65535).filter(lambda port: port not in (80, 443)).map(str)


def _origin(scheme: str, host: str, port: str) -> str:
    return f"{scheme}://{host}" + (f":{port}" if port else "")


origins = st.builds(_origin, schemes, hosts, ports)

wild_ports = st.sampled_from(["*", "8*", "30*", "800*"])
patterns = st.builds(_origin, schemes, domains.map(lambda domain: f"*.{domain}"), ports)
patterns |= st.builds(_origin, schemes, domains.map(lambda domain: f"*.{domain}"), wild_ports)
patterns |= st.builds(_origin, schemes, hosts, wild_ports)

# What is near an origin, and maybe none: characters put in, taken out and exchanged.
_MARKS = st.text("/\\?#@:.*%[]-_ \t\r\n\x00AZ09é\u3002\udc80", min_size=0, max_size=3)


@st.composite
def near(draw: Callable[..., object], texts: st.SearchStrategy[str]) -> str:
    text = str(draw(texts))
    place = int(str(draw(st.integers(0, len(text)))))
    left_out = int(str(draw(st.integers(0, 3))))
    return text[:place] + str(draw(_MARKS)) + text[place + left_out :]


# What a server may find in a header: any bytes, as aiohttp decodes them.
from_bytes = st.binary(max_size=400).map(lambda data: data.decode("utf-8", "surrogateescape"))
hostile = from_bytes | st.text(max_size=100) | near(origins)

tokens = st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~", min_size=1, max_size=12)
# A name with a star in it is told to its author.
names = tokens.filter(lambda token: "*" not in token)
name_lists = st.lists(st.sampled_from(["", " ", "\t"]) | tokens, max_size=6).map(", ".join)
