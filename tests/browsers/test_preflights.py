"""What a browser asks before it sends, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_cors import ResourceOptions

from .sites import BLOCKED, Answer, answering, cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

EDITOR = ("GET", "PUT", "DELETE")


async def name_method(request: web.Request) -> web.Response:
    return web.Response(text=request.method)


@pytest.fixture
async def warm(serve: Serve, tab: Tab, page: Site) -> None:
    """An engine that caches preflights: a Firefox that has just started forgets the first few."""
    policy = {page.origin: ResourceOptions(max_age=600)}
    api = await serve(cors_app("/warm-up/{attempt}", name_method, policy, "PUT"))
    for attempt in range(10):
        path = f"warm-up/{attempt}"
        for _ in range(2):
            await tab.fetch(api / path, method="PUT")
        if api.requests.count(f"OPTIONS /{path}") == 1:
            return
    pytest.fail("the engine caches no preflight")


async def test_a_simple_request_is_not_preflighted(serve: Serve, tab: Tab, page: Site) -> None:
    policy = {page.origin: ResourceOptions()}
    api = await serve(cors_app("/simple", name_method, policy, "GET", "POST"))
    assert await tab.fetch(api / "simple") == Answer(200, "GET")
    assert await tab.fetch(api / "simple", method="POST", body="text") == Answer(200, "POST")
    assert api.requests == ["GET /simple", "POST /simple"]


async def test_an_allowed_header_is_sent(serve: Serve, tab: Tab, page: Site) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["X-Author"])

    policy = {page.origin: ResourceOptions(allow_headers=["X-Author"])}
    api = await serve(cors_app("/author", echo, policy))
    assert await tab.fetch(api / "author", headers={"x-author": "ada"}) == Answer(200, "ada")
    assert api.requests == ["OPTIONS /author", "GET /author"]


async def test_any_header_is_sent_where_all_are_allowed(serve: Serve, tab: Tab, page: Site) -> None:
    policy = {page.origin: ResourceOptions(allow_headers="*", allow_credentials=True)}
    api = await serve(cors_app("/any-header", name_method, policy))
    headers = {"X-One": "1", "Authorization": "token", "Content-Type": "application/json"}
    answer = await tab.fetch(api / "any-header", headers=headers, credentials="include")
    assert answer == Answer(200, "GET")


async def test_a_request_with_a_refused_header_never_leaves_the_browser(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions(allow_headers=["X-Author"])}
    api = await serve(cors_app("/refused-header", name_method, policy))
    headers = {"X-Author": "ada", "X-Sudo": "yes"}
    assert await tab.fetch(api / "refused-header", headers=headers) == BLOCKED
    assert api.requests == ["OPTIONS /refused-header"]


async def test_a_request_with_a_refused_method_never_leaves_the_browser(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions()}
    api = await serve(cors_app("/refused-method", name_method, policy, *EDITOR))
    assert await tab.fetch(api / "refused-method", method="PATCH") == BLOCKED
    assert api.requests == ["OPTIONS /refused-method"]


@pytest.mark.usefixtures("page")
async def test_a_put_of_a_refused_origin_never_leaves_the_browser(serve: Serve, tab: Tab) -> None:
    policy = {"https://another.example": ResourceOptions()}
    api = await serve(cors_app("/refused-origin", name_method, policy, *EDITOR))
    assert await tab.fetch(api / "refused-origin", method="PUT") == BLOCKED
    assert api.requests == ["OPTIONS /refused-origin"]


@pytest.mark.usefixtures("warm")
async def test_one_preflight_serves_put_delete_and_put(serve: Serve, tab: Tab, page: Site) -> None:
    policy = {page.origin: ResourceOptions(max_age=600)}
    api = await serve(cors_app("/session", name_method, policy, *EDITOR))
    for method in ("PUT", "DELETE", "PUT"):
        assert await tab.fetch(api / "session", method=method) == Answer(200, method)
    assert api.requests == ["OPTIONS /session", "PUT /session", "DELETE /session", "PUT /session"]


@pytest.mark.usefixtures("warm")
async def test_one_preflight_serves_a_header_until_max_age(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions(max_age=600, allow_headers=["X-Author"])}
    api = await serve(cors_app("/authors", name_method, policy))
    for _ in range(2):
        answer = await tab.fetch(api / "authors", headers={"X-Author": "ada"})
        assert answer == Answer(200, "GET")
    assert api.requests == ["OPTIONS /authors", "GET /authors", "GET /authors"]


async def test_with_max_age_zero_every_request_is_preflighted(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions(max_age=0)}
    api = await serve(cors_app("/each-time", name_method, policy, "PUT"))
    for _ in range(2):
        assert await tab.fetch(api / "each-time", method="PUT") == Answer(200, "PUT")
    assert api.requests == ["OPTIONS /each-time", "PUT /each-time"] * 2


@pytest.mark.usefixtures("warm")
async def test_a_cached_preflight_is_not_used_for_a_method_that_it_refused(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions(max_age=600)}
    api = await serve(cors_app("/still-refused", answering("done"), policy, "PUT"))
    assert await tab.fetch(api / "still-refused", method="PUT") == Answer(200, "done")
    assert await tab.fetch(api / "still-refused", method="DELETE") == BLOCKED
    assert api.requests == [
        "OPTIONS /still-refused",
        "PUT /still-refused",
        "OPTIONS /still-refused",
    ]
