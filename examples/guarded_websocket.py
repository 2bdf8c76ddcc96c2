"""WebSockets that no hostile page can open: `python examples/guarded_websocket.py`."""

from aiohttp import WSMsgType, web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def echo(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


def make_app() -> web.Application:
    app = web.Application()
    # Every handshake of a foreign page is refused before the handler runs, ...
    cors = aiohttp_cors.setup(app, protect=True)
    app.router.add_get("/own", echo)
    # ... but for the pages that may: with cookies, since browsers always send them along.
    shop = {"https://shop.example": ResourceOptions(allow_credentials=True)}
    cors.add(app.router.add_get("/echo", echo), shop)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
