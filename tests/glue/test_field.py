"""What users of such libraries met in the field, with all that is of the same kind."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import (
    APP_CONFIG_KEY,
    CorsConfig,
    CorsViewMixin,
    CorsWarning,
    ResourceOptions,
    custom_cors,
    setup,
)

from .asking import (
    REFUSED,
    A,
    B,
    Client,
    MakeClient,
    RawAnswer,
    agrees,
    answer,
    ask,
    ask_raw,
    bare,
    granted,
    preflight,
    readable,
    reason,
    refused,
    unreadable,
)

C = "https://c.example"
PLAIN = ResourceOptions()
OF_A = {A: PLAIN}
OF_B = {B: PLAIN}
OF_ALL: dict[Any, ResourceOptions] = {"*": ResourceOptions(allow_credentials=True)}
MODES = [{}, {"preflight_first": True}, {"everywhere": True}]
FIRST = [{"preflight_first": True}, {"everywhere": True}]
OPAQUE = ["null", "file://", "*", "garbage", A + "/", A + ":443", "HTTPS://A.EXAMPLE", "https://"]

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


class Editor(View):
    async def put(self) -> web.Response:
        return await answer(self.request)

    async def delete(self) -> web.Response:
        return await answer(self.request)


def one_of_each(folder: Path, defaults: Any, **mode: Any) -> web.Application:
    """An application with each kind of resource, all of them under CORS."""
    (folder / "file.txt").write_text("file")
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=defaults, **mode)
    cors.add(app.router.add_get("/function", answer))
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_static("/files", folder))
    cors.add(app.router.add_get("/of/{name}", answer))
    cors.add(app.router.add_resource("/resource")).add_route("GET", answer)
    cors.add(part.router.add_get("/x", answer))
    app.add_subapp("/part", part)
    return app


PATHS = ["/function", "/view", "/files/file.txt", "/of/x", "/part/x"]


# ---------------------------------------------------------------------------------------------
# Adding again
# ---------------------------------------------------------------------------------------------


def added_function(app: web.Application, folder: Path) -> Any:
    return app.router.add_get("/", answer)


def added_head(app: web.Application, folder: Path) -> Any:
    return app.router.add_head("/", answer)


def added_resource(app: web.Application, folder: Path) -> Any:
    return app.router.add_get("/", answer).resource


def added_view(app: web.Application, folder: Path) -> Any:
    return app.router.add_view("/", View)


def added_files(app: web.Application, folder: Path) -> Any:
    return app.router.add_static("/files", folder)


def added_in_part(app: web.Application, folder: Path) -> Any:
    part = web.Application()
    route = part.router.add_get("/", answer)
    app.add_subapp("/part", part)
    return route


ENTITIES = [added_function, added_head, added_resource, added_view, added_files, added_in_part]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", ENTITIES)
@pytest.mark.parametrize("times", [1, 2, 3, 10])
def test_another_config_is_a_value_error_after_however_many_equal_ones(
    tmp_path: Path, make: Callable[..., Any], times: int, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, **mode)
    entity, other = make(app, tmp_path), app.router.add_get("/other", answer)
    for number in range(times):
        keys = (A, B) if number % 2 == 0 else (B, A)
        assert cors.add(entity, dict.fromkeys(keys, PLAIN)) is entity
        cors.add(other, {C: PLAIN})
    another: Any
    for another in [{C: PLAIN}, OF_A, {}, None, {A: PLAIN, B: ResourceOptions(max_age=1)}]:
        with pytest.raises(ValueError, match="added already, with another config"):
            cors.add(entity, another)
        cors.add(entity, {B: {}, A: ResourceOptions()})


async def test_a_config_that_came_too_late_changes_nothing(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app)
    route = app.router.add_get("/", answer)
    cors.add(route, {A: PLAIN, B: PLAIN})
    cors.add(route, {B: PLAIN, A: PLAIN})
    with pytest.raises(ValueError, match="added already"):
        cors.add(route, {C: PLAIN})
    client = await aiohttp_client(app)
    assert [await agrees(client, "/", "GET", origin) for origin in (A, B, C)] == [True, True, False]


async def test_head_may_be_for_others_than_get(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/", answer, allow_head=False), OF_A)
    cors.add(app.router.add_head("/", answer), OF_B)
    client = await aiohttp_client(app)
    for method, origin, other in [("GET", A, B), ("HEAD", B, A)]:
        assert await agrees(client, "/", method, origin)
        assert not await agrees(client, "/", method, other)


@pytest.mark.parametrize("mode", MODES)
async def test_head_that_was_not_added_goes_with_get(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, **mode)
    cors.add(app.router.add_get("/twins", answer), OF_A)
    cors.add(app.router.add_get("/get-alone", answer, allow_head=False), OF_A)
    client = await aiohttp_client(app)
    for path in ("/twins", "/get-alone"):
        assert await preflight(client, path, "HEAD") == granted("HEAD")
        assert await preflight(client, path, "HEAD", B) == refused()


# ---------------------------------------------------------------------------------------------
# What a browser keeps
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("put", "delete", "is_equal"),
    [
        ({"max_age": 86400}, {"max_age": 0}, False),
        ({"max_age": 86400}, {}, False),
        ({"max_age": 5}, {"max_age": 5}, True),
        ({}, {"allow_headers": ["x-a"]}, False),
        ({"allow_headers": "*"}, {"allow_headers": ["x-a"]}, False),
        ({"allow_headers": ["X-A"]}, {"allow_headers": ["x-a"]}, True),
        ({}, {"allow_credentials": True}, False),
        ({"expose_headers": ["x"]}, {}, False),
        ({}, {}, True),
    ],
)
async def test_a_preflight_lists_no_method_with_other_options(
    aiohttp_client: MakeClient, put: Any, delete: Any, is_equal: bool, mode: dict[str, bool]
) -> None:
    by_method = {"PUT": ResourceOptions(**put), "DELETE": ResourceOptions(**delete)}

    class Custom(Editor):
        @custom_cors({A: by_method["PUT"]})
        async def put(self) -> web.Response:
            return await answer(self.request)

        @custom_cors({A: by_method["DELETE"]})
        async def delete(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, **mode)
    cors.add(app.router.add_view("/view", Custom))
    resource = app.router.add_resource("/functions")
    for method, options in by_method.items():
        cors.add(resource.add_route(method, answer), {A: options})
        cors.add(app.router.add_route(method, "/apart", answer, name=method), {A: options})
    client = await aiohttp_client(app)
    for path in ("/view", "/functions", "/apart"):
        for method, other in [("PUT", "DELETE"), ("DELETE", "PUT")]:
            options = by_method[method]
            listed = f"{method},{other}" if is_equal else method
            more = {} if options.max_age is None else {"ACMA": str(options.max_age)}
            more |= {"ACAC": "true"} if options.allow_credentials else {}
            assert await preflight(client, path, method) == granted(listed, **more)


# ---------------------------------------------------------------------------------------------
# Origins that name no site
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("origin", OPAQUE)
async def test_what_names_no_site_reads_what_everybody_may(
    aiohttp_client: MakeClient, tmp_path: Path, origin: str, mode: dict[str, bool]
) -> None:
    client = await aiohttp_client(one_of_each(tmp_path, OF_ALL, **mode))
    for path in PATHS:
        assert await ask(client, "GET", path, origin) == readable(origin="*")
        assert await ask(client, "GET", path) == readable(ACAC="true")
        assert await preflight(client, path, "GET", origin) == granted(origin="*")
        assert await preflight(client, path, "GET") == granted(ACAC="true")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("origin", OPAQUE)
async def test_the_closest_wildcard_decides_for_what_names_no_site(
    aiohttp_client: MakeClient, origin: str, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={"*": ResourceOptions(max_age=1, expose_headers=["below"])}, **mode)
    closest = ResourceOptions(max_age=2, expose_headers="*", allow_credentials=True)
    cors.add(app.router.add_get("/", answer), {"*": closest})
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/", origin) == readable(origin="*", ACEH="*")
    assert await preflight(client, "/", "GET", origin) == granted(origin="*", ACMA="2")


def says_yes(origin: str, request: web.Request) -> bool:
    return True


def says_no(origin: str, request: web.Request) -> bool:
    return False


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("file://", {"file://"}),
        ("null", {"null"}),
        (re.compile("file://|https://a.*"), {"file://"}),
        (re.compile("null"), {"null"}),
        (re.compile("(?s).*"), {"file://", "null"}),
        (says_yes, {"file://", "null"}),
        (says_no, set()),
        ("https://*.example", set()),
        (A, set()),
    ],
)
async def test_null_and_file_are_named_by_keys_and_nothing_else_is(
    aiohttp_client: MakeClient, tmp_path: Path, key: Any, named: set[str], mode: dict[str, bool]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", aiohttp_cors.CorsConfigWarning)
        app = one_of_each(tmp_path, {key: ResourceOptions(allow_credentials=True)}, **mode)
    client = await aiohttp_client(app)
    for origin in OPAQUE:
        yes = origin in named
        for path in PATHS:
            sent = readable(origin=origin, ACAC="true") if yes else unreadable()
            told = granted(origin=origin, ACAC="true") if yes else refused()
            assert await ask(client, "GET", path, origin) == sent
            assert await preflight(client, path, "GET", origin) == told


@pytest.mark.parametrize("options", [{}, {"allow_credentials": True}])
def test_a_key_for_pages_of_files_is_no_mistake(options: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", CorsWarning)
        setup(web.Application(), defaults={"file://": ResourceOptions(**options)})


TWO_LINES = [(A, B), (A, A), (A, "null"), ("null", A), ("null", "null"), (A, "")]


async def ask_with_lines(client: Client, head: str, lines: tuple[str, ...]) -> RawAnswer:
    origins = "".join(f"Origin: {line}\r\n" for line in lines)
    return await ask_raw(client, f"{head} HTTP/1.1\r\nHost: x\r\n{origins}\r\n".encode())


@pytest.mark.parametrize("lines", TWO_LINES)
@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({A: PLAIN, B: PLAIN, "null": PLAIN}, None),
        ({re.compile("(?s).*"): PLAIN}, None),
        ({says_yes: PLAIN}, None),
        ({A: ResourceOptions(allow_credentials=True), **OF_ALL}, "*"),
        ({"*": PLAIN}, "*"),
    ],
)
async def test_two_origin_lines_are_granted_what_everybody_is(
    aiohttp_client: MakeClient, tmp_path: Path, config: Any, allowed: str | None, lines: Any
) -> None:
    client = await aiohttp_client(one_of_each(tmp_path, config))
    for path in PATHS:
        asked = f"OPTIONS {path}"
        method = "\r\nAccess-Control-Request-Method: GET"
        for got, status in [
            (await ask_with_lines(client, f"GET {path}", lines), 200),
            (
                await ask_raw(
                    client,
                    f"{asked} HTTP/1.1\r\nHost: x{method}\r\n"
                    f"Origin: {lines[0]}\r\nOrigin: {lines[1]}\r\n\r\n".encode(),
                ),
                200 if allowed else 403,
            ),
        ]:
            if got.status == 400:  # aiohttp's own, in some releases
                continue
            assert (got.status, got.cors.get("ACAO")) == (status, allowed)
            assert "ACAC" not in got.cors


# ---------------------------------------------------------------------------------------------
# Work and memory, counted
# ---------------------------------------------------------------------------------------------

LIBRARY = str(Path(aiohttp_cors.__file__).parent)


@contextmanager
def work_of_library() -> Iterator[list[str]]:
    """The names of all calls in the library's files meanwhile, and of the router's own look-ups."""
    calls: list[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "c_call" and code.co_filename.startswith(LIBRARY):
            calls.append(argument.__qualname__)
        elif event == "call" and (
            code.co_filename.startswith(LIBRARY) or code is web.UrlDispatcher.resolve.__code__
        ):
            calls.append(code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


async def work_of(request: Awaitable[Any]) -> list[str]:
    with work_of_library() as calls:
        await request
    return calls


def many(number: int, path: str, **mode: Any) -> web.Application:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    for i in range(number):
        resource = app.router.add_resource(path.format(i))
        for method in ("GET", "PUT"):
            cors.add(resource.add_route(method, answer))
    return app


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["/dyn{0}/{{id}}", "/plain{0}", "/api/{{tenant}}/r{0}/{{id}}"])
async def test_a_first_preflight_costs_the_same_among_50_and_among_2000_resources(
    aiohttp_client: MakeClient, path: str, mode: dict[str, bool]
) -> None:
    counts = []
    for number in (50, 2000):
        client = await aiohttp_client(many(number, path, **mode))
        first, last = (
            path.format(i).replace("{id}", "1").replace("{tenant}", "t") for i in (0, number - 1)
        )
        assert (await preflight(client, first, "PUT")).status == 200  # the router is looked at once
        counts.append(await work_of(preflight(client, last, "PUT")))
    assert counts[0] == counts[1]
    assert counts[0].count("resolve") <= 5


@pytest.mark.parametrize("path", ["/dyn{0}/{{id}}", "/plain{0}", "/api/{{tenant}}/r{0}/{{id}}"])
async def test_the_first_look_at_the_router_is_work_for_each_resource_once(
    aiohttp_client: MakeClient, path: str
) -> None:
    counts = []
    for number in (500, 2000):
        client = await aiohttp_client(many(number, path))
        first = path.format(0).replace("{id}", "1").replace("{tenant}", "t")
        counts.append(len(await work_of(preflight(client, first, "PUT"))))
    assert counts[1] < 4.5 * counts[0]


def of_many_origins(number: int, **mode: Any) -> web.Application:
    app = web.Application()
    defaults = {f"https://{i}.example": PLAIN for i in range(number)}
    cors = setup(app, defaults=defaults | OF_A, **(mode or {"preflight_first": True}))
    cors.add(app.router.add_route("*", "/function", answer))
    cors.add(app.router.add_view("/view", Editor))
    cors.add(app.router.add_resource("/resource"), {A: ResourceOptions(allow_methods="*")})
    return app


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("method", ["GET", "PUT", "PROPFIND", "REPORT", "M-SEARCH", "FOO"])
@pytest.mark.parametrize("path", ["/function", "/view", "/resource"])
async def test_a_method_costs_the_same_with_1_and_with_10000_origins(
    aiohttp_client: MakeClient, path: str, method: str, mode: dict[str, bool]
) -> None:
    counts = []
    for number in (1, 10_000):
        client = await aiohttp_client(of_many_origins(number, **mode))
        for asked in (method, "GET"):
            await ask(client, asked, path)
        counts.append(await work_of(ask(client, method, path)))
        counts.append(await work_of(preflight(client, path, method)))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize("mode", FIRST)
async def test_an_unusual_method_of_a_function_for_all_costs_about_what_get_does(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    client = await aiohttp_client(of_many_origins(10_000, **mode))
    work = {}
    for method in ("GET", "PROPFIND"):
        for _ in range(2):
            work[method] = len(await work_of(ask(client, method, "/function")))
    # It is asked anew each time: what clients choose is never kept.
    assert work["PROPFIND"] < work["GET"] + 60


class RouteForEach(web.PlainResource):
    """Makes a route for each request, as some routers on top of aiohttp's do."""

    handler: Any = staticmethod(answer)

    async def resolve(self, request: web.Request) -> Any:
        route = web.ResourceRoute(request.method, self.handler, self)
        return web.UrlMappingMatchInfo({}, route), {request.method}


class ViewForEach(RouteForEach):
    handler = View


def remembered(cors: CorsConfig) -> int:
    """How many things the one memory holds."""
    kept = vars(cors.registry.memory).values()
    return sum(len(table) for table in kept if isinstance(table, dict))


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize(
    ("kind", "mode", "requests"),
    [
        (RouteForEach, {}, 2000),
        *[(kind, mode, 80) for kind in (RouteForEach, ViewForEach) for mode in MODES],
    ],
)
async def test_routes_that_a_resource_makes_per_request_are_not_kept(
    aiohttp_client: MakeClient, kind: Any, mode: dict[str, bool], requests: int, *, within: bool
) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    resource = kind("/x")
    (part if within else app).router.register_resource(resource)
    if within:
        app.add_subapp("/part", part)
    cors.add(resource)
    client = await aiohttp_client(app)
    path = "/part/x" if within else "/x"

    async def all_kinds() -> None:
        for method in ("GET", "POST", "PUT", "PROPFIND"):
            await ask(client, method, path)
            await preflight(client, path, method)

    await all_kinds()
    before = remembered(cors)
    for _ in range(requests // 8):
        await all_kinds()
    assert remembered(cors) == before


@pytest.mark.parametrize("mode", MODES)
async def test_what_clients_choose_is_not_kept(
    aiohttp_client: MakeClient, tmp_path: Path, mode: dict[str, bool]
) -> None:
    app = one_of_each(tmp_path, OF_A, **mode)
    app.router.add_route("*", "/every", answer)
    cors = app[APP_CONFIG_KEY]
    client = await aiohttp_client(app)

    async def made_up(name: str) -> None:
        for path in (*PATHS, "/every", f"/of/{name}", f"/unknown/{name}"):
            await ask(client, name, path, f"https://{name.lower()}.example")
            await preflight(client, path, name, f"https://{name.lower()}.example", f"x-{name}")
            await preflight(client, path, "GET", A, f"x-{name}")
            await ask(client, "GET", path)

    await made_up("FIRST")
    before = remembered(cors)
    for number in range(10):
        await made_up(f"NO{number}")
    assert remembered(cors) == before


# ---------------------------------------------------------------------------------------------
# Everywhere, and handlers of the application's own
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/get", "/view", "/files/file.txt", "/part/x", "/of/x"])
async def test_a_page_reads_the_405_of_a_method_that_has_no_route(
    aiohttp_client: MakeClient, tmp_path: Path, path: str
) -> None:
    (tmp_path / "file.txt").write_text("file")
    app, part = web.Application(), web.Application()
    options = ResourceOptions(allow_headers=["x-a"], expose_headers=["Allow"])
    setup(app, defaults={A: options}, everywhere=True)
    app.router.add_get("/get", answer)
    app.router.add_view("/view", View)
    app.router.add_static("/files", tmp_path)
    app.router.add_get("/of/{name}", answer)
    part.router.add_get("/x", answer)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert await preflight(client, path, "PUT", A, "x-a") == granted("PUT", ACAH="X-A")
    assert await preflight(client, path, "PUT", A, "x-b") == refused()
    assert await preflight(client, path, "PUT", B, "x-a") == refused()
    assert await ask(client, "PUT", path) == readable(405, ACEH="Allow")
    async with client.put(path, headers={"Origin": A, "x-a": "1"}) as response:
        assert "GET" in response.headers["Allow"].split(",")


async def of_others(request: web.Request) -> web.Response:
    return web.Response(status=299)


def with_catch_all(method: str, mode: dict[str, bool], *, late: bool) -> web.Application:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    if not late:
        app.router.add_route(method, "/{tail:.*}", of_others)
    for path in ("/function", "/of/{name}"):
        cors.add(app.router.add_put(path, answer))
    cors.add(app.router.add_view("/view", Editor))
    cors.add(part.router.add_put("/x", answer))
    app.add_subapp("/part", part)
    if late:
        app.router.add_route(method, "/{tail:.*}", of_others)
    return app


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("late", [False, True])
async def test_a_catch_all_gets_no_preflight_of_a_route_under_cors(
    aiohttp_client: MakeClient, mode: dict[str, bool], *, late: bool
) -> None:
    client = await aiohttp_client(with_catch_all("OPTIONS", mode, late=late))
    for path in ("/function", "/of/x", "/view", "/part/x"):
        further = "PUT,DELETE" if path == "/view" else "PUT"
        assert await preflight(client, path, "PUT") == granted(further)
        assert await preflight(client, path, "PUT", B) == refused()


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("late", [False, True])
async def test_a_catch_all_keeps_its_own_requests(
    aiohttp_client: MakeClient, mode: dict[str, bool], *, late: bool
) -> None:
    client = await aiohttp_client(with_catch_all("OPTIONS", mode, late=late))
    assert (await ask(client, "OPTIONS", "/nothing-else", None)).status == 299
    everywhere = mode == {"everywhere": True}
    # Everywhere, the 404 that would follow is the library's business, and else nobody's.
    told = granted("PUT") if everywhere else bare(299)
    assert await preflight(client, "/nothing-else", "PUT") == told


@pytest.mark.parametrize("mode", FIRST)
async def test_an_excluded_options_route_keeps_what_would_reach_nothing_else(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    cors.exclude(app.router.add_route("OPTIONS", "/out", of_others))
    cors.exclude(app.router.add_route("OPTIONS", "/{tail:.*}", of_others).resource)
    cors.add(app.router.add_put("/x", answer))
    client = await aiohttp_client(app)
    for path in ("/out", "/nothing-else"):
        assert await ask(client, "OPTIONS", path) == bare(299)
        assert await preflight(client, path, "PUT") == bare(299)


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("order", ["before", "behind"])
async def test_an_options_route_that_was_added_gets_what_is_no_preflight(
    aiohttp_client: MakeClient, mode: dict[str, bool], order: str
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    resource = app.router.add_resource("/x")
    routes = [resource.add_route(method, of_others) for method in ("OPTIONS", "GET", "PUT")]
    for route in routes if order == "before" else reversed(routes):
        cors.add(route)
    client = await aiohttp_client(app)
    for method, listed in [("GET", "GET"), ("PUT", "PUT,OPTIONS"), ("OPTIONS", "OPTIONS,PUT")]:
        assert await preflight(client, "/x", method) == granted(listed)
        assert await preflight(client, "/x", method, B) == refused()
    assert await ask(client, "OPTIONS", "/x") == readable(299)
    assert await ask(client, "OPTIONS", "/x", B) == unreadable(299)
    assert await ask(client, "OPTIONS", "/x", None) == unreadable(299)
    method_alone = {"Access-Control-Request-Method": "GET"}
    assert await ask(client, "OPTIONS", "/x", None, method_alone) == unreadable(299)


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("added", [False, True])
async def test_an_options_route_that_was_not_added_keeps_all(
    aiohttp_client: MakeClient, mode: dict[str, bool], *, added: bool
) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    resource = app.router.add_resource("/x")
    get = resource.add_route("GET", answer)
    resource.add_route("OPTIONS", of_others)
    if added:
        cors.add(get)
    client = await aiohttp_client(app)
    assert (await preflight(client, "/x", "GET")).status == 299
    assert (await ask(client, "OPTIONS", "/x")).status == 299


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("base", [web.View, View])
async def test_a_view_with_options_of_its_own_keeps_all(
    aiohttp_client: MakeClient, base: Any, mode: dict[str, bool]
) -> None:
    class Discovery(base):  # type: ignore[misc]
        async def get(self) -> web.Response:
            return await answer(self.request)

        async def options(self) -> web.Response:
            return await of_others(self.request)

    app = web.Application()
    cors = setup(app, defaults=OF_A, **mode)
    cors.add(app.router.add_view("/view", Discovery))
    client = await aiohttp_client(app)
    for origin in (A, B):
        assert (await preflight(client, "/view", "GET", origin)).status == 299
        assert (await ask(client, "OPTIONS", "/view", origin)).status == 299
    assert await ask(client, "GET", "/view") == readable()


# ---------------------------------------------------------------------------------------------
# Shared paths, and what was not added
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}])
@pytest.mark.parametrize("second", ["/x", "/{any}"])
async def test_nobody_speaks_for_a_resource_of_which_nothing_was_added(
    aiohttp_client: MakeClient, second: str, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")}, **mode)
    cors.add(app.router.add_get("/x", answer, name="first"))
    other = app.router.add_resource(second, name="second")
    cors.exclude(other.add_route("PUT", answer))
    other.add_route("POST", answer)
    client = await aiohttp_client(app)
    assert await preflight(client, "/x", "POST") == refused()
    assert await preflight(client, "/x", "PUT") == refused()
    for method in ("POST", "PUT"):
        assert await ask(client, method, "/x") == bare()
    assert await preflight(client, "/x", "GET") == granted()
    # No route serves it: the first resource has it by `allow_methods`.
    assert await preflight(client, "/x", "DELETE") == granted("DELETE")


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}])
@pytest.mark.parametrize("kind", ["function", "view", "bare view", "files", "part"])
async def test_defaults_put_nothing_under_cors(
    aiohttp_client: MakeClient, tmp_path: Path, kind: str, mode: dict[str, bool]
) -> None:
    (tmp_path / "file.txt").write_text("file")
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_methods="*")}, **mode)
    cors.add(app.router.add_get("/added", answer))
    path = "/x"
    if kind == "function":
        app.router.add_get("/x", answer)
    elif kind in ("view", "bare view"):
        app.router.add_view("/x", View if kind == "view" else web.View)
    elif kind == "files":
        app.router.add_static("/files", tmp_path)
        path = "/files/file.txt"
    else:
        part.router.add_get("/x", answer)
        app.add_subapp("/part", part)
        path = "/part/x"
    client = await aiohttp_client(app)
    for method in ("GET", "POST", "PUT"):
        for origin in (A, REFUSED, None):
            assert (await ask(client, method, path, origin)).cors == {}
        told = await preflight(client, path, method)
        assert (told.status, told.cors) == (405, {})
    assert await preflight(client, "/added", "PUT") == granted("PUT")


@pytest.mark.parametrize(
    ("defaults", "origin"),
    [
        ({A: ResourceOptions(allow_methods=[])}, A),
        ({A: PLAIN, B: ResourceOptions(allow_methods=[])}, B),
        ({"*": ResourceOptions(allow_methods=[])}, A),
        ({"*": ResourceOptions(allow_methods=[], allow_credentials=True)}, "null"),
        ({A: ResourceOptions(allow_methods=[]), "*": PLAIN}, A),
        ({A: ResourceOptions(allow_methods=[]), "https://*.example": PLAIN}, A),
    ],
)
async def test_an_empty_list_of_methods_is_none_everywhere(
    aiohttp_client: MakeClient, tmp_path: Path, defaults: Any, origin: str
) -> None:
    client = await aiohttp_client(one_of_each(tmp_path, defaults, everywhere=True))
    for path in (*PATHS, "/unknown"):
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "FOO"):
            told = await reason(client, path, method, origin)
            assert f"request method '{method}' is not allowed for '{origin}' origin" in told
        for method in ("GET", "PUT"):
            sent = await ask(client, method, path, origin)
            assert sent.cors in ({}, {"Vary": "Origin"})


# ---------------------------------------------------------------------------------------------
# What programs ask of the library
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize(
    ("origin", "method", "expected"),
    [
        (A, "GET", True),
        (A, "PUT", False),
        (A, "HEAD", True),
        (B, "GET", False),
        (B, "PUT", True),
        (REFUSED, "GET", False),
        ("null", "GET", False),
        ("http://server.example", "DELETE", True),
        (None, "GET", True),
    ],
)
async def test_a_preflight_is_allowed_where_what_it_asks_about_is(
    aiohttp_client: MakeClient, mode: dict[str, bool], origin: Any, method: str, expected: bool
) -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.json_response(await cors.is_origin_allowed(request))

    class Own(web.View):
        get = put = answer  # type: ignore[assignment]

        async def options(self) -> web.Response:
            return await tell(self.request)

    app = web.Application()
    cors = setup(app, **mode)
    resource = app.router.add_resource("/own")
    resource.add_route("OPTIONS", tell)
    cors.add(resource.add_route("GET", answer), OF_A)
    cors.add(resource.add_route("PUT", answer), OF_B)
    client = await aiohttp_client(app)
    headers = {"Host": "server.example", "Access-Control-Request-Method": method}
    if origin is not None:
        headers["Origin"] = origin
    async with client.options("/own", headers=headers) as response:
        assert await response.json() is expected


def test_the_adapter_is_where_tests_of_programs_look_for_it() -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    added = cors.add(app.router.add_get("/added", answer))
    other = app.router.add_get("/other", answer)
    adapter = cors._cors_impl._router_adapter
    assert isinstance(adapter, aiohttp_cors.abc.AbstractRouterAdapter)
    for route, expected in [(added, True), (other, False)]:
        assert adapter.is_cors_for_resource(route.resource) is expected
        request = mock.MagicMock()
        request.match_info = web.UrlMappingMatchInfo({}, route)
        assert adapter.is_cors_enabled_on_request(request) is expected


@pytest.mark.parametrize("stand_in", [mock.MagicMock, lambda: mock.MagicMock(spec=web.Application)])
@pytest.mark.parametrize("mode", [*MODES, {"protect": True}, {"debug": True}])
def test_setup_takes_a_stand_in_for_the_application(stand_in: Any, mode: dict[str, bool]) -> None:
    app = stand_in()
    cors = setup(app, defaults=OF_A, **mode)
    assert isinstance(cors, CorsConfig)
    assert cors.defaults == OF_A
    app.__setitem__.assert_called_once_with(APP_CONFIG_KEY, cors)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 500])
async def test_a_middleware_that_refuses_browsers_is_told_of_once(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    @web.middleware
    async def refuse_browsers(request: web.Request, handler: Any) -> web.StreamResponse:
        return (
            web.Response(status=status) if "Origin" in request.headers else await handler(request)
        )

    app = web.Application(middlewares=[refuse_browsers])
    cors = setup(app, defaults=OF_A)
    for number in range(50):
        cors.add(app.router.add_get(f"/{number}", answer))
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)
    for path in (*map("/{}".format, range(50)), "/view"):
        assert await preflight(client, path, "GET") == bare(status)
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    for part in (
        "'/0'",
        str(status),
        "preflight_first=True",
        "that is meant, nothing is to be done",
    ):
        assert part in told
