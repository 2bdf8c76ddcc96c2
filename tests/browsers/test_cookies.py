"""Requests with credentials, between two origins of one site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_cors import CorsSecurityWarning, ResourceOptions

from .sites import BLOCKED, Answer, cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

WITH_CREDENTIALS = ResourceOptions(allow_credentials=True)


async def count_visits(request: web.Request) -> web.Response:
    """Answer how often this browser has been here, by its cookie."""
    cookie = request.path.strip("/")
    visits = int(request.cookies.get(cookie, "0")) + 1
    response = web.Response(text=str(visits))
    response.set_cookie(cookie, str(visits))
    return response


async def test_cookies_go_both_ways_where_credentials_are_allowed(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: WITH_CREDENTIALS}
    api = await serve(cors_app("/visits-allowed", count_visits, policy))
    url = api / "visits-allowed"
    assert await tab.fetch(url, credentials="include") == Answer(200, "1")
    assert await tab.fetch(url, credentials="include") == Answer(200, "2")


async def test_without_being_asked_a_browser_sends_no_cookies(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: WITH_CREDENTIALS}
    api = await serve(cors_app("/visits-not-asked", count_visits, policy))
    url = api / "visits-not-asked"
    assert await tab.fetch(url) == Answer(200, "1")
    assert await tab.fetch(url) == Answer(200, "1")


async def test_a_credentialed_answer_is_blocked_where_credentials_are_not_allowed(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions()}
    api = await serve(cors_app("/visits-blocked", count_visits, policy))
    assert await tab.fetch(api / "visits-blocked", credentials="include") == BLOCKED
    assert api.requests == ["GET /visits-blocked"]


@pytest.mark.usefixtures("page")
async def test_a_credentialed_answer_is_blocked_where_everybody_may_read(
    serve: Serve, tab: Tab
) -> None:
    api = await serve(cors_app("/visits-open", count_visits, {"*": ResourceOptions()}))
    assert await tab.fetch(api / "visits-open", credentials="include") == BLOCKED
    assert await tab.fetch(api / "visits-open") == Answer(200, "1")


@pytest.mark.usefixtures("page")
async def test_everybody_with_credentials_means_any_page(serve: Serve, tab: Tab) -> None:
    with pytest.warns(CorsSecurityWarning):
        app = cors_app("/visits-anybody", count_visits, {"*": WITH_CREDENTIALS})
    api = await serve(app)
    url = api / "visits-anybody"
    assert await tab.fetch(url, credentials="include") == Answer(200, "1")
    assert await tab.fetch(url, credentials="include") == Answer(200, "2")


async def test_a_credentialed_put_is_preflighted_without_cookies_and_sent_with_them(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: WITH_CREDENTIALS}
    api = await serve(cors_app("/visits-put", count_visits, policy, "GET", "PUT"))
    url = api / "visits-put"
    assert await tab.fetch(url, credentials="include") == Answer(200, "1")
    assert await tab.fetch(url, method="PUT", credentials="include") == Answer(200, "2")
    assert api.requests == ["GET /visits-put", "OPTIONS /visits-put", "PUT /visits-put"]
