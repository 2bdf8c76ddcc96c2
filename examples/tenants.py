"""An API whose tenants bring their own origins: `python examples/tenants.py`."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

DATABASE = web.AppKey("database", sqlite3.Connection)


class Tenants:
    """Whether an origin is a tenant's, asked of the database once in so many *seconds*."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds
        self._answers: dict[str, tuple[float, bool]] = {}

    async def __call__(self, origin: str, request: web.Request) -> bool:
        now = time.monotonic()
        asked, answer = self._answers.get(origin, (float("-inf"), False))
        if now - asked >= self._seconds:
            answer = await self._find(origin, request.config_dict[DATABASE])
            if len(self._answers) > 10_000:  # any page on the web may add one
                self._answers.clear()
            self._answers[origin] = now, answer
        return answer

    async def _find(self, origin: str, database: sqlite3.Connection) -> bool:
        query = "SELECT 1 FROM tenant WHERE origin = ?"
        found = await asyncio.to_thread(database.execute, query, [origin])
        return found.fetchone() is not None


async def open_database(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = sqlite3.connect(":memory:", check_same_thread=False)
    app[DATABASE].execute("CREATE TABLE tenant (origin TEXT PRIMARY KEY)")
    app[DATABASE].execute("INSERT INTO tenant VALUES ('https://flowers.example')")
    yield
    app[DATABASE].close()


async def orders(request: web.Request) -> web.Response:
    return web.json_response([])


def make_app(seconds: float = 60) -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(open_database)
    app.router.add_get("/orders", orders)
    tenant = ResourceOptions(allow_headers=("Authorization",), max_age=60)
    aiohttp_cors.setup(app, everywhere=True, defaults={Tenants(seconds): tenant})
    return app


if __name__ == "__main__":
    web.run_app(make_app())
