"""One browser of each engine for the whole run, and sites for each test."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from .engines import ENGINES, Browser, MiniBrowser, NotInstalledError, Window
from .sites import Serve, Site, Tab, page_app, start_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from aiohttp import web


@pytest.fixture(scope="session", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Iterator[Window]:
    """Each engine in turn."""
    with contextlib.closing(start_engine(request.param, os.environ)) as started:
        yield started


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    yield Tab(browser)
    # A page that stayed would go on asking servers that are gone.
    browser.get("about:blank")


@pytest.fixture
async def page(serve: Serve, tab: Tab) -> Site:
    """An empty page, shown in the tab: what `tab.js` and `tab.fetch` run in."""
    site = await serve(page_app())
    await tab.open(site.origin)
    return site


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application on a free loopback port until the end of the test."""
    async with contextlib.AsyncExitStack() as running:

        async def start(app: web.Application) -> Site:
            return await start_site(app, running)

        yield start


def start_engine(name: str, environment: Mapping[str, str]) -> Window:
    """Start an engine. Missing, it is a skip with the reason; where ``CI`` is set, an error."""
    engine: type[Window] = ENGINES.get(name, MiniBrowser)
    try:
        return engine()
    except NotInstalledError as missing:
        if environment.get("CI", "").lower() not in {"", "0", "false", "no"}:
            raise
        pytest.skip(f"{name}: {missing}")  # a developer may lack an engine, CI may not
