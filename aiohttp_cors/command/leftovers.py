"""CORS headers that an application writes beside this library, left over from before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, TypeAlias

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs, web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from .preflights import STRANGER, example_path
from .survey import Place, applications_of, survey

_Answering: TypeAlias = Callable[[web.Request], Any]

_NAME = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN


@dataclass(frozen=True, slots=True)
class Leftover:
    """Code of the application that writes ``Access-Control-Allow-Origin``.

    *value* is what it was seen to send to a stranger's page; `None` where only its code was read.
    *admits* says whether that lets in a page that the configuration refuses. *place* is what it
    serves, if that is known.
    """

    kind: str
    name: str
    value: str | None
    admits: bool
    place: Place | None = None


async def find_leftovers(app: web.Application, base: URL) -> tuple[Leftover, ...]:
    """What of *app*, served at *base*, writes CORS headers itself.

    Middlewares and receivers of ``on_response_prepare`` are tried one by one, around nothing.
    Handlers are asked if their code names the header and they serve GET.
    """
    return (
        *[found async for found in _around_handlers(app)],
        *[found async for found in _handlers(app, base)],
    )


# --- Around the handlers -----------------------------------------------------------------------


async def _around_handlers(app: web.Application) -> AsyncIterator[Leftover]:
    enabled = [place for place in survey(app) if place.policy is not None]
    is_strict = any(place.options_for(STRANGER) is None for place in enabled)
    for each in applications_of(app):
        for kind, thing, answer in _surrounding(each):
            value = await _value_by(answer, each)
            if value is not None:
                yield Leftover(kind, _name_of(thing), value, is_strict and value in _OPEN)


# What a browser lets a stranger's page read
_OPEN = ("*", STRANGER)


def _surrounding(app: web.Application) -> Iterator[tuple[str, object, _Answering]]:
    for middleware in _foreign(app.middlewares):
        yield "middleware", middleware, _passing(middleware)
    for receiver in _foreign(app.on_response_prepare):
        yield "receiver of on_response_prepare", receiver, _preparing(receiver)


def _foreign(things: Iterable[Any]) -> Iterator[Any]:
    own = __name__.partition(".")[0]
    return (each for each in things if not str(each.__module__).startswith(f"{own}."))


# Seconds that a middleware has, around a handler that does nothing
_PATIENCE = 5


async def _value_by(answer: _Answering, app: web.Application) -> str | None:
    """The ``Access-Control-Allow-Origin`` that *answer* gives a stranger, to whichever request."""
    headers = {hdrs.HOST: "localhost", hdrs.ORIGIN: STRANGER}
    asking = {**headers, hdrs.ACCESS_CONTROL_REQUEST_METHOD: hdrs.METH_GET}
    for method, sent in ((hdrs.METH_GET, headers), (hdrs.METH_OPTIONS, asking)):
        request = make_mocked_request(method, "/", sent, app=app)
        value = getattr(await _try(answer, request), "headers", {}).get(_NAME)
        if value is not None:
            return str(value)
    return None


async def _try(answer: _Answering, request: web.Request) -> object:
    try:
        return await asyncio.wait_for(answer(request), _PATIENCE)
    except web.HTTPException as error:
        return error
    except Exception:  # noqa: BLE001 - whatever it misses in a request that was made up
        return None


def _passing(middleware: Any) -> _Answering:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    return lambda request: middleware(request, answer)


def _preparing(receiver: Any) -> _Answering:
    async def prepare(request: web.Request) -> web.StreamResponse:
        response = web.Response()
        await receiver(request, response)
        return response

    return prepare


# --- Handlers ----------------------------------------------------------------------------------


async def _handlers(app: web.Application, base: URL) -> AsyncIterator[Leftover]:
    timeout = ClientTimeout(total=_PATIENCE)
    async with ClientSession(base, timeout=timeout) as session:
        for place in survey(app):
            if place.policy is None or not names_allow_origin(place.function):
                continue
            url = example_path(place.resource) if place.method in _READING else None
            value = None if url is None else await _ask(session, url)
            is_refused = place.options_for(STRANGER) is None
            if url is None or (value is not None and (is_refused or value not in _OPEN)):
                admits = is_refused and value in _OPEN
                yield Leftover("handler", place.handler_name, value, admits, place)


# Such requests change nothing, and a route for every method serves them too.
_READING = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_ANY}


async def _ask(session: ClientSession, url: URL) -> str | None:
    headers = {hdrs.ORIGIN: STRANGER}
    with suppress(ClientError, asyncio.TimeoutError):
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            return response.headers.get(_NAME)
    return None


def names_allow_origin(function: object) -> bool:
    """True where the code of *function*, or of what it wraps, names the header."""
    while function is not None:
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType) and _names(code):
            return True
        inner = "func" if isinstance(function, partial) else "__wrapped__"
        function = getattr(function, inner, None)
    return False


def _names(value: object) -> bool:
    if isinstance(value, CodeType):
        constant = _NAME.upper().replace("-", "_")
        return constant in value.co_names or any(map(_names, value.co_consts))
    if isinstance(value, (tuple, frozenset)):
        return any(map(_names, value))
    return isinstance(value, str) and value.lower() == _NAME.lower()


def _name_of(thing: Any) -> str:
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{named.__module__}.{named.__qualname__}"
