"""A plugin of pytest: runs the tests of each change in a process of its own.

mutmut makes the changes, and tells which tests come to which function. It would collect the tests
anew for each change, which takes longer than to run them; here that is done once, and each process
begins behind it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from mutmut.mutation import trampoline

NAMES = Path("names.json")
STATISTICS = Path("mutmut-stats.json")
RESULTS = Path("results.json")
# Processor seconds for the tests of a change, beside those that they take without: it may make one
# go on for ever.  What waits for ever is ended by pytest-timeout.
PATIENCE = 100
NO_CHANGE = ""


class Change(NamedTuple):
    """A change, and the tests that come to its function."""

    name: str
    tests: Sequence[pytest.Item]
    seconds: float  # that the tests take


def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of running each test once."""
    gc.freeze()  # so that the processes share what was collected
    running: dict[int, str] = {}
    results: dict[str, str] = {}
    all_changes = sorted(changes(session.items), key=lambda change: change.seconds)
    for change in [Change(NO_CHANGE, session.items, 0.0), *all_changes]:
        if len(running) == os.cpu_count():
            wait(running, results)
        running[start(change)] = change.name
    while running:
        wait(running, results)
    assert results.pop(NO_CHANGE) == "survived", "a test fails without any change"
    RESULTS.write_text(json.dumps(results), encoding="utf-8")
    return True


def changes(items: Sequence[pytest.Item]) -> Iterator[Change]:
    """Those that were asked for, each with its tests in the order to run them."""
    statistics = json.loads(STATISTICS.read_text(encoding="utf-8"))
    seconds = statistics["duration_by_test"]
    tests_of = statistics["tests_by_mangled_function_name"]
    reached = Counter(test for tests in tests_of.values() for test in tests)
    by_name = {item.nodeid: item for item in items}

    def rank(test: str) -> float:
        """Tests that come to few functions are likely to notice, and quick ones cost little."""
        return reached[test] * float(seconds[test] + 0.005)

    for name in json.loads(NAMES.read_text(encoding="utf-8")):
        function = name.rpartition("__mutmut_")[0]
        tests = sorted(by_name.keys() & tests_of.get(function, ()), key=rank)
        yield Change(name, [by_name[test] for test in tests], sum(seconds[test] for test in tests))


def start(change: Change) -> int:
    """Begin the process of *change*, and return its number."""
    number = os.fork()
    if number:
        return number
    signal.setitimer(signal.ITIMER_PROF, PATIENCE + 2 * change.seconds)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    trampoline.set_mutant_under_test(change.name)
    for test in change.tests:
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=None)
    os._exit(0)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """End the process of a change with the first test that fails."""
    if report.failed:
        os._exit(1)


def wait(running: dict[int, str], results: dict[str, str]) -> None:
    """Wait until a process has ended, and say how."""
    number, status = os.wait()
    name = running.pop(number)
    results[name] = "survived" if status == 0 else "killed"
    print(f"{len(results)} {name or 'no change'}: {results[name]}", flush=True)
