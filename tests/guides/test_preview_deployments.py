from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked, Reason
from examples.preview_deployments import make_app

from .internet import Internet

API = "https://api.shop.example"


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://deploy-preview-7--shop.netlify.app",
        "https://shop-1a2b3c4d5-acme.vercel.app",
        "https://feature-x.shop.pages.dev",
    ],
)
async def test_the_app_and_its_previews_read(internet: Internet, origin: str) -> None:
    await internet.serve(API, make_app())
    token = {"Authorization": "Bearer 1"} if origin != "https://shop.example" else {}
    response = await internet.page(origin).fetch("GET", f"{API}/items", headers=token)
    assert await response.json() == ["tea", "milk"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.netlify.app.evil.example",
        "https://evil.example",
        "https://deploy-preview-7--other.netlify.app",
        "https://deploy-preview-7--shop-netlify.app",
        "https://deploy-preview-7--shopxnetlify.app",
        "https://evil-deploy-preview-7--shop.netlify.app",
        "https://shop-evil.vercel.app",
        "https://shop-1a2b3c4d5-other.vercel.app",
        "https://other.pages.dev",
        "https://evilshop.pages.dev",
        "http://feature-x.shop.pages.dev",
    ],
)
async def test_strangers_do_not(internet: Internet, origin: str) -> None:
    await internet.serve(API, make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", f"{API}/items")


async def test_a_preview_does_not_use_its_visitors_cookies(internet: Internet) -> None:
    await internet.serve(API, make_app())
    url = f"{API}/items"
    await internet.page("https://shop.example").fetch("GET", url, credentials="include")
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://feature-x.shop.pages.dev").fetch(
            "GET", url, credentials="include"
        )
    assert blocked.value.reason is Reason.ALLOW_CREDENTIALS
