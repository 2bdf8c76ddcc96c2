"""Class-based views that say who may: `python examples/class_based_views.py`."""

from typing import ClassVar

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

NOTES = ["milk"]
EDITOR = ResourceOptions(allow_headers=("Content-Type",))


class Notes(web.View, CorsViewMixin):
    # For all methods of the view ...
    cors_config: ClassVar = {"https://app.example": ResourceOptions()}

    async def get(self) -> web.Response:
        return web.json_response(NOTES)

    # ... more for one of them ...
    @custom_cors({"https://editor.example": EDITOR})
    async def put(self) -> web.Response:
        return web.json_response(await self.request.json())

    # ... and for nobody else.
    @custom_cors({"https://editor.example": EDITOR}, inherit=False)
    async def delete(self) -> web.Response:
        return web.Response(status=204)


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_view("/notes", Notes))
    return app


if __name__ == "__main__":
    web.run_app(make_app())
