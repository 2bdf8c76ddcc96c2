"""`aiohttp_cors.testing.Browser` and three real engines come to the same, row by row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browsers.engines import ENGINES

from .differences import DIFFERENCES, shown_by
from .rows import ROWS
from .running import run_in_browser, run_in_engine
from .servers import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from browsers.engines import Browser as Engine
    from browsers.sites import Tab

    from .servers import Servers

NAMES = [row.name for row in ROWS]
PAGE = Path(__file__).parents[3] / "docs" / "testing.rst"


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    async with serving(ROWS) as running:
        yield running


async def test_an_engine_comes_to_what_browser_comes_to(
    tab: Tab, browser: Engine, servers: Servers
) -> None:
    engine = next(name for name, kind in ENGINES.items() if type(browser) is kind)
    expected = {
        name: shown
        for name, (shown, _) in zip(NAMES, await run_in_browser(servers, "expected"), strict=True)
    }
    seen = dict(zip(NAMES, await run_in_engine(tab, servers, "seen"), strict=True))
    differences = {name: shown for name, shown in seen.items() if shown != expected[name]}
    assert differences == shown_by(engine)


async def test_browser_blocks_for_the_reason_that_the_row_names(servers: Servers) -> None:
    shown = await run_in_browser(servers, "browser")
    reasons = {name: reason for name, (_, reason) in zip(NAMES, shown, strict=True)}
    assert reasons == {row.name: row.blocked for row in ROWS}


def test_each_row_has_a_name_of_its_own() -> None:
    assert {name for name, count in Counter(NAMES).items() if count > 1} == set()


def test_each_difference_is_of_a_row_and_stands_once_per_engine() -> None:
    found = Counter(
        (engine, name)
        for difference in DIFFERENCES
        for engine in difference.engines
        for name in difference.rows
    )
    assert {name for _, name in found} <= set(NAMES)
    assert {entry for entry, count in found.items() if count > 1} == set()


def test_each_difference_is_in_the_documentation() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert [d.why for d in DIFFERENCES if d.why not in text] == []
