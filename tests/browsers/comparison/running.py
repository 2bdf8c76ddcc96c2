"""The table run in a browser engine, and run in `aiohttp_cors.testing.Browser`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientSession, CookieJar
from yarl import URL

from aiohttp_cors.testing import Browser, CorsBlocked

from .servers import ALWAYS_READABLE
from .table import Ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from browsers.sites import Tab

    from .servers import Servers
    from .table import Row

BLOCKED: Final = "= blocked"

# Few at a time: Firefox remembers 100 preflights, Chromium stalls with hundreds of open fetches.
_RUN_ALL = """
    await run(warmUp);
    const outcomes = [], waiting = rows.entries();
    const work = async () => {
        for (const [index, {asks, sandboxed}] of waiting)
            outcomes[index] = await (sandboxed ? runSandboxed(asks) : run(asks));
    };
    await Promise.all(Array.from({length: 16}, work));
    document.cookie = "compared=; path=/; max-age=0";
    return outcomes;
"""


async def run_in_engine(tab: Tab, servers: Servers, name: str) -> list[tuple[str, ...]]:
    """Return what each row shows in the engine: the requests that arrived, then the outcomes."""
    await tab.open(servers.origins["page"] + "/")
    asked = [
        {"sandboxed": row.sandboxed, "asks": [_in_js(servers, name, i, ask) for ask in row.asks]}
        for i, row in enumerate(servers.rows)
    ]
    # Firefox keeps no answer of the first two preflights that it sends.
    warm_up = [_in_js(servers, f"{name}-warm-up", 0, Ask("PUT"))] * 3
    outcomes = await tab.js(_RUN_ALL, rows=asked, warmUp=warm_up)
    return [
        (*servers.requests(name, index), *(_told(o) if o else BLOCKED for o in each))
        for index, each in enumerate(outcomes)
    ]


def _in_js(servers: Servers, name: str, index: int, ask: Ask) -> tuple[str, dict[str, Any]]:
    init: dict[str, Any] = {"method": ask.method, "credentials": ask.credentials}
    init["headers"] = ask.headers
    if ask.data is not None:
        init["body"] = ask.data
    return servers.url(name, index, ask.to), init


async def run_in_browser(servers: Servers, name: str) -> list[tuple[tuple[str, ...], str | None]]:
    """Return what each row shows in `Browser`, and the reason why its last request is blocked."""
    jar = CookieJar(unsafe=True)
    jar.update_cookies({"compared": "1"}, URL(servers.origins["page"]))
    async with ClientSession(cookie_jar=jar) as session:
        page, opaque = Browser(session, servers.origins["page"]), Browser(session, "null")
        return [
            await _run_row(opaque if row.sandboxed else page, servers, name, index, row)
            for index, row in enumerate(servers.rows)
        ]


async def _run_row(
    browser: Browser, servers: Servers, name: str, index: int, row: Row
) -> tuple[tuple[str, ...], str | None]:
    outcomes, reason = [], None
    for ask in row.asks:
        outcome, reason = await _ask(browser, servers.url(name, index, ask.to), ask)
        outcomes.append(outcome)
    return (*servers.requests(name, index), *outcomes), reason


async def _ask(browser: Browser, url: str, ask: Ask) -> tuple[str, str | None]:
    try:
        response = await browser.fetch(
            ask.method, url, headers=ask.headers, credentials=ask.credentials, data=ask.data
        )
    except CorsBlocked as blocked:
        return BLOCKED, str(blocked.reason)
    except TypeError:
        return BLOCKED, "TypeError"
    outcome = [response.status, response.type, response.redirected, list(response.headers)]
    return _told(outcome), None


def _told(outcome: Sequence[Any]) -> str:
    """What the page reads, in one line: three headers are always sent, and readable."""
    status, kind, redirected, names = outcome
    readable = {name.lower() for name in names}
    told = ["=", str(status), kind, *(["redirected"] if redirected else [])]
    told += sorted(readable - ALWAYS_READABLE)
    told += [f"without:{name}" for name in sorted(ALWAYS_READABLE - readable)]
    return " ".join(told)
