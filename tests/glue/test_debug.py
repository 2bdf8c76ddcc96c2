"""`debug=True`: the console names the cause, and nothing passes that would not pass without."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors, setup

from .asking import (
    CONSTANT_PREFLIGHT_VARY,
    PREFLIGHT_VARY,
    A,
    B,
    MakeClient,
    answer,
    ask,
    granted,
    preflight,
    preflight_request,
    readable,
    unreadable,
)

OPTIONS = ResourceOptions(allow_credentials=True, allow_headers=["x-b", "X-A"], max_age=9)


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)

    async def put(self) -> web.Response:
        return await answer(self.request)

    async def delete(self) -> web.Response:
        return await answer(self.request)

    @custom_cors({"https://*.example": ResourceOptions()})
    async def patch(self) -> web.Response:
        return await answer(self.request)


def application(*, debug: bool, config: Any = None, **options: Any) -> web.Application:
    app = web.Application()
    cors = setup(app, defaults=config or {A: OPTIONS}, debug=debug, **options)
    resource = app.router.add_resource("/function")
    for method in ("GET", "PUT", "DELETE"):
        cors.add(resource.add_route(method, answer))
    cors.add(resource.add_route("PATCH", answer), {"https://*.example": ResourceOptions()})
    cors.add(app.router.add_view("/view", View))
    return app


def console(**more: str) -> dict[str, str]:
    return {"ACAO": A, "ACAC": "true", "Vary": PREFLIGHT_VARY, **more}


NAMED = [
    # a method that no route has: what may be used, so that the console names the method
    (("REPORT", A), (200, console(ACAM="DELETE,PATCH,PUT"))),
    # a method that a browser does not look for in Access-Control-Allow-Methods
    (("POST", A), (403, console())),
    # headers
    (("GET", A, "x-c"), (200, console(ACAM="GET", ACAH="X-A,X-B"))),
    (("GET", A, "x-a,x-c"), (200, console(ACAM="GET", ACAH="X-A,X-B"))),
    # an origin that is not allowed, and questions that are none
    (("GET", "https://c.test"), (403, {"Vary": PREFLIGHT_VARY})),
    (("GET", A, "x c"), (403, {"Vary": PREFLIGHT_VARY})),
    (("(", A), (403, {"Vary": PREFLIGHT_VARY})),
]


@pytest.mark.parametrize("path", ["/function", "/view"])
@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize(("asked", "expected"), NAMED)
async def test_a_refused_preflight_carries_what_the_console_needs(
    aiohttp_client: MakeClient, path: str, mode: dict, asked: tuple, expected: tuple
) -> None:
    status, headers = expected
    client = await aiohttp_client(application(debug=True, **mode))
    got = await preflight(client, path, *asked)
    if "everywhere" in mode and asked in (("REPORT", A), ("POST", A)):  # enabled without a route
        further = ",DELETE,PATCH,PUT" if asked[0] == "REPORT" else ""
        expected = granted(f"{asked[0]}{further}", ACAC="true", ACMA="9")
        assert got == expected
        return
    if "ACAM" in headers:  # which further methods are listed depends on what else is asked
        listed = got.cors["ACAM"].split(",")
        assert set(listed) <= {"GET", "PUT", "DELETE", "PATCH"}
        assert (asked[0] in listed) is (len(asked) == 3)
        assert (got.status, got.cors | {"ACAM": headers["ACAM"]}) == (status, headers)
    else:
        assert got == (status, headers)


@pytest.mark.parametrize("path", ["/function", "/view"])
@pytest.mark.parametrize("asked", [(None, A), ("GET", None), (None, None)])
async def test_what_is_no_preflight_is_refused_as_ever(
    aiohttp_client: MakeClient, path: str, asked: tuple
) -> None:
    client = await aiohttp_client(application(debug=True))
    assert await preflight(client, path, *asked) == (403, {"Vary": PREFLIGHT_VARY})


@pytest.mark.parametrize("path", ["/function", "/view"])
async def test_a_granted_preflight_is_the_same(aiohttp_client: MakeClient, path: str) -> None:
    client = await aiohttp_client(application(debug=True))
    expected = granted("PUT,DELETE,PATCH", ACAC="true", ACAH="X-A", ACMA="9")
    assert await preflight(client, path, "PUT", names="x-a") == expected
    assert await ask(client, "PUT", path) == readable(ACAC="true")
    assert await ask(client, "PUT", path, "https://c.test") == unreadable()


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (("REPORT", A), f"request method 'REPORT' is not allowed for '{A}' origin"),
        (("GET", A, "x-c"), "headers are not allowed: X-C"),
    ],
)
async def test_the_reason_is_in_the_body_all_the_same(
    aiohttp_client: MakeClient, asked: tuple, text: str
) -> None:
    client = await aiohttp_client(application(debug=True))
    async with client.options("/function", headers=preflight_request(*asked)) as response:
        assert response.status == 200
        assert await response.text() == f"CORS preflight request failed: {text}"


async def test_a_constant_policy_is_constant_in_refusals_too(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={"*": ResourceOptions(allow_headers=["x-a"])}, debug=True)
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    vary = {"Vary": CONSTANT_PREFLIGHT_VARY}
    refused_header = {"ACAO": "*", "ACAM": "GET", "ACAH": "X-A", **vary}
    assert await preflight(client, "/", "GET", names="x-c") == (200, refused_header)
    # POST is enabled for nobody, and so there is no policy that could be constant.
    refused_method = {"ACAO": "*", "Vary": PREFLIGHT_VARY}
    assert await preflight(client, "/", "POST") == (403, refused_method)


def passes(asked: tuple[str, str, str], status: int, cors: dict[str, str]) -> bool:
    """Whether a browser lets the request through that this preflight is about.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    method, origin, names = asked
    if not 200 <= status <= 299:
        return False
    if cors.get("ACAO") not in ("*", origin):
        return False
    # Where the header is missing, a request that needs a preflight anyway has its method.
    methods = cors.get("ACAM", method).split(",")
    if method not in ("GET", "HEAD", "POST") and method not in methods:
        return False
    listed = [name.lower() for name in cors.get("ACAH", "").split(",")]
    return all(name in listed for name in names.split(",") if name)


CONFIGS: dict[str, Any] = {
    "one": {A: ResourceOptions(allow_headers=["x-a"])},
    "two": {
        A: ResourceOptions(allow_headers=["x-a"], allow_methods=["PUT"]),
        B: ResourceOptions(allow_headers="*", allow_methods=[]),
    },
    "constant": {"*": ResourceOptions(allow_headers=["x-a"], allow_methods=["PUT", "GET"])},
    "all methods": {A: ResourceOptions(allow_methods="*")},
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("path", ["/function", "/view", "/unknown"])
@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}, {"everywhere": True}])
async def test_debug_never_lets_through_what_is_refused_without(
    aiohttp_client: MakeClient, mode: dict, path: str, config: str
) -> None:
    with_debug = await aiohttp_client(application(debug=True, config=CONFIGS[config], **mode))
    without = await aiohttp_client(application(debug=False, config=CONFIGS[config], **mode))
    for method in ("GET", "POST", "PUT", "PATCH", "REPORT"):
        for origin in (A, B, "https://c.test"):
            for names in ("", "x-a", "x-a,x-c"):
                asked = (method, origin, names)
                strict = await preflight(without, path, *asked)
                debugging = await preflight(with_debug, path, *asked)
                assert passes(asked, *debugging) == passes(asked, *strict), asked
                if strict.status == 200:
                    assert debugging == strict
