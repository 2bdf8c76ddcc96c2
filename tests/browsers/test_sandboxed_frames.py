"""Frames without an origin of their own: ``Origin: null``, which any page can make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiohttp_cors import CorsSecurityWarning, ResourceOptions

from .sites import Answer, answering, cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

FETCH_FROM_FRAME = """
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = `<!doctype html><script>
        fetch(${JSON.stringify(url)}, {credentials: ${JSON.stringify(credentials)}})
            .then(answer => answer.text(), () => "blocked")
            .then(seen => parent.postMessage(seen, "*"));
    <\\/script>`;
    const seen = new Promise(resolve => {
        addEventListener("message", ({data}) => resolve(data), {once: true});
    });
    document.body.append(frame);
    return seen;
"""

secret = answering("secret")


@pytest.mark.usefixtures("page")
async def test_everybody_with_credentials_is_a_sandboxed_frame_without_any(
    serve: Serve, tab: Tab
) -> None:
    with pytest.warns(CorsSecurityWarning):
        app = cors_app("/anybody", secret, {"*": ResourceOptions(allow_credentials=True)})
    api = await serve(app)
    url = api / "anybody"
    assert await tab.js(FETCH_FROM_FRAME, url=url, credentials="include") == "blocked"
    assert await tab.js(FETCH_FROM_FRAME, url=url, credentials="omit") == "secret"
    assert await tab.fetch(url, credentials="include") == Answer(200, "secret")


@pytest.mark.usefixtures("page")
async def test_everybody_without_credentials_is_a_sandboxed_frame_too(
    serve: Serve, tab: Tab
) -> None:
    api = await serve(cors_app("/open", secret, {"*": ResourceOptions()}))
    assert await tab.js(FETCH_FROM_FRAME, url=api / "open", credentials="omit") == "secret"
    assert await tab.js(FETCH_FROM_FRAME, url=api / "open", credentials="include") == "blocked"


@pytest.mark.usefixtures("page")
async def test_the_key_null_is_a_sandboxed_frame(serve: Serve, tab: Tab) -> None:
    api = await serve(cors_app("/null", secret, {"null": ResourceOptions()}))
    assert await tab.js(FETCH_FROM_FRAME, url=api / "null", credentials="omit") == "secret"


async def test_a_frame_of_an_allowed_page_is_refused_once_sandboxed(
    serve: Serve, tab: Tab, page: Site
) -> None:
    api = await serve(cors_app("/framed", secret, {page.origin: ResourceOptions()}))
    assert await tab.js(FETCH_FROM_FRAME, url=api / "framed", credentials="omit") == "blocked"
    assert api.requests == ["GET /framed"]
