"""The benchmarks run; what they measure in so short a time means nothing."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import aiohttp_cors

ROOT = Path(__file__).parent.parent
LIMIT, THIS, OLD = "by hand", "this package", "aiohttp-cors 0.8.1"


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--processes=1", "--rounds=1", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_case_gets_the_answer_that_it_should() -> None:
    table = run(f"--contenders={LIMIT},{THIS}")
    assert "preflight, class-based view" in table


def test_a_run_writes_the_table_the_results_and_the_chart(tmp_path: Path) -> None:
    run("--cases=allowed,pattern", f"--contenders={LIMIT},{THIS},{OLD}", f"--output={tmp_path}")

    with (tmp_path / "table.csv").open() as file:
        heading, *rows = csv.reader(file)
    assert heading == ["Request", LIMIT, THIS, OLD]
    assert [(row[0], row[-1] == "none") for row in rows] == [
        ("allowed origin", False),
        ("origin allowed by a pattern", True),
    ]
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["versions"]["this package"] == aiohttp_cors.__version__
    assert results["overhead"]["allowed"].keys() == {LIMIT, THIS, OLD}
    assert (tmp_path / "chart.svg").read_text().startswith("<svg ")
