"""A program that others configure: `python examples/installed_by_others.py -h`."""

import argparse
import logging
import sys
import warnings
from collections.abc import Iterable

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsWarning, ResourceOptions

logger = logging.getLogger("viewer")

PAGE = ResourceOptions(allow_credentials=True, allow_headers=("Content-Type",))


async def models(request: web.Request) -> web.Response:
    return web.json_response(["teapot"])


async def load_model(request: web.Request) -> web.Response:
    return web.json_response(await request.text(), status=201)


def set_up_cors(app: web.Application, origins: Iterable[str]) -> None:
    """Allow *origins*, and say what is wrong with them in the words of this program."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CorsWarning)
        defaults = dict.fromkeys(origins, PAGE)
        # Without origins there is nothing to allow, but still strangers to keep out.
        everywhere = bool(defaults)
        aiohttp_cors.setup(app, everywhere=everywhere, protect=True, defaults=defaults)
    for warning in caught:
        if isinstance(warning.message, CorsWarning):
            logger.warning("--cors-origin: %s", warning.message)
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def make_app(argv: list[str]) -> web.Application:
    parser = argparse.ArgumentParser(description="Show models in the browser.")
    parser.add_argument(
        "--cors-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages of ORIGIN (https://lab.example) may use this server; may be repeated",
    )
    args = parser.parse_args(argv)
    app = web.Application()
    app.router.add_get("/models", models)
    app.router.add_post("/models", load_model)
    set_up_cors(app, args.cors_origin)
    return app


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    web.run_app(make_app(sys.argv[1:]), host="localhost")
