"""MODULE:APP, as `python -m aiohttp.web` and gunicorn take it; and what is no application."""

from __future__ import annotations

import gc
import os
import pty
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from aiohttp_cors import __version__
from aiohttp_cors.command import loading
from aiohttp_cors.command.loading import line_of
from aiohttp_cors.command.terminal import Screen

from .conftest import Run, Write

FACTORIES = """
class Made:
    app = app

made = Made()
def plain(): return app
def optional(argv=None): return app
def any_number(*argv): return app
def with_argv(argv): return app if argv == [] else None
async def coroutine(): return app
async def coroutine_with_argv(argv): return app if argv == [] else None
"""
NAMES = [
    "app",
    "made.app",
    "plain",
    "plain()",
    "optional",
    "any_number",
    "with_argv",
    "coroutine",
    "coroutine_with_argv",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_application_is_an_object_or_a_function(name: str, run: Run, write: Write) -> None:
    write(FACTORIES)
    assert run("routes", f"site_under_test:{name}").status == 0


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("app.py", "", "'app.py' names no application: write MODULE:APP, as in 'shop.main:app'"),
        (":app", "", "':app' names no application: write MODULE:APP, as in 'shop.main:app'"),
        ("x:", "", "'x:' names no application: write MODULE:APP, as in 'shop.main:app'"),
        ("there.is.none:app", "", "cannot import 'there.is.none': ModuleNotFoundError: "),
        (".relative:app", "", "cannot import '.relative': TypeError: "),
        ("broken:app", "1 / 0", "cannot import 'broken': ZeroDivisionError: "),
        ("broken:app", "1 +", "cannot import 'broken': SyntaxError: invalid syntax (broken.py, "),
        ("broken:app", "raise SystemExit", "cannot import 'broken': SystemExit (broken.py:1)"),
        ("broken:app", "", "module 'broken' has no 'app'"),
        (
            "broken:app",
            "import asyncio\nraise asyncio.CancelledError",
            "cannot import 'broken': CancelledError (broken.py:2)",
        ),
        (
            "broken:app",
            "def __getattr__(name): return 1 / (name != 'app')",
            "cannot get 'broken:app': ZeroDivisionError: division by zero (broken.py:1)",
        ),
        (
            "broken:app",
            "class Odd(Exception):\n    def __str__(self): return 5\nraise Odd",
            "cannot import 'broken': Odd (broken.py:3)",
        ),
        (
            "broken:app",
            "def app(): raise ValueError('\\x1b[31m red')",
            "'broken:app' makes no application: ValueError: \\x1b[31m red (broken.py:1)",
        ),
        (
            "broken:app",
            "from aiohttp import web\nweb.run_app(web.Application(), loop=1)",
            "importing 'broken' runs its application: write web.run_app() below if __name__ == ",
        ),
        ("broken.py:app", "", "'broken.py:app' names a file: write broken:app"),
        ("shop/main.py:app", "", "'shop/main.py:app' names a file: write shop.main:app"),
        (
            "localhost:8080",
            "",
            "'localhost:8080' names no application: a server is asked as http://localhost:8080",
        ),
        ("broken:app", "app = 3", "'broken:app' is no aiohttp.web.Application, but int"),
        (
            "broken:app",
            "def app(): return {}",
            "'broken:app' returns no aiohttp.web.Application, but dict",
        ),
        (
            "broken:app",
            "def app(a, b): ...",
            "'broken:app' makes no application: TypeError: app() missing ",
        ),
        (
            "broken:app",
            "async def app(): raise OSError('a\\nb')",
            "'broken:app' makes no application: OSError: a b (broken.py:1)",
        ),
    ],
)
def test_what_is_no_application_is_named_in_one_line(
    name: str, code: str, said: str, run: Run, write: Write
) -> None:
    write(code, "broken", preamble="")
    printed = run("routes", name)
    assert run("check", name) == run("explain", name, "--origin", "null") == printed
    assert (printed.status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err.startswith(f"aiohttp-cors: {said}")


def test_an_application_that_does_not_start_cannot_be_explained(run: Run, write: Write) -> None:
    app = write(
        """
async def connect(app):
    raise ConnectionError

app.on_startup.append(connect)
"""
    )
    printed = run("explain", app, "--origin", "https://app.example")
    assert printed == (
        2,
        "",
        "aiohttp-cors: the application does not start: ConnectionError (site_under_test.py:18)\n",
    )


def test_a_module_may_run_a_loop_to_make_its_application(run: Run, write: Write) -> None:
    name = write("import asyncio\nasync def make(): return app\nmade = asyncio.run(make())")
    assert run("routes", name.replace("app", "made")).status == 0


ENDLESS = "await asyncio.sleep(600)"
ENDING = "raise SystemExit(0)"
# What is seen of it with aiohttp 3.10 in Python 3.12 and newer: a report, and no answer.
ENDING_AS_IN_3_10 = (
    "asyncio.get_running_loop().call_exception_handler({'exception': SystemExit(0)})\n"
    "    request.transport.close()"
)
IN_A_TASK = """
async def begin(app):
    asyncio.create_task(leave())
app.on_startup.append(begin)
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"async def app(argv=None):\n    {ENDLESS}", "makes no application: TimeoutError"),
        (
            f"async def hang(app):\n    {ENDLESS}\napp.on_startup.append(hang)",
            "the application does not start within 0.05 seconds",
        ),
        (
            f"async def leave(app):\n    {ENDING}\napp.on_startup.append(leave)",
            "aiohttp-cors: the application ends the program: SystemExit(0)",
        ),
        (
            f"async def app(argv=None):\n    {ENDING}",
            "makes no application: the application ends the program: SystemExit(0)",
        ),
        (
            f"async def leave(request):\n    {ENDING}\nadd_get('/', leave)",
            "aiohttp-cors: the application ends the program: SystemExit(0)",
        ),
        (
            f"async def leave(request):\n    {ENDING_AS_IN_3_10}\nadd_get('/', leave)",
            "aiohttp-cors: the application ends the program: SystemExit(0)",
        ),
        (
            f"async def leave():\n    {ENDING}\n{IN_A_TASK}",
            "aiohttp-cors: the application ends the program: SystemExit(0)",
        ),
    ],
)
def test_an_application_that_hangs_or_ends_is_named_in_one_line(
    code: str,
    said: str,
    run: Run,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.05)
    printed = run("explain", write(f"import asyncio\n{code}"), "--origin", "https://app.example")
    assert (printed.status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert said in printed.err
    gc.collect()  # when tasks tell of an exception that nobody asked for
    assert [record for record in caplog.records if record.name == "asyncio"] == []


def test_what_else_fails_in_the_application_is_told_of_as_ever(
    run: Run, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    app = write(f"import asyncio\nasync def leave():\n    1 / 0\n{IN_A_TASK}")
    run("explain", app, "--origin", "https://app.example")
    gc.collect()
    assert [(r.name, r.getMessage().splitlines()[0]) for r in caplog.records] == [
        ("asyncio", "Task exception was never retrieved")
    ]


@pytest.mark.parametrize("end", ["1 / 0", ENDLESS, ENDING])
def test_what_was_found_does_not_depend_on_how_the_application_ends(
    end: str, run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.5)
    app = write(
        f"""
import asyncio

async def close(app):
    {end}

aiohttp_cors.setup(app, defaults={{APP: ResourceOptions()}}, everywhere=True)
add_get("/", handler)
app.on_cleanup.append(close)
"""
    )
    printed = run("explain", app, "--origin", "https://app.example")
    assert (printed.status, "ALLOWED" in printed.lines, printed.err) == (0, True, "")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        screen = Screen(stream)
        screen.print(["line"] * 100_000)
        screen.print(["another"])


def test_ctrl_c_ends_it_without_a_traceback(run: Run, write: Write) -> None:
    app = write("raise KeyboardInterrupt", "slow", preamble="")
    assert run("check", app) == (130, "", "")


def test_a_line_is_named_as_seen_from_here(write: Write) -> None:
    here = Path.cwd()
    assert line_of(str(here / "site" / "app.py"), 3) == str(Path("site", "app.py:3"))
    assert line_of(str(here.parent / "app.py"), 3) == str(here.parent / "app.py:3")


def test_the_version_is_told(run: Run) -> None:
    assert run("--version") == (0, f"aiohttp-cors {__version__}\n", "")


def test_no_command_is_a_wrong_usage(run: Run) -> None:
    assert run().status == 2


@pytest.mark.parametrize("name", ["routes", "check", "explain"])
def test_each_command_has_help(name: str, run: Run) -> None:
    printed = run(name, "--help")
    assert (printed.status, printed.err) == (0, "")
    assert "MODULE:APP" in printed.out


def test_modules_are_found_in_the_working_directory(write: Write, tmp_path: Path) -> None:
    app = write('print("loading")')
    command = [sys.executable, "-m", "aiohttp_cors", "routes", app]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "METHOD  PATH  CREDENTIALS  FROM  ORIGINS\n"
    assert done.stderr == "loading\n"


# --- The screen --------------------------------------------------------------------------------


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    stream = StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    return Screen(stream)


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert on_a_terminal(monkeypatch).paint("bad", "BLOCKED") == "\x1b[1;31mBLOCKED\x1b[0m"
    assert on_a_terminal(monkeypatch).paint("bad", "") == ""
    assert Screen(StringIO()).paint("bad", "BLOCKED") == "BLOCKED"


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("", True)])
def test_no_color_is_honoured(value: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    assert ("\x1b" in on_a_terminal(monkeypatch).paint("good", "ALLOWED")) == coloured


def test_what_a_stream_cannot_encode_is_escaped() -> None:
    raw = BytesIO()
    with TextIOWrapper(raw, encoding="ascii", newline="\n") as stream:
        Screen(stream).print(["/ä"])
        stream.flush()
        assert raw.getvalue() == b"/\\xe4\n"


def test_a_coloured_story_is_the_plain_one(write: Write, tmp_path: Path) -> None:
    app = write('aiohttp_cors.setup(app, defaults={}, everywhere=True)\nadd_get("/", handler)\n')
    command = [sys.executable, "-m", "aiohttp_cors", "explain", app, "--origin", "null"]
    plain = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "BLOCKED" in plain.stdout
    outer, inner = pty.openpty()
    environment = {name: v for name, v in os.environ.items() if name != "NO_COLOR"}
    with os.fdopen(inner, "wb") as terminal:
        subprocess.run(command, cwd=tmp_path, stdout=terminal, env=environment, check=False)
        coloured = os.read(outer, 100_000).decode().replace("\r\n", "\n")
    os.close(outer)
    for code in ("\x1b[1;32m", "\x1b[1;31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain.stdout
