"""Origins from a YAML file: `python examples/origins_from_yaml.py settings.yaml`."""

import re
import sys
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

EXAMPLE = r"""
cors:
  - origins: [https://app.example, "http://localhost:*"]
    allow_credentials: true
    allow_headers: [Content-Type]
    max_age: 600
  - regex: https://pr-[0-9]+\.app\.example
    allow_headers: [Content-Type]
  - origins: ["*"]
"""


def defaults(settings: dict[str, Any]) -> dict[str | re.Pattern[str], ResourceOptions]:
    """Origin key -> options, as the list `cors` of *settings* has it; it may be empty."""
    found: dict[str | re.Pattern[str], ResourceOptions] = {}
    for entry in settings.get("cors") or ():
        options = dict(entry)
        keys = list(options.pop("origins", None) or ())
        if "regex" in options:
            keys.append(re.compile(options.pop("regex")))
        # A word that is no option is a TypeError here, and not overlooked.
        found.update(dict.fromkeys(keys, ResourceOptions(**options)))
    return found


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app(argv: list[str]) -> web.Application:
    text = Path(argv[0]).read_text(encoding="utf-8") if argv else EXAMPLE
    settings = yaml.safe_load(text) or {}
    app = web.Application()
    app.router.add_get("/items", items)
    aiohttp_cors.setup(app, everywhere=True, defaults=defaults(settings))
    return app


if __name__ == "__main__":
    web.run_app(make_app(sys.argv[1:]))
