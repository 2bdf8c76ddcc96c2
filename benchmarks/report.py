"""What a person reads: the table, the chart, and where and when they were measured."""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import json
import platform
from dataclasses import dataclass
from pathlib import Path

from aiohttp_cors import __about__

from . import chart
from .cases import Case
from .contenders import LIMIT


@dataclass(frozen=True)
class Row:
    """The overheads of one case, in nanoseconds per request."""

    case: Case
    floor: float
    overheads: dict[str, float]

    def cell(self, name: str) -> str:
        """The overhead in microseconds, and as a multiple of the limit where that was measured."""
        if name not in self.overheads:
            return "none"
        overhead, limit = self.overheads[name], self.overheads.get(LIMIT, 0)
        cell = f"{overhead / 1000:.2f}"
        return cell if name == LIMIT or limit <= 0 else f"{cell} ({overhead / limit:.1f} x)"


def heading(names: list[str]) -> str:
    return f"{'request':34}{'floor':>7}" + "".join(f"{name:>21}" for name in names)


def line(row: Row, names: list[str]) -> str:
    cells = "".join(f"{row.cell(name):>21}" for name in names)
    return f"{row.case.title:34}{row.floor / 1000:7.1f}{cells}"


def setting(others: Path) -> str:
    found = ", ".join(f"{name} {version}" for name, version in versions(others).items())
    return f"{processor()}, {platform.system()}, {python()}: {found}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def versions(others: Path) -> dict[str, str]:
    """The versions of all that was measured, and of what it runs on."""
    found = {name: importlib.metadata.version(name) for name in ("aiohttp", "multidict", "yarl")}
    found["this package"] = __about__.__version__
    for each in importlib.metadata.distributions(path=[str(path) for path in others.glob("*")]):
        found[each.name] = each.version
    return found


def write(folder: Path, rows: list[Row], names: list[str], others: Path) -> None:
    """Write what the documentation includes: ``table.csv``, ``results.json`` and ``chart.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    with (folder / "table.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["Request", *names])
        for row in rows:
            cells = [row.cell(name).replace(" ", "\N{NO-BREAK SPACE}") for name in names]
            table.writerow([row.case.title, *cells])
    found = versions(others)
    results = {
        "date": today,
        "machine": {"processor": processor(), "system": platform.system(), "python": python()},
        "versions": found,
        "unit": "nanoseconds per request",
        "floor": {row.case.name: round(row.floor) for row in rows},
        "overhead": {
            row.case.name: {name: round(value) for name, value in row.overheads.items()}
            for row in rows
        },
    }
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    bars = [(row.case.title, [row.overheads.get(name) for name in names]) for row in rows]
    caption = f"aiohttp {found['aiohttp']}, {python()}, {processor()}, {today}"
    (folder / "chart.svg").write_text(chart.draw(bars, names, caption))
