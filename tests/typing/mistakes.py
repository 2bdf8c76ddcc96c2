"""Mistakes that type checkers find before a server starts: one on each line marked with `wrong`."""

from __future__ import annotations

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions, custom_cors

app = web.Application()
cors = aiohttp_cors.setup(app)

ResourceOptions(True)  # wrong
ResourceOptions(allow_credential=True)  # wrong
ResourceOptions(max_age="600")  # wrong
ResourceOptions(allow_credentials="yes")  # wrong

aiohttp_cors.setup(app, {})  # wrong
aiohttp_cors.setup(app, defaults={"*"})  # wrong
aiohttp_cors.setup(app, default={})  # wrong
aiohttp_cors.setup(app, protect="yes")  # wrong
aiohttp_cors.setup(app, protected=True)  # wrong

cors.add("/path")  # wrong
cors.add(app.router.add_resource("/a"), "*")  # wrong
cors.add(app.router.add_resource("/b"), {"*": "*"})  # wrong
cors.add(app.router.add_resource("/c")).no_such_method()  # wrong
cors.add(app.router.add_resource("/d"), {}, inherit="no")  # wrong
cors.add(app.router.add_resource("/e"), {}, False, False)  # wrong
cors.exclude("/path")  # wrong


@custom_cors({"*": 1})  # wrong
@custom_cors({}, False)  # wrong
async def handler(request: web.Request) -> web.Response:
    return web.Response()


def receive(request: web.Request) -> None:
    """Is no coroutine function, and is not told what was refused."""


cors.on_refused.append(receive)  # wrong
