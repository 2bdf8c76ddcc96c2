"""Guides and examples belong together, and `check` finds no fault with the examples."""

from __future__ import annotations

import asyncio
import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors.command.program import main
from examples import installed_by_others

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.rst"))
PAGES = [page for page in GUIDES if page.stem != "index"]

# Of the examples that name no origin themselves.
SETTINGS = {"CORS_ORIGINS": "https://app.example", "CORS_ORIGIN_REGEX": ""}


def viewer() -> web.Application:
    return installed_by_others.make_app(["--cors-origin", "https://lab.example"])


APPLICATIONS = {"installed_by_others": f"{__name__}:viewer"}


def stem(path: Path) -> str:
    return path.stem


def shown(page: Path) -> list[Path]:
    """The files that *page* shows."""
    names = re.findall(r"^ *\.\. literalinclude:: (\S+)$", page.read_text(), re.MULTILINE)
    return [(page.parent / name).resolve() for name in names]


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_a_guide_shows_a_server_then_what_a_page_does_and_where_others_stumble(page: Path) -> None:
    folders = [path.parent.name for path in shown(page)]
    assert folders[0] == "examples"
    assert "guides" in folders
    titles = re.findall(r"^(.+)\n=+\n", page.read_text(), re.MULTILINE)
    assert "Pitfalls" in titles


@pytest.mark.parametrize("example", EXAMPLES, ids=stem)
def test_an_example_is_shown_by_one_guide(example: Path) -> None:
    assert sum(example in shown(page) for page in PAGES) == 1


@pytest.mark.parametrize("example", EXAMPLES, ids=stem)
def test_an_example_runs_as_a_program(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[web.Application] = []

    def start_and_stop(app: web.Application, **how: Any) -> None:
        async def run() -> None:
            runner = web.AppRunner(app)
            await runner.setup()
            await runner.cleanup()

        asyncio.run(run())
        started.append(app)

    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(web, "run_app", start_and_stop)
    monkeypatch.setattr(sys, "argv", [str(example)])
    runpy.run_path(str(example), run_name="__main__")
    assert len(started) == 1


@pytest.mark.parametrize("example", EXAMPLES, ids=stem)
def test_check_finds_no_fault_with_an_example(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    name = APPLICATIONS.get(example.stem, f"examples.{example.stem}:make_app")
    main(["check", "--json", name])
    reports = json.loads(capsys.readouterr().out)
    assert [report for report in reports if report["kind"] != "advice"] == []
