"""What the library tells a developer: findings, and the warnings that carry them."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Iterable
from types import FrameType
from typing import NamedTuple

_PACKAGE = __name__.partition(".")[0]


class CorsWarning(UserWarning):
    """Something about a CORS configuration that its author wants to know.

    ``warning.finding`` is the :class:`Finding` that is reported.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


class CorsConfigWarning(CorsWarning):
    """A part of the configuration can never have an effect."""


class CorsSecurityWarning(CorsWarning):
    """A part of the configuration gives away more than most servers want to."""


class Finding(NamedTuple):
    """One thing found in a configuration: a plain value, for warnings and for tools.

    *code* is stable (``"C001"``), *message* says what is wrong and why, *hint* says what to write
    instead, *category* is the kind of warning that reports it.
    """

    code: str
    message: str
    hint: str
    category: type[CorsWarning]

    def __str__(self) -> str:
        return f"{self.message}: {self.hint} [{self.code}]"


SHOWN_LENGTH = 200


def shown(value: str) -> str:
    """*value* of a request as texts and logs may show it: quoted, escaped, and cut short."""
    return repr(value) if len(value) <= SHOWN_LENGTH else f"{value[:SHOWN_LENGTH]!r}..."


def warn(findings: Iterable[Finding]) -> None:
    """Give one warning per finding, at the line outside this package that led here."""
    place = place_of_caller()
    for finding in findings:
        warn_at(place, finding)


def warn_of_class(owner: type, findings: Iterable[Finding]) -> None:
    """Give one warning per finding, at the line where the class *owner* begins."""
    try:
        place = Place(inspect.getfile(owner), inspect.getsourcelines(owner)[1], owner.__module__)
    except Exception:  # noqa: BLE001 - of a class that is in no file, or in one that is none
        warn(findings)
        return
    for finding in findings:
        warn_at(place, finding)


def warn_deprecated(message: str) -> None:
    """Give a `DeprecationWarning` at the line outside this package that led here."""
    _give(place_of_caller(), DeprecationWarning(message))


class Place(NamedTuple):
    """A line of a user's program, to which a later warning points."""

    path: str
    line: int
    module: str


def place_of_caller() -> Place:
    """The line outside this package that led here."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_back is not None and _is_own(frame):
        frame = frame.f_back
    if frame is None:  # an interpreter without frames
        return Place("", 0, "")
    return Place(frame.f_code.co_filename, frame.f_lineno, str(frame.f_globals.get("__name__")))


def _is_own(frame: FrameType) -> bool:
    # The latter is where `setdefault` of a mapping of this package comes from.
    module = frame.f_globals.get("__name__")
    package = str(frame.f_globals.get("__package__")).partition(".")[0]
    return package == _PACKAGE or module == "collections.abc"


def warn_at(place: Place, finding: Finding) -> None:
    """Give a warning for *finding* at *place*."""
    _give(place, finding.category(finding))


def _give(place: Place, warning: Warning) -> None:
    namespace = getattr(sys.modules.get(place.module), "__dict__", {})
    # Where Python keeps what was told at which line of a module, so that it is told once.
    told = namespace.setdefault("__warningregistry__", {})
    warnings.warn_explicit(warning, None, *place, told)
