"""The same application code on aiohttp-cors 0.8.1 and on this package, answer by answer."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import aiohttp_cors

from . import table
from .install import NotInstallableError, install
from .table import PROGRAMS, REQUESTS, STATUS, TEXT

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LISTS = frozenset([table.ACAH, table.ACAM, table.ACEH, table.VARY, "Allow"])
COMPARED = LISTS | {table.ACAO, table.ACAC, table.ACMA}

Result = dict[str, Any]


def ask(folder: Path | None) -> Result:
    """What a library says to all questions: that in *folder*, or else this package."""
    questions = {
        "requests": [(row.application, row.text) for row in REQUESTS],
        "programs": [row.code for row in PROGRAMS],
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    if folder is not None:
        environment["PYTHONPATH"] = str(folder)
    done = subprocess.run(
        [sys.executable, "-m", f"{HERE.name}.ask"],
        cwd=HERE.parent,
        input=json.dumps(questions),
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: Result = json.loads(done.stdout)
    return result


def parse(answer: str) -> table.Answer:
    """What is compared of an answer: nothing is left of one that did not come."""
    if not answer:
        return {}
    head, _, body = answer.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    parsed: dict[str, str | int | None] = {STATUS: int(status.split()[1]), TEXT: body}
    for line in lines:
        name, _, value = line.partition(": ")
        assert name not in parsed or name not in COMPARED, f"{name} twice"
        if name in COMPARED:
            parsed[name] = sort_list(value) if name in LISTS else value
    return parsed


def sort_list(value: str) -> str:
    """The order in a list means nothing, and 0.8.1's changes from run to run."""
    return ",".join(sorted(item.strip() for item in value.split(",")))


@pytest.fixture(scope="module")
def installed() -> Path | NotInstallableError:
    try:
        return install(ROOT / ".cache" / "aiohttp-cors-0.8.1")
    except NotInstallableError as error:
        return error


@pytest.fixture(scope="module")
def before(installed: Path | NotInstallableError) -> Result:
    if isinstance(installed, NotInstallableError):  # which is one failure, and not one for each
        pytest.skip("aiohttp-cors 0.8.1 could not be installed, see the test that failed for it")
    return ask(installed)


@pytest.fixture(scope="module")
def now() -> Result:
    return ask(None)


def test_the_other_library_is_installed(installed: Path | NotInstallableError) -> None:
    if isinstance(installed, NotInstallableError):
        pytest.fail(str(installed), pytrace=False)


def test_two_libraries_are_compared(before: Result, now: Result) -> None:
    assert before["version"] == "0.8.1"
    assert now["version"] == aiohttp_cors.__version__


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=[row.label for row in REQUESTS])
def test_an_answer_is_the_same_but_for_the_listed_differences(
    before: Result, now: Result, number: int
) -> None:
    row = REQUESTS[number]
    expected = parse(before["answers"][number])
    for name, change in row.differs.items():
        listed = {key: listed_value(key, value) for key, value in change.items()}
        stale = {key for key, value in listed.items() if expected.get(key) == value}
        assert listed.keys() > stale, f"{name!r} is no difference any more"
        expected = {**expected, **listed}
    present = {key: value for key, value in expected.items() if value is not None}
    assert parse(now["answers"][number]) == present


def listed_value(key: str, value: str | int | None) -> str | int | None:
    return sort_list(value) if key in LISTS and isinstance(value, str) else value


@pytest.mark.parametrize("number", range(len(PROGRAMS)), ids=[row.code for row in PROGRAMS])
def test_a_program_is_taken_as_listed(before: Result, now: Result, number: int) -> None:
    row = PROGRAMS[number]
    assert (before["outcomes"][number], now["outcomes"][number]) == (row.before, row.now)
    assert (row.before != row.now) == bool(row.difference)


def test_each_difference_has_its_reason_in_the_documentation_and_its_rows_here() -> None:
    with (ROOT / "docs" / "differences.csv").open() as file:
        documented = [row["What"] for row in csv.DictReader(file)]
    of_requests = {name for row in REQUESTS for name in row.differs}
    of_programs = {row.difference for row in PROGRAMS} - {""}
    assert len(documented) == len(set(documented))
    assert set(documented) == of_requests | of_programs
