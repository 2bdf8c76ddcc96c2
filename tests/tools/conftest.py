"""Applications in modules of their own, as the command line is given them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aiohttp_cors.command.program import main

PREAMBLE = """\
import aiohttp_cors
from aiohttp import web
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

APP = "https://app.example"
OTHER = "https://other.example"


async def handler(request):
    return web.Response(text="read")


app = web.Application()
add_get, add_put = app.router.add_get, app.router.add_put
add_post, add_delete = app.router.add_post, app.router.add_delete
"""


class Printed(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def item(self, label: str) -> str | None:
        """The text behind *label* at the end of a story, on one line."""
        found, said = False, []
        for line in self.lines:
            if line.startswith(f"  {label:<6}  "):
                found = True
            elif not line.startswith(" " * 10):
                found = False
            if found:
                said.append(line[10:])
        return " ".join(said) if said else None


Run = Callable[..., Printed]
Write = Callable[..., str]
AskLive = Callable[..., Awaitable[Printed]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write code to a module that can be imported; its application's name comes back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def write_module(code: str, name: str = "site_under_test", preamble: str = PREAMBLE) -> str:
        (tmp_path / f"{name}.py").write_text(preamble + code)
        return f"{name}:app"

    yield write_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line."""

    def run_main(*argv: str) -> Printed:
        try:
            status = main(argv)
        except SystemExit as exit_:  # argparse's own
            status = int(exit_.code or 0)
        return Printed(status, *capsys.readouterr())

    return run_main


@pytest.fixture
def ask_live(run: Run) -> AskLive:
    """Run `explain` with the URL of a server that answers everything with one handler."""

    async def ask(handler: Callable[[web.Request], Awaitable[web.Response]], *argv: str) -> Printed:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(app)
        await server.start_server(max_line_size=16384)
        async with server:
            return await asyncio.to_thread(run, "explain", str(server.make_url("/")), *argv)

    return ask
