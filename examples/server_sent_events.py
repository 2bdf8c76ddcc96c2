"""Events that a page receives, with cookies: `python examples/server_sent_events.py`."""

import asyncio
from itertools import count

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)  # the CORS headers go out here, with the others
    for number in count():
        await response.write(f"data: {number}\n\n".encode())
        await asyncio.sleep(1)
    return response


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/events", events)
    app_page = ResourceOptions(allow_credentials=True)
    aiohttp_cors.setup(
        app, everywhere=True, protect=True, defaults={"https://app.example": app_page}
    )
    return app


if __name__ == "__main__":
    web.run_app(make_app())
