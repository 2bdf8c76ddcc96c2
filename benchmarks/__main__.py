"""Measures all contenders in all cases, prints the table, and writes table, JSON and chart."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from . import report
from .cases import CASES, Case
from .contenders import BARE, LIMIT, MIDDLEWARES, OLD, THIS, can_run

ROOT = Path(__file__).parent.parent
OTHERS = ROOT / ".cache" / "benchmarks"
REQUIREMENTS = {
    OLD: ["aiohttp-cors==0.8.1"],
    MIDDLEWARES: ["aiohttp-middlewares", "async-timeout"],
}
NAMES = [LIMIT, THIS, OLD, MIDDLEWARES]


def install(name: str) -> None:
    """Each of the others goes into a folder of its own, beside the environment and not into it."""
    folder = OTHERS / name
    if folder.is_dir():
        return
    print(f"Installing {name} into {folder.relative_to(ROOT)}", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target", str(folder)]
    if subprocess.run([*pip, *REQUIREMENTS[name]], check=False).returncode:
        raise SystemExit(f"pip could not install {name}: --contenders leaves it out")


def measure(case: Case, names: list[str], seed: int, rounds: int) -> dict[str, float]:
    """The overheads that one fresh process measures."""
    task = {
        "case": case.name,
        "names": names,
        "rounds": rounds,
        "seed": seed,
        "others": str(OTHERS),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.worker"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        input=json.dumps(task),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the measurement of {case.name!r} failed")
    overheads: dict[str, float] = json.loads(done.stdout)
    return overheads


def measure_case(case: Case, names: list[str], processes: int, rounds: int) -> report.Row:
    """The median over processes, for each contender that knows such policies."""
    names = [name for name in names if can_run(name, case)]
    values = defaultdict(list)
    for seed in range(1, processes + 1):
        for name, value in measure(case, [BARE, *names], seed, rounds).items():
            values[name].append(value)
    floor = median(values.pop(BARE))
    return report.Row(case, floor, {name: median(values[name]) for name in names})


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--cases", metavar="A,B", default=",".join(CASES), help="default: all")
    parser.add_argument("--contenders", metavar="A,B", default=",".join(NAMES), help="default: all")
    parser.add_argument("--processes", type=int, default=5, help="fresh processes per case")
    parser.add_argument("--rounds", type=int, default=150, help="turns of each in a process")
    parser.add_argument("--output", type=Path, help="folder for table, JSON and chart")
    arguments = parser.parse_args()
    arguments.cases = arguments.cases.split(",")
    arguments.contenders = arguments.contenders.split(",")
    for given, known in ((arguments.cases, CASES), (arguments.contenders, NAMES)):
        if unknown := set(given) - set(known):
            parser.error(f"no {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    names = [name for name in NAMES if name in arguments.contenders]
    for name in names:
        if name in REQUIREMENTS:
            install(name)

    started = time.monotonic()
    rows = []
    print(report.heading(names), flush=True)
    for name in arguments.cases:
        row = measure_case(CASES[name], names, arguments.processes, arguments.rounds)
        rows.append(row)
        print(report.line(row, names), flush=True)
    print(f"\nOverhead in microseconds, and as a multiple of '{LIMIT}'.")
    print(report.setting(OTHERS))
    print(f"Measured in {time.monotonic() - started:.0f} s.")
    if arguments.output:
        report.write(arguments.output, rows, names, OTHERS)


if __name__ == "__main__":
    main()
