from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.auditing import make_app

from .internet import Internet

API = "https://api.example"
ITEMS = f"{API}/items"
APP = "https://app.example"
FORGOTTEN = "https://forgotten.example"


async def test_while_auditing_everybody_gets_in_and_strangers_are_told_once(
    internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    await internet.serve(API, make_app([]))
    for origin in (APP, FORGOTTEN):
        page = internet.page(origin)
        for _ in range(2):
            assert (await page.fetch("PUT", ITEMS, json=[])).ok
    assert [record.getMessage() for record in caplog.records if record.name == "audit"] == [
        f"not on the list: '{FORGOTTEN}', which asks for '/items'"
    ]


async def test_once_narrowed_who_is_refused_is_told(
    internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    await internet.serve(API, make_app(["--narrow"]))
    assert (await internet.page(APP).fetch("PUT", ITEMS, json=[])).ok
    assert not [record for record in caplog.records if record.name == "audit"]
    for method in ("PUT", "GET"):
        with pytest.raises(CorsBlocked):
            await internet.page(FORGOTTEN).fetch(method, ITEMS)
    preflight, actual = (r.getMessage() for r in caplog.records if r.name == "audit")
    assert preflight.startswith("refused (preflight): ")
    assert actual.startswith("refused (actual): ")
    assert FORGOTTEN in preflight
    assert FORGOTTEN in actual
