"""Whose preflight is it? That of the resource which would serve the request asked about."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors, setup

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
STRICT = {A: ResourceOptions(allow_credentials=True)}


async def of_others(request: web.Request) -> web.Response:
    return web.Response(status=299)


@pytest.mark.parametrize("root_config", [None, OF_B])
async def test_a_sub_application_grants_nothing_of_the_routes_around_it(
    aiohttp_client: MakeClient, root_config: Any
) -> None:
    app, part = web.Application(), web.Application()
    if root_config is not None:
        setup(app, defaults=root_config).add(app.router.add_get("/other", answer))
    setup(part, defaults={"*": ResourceOptions()}, everywhere=True)
    app.router.add_put("/part/x", answer)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert (await preflight(client, "/part/x", "PUT")).cors.get("ACAO") is None
    assert await ask(client, "PUT", "/part/x") == bare()


@pytest.mark.parametrize("inner", ["own", "excluded"])
async def test_an_application_grants_nothing_of_one_that_decides_for_itself(
    aiohttp_client: MakeClient, inner: str
) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=STRICT, everywhere=True)
    part.router.add_delete("/x", answer)
    if inner == "own":
        setup(part, defaults=OF_B, everywhere=True)
    cors.add(app.router.add_get("/part/x", answer))
    app.add_subapp("/part", part)
    if inner == "excluded":
        cors.exclude(part)
    client = await aiohttp_client(app)
    assert "ACAC" not in (await preflight(client, "/part/x", "DELETE")).cors
    assert (await preflight(client, "/part/x", "DELETE")).cors.get("ACAO") is None
    if inner == "own":
        assert await preflight(client, "/part/x", "DELETE", B) == granted("DELETE", B)


@pytest.mark.parametrize("mode", [{}, {"everywhere": True}])
async def test_a_view_beside_another_on_one_path_has_its_config_read_live(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    class Put(web.View, CorsViewMixin):
        cors_config: Any = OF_A

        async def put(self) -> web.Response:
            return await answer(self.request)

    class Rest(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, defaults=OF_B, **mode)
    cors.add(app.router.add_put("/x", Put))
    cors.add(app.router.add_view("/x", Rest))
    client = await aiohttp_client(app)
    for _ in range(2):
        assert await preflight(client, "/x", "PUT", A) == granted("PUT", A)
    Put.cors_config = {}
    assert await preflight(client, "/x", "PUT", A) == refused()


async def test_a_config_that_is_replaced_again_and_again_is_not_kept(
    aiohttp_client: MakeClient,
) -> None:
    class Refreshed(web.View, CorsViewMixin):
        cors_config: Any = OF_A

        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_view("/", Refreshed))
    client = await aiohttp_client(app)
    sizes = set()
    for number in range(20):
        Refreshed.cors_config = {A: ResourceOptions(max_age=number)}
        assert await ask(client, "GET", "/") == readable()
        assert await preflight(client, "/", "GET") == granted(ACMA=str(number))
        memory = [each for each in vars(cors.registry.memory).values() if isinstance(each, dict)]
        sizes.add(sum(map(len, memory)))
    assert max(sizes) <= 5


@pytest.mark.parametrize("mode", [{"preflight_first": True}, {"everywhere": True}])
async def test_no_method_is_listed_whose_preflights_are_the_applications_own(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    one = app.router.add_resource("/x/1")
    one.add_route("OPTIONS", of_others)
    cors.add(one.add_route("DELETE", answer))
    cors.add(app.router.add_put("/x/{id}", answer))
    client = await aiohttp_client(app)
    assert await preflight(client, "/x/1", "PUT") == granted("PUT")
    assert await preflight(client, "/x/1", "DELETE") == bare(299)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_handler_that_does_not_inherit_is_for_no_others(
    aiohttp_client: MakeClient, method: str
) -> None:
    partner = {B: ResourceOptions(allow_methods=["POST"])}

    @custom_cors(partner, inherit=False)
    async def for_partners(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    resource.add_route(method, for_partners)
    cors.add(resource, {A: ResourceOptions(allow_credentials=True, allow_methods="*")})
    client = await aiohttp_client(app)
    assert (await preflight(client, "/", method, A)).status == 403
    assert (await ask(client, method, "/", A)).cors.get("ACAO") is None
    if method == "POST":
        assert await preflight(client, "/", method, B) == granted(method, B)
        assert await ask(client, method, "/", B) == readable(origin=B)


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}])
async def test_a_view_with_a_preflight_config_of_its_own_answers_them_itself(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    class Own(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

        async def _get_config(self, request: web.Request, origin: str, request_method: str) -> Any:
            return OF_B

    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    cors.add(app.router.add_view("/", Own))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET", A) == refused()
    assert await preflight(client, "/", "GET", B) == granted(origin=B)


async def test_a_views_own_options_are_read_as_any_other_answer(
    aiohttp_client: MakeClient,
) -> None:
    class Own(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

        async def options(self) -> web.StreamResponse:
            return await answer(self.request)

    app = web.Application()
    setup(app, defaults=OF_A).add(app.router.add_view("/", Own))
    client = await aiohttp_client(app)
    for _ in range(2):
        assert await ask(client, "OPTIONS", "/") == readable()


async def test_a_view_that_brings_a_config_is_not_asked_without_cors(
    aiohttp_client: MakeClient,
) -> None:
    class Brings(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return OF_A

    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/added", answer))
    app.router.add_view("/", Brings)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == bare()


@pytest.mark.parametrize("sent", [{}, {"Origin": A}, {"Access-Control-Request-Method": "GET"}])
@pytest.mark.parametrize("path", ["/route", "/resource", "/view"])
async def test_what_a_middleware_says_for_the_library_to_no_preflight_has_no_headers(
    aiohttp_client: MakeClient, path: str, sent: dict[str, str]
) -> None:
    @web.middleware
    async def refuse(request: web.Request, handler: Any) -> web.StreamResponse:
        raise web.HTTPUnauthorized

    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application(middlewares=[refuse])
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")})
    cors.add(app.router.add_get("/route", answer))
    cors.add(app.router.add_resource("/resource"))
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)
    assert await ask(client, "OPTIONS", path, None, sent) == bare(401)
    assert await ask(client, "GET", "/route") == readable(401)


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize("is_deep", [False, True])
async def test_a_sub_application_grants_nothing_of_a_route_around_it_at_its_own_path(
    aiohttp_client: MakeClient, mode: dict[str, bool], is_deep: bool
) -> None:
    app, part = web.Application(), web.Application()
    middle = web.Application() if is_deep else app
    cors = setup(part, defaults={A: ResourceOptions(allow_methods=["GET", "PUT"])}, **mode)
    cors.add(part.router.add_get("/x", answer))
    app.router.add_put("/middle/part/x" if is_deep else "/part/x", answer)
    middle.add_subapp("/part", part)
    if is_deep:
        app.add_subapp("/middle", middle)
    path = "/middle/part/x" if is_deep else "/part/x"
    client = await aiohttp_client(app)
    assert await preflight(client, path, "PUT") == refused()
    assert await preflight(client, path, "GET") == granted("GET")
    assert await ask(client, "PUT", path) == bare()


async def test_what_a_view_says_of_methods_is_not_said_of_other_routes_of_its_resource(
    aiohttp_client: MakeClient,
) -> None:
    class View(web.View):
        cors_config = {A: ResourceOptions(allow_methods=["GET", "PUT"])}

        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", View))
    resource.add_route("PUT", answer)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET") == granted("GET")
    assert await preflight(client, "/", "PUT") == refused()
    assert await ask(client, "PUT", "/") == bare()


async def test_a_handler_that_does_not_inherit_enables_only_what_its_options_name(
    aiohttp_client: MakeClient,
) -> None:
    @custom_cors({A: ResourceOptions()}, inherit=False)
    async def put(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")})
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", answer))
    resource.add_route("PUT", put)
    client = await aiohttp_client(app)
    assert await ask(client, "PUT", "/") == unreadable()
    assert await preflight(client, "/", "PUT") == refused()


async def test_the_methods_that_options_name_are_listed_without_routes(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods=["PUT", "LOCK"])})
    cors.add(app.router.add_resource("/"))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT,LOCK")


async def test_a_view_for_one_method_serves_no_other_that_it_defines(
    aiohttp_client: MakeClient,
) -> None:
    class View(web.View):
        async def put(self) -> web.Response:
            return await answer(self.request)

        delete = put

    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()}, everywhere=True)
    cors.add(app.router.add_route("PUT", "/", View))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT")


async def test_a_head_route_that_was_added_stays_when_that_of_get_is_taken_out(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    resource = app.router.add_resource("/")
    head, get = resource.add_route("HEAD", answer), resource.add_route("GET", answer)
    cors.add(head)
    cors.exclude(get)
    client = await aiohttp_client(app)
    assert await ask(client, "HEAD", "/") == readable()
    assert await ask(client, "GET", "/") == bare()


async def test_a_view_of_another_resource_on_the_path_has_its_config_read_live(
    aiohttp_client: MakeClient,
) -> None:
    class View(web.View):
        cors_config: Any = OF_A

        async def put(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/x", answer), OF_A)
    cors.add(app.router.add_route("PUT", "/{name}", View))
    client = await aiohttp_client(app)
    for config, origin in [(OF_A, A), (OF_B, B), (OF_A, A)]:
        View.cors_config = config
        assert await preflight(client, "/x", "PUT", origin) == granted("PUT", origin)
        assert await preflight(client, "/x", "PUT", B if origin == A else A) == refused()
