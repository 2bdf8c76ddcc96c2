"""An API for pages inside of installed apps: `python examples/electron_and_cordova.py`."""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

APP = ResourceOptions(allow_headers=("Authorization", "Content-Type"), max_age=600)

ORIGINS = {
    "app://shop": APP,  # Electron, with a scheme of the app's own
    "capacitor://localhost": APP,  # Capacitor on iOS
    "ionic://localhost": APP,  # Ionic's web view on iOS
    "https://localhost": APP,  # Capacitor and Cordova on Android
    "file://": APP,  # Electron's loadFile(), older Cordova
    "null": APP,  # the same in other engines, and sandboxed frames anywhere
}


async def items(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer change me":
        raise web.HTTPUnauthorized
    return web.json_response(["tea", "milk"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    aiohttp_cors.setup(app, everywhere=True, defaults=ORIGINS)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
