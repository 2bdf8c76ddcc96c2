"""An API for an app and its previews: `python examples/preview_deployments.py`."""

import re

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

# What they may do is the app's; whose cookies they carry is not.
PREVIEW = ResourceOptions(allow_headers=("Authorization", "Content-Type"), max_age=600)

ORIGINS = {
    "https://shop.example": ResourceOptions(
        allow_credentials=True, allow_headers=("Content-Type",), max_age=600
    ),
    # Netlify: the pull requests of the site `shop`, by their numbers.
    re.compile(r"https://deploy-preview-[0-9]+--shop\.netlify\.app"): PREVIEW,
    # Vercel: the deployments of the project `shop` of the team `acme`.
    re.compile(r"https://shop-[a-z0-9]{9}-acme\.vercel\.app"): PREVIEW,
    # Cloudflare Pages: what is left of a project's own name is the project's.
    "https://*.shop.pages.dev": PREVIEW,
}


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    aiohttp_cors.setup(app, everywhere=True, protect=True, defaults=ORIGINS)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
