"""Fonts and scripts for the pages of others: `python examples/static_files.py FOLDER`."""

import sys
from pathlib import Path

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


def make_app(argv: list[str]) -> web.Application:
    folder = Path(argv[0] if argv else ".")
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    files = app.router.add_static("/files", folder)
    cors.add(files, {"*": ResourceOptions(expose_headers=("Content-Range",))})
    return app


if __name__ == "__main__":
    web.run_app(make_app(sys.argv[1:]))
