"""One path served by several resources: the route that would serve the request answers."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import (
    A,
    B,
    MakeClient,
    agrees,
    answer,
    ask,
    bare,
    granted,
    preflight,
    readable,
    refused,
)

OF_A = {A: ResourceOptions()}
OF_B = {B: ResourceOptions()}


async def test_resources_with_names_of_their_own(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/notes", answer, name="read"))
    cors.add(app.router.add_post("/notes", answer, name="write"))
    cors.add(app.router.add_put("/notes", answer, name="change"), OF_B)
    cors.add(app.router.add_delete("/notes", answer, name="remove"))
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        assert await agrees(client, "/notes", method, A)
    assert await preflight(client, "/notes", "PUT") == granted("PUT,DELETE")
    assert await preflight(client, "/notes", "PUT", B) == granted("PUT", B)
    assert await preflight(client, "/notes", "DELETE", B) == refused()
    assert await preflight(client, "/notes", "PATCH") == refused()


async def test_a_resource_that_was_not_added_is_not_spoken_for(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/notes", answer, name="read"))
    app.router.add_put("/notes", answer, name="change")
    client = await aiohttp_client(app)
    assert await preflight(client, "/notes", "GET") == granted()
    assert await preflight(client, "/notes", "PUT") == refused()
    assert await ask(client, "PUT", "/notes") == bare()


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
async def test_a_resource_that_was_excluded_is_not_spoken_for(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods=["GET", "PUT"])}, **mode)
    cors.add(app.router.add_get("/notes", answer, name="read"))
    cors.exclude(app.router.add_put("/notes", answer, name="change").resource)
    client = await aiohttp_client(app)
    assert await preflight(client, "/notes", "GET") == granted()
    assert (await preflight(client, "/notes", "PUT")).status in (403, 405)
    assert await ask(client, "PUT", "/notes") == bare()


async def test_routes_registered_apart(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/a", answer))
    cors.add(app.router.add_get("/b", answer))
    cors.add(app.router.add_put("/a", answer))
    assert len(app.router.resources()) == 3
    client = await aiohttp_client(app)
    assert await agrees(client, "/a", "GET", A)
    assert await agrees(client, "/a", "PUT", A)
    assert not await agrees(client, "/b", "PUT", A)


@pytest.mark.parametrize("specific_first", [True, False])
async def test_overlapping_patterns(aiohttp_client: MakeClient, specific_first: bool) -> None:
    app = web.Application()
    cors = setup(app)
    adds: list[tuple[str, str, Any]] = [
        ("GET", "/items/all", OF_A),
        ("PUT", "/items/{id}", OF_B),
        ("DELETE", r"/items/{id:\d+}", OF_A),
        ("POST", "/{rest:.*}", OF_B),
    ]
    for method, path, config in adds if specific_first else reversed(adds):
        cors.add(app.router.add_route(method, path, answer), config)
    client = await aiohttp_client(app)
    table = {
        ("/items/all", "GET"): A,
        ("/items/all", "PUT"): B,
        ("/items/all", "POST"): B,
        ("/items/12", "PUT"): B,
        ("/items/12", "DELETE"): A,
        ("/items/12", "POST"): B,
    }
    for (path, method), origin in table.items():
        if (await ask(client, method, path)).status == 405:
            continue  # the router of aiohttp 3.9 does not look behind the first that match
        assert await agrees(client, path, method, origin), (path, method)
        assert not await agrees(client, path, method, A if origin == B else B)
    assert await preflight(client, "/items/all", "DELETE") == refused()
    assert await preflight(client, "/items/12", "GET") == refused()
    assert await preflight(client, "/items/12", "PUT", B) == granted("PUT", B)


async def test_a_static_folder_and_a_route_share_a_path(
    aiohttp_client: MakeClient, tmp_path: Any
) -> None:
    (tmp_path / "file.txt").write_text("file")
    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_put("/files/{name}", answer), OF_B)
    cors.add(app.router.add_static("/files", tmp_path), OF_A)
    client = await aiohttp_client(app)
    assert await agrees(client, "/files/file.txt", "GET", A)
    assert not await agrees(client, "/files/file.txt", "GET", B)
    assert await agrees(client, "/files/file.txt", "PUT", B)
    assert not await agrees(client, "/files/file.txt", "PUT", A)


async def test_a_view_and_a_route_share_a_path(aiohttp_client: MakeClient) -> None:
    class View(web.View, CorsViewMixin):
        cors_config = OF_B

        async def get(self) -> web.Response:
            return await answer(self.request)

        async def put(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_put("/notes", answer), OF_A)
    cors.add(app.router.add_view("/{any}", View))
    client = await aiohttp_client(app)
    assert await agrees(client, "/notes", "PUT", A)
    assert not await agrees(client, "/notes", "PUT", B)
    assert await agrees(client, "/notes", "GET", B)
    assert await agrees(client, "/other", "PUT", B)


async def test_a_path_and_a_sub_application_share_a_prefix(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    part = web.Application()
    part.router.add_get("/x", answer)
    cors.add(app.router.add_put("/part/x", answer))
    app.add_subapp("/part", part)
    for route in list(app.router.routes()):
        cors.add(route)
    client = await aiohttp_client(app)
    assert await agrees(client, "/part/x", "GET", A)
    assert await agrees(client, "/part/x", "PUT", A)


async def test_an_encoded_path_is_found_again(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/caf\u00e9/1", answer))
    cors.add(app.router.add_put("/caf\u00e9/1", answer, name="put"))
    cors.add(app.router.add_delete("/{any}/1", answer))
    client = await aiohttp_client(app)
    for path in ("/caf\u00e9/1", "/caf%C3%A9/1"):
        for method in ("GET", "PUT", "DELETE"):
            assert await agrees(client, path, method, A)


@pytest.mark.parametrize("preflight_first", [True, False])
async def test_a_middleware_that_reads_bodies_is_no_hindrance(
    aiohttp_client: MakeClient, preflight_first: bool
) -> None:
    @web.middleware
    async def read(request: web.Request, handler: Any) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    app = web.Application(middlewares=[read])
    cors = setup(app, defaults=OF_A, preflight_first=preflight_first)
    cors.add(app.router.add_get("/notes", answer, name="read"))
    cors.add(app.router.add_put("/notes", answer, name="change"))
    client = await aiohttp_client(app)
    assert await preflight(client, "/notes", "PUT") == granted("PUT")
    assert await preflight(client, "/notes", "GET") == granted()
    assert await ask(client, "PUT", "/notes") == readable()


async def test_a_preflight_with_a_body_that_was_read_is_answered(
    aiohttp_client: MakeClient,
) -> None:
    @web.middleware
    async def read(request: web.Request, handler: Any) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    app = web.Application(middlewares=[read])
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")})
    cors.add(app.router.add_get("/notes", answer, name="read"))
    cors.add(app.router.add_put("/notes", answer, name="change"))
    client = await aiohttp_client(app)
    for method in ("GET", "PUT"):
        sent = {"Origin": A, "Access-Control-Request-Method": method}
        got = await ask(client, "OPTIONS", "/notes", None, sent, data=b"no browser sends one")
        assert got == granted(method)


async def test_a_resource_added_later_is_seen(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    app.router.freeze = lambda: None  # type: ignore[method-assign]
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/a", answer))
    client = await aiohttp_client(app)
    assert await preflight(client, "/a", "PUT") == refused()
    cors.add(app.router.add_put("/{any}", answer))
    assert await preflight(client, "/a", "PUT") == granted("PUT")


class OwnResource(web.AbstractResource):
    """A resource of a kind that nobody knows, for all paths."""

    def __init__(self, route: web.ResourceRoute) -> None:
        super().__init__()
        self.route = route

    @property
    def canonical(self) -> str:
        return "/"

    def url_for(self, **kwargs: str) -> Any:
        raise NotImplementedError

    def add_prefix(self, prefix: str) -> None:
        raise NotImplementedError

    def get_info(self) -> Any:
        return {}

    def raw_match(self, path: str) -> bool:
        raise NotImplementedError

    async def resolve(self, request: web.Request) -> Any:
        if request.method == "DELETE":
            return web.UrlMappingMatchInfo({}, self.route), {"DELETE"}
        return None, {"DELETE"}

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([self.route])


async def test_a_resource_of_an_unknown_kind_may_share_any_path(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_get("/a", answer))
    route = web.ResourceRoute("DELETE", answer, app.router.add_resource("/elsewhere"))
    app.router.register_resource(OwnResource(route))
    cors.add(route)
    client = await aiohttp_client(app)
    assert await preflight(client, "/a", "DELETE") == granted("DELETE")
    assert await ask(client, "DELETE", "/a") == readable()
