"""What is remembered of requests, and that it is no more than that: answers stay the same."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, setup
from aiohttp_cors.memory import Memory
from aiohttp_cors.protocol.answers import Answers
from aiohttp_cors.protocol.policy import Policy

from .asking import (
    A,
    B,
    MakeClient,
    answer,
    ask,
    bare,
    granted,
    preflight,
    readable,
    refused,
    unreadable,
)

OF_A = {A: ResourceOptions()}
OF_B = {B: ResourceOptions()}


class Kept:
    """An application with CORS that keeps the requests which it was sent."""

    def __init__(self, **mode: bool) -> None:
        self.app = web.Application(middlewares=[self._keep])
        self.cors: CorsConfig = setup(self.app, defaults=OF_A, **mode)
        self.requests: list[web.Request] = []

    @web.middleware
    async def _keep(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(request)
        return await handler(request)

    @property
    def memory(self) -> Memory:
        return self.cors.registry.memory

    @property
    def last(self) -> web.Request:
        return self.requests[-1]


def view() -> Any:
    class Own(web.View, CorsViewMixin):
        cors_config: Any = None

        async def get(self) -> web.Response:
            return await answer(self.request)

        async def put(self) -> web.Response:
            return await answer(self.request)

    return Own


async def test_the_policy_of_a_function_is_kept_by_its_route(aiohttp_client: MakeClient) -> None:
    kept = Kept()
    route = kept.cors.add(kept.app.router.add_put("/", answer))
    without = kept.app.router.add_get("/without", answer)
    client = await aiohttp_client(kept.app)
    assert await ask(client, "PUT", "/") == readable()
    policy = kept.memory.by_route[route]
    assert policy is not None
    assert kept.cors.registry.policy_for(kept.last) is policy
    await ask(client, "GET", "/without")
    assert kept.memory.by_route[without] is None


@pytest.mark.parametrize("how", ["for all methods", "for one"])
async def test_the_policy_of_a_view_is_kept_with_its_config(
    aiohttp_client: MakeClient, how: str
) -> None:
    kept, own = Kept(), view()
    router = kept.app.router
    kept.cors.add(
        router.add_view("/", own) if how == "for all methods" else router.add_get("/", own)
    )
    client = await aiohttp_client(kept.app)
    for origin in (B, A, B):
        own.cors_config = {origin: ResourceOptions(max_age=1)}
        assert kept.requests == [] or kept.memory.policy_of(kept.last) is None
        assert await ask(client, "GET", "/", origin) == readable(origin=origin)
        remembered = kept.memory.policy_of(kept.last)
        assert remembered is not None
        assert remembered[0] is own.cors_config
        assert kept.cors.registry.policy_for(kept.last) is remembered[1]
    own.cors_config = None
    assert await ask(client, "GET", "/", B) == unreadable()


@pytest.mark.parametrize("method", ["MADE-UP", "get", "GETT"])
def test_of_made_up_methods_nothing_is_kept(method: str) -> None:
    kept = Kept(everywhere=True)
    route = kept.app.router.add_route("*", "/", answer)
    match = make_mocked_request(method, "/", app=kept.app, match_info={}).match_info
    match._route = route
    policy = kept.cors.registry.policy(route, "GET")
    kept.memory.keep_policy(match, method, policy)
    request = make_mocked_request(method, "/", app=kept.app)
    request._match_info = match
    assert kept.memory.policy_of(request) is None
    assert kept.memory.by_route == {}
    kept.memory.keep_policy(match, "GET", policy)
    get = make_mocked_request("GET", "/", app=kept.app)
    get._match_info = match
    assert kept.memory.policy_of(get) == (None, policy)


async def test_a_preflight_that_was_answered_is_answered_again(aiohttp_client: MakeClient) -> None:
    kept, own = Kept(), view()
    kept.cors.add(kept.app.router.add_put("/function", answer))
    kept.cors.add(kept.app.router.add_view("/view", own))
    client = await aiohttp_client(kept.app)
    for path in ("/function", "/view"):
        assert await preflight(client, path, "PUT") == granted("PUT")
        response = kept.cors.respond_again(kept.last)
        assert response is not None
        assert (response.status, response.headers["Access-Control-Allow-Methods"]) == (200, "PUT")
        assert await preflight(client, path, "PUT", B) == refused()
        response = kept.cors.respond_again(kept.last)
        assert response is not None
        assert response.status == 403
    assert await preflight(client, "/view", "PUT") == granted("PUT")
    own.cors_config = OF_B
    assert kept.cors.respond_again(kept.last) is None
    assert await preflight(client, "/view", "PUT", B) == granted("PUT", B)


async def test_the_preflights_of_a_resource_with_several_views_are_worked_out_anew(
    aiohttp_client: MakeClient,
) -> None:
    kept, first, second = Kept(), view(), view()
    resource = kept.cors.add(kept.app.router.add_resource("/"))
    resource.add_route("GET", first)
    resource.add_route("PUT", second)
    client = await aiohttp_client(kept.app)
    for config, origin in ((None, A), (OF_B, B), (None, A)):
        second.cors_config = config
        assert await preflight(client, "/", "PUT", origin) == granted("PUT", origin)
        assert kept.cors.respond_again(kept.last) is None


async def test_preflights_for_made_up_methods_leave_no_policy_behind(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")})
    cors.add(app.router.add_resource("/"))
    client = await aiohttp_client(app)

    async def policies_after(method: str) -> int:
        assert await preflight(client, "/", method) == granted(method)
        gc.collect()
        return sum(isinstance(each, Policy) for each in gc.get_objects())

    before = await policies_after("MADE-UP")
    for number in range(10):
        assert await policies_after(f"MADE-UP-{number}") == before


async def test_a_view_that_brings_a_config_is_asked_for_each_preflight(
    aiohttp_client: MakeClient,
) -> None:
    brought = dict(OF_A)

    class Own(web.View, CorsViewMixin):
        async def put(self) -> web.Response:
            return await answer(self.request)

        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return brought

    kept = Kept()
    kept.cors.add(kept.app.router.add_view("/", Own))
    client = await aiohttp_client(kept.app)
    for origin, other in [(A, B), (B, A), (A, B)]:
        brought = {origin: ResourceOptions()}
        assert await preflight(client, "/", "PUT", origin) == granted("PUT", origin)
        assert await preflight(client, "/", "PUT", other) == refused()
        assert await ask(client, "PUT", "/", origin) == readable(origin=origin)


async def test_a_plain_options_request_says_nothing_of_the_preflights_behind_it(
    aiohttp_client: MakeClient,
) -> None:
    kept = Kept(everywhere=True)
    resource = kept.app.router.add_resource("/")
    resource.add_route("OPTIONS", answer)
    resource.add_route("PUT", answer)
    client = await aiohttp_client(kept.app)
    for _ in range(2):
        assert await ask(client, "OPTIONS", "/") == readable()
        assert await preflight(client, "/", "PUT") == bare()


async def test_routes_of_equal_policies_keep_their_answers_once(aiohttp_client: MakeClient) -> None:
    kept = Kept()
    for number in range(10):
        kept.cors.add(kept.app.router.add_put(f"/{number}", answer))
    client = await aiohttp_client(kept.app)

    async def answers_after(path: str) -> int:
        assert await preflight(client, path, "PUT") == granted("PUT")
        gc.collect()
        return sum(isinstance(each, Answers) for each in gc.get_objects())

    before = await answers_after("/0")
    for number in range(1, 10):
        assert await answers_after(f"/{number}") == before
