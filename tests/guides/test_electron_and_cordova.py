from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked, Reason
from examples.electron_and_cordova import ORIGINS, make_app

from .internet import Internet

ITEMS = "https://api.example/items"
TOKEN = {"Authorization": "Bearer change me"}


@pytest.mark.parametrize("origin", ORIGINS)
async def test_an_installed_app_reads_with_its_token(internet: Internet, origin: str) -> None:
    await internet.serve("https://api.example", make_app())
    response = await internet.page(origin).fetch("GET", ITEMS, headers=TOKEN)
    assert await response.json() == ["tea", "milk"]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_page_uses_cookies(internet: Internet, origin: str) -> None:
    await internet.serve("https://api.example", make_app())
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page(origin).fetch("GET", ITEMS, credentials="include")
    assert blocked.value.reason is Reason.ALLOW_CREDENTIALS


@pytest.mark.parametrize(
    "origin", ["app://other", "http://localhost", "https://localhost:8443", "https://evil.example"]
)
async def test_others_read_nothing(internet: Internet, origin: str) -> None:
    await internet.serve("https://api.example", make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", ITEMS)
