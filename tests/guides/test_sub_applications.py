from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.sub_applications import make_app

from .internet import Internet

API = "https://api.example"
APP = "https://app.example"
ANYBODY = "https://anybody.example"


@pytest.mark.parametrize(
    ("origin", "path", "status"),
    [
        (APP, "/hello", 200),
        (APP, "/orders/hello", 200),
        (APP, "/orders/missing", 404),
        (APP, "/news/hello", 200),
        (ANYBODY, "/news/hello", 200),
        (ANYBODY, "/news/missing", 404),
    ],
)
async def test_a_page_reads_what_its_part_allows(
    internet: Internet, origin: str, path: str, status: int
) -> None:
    await internet.serve(API, make_app())
    assert (await internet.page(origin).fetch("GET", API + path)).status == status


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        (ANYBODY, "/hello"),
        (ANYBODY, "/orders/hello"),
        (ANYBODY, "/hooks/hello"),
        (APP, "/hooks/hello"),
    ],
)
async def test_it_reads_nothing_else(internet: Internet, origin: str, path: str) -> None:
    await internet.serve(API, make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", API + path)


async def test_the_roots_credentials_do_not_hold_in_a_part_of_its_own(internet: Internet) -> None:
    await internet.serve(API, make_app())
    page = internet.page(APP)
    await page.fetch("GET", f"{API}/orders/hello", credentials="include")
    with pytest.raises(CorsBlocked):
        await page.fetch("GET", f"{API}/news/hello", credentials="include")
