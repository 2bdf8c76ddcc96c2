"""A WebSocket that a hostile page cannot open: `python examples/websocket.py`.

Browsers do not guard WebSockets with CORS. The page at http://localhost:8080 may connect (it is of
the same origin), and so may http://localhost:3000; any other page gets a 403.
"""

from __future__ import annotations

from aiohttp import WSMsgType, web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, ResourceOptions

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Echo</title>
<p id="said">connecting</p>
<script>
  const said = document.getElementById("said");
  const socket = new WebSocket("ws://" + location.host + "/echo");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (message) => { said.textContent = "the server says " + message.data; };
  socket.onerror = () => { said.textContent = "refused"; };
</script>
"""


async def index(request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def echo(request: web.Request) -> web.StreamResponse:
    if not await request.config_dict[APP_CONFIG_KEY].is_origin_allowed(request):
        raise web.HTTPForbidden(text="not for pages of this origin")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"http://localhost:3000": ResourceOptions()})
    app.router.add_get("/", index)
    cors.add(app.router.add_get("/echo", echo))
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="localhost", port=8080)
