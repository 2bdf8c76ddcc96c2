"""WebSockets, which browsers open to anybody: the handler has to ask the policy itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .sites import page_app

if TYPE_CHECKING:
    from .sites import Policy, Serve, Site, Tab

GREETING = """
    const socket = new WebSocket(url.replace("http", "ws"));
    return new Promise(resolve => {
        socket.onmessage = ({data}) => {
            socket.close();
            resolve(data);
        };
        socket.onerror = () => resolve("refused");
    });
"""


def chat_app(policy: Policy) -> web.Application:
    """Return an application with a guarded WebSocket at /chat, and a page everywhere else."""
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    async def chat(request: web.Request) -> web.WebSocketResponse:
        if not await cors.is_origin_allowed(request):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.receive()
        return socket

    cors.add(app.router.add_get("/chat", chat), policy)
    app.add_subapp("/page/", page_app())
    return app


async def test_a_websocket_opens_for_an_allowed_origin(serve: Serve, tab: Tab, page: Site) -> None:
    api = await serve(chat_app({page.origin: ResourceOptions()}))
    assert await tab.js(GREETING, url=api / "chat") == "hello"


@pytest.mark.usefixtures("page")
async def test_a_websocket_is_refused_to_another_origin(serve: Serve, tab: Tab) -> None:
    api = await serve(chat_app({"https://another.example": ResourceOptions()}))
    assert await tab.js(GREETING, url=api / "chat") == "refused"
    assert api.requests == ["GET /chat"]


async def test_a_websocket_opens_for_the_page_of_its_own_origin(serve: Serve, tab: Tab) -> None:
    api = await serve(chat_app({"https://another.example": ResourceOptions()}))
    await tab.open(api / "page/")
    assert await tab.js(GREETING, url=api / "chat") == "hello"
