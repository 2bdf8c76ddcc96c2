from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked, Reason
from examples.bearer_tokens import TOKEN, make_app

from .internet import Internet

API = "https://api.example"


async def test_the_app_saves_a_note(internet: Internet) -> None:
    await internet.serve(API, make_app())
    page = internet.page("https://app.example")

    token = {"Authorization": f"Bearer {TOKEN}"}
    response = await page.fetch("POST", f"{API}/notes", headers=token, json={"text": "milk"})
    assert response.status == 201


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer expired"}])
async def test_the_app_reads_why_its_token_is_refused(internet: Internet, headers: dict) -> None:
    await internet.serve(API, make_app())
    page = internet.page("https://app.example")
    response = await page.fetch("POST", f"{API}/notes", headers=headers, json={})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="notes"'


async def test_another_page_does_not_get_to_use_a_token(internet: Internet) -> None:
    await internet.serve(API, make_app())
    token = {"Authorization": f"Bearer {TOKEN}"}
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://evil.example").fetch("POST", f"{API}/notes", headers=token)
    assert blocked.value.reason is Reason.PREFLIGHT_STATUS


async def test_cookies_are_of_no_use(internet: Internet) -> None:
    await internet.serve(API, make_app())
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://app.example").fetch(
            "POST", f"{API}/notes", json={}, credentials="include"
        )
    assert blocked.value.reason is Reason.ALLOW_CREDENTIALS
