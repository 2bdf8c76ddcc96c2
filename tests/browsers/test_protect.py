"""``protect=True``: what pages of other sites may still send without CORS, and no longer do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .sites import BLOCKED, Answer, page_app

if TYPE_CHECKING:
    from aiohttp_cors.protocol.refusals import Refused

    from .sites import Policy, Serve, Site, Tab

NO_CORS = """
    await fetch(url, {method: "POST", mode: "no-cors", body: "text", credentials: "omit"});
"""

FORM = """
    const frame = document.createElement("iframe");
    frame.name = "target";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, {action: url, method: "POST", enctype, target: "target"});
    const field = document.createElement("input");
    Object.assign(field, {name: "a", value: "b"});
    form.append(field);
    document.body.append(form);
    const loaded = new Promise(resolve => frame.addEventListener("load", resolve));
    form.submit();
    await loaded;
"""

IMAGE = """
    const image = new Image();
    const loaded = new Promise(resolve => { image.onload = image.onerror = resolve; });
    image.src = url;
    await loaded;
"""

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

TOP_LEVEL_FORM = """
    const form = Object.assign(document.createElement("form"), {action: url, method: "POST"});
    document.body.append(form);
    setTimeout(() => form.submit());
"""

SENDERS = [
    pytest.param(NO_CORS, {}, id="fetch"),
    pytest.param(FORM, {"enctype": "application/x-www-form-urlencoded"}, id="form"),
    pytest.param(FORM, {"enctype": "multipart/form-data"}, id="upload"),
    pytest.param(FORM, {"enctype": "text/plain"}, id="text"),
]


def guarded_app(policy: Policy, done: list[str]) -> web.Application:
    """Return an application that notes in *done* what its handlers were asked to do."""

    async def change(request: web.Request) -> web.Response:
        done.append(request.method)
        return web.Response(text="changed")

    async def chat(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.receive()
        return socket

    app = web.Application()
    cors = aiohttp_cors.setup(app, protect=True)
    for method in ("GET", "POST", "PUT"):
        cors.add(app.router.add_route(method, "/change", change), policy)
    cors.add(app.router.add_get("/chat", chat), policy)
    app.add_subapp("/page/", page_app())
    return app


ANOTHER = {"https://another.example": ResourceOptions()}


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(("script", "arguments"), SENDERS)
async def test_another_page_sends_nothing_that_gets_to_a_handler(
    serve: Serve, tab: Tab, script: str, arguments: dict[str, str]
) -> None:
    done: list[str] = []
    api = await serve(guarded_app(ANOTHER, done))
    await tab.js(script, url=api / "change", **arguments)
    assert done == []
    assert api.requests == ["POST /change"]


@pytest.mark.parametrize(("script", "arguments"), SENDERS)
async def test_a_page_of_the_list_sends_as_before(
    serve: Serve, tab: Tab, page: Site, script: str, arguments: dict[str, str]
) -> None:
    done: list[str] = []
    api = await serve(guarded_app({page.origin: ResourceOptions(allow_credentials=True)}, done))
    await tab.js(script, url=api / "change", **arguments)
    assert done == ["POST"]


@pytest.mark.parametrize(("script", "arguments"), SENDERS)
async def test_the_own_page_sends_as_before(
    serve: Serve, tab: Tab, script: str, arguments: dict[str, str]
) -> None:
    done: list[str] = []
    api = await serve(guarded_app(ANOTHER, done))
    await tab.open(api / "page/")
    await tab.js(script, url=api / "change", **arguments)
    assert done == ["POST"]


async def test_what_only_reads_is_let_through_and_not_read(
    serve: Serve, tab: Tab, page: Site
) -> None:
    done: list[str] = []
    api = await serve(guarded_app(ANOTHER, done))
    await tab.js(IMAGE, url=api / "change")
    assert await tab.fetch(api / "change") == BLOCKED
    assert done == ["GET", "GET"]
    assert page.origin != api.origin


@pytest.mark.usefixtures("page")
async def test_a_websocket_of_another_page_does_not_open(serve: Serve, tab: Tab) -> None:
    api = await serve(guarded_app(ANOTHER, []))
    assert await tab.js(GREETING, url=api / "chat") == "refused"
    assert api.requests == ["GET /chat"]


async def test_a_websocket_opens_for_own_pages_and_those_of_the_list(
    serve: Serve, tab: Tab, page: Site
) -> None:
    api = await serve(guarded_app({page.origin: ResourceOptions(allow_credentials=True)}, []))
    assert await tab.js(GREETING, url=api / "chat") == "hello"
    await tab.open(api / "page/")
    assert await tab.js(GREETING, url=api / "chat") == "hello"


async def test_a_page_of_the_list_fetches_as_before(serve: Serve, tab: Tab, page: Site) -> None:
    done: list[str] = []
    api = await serve(guarded_app({page.origin: ResourceOptions()}, done))
    for method in ("POST", "PUT"):
        answer = await tab.fetch(api / "change", method=method, credentials="omit")
        assert answer == Answer(200, "changed")
    assert done == ["POST", "PUT"]


def first_refusal(api: web.Application) -> asyncio.Future[tuple[str, str | None]]:
    """Return what is to be the reason and the type of the first request that *api* refuses."""
    refusal: asyncio.Future[tuple[str, str | None]] = asyncio.Future()

    async def note(request: web.Request, refused: Refused) -> None:
        refusal.set_result((refused.reason, request.headers.get("Content-Type")))

    api[aiohttp_cors.APP_CONFIG_KEY].on_refused.append(note)
    return refusal


async def test_a_form_that_leads_to_the_application_is_refused(
    serve: Serve, tab: Tab, page: Site
) -> None:
    done: list[str] = []
    app = guarded_app(ANOTHER, done)
    refusal = first_refusal(app)
    api = await serve(app)
    await tab.open(page.localhost)
    await tab.js(TOP_LEVEL_FORM, url=api / "change")
    assert await asyncio.wait_for(refusal, 10) == ("origin", "application/x-www-form-urlencoded")
    assert done == []


async def test_a_report_that_another_page_has_sent_is_refused(serve: Serve, tab: Tab) -> None:
    done: list[str] = []
    app = guarded_app(ANOTHER, done)
    refusal = first_refusal(app)
    api = await serve(app)
    reporting = page_app("<img src=/image>")

    async def report(_request: web.Request, response: web.StreamResponse) -> None:
        policy = f"img-src 'none'; report-uri {api / 'change'}"
        response.headers["Content-Security-Policy"] = policy

    reporting.on_response_prepare.append(report)
    await tab.open((await serve(reporting)).localhost)
    assert await asyncio.wait_for(refusal, 10) == ("origin", "application/csp-report")
    assert done == []
