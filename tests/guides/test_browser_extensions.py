from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.browser_extensions import make_app

from .internet import Internet

BOOKMARKS = "https://api.example/bookmarks"
TOKEN = {"Authorization": "Bearer change me"}


@pytest.mark.parametrize(
    "origin",
    [
        "chrome-extension://hbkpclpemjeibhioopcebchdmohaieln",
        "moz-extension://3c8a2a44-8f2c-4b4e-9d0c-0d5f4f1f7a10",
        "safari-web-extension://3C8A2A44-8F2C-4B4E-9D0C-0D5F4F1F7A10",
    ],
)
async def test_the_extension_reads_with_its_token(internet: Internet, origin: str) -> None:
    await internet.serve("https://api.example", make_app())
    page = internet.page(origin)
    response = await page.fetch("GET", BOOKMARKS, headers=TOKEN)
    assert await response.json() == ["https://www.example/"]
    # Another extension of Firefox may ask, and learns no more than that it has no token.
    assert (await page.fetch("GET", BOOKMARKS)).status == 401


@pytest.mark.parametrize(
    "origin",
    [
        "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "moz-extension://3c8a2a44",
        "https://3c8a2a44-8f2c-4b4e-9d0c-0d5f4f1f7a10",
    ],
)
async def test_others_read_nothing(internet: Internet, origin: str) -> None:
    await internet.serve("https://api.example", make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", BOOKMARKS, headers=TOKEN)
