"""A minute of everything at once: ``python -m tests.load.mixed``.

Pages that are allowed, refused, and allowed now and then; preflights, streams, WebSockets and
posts; and meanwhile the server adds routes and assigns ``defaults``. Every answer is checked, and
the server's memory must not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp

from .served import CHUNKS, NEW_ROUTES, PAGE, SOMETIMES, STRANGER

CLIENTS = 12
LIMIT = 512 * 1024
FIRST_PART = 0.5  # of the time: routes are added, and what is kept once is kept
VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


@dataclass
class Load:
    """The clients of one run, and what they have seen."""

    session: aiohttp.ClientSession
    url: str
    protect: bool
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    new_routes: int = 0

    def judge(self, kind: str, answer: aiohttp.ClientResponse, **right: object) -> None:
        """Compare the whole of what CORS has to say."""
        found = {
            "status": answer.status,
            "acao": answer.headers.get("Access-Control-Allow-Origin"),
            "acac": answer.headers.get("Access-Control-Allow-Credentials"),
            "vary": answer.headers.get("Vary"),
        }
        expected = {"status": 200, "acao": None, "vary": "Origin", **right}
        expected["acac"] = "true" if expected["acao"] else None
        self.seen[kind] += 1
        if found != expected:
            self.wrong.append(f"{kind}: {found} and not {expected}")

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], **more: bytes
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self.session.request(method, self.url + path, headers=headers, **more)

    # --- kinds of requests ----------------------------------------------------------------------

    async def allowed(self, rng: random.Random) -> None:
        async with self.ask("GET", "/data", {"Origin": PAGE}) as answer:
            await answer.read()
            self.judge("allowed", answer, acao=PAGE)

    async def refused(self, rng: random.Random) -> None:
        origin = rng.choice([STRANGER, "null", f"https://{rng.getrandbits(60):x}.example"])
        async with self.ask("GET", "/data", {"Origin": origin}) as answer:
            await answer.read()
            self.judge("refused", answer)

    async def without_origin(self, rng: random.Random) -> None:
        async with self.ask("GET", "/data", {}) as answer:
            await answer.read()
            self.judge("without Origin", answer)

    async def sometimes(self, rng: random.Random) -> None:
        """A page that `defaults` let in and out: either answer is right, a mixture is not."""
        async with self.ask("GET", "/data", {"Origin": SOMETIMES}) as answer:
            await answer.read()
            acao = answer.headers.get("Access-Control-Allow-Origin") and SOMETIMES
            self.judge("allowed now and then", answer, acao=acao)

    async def preflight(self, rng: random.Random) -> None:
        path = f"/items/{rng.getrandbits(30)}"
        if self.new_routes and rng.random() < 0.5:
            path = f"/new{rng.randrange(self.new_routes)}/{rng.getrandbits(30)}"
        await self.ask_first("preflight", path, PAGE, "x-test", status=200, acao=PAGE)

    async def refused_preflight(self, rng: random.Random) -> None:
        origin, header = rng.choice([(STRANGER, "x-test"), (PAGE, f"x-{rng.getrandbits(60):x}")])
        await self.ask_first("refused preflight", "/items/1", origin, header, status=403)

    async def ask_first(
        self, kind: str, path: str, origin: str, header: str, **right: object
    ) -> None:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": header,
        }
        async with self.ask("OPTIONS", path, asked) as answer:
            await answer.read()
            self.judge(kind, answer, vary=VARY, **right)

    async def stream(self, rng: random.Random) -> None:
        async with self.ask("GET", "/stream", {"Origin": PAGE}) as answer:
            if await answer.read() != b"".join(CHUNKS):
                self.wrong.append("a stream has another body")
            self.judge("stream", answer, acao=PAGE)

    async def websocket(self, rng: random.Random) -> None:
        self.seen["WebSocket"] += 1
        url, headers = f"{self.url}/socket", {"Origin": PAGE, "Cookie": "a=b", **FOREIGN}
        async with self.session.ws_connect(url, headers=headers) as socket:
            for number in range(3):
                await socket.send_str(f"{number}")
                if await socket.receive_str(timeout=30) != f"{number}":
                    self.wrong.append("a WebSocket says something else")

    async def refused_websocket(self, rng: random.Random) -> None:
        self.seen["refused WebSocket"] += 1
        url, headers = f"{self.url}/socket", {"Origin": STRANGER, **FOREIGN}
        try:
            async with self.session.ws_connect(url, headers=headers):
                self.wrong.append("a stranger opens a WebSocket")
        except aiohttp.WSServerHandshakeError as refusal:
            if refusal.status != 403:
                self.wrong.append(f"a stranger's WebSocket gets {refusal.status}")

    async def post(self, rng: random.Random) -> None:
        headers = {"Origin": PAGE, "Cookie": "a=b", **FOREIGN}
        async with self.ask("POST", "/items/1", headers, data=b"x" * 5_000) as answer:
            if await answer.read() != b"x" * 5_000:
                self.wrong.append("a post has another body")
            self.judge("post", answer, acao=PAGE)

    async def strange_post(self, rng: random.Random) -> None:
        headers = {"Origin": STRANGER, "Cookie": "a=b", **FOREIGN}
        async with self.ask("POST", "/items/1", headers, data=b"x" * 5_000) as answer:
            await answer.read()
            self.judge("stranger's post", answer, status=403 if self.protect else 200)

    @property
    def kinds(self) -> list[Callable[[random.Random], Awaitable[None]]]:
        return [
            self.allowed,
            self.refused,
            self.without_origin,
            self.sometimes,
            self.preflight,
            self.refused_preflight,
            self.stream,
            self.websocket,
            self.refused_websocket,
            self.post,
            self.strange_post,
        ]

    # --- the run --------------------------------------------------------------------------------

    async def run(self, seconds: float) -> None:
        """All clients, each with requests in an order of its own, for so long."""
        until = time.monotonic() + seconds
        async with self.ask("GET", "/routes", {}) as answer:
            self.new_routes = await answer.json()
        await asyncio.gather(*(self.client(seed, until) for seed in range(CLIENTS)))

    async def client(self, seed: int, until: float) -> None:
        rng = random.Random(seed)
        while time.monotonic() < until and len(self.wrong) < 10:
            for kind in rng.sample(self.kinds, len(self.kinds)):
                await kind(rng)

    async def memory(self) -> int:
        async with self.ask("GET", "/memory", {}) as answer:
            used: int = await answer.json()
            return used


@contextlib.contextmanager
def server(*, protect: bool) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    command = [sys.executable, "-m", "tests.load.served", str(port), *["protect"][:protect]]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def load(url: str, seconds: float, *, protect: bool) -> tuple[Load, int]:
    """The whole run, and by how many bytes the server's memory grew in its second part."""
    async with aiohttp.ClientSession() as session:
        run = Load(session, url, protect)
        await run.run(seconds * FIRST_PART)
        before = await run.memory()
        await run.run(seconds * (1 - FIRST_PART))
        return run, await run.memory() - before


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.mixed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--without-protect", dest="protect", action="store_false")
    arguments = parser.parse_args()
    with server(protect=arguments.protect) as url:
        run, grown = asyncio.run(load(url, arguments.seconds, protect=arguments.protect))
    for kind, count in run.seen.items():
        print(f"{count:8,}  {kind}")
    print(
        f"{run.seen.total():8,}  in {arguments.seconds:.0f} s, while {run.new_routes} routes were "
        f"added: {len(run.wrong)} wrong, {grown / 1024:+,.1f} KiB"
    )
    if run.wrong:
        sys.exit("\n".join(run.wrong))
    if grown > LIMIT and run.new_routes == NEW_ROUTES:
        sys.exit(f"more than {LIMIT // 1024} KiB are kept")


if __name__ == "__main__":
    main()
