"""The origins that have a page: the playground itself, and the frames that it opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = Path(__file__).parent / "static"


def pages(origins: Mapping[str, str], policies: Mapping[str, str]) -> web.Application:
    """Return an application that serves the page, and tells its scripts the two mappings."""
    facts = json.dumps({"origins": origins, "policies": policies})

    async def show_index(request: web.Request) -> web.FileResponse:
        # Under another name, as localhost, it would be of an origin that the API does not know.
        if f"http://{request.host}" != origins["page"]:
            raise web.HTTPFound(f"{origins['page']}/")
        return web.FileResponse(STATIC / "index.html")

    async def tell_facts(_request: web.Request) -> web.Response:
        text = f"const playground = {facts};\n"
        return web.Response(text=text, content_type="text/javascript")

    app = web.Application()
    app.on_response_prepare.append(forbid_caching)
    app.router.add_get("/", show_index)
    app.router.add_get("/playground.js", tell_facts)
    app.router.add_static("/", STATIC)
    return app


async def forbid_caching(_request: web.Request, response: web.StreamResponse) -> None:
    # The next start may have other ports and other rows under the same address.
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
