"""nginx ends TLS in front of ``protect=True``: posts and WebSockets of own and of other pages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import aiohttp
from nginx_cache import SERVER, configuration, version
from scratch import (
    PAGE,
    SCRATCH,
    STRANGER,
    after,
    free_port,
    must,
    program,
    run,
    serving,
    shown,
    with_path,
)

OWN = "https://site.example"
TLS = """
    map $http_upgrade $connection_kind {{ default upgrade; '' ''; }}
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    proxy_http_version 1.1;
    server {{
        listen 127.0.0.1:{port} ssl;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host {host};
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_kind;
        }}
    }}
"""
FORWARDED, REWRITTEN = "$http_host", "$proxy_host"
SITE = "Sec-Fetch-Site"

# Who asks: the request's headers, and whether it passes where the proxy forwards Host.
ROWS: dict[str, tuple[dict[str, str], bool]] = {
    "a page of its own": ({"Origin": OWN, SITE: "same-origin"}, True),
    "a page of its own, older browser": ({"Origin": OWN}, True),
    "an allowed page with cookies": ({"Origin": PAGE, SITE: "cross-site", "Cookie": "a=b"}, True),
    "an allowed page, older browser": ({"Origin": PAGE}, True),
    "a program": ({}, True),
    "a stranger's page": ({"Origin": STRANGER, SITE: "cross-site", "Cookie": "a=b"}, False),
    "a stranger's page, older browser": ({"Origin": STRANGER}, False),
    "a neighbour's page": ({"Origin": "https://other.site.example", SITE: "same-site"}, False),
    "the same host, another port": ({"Origin": f"{OWN}:8443"}, False),
    "a sandboxed frame": ({"Origin": "null", SITE: "cross-site"}, False),
    "no origin, but another site": ({SITE: "cross-site"}, False),
}
# Without the Host that the browser sent, only Sec-Fetch-Site tells.
ELSE = {"a page of its own, older browser": False}


async def passes(session: aiohttp.ClientSession, port: int, headers: Mapping[str, str]) -> bool:
    """Whether a post gets through, and whether a WebSocket does, which must be the same."""
    url, named = f"https://127.0.0.1:{port}", {"Host": "site.example", **headers}
    async with session.post(f"{url}/data", data=b"x=1", headers=named) as answer:
        must(answer.status in (200, 403), f"a post gets {answer.status}")
        posted = answer.status == 200
        readable = "Access-Control-Allow-Origin" in answer.headers
        must(readable == (posted and headers.get("Origin") == PAGE), f"{headers}: wrong ACAO")
    try:
        async with session.ws_connect(f"{url}/socket", headers=named) as socket:
            await socket.send_str("hello")
            opened = await socket.receive_str(timeout=10) == "hello"
    except aiohttp.WSServerHandshakeError as refusal:
        must(refusal.status == 403, f"a handshake gets {refusal.status}")
        opened = False
    must(posted == opened, f"{headers}: post {posted}, WebSocket {opened}")
    return posted


async def check(name: str, port: int, differences: Mapping[str, bool]) -> None:
    connector = aiohttp.TCPConnector(ssl=False)  # the certificate is the script's own
    async with aiohttp.ClientSession(connector=connector) as session:
        for who, (headers, right) in ROWS.items():
            passed = await passes(session, port, headers)
            must(passed == differences.get(who, right), f"{name}: {who}: {passed}")
    shown(f"{name}: posts and WebSockets of {len(ROWS)} kinds of clients as they should be")


def main() -> None:
    nginx, openssl = program("nginx", "nginx-light"), program("openssl", "openssl")
    for host, name, differences in (
        (FORWARDED, "forwards Host", {}),
        (REWRITTEN, "rewrites Host", ELSE),
    ):
        upstream, port = free_port(), free_port()
        folder = SCRATCH / "nginx" / str(port)
        servers = TLS.format(folder=folder, port=port, upstream=upstream, host=host)
        path = configuration(folder, servers)
        self_signed = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=site.example"]
        files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
        run(openssl, *self_signed, *files)
        server = [sys.executable, SERVER, str(upstream), "protect"]
        with (
            serving(*server, port=upstream, env=with_path(after())),
            serving(nginx, "-c", path, "-p", folder, port=port),
        ):
            asyncio.run(check(f"{version(nginx)} with TLS, which {name}", port, differences))


if __name__ == "__main__":
    main()
