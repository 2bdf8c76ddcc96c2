"""One application per contender: the same handlers on the same routes, CORS in different ways."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import hdrs, web
from multidict import CIMultiDict

from .cases import Case

ACAO = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN
ACAC = hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS
ACEH = hdrs.ACCESS_CONTROL_EXPOSE_HEADERS
SAFELISTED = frozenset(
    name.lower()
    for name in (
        hdrs.CACHE_CONTROL,
        hdrs.CONTENT_LANGUAGE,
        hdrs.CONTENT_LENGTH,
        hdrs.CONTENT_TYPE,
        hdrs.EXPIRES,
        hdrs.LAST_MODIFIED,
        hdrs.PRAGMA,
    )
)

MAX_AGE = 600
OLD = "aiohttp-cors 0.8.1"
THIS = "this package"
MIDDLEWARES = "aiohttp-middlewares"
LIMIT = "by hand"
BARE = "without CORS"

Build = Callable[[Case], web.Application]
Receiver = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


async def handler(request: web.Request) -> web.Response:
    return web.Response(text="Hello, world")


async def no_content(request: web.Request) -> web.Response:
    return web.Response()


def new_view(*bases: type, **methods: Callable[..., Any]) -> type[web.View]:
    async def get(self: web.View) -> web.Response:
        return await handler(self.request)

    return type("Item", (web.View, *bases), {"get": get, **methods})


def by_hand(case: Case, receiver: Receiver | None, options: Callable[..., Any]) -> web.Application:
    """An application whose every path has its own OPTIONS handler."""
    app = web.Application()
    if receiver is not None:
        app.on_response_prepare.append(receiver)

    async def options_of_view(self: web.View) -> web.Response:
        response: web.Response = await options(self.request)
        return response

    view = new_view(options=options_of_view)
    for path in case.paths:
        if case.view:
            app.router.add_route("*", path, view)
        else:
            app.router.add_route("GET", path, handler)
            app.router.add_route("OPTIONS", path, options)
    app.router.add_route("GET", "/plain", handler)
    return app


# --- the floor and the limit ----------------------------------------------------------------------


def bare(case: Case) -> web.Application:
    return by_hand(case, None, no_content)


def limit(case: Case) -> web.Application:
    """What an expert writes for exactly this policy: precomputed values, and a correct Vary."""
    headers = CIMultiDict({hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET"})
    headers[hdrs.ACCESS_CONTROL_MAX_AGE] = str(MAX_AGE)
    headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(case.allow_headers)

    async def options(request: web.Request) -> web.Response:
        return web.Response(headers=headers)

    async def echoing_options(request: web.Request) -> web.Response:
        response = web.Response(headers=headers)
        asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = asked
        return response

    receiver = RECEIVERS[case.policy](case)
    return by_hand(case, receiver, echoing_options if case.allow_headers == "*" else options)


def receiver_of_names(case: Case) -> Receiver:
    rows = {
        origin: (origin, "true", ",".join(case.expose_headers)) for origin in case.allowed_origins
    }

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        if headers.setdefault(hdrs.VARY, "Origin") != "Origin":
            add_vary(headers)
        row = rows.get(request.headers.get(hdrs.ORIGIN, ""))
        if row is not None:
            headers[ACAO], headers[ACAC], headers[ACEH] = row

    return prepare


def receiver_of_pattern(case: Case) -> Receiver:
    matches = re.compile(r"https://(?:[a-z0-9-]+\.)+example\.com").fullmatch
    expose = ",".join(case.expose_headers)

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        if headers.setdefault(hdrs.VARY, "Origin") != "Origin":
            add_vary(headers)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and matches(origin):
            headers[ACAO], headers[ACAC], headers[ACEH] = origin, "true", expose

    return prepare


def receiver_of_everybody(case: Case) -> Receiver:
    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        if headers.setdefault(hdrs.VARY, "Origin") != "Origin":
            add_vary(headers)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None:
            headers[ACEH] = ",".join([name for name in headers if name.lower() not in SAFELISTED])
            headers[ACAO], headers[ACAC] = origin, "true"

    return prepare


def receiver_of_public(case: Case) -> Receiver:
    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        response.headers[ACAO] = "*"

    return prepare


RECEIVERS = {
    "exact": receiver_of_names,
    "pattern": receiver_of_pattern,
    "copied": receiver_of_everybody,
    "public": receiver_of_public,
}


def add_vary(headers: CIMultiDict[str]) -> None:
    values = headers.getall(hdrs.VARY)
    names = [name.strip().lower() for name in ",".join(values).split(",")]
    if "origin" not in names and "*" not in names:
        headers[hdrs.VARY] = ", ".join([*values, "Origin"])


# --- libraries ------------------------------------------------------------------------------------


def library(module: ModuleType) -> Build:
    """Build with a library that has the interface of aiohttp-cors."""

    def build(case: Case) -> web.Application:
        app = web.Application()
        options = module.ResourceOptions(
            allow_credentials=case.credentials,
            expose_headers=case.expose_headers,
            allow_headers=case.allow_headers,
            max_age=MAX_AGE,
        )
        keys = {"pattern": ["https://*.example.com"]}.get(case.policy, case.allowed_origins)
        cors = module.setup(app, defaults=dict.fromkeys(["*"] if case.wildcard else keys, options))
        method, served = ("*", new_view(module.CorsViewMixin)) if case.view else ("GET", handler)
        for path in case.paths:
            cors.add(app.router.add_route(method, path, served))
        app.router.add_route("GET", "/plain", handler)
        return app

    return build


def middlewares(case: Case) -> web.Application:
    cors_middleware = importlib.import_module("aiohttp_middlewares").cors_middleware
    origins: list[Any] = [*case.allowed_origins]
    if case.policy == "pattern":
        origins = [re.compile(r"^https://(?:[a-z0-9-]+\.)+example\.com$")]
    every_header = case.allow_headers == "*"
    cors = cors_middleware(
        allow_all=case.wildcard,
        origins=None if case.wildcard else origins,
        urls=None if case.covered else [re.compile("^/api/")],
        expose_headers=("*",) if case.expose_headers == "*" else case.expose_headers,
        allow_headers=("authorization", "content-type", "x-requested-with")
        if every_header
        else case.allow_headers,
        allow_methods=("GET",),
        allow_credentials=case.credentials,
        max_age=MAX_AGE,
    )
    app = web.Application(middlewares=[cors])
    method, served = ("*", new_view()) if case.view else ("GET", handler)
    for path in case.paths:
        app.router.add_route(method, path, served)
    app.router.add_route("GET", "/plain", handler)
    return app


def load_as(name: str, package: Path) -> ModuleType:
    """Import a package under another name, so that two of one name are in one process."""
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load(name: str, others: Path) -> Build:
    """The builder of a contender; the packages of the others are in folders of *others*."""
    if name == THIS:
        return library(importlib.import_module("aiohttp_cors"))
    if name == OLD:
        return library(load_as("aiohttp_cors_0_8_1", others / OLD / "aiohttp_cors"))
    if name == MIDDLEWARES:
        sys.path.append(str(others / MIDDLEWARES))
        return middlewares
    return {BARE: bare, LIMIT: limit}[name]


def can_run(name: str, case: Case) -> bool:
    return name != OLD or case.policy != "pattern"
