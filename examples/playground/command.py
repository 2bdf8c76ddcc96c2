"""The command: start three servers, open a browser, wait for the end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

from aiohttp import web

from .api import api, policies
from .pages import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "127.0.0.1"
PORT = 8700


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the playground until Ctrl-C or SIGTERM and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="playground", description="See CORS work in your own browser."
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help="first of three; a free one replaces any that is taken (default: %(default)s)",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the page's URL")
    options = parser.parse_args(arguments)
    # Where the event loop takes no signal handlers (Windows), Ctrl-C gets here.
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(play(options.port, open_browser=not options.no_browser))
    return 0


async def play(port: int, *, open_browser: bool) -> None:
    """Serve the three origins until the process is told to end."""
    # Before anything else: whoever reads the URL may send a signal at once.
    stopped = stop_signal()
    async with contextlib.AsyncExitStack() as running:
        ports = {"page": port, "api": port and port + 1, "other": port and port + 2}
        sockets = {name: running.enter_context(listen(ports[name])) for name in ports}
        origins = {name: origin(listener) for name, listener in sockets.items()}
        apps = {
            "page": pages(origins, policies()),
            "api": api(origins["page"], origins["other"]),
            "other": pages(origins, policies()),
        }
        for name, listener in sockets.items():
            await serve(apps[name], listener, running)
        announce(origins)
        if open_browser and has_display():
            # Some browsers only return when they are closed; a daemon thread keeps nobody waiting.
            threading.Thread(target=webbrowser.open, args=[origins["page"]], daemon=True).start()
        await stopped.wait()
    print("Stopped.", flush=True)


def stop_signal() -> asyncio.Event:
    """Return an event that Ctrl-C or SIGTERM sets."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
    return stopped


def listen(port: int) -> socket.socket:
    """Return a socket that listens on *port*, or on a free one where that is taken."""
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError):
        return socket.create_server((HOST, 0))


def origin(listener: socket.socket) -> str:
    """Return the origin of what *listener* serves."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


async def serve(
    app: web.Application, listener: socket.socket, running: contextlib.AsyncExitStack
) -> None:
    """Serve *app* until *running* ends, without waiting for pages that hold a connection."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    running.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listener).start()


def announce(origins: dict[str, str]) -> None:
    """Print where everything is, the page last."""
    print(f"API:            {origins['api']}")
    print(f"Another origin: {origins['other']}")
    print(f"Open {origins['page']}/ (Ctrl-C stops)", flush=True)


def has_display() -> bool:
    """Return whether a browser can have a window; else Python would start one in the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
