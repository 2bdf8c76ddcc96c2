"""`inherit=False`: a route may be for fewer origins than what is less specific says."""

from __future__ import annotations

import functools
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, custom_cors, setup

from .asking import (
    REFUSED,
    A,
    B,
    Client,
    MakeClient,
    agrees,
    answer,
    ask,
    granted,
    preflight,
    readable,
    reason,
    refused,
    unreadable,
)

C = "https://c.example"
D = "https://d.example"
ORIGINS = [A, B, C, D, "null", REFUSED]
MODES = [{}, {"preflight_first": True}, {"everywhere": True}]
PLAIN = ResourceOptions()
OWN, CLASS, BELOW, DEFAULTS = {A: PLAIN}, {B: PLAIN}, {C: PLAIN}, {D: PLAIN}


async def allowed(client: Client, path: str, method: str = "GET") -> set[str]:
    """The origins that may; preflights and actual requests say the same."""
    return {origin for origin in ORIGINS if await agrees(client, path, method, origin)}


@custom_cors(OWN, inherit=False)
async def alone(request: web.Request) -> web.Response:
    return await answer(request)


@custom_cors(OWN)
async def beside(request: web.Request) -> web.Response:
    return await answer(request)


class View(web.View, CorsViewMixin):
    cors_config = CLASS

    async def get(self) -> web.Response:
        return await answer(self.request)

    @custom_cors(OWN, inherit=False)
    async def put(self) -> web.Response:
        return await answer(self.request)

    @custom_cors(OWN)
    async def delete(self) -> web.Response:
        return await answer(self.request)

    @custom_cors({}, inherit=False)
    async def patch(self) -> web.Response:
        return await answer(self.request)


# ---------------------------------------------------------------------------------------------
# Which layers are left
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("by_route", [True, False])
@pytest.mark.parametrize("by_resource", [True, False])
@pytest.mark.parametrize(
    ("handler", "ends", "own"), [(answer, False, set()), (beside, False, {A}), (alone, True, {A})]
)
async def test_what_does_not_inherit_ends_the_layers_of_a_function(
    aiohttp_client: MakeClient,
    handler: Any,
    own: set[str],
    mode: dict[str, bool],
    *,
    ends: bool,
    by_route: bool,
    by_resource: bool,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, **mode)
    route = app.router.add_get("/", handler)
    cors.add(route, CLASS, inherit=by_route)
    cors.add(route.resource, BELOW, inherit=by_resource)  # type: ignore[type-var]
    client = await aiohttp_client(app)
    expected = set(own)
    for ended, layer in [(ends, {B}), (not by_route, {C}), (not by_resource, {D})]:
        if ended:
            break
        expected |= layer
    assert await allowed(client, "/") == expected
    assert await allowed(client, "/", "HEAD") == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("inherit", [True, False])
async def test_what_does_not_inherit_ends_the_layers_of_a_method_of_a_view(
    aiohttp_client: MakeClient, mode: dict[str, bool], *, inherit: bool
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, **mode)
    cors.add(app.router.add_view("/", View), BELOW, inherit=inherit)
    client = await aiohttp_client(app)
    rest = {B, C, D} if inherit else {B, C}
    assert await allowed(client, "/", "GET") == rest
    assert await allowed(client, "/", "HEAD") == rest
    assert await allowed(client, "/", "PUT") == {A}
    assert await allowed(client, "/", "DELETE") == {A} | rest
    assert await allowed(client, "/", "PATCH") == set()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("config", [OWN, {}, None])
@pytest.mark.parametrize(
    "kind", ["function", "view", "files", "sub-application", "resource", "part of a path"]
)
async def test_each_kind_of_entity_may_be_for_fewer_origins(
    aiohttp_client: MakeClient, tmp_path: Path, kind: str, config: Any, mode: dict[str, bool]
) -> None:
    class Plain(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

    (tmp_path / "x").write_text("x")
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=DEFAULTS, **mode)
    part_route = part.router.add_get("/x", answer)
    resource = app.router.add_resource("/resource")
    entities: dict[str, tuple[Any, str]] = {
        "function": (app.router.add_get("/function", answer), "/function"),
        "view": (app.router.add_view("/view", Plain), "/view"),
        "files": (app.router.add_static("/files", tmp_path), "/files/x"),
        "sub-application": (part_route, "/part/x"),
        "resource": (resource, "/resource"),
        "part of a path": (app.router.add_get("/of/{name}", answer), "/of/x"),
    }
    cors.add(resource.add_route("GET", answer))
    app.add_subapp("/part", part)
    for name, (entity, _) in entities.items():
        cors.add(entity, config if name == kind else None, inherit=name != kind)
    client = await aiohttp_client(app)
    for name, (_, path) in entities.items():
        expected = {D} if name != kind else {A} if config else set()
        assert (name, await allowed(client, path)) == (name, expected)


async def test_where_nobody_is_left_the_reason_says_so(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/", answer), {}, inherit=False)
    client = await aiohttp_client(app)
    assert (await reason(client, "/", "GET", D)).endswith("no origins are allowed")
    assert await ask(client, "GET", "/", D) == unreadable()


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}])
@pytest.mark.parametrize("config", [{}, OWN])
async def test_a_method_that_only_the_defaults_name_is_not_enabled(
    aiohttp_client: MakeClient, config: Any, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={D: ResourceOptions(allow_methods="*")}, **mode)
    resource = app.router.add_resource("/")
    resource.add_route("PUT", answer)
    cors.add(resource, config, inherit=False)
    client = await aiohttp_client(app)
    for origin in (A, D):
        said = await reason(client, "/", "PUT", origin)
        assert said.endswith(f"request method 'PUT' is not allowed for {origin!r} origin")
        assert await ask(client, "PUT", "/", origin) == (200, {})


@pytest.mark.parametrize("mode", MODES)
async def test_other_routes_of_the_resource_inherit_as_before(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, **mode)
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("PUT", answer), OWN, inherit=False)
    cors.add(resource.add_route("DELETE", answer), OWN)
    cors.add(resource.add_route("GET", answer))
    client = await aiohttp_client(app)
    assert await allowed(client, "/", "PUT") == {A}
    assert await allowed(client, "/", "DELETE") == {A, D}
    assert await allowed(client, "/", "GET") == {D}
    # What is equal for this origin is told together, wherever it is from.
    assert await preflight(client, "/", "PUT") == granted("PUT,DELETE")
    assert await preflight(client, "/", "DELETE", D) == granted("DELETE", D)


async def test_everywhere_a_method_without_route_is_for_the_defaults(
    aiohttp_client: MakeClient,
) -> None:
    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, everywhere=True)
    cors.add(app.router.add_get("/", answer), OWN, inherit=False)
    client = await aiohttp_client(app)
    assert await allowed(client, "/", "GET") == {A}
    assert await allowed(client, "/", "PUT") == {D}


async def test_everywhere_a_table_of_routes_may_say_it_itself(aiohttp_client: MakeClient) -> None:
    routes = web.RouteTableDef()

    @routes.get("/alone")
    @custom_cors(OWN, inherit=False)
    async def mine(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    setup(app, defaults=DEFAULTS, everywhere=True)
    app.add_routes(routes)
    app.router.add_get("/partial", functools.partial(alone))
    app.router.add_get("/beside", beside)
    client = await aiohttp_client(app)
    assert await allowed(client, "/alone") == {A}
    assert await allowed(client, "/partial") == {A}
    assert await allowed(client, "/beside") == {A, D}


# ---------------------------------------------------------------------------------------------
# Keys of every kind
# ---------------------------------------------------------------------------------------------


def knows_d(origin: str, request: web.Request) -> bool:
    return origin == D


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "below",
    [{D: PLAIN}, {"https://*.example": PLAIN}, {re.compile("https://.*"): PLAIN}, {knows_d: PLAIN}],
)
async def test_no_kind_of_key_is_inherited(
    aiohttp_client: MakeClient, below: Any, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults=below, **mode)
    cors.add(app.router.add_get("/alone", answer), OWN, inherit=False)
    cors.add(app.router.add_get("/beside", answer), OWN)
    client = await aiohttp_client(app)
    assert await allowed(client, "/alone") == {A}
    assert {A, D} <= await allowed(client, "/beside")


@pytest.mark.parametrize("mode", MODES)
async def test_a_public_resource_needs_nothing_of_the_others(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={D: ResourceOptions(allow_credentials=True)}, **mode)
    everybody = {"*": ResourceOptions(expose_headers=["x"])}
    cors.add(app.router.add_get("/alone", answer), everybody, inherit=False)
    cors.add(app.router.add_get("/beside", answer), everybody)
    client = await aiohttp_client(app)
    for origin in (A, D, None):  # a constant policy: no Vary
        assert await ask(client, "GET", "/alone", origin) == (200, {"ACAO": "*", "ACEH": "x"})
    assert await ask(client, "GET", "/beside", D) == readable(origin=D, ACAC="true")


@pytest.mark.parametrize("mode", MODES)
async def test_the_wildcard_of_the_defaults_is_not_inherited(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={"*": PLAIN}, **mode)
    cors.add(app.router.add_get("/", answer), OWN, inherit=False)
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()
    for origin in (B, "null", "garbage"):
        assert await ask(client, "GET", "/", origin) == unreadable()
        assert await preflight(client, "/", "GET", origin) == refused()


async def test_later_defaults_are_not_inherited(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/alone", answer), OWN, inherit=False)
    cors.add(app.router.add_get("/beside", answer), OWN)
    client = await aiohttp_client(app)
    cors.defaults[D] = PLAIN
    assert await allowed(client, "/alone") == {A}
    assert await allowed(client, "/beside") == {A, D}


async def test_who_asks_about_an_origin_is_told_the_same(aiohttp_client: MakeClient) -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.json_response(await cors.is_origin_allowed(request))

    app = web.Application()
    cors = setup(app, defaults=DEFAULTS, protect=True)
    cors.add(app.router.add_get("/", tell), OWN, inherit=False)
    cors.add(app.router.add_post("/", tell), OWN, inherit=False)
    client = await aiohttp_client(app)
    for origin, expected in [(A, True), (D, False)]:
        async with client.get("/", headers={"Origin": origin}) as response:
            assert await response.json() is expected
        async with client.post("/", headers={"Origin": origin}) as response:
            assert response.status == (200 if expected else 403)


async def test_the_compatible_names_tell_the_same(aiohttp_client: MakeClient) -> None:
    found: dict[str, Any] = {}

    class Telling(View):
        @custom_cors(OWN, inherit=False)
        async def put(self) -> web.Response:
            for method in ("GET", "PUT", "DELETE"):
                found[method] = dict(self.get_request_config(self.request, method))
            adapter: Any = cors._cors_impl._router_adapter
            found["actual"] = dict(adapter.get_non_preflight_request_config(self.request))
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_view("/", Telling), BELOW)
    client = await aiohttp_client(app)
    assert (await ask(client, "PUT", "/")).status == 200
    rest = {**CLASS, **BELOW, **DEFAULTS}
    assert found == {"GET": rest, "PUT": OWN, "DELETE": {**OWN, **rest}, "actual": OWN}


def test_custom_cors_leaves_a_function_what_it_is() -> None:
    assert inspect.iscoroutinefunction(alone)
    assert alone.__name__ == "alone"
    assert alone.alone_cors_config == OWN  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        custom_cors(OWN, False)  # type: ignore[misc]


# ---------------------------------------------------------------------------------------------
# Adding again
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [OWN, {}, None])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("what", ["route", "resource", "view", "files"])
def test_another_inherit_is_another_config(
    tmp_path: Path, what: str, config: Any, *, first: bool
) -> None:
    app = web.Application()
    cors: CorsConfig = setup(app)
    route = app.router.add_get("/", answer)
    entity: Any = {
        "route": route,
        "resource": route.resource,
        "view": app.router.add_view("/view", View),
        "files": app.router.add_static("/files", tmp_path),
    }[what]
    for _ in range(3):
        assert cors.add(entity, config, inherit=first) is entity
    for _ in range(2):
        with pytest.raises(ValueError, match="added already"):
            cors.add(entity, config, inherit=not first)
    assert cors.add(entity, dict(config or {}), inherit=first) is entity


# ---------------------------------------------------------------------------------------------
# Predicates that say which options
# ---------------------------------------------------------------------------------------------

OF_KEY = ResourceOptions(allow_headers=["x-key"], expose_headers=["key"], max_age=1)
OF_ANSWER = ResourceOptions(
    allow_headers=["x-answer"], expose_headers=["answer"], max_age=2, allow_credentials=True
)
BY_ANSWER = {"ACAC": "true", "ACEH": "answer"}


class Predicate:
    """Answers as it is told, at once or later."""

    def __init__(self, said: Any, *, later: bool) -> None:
        self.said = said
        self.later = later

    def __call__(self, origin: str, request: web.Request) -> Any:
        return self._later() if self.later else self.said

    async def _later(self) -> Any:
        return self.said


def predicated(predicate: Any, options: ResourceOptions = OF_KEY, **mode: Any) -> web.Application:
    class Editor(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await answer(self.request)

        put = get

    app, part = web.Application(), web.Application()
    cors = setup(app, defaults={predicate: options}, **mode)
    for method in ("GET", "PUT"):
        cors.add(app.router.add_route(method, "/function", answer))
        cors.add(part.router.add_route(method, "/x", answer))
    cors.add(app.router.add_view("/view", Editor))
    app.add_subapp("/part", part)
    return app


PATHS = ["/function", "/view", "/part/x"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("later", [False, True])
async def test_options_of_a_predicate_are_those_of_the_request(
    aiohttp_client: MakeClient, mode: dict[str, bool], *, later: bool
) -> None:
    predicate = Predicate(None, later=later)
    client = await aiohttp_client(predicated(predicate, **mode))
    for path in PATHS:
        for said in (OF_ANSWER, True, False, None, OF_ANSWER):
            predicate.said = said
            for method, listed in [("GET", "GET"), ("PUT", "PUT")]:
                if said is OF_ANSWER:
                    sent = readable(**BY_ANSWER)
                    told = granted(listed, ACAC="true", ACMA="2", ACAH="X-ANSWER")
                elif said is True:
                    sent, told = readable(ACEH="key"), refused()
                else:
                    sent, told = unreadable(), refused()
                assert await ask(client, method, path) == sent
                assert await preflight(client, path, method, A, "x-answer") == told
            by_key = granted(ACMA="1", ACAH="X-KEY") if said is True else refused()
            assert await preflight(client, path, "GET", A, "x-key") == by_key


@pytest.mark.parametrize("mode", MODES)
async def test_each_request_has_its_own_options(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    async def by_tenant(origin: str, request: web.Request) -> ResourceOptions | None:
        if origin == REFUSED:
            return None
        return ResourceOptions(expose_headers=[origin.removeprefix("https://"), request.path[1:]])

    client = await aiohttp_client(predicated(by_tenant, **mode))
    for _ in range(2):
        for origin, name in [(A, "a.example"), (B, "b.example")]:
            expected = readable(origin=origin, ACEH=f"{name},function")
            assert await ask(client, "GET", "/function", origin) == expected
        assert await ask(client, "GET", "/function", REFUSED) == unreadable()


async def test_options_of_a_predicate_limit_methods_everywhere(aiohttp_client: MakeClient) -> None:
    predicate = Predicate(ResourceOptions(allow_methods=["GET"]), later=False)
    key = ResourceOptions(allow_methods="*")
    client = await aiohttp_client(predicated(predicate, key, everywhere=True))
    for path in PATHS:
        assert await agrees(client, path, "GET", A)
        assert not await agrees(client, path, "PUT", A)
    predicate.said = True
    for path in PATHS:
        assert await agrees(client, path, "PUT", A)


async def test_options_of_a_predicate_enable_what_its_key_may(aiohttp_client: MakeClient) -> None:
    predicate = Predicate(None, later=True)
    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    resource.add_route("PUT", answer)
    resource.add_route("DELETE", answer)
    cors.add(resource, {predicate: ResourceOptions(allow_methods="*")})
    client = await aiohttp_client(app)
    for said, methods in [
        (True, {"PUT", "DELETE"}),
        (ResourceOptions(allow_methods=["PUT"]), {"PUT"}),
        (ResourceOptions(), set()),
        (None, set()),
    ]:
        predicate.said = said
        found = {method for method in ("PUT", "DELETE") if await agrees(client, "/", method, A)}
        assert found == methods


async def test_options_of_a_predicate_are_compared_for_further_methods(
    aiohttp_client: MakeClient,
) -> None:
    same, other = Predicate(OF_ANSWER, later=True), Predicate(PLAIN, later=True)
    app = web.Application()
    cors = setup(app)
    resource = app.router.add_resource("/")
    for method, config in [
        ("PUT", {same: PLAIN}),
        ("DELETE", {A: OF_ANSWER}),
        ("PATCH", {other: OF_ANSWER}),
    ]:
        cors.add(resource.add_route(method, answer), config)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT,DELETE", ACAC="true", ACMA="2")
    assert await preflight(client, "/", "DELETE") == granted("DELETE,PUT", ACAC="true", ACMA="2")
    assert await preflight(client, "/", "PATCH") == granted("PATCH")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    "said", ["yes", 1, 0, "", {"allow_credentials": True}, [], (), object(), ResourceOptions, b"1"]
)
async def test_any_other_answer_refuses_and_is_an_error(
    aiohttp_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    said: Any,
    mode: dict[str, bool],
    *,
    later: bool,
) -> None:
    client = await aiohttp_client(predicated(Predicate(said, later=later), **mode))
    for path in PATHS:
        assert await ask(client, "GET", path) == unreadable()
        assert await preflight(client, path, "GET") == refused()
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 6
    assert [record.exc_info is not None for record in errors] == [True, *[False] * 5]
    for record in errors:
        assert "is no answer" in record.getMessage()
