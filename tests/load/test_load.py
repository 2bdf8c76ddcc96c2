"""The long runs, for a moment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def run(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("mode", [[], ["--without-protect"]])
def test_a_mixed_load_gets_the_right_answers(mode: list[str]) -> None:
    told = run("tests.load.mixed", "--seconds=2", *mode)
    assert re.search(r"in 2 s, while [0-9]+ routes were added: 0 wrong", told)


def test_origins_are_not_kept() -> None:
    assert "2,000 requests of 2,000 origins, 1,000 granted" in run(
        "tests.load.million", "--requests=2000"
    )
