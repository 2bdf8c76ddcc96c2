"""``python -m aiohttp_cors``: what is under CORS, what is wrong with it, why a browser refuses."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import sys
import warnings
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from aiohttp_cors.__about__ import __title__, __version__
from aiohttp_cors.fetch import Credentials, Verdict, is_origin_of_a_page, parse_url
from aiohttp_cors.protocol.diagnostics import CorsWarning
from aiohttp_cors.protocol.origin_keys import suggest_keys
from aiohttp_cors.testing import Browser

from .checks import Warned, check, observe
from .diagnosis import Diagnosis, diagnose, remarks
from .explain import Story, tell
from .front import diagnose_server
from .listing import list_findings, list_routes, row_of
from .loading import ToolError, ended_by, line_of, load, locate, said_by, serving, text_of
from .survey import survey
from .terminal import Screen

FINE, FOUND, FAILED = 0, 1, 2
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Result:
    status: int
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Run:
    """What a command has at hand: its arguments, where it prints, what was warned of so far."""

    args: argparse.Namespace
    screen: Screen
    errors: Screen
    caught: list[warnings.WarningMessage]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (without the program's name), and return its exit status.

    0 where nothing was found and nothing is blocked, 1 otherwise, 2 where it could not be said.
    """
    args = _parse(argv)
    screen, errors = Screen(sys.stdout), Screen(sys.stderr)
    here = str(Path.cwd())
    if here not in sys.path:  # as `python -m` and gunicorn have it
        sys.path.insert(0, here)
    try:
        # What an application prints, logs of its CORS, or is warned of belongs to no report.
        with redirect_stdout(sys.stderr), _quiet_log(), _caught_warnings() as caught:
            if "://" not in args.app:
                locate(args.app)  # which imports it, before there is a loop
            result = asyncio.run(_guarded(args.run(_Run(args, screen, errors, caught))))
    except ToolError as error:
        errors.complain(str(error))
        return FAILED
    except SystemExit as error:  # of the application
        errors.complain(str(ended_by(error)))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    screen.print(result.lines)
    return result.status


async def _guarded(work: Awaitable[_Result]) -> _Result:
    """What *work* comes to; a task that ends the program is told of once, and not by its loop."""
    exits: list[SystemExit] = []

    def keep_exits(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, SystemExit):
            exits.append(error)
        else:
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(keep_exits)
    try:
        return await work
    except ToolError:
        # The server of aiohttp 3.10 goes on after it, and all that is seen is a closed connection.
        if exits:
            raise ended_by(exits[0]) from None
        raise


@contextmanager
def _quiet_log() -> Iterator[None]:
    logger = logging.getLogger("aiohttp_cors")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def _caught_warnings() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


# --- routes ------------------------------------------------------------------------------------


async def _routes(run: _Run) -> _Result:
    places = survey(await load(run.args.app))
    if run.args.json:
        return _Result(FINE, _as_json([row_of(place) for place in places]))
    return _Result(FINE, list_routes(places, run.screen))


def _as_json(value: object) -> list[str]:
    return [json.dumps(value, indent=2)]


# --- check -------------------------------------------------------------------------------------


async def _check(run: _Run) -> _Result:
    app = await load(run.args.app)
    observed = None
    try:
        async with serving(app) as url:
            observed = await observe(app, url)
    except (ToolError, ClientError, asyncio.TimeoutError) as error:
        run.errors.complain(f"not all preflights were tried: {said_by(error)}")
    reports = check(app, _warned(run.caught), observed)
    is_fine = all(report.kind == "advice" and not run.args.strict for report in reports)
    lines = _as_json([report.as_dict() for report in reports]) if run.args.json else None
    return _Result(FINE if is_fine else FOUND, lines or list_findings(reports, run.screen))


def _warned(caught: Sequence[warnings.WarningMessage]) -> list[Warned]:
    return [
        Warned(warning.message.finding, line_of(warning.filename, warning.lineno))
        for warning in caught
        if isinstance(warning.message, CorsWarning)
    ]


# --- explain -----------------------------------------------------------------------------------


async def _explain(run: _Run) -> _Result:
    target = run.args.app
    if "://" in target:
        url = _parse_url(target, run.args.path)
        async with ClientSession(timeout=_NO_TIMEOUT) as session:
            work = _ask_server(session, run.args, url)
            verdict, diagnosis = await _within(run.args.timeout, url, work)
        return _told(run, Story(verdict, diagnosis))
    app = await load(target)
    async with serving(app) as base, ClientSession(timeout=_NO_TIMEOUT) as session:
        url = _parse_url(str(base), run.args.path)
        verdict = await _within(run.args.timeout, url, _fetch(session, run.args, url))
        diagnosis = await diagnose(app, verdict)
        return _told(run, Story(verdict, diagnosis, await remarks(app, verdict), target))


def _told(run: _Run, story: Story) -> _Result:
    status = FINE if story.verdict.allowed else FOUND
    return _Result(status, tell(story, run.screen))


# The whole story has one limit of its own.
_NO_TIMEOUT = ClientTimeout(total=None)


async def _ask_server(
    session: ClientSession, args: argparse.Namespace, url: URL
) -> tuple[Verdict, Diagnosis | None]:
    verdict = await _fetch(session, args, url)
    return verdict, await diagnose_server(session, verdict)


async def _within(seconds: float, url: URL, work: Awaitable[_T]) -> _T:
    """What *work*, which asks *url*, comes to.

    :raises ToolError: where nothing comes of it.
    """
    try:
        return await asyncio.wait_for(work, seconds)
    except asyncio.TimeoutError:
        raise ToolError(f"{url} does not answer within {seconds:g} seconds") from None
    except ClientError as error:
        raise ToolError(f"{url} does not answer: {text_of(error)}") from None
    except TypeError as error:  # what JavaScript's fetch() raises it for
        raise ToolError(f"no page can send this: {error}") from None


def _parse_url(base: str, path: str | None) -> URL:
    try:
        start = parse_url(base)
        url = start if path is None else start.join(parse_url(path))
    except ValueError as error:
        raise ToolError(f"{base!r} is no URL: {error}") from None
    if not start.scheme:
        raise ToolError(f"{base!r} is no URL: write it as https://api.example/")
    if (url.scheme, url.raw_authority) != (start.scheme, start.raw_authority):
        raise ToolError(f"{path!r} is no path of {base}: it leads to another server")
    return url


async def _fetch(session: ClientSession, args: argparse.Namespace, url: URL) -> Verdict:
    credentials: Credentials = "include" if args.credentials else "same-origin"
    browser = Browser(session, args.origin)
    return await browser.explain(args.method, url, headers=args.headers, credentials=credentials)


# --- The command line --------------------------------------------------------------------------


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    args, rest = parser.parse_known_args(argv)
    # Before Python 3.13, argparse gives up on an optional argument that comes behind options.
    if args.run is _explain and args.path is None and rest and not rest[0].startswith("-"):
        args.path = rest.pop(0)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return args


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=__title__,
        description="CORS of an aiohttp application: what is under it, what is wrong with it, "
        "and why a browser refuses.",
        epilog="MODULE:APP is an aiohttp.web.Application, or a function that returns one; it may "
        "be a coroutine function, and may take a list of arguments.",
    )
    parser.add_argument("--version", action="version", version=f"{__title__} {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    routes = commands.add_parser("routes", help="list what is under CORS, method by method")
    routes.add_argument("app", metavar="MODULE:APP")
    routes.add_argument("--json", action="store_true", help="print an array of objects")
    routes.set_defaults(run=_routes)

    checking = commands.add_parser("check", help="find mistakes in the configuration")
    checking.add_argument("app", metavar="MODULE:APP")
    checking.add_argument("--strict", action="store_true", help="let advice count as a finding")
    checking.add_argument("--json", action="store_true", help="print an array of objects")
    checking.set_defaults(run=_check)

    explain = commands.add_parser(
        "explain", help="send what a page would, and say what comes of it"
    )
    explain.add_argument("app", metavar="MODULE:APP|URL", help="the server to ask")
    explain.add_argument("path", metavar="PATH", nargs="?", help="what to fetch from it")
    explain.add_argument(
        "--origin",
        required=True,
        type=_origin,
        help="the origin of the page, as https://app.example, null or file://",
    )
    explain.add_argument("-X", "--method", default="GET", help="GET where nothing is said")
    explain.add_argument(
        "-H",
        "--header",
        dest="headers",
        metavar="'NAME: VALUE'",
        type=_header,
        action="append",
        default=[],
        help="a header that the page sets; may be repeated",
    )
    explain.add_argument(
        "--credentials", action="store_true", help="fetch with credentials: 'include'"
    )
    explain.add_argument(
        "--timeout",
        type=_seconds,
        default=60,
        metavar="SECONDS",
        help="how long all of it may take; 60 where nothing is said",
    )
    explain.set_defaults(run=_explain)
    return parser


def _origin(text: str) -> str:
    if is_origin_of_a_page(text):
        return text
    meant = " or ".join(str(key) for key in suggest_keys(text)) or "https://app.example"
    raise argparse.ArgumentTypeError(f"no page has the origin {text!r}; write it as {meant}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is no header; write 'Name: value'")
    return name.strip(), value.strip()
