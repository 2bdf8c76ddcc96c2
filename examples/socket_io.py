"""Socket.IO, with the origins of the rest of the server: `python examples/socket_io.py`."""

from typing import Any

import socketio
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def echo(sid: str, data: Any) -> Any:
    return data


def make_app() -> web.Application:
    app = web.Application()
    # The empty list is python-socketio's word for "somebody else does CORS".
    server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[])
    server.on("echo", echo)
    server.attach(app)

    page = ResourceOptions(allow_credentials=True)
    cors = aiohttp_cors.setup(
        app, everywhere=True, protect=True, defaults={"https://chat.example": page}
    )
    # python-socketio brings an OPTIONS handler, which knows nothing of the origins above.
    for route in list(app.router.routes()):
        if route.method == "OPTIONS":
            cors.add(route)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
