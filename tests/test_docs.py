"""Every Python snippet of the README, of the documentation and of the docstrings runs."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").rglob("*.rst"))]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(aiohttp_cors.__path__, "aiohttp_cors.")
)

# A directive with its options, and all that is indented below it; or a paragraph of a session.
SNIPPET = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?:python|pycon)\n"
    r"(?:(?P=indent) +:.*\n)*"
    r"(?P<code>(?:\n|(?P=indent) +.*\n)+)"
    r"|^(?P<session> *>>> .*\n(?: *\S.*\n)*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Snippet:
    """One piece of Python in a page, and the line before its first."""

    page: Path
    line: int
    code: str

    @property
    def is_session(self) -> bool:
        return self.code.lstrip().startswith(">>>")

    def run(self, names: dict[str, Any]) -> None:
        if self.is_session:
            self._run_session(names)
        else:
            # Behind so many empty lines a traceback names the line of the page.
            exec(compile("\n" * self.line + self.code, self.page, "exec"), names)

    def _run_session(self, names: dict[str, Any]) -> None:
        parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
        test = parser.get_doctest(self.code, names, self.page.name, str(self.page), self.line)
        said: list[str] = []
        runner.run(test, out=said.append, clear_globs=False)
        names.update(test.globs)
        assert not runner.failures, "".join(said)


def snippets(page: Path) -> Iterator[Snippet]:
    text = page.read_text()
    for match in SNIPPET.finditer(text):
        group = "code" if match["session"] is None else "session"
        line = text.count("\n", 0, match.start(group))
        yield Snippet(page, line, textwrap.dedent(match[group]))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def shows_tests(page: Path) -> bool:
    return any("def test_" in snippet.code for snippet in snippets(page))


def start_and_stop(app: web.Application, **_: object) -> None:
    """Stands in for `web.run_app`: a snippet's application must start."""

    async def run() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        await runner.cleanup()

    asyncio.run(run())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_snippets_of_a_page_run_in_order(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(web, "run_app", start_and_stop)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "snippets"}
    for snippet in snippets(page):
        snippet.run(names)


@pytest.mark.parametrize("page", [*filter(shows_tests, PAGES)], ids=name_of)
def test_the_tests_that_a_page_shows_pass(page: Path, tmp_path: Path) -> None:
    shown = [snippet.code for snippet in snippets(page) if not snippet.is_session]
    (tmp_path / "test_page.py").write_text("\n".join(shown))
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, tmp_path / "test_page.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(name)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
