"""The tests that aiohttp-cors 0.8.1 was released with, as they are, against this package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .install import NotInstallableError, unpack_tests

ROOT = Path(__file__).parent.parent.parent
# A configuration of their own, and not that of this project.
PYTEST = [sys.executable, "-m", "pytest", "-c", os.devnull, "-o", "asyncio_mode=auto", "-q"]
PLUGINS = ["-p", "no:randomly", "-p", "no:cacheprovider", "-W", "ignore"]
# It is a page for people, who start a browser themselves.
BROWSER = "tests/integration/test_real_browser.py"


@pytest.fixture(scope="module")
def unpacked() -> Path:
    try:
        return unpack_tests(ROOT / ".cache" / "aiohttp-cors-0.8.1-tests")
    except NotInstallableError as error:
        pytest.fail(str(error), pytrace=False)


def test_all_tests_of_the_other_library_pass(unpacked: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [*PYTEST, *PLUGINS, f"--rootdir={unpacked}", f"--ignore={BROWSER}", "tests"],
        cwd=unpacked,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    outcome, _, _ = done.stdout.rstrip().rpartition("\n")[2].partition(" in ")
    assert outcome == "93 passed", done.stdout + done.stderr
