"""From "everybody" to a list, without cutting anybody off by surprise.

First `python examples/auditing.py`, for as long as it takes to see who comes; then, with
the list complete, `python examples/auditing.py --narrow`.
"""

import logging
import sys
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.refusals import Refused

logger = logging.getLogger("audit")

OPTIONS = ResourceOptions(allow_headers=("Content-Type",), max_age=60)

# What is known already; what the log tells is added here.
KNOWN = {"https://app.example": OPTIONS}


class Strangers:
    """Says yes to everybody, as ``"*"`` did, and tells of each origin once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, origin: str, request: web.Request) -> bool:
        # Any page on the web may add one.
        if origin not in self.seen and len(self.seen) < 1000:
            self.seen.add(origin)
            logger.warning("not on the list: %r, which asks for %r", origin, request.path)
        return True


async def tell(request: web.Request, refused: Refused) -> None:
    logger.warning("refused (%s): %s", refused.kind, refused.message)


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app(argv: list[str]) -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    app.router.add_put("/items", items)
    defaults: dict[Any, ResourceOptions] = {**KNOWN}
    if "--narrow" not in argv:
        defaults[Strangers()] = OPTIONS
    cors = aiohttp_cors.setup(app, everywhere=True, defaults=defaults)
    cors.on_refused.append(tell)
    return app


if __name__ == "__main__":
    logging.basicConfig()
    web.run_app(make_app(sys.argv[1:]))
