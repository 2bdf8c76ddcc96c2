"""Makes the aiohttp application that a description describes."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, custom_cors

from .description import (
    RAISES,
    Application,
    Handler,
    Key,
    Layer,
    Predicate,
    Resource,
    Route,
    View,
)

HERE = Path(__file__).parent


class Seen:
    """What a middleware and the receivers of an application see of a request."""

    def __init__(self) -> None:
        self.allowed: list[bool] = []
        self.told: list[str] = []

    @web.middleware
    async def ask(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        cors = request.app[aiohttp_cors.APP_CONFIG_KEY]
        self.allowed.append(await cors.is_origin_allowed(request))
        return await handler(request)

    async def hear(self, request: web.Request, refused: Any) -> None:
        self.told.append(f"{refused.kind}: {refused.reason}")

    def forget(self) -> None:
        self.allowed.clear()
        self.told.clear()


class Built(NamedTuple):
    """A real application, and the real resources and routes in the order of the description."""

    app: web.Application
    seen: Seen
    cors: CorsConfig | None
    resources: list[tuple[web.AbstractResource, list[web.AbstractRoute]]]


def build(description: Application) -> Built:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", aiohttp_cors.CorsWarning)
        seen = Seen()
        return _build(description, web.Application(middlewares=[seen.ask]), seen)


def _build(description: Application, app: web.Application, seen: Seen) -> Built:
    resources = [
        build_resource(app, number, resource)
        for number, resource in enumerate(description.resources)
    ]
    sub = None if description.sub is None else _build(description.sub, web.Application(), seen)
    if sub is not None:
        app.add_subapp("/sub", sub.app)
    if not description.has_cors:
        return Built(app, seen, None, resources)
    cors = aiohttp_cors.setup(
        app,
        defaults=mapping(description.defaults),
        everywhere=description.everywhere,
        preflight_first=True if description.preflight_first else None,
        protect=description.protect,
    )
    cors.on_refused.append(seen.hear)
    enrol(cors, description, resources)
    if sub is not None and description.sub is not None and not description.sub.has_cors:
        enrol(cors, description.sub, sub.resources)
        if description.sub.excluded:
            cors.exclude(sub.app)
    return Built(app, seen, cors, resources)


def enrol(
    cors: CorsConfig,
    description: Application,
    resources: list[tuple[web.AbstractResource, list[web.AbstractRoute]]],
) -> None:
    for resource, (real, routes) in zip(description.resources, resources, strict=True):
        enrol_entity(cors, real, resource)
        for route, real_route in zip(resource.routes, routes, strict=True):
            enrol_entity(cors, real_route, route)


def enrol_entity(cors: CorsConfig, real: Any, described: Resource | Route) -> None:
    if described.added is not None:
        cors.add(real, mapping(described.added), **inheriting(described.added))
    if described.excluded:
        cors.exclude(real)


def inheriting(layer: Layer) -> dict[str, bool]:
    return {} if layer.inherit else {"inherit": False}


def mapping(layer: Layer) -> dict[Any, ResourceOptions]:
    return {real_key(key): options for key, options in layer.keys}


def real_key(key: Key) -> object:
    return function_of(key) if isinstance(key, Predicate) else key


@functools.cache
def function_of(predicate: Predicate) -> Callable[..., object]:
    def ask(origin: str, request: object) -> object:
        verdict = predicate.verdict(origin)
        if verdict == RAISES:
            raise LookupError(origin)
        return verdict

    async def ask_later(origin: str, request: object) -> object:
        await asyncio.sleep(0)
        return ask(origin, request)

    return ask_later if predicate.awaitable else ask


def build_resource(
    app: web.Application, number: int, resource: Resource
) -> tuple[web.AbstractResource, list[web.AbstractRoute]]:
    if resource.static:
        return app.router.add_static(resource.path, HERE), []
    real = app.router.add_resource(resource.path, name=f"resource{number}")
    return real, [build_route(real, route) for route in resource.routes]


def build_route(real: web.Resource, route: Route) -> web.AbstractRoute:
    build_handler = build_function if isinstance(route.handler, Handler) else build_view
    return real.add_route(route.method, build_handler(route.handler))


def build_function(handler: Handler) -> Callable[..., Any]:
    async def function(request: web.Request) -> web.StreamResponse:
        return await respond(handler, request)

    return customised(function, handler.custom)


def customised(function: Callable[..., Any], layer: Layer | None) -> Callable[..., Any]:
    if layer is None:
        return function
    return custom_cors(mapping(layer), **inheriting(layer))(function)


def build_view(view: View) -> type[web.View]:
    body = {name.lower(): build_method(handler) for name, handler in view.methods}
    if view.config is not None:
        body["cors_config"] = mapping(view.config)
    return type("DescribedView", (web.View, CorsViewMixin), body)


def build_method(handler: Handler) -> Callable[..., Any]:
    async def method(self: web.View) -> web.StreamResponse:
        return await respond(handler, self.request)

    return customised(method, handler.custom)


async def respond(handler: Handler, request: web.Request) -> web.StreamResponse:
    if handler.ends == "crash":
        raise LookupError(request.path)
    if handler.ends == "not found":
        raise web.HTTPNotFound(headers=handler.sets)
    if handler.ends == "answer":
        return web.Response(headers=handler.sets)
    response = web.StreamResponse(headers=handler.sets)
    await response.prepare(request)
    await response.write_eof(b"" if request.method == "HEAD" else b"streamed")
    return response
