from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples import tenants, tenants_with_plans

from .internet import Internet

API = "https://api.example"
ORDERS = f"{API}/orders"
FLOWERS = "https://flowers.example"
BAKERY = "https://bakery.example"
TOKEN = {"Authorization": "Bearer 1"}


async def test_a_tenant_reads_its_orders(internet: Internet) -> None:
    await internet.serve(API, tenants.make_app())
    response = await internet.page(FLOWERS).fetch("GET", ORDERS, headers=TOKEN)
    assert await response.json() == []


async def test_tenants_come_and_go_while_the_server_runs(internet: Internet) -> None:
    app = tenants.make_app(seconds=0)
    await internet.serve(API, app)
    page = internet.page(BAKERY)
    with pytest.raises(CorsBlocked):
        await page.fetch("GET", ORDERS)

    app[tenants.DATABASE].execute("INSERT INTO tenant VALUES (?)", [BAKERY])
    await page.fetch("GET", ORDERS)

    app[tenants.DATABASE].execute("DELETE FROM tenant WHERE origin = ?", [BAKERY])
    with pytest.raises(CorsBlocked):
        await page.fetch("GET", ORDERS)


async def test_the_database_is_asked_once_a_minute(internet: Internet) -> None:
    app = tenants.make_app()
    await internet.serve(API, app)
    asked: list[str] = []
    app[tenants.DATABASE].set_trace_callback(asked.append)
    for _ in range(3):
        await internet.page(FLOWERS).fetch("GET", ORDERS, headers=TOKEN)
    assert len(asked) == 1


@pytest.mark.parametrize("origin", ["https://weeds.example", FLOWERS])
async def test_every_plan_reads(internet: Internet, origin: str) -> None:
    await internet.serve(API, tenants_with_plans.make_app())
    assert (await internet.page(origin).fetch("GET", ORDERS)).ok


async def test_a_paid_plan_does_more(internet: Internet) -> None:
    await internet.serve(API, tenants_with_plans.make_app())
    response = await internet.page(FLOWERS).fetch("PUT", ORDERS, json=[], credentials="include")
    assert response.ok


@pytest.mark.parametrize(
    ("origin", "method", "how"),
    [
        ("https://weeds.example", "PUT", {"json": []}),
        ("https://weeds.example", "GET", {"credentials": "include"}),
        (BAKERY, "GET", {}),
    ],
)
async def test_nobody_does_more_than_that(
    internet: Internet, origin: str, method: str, how: dict
) -> None:
    await internet.serve(API, tenants_with_plans.make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch(method, ORDERS, **how)
