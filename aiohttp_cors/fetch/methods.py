"""Methods: https://fetch.spec.whatwg.org/#methods"""

from __future__ import annotations

from typing import Final

from aiohttp_cors.protocol.preflights import SAFELISTED_METHODS

# Stated here again, not imported from the server's half: so the two halves check each other.
_FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALIZED_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})


def is_cors_safelisted_method(method: str) -> bool:
    """Whether *method* needs no preflight: ``GET``, ``HEAD`` and ``POST``, in upper case."""
    return method in SAFELISTED_METHODS


def is_forbidden_method(method: str) -> bool:
    """Whether no page may use *method*, in any case: ``CONNECT``, ``TRACE`` and ``TRACK``."""
    return method.upper() in _FORBIDDEN_METHODS


def normalize_method(method: str) -> str:
    """*method* as a browser sends it.

    Six methods are upper-cased; ``patch`` is not one of them, and stays another method than
    ``PATCH``.

    >>> normalize_method("put"), normalize_method("patch")
    ('PUT', 'patch')
    """
    upper = method.upper()
    return upper if upper in _NORMALIZED_METHODS else method
