"""Forms and handshakes of `aiohttp_cors.testing.Browser` arrive as those of three real engines."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, web

from aiohttp_cors.testing import Browser
from browsers.engines import ENGINES

if TYPE_CHECKING:
    from browsers.engines import Browser as Engine
    from browsers.sites import Serve, Site, Tab

FIELDS = {"a b": "1", "quoted": 'x "y"', "lines": "1\n2", "letters": "caf\u00e9 \u20ac"}

# In a frame, so that the page stays; its destination is then another one.
SUBMIT = """
    const frame = Object.assign(document.createElement("iframe"), {name: "answer"});
    const form = Object.assign(document.createElement("form"), {
        method: "POST", action: url, enctype, target: "answer", acceptCharset: "utf-8",
    });
    for (const [name, value] of Object.entries(fields)) {
        const field = Object.assign(document.createElement("textarea"), {name, value});
        form.append(field);
    }
    document.body.append(frame, form);
    form.submit();
"""
OPEN = """
    return new Promise(resolve => {
        const socket = new WebSocket(url, ["a", "b"]);
        socket.onopen = () => { socket.close(); resolve("opened"); };
        socket.onerror = () => resolve("refused");
    });
"""


class Arrivals:
    """A server that writes down what arrives, and refuses WebSockets at /refused."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.StreamResponse:
        told = {name: request.headers.get(name) for name in ("Origin", *_TOLD)}
        told |= {"method": request.method, "body": (await request.read()).decode()}
        kind = request.headers.get("Content-Type", "")
        boundary = re.escape(kind.partition("boundary=")[2]) or "$."
        told |= {"type": re.sub(boundary, "B", kind), "body": re.sub(boundary, "B", told["body"])}
        await self.seen.put(told)
        if request.path != "/open":
            return web.Response(status=403 if request.path == "/refused" else 200)
        socket = web.WebSocketResponse(protocols=["b"])
        await socket.prepare(request)
        await socket.receive()
        return socket

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.take)
        return app


_TOLD = ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    "enctype", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
)
async def test_a_form_arrives_as_that_of_an_engine(
    serve: Serve, tab: Tab, page: Site, host: str, enctype: Any
) -> None:
    arrivals = Arrivals()
    url = f"http://{host}:{(await serve(arrivals.app())).port}/form"
    await tab.js(SUBMIT, url=url, enctype=enctype, fields=FIELDS)
    sent = await arrivals.seen.get()
    async with ClientSession() as session:
        await Browser(session, sent["Origin"]).form(url, FIELDS, enctype=enctype)
    assert await arrivals.seen.get() == sent
    assert (sent["Origin"], sent["Sec-Fetch-Mode"]) == (page.origin, "navigate")


@pytest.mark.parametrize(("path", "outcome"), [("open", "opened"), ("refused", "refused")])
async def test_a_handshake_arrives_as_that_of_an_engine(
    serve: Serve, tab: Tab, page: Site, browser: Engine, path: str, outcome: str
) -> None:
    arrivals = Arrivals()
    url = f"ws://localhost:{(await serve(arrivals.app())).port}/{path}"
    assert await tab.js(OPEN, url=url) == outcome
    sent = await arrivals.seen.get()
    async with ClientSession() as session:
        verdict = await Browser(session, page.origin).websocket(url, protocols=["a", "b"])
    assert verdict.allowed is (outcome == "opened")
    expected = await arrivals.seen.get()
    if type(browser) is ENGINES["chromium"]:  # which says nothing of who asks
        expected |= {"Sec-Fetch-Site": None, "Sec-Fetch-Mode": None}
    assert sent == expected
