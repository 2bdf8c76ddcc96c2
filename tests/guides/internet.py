"""A small internet on loopback: the servers of the examples, under the names of their guides."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import Any

import trustme
from aiohttp import ClientSession, CookieJar, TCPConnector, web
from aiohttp.abc import AbstractResolver
from yarl import URL

from aiohttp_cors.testing import Browser

LOOPBACK = "127.0.0.1"


class Internet(AbstractResolver):
    """Origins, and the servers behind them; with certificates where the scheme is ``https``.

    All pages are in the browser of one visitor, who has one cookie jar.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self._authority = authority
        self._ports: dict[tuple[str, int], int] = {}
        self._runners: list[web.AppRunner] = []
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(trust)
        connector = TCPConnector(resolver=self, ssl=trust)
        #: A program that is no browser, and what carries the browser's requests.
        self.client = ClientSession(connector=connector, cookie_jar=CookieJar())

    async def serve(self, origin: str, app: web.Application) -> None:
        """Serve *app* as *origin*."""
        url = URL(origin)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, LOOPBACK, 0, ssl_context=self._certificate(url)).start()
        assert url.host is not None
        assert url.port is not None
        self._ports[url.host, url.port] = runner.addresses[0][1]

    def page(self, origin: str) -> Browser:
        """A page of *origin* that the visitor has opened."""
        return Browser(self.client, origin)

    def _certificate(self, url: URL) -> ssl.SSLContext | None:
        if url.scheme != "https":
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(str(url.host)).configure_cert(context)
        return context

    async def resolve(
        self, host: str, port: int = 0, family: int = socket.AF_INET
    ) -> Sequence[Any]:
        """Where the server of *host* and *port* listens."""
        found = {"hostname": host, "host": LOOPBACK, "port": self._ports[host, port]}
        return [{**found, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Close what the visitor has open, then the servers."""
        await self.client.close()
        for runner in reversed(self._runners):
            await runner.cleanup()
