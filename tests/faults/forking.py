"""Sets an application up, forks twice, and serves it in all three processes."""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from aiohttp_cors import ResourceOptions, setup


async def answer(request: web.Request) -> web.Response:
    return web.Response()


async def ask(app: web.Application) -> None:
    async with TestClient(TestServer(app)) as client:
        for origin in ("https://a.example", "https://b.example"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
            async with client.options("/", headers=headers) as response:
                allowed = response.headers.get("Access-Control-Allow-Origin")
                sys.stdout.write(f"{response.status} {allowed}\n")


def main() -> None:
    app = web.Application()
    cors = setup(app, defaults={"https://a.example": ResourceOptions()})
    cors.add(app.router.add_put("/", answer))
    children = []
    for _ in range(2):
        child = os.fork()
        if not child:
            asyncio.run(ask(app))
            return
        children.append(child)
    asyncio.run(ask(app))
    for child in children:
        _, status = os.waitpid(child, 0)
        assert status == 0


main()
