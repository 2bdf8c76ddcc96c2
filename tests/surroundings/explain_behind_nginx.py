"""`explain` before an nginx that adds, answers, takes away and keeps: a script, run by hand.

It needs the program ``nginx`` (``apt-get install nginx-light``), listens on loopback alone, writes
to a scratch folder, and ends with status 0 where each cause is the true one.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

from aiohttp import ClientConnectionError, ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

import aiohttp_cors
from aiohttp_cors import ResourceOptions

PAGE, OTHER = "https://app.example", "https://other.example"

CONFIGURATION = """
user {user};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_temp_path {folder}/proxy;
    proxy_cache_path {folder}/cache keys_zone=all:1m;
    proxy_cache_valid 200 1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{application}; }}
        location /added/ {{
            proxy_pass http://127.0.0.1:{application};
            add_header Access-Control-Allow-Origin * always;
        }}
        location /stripped/ {{
            proxy_pass http://127.0.0.1:{application};
            proxy_set_header Origin "";
        }}
        location /hidden/ {{
            proxy_pass http://127.0.0.1:{application};
            proxy_hide_header Access-Control-Allow-Origin;
        }}
        location /answered/ {{
            if ($request_method = OPTIONS) {{ return 204; }}
            proxy_pass http://127.0.0.1:{application};
        }}
        location /refused/ {{
            if ($request_method = OPTIONS) {{ return 405; }}
            proxy_pass http://127.0.0.1:{application};
        }}
        location /kept/ {{
            proxy_pass http://127.0.0.1:{application};
            proxy_cache all;
            add_header X-Cache-Status $upstream_cache_status;
        }}
        location /mixed/ {{
            proxy_pass http://127.0.0.1:{application};
            proxy_cache all;
            proxy_ignore_headers Vary;
            add_header X-Cache-Status $upstream_cache_status;
        }}
    }}
}}
"""

# What is asked, by which page, and how the cause begins; "" where the page may read the answer
ROWS = (
    ("/plain/", PAGE, "", ""),
    ("/plain/", OTHER, "", "the application's aiohttp_cors refuses it itself"),
    ("/plain/", PAGE, "-X PUT", ""),
    (
        "/added/",
        PAGE,
        "",
        "Access-Control-Allow-Origin is set twice ('https://app.example'",
    ),
    ("/stripped/", PAGE, "", "the application gets no Origin header, which was sent: nginx"),
    ("/stripped/", PAGE, "-X PUT", "the application gets no Origin header, which was sent: nginx"),
    ("/hidden/", PAGE, "", "the application's aiohttp_cors grants a preflight"),
    ("/answered/", PAGE, "", ""),
    ("/answered/", PAGE, "-X PUT", "the answer is not of aiohttp_cors: nginx"),
    ("/refused/", PAGE, "-X PUT", "nginx"),
    ("/kept/", PAGE, "", ""),
    ("/kept/", "https://partner.example", "", ""),
    ("/mixed/", PAGE, "", ""),
    ("/mixed/", "https://partner.example", "", "a cache (X-Cache-Status: HIT)"),
    (f"/plain/?{'a' * 9000}", PAGE, "", "the server refuses the request, with status 414"),
)


async def answer(_request: web.Request) -> web.Response:
    return web.Response(text="read")


def create_application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(
        app, defaults={PAGE: ResourceOptions(), "https://partner.example": ResourceOptions()}
    )
    for method in ("GET", "PUT"):
        cors.add(app.router.add_route(method, "/{path:.*}", answer))
    return app


@contextmanager
def running_nginx(application: int) -> Iterator[str]:
    """The URL of an nginx in front of *application*, a port."""
    port = unused_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "nginx.conf")
        file.write_text(
            CONFIGURATION.format(user=getuser(), folder=folder, port=port, application=application),
            encoding="utf-8",
        )
        nginx = subprocess.Popen(["nginx", "-c", str(file), "-e", f"{folder}/error.log"])  # noqa: S607
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            nginx.terminate()
            nginx.wait()


async def explain(url: str, origin: str, more: str) -> tuple[int, str]:
    """The exit status of `explain`, and what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aiohttp_cors", "explain", url, "--origin", origin, *more.split()),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


def cause_in(story: str) -> str:
    """What is behind "Cause", in one line."""
    _, _, rest = story.partition("  Cause   ")
    return " ".join(rest.partition("\n  Fix ")[0].split())


async def wait_for(url: str) -> None:
    """Return once *url* answers."""
    async with ClientSession() as session:
        while True:
            with suppress(ClientConnectionError):
                await session.get(url)
                return
            await asyncio.sleep(0.05)


async def main() -> int:
    wrong = 0
    async with TestServer(create_application()) as server:
        with running_nginx(server.port or 0) as url:
            await wait_for(url)
            for path, origin, more, cause in ROWS:
                status, story = await explain(url + path, origin, more)
                is_right = cause_in(story).startswith(cause) and status == int(bool(cause))
                wrong += not is_right
                print(f"{'right' if is_right else 'WRONG'}: {path[:40]} {origin} {more}\n\n{story}")
    print(f"{len(ROWS)} rows, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
