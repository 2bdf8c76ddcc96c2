"""What runs in a program's own environment: its application on a port, and a list of its routes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web


def tell(routes: Iterable[tuple[str, str]]) -> None:
    """Write where the script reads it which method is served at which path."""
    asked = [
        (method, re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "1", path)) for method, path in routes
    ]
    Path(os.environ["ROUTES"]).write_text(json.dumps(sorted(set(asked))))


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """Every method and path of an application, its OPTIONS routes left out."""
    found = []
    for route in app.router.routes():
        info = route.resource.get_info() if route.resource is not None else {}
        path = info.get("path", info.get("formatter", info.get("prefix", "") + "/1")) or "/"
        if route.method not in ("OPTIONS", "HEAD"):
            found.append(("GET" if route.method == "*" else route.method, path))
    return found


def serve(app: web.Application) -> None:
    tell(routes_of(app))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=lambda _: None)
