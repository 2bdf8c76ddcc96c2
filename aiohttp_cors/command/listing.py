"""The reports of ``routes`` and ``check``, for a person at a terminal and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .checks import Report
from .survey import Place, shown_key
from .terminal import WIDTH, Screen, Style, align, cut, printable, some, wrap

# --- routes ------------------------------------------------------------------------------------

_HEADINGS = ("METHOD", "PATH", "CREDENTIALS", "PROTECTED", "FROM", "ORIGINS")
_WIDEST = (8, 30, 11, 9, 24)
_PROTECTED = _HEADINGS.index("PROTECTED")
_NOBODY = "(nobody)"


def row_of(place: Place) -> dict[str, object]:
    """What is under CORS at *place*, in the types of JSON."""
    return {
        "method": place.method,
        "path": place.path,
        "cors": place.policy is not None,
        "origins": _origins_of(place),
        "from": list(place.sources),
        "protected": place.protected,
    }


def _origins_of(place: Place) -> dict[str, object]:
    origins: dict[str, object] = {}
    for key, options in place.options.items():
        name = shown_key(key)
        # Functions may share a name, as all lambdas do.
        same = sum(other == name or other.startswith(f"{name} ") for other in origins)
        name = f"{name} {same + 1}" if same else name
        origins[name] = {"credentials": options.allow_credentials}
    return origins


def list_routes(places: Sequence[Place], screen: Screen) -> list[str]:
    """One line per path and method, below their headings."""
    cells = [_HEADINGS[:-1], *map(_cells, places)]
    origins = [_HEADINGS[-1], *map(_origins, places)]
    covered = [True, *(place.policy is not None for place in places)]
    lines = []
    is_protected = any(place.protected for place in places)
    for row, last, is_covered in zip(align(cells, _WIDEST), origins, covered, strict=True):
        if not is_protected:
            del row[_PROTECTED]
        start = "  ".join(row)
        line = f"{start}  {cut(last, WIDTH - len(start) - 2)}"
        lines.append(line if is_covered else screen.paint("faint", line))
    return [screen.paint("strong", lines[0]), *lines[1:]]


def _cells(place: Place) -> tuple[str, ...]:
    return (
        place.method,
        printable(place.path),
        _credentials(place),
        "yes" if place.protected else "no",
        ", ".join(place.sources) or "-",
    )


def _credentials(place: Place) -> str:
    allowed = {options.allow_credentials for options in place.options.values()}
    if len(allowed) > 1:
        return "some"
    return {True: "yes", False: "no"}[allowed.pop()] if allowed else "-"


def _origins(place: Place) -> str:
    if place.policy is None:
        return "no CORS"
    return some([printable(shown_key(key)) for key in place.options], most=3) or _NOBODY


# --- check -------------------------------------------------------------------------------------


def list_findings(reports: Sequence[Report], screen: Screen) -> list[str]:
    """Each finding with its code, its routes, its line and its fix, and how many there are."""
    if not reports:
        return []
    blocks = [line for report in reports for line in (*_block(report, screen), "")]
    return [*blocks, _total(reports)]


def _block(report: Report, screen: Screen) -> list[str]:
    finding = report.finding
    title = f"{finding.code}  {report.kind}"
    style: Style = "strong" if report.kind == "advice" else "bad"
    return [
        screen.paint(style, title) + (f"  {report.line}" if report.line else ""),
        *wrap(finding.message, "  "),
        *(wrap(some(report.routes), "  Routes  ") if report.routes else ()),
        *wrap(finding.hint, "  Fix     "),
    ]


def _total(reports: Sequence[Report]) -> str:
    kinds = Counter(report.kind for report in reports)
    count = f"{len(reports)} finding{'s' * (len(reports) > 1)}"
    return f"{count}: {', '.join(f'{number} {kind}' for kind, number in sorted(kinds.items()))}"
