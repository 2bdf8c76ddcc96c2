"""A page sees the status of an error, not a network error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

from .sites import BLOCKED, Answer, cors_app

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from .sites import Serve, Site, Tab


async def raise_not_found(_request: web.Request) -> web.Response:
    raise web.HTTPNotFound(text="no such note")


async def return_conflict(_request: web.Request) -> web.Response:
    return web.Response(status=409, text="somebody else was faster")


async def fail(_request: web.Request) -> web.Response:
    return web.Response(text=str(1 / 0))


class Notes(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(text="notes")


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        (raise_not_found, Answer(404, "no such note")),
        (return_conflict, Answer(409, "somebody else was faster")),
    ],
)
async def test_the_answer_of_an_error_can_be_read(
    serve: Serve, tab: Tab, page: Site, handler: Handler, answer: Answer
) -> None:
    path = f"error-{answer.status}"
    api = await serve(cors_app(f"/{path}", handler, {page.origin: ResourceOptions()}))
    assert await tab.fetch(api / path) == answer


async def test_the_500_of_an_exception_can_be_read(serve: Serve, tab: Tab, page: Site) -> None:
    api = await serve(cors_app("/error-500", fail, {page.origin: ResourceOptions()}))
    answer = await tab.fetch(api / "error-500")
    assert answer.status == 500
    assert "Internal Server Error" in answer.body


async def test_the_405_of_a_view_can_be_read(serve: Serve, tab: Tab, page: Site) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={page.origin: ResourceOptions()})
    cors.add(app.router.add_view("/view-405", Notes))
    api = await serve(app)
    answer = await tab.fetch(api / "view-405", method="POST", body="a note")
    assert answer == Answer(405, "405: Method Not Allowed")


@pytest.mark.usefixtures("page")
async def test_an_error_tells_a_refused_origin_nothing(serve: Serve, tab: Tab) -> None:
    policy = {"https://another.example": ResourceOptions()}
    api = await serve(cors_app("/error-refused", raise_not_found, policy))
    assert await tab.fetch(api / "error-refused") == BLOCKED
    assert api.requests == ["GET /error-refused"]
