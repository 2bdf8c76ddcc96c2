"""The sessions of docs/command-line.rst are what the program says, letter by letter."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.rst").read_text()

# The application is shown with its mistakes, as `python3`: as `python` it would have to run
# without a warning, like every other snippet of the documentation.
BLOCK = re.compile(r"\.\. code-block:: (\w+)\n\n((?: {3}.*\n|\n)+)")
BLOCKS = [(kind, textwrap.dedent(text).strip("\n")) for kind, text in BLOCK.findall(PAGE)]

(APPLICATION,) = [text for kind, text in BLOCKS if kind == "python3"]
SESSIONS = [text.partition("\n") for kind, text in BLOCKS if kind == "console"]


@pytest.mark.parametrize(
    ("command", "output"), [(first.removeprefix("$ "), rest) for first, _, rest in SESSIONS]
)
def test_a_session_is_what_the_program_says(command: str, output: str, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APPLICATION)
    python, *arguments = shlex.split(command)
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.stdout.rstrip("\n") == output


def test_the_page_names_every_code() -> None:
    sources = Path(__file__).parents[2].joinpath("aiohttp_cors").rglob("*.py")
    codes = {code for path in sources for code in re.findall(r'"(C[123]\d\d)"', path.read_text())}
    assert codes == set(re.findall(r"^(C[123]\d\d) ", PAGE, re.MULTILINE))
