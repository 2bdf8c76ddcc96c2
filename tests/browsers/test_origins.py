"""Keys that are more than one origin: patterns and predicates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_cors import ResourceOptions

from .sites import BLOCKED, Answer, answering, cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

ANY_LOCALHOST = {"http://localhost:*": ResourceOptions(allow_headers=["X-Author"])}
AS_ADA = {"X-Author": "ada"}

hello = answering("hello")


async def test_any_port_of_localhost_reads_under_its_pattern(
    serve: Serve, tab: Tab, page: Site
) -> None:
    await tab.open(page.localhost)
    api = await serve(cors_app("/local", hello, ANY_LOCALHOST))
    assert await tab.fetch(api / "local") == Answer(200, "hello")
    assert await tab.fetch(api / "local", headers=AS_ADA) == Answer(200, "hello")


@pytest.mark.usefixtures("page")
async def test_127_0_0_1_does_not_read_under_the_pattern_of_localhost(
    serve: Serve, tab: Tab
) -> None:
    api = await serve(cors_app("/not-local", hello, ANY_LOCALHOST))
    assert await tab.fetch(api / "not-local") == BLOCKED
    assert await tab.fetch(api / "not-local", headers=AS_ADA) == BLOCKED
    assert api.requests == ["GET /not-local", "OPTIONS /not-local"]


async def test_a_regular_expression_admits_what_it_matches_completely(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {re.compile(r"http://127\.0\.0\.\d+:\d+"): ResourceOptions()}
    api = await serve(cors_app("/regex", hello, policy))
    assert await tab.fetch(api / "regex") == Answer(200, "hello")
    await tab.open(page.localhost)
    assert await tab.fetch(api / "regex") == BLOCKED


async def test_a_predicate_that_changes_its_mind_takes_effect_at_once(
    serve: Serve, tab: Tab, page: Site
) -> None:
    tenants: set[str] = set()

    async def is_tenant(origin: str, _request: web.Request) -> bool:
        return origin in tenants

    policy = {is_tenant: ResourceOptions(allow_headers=["X-Author"], max_age=0)}
    api = await serve(cors_app("/tenants", hello, policy))
    for _ in range(2):
        assert await tab.fetch(api / "tenants") == BLOCKED
        assert await tab.fetch(api / "tenants", headers=AS_ADA) == BLOCKED
        tenants.add(page.origin)
        assert await tab.fetch(api / "tenants") == Answer(200, "hello")
        assert await tab.fetch(api / "tenants", headers=AS_ADA) == Answer(200, "hello")
        tenants.clear()
