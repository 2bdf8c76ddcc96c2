"""Applications within applications: the innermost config that covers a route decides."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsConfig, CorsConfigWarning, CorsViewMixin, ResourceOptions, setup

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
    unreadable,
)

OUTER = {A: ResourceOptions(expose_headers=["outer"], max_age=1)}
INNER = {B: ResourceOptions(expose_headers=["inner"], max_age=2)}


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)

    async def put(self) -> web.Response:
        return await answer(self.request)


def nested(
    *,
    outer: bool,
    inner: bool,
    deep: bool = False,
    modes: tuple[dict[str, bool], dict[str, bool]] = ({}, {}),
) -> web.Application:
    """`/part/function` and `/part/view`, each setup adds both."""
    root, part = web.Application(), web.Application()
    part.router.add_get("/function", answer)
    part.router.add_put("/function", answer)
    part.router.add_view("/view", View)
    routes = list(part.router.routes())
    if inner:
        cors = setup(part, defaults=INNER, **modes[1])
        for route in routes:
            cors.add(route)
    if deep:
        middle = web.Application()
        middle.add_subapp("/part", part)
        root.add_subapp("/deep", middle)
    else:
        root.add_subapp("/part", part)
    if outer:
        cors = setup(root, defaults=OUTER, **modes[0])
        for route in routes:
            cors.add(route)
    return root


FIRST = {"preflight_first": True}
MODES: dict[str, Any] = {
    "routes": ({}, {}),
    "outer first": (FIRST, {}),
    "inner first": ({}, FIRST),
    "both first": (FIRST, FIRST),
}

all_modes = pytest.mark.parametrize("mode", MODES)
all_paths = pytest.mark.parametrize("name", ["function", "view"])
any_depth = pytest.mark.parametrize("deep", [False, True])


@all_modes
@all_paths
@any_depth
async def test_setup_of_the_root_serves_a_sub_application(
    aiohttp_client: MakeClient, deep: bool, name: str, mode: str
) -> None:
    app = nested(outer=True, inner=False, deep=deep, modes=MODES[mode])
    client = await aiohttp_client(app)
    path = f"{'/deep' if deep else ''}/part/{name}"
    for method in ("GET", "PUT"):
        assert await ask(client, method, path, A) == readable(ACEH="outer")
        assert await ask(client, method, path, B) == unreadable()
        assert await preflight(client, path, method, A) == granted(method, ACMA="1")
        assert await preflight(client, path, method, B) == refused()
    assert await preflight(client, path, "DELETE", A) == refused()


@all_modes
@all_paths
@any_depth
@pytest.mark.parametrize("outer", [False, True])
async def test_setup_of_a_sub_application_decides_for_it(
    aiohttp_client: MakeClient, deep: bool, name: str, outer: bool, mode: str
) -> None:
    app = nested(outer=outer, inner=True, deep=deep, modes=MODES[mode])
    client = await aiohttp_client(app)
    path = f"{'/deep' if deep else ''}/part/{name}"
    for method in ("GET", "PUT"):
        assert await ask(client, method, path, B) == readable(origin=B, ACEH="inner")
        assert await ask(client, method, path, A) == unreadable()
        assert await ask(client, method, path, None) == unreadable()
        assert await preflight(client, path, method, B) == granted(method, B, ACMA="2")
        assert await preflight(client, path, method, A) == refused()
    assert await preflight(client, path, "DELETE", B) == refused()


async def test_the_order_of_the_two_setups_does_not_matter(aiohttp_client: MakeClient) -> None:
    root, part = web.Application(), web.Application()
    route = part.router.add_get("/function", answer)
    outer = setup(root, defaults=OUTER)
    outer.add(route)
    inner = setup(part, defaults=INNER)
    inner.add(route)
    root.add_subapp("/part", part)
    client = await aiohttp_client(root)
    assert await ask(client, "GET", "/part/function", B) == readable(origin=B, ACEH="inner")
    assert await ask(client, "GET", "/part/function", A) == unreadable()
    assert await preflight(client, "/part/function", "GET", B) == granted("GET", B, ACMA="2")
    assert await preflight(client, "/part/function", "GET", A) == refused()


async def test_what_the_inner_config_does_not_cover_is_the_outers(
    aiohttp_client: MakeClient,
) -> None:
    root, part = web.Application(), web.Application()
    inner, outer = setup(part, defaults=INNER), setup(root, defaults=OUTER)
    inner.add(part.router.add_get("/inner", answer))
    outer.add(part.router.add_get("/outer", answer))
    part.router.add_get("/neither", answer)
    root.add_subapp("/part", part)
    client = await aiohttp_client(root)
    assert await ask(client, "GET", "/part/inner", A) == unreadable()
    assert await agrees(client, "/part/inner", "GET", B)
    assert await agrees(client, "/part/outer", "GET", A)
    assert not await agrees(client, "/part/outer", "GET", B)
    assert await ask(client, "GET", "/part/neither", A) == bare()


async def test_routes_of_one_resource_may_be_covered_apart(aiohttp_client: MakeClient) -> None:
    root, part = web.Application(), web.Application()
    inner, outer = setup(part, defaults=INNER), setup(root, defaults=OUTER)
    resource = part.router.add_resource("/both")
    inner.add(resource.add_route("GET", answer))
    outer.add(resource.add_route("PUT", answer))
    root.add_subapp("/part", part)
    client = await aiohttp_client(root)
    assert await agrees(client, "/part/both", "GET", B)
    assert not await agrees(client, "/part/both", "GET", A)
    assert await agrees(client, "/part/both", "PUT", A)
    assert not await agrees(client, "/part/both", "PUT", B)


async def test_a_constant_policy_within_another_application(aiohttp_client: MakeClient) -> None:
    root, part = web.Application(), web.Application()
    route = part.router.add_get("/", answer)
    setup(part, defaults={"*": ResourceOptions()}).add(route)
    setup(root, defaults=OUTER).add(route)
    root.add_subapp("/part", part)
    client = await aiohttp_client(root)
    for origin in (A, None):
        assert await ask(client, "GET", "/part/", origin) == (200, {"ACAO": "*"})


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
async def test_setup_twice_changes_nothing_twice_and_is_told(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    routes = [app.router.add_get("/", answer), app.router.add_put("/", answer)]
    for told in (nullcontext(), pytest.warns(CorsConfigWarning, match="was called .* before")):
        with told:
            cors = setup(app, defaults={A: ResourceOptions(allow_credentials=True)}, **mode)
        for route in routes:
            cors.add(route)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable(ACAC="true")
    assert await ask(client, "GET", "/", None) == unreadable()
    assert await preflight(client, "/", "PUT") == granted("PUT", ACAC="true")
    assert await preflight(client, "/", "PUT", B) == refused()


async def test_an_application_that_only_imports_the_library_is_as_before(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    app.router.add_get("/", answer)
    assert not app.on_response_prepare
    assert not app.middlewares
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == bare()


async def test_sub_applications_by_domain_are_served(aiohttp_client: MakeClient) -> None:
    root, part = web.Application(), web.Application()
    cors = setup(root, defaults=OUTER)
    cors.add(part.router.add_get("/x", answer))
    cors.add(part.router.add_put("/x", answer, name="put"))
    root.add_domain("api.example", part)
    client = await aiohttp_client(root)
    host = {"Host": "api.example"}
    assert await ask(client, "GET", "/x", headers=host) == readable(ACEH="outer")
    assert await ask(client, "GET", "/x") == bare(404)
    sent = {**host, "Origin": A, "Access-Control-Request-Method": "PUT"}
    assert await ask(client, "OPTIONS", "/x", None, sent) == granted("PUT", ACMA="1")


@pytest.mark.parametrize("excluded", [True, False])
async def test_what_a_config_covers_is_what_it_decides_on(
    aiohttp_client: MakeClient, excluded: bool
) -> None:
    covered: list[dict[str, bool]] = []

    async def tell(request: web.Request) -> web.Response:
        covered.append({name: cors.covers(request) for name, cors in configs.items()})
        return web.Response()

    app, part, other = web.Application(), web.Application(), web.Application()
    configs = {
        "outer": setup(app, defaults=OUTER, everywhere=True),
        "inner": setup(part, defaults=INNER),
        "other": setup(other, defaults=INNER, everywhere=True),
    }
    app.router.add_get("/", tell)
    configs["inner"].add(part.router.add_get("/x", tell))
    app.add_subapp("/part", part)
    if excluded:
        configs["outer"].exclude(part)
    client = await aiohttp_client(app)
    for path in ("/", "/part/x"):
        await ask(client, "GET", path)
    assert covered == [
        {"outer": True, "inner": False, "other": False},
        {"outer": False, "inner": True, "other": False},
    ]


async def test_what_the_outer_config_was_told_of_an_inner_route_decides_who_may_send(
    aiohttp_client: MakeClient,
) -> None:
    allowed: list[bool] = []

    async def tell(request: web.Request) -> web.Response:
        allowed.append(await outer.is_origin_allowed(request))
        return web.Response()

    app, part = web.Application(), web.Application()
    outer = setup(app, defaults=OUTER, protect=True)
    setup(part, defaults=INNER).add(part.router.add_get("/other", answer))
    outer.add(part.router.add_post("/x", tell))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert (await ask(client, "POST", "/part/x", A)).status == 200
    assert (await ask(client, "POST", "/part/x", B)).status == 403
    assert allowed == [True]


async def test_a_config_that_no_setup_made_decides_beside_another(
    aiohttp_client: MakeClient,
) -> None:
    app, part = web.Application(), web.Application()
    CorsConfig(app, defaults=OUTER).add(app.router.add_put("/x", answer))
    setup(part, defaults=INNER).add(part.router.add_put("/x", answer))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert (await preflight(client, "/x", "PUT", A)).status == 200
    assert (await preflight(client, "/part/x", "PUT", B)).status == 200
