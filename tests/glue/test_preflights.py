"""What preflights are answered, by configuration and question."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import (
    CONSTANT_PREFLIGHT_VARY,
    PREFLIGHT_VARY,
    REFUSED,
    A,
    B,
    MakeClient,
    answer,
    ask,
    granted,
    preflight,
    preflight_request,
    reason,
    refused,
)

BEGIN = "CORS preflight request failed: "
NOT_HTTPS = re.compile("(?!https:).*")


def says_yes(origin: str, request: web.Request) -> bool:
    return True


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        raise NotImplementedError

    async def put(self) -> web.Response:
        raise NotImplementedError


def application(defaults: Any, *, view: bool = False, **options: Any) -> web.Application:
    """GET and PUT of `/`, by functions or by a view."""
    app = web.Application()
    cors = setup(app, defaults=defaults, **options)
    if view:
        cors.add(app.router.add_view("/", View))
    else:
        for method in ("GET", "PUT"):
            cors.add(app.router.add_route(method, "/", answer))
    return app


def serving(view: bool) -> str:
    return "a view" if view else "functions"


both = pytest.mark.parametrize("view", [False, True], ids=serving)


@pytest.mark.parametrize(
    ("options", "asked", "expected"),
    [
        ({}, ("GET", A), granted()),
        ({}, ("PUT", A), granted("PUT")),
        ({}, ("HEAD", A), granted("HEAD")),
        ({}, ("GET", B), refused()),
        ({}, ("POST", A), refused()),
        ({}, ("DELETE", A), refused()),
        ({"max_age": 0}, ("GET", A), granted(ACMA="0")),
        ({"max_age": 600}, ("GET", A), granted(ACMA="600")),
        ({"allow_credentials": True}, ("GET", A), granted(ACAC="true")),
        ({"expose_headers": "*"}, ("GET", A), granted()),
        ({"allow_headers": ["X-A", "x-b"]}, ("GET", A, "x-b,X-a"), granted(ACAH="X-B,X-A")),
        ({"allow_headers": ["X-A", "x-b"]}, ("GET", A, "x-a"), granted(ACAH="X-A")),
        ({"allow_headers": ["X-A", "x-b"]}, ("GET", A), granted()),
        ({"allow_headers": ["X-A"]}, ("GET", A, "x-a,x-c"), refused()),
        ({"allow_headers": ["X-A"]}, ("GET", A, ""), granted()),
        ({"allow_headers": "*"}, ("GET", A, "z,a"), granted(ACAH="Z,A")),
        ({"allow_headers": "*"}, ("GET", A, "authorization"), granted(ACAH="AUTHORIZATION")),
        ({"allow_headers": "*", "max_age": 5}, ("PUT", A, "z"), granted("PUT", ACAH="Z", ACMA="5")),
        ({}, ("GET", A, "content-type"), refused()),
        ({"allow_methods": ["DELETE"]}, ("DELETE", A), granted("DELETE,PUT")),
        ({"allow_methods": "*"}, ("CHICKEN", A), granted("CHICKEN,PUT")),
    ],
)
async def test_preflights_of_functions(
    aiohttp_client: MakeClient, options: dict, asked: tuple, expected: tuple
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions(**options)}))
    method, origin, *names = asked
    assert await preflight(client, "/", method, origin, *names) == expected


@pytest.mark.parametrize(
    ("options", "asked", "expected"),
    [
        ({}, ("GET", A), granted()),
        ({}, ("PUT", A), granted("PUT")),
        ({}, ("HEAD", A), granted("HEAD")),
        ({}, ("GET", B), refused()),
        ({}, ("POST", A), refused()),
        ({"max_age": 0}, ("GET", A), granted(ACMA="0")),
        ({"allow_credentials": True}, ("GET", A), granted(ACAC="true")),
        ({"allow_headers": ["X-A", "x-b"]}, ("GET", A, "x-b,X-a"), granted(ACAH="X-B,X-A")),
        ({"allow_headers": ["X-A"]}, ("GET", A, "x-a,x-c"), refused()),
        ({"allow_headers": "*"}, ("PUT", A, "z,a"), granted("PUT", ACAH="Z,A")),
    ],
)
async def test_preflights_of_a_view(
    aiohttp_client: MakeClient, options: dict, asked: tuple, expected: tuple
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions(**options)}, view=True))
    method, origin, *names = asked
    assert await preflight(client, "/", method, origin, *names) == expected


@both
async def test_a_granted_preflight_has_an_empty_body(
    aiohttp_client: MakeClient, view: bool
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions()}, view=view))
    sent = {"Origin": A, "Access-Control-Request-Method": "GET"}
    async with client.options("/", headers=sent) as response:
        assert response.status == 200
        assert await response.read() == b""


@both
@pytest.mark.parametrize(
    ("defaults", "asked", "text"),
    [
        ({A: ResourceOptions()}, (None, None), "origin header is not specified in the request"),
        ({A: ResourceOptions()}, ("GET", None), "origin header is not specified in the request"),
        (
            {A: ResourceOptions()},
            (None, A),
            "'Access-Control-Request-Method' header is not specified",
        ),
        ({A: ResourceOptions()}, ("GET", REFUSED), f"origin '{REFUSED}' is not allowed"),
        (
            {A: ResourceOptions()},
            ("POST", A),
            f"request method 'POST' is not allowed for '{A}' origin",
        ),
        ({A: ResourceOptions()}, ("GET", A, "test"), "headers are not allowed: TEST"),
        (
            {A: ResourceOptions(allow_headers=["X-B"])},
            ("GET", A, "x-b,test,x-a"),
            "headers are not allowed: TEST, X-A",
        ),
        ({}, ("GET", A), "no origins are allowed"),
    ],
)
async def test_a_refusal_says_why(
    aiohttp_client: MakeClient, defaults: dict, asked: tuple, text: str, view: bool
) -> None:
    client = await aiohttp_client(application(defaults, view=view))
    assert await reason(client, "/", *asked) == BEGIN + text


# ---------------------------------------------------------------------------------------------
# The order of checks: each question is wrong from one point on, in all that follows too
# ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ((" (", None, " ("), "origin header is not specified"),
        ((None, REFUSED, "("), "'Access-Control-Request-Method' header is not specified"),
        (("(", REFUSED, "("), "'Access-Control-Request-Method' header is no method"),
        (("DELETE", REFUSED, "("), "'Access-Control-Request-Headers' header is no list"),
        (("DELETE", REFUSED, "test"), f"request method 'DELETE' is not allowed for '{REFUSED}'"),
        (("GET", REFUSED, "test"), f"origin '{REFUSED}' is not allowed"),
        (("DELETE", A, "test"), f"request method 'DELETE' is not allowed for '{A}' origin"),
        (("GET", A, "test"), "headers are not allowed: TEST"),
    ],
)
async def test_checks_come_in_the_order_of_the_standard(
    aiohttp_client: MakeClient, asked: tuple, text: str, view: bool
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions()}, view=view))
    assert (await reason(client, "/", *asked)).startswith(BEGIN + text)


# ---------------------------------------------------------------------------------------------
# Access-Control-Request-Headers in all its forms
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "allowed"),
    [
        (["x-a"], "X-A"),
        (["X-A,x-b"], "X-A,X-B"),
        (["x-b , x-a"], "X-B,X-A"),
        (["x-b\t,\tx-a"], "X-B,X-A"),
        (["x-b", "x-a"], "X-B,X-A"),
        (["x-b,", ",x-a"], "X-B,X-A"),
        ([",,x-a,,"], "X-A"),
        ([""], None),
        ([","], None),
        (["", " , ", "x-a"], "X-A"),
        (["!#$%&'+-.^_`|~09azAZ"], "!#$%&'+-.^_`|~09AZAZ"),
    ],
)
@pytest.mark.parametrize("allow_headers", ["*", ["x-a", "X-B", "!#$%&'+-.^_`|~09azAZ"]])
async def test_names_come_in_any_form(
    aiohttp_client: MakeClient, lines: list[str], allowed: str | None, allow_headers: Any
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions(allow_headers=allow_headers)}))
    sent = CIMultiDict({"Origin": A, "Access-Control-Request-Method": "GET"})
    for line in lines:
        sent.add("Access-Control-Request-Headers", line)
    more = {} if allowed is None else {"ACAH": allowed}
    assert await ask(client, "OPTIONS", "/", None, sent) == granted(**more)


@pytest.mark.parametrize(
    "names", ["x a", "x-a;x-b", "x:a", '"x-a"', "(", "x-a,b/c", "x-a,\u00e9", "x=1", "x-a x-b"]
)
async def test_a_name_that_is_no_token_refuses_the_preflight(
    aiohttp_client: MakeClient, names: str
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions(allow_headers="*")}))
    assert await preflight(client, "/", "GET", names=names) == refused()


@pytest.mark.parametrize("method", ["", " ", "P UT", "PUT,GET", "PU\u00d6T", "(", "PUT;"])
async def test_a_method_that_is_no_token_refuses_the_preflight(
    aiohttp_client: MakeClient, method: str
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions(allow_methods="*")}))
    assert await preflight(client, "/", method) == refused()


# ---------------------------------------------------------------------------------------------
# Origins
# ---------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")
@pytest.mark.parametrize(
    ("key", "credentials", "origin", "expected"),
    [
        ("*", True, A, granted(ACAC="true")),
        ("*", True, "null", granted(origin="*")),
        ("*", True, "file://", granted(origin="*")),
        ("*", True, "*", granted(origin="*")),
        ("*", True, "garbage", granted(origin="*")),
        ("file://", False, "file://", granted(origin="file://")),
        ("file://", True, "file://", granted(origin="file://", ACAC="true")),
        ("file://", True, "null", refused()),
        (NOT_HTTPS, True, "null", granted(origin="null", ACAC="true")),
        (NOT_HTTPS, True, "file://", granted(origin="file://", ACAC="true")),
        (NOT_HTTPS, True, "*", refused()),
        (says_yes, True, "null", granted(origin="null", ACAC="true")),
        (says_yes, True, "file://", granted(origin="file://", ACAC="true")),
        (says_yes, True, "*", refused()),
        ("null", False, "null", granted(origin="null")),
        ("null", True, "null", granted(origin="null", ACAC="true")),
        ("null", True, A, refused()),
        ("https://*.example", False, A, granted()),
    ],
)
async def test_preflights_of_keys_that_are_no_single_origin(
    aiohttp_client: MakeClient, key: Any, credentials: bool, origin: str, expected: tuple
) -> None:
    options = ResourceOptions(allow_credentials=credentials)
    client = await aiohttp_client(application({key: options}))
    assert await preflight(client, "/", "GET", origin) == expected


@pytest.mark.parametrize("origin", [A, "null", "file://", "https://a.example/"])
async def test_a_constant_policy_answers_everybody_the_same(
    aiohttp_client: MakeClient, origin: str
) -> None:
    client = await aiohttp_client(application({"*": ResourceOptions(max_age=5)}))
    vary = {"Vary": CONSTANT_PREFLIGHT_VARY}
    allowed = {"ACAO": "*", "ACAM": "GET", "ACMA": "5", **vary}
    assert await preflight(client, "/", "GET", origin) == (200, allowed)
    assert await preflight(client, "/", "GET", origin, "x") == (403, vary)
    # A method that is enabled for nobody has no policy that could be constant.
    assert await preflight(client, "/", "POST", origin) == refused()


# ---------------------------------------------------------------------------------------------
# Further methods
# ---------------------------------------------------------------------------------------------


def editor(**by_method: Any) -> web.Application:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_credentials=True)})
    resource = app.router.add_resource("/")
    for method, config in by_method.items():
        cors.add(resource.add_route(method, answer), config)
    return app


@pytest.mark.parametrize(
    ("asked", "methods"),
    [("PUT", "PUT,DELETE,PATCH"), ("DELETE", "DELETE,PATCH,PUT"), ("GET", "GET"), ("POST", "POST")],
)
async def test_one_preflight_serves_an_editor_session(
    aiohttp_client: MakeClient, asked: str, methods: str
) -> None:
    app = editor(GET=None, POST=None, PUT=None, PATCH=None, DELETE=None)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", asked) == granted(methods, ACAC="true")


async def test_a_further_method_is_one_that_this_origin_may_use(
    aiohttp_client: MakeClient,
) -> None:
    other = {B: ResourceOptions(allow_credentials=True)}
    app = editor(PUT=None, PATCH=other, DELETE={**other, A: ResourceOptions()})
    app.router.add_route("REPORT", "/", answer)
    client = await aiohttp_client(app)
    # DELETE is without credentials for A, and so no part of an answer that allows them.
    assert await preflight(client, "/", "PUT") == granted("PUT,PATCH", ACAC="true")
    assert await preflight(client, "/", "PATCH", B) == granted("PATCH,DELETE", B, ACAC="true")


async def test_a_further_method_has_equal_options(aiohttp_client: MakeClient) -> None:
    app = editor(
        PUT={A: ResourceOptions(allow_headers=["x-a", "x-b"])},
        PATCH={A: ResourceOptions(allow_headers=["X-B", "X-A"])},
        LOCK={A: ResourceOptions(allow_headers=["x-a"])},
        UNLOCK={A: ResourceOptions(allow_headers="*")},
        DELETE={A: ResourceOptions(allow_headers=["x-a", "x-b"], max_age=0)},
        REPORT={A: ResourceOptions(allow_headers=["x-a", "x-b"], expose_headers=["x"])},
        MERGE={A: ResourceOptions(allow_headers=["x-a", "x-b"], allow_credentials=True)},
        COPY={"https://*.example": ResourceOptions(allow_headers=["x-a", "x-b"])},
        MOVE={B: ResourceOptions(allow_headers=["x-a", "x-b"])},
    )
    client = await aiohttp_client(app)
    for names, allowed in [(None, {}), ("x-a", {"ACAH": "X-A"}), ("x-b", {"ACAH": "X-B"})]:
        for method, listed in [("PUT", "PUT,PATCH"), ("PATCH", "PATCH,PUT")]:
            assert await preflight(client, "/", method, A, names) == granted(listed, **allowed)
    assert await preflight(client, "/", "LOCK") == granted("LOCK")
    assert await preflight(client, "/", "UNLOCK") == granted("UNLOCK")
    assert await preflight(client, "/", "DELETE") == granted("DELETE", ACMA="0")
    assert await preflight(client, "/", "REPORT") == granted("REPORT")
    assert await preflight(client, "/", "MERGE") == granted("MERGE", ACAC="true")
    # The exact key of the defaults comes before a pattern; for B it is the other way round.
    assert await preflight(client, "/", "COPY") == granted("COPY,MOVE", ACAC="true")
    assert await preflight(client, "/", "COPY", B, "x-a") == granted("COPY,MOVE", B, ACAH="X-A")


async def test_further_methods_of_a_view_are_those_it_defines(aiohttp_client: MakeClient) -> None:
    class Editor(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            raise NotImplementedError

        async def put(self) -> web.Response:
            raise NotImplementedError

        @aiohttp_cors.custom_cors({"https://*.example": ResourceOptions()})
        async def patch(self) -> web.Response:
            raise NotImplementedError

        async def delete(self) -> web.Response:
            raise NotImplementedError

    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_view("/", Editor))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT,DELETE,PATCH")
    assert await preflight(client, "/", "PATCH", B) == granted("PATCH", B)
    assert await preflight(client, "/", "PUT", B) == refused()


@pytest.mark.parametrize("origin", [A, REFUSED])
@both
async def test_what_is_added_to_one_answer_is_not_on_the_next(
    aiohttp_client: MakeClient, view: bool, origin: str
) -> None:
    async def add(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.add("X-For", request.headers["X-From"])

    app = application({A: ResourceOptions()}, view=view)
    app.on_response_prepare.append(add)
    client = await aiohttp_client(app)
    for name in ("first", "second", "third"):
        sent = {**preflight_request("GET", origin), "X-From": name}
        async with client.options("/", headers=sent) as response:
            assert response.headers.getall("X-For") == [name]


# ---------------------------------------------------------------------------------------------
# OPTIONS requests that are no preflights
# ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("origin", [None, A, REFUSED])
async def test_an_options_request_that_is_no_preflight_is_refused(
    aiohttp_client: MakeClient, origin: str | None, view: bool
) -> None:
    client = await aiohttp_client(application({A: ResourceOptions()}, view=view))
    assert await ask(client, "OPTIONS", "/", origin) == (403, {"Vary": PREFLIGHT_VARY})


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize("extra", [{}, {"debug": True}, {"protect": True}])
async def test_no_handler_runs_for_a_refused_preflight(
    aiohttp_client: MakeClient, mode: dict[str, bool], extra: dict[str, bool]
) -> None:
    ran: list[str] = []

    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        ran.append("middleware")
        return await handler(request)

    async def run(request: web.Request) -> web.Response:
        ran.append(request.path)
        return web.Response()

    class Ran(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await run(self.request)

        put = get

    app = web.Application(middlewares=[note])
    cors = setup(app, defaults={A: ResourceOptions(allow_headers=["X-A"])}, **mode, **extra)
    for method in ("GET", "PUT"):
        cors.add(app.router.add_route(method, "/function", run))
        cors.add(app.router.add_route(method, "/of/{name}", run))
    cors.add(app.router.add_view("/view", Ran))
    paths = ["/function", "/of/x", "/view"]
    if mode:  # only there these are not left to their own handlers
        cors.add(app.router.add_route("*", "/every", run))
        for method in ("OPTIONS", "GET", "PUT"):
            cors.add(app.router.add_route(method, "/options", run))
        app.router.add_route("OPTIONS", "/{any:.*}", run)
        paths += ["/every", "/options"]
    client = await aiohttp_client(app)
    for path in paths:
        assert (await ask(client, "GET", path)).status == 200
        assert ran == ["middleware", path]
        ran.clear()
        for asked in [("GET", B), ("PUT", B), ("PUT", A, "x-b"), ("(", A), ("PUT", A, "x a")]:
            answered = await preflight(client, path, *asked)
            assert answered.cors["Vary"] == PREFLIGHT_VARY  # the library's
            assert "debug" in extra or answered == refused()
        assert ran == ([] if mode else ["middleware"] * 5)
        ran.clear()


async def test_preflights_of_other_paths_are_not_answered(aiohttp_client: MakeClient) -> None:
    app = application({A: ResourceOptions()})
    app.router.add_get("/other", answer)
    client = await aiohttp_client(app)
    assert await preflight(client, "/other", "GET") == (405, {})
    assert await preflight(client, "/unknown", "GET") == (404, {})


async def test_a_preflight_handler_may_be_ones_own(aiohttp_client: MakeClient) -> None:
    class Own(aiohttp_cors.preflight_handler._PreflightHandler):
        async def _get_config(self, request: Any, origin: str, request_method: str) -> Any:
            if request_method == "POST":
                raise KeyError(request_method)
            return {A: ResourceOptions(max_age=7)}

    app = web.Application()
    app.router.add_route("OPTIONS", "/", Own()._preflight_handler)
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "PUT") == granted("PUT", ACMA="7")
    assert await preflight(client, "/", "GET", B) == refused()
    assert await preflight(client, "/", "POST") == refused()
