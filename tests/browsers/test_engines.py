"""The tests' own engines: what is missing is skipped here, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import start_engine
from .engines import ENGINES, Browser, MiniBrowser, NotInstalledError, Program, ScriptError

if TYPE_CHECKING:
    from pathlib import Path

    from .sites import Site, Tab

ABSENT = Program(("no-such-browser", "nor-this"), "some-package")
REASON = "no no-such-browser or nor-this on PATH .*apt-get install some-package"


@pytest.fixture(params=[*ENGINES, "minibrowser"])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine of which one program is not installed."""
    engine = ENGINES.get(request.param, MiniBrowser)
    monkeypatch.setattr(engine, "programs", {**engine.programs, "browser": ABSENT})
    name: str = request.param
    return name


@pytest.mark.parametrize("environment", [{}, {"CI": ""}, {"CI": "false"}, {"CI": "0"}])
def test_a_missing_engine_is_skipped_with_its_reason(
    missing: str, environment: dict[str, str]
) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"{missing}: {REASON}"):
        start_engine(missing, environment)


@pytest.mark.parametrize("value", ["true", "True", "1"])
def test_a_missing_engine_is_an_error_where_ci_is_set(missing: str, value: str) -> None:
    with pytest.raises(NotInstalledError, match=REASON):
        start_engine(missing, {"CI": value})


def test_an_engine_that_does_not_start_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken-browser"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(ENGINES["firefox"], "programs", {"browser": Program((broken.name,), "")})
    with pytest.raises(RuntimeError, match="ended with status 3"):
        start_engine("firefox", {})


def test_a_program_is_found_on_the_path_where_debian_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nor-this"
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ABSENT.find() == str(program)


async def test_what_a_page_returns_comes_back(tab: Tab, page: Site) -> None:
    assert await tab.js("return [location.origin, a + 1]", a=1) == [page.origin, 2]


@pytest.mark.usefixtures("page")
async def test_what_a_page_throws_is_raised(tab: Tab) -> None:
    with pytest.raises(ScriptError, match="RangeError: too much"):
        await tab.js("throw new RangeError('too much')")


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
@pytest.mark.usefixtures("page")
async def test_what_a_page_logs_is_in_the_console(tab: Tab) -> None:
    await tab.js("console.warn('a warning of the page')")
    messages = await tab.console_until("a warning of the page")
    assert messages


@pytest.mark.parametrize("browser", ["webkit"], indirect=True)
def test_webkit_has_no_console(browser: Browser) -> None:
    with pytest.raises(NotImplementedError):
        browser.console()
