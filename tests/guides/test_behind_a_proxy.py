from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from aiohttp_cors.testing import CorsBlocked
from examples.behind_a_proxy import make_app

from .internet import Internet
from .proxy import make_proxy

SHOP = "https://shop.example"
SERVER = "http://backend:8080"
PARTNER = "https://partner.example"
EVIL = "https://evil.example"


@pytest.fixture
async def inside(internet: Internet) -> AsyncIterator[ClientSession]:
    """What the proxy asks the server with."""
    await internet.serve(SERVER, make_app())
    connector = TCPConnector(resolver=internet)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as session:
        yield session


async def status(internet: Internet, headers: dict[str, str]) -> int:
    """The status of an order, sent by a browser that has opened the shop."""
    async with internet.client.get(f"{SHOP}/"):
        pass
    async with internet.client.post(f"{SHOP}/orders", headers=headers) as answer:
        return answer.status


async def test_the_shop_and_its_partner_order(internet: Internet, inside: ClientSession) -> None:
    await internet.serve(SHOP, make_proxy(inside, SERVER))
    for origin in (SHOP, PARTNER):
        page = internet.page(origin)
        await page.fetch("GET", f"{SHOP}/", credentials="include")
        order = await page.fetch("POST", f"{SHOP}/orders", data={}, credentials="include")
        assert await order.json() == {"ordered": True}


async def test_a_form_of_a_stranger_orders_nothing(
    internet: Internet, inside: ClientSession
) -> None:
    await internet.serve(SHOP, make_proxy(inside, SERVER))
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page(EVIL).fetch("POST", f"{SHOP}/orders", data={}, credentials="include")
    assert blocked.value.exchange.response.status == 403


OWN_PAGE = {"Origin": SHOP, "Sec-Fetch-Site": "same-origin"}
OWN_PAGE_OF_AN_OLD_BROWSER = {"Origin": SHOP}
STRANGER = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize(
    ("keeps_host", "headers", "expected"),
    [
        (True, OWN_PAGE, 200),
        (True, OWN_PAGE_OF_AN_OLD_BROWSER, 200),
        (True, STRANGER, 403),
        (True, {"Origin": EVIL}, 403),
        (False, OWN_PAGE, 200),
        (False, OWN_PAGE_OF_AN_OLD_BROWSER, 403),  # which is why the proxy should keep `Host`
        (False, STRANGER, 403),
        (False, {"Origin": EVIL}, 403),
    ],
)
async def test_who_is_known_depends_on_what_the_proxy_hands_on(
    internet: Internet,
    inside: ClientSession,
    keeps_host: bool,
    headers: dict[str, str],
    expected: int,
) -> None:
    await internet.serve(SHOP, make_proxy(inside, SERVER, keeps_host=keeps_host))
    assert await status(internet, headers) == expected
