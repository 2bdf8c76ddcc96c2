"""Where an engine tells something else of who sends than the standards have.

Who passes follows from what is told. An expectation is strict in both directions: an engine that
changes fails its test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from .rows import Row, Sent

_CHROMIUM: Final = ("chromium",)
_FIREFOX: Final = ("firefox",)
_WEBKIT: Final = ("webkit",)


@dataclass(frozen=True)
class Difference:
    """One habit of some engines, and the rows in which it shows."""

    engines: tuple[str, ...]
    why: str
    applies: Callable[[Row], bool]
    tells: Callable[[Row, Sent], Sent]


DIFFERENCES: Final = (
    Difference(
        _CHROMIUM,
        "WebSockets carry no ``Sec-Fetch-Site``, so that behind a proxy which rewrites ``Host``"
        " the own page is taken for a foreign one",
        lambda row: row.act.name == "WebSocket",
        lambda _, sent: replace(sent, site=None),
    ),
    Difference(
        _CHROMIUM,
        "a referrer policy hides the ``Origin`` of forms, but not of ``fetch`` and beacons",
        lambda row: row.page.hides_referrer and row.act.name in ("fetch POST, no-cors", "beacon"),
        lambda row, sent: replace(sent, origin=row.page.origin),
    ),
    Difference(
        ("chromium", "firefox"),
        "what a sandboxed frame gets from its own URL's origin carries ``Origin: null``",
        lambda row: (
            row.page.is_sandboxed
            and row.page.server == "api"
            and row.act.name in ("image", "navigation", "form GET")
        ),
        lambda _, sent: replace(sent, origin="null"),
    ),
    Difference(
        _FIREFOX,
        "the scheme is no part of a site: http and https of one host are ``same-site``",
        lambda row: row.page.server == "plain",
        lambda _, sent: replace(sent, site="same-site"),
    ),
    Difference(
        _WEBKIT,
        "a beacon of a sandboxed frame has the origin of the frame's URL, and passes where that"
        " may, also as the own page where there is no ``Sec-Fetch-Site``",
        lambda row: row.page.is_sandboxed and row.act.name == "beacon",
        lambda row, sent: replace(sent, origin=f"{{{row.page.server}}}"),
    ),
    Difference(
        _WEBKIT,
        "a beacon of a file has ``Origin: file://``, where all else has ``null``",
        lambda row: row.page.server == "file" and row.act.name == "beacon",
        lambda _, sent: replace(sent, origin="file://"),
    ),
)


def of_engine(engine: str) -> tuple[Difference, ...]:
    """Return the habits of *engine*."""
    return tuple(each for each in DIFFERENCES if engine in each.engines)
