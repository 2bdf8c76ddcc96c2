"""The playground, as ``make demo`` starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .sites import Tab

PROJECT = Path(__file__).parents[2]
QUIETLY = ["--no-browser", "--port=0"]
AS_FOLDER = ["examples/playground", *QUIETLY]
AS_MODULE = ["-m", "examples.playground", *QUIETLY]


# A browser that only hands on what it is to open, and stays; without the program's output, so that
# the end of that is the program's.
FAKE_BROWSER = """\
import os, socket, sys
os.closerange(1, 3)
with socket.create_connection(("127.0.0.1", {port})) as test:
    test.sendall(sys.argv[1].encode() + b"\\n")
    test.recv(1)
"""


@contextlib.asynccontextmanager
async def playground(
    *command: str, **environment: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Start the program; what comes is the URL that it prints, and its process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        *command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield await printed_url(process), process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def printed_url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.match(r"Open (http://\S+)", line.decode()):
            return found[1]
    assert process.stderr is not None
    pytest.fail(f"no URL: {(await process.stderr.read()).decode()}")


async def test_every_row_is_as_expected(tab: Tab) -> None:
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        rows = await tab.js("return await results")
        headline = await tab.js("return document.querySelector('h1').textContent")
        state = await tab.js("return document.documentElement.dataset.state")
    assert {row["name"]: row["seen"] for row in rows} == {
        row["name"]: row["expected"] for row in rows
    }
    assert len(rows) >= 33
    assert headline == f"All {len(rows)} rows are as expected"
    assert state == "passed"


async def test_every_row_shows_the_code_that_decides(tab: Tab) -> None:
    source = (PROJECT / "examples/playground/api.py").read_text(encoding="utf-8")
    lines = {line.strip() for line in source.splitlines()}
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        shown = await tab.js(
            "return [...document.querySelectorAll('td.policy > pre')].map(cell => cell.textContent)"
        )
    assert all(any(call in code for call in ("cors.add(", "setup(")) for code in shown)
    assert {line.strip() for code in shown for line in code.splitlines()} <= lines


REASONS = {
    "Refused origin": "origin",
    "Not localhost": "origin",
    "Cookies not allowed": "the answer has no Access-Control-Allow-Credentials",
    "Refused header": "headers",
    "Refused method": "method",
    "Event stream, refused origin": "origin",
    "WebSocket, refused origin": "origin",
    "A form, with protect": "origin",
    "A simple POST, with protect": "origin",
    "A WebSocket, with protect": "origin",
}
BLOCKED_ROWS = """
    await results;
    return [...document.querySelectorAll("tr:has(.why h4)")].map(row => {
        const [reason, headers] = row.querySelectorAll(".why p, .why pre");
        return {
            name: row.querySelector("h3").firstChild.textContent,
            reason: (reason.querySelector("code") ?? reason).textContent,
            headers: headers.textContent.split("\\n"),
        };
    });
"""


async def test_every_blocked_row_says_why(tab: Tab) -> None:
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        rows = await tab.js("return await results")
        shown = await tab.js(BLOCKED_ROWS)
    assert {row["name"]: row["reason"] for row in shown} == REASONS
    assert REASONS.keys() == {row["name"] for row in rows if row["seen"] in ("blocked", "no order")}
    for row in shown:
        assert any(line.startswith("> Origin: http://") for line in row["headers"])
        assert any(re.match(r"< (200|403) ", line) for line in row["headers"])


CUT = """
    await results;
    const frame = document.createElement("iframe");
    Object.assign(frame.style, {width: `${width}px`, height: "600px"});
    const loaded = new Promise(resolve => { frame.onload = resolve; });
    frame.src = location.href;
    document.body.append(frame);
    await loaded;
    await frame.contentWindow.eval("results");
    const {document: inner} = frame.contentWindow;
    const cut = [...inner.querySelectorAll("main *, html")].filter(
        part => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1
    );
    return cut.map(part => `${part.tagName} ${part.textContent}`);
"""


@pytest.mark.parametrize("width", [420, 800, 1400])
async def test_nothing_is_cut(tab: Tab, width: int) -> None:
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        assert await tab.js(CUT, width=width) == []


async def test_a_row_that_is_not_as_expected_is_said_at_the_top(tab: Tab) -> None:
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        # Beside the rows themselves, because what they see is true.
        await tab.js("await results; rows[0].expected = '200 something else'")
        row = await tab.js("return await runRow(rows[0])")
        await tab.js("showSummary([row])", row=row)
        headline = await tab.js("return document.querySelector('h1').textContent")
        state = await tab.js("return document.documentElement.dataset.state")
    assert headline == "1 of 1 rows is not as expected"
    assert state == "failed"


async def test_the_page_asks_for_nothing_beyond_loopback(tab: Tab) -> None:
    async with playground(*AS_FOLDER) as (url, _):
        await tab.open(url)
        await tab.js("await results")
        hosts = await tab.js(
            "return performance.getEntriesByType('resource').map(({name}) => new URL(name).host)"
        )
    assert {host.partition(":")[0] for host in hosts} <= {"127.0.0.1", "localhost", ""}


async def test_under_another_name_it_leads_to_the_one_that_was_printed() -> None:
    async with (
        playground(*AS_FOLDER) as (url, _),
        aiohttp.ClientSession() as session,
        session.get(url.replace("127.0.0.1", "localhost")) as response,
    ):
        assert (response.status, str(response.url)) == (200, url)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [AS_FOLDER, AS_MODULE], ids=["folder", "module"])
async def test_a_signal_stops_it_cleanly(command: list[str], number: signal.Signals) -> None:
    async with playground(*command) as (_, process):
        process.send_signal(number)
        output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert output.decode().splitlines()[-1] == "Stopped."


async def test_the_browser_that_is_there_shows_the_page_and_keeps_nobody_waiting(
    tmp_path: Path,
) -> None:
    opened: asyncio.Queue[str] = asyncio.Queue()
    held: list[asyncio.StreamWriter] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        opened.put_nowait((await reader.readline()).decode().strip())

    script = tmp_path / "browser.py"
    fake = {"BROWSER": f"{sys.executable} {script} %s", "DISPLAY": ":0"}
    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        script.write_text(FAKE_BROWSER.format(port=server.sockets[0].getsockname()[1]))
        async with playground("examples/playground", "--port=0", **fake) as (url, process):
            assert await opened.get() == url.rstrip("/")
            process.terminate()
            assert await process.wait() == 0
        held[0].close()


async def test_a_port_that_is_taken_is_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with playground(*AS_FOLDER, f"--port={port}") as (url, _):
            assert url.startswith("http://127.0.0.1:")
            assert f":{port}/" not in url
