from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.public_api import make_app

from .internet import Internet

API = "https://api.example"


@pytest.mark.parametrize("origin", ["https://anybody.example", "http://localhost:5173", "null"])
async def test_every_page_reads(internet: Internet, origin: str) -> None:
    await internet.serve(API, make_app())
    page = internet.page(origin)

    response = await page.fetch("GET", f"{API}/cities")
    assert await response.json() == ["Amsterdam", "Bern", "Cadiz"]
    assert response.headers["X-Total-Count"] == "3"


async def test_one_copy_in_a_cache_serves_everybody(internet: Internet) -> None:
    await internet.serve(API, make_app())
    answers = []
    for headers in [{}, {"Origin": "https://a.example"}, {"Origin": "https://b.example"}]:
        async with internet.client.get(f"{API}/cities", headers=headers) as response:
            answers.append(
                [response.headers.getall("Access-Control-Allow-Origin"), "Vary" in response.headers]
            )
    assert answers == [[["*"], False]] * 3


@pytest.mark.parametrize(
    ("method", "how"),
    [("DELETE", {}), ("GET", {"credentials": "include"}), ("GET", {"headers": {"X-Key": "1"}})],
)
async def test_no_page_does_more_than_read(internet: Internet, method: str, how: dict) -> None:
    await internet.serve(API, make_app())
    with pytest.raises(CorsBlocked):
        await internet.page("https://anybody.example").fetch(method, f"{API}/cities", **how)


async def test_an_error_is_readable_too(internet: Internet) -> None:
    await internet.serve(API, make_app())
    response = await internet.page("https://anybody.example").fetch("GET", f"{API}/towns")
    assert response.status == 404
