"""navigator-api: an application with its views, which have the mixin, and with handlers."""

from __future__ import annotations

import sys

from scratch import SCRATCH, after, before, compare_preflights, environment, preflights

NAME, REQUIREMENT = "navigator-api 4.0.1", "navigator-api==4.0.1"
# What it reads at start-up, beside its environment.
SETTINGS = {"env/.env": "NAME=x\n", "env/dev/.env": "NAME=x\n", "etc/config.ini": "[general]\n"}


def inside() -> None:
    from aiohttp import web
    from inside import serve
    from navigator import Application
    from navigator.handlers.types import AppHandler
    from navigator.views import BaseView

    class Items(BaseView):
        async def get(self) -> web.Response:
            return web.json_response([])

        async def put(self) -> web.Response:
            return web.json_response({})

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    application = Application(AppHandler)
    router = application.get_app().router
    router.add_view("/items/{id}", Items)
    router.add_get("/hello", hello)
    router.add_post("/hello", hello)
    serve(application.setup_app())


def main() -> None:
    python = environment("navigator", REQUIREMENT)
    for name, text in SETTINGS.items():
        path = SCRATCH / "navigator" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    old, new = (preflights(python, __file__, package) for package in (before(), after()))
    compare_preflights(NAME, old, new)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
