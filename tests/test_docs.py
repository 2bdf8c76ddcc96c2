"""What the README, the documentation and the docstrings show runs, and what they name is there."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import inspect
import itertools
import pkgutil
import re
import runpy
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors.protocol.refusals import Reason
from aiohttp_cors.testing import Browser

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.rst")), *sorted((ROOT / "docs").rglob("*.rst"))]
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


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("migration-*.rst")), ids=name_of)
async def test_a_page_may_send_json_to_what_was_migrated(page: Path, aiohttp_client: Any) -> None:
    names: dict[str, Any] = {"__name__": "snippets"}
    for snippet in snippets(page):
        snippet.run(names)
    app: web.Application = names["app"]
    app.router.add_post("/notes", echo)
    response = await Browser(await aiohttp_client(app), "https://app.example").fetch(
        "POST", "/notes", json={"text": "milk"}
    )
    assert await response.json() == {"text": "milk"}


async def echo(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


# --- What is not Python -------------------------------------------------------------------------

# A directive, or a paragraph that ends with two colons.
BLOCK = re.compile(r"(?P<indent> *)(?:\.\. code-block:: (?P<language>\w+)|(?!\.\. )(?:.*\S)?::)")
OPTION_OF_BLOCK = re.compile(r" *:\w+:")
RUN_ABOVE = {"python", "pycon"}
RUN_BY_TESTS_OF_THEIR_OWN = {"command-line.rst": {"python3"}}
NOT_RUN = {
    "html": "a page's part, and no server's",
    "http": "a message, shown as it is on the wire",
    "ini": "settings of other programs",
    "javascript": "a page's part, and no server's",
    "nginx": "no proxy is at hand",
    "yaml": "settings, which the server beside them reads",
}


def makes(goals: str) -> bool:
    makefile = (ROOT / "Makefile").read_text()
    return all(re.search(rf"^{goal}:", makefile, re.MULTILINE) for goal in goals.split())


def exists(paths: str) -> bool:
    return all((ROOT / path).exists() for path in paths.split())


COMMANDS: list[tuple[str, Callable[[str], bool]]] = [
    (r"make ([a-z ]+?)(?: +#.*)?", makes),
    (r"pip install (?:--upgrade )?(.*)", {"aiohttp-cors", "'aiohttp-cors[psl]'"}.__contains__),
    (r"python -m aiohttp_cors (\w+) .*", {"check", "explain", "routes"}.__contains__),
    (r"pytest -W error::aiohttp_cors\.(\w+)", aiohttp_cors.__all__.__contains__),
    (r"\S*python -m pytest -q (tests/\S+)", exists),
    (r"\S*python -m pytest -q -k \w+ --ignore=(\S+)", exists),
]


def is_known(command: str) -> bool:
    matches = ((re.fullmatch(pattern, command), check) for pattern, check in COMMANDS)
    return any(match is not None and check(match[1]) for match, check in matches)


def commands(code: list[str]) -> list[str]:
    """The commands of a session, or a command without a prompt."""
    lines = [line.strip() for line in code if line.strip()]
    prompted = [line[2:] for line in lines if line.startswith("$ ")]
    return prompted or lines


@dataclass(frozen=True)
class Block:
    """A piece of code, the language that it is said to be in, and the last line in front of it."""

    language: str | None
    code: list[str]
    above: str


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text().split("\n")
    for number, line in enumerate(lines):
        match = BLOCK.fullmatch(line)
        if match is None:
            continue
        belongs = re.compile(rf"$|{match['indent']} ").match
        below = itertools.takewhile(belongs, lines[number + 1 :])
        code = [text for text in below if not OPTION_OF_BLOCK.match(text)]
        above = [text.strip() for text in lines[:number] if text][-1:]
        yield Block(match["language"], code, "".join(above))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_runs_or_says_why_not(page: Path) -> None:
    elsewhere = RUN_ABOVE | NOT_RUN.keys() | RUN_BY_TESTS_OF_THEIR_OWN.get(page.name, set())
    for block in blocks(page):
        if block.language in elsewhere or block.above.startswith(".. not run: "):
            continue
        assert block.language in {"console", None}, block
        assert [command for command in commands(block.code) if not is_known(command)] == []


# --- What is named ------------------------------------------------------------------------------

OF_THE_PROJECT = re.compile(r"https://github\.com/aio-libs/aiohttp-cors/blob/master/([^>#]*)")
RAW = re.compile(r"https://raw\.githubusercontent\.com/aio-libs/aiohttp-cors/master/(\S*)")
NAMED = re.compile(r"``((?:tests|docs|aiohttp_cors|examples)/[^`]*?)``")


@pytest.mark.parametrize("page", [*ROOT.glob("*.rst"), ROOT / "docs/how-it-works.rst"], ids=name_of)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    named = {path for links in (OF_THE_PROJECT, RAW, NAMED) for path in links.findall(text)}
    paths = {path.partition("::")[0] for path in named}
    assert {path for path in paths if not exists(path)} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"``(tests/[^`:]*)::(\w+)``", page.read_text())
    assert [test for test in named if not has_test(*test)] == []


def has_test(path: str, name: str) -> bool:
    code = (ROOT / path).read_text()
    return re.search(rf"^(?:async )?def {name}\(|^{name} = ", code, re.MULTILINE) is not None


# A row of two columns: what is promised, and what proves it.
PROMISE = re.compile(r"^   \* - (.*(?:\n       .*)*)\n     - (.*(?:\n       .*)*)", re.MULTILINE)


def test_each_promise_names_its_checks() -> None:
    text = (ROOT / "SECURITY.rst").read_text()
    rows = PROMISE.findall(text)
    assert len(rows) == text.count("   * - ")
    assert [promise for promise, checks in rows[1:] if not NAMED.search(checks)] == []


def test_the_readme_links_to_nothing_that_the_package_index_has_not() -> None:
    targets = re.findall(r"<([^>]+)>`_", (ROOT / "README.rst").read_text())
    assert [target for target in targets if not target.startswith("https://")] == []


# --- The reference, and the pictures ------------------------------------------------------------

OPTION = re.compile(r"^``(\w+)``\n-+\n\nDefault: ``(.*?)``", re.MULTILINE)


def test_each_option_has_a_heading_with_its_default() -> None:
    documented = OPTION.findall((ROOT / "docs" / "reference.rst").read_text())
    parameters = [
        *inspect.signature(aiohttp_cors.setup).parameters.values(),
        *inspect.signature(aiohttp_cors.ResourceOptions).parameters.values(),
    ]
    given = [(p.name, repr(p.default)) for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert documented == given


def test_each_reason_of_a_refusal_is_listed() -> None:
    page = (ROOT / "docs" / "reference.rst").read_text()
    reasons = {word for name, word in vars(Reason).items() if name.isupper()}
    assert set(re.findall(r"^``([a-z-]+)``  ", page, re.MULTILINE)) == reasons


def test_the_diagrams_are_what_is_drawn() -> None:
    folder = ROOT / "docs" / "diagrams"
    drawn = runpy.run_path(str(folder / "draw.py"))["DIAGRAMS"]
    assert {path.stem for path in folder.glob("*.svg")} == set(drawn)
    for name, draw in drawn.items():
        assert (folder / f"{name}.svg").read_text() == draw().svg()
