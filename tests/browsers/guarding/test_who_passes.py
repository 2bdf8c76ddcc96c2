"""In each engine, exactly those pages get to a guarded handler that are to get there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from browsers.engines import ENGINES

from .differences import of_engine
from .rows import OUTCOMES, PLACES, Sent, expected, pages, rows, sent_by_standard
from .servers import PAGE, path_of, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from browsers.engines import Browser as Engine
    from browsers.sites import Tab

    from .differences import Difference
    from .rows import Outcome, Page, Row
    from .servers import Servers


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The URL of the page as a file."""
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
async def servers(file: str) -> AsyncIterator[Servers]:
    async with contextlib.AsyncExitStack() as running:
        yield await serving(PLACES, running, file)


async def test_who_passes_is_explained_row_by_row(
    tab: Tab, browser: Engine, servers: Servers
) -> None:
    engine = next(name for name, kind in ENGINES.items() if type(browser) is kind)
    differences = of_engine(engine)
    explanations: set[Outcome] = set()
    unused = set(differences)
    unexplained: list[str] = []
    for row, path in await _run(tab, servers):
        habits = [each for each in differences if each.applies(row)]
        unused.difference_update(habits)
        sent, outcome = _expected(row, habits, servers, path)
        explanations.add(outcome)
        seen = _seen(row, servers, path)
        if seen != (sent if outcome.name != "unsent" else None, outcome.name):
            unexplained.append(f"{row}: {seen}, not {outcome} by {sent}")
    assert unexplained == []
    assert unused == set()
    assert explanations == set(OUTCOMES)


def _expected(
    row: Row, habits: list[Difference], servers: Servers, path: str
) -> tuple[Sent, Outcome]:
    """What is told of who sends, and what comes of it; where cookies go is up to the engine."""
    sent = sent_by_standard(row)
    for habit in habits:
        sent = habit.tells(row, sent)
    arrivals = servers.guarded.arrived.get(path, [])
    carries_cookie = any(arrival.carries_cookie for arrival in arrivals)
    return sent, expected(row, sent, carries_cookie=carries_cookie)


def _seen(row: Row, servers: Servers, path: str) -> tuple[Sent | None, str]:
    outcome = servers.guarded.outcome(path)
    told = {
        Sent(servers.named(row.place, arrival.origin), arrival.site)
        for arrival in servers.guarded.arrived.get(path, [])
    }
    return (told.pop() if len(told) == 1 else None), outcome


async def _run(tab: Tab, servers: Servers) -> list[tuple[Row, str]]:
    """Do what all pages do, first without cookies; return the rows, with the paths they ask for."""
    ran: list[tuple[Row, str]] = []
    sign_out = f"{servers.origins[PLACES[0]]['api']}/page/sign-out"
    await tab.open(sign_out)
    for is_signed_in in (False, True):
        for place in PLACES:
            if is_signed_in and place.is_plain:
                how = "sign-in-everywhere" if place.scheme == "https" else "sign-in"
                await tab.open(f"{servers.origins[place]['api']}/page/{how}")
            for page in pages(place):
                doing = list(rows(place, page, is_signed_in=is_signed_in))
                ran += [(row, path_of(row.policy, len(ran) + i)) for i, row in enumerate(doing)]
                if doing:
                    await _run_page(tab, servers, page, ran[-len(doing) :])
    await tab.open(sign_out)
    return ran


async def _run_page(tab: Tab, servers: Servers, page: Page, ran: list[tuple[Row, str]]) -> None:
    row, _ = ran[0]
    api = servers.origins[row.place]["api"]
    credentials = "include" if row.is_signed_in else "omit"
    await tab.open(servers.page_url(row.place, page))
    await tab.js(
        "await (isSandboxed ? runSandboxed(asked) : run(asked))",
        isSandboxed=page.is_sandboxed,
        asked=[(row.act.name, f"{api}{path}", credentials) for row, path in ran],
    )
    # No page gets to know when its beacons have arrived.
    beacons = [path for row, path in ran if row.act.name == "beacon"]
    await servers.guarded.until_arrived(beacons)
