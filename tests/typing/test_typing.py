"""A user's program needs no `type: ignore`, and its mistakes are found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


PROGRAM, MISTAKES = HERE / "program.py", HERE / "mistakes.py"

# Per file, each line with an error, and the error.
Errors = dict[str, dict[int, str]]


def run(folder: Path, *arguments: str) -> str:
    """What a checker prints in a folder that holds no settings of this project."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def mypy(folder: Path) -> Errors:
    found: Errors = {PROGRAM.name: {}, MISTAKES.name: {}}
    flags = ("--strict", "--no-error-summary", "--no-pretty")
    for line in run(folder, "mypy", *flags, str(PROGRAM), str(MISTAKES)).splitlines():
        where, kind, text = line.partition(": error: ")
        path, _, number = where.rpartition(":")
        if kind:
            found[Path(path).name][int(number)] = text
    return found


def basedpyright(folder: Path) -> Errors:
    found: Errors = {PROGRAM.name: {}, MISTAKES.name: {}}
    settings = {"include": [str(PROGRAM), str(MISTAKES)], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    report = json.loads(run(folder, "basedpyright", "--outputjson", "--pythonpath", sys.executable))
    assert report["summary"]["filesAnalyzed"] == len(found)
    for each in report["generalDiagnostics"]:
        if each["severity"] == "error":
            line = each["range"]["start"]["line"] + 1
            found[Path(each["file"]).name][line] = each["message"]
    return found


@pytest.fixture(scope="module", params=[mypy, basedpyright])
def errors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Errors:
    check: Callable[[Path], Errors] = request.param
    return check(tmp_path_factory.mktemp("checked"))


def test_a_users_program_has_no_errors(errors: Errors) -> None:
    assert errors[PROGRAM.name] == {}


def test_a_users_program_ignores_nothing() -> None:
    code = PROGRAM.read_text().partition('"""\n')[2]
    assert not re.search(r"\b(Any|cast|ignore)\b", code)


def test_mistakes_are_found_and_nothing_else(errors: Errors) -> None:
    lines = enumerate(MISTAKES.read_text().splitlines(), start=1)
    wrong = {number for number, line in lines if line.endswith("# wrong")}
    assert wrong == errors[MISTAKES.name].keys()
