from __future__ import annotations

import pytest

from aiohttp_cors.testing import Browser, CorsBlocked
from examples.single_page_app import make_app

from .internet import Internet

API = "https://api.shop.example"
NAME_AND_PASSWORD = {"name": "Ada", "password": "open sesame"}


@pytest.fixture
async def shop(internet: Internet) -> Browser:
    """The application's page, whose visitor has signed in."""
    await internet.serve(API, make_app())
    page = internet.page("https://shop.example")
    await page.fetch("POST", f"{API}/sign-in", json=NAME_AND_PASSWORD, credentials="include")
    return page


async def test_the_app_signs_in_and_out(internet: Internet) -> None:
    await internet.serve(API, make_app())
    page = internet.page("https://shop.example")

    await page.fetch("POST", f"{API}/sign-in", json=NAME_AND_PASSWORD, credentials="include")
    profile = await page.fetch("GET", f"{API}/profile", credentials="include")
    assert await profile.json() == {"name": "Ada"}

    await page.fetch("POST", f"{API}/sign-out", credentials="include")
    profile = await page.fetch("GET", f"{API}/profile", credentials="include")
    assert profile.status == 401


async def test_a_wrong_password_is_told_to_the_page(internet: Internet) -> None:
    await internet.serve(API, make_app())
    response = await internet.page("https://shop.example").fetch(
        "POST", f"{API}/sign-in", json={"name": "Ada", "password": ""}, credentials="include"
    )
    assert response.status == 401


async def test_without_credentials_there_is_no_cookie(shop: Browser) -> None:
    assert (await shop.fetch("GET", f"{API}/profile")).status == 401


async def test_a_stranger_reads_nothing(internet: Internet, shop: Browser) -> None:
    with pytest.raises(CorsBlocked):
        await internet.page("https://evil.example").fetch(
            "GET", f"{API}/profile", credentials="include"
        )


async def test_a_form_of_a_stranger_does_nothing(internet: Internet, shop: Browser) -> None:
    evil = internet.page("https://evil.example")
    with pytest.raises(CorsBlocked) as blocked:
        await evil.fetch("POST", f"{API}/sign-out", data={}, credentials="include")
    assert blocked.value.exchange.response.status == 403

    profile = await shop.fetch("GET", f"{API}/profile", credentials="include")
    assert await profile.json() == {"name": "Ada"}  # still signed in


async def test_a_program_that_is_no_browser_needs_no_origin(internet: Internet) -> None:
    await internet.serve(API, make_app())
    async with internet.client.post(f"{API}/sign-in", json=NAME_AND_PASSWORD) as response:
        assert response.status == 200
