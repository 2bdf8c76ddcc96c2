"""What a page loads by other means than fetch: event streams, module scripts, fonts, images."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_cors import ResourceOptions

from .sites import answering, cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

EVERYONE_ELSE = {"https://another.example": ResourceOptions()}

# A font of one empty glyph.
FONT = base64.b64decode(
    "d09GRgABAAAAAAIEAAoAAAAAAjwAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAABPUy8yAAABWAAAABwAAABgQPY/hGNtYX"
    "AAAAF4AAAAJQAAACwADABGZ2x5ZgAAAaQAAAABAAAAAQAAAABoZWFkAAAA9AAAADYAAAA2XxY9OGhoZWEAAAEsAAAA"
    "GAAAACQAQQBCaG10eAAAAXQAAAAEAAAABABAAABsb2NhAAABoAAAAAQAAAAEAAAAAG1heHAAAAFEAAAAEwAAACAAAg"
    "ACbmFtZQAAAagAAABNAAAAWiseLbVwb3N0AAAB+AAAAAwAAAAgAAMAAAABAAAAAQAADh9HiF8PPPUAAwBAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAwACAAAAAAAAeJxjYGRgYHBgYICTDAyMDKiAEQAOWQCEeJxjYGRgYABhCGBiQA"
    "MAAHwABQB4nGNgZnBgnMDAysDCQCKwBwICShQYGABzsAH6AEAAAHicY2BgYGJgYGAGYhEgyQimWRgkGEDiIBmG///B"
    "GCgDACZoBE8AAAAAAAAAAAAAAHicLYixCcAgFAVPYwiGkDKjZABHcINfiIUfC8H9o5IrjncPcLwYJoZ9eWI5Rm0Y58"
    "dzcv3bcvMElVpiyl2lEVCESiGSyPTV7QPv4AokAAAAeJxjYGbACwAAfQAE"
)

FIRST_EVENTS = """
    const source = new EventSource(url, {withCredentials});
    const events = [];
    return new Promise(resolve => {
        source.onmessage = ({data}) => {
            events.push(data);
            if (events.length < 3) return;
            source.close();
            resolve(events);
        };
        source.onerror = () => {
            source.close();
            resolve("blocked");
        };
    });
"""

RUN_MODULE = """
    const script = document.createElement("script");
    script.type = "module";
    script.src = url;
    const outcome = new Promise(resolve => {
        script.onload = () => resolve(globalThis.ran);
        script.onerror = () => resolve("blocked");
    });
    document.body.append(script);
    return outcome;
"""

LOAD_FONT = """
    const font = new FontFace("Blank", `url(${url})`);
    return font.load().then(() => "loaded", () => "blocked");
"""

LOAD_IMAGE = """
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.src = url;
    return image.decode().then(() => image.naturalWidth, () => "blocked");
"""


async def stream_three_events(request: web.Request) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    for number in (1, 2, 3):
        await stream.write(f"data: {number}\n\n".encode())
    return stream


async def send_font(_request: web.Request) -> web.Response:
    return web.Response(body=FONT, content_type="font/woff")


run = answering("globalThis.ran = 'ran';", Content_Type="text/javascript")
draw = answering(
    '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>', Content_Type="image/svg+xml"
)


async def test_an_event_stream_can_be_read(serve: Serve, tab: Tab, page: Site) -> None:
    policy = {page.origin: ResourceOptions()}
    api = await serve(cors_app("/events", stream_three_events, policy))
    events = await tab.js(FIRST_EVENTS, url=api / "events", withCredentials=False)
    assert events == ["1", "2", "3"]


async def test_an_event_stream_with_credentials_can_be_read_where_they_are_allowed(
    serve: Serve, tab: Tab, page: Site
) -> None:
    policy = {page.origin: ResourceOptions(allow_credentials=True)}
    api = await serve(cors_app("/own-events", stream_three_events, policy))
    events = await tab.js(FIRST_EVENTS, url=api / "own-events", withCredentials=True)
    assert events == ["1", "2", "3"]


@pytest.mark.usefixtures("page")
async def test_an_event_stream_gives_a_refused_origin_nothing(serve: Serve, tab: Tab) -> None:
    api = await serve(cors_app("/no-events", stream_three_events, EVERYONE_ELSE))
    events = await tab.js(FIRST_EVENTS, url=api / "no-events", withCredentials=False)
    assert events == "blocked"
    assert api.requests == ["GET /no-events"]


async def test_a_module_script_runs(serve: Serve, tab: Tab, page: Site) -> None:
    api = await serve(cors_app("/module.js", run, {page.origin: ResourceOptions()}))
    assert await tab.js(RUN_MODULE, url=api / "module.js") == "ran"


@pytest.mark.usefixtures("page")
async def test_a_module_script_does_not_run_for_a_refused_origin(serve: Serve, tab: Tab) -> None:
    api = await serve(cors_app("/refused.js", run, EVERYONE_ELSE))
    assert await tab.js(RUN_MODULE, url=api / "refused.js") == "blocked"
    assert api.requests == ["GET /refused.js"]


# WebKitGTK loads fonts of other origins without asking.
@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
async def test_a_font_loads(serve: Serve, tab: Tab, page: Site) -> None:
    api = await serve(cors_app("/font.woff", send_font, {page.origin: ResourceOptions()}))
    assert await tab.js(LOAD_FONT, url=api / "font.woff") == "loaded"


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
@pytest.mark.usefixtures("page")
async def test_a_font_does_not_load_for_a_refused_origin(serve: Serve, tab: Tab) -> None:
    api = await serve(cors_app("/refused.woff", send_font, EVERYONE_ELSE))
    assert await tab.js(LOAD_FONT, url=api / "refused.woff") == "blocked"
    assert api.requests == ["GET /refused.woff"]


async def test_an_image_that_a_canvas_may_read_loads(serve: Serve, tab: Tab, page: Site) -> None:
    api = await serve(cors_app("/image.svg", draw, {page.origin: ResourceOptions()}))
    assert await tab.js(LOAD_IMAGE, url=api / "image.svg") == 7


@pytest.mark.usefixtures("page")
async def test_an_image_that_a_canvas_may_read_does_not_load_for_a_refused_origin(
    serve: Serve, tab: Tab
) -> None:
    api = await serve(cors_app("/refused.svg", draw, EVERYONE_ELSE))
    assert await tab.js(LOAD_IMAGE, url=api / "refused.svg") == "blocked"
    assert api.requests == ["GET /refused.svg"]
