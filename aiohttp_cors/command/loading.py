"""An application by its name, and the same application served on loopback, for the tools."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import traceback
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from yarl import URL

_T = TypeVar("_T")

#: Seconds that an application has to be made, to start, and to clean up.
PATIENCE = 30

# What a user's code may raise, but for Ctrl-C.
_ANYTHING = (Exception, SystemExit, asyncio.CancelledError)


class ToolError(Exception):
    """What keeps a tool from its work, as one line for the person at the terminal."""


async def load(name: str) -> web.Application:
    """The application that *name*, ``MODULE:APP``, says.

    APP is an `Application`, or a function that returns one, of no argument or of a list of
    command-line arguments, as ``python -m aiohttp.web`` and gunicorn have it. It may be a coroutine
    function.

    :raises ToolError: where there is no such application.
    """
    found = locate(name)
    app = await _call(name, found) if _is_factory(found) else found
    if not isinstance(app, web.Application):
        what = "returns" if found is not app else "is"
        raise ToolError(f"{name!r} {what} no aiohttp.web.Application, but {_kind(app)}")
    return app


def locate(name: str) -> object:
    """What ``MODULE:APP`` is the name of, before it is called; the module may run a loop meanwhile.

    :raises ToolError: where there is no such thing.
    """
    module_name, separator, attribute = name.partition(":")
    if not (module_name and separator and attribute):
        raise ToolError(f"{name!r} names no application: write MODULE:APP, as in 'shop.main:app'")
    if attribute.isdigit():
        raise ToolError(f"{name!r} names no application: a server is asked as http://{name}")
    if module_name.endswith(".py"):
        module = ".".join(Path(module_name).with_suffix("").parts)
        raise ToolError(f"{name!r} names a file: write {module}:{attribute}")
    imported = _import(module_name)
    try:
        found: object = reduce(getattr, attribute.removesuffix("()").split("."), imported)
    except AttributeError:
        raise ToolError(f"module {module_name!r} has no {attribute!r}") from None
    except _ANYTHING as error:  # of a property, or a module's __getattr__
        raise ToolError(f"cannot get {name!r}: {said_by(error)}") from error
    return found


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except _ANYTHING as error:  # whatever a user's module raises
        if _runs_an_application(error):
            raise ToolError(
                f"importing {name!r} runs its application: write web.run_app() below "
                "if __name__ == '__main__'"
            ) from None
        raise ToolError(f"cannot import {name!r}: {said_by(error)}") from error


def _runs_an_application(error: BaseException) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is web.run_app.__code__ for frame, _ in frames)


def _is_factory(found: object) -> bool:
    return callable(found) and not isinstance(found, web.Application)


async def _call(name: str, factory: Any) -> object:
    try:
        app = factory(*([[]] if _needs_argv(factory) else []))
        return await _patiently(app) if inspect.isawaitable(app) else app
    except _ANYTHING as error:  # whatever a user's function raises
        raise ToolError(f"{name!r} makes no application: {said_by(error)}") from error


def _needs_argv(factory: Any) -> bool:
    try:
        inspect.signature(factory).bind()
    except TypeError:
        return True
    return False


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def said_by(error: BaseException) -> str:
    """*error* in one line, with the line of code that led to it."""
    text = text_of(error)
    if isinstance(error, ToolError):
        return text
    kind = type(error).__name__
    sentence = f"{kind}: {text}" if text else kind
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_library(f.filename)]
    # A syntax error names its line itself.
    if not frames or isinstance(error, SyntaxError):
        return sentence
    return f"{sentence} ({line_of(frames[-1].filename, frames[-1].lineno)})"


def text_of(error: BaseException) -> str:
    """What *error* says, in one line."""
    try:
        return " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - whatever a user's exception raises
        return ""


def line_of(file: str, line: int | None) -> str:
    """``file:line``, the file as seen from the working directory."""
    path = Path(file)
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return f"{path}:{line}"


_LIBRARIES = tuple(
    str(Path(inspect.getfile(module)).parent) for module in (web, importlib, inspect)
)


def _is_library(file: str) -> bool:
    return file.startswith(("<", str(Path(__file__).parent.parent), *_LIBRARIES))


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[URL]:
    """The URL of *app*, started and served on a free port of loopback, then cleaned up.

    :raises ToolError: where it does not start.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    try:
        await _start(runner)
        host, port = runner.addresses[0][:2]
        yield URL.build(scheme="http", host=host, port=port)
    finally:
        # What has been found by now does not depend on how the application ends.
        with suppress(Exception):
            await _patiently(runner.cleanup())


async def _start(runner: web.AppRunner) -> None:
    try:
        await _patiently(runner.setup())
    except asyncio.TimeoutError:
        raise ToolError(f"the application does not start within {PATIENCE} seconds") from None
    except ToolError:
        raise
    except Exception as error:  # whatever a user's start-up raises
        raise ToolError(f"the application does not start: {said_by(error)}") from error
    await web.TCPSite(runner, "127.0.0.1", 0).start()


async def _patiently(work: Awaitable[_T]) -> _T:
    """What *work* of the application comes to, within `PATIENCE`.

    :raises ToolError: where it ends the program.
    """
    return await asyncio.wait_for(_contained(work), PATIENCE)


async def _contained(work: Awaitable[_T]) -> _T:
    # A task that ends with SystemExit stops the loop as well; wait_for made one until Python 3.12.
    try:
        return await work
    except SystemExit as error:
        raise ended_by(error) from error


def ended_by(error: SystemExit) -> ToolError:
    """The answer to an application that ends the program."""
    return ToolError(f"the application ends the program: SystemExit({error.code!r})")
