"""Origins from environment variables, which may be empty.

CORS_ORIGINS="https://app.example" python examples/origins_from_environment.py
"""

import os
import re
import warnings
from collections.abc import Mapping

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsWarning, ResourceOptions


def origin_keys(environ: Mapping[str, str]) -> list[str | re.Pattern[str]]:
    """What CORS_ORIGINS lists, with commas between, and what CORS_ORIGIN_REGEX matches."""
    texts = environ.get("CORS_ORIGINS", "").split(",")
    keys: list[str | re.Pattern[str]] = [text.strip() for text in texts if text.strip()]
    expression = environ.get("CORS_ORIGIN_REGEX", "").strip()
    if expression:
        keys.append(re.compile(expression))
    return keys


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app(environ: Mapping[str, str] = os.environ) -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    options = ResourceOptions(allow_credentials=True, allow_headers=("Content-Type",))
    with warnings.catch_warnings():
        # A server whose origins are mistyped, or too wide for cookies, does not start.
        warnings.simplefilter("error", CorsWarning)
        defaults = dict.fromkeys(origin_keys(environ), options)
        aiohttp_cors.setup(app, everywhere=True, protect=True, defaults=defaults)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
