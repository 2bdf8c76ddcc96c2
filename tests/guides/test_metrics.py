from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.metrics import make_app

from .internet import Internet

API = "https://api.shop.example"
ITEMS = f"{API}/items"
SHOP = "https://shop.example"
EVIL = "https://evil.example"


async def counted(internet: Internet) -> set[str]:
    async with internet.client.get(f"{API}/metrics") as response:
        lines = (await response.text()).splitlines()
    return {line for line in lines if line.startswith("cors_refused_total")}


async def test_every_refusal_is_counted_by_its_reason(internet: Internet) -> None:
    await internet.serve(API, make_app())
    shop, evil = internet.page(SHOP), internet.page(EVIL)
    for page, method, how in [
        (evil, "GET", {}),
        (evil, "GET", {}),
        (evil, "PUT", {}),
        (evil, "POST", {"data": {}}),
        (shop, "POST", {"headers": {"X-Trace": "1"}}),
    ]:
        with pytest.raises(CorsBlocked):
            await page.fetch(method, ITEMS, **how)
    assert await counted(internet) == {
        'cors_refused_total{kind="actual",reason="origin"} 2.0',
        'cors_refused_total{kind="preflight",reason="origin"} 1.0',
        'cors_refused_total{kind="protected",reason="origin"} 1.0',
        'cors_refused_total{kind="preflight",reason="headers"} 1.0',
    }


async def test_what_is_allowed_is_not_counted(internet: Internet) -> None:
    await internet.serve(API, make_app())
    assert (await internet.page(SHOP).fetch("POST", ITEMS, json=[])).ok
    async with internet.client.get(ITEMS) as response:
        assert response.status == 200
    assert await counted(internet) == set()
