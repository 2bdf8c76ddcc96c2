"""Writes into docs/refused.rst what `explain` says now: `python docs/sessions.py`."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("refused.rst")
# The server with the mistakes is among the tests, which compare the page with it.
FOLDER = PAGE.parent.parent / "tests"
SESSION = re.compile(r"^   \$ python (?P<arguments>.* myserver:app .*)\n(?:   .*\n)*", re.MULTILINE)


def ask(session: re.Match[str]) -> str:
    """The same command, and the end of what it says."""
    done = subprocess.run(  # noqa: S603 - the program is the project's own
        [sys.executable, *shlex.split(session["arguments"])],
        cwd=FOLDER,
        env={"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    end = done.stdout[done.stdout.index("\nBLOCKED\n") + 1 :]
    lines = [f"$ python {session['arguments']}", "...", *end.splitlines()]
    return "".join(f"   {line}\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(SESSION.sub(ask, PAGE.read_text()))
