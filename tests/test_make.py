"""What `make`, `tox` and `setup.py` do for somebody who works on the project."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKE = shutil.which("make") or "make"
CHOSEN = "tests/core/test_origins.py -q"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def pytest_command(goal: str, arguments: str) -> str:
    """What the goal would run, of which nothing is run."""
    done = run(MAKE, "-n", goal, f"ARGS={arguments}")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if " -m pytest" in line]
    return line.partition(" -m ")[2]


@pytest.mark.parametrize(
    ("goal", "arguments", "command"),
    [
        ("test", "", "pytest --cov"),
        ("test", CHOSEN, f"pytest {CHOSEN}"),
        ("test", "-k word", "pytest -k word"),
        ("test-oldest", CHOSEN, f"pytest --ignore=tests/browsers --ignore=tests/model {CHOSEN}"),
    ],
)
def test_a_chosen_part_runs_alone_and_without_coverage(
    goal: str, arguments: str, command: str
) -> None:
    assert pytest_command(goal, arguments) == command


def test_tox_runs_a_chosen_part_alone_and_without_coverage() -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini")
    commands = {name: settings[name].get("commands", "") for name in settings.sections()}
    assert commands["testenv:test"].splitlines()[-1] == "pytest {posargs:--cov}"
    swallowed = [name for name, text in commands.items() if "--cov {posargs}" in text]
    assert swallowed == []


def test_each_engine_that_is_not_found_is_said_to_be_left_out(tmp_path: Path) -> None:
    found = shutil.which("sh")
    assert found is not None
    (tmp_path / "sh").symlink_to(found)
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")  # nobody's, so that nothing is installed
    (tmp_path / "id").chmod(0o755)

    told = {
        system: run(MAKE, "browsers", f"SYSTEM={system}", PATH=str(tmp_path)).stdout.splitlines()
        for system in ("debian", "fedora")
    }

    left_out = (
        "Left out, since these engines are not installed, the tests in: Chromium Firefox WebKitGTK"
    )
    to_get = (
        "To get what is missing, as root or with sudo: apt-get install --no-install-recommends "
        "chromium chromium-driver firefox-esr webkit2gtk-driver xvfb"
    )
    elsewhere = (
        "Only on Debian and Ubuntu this installs them, as root; "
        "elsewhere install them as your system does."
    )
    assert told == {"debian": [left_out, to_get], "fedora": [left_out, elsewhere]}


@pytest.mark.parametrize("version", ["40.8.0", "65.5.0", "76.1"])
def test_an_old_setuptools_is_told_in_one_line(tmp_path: Path, version: str) -> None:
    (tmp_path / "setuptools.py").write_text(f"__version__ = {version!r}\n")
    done = run(sys.executable, "setup.py", "--version", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == (
        f"aiohttp-cors needs setuptools 77 or newer, and this is {version}: "
        "python -m pip install --upgrade setuptools\n"
    )


def test_setup_py_and_the_metadata_ask_for_the_same_setuptools() -> None:
    assert 'requires = ["setuptools>=77"]' in (ROOT / "pyproject.toml").read_text()
    assert "NEEDED = 77 " in (ROOT / "setup.py").read_text()
