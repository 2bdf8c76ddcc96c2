"""Every parser under atheris: `PYTHONPATH=tests python -m fuzz.atheris_parsers [RUNS]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["aiohttp_cors.protocol"]):
    from .checks import check_key, check_origin, check_preflight, check_sender


def fuzz(data: bytes) -> None:
    """Give the parts of *data* to every parser, as aiohttp would decode them."""
    first, second, third = (*data.split(b"\xfe", 2), b"", b"")[:3]
    one, two, three = (part.decode("utf-8", "surrogateescape") for part in (first, second, third))
    check_origin(one)
    check_key(one)
    check_preflight(one, two, three)
    check_sender(None, one, two)
    check_sender(three, one, two)


if __name__ == "__main__":
    runs = sys.argv[1] if len(sys.argv) > 1 else "200000"
    atheris.Setup([sys.argv[0], f"-atheris_runs={runs}", f"-runs={runs}", "-max_len=200"], fuzz)
    atheris.Fuzz()
