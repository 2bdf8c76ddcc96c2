"""What goes wrong around a request stays with that request."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

A, B = "https://a.example", "https://b.example"
OPTIONS = ResourceOptions(max_age=600)
MakeClient = Callable[[web.Application], Awaitable[TestClient]]
MODES = pytest.mark.parametrize("mode", ["routes", "preflight_first", "everywhere"])


async def answer(request: web.Request) -> web.Response:
    return web.Response(text="answer")


def application(defaults: dict, mode: str = "routes") -> web.Application:
    app = web.Application()
    options = {} if mode == "routes" else {mode: True}
    cors = setup(app, defaults=defaults, **options)
    cors.add(app.router.add_put("/", answer))
    return app


@asynccontextmanager
async def serving(app: web.Application, **options: Any) -> AsyncIterator[ClientSession]:
    """A client of a server that is run with *options*; the server ends before the client."""
    runner = web.AppRunner(app, **options)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with ClientSession(f"http://{host}:{port}") as client:
        try:
            yield client
        finally:
            await runner.cleanup()


def asking(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "PUT"}


async def is_granted(client: TestClient | ClientSession, origin: str) -> bool:
    """Whether a preflight is granted; the actual request says the same, if the client can ask."""
    async with client.options("/", headers=asking(origin)) as preflight:
        granted = preflight.status == 200
        assert ("Access-Control-Allow-Origin" in preflight.headers) == granted
    async with client.put("/", headers={"Origin": origin}) as actual:
        assert actual.status == 200
        assert ("Access-Control-Allow-Origin" in actual.headers) == granted
        assert "Origin" in actual.headers["Vary"]
    return granted


async def raise_later() -> bool:
    await asyncio.sleep(0)
    raise LookupError


async def cancel_itself() -> bool:
    await asyncio.sleep(0)
    raise asyncio.CancelledError


async def await_what_was_cancelled() -> bool:
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    future.cancel()
    return await future


def fail(origin: str, request: web.Request) -> bool:
    raise LookupError(origin)


FAILING = {
    "raises": fail,
    "raises later": lambda origin, request: raise_later(),
    "raises what no program should": lambda origin, request: (_ for _ in ()).throw(StopIteration),
}
LOST = {
    "cancels itself": lambda origin, request: cancel_itself(),
    "awaits what was cancelled": lambda origin, request: await_what_was_cancelled(),
}


@MODES
@pytest.mark.parametrize("predicate", FAILING.values(), ids=FAILING.keys())
async def test_a_predicate_that_fails_refuses_and_harms_nobody(
    aiohttp_client: MakeClient, predicate: Callable, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(application({A: OPTIONS, predicate: OPTIONS}, mode))
    assert not await is_granted(client, B)
    assert [record for record in caplog.records if record.levelno == logging.ERROR]
    assert await is_granted(client, A)


@MODES
@pytest.mark.parametrize("predicate", LOST.values(), ids=LOST.keys())
async def test_a_predicate_that_is_cancelled_grants_nothing_and_harms_nobody(
    aiohttp_client: MakeClient, predicate: Callable, mode: str
) -> None:
    client = await aiohttp_client(application({A: OPTIONS, predicate: OPTIONS}, mode))
    for method, headers in (("OPTIONS", asking(B)), ("PUT", {"Origin": B})):
        granted = False
        try:
            async with client.request(method, "/", headers=headers) as response:
                granted = "Access-Control-Allow-Origin" in response.headers
        except ConnectionError:
            assert not granted
        assert not granted
    assert await is_granted(client, A)


class Pending:
    """A predicate that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, origin: str, request: web.Request) -> bool:
        self.asked.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return True


@MODES
@pytest.mark.parametrize("method", ["OPTIONS", "PUT"])
async def test_while_a_predicate_hangs_everybody_else_is_served(
    aiohttp_client: MakeClient, mode: str, method: str
) -> None:
    pending = Pending()
    client = await aiohttp_client(application({A: OPTIONS, pending: OPTIONS}, mode))
    hanging = asyncio.ensure_future(client.request(method, "/", headers=asking(B)))
    await pending.asked.wait()
    assert await is_granted(client, A)
    pending.may_answer.set()
    async with await hanging as response:
        assert response.headers["Access-Control-Allow-Origin"] == B


@MODES
@pytest.mark.parametrize("cancels", [False, True])
async def test_who_leaves_while_a_predicate_is_pending_leaves_nothing_behind(
    mode: str, cancels: bool, caplog: pytest.LogCaptureFixture
) -> None:
    pending = Pending()
    app = application({A: OPTIONS, pending: OPTIONS}, mode)
    async with serving(app, handler_cancellation=cancels) as client:
        leaving = asyncio.ensure_future(client.options("/", headers=asking(B)))
        await pending.asked.wait()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        if cancels:
            await pending.cancelled.wait()
        pending.may_answer.set()
        assert await is_granted(client, A)
        assert await is_granted(client, B)
    assert pending.cancelled.is_set() == cancels
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@MODES
async def test_a_predicate_that_hangs_does_not_outlive_the_application(mode: str) -> None:
    pending = Pending()
    app = application({pending: OPTIONS}, mode)
    async with serving(app, shutdown_timeout=0.01) as client:
        hanging = asyncio.ensure_future(client.options("/", headers=asking(B)))
        await pending.asked.wait()
    (outcome,) = await asyncio.gather(hanging, return_exceptions=True)
    assert isinstance(outcome, Exception)
    assert pending.cancelled.is_set()


@MODES
@pytest.mark.parametrize("first", [True, False])
async def test_a_receiver_of_responses_that_fails_spoils_its_own_response_alone(
    aiohttp_client: MakeClient, mode: str, first: bool
) -> None:
    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        if "fail" in request.query:
            raise LookupError

    app = application({A: OPTIONS}, mode)
    if first:
        app.on_response_prepare.insert(0, receive)
    else:
        app.on_response_prepare.append(receive)
    client = await aiohttp_client(app)
    for method in ("OPTIONS", "PUT"):
        with pytest.raises(Exception, match=r"disconnected|reset|closed"):
            await client.request(method, "/?fail", headers=asking(A))
        assert await is_granted(client, A)


@MODES
async def test_a_receiver_of_refusals_that_fails_changes_no_answer(
    aiohttp_client: MakeClient, mode: str
) -> None:
    async def receive(request: web.Request, refused: object) -> None:
        raise LookupError

    app = web.Application()
    cors = setup(app, defaults={A: OPTIONS}, **({} if mode == "routes" else {mode: True}))
    cors.add(app.router.add_put("/", answer))
    cors.on_refused.append(receive)
    client = await aiohttp_client(app)
    assert not await is_granted(client, B)
    assert await is_granted(client, A)


class Shared(web.View, CorsViewMixin):
    """A view of all applications of a process."""

    cors_config = {A: OPTIONS}

    async def put(self) -> web.Response:
        return web.Response(text="answer")


async def serve_for_a_while(origins: list[str], results: list[bool]) -> None:
    app = web.Application()
    cors = setup(app, defaults={lambda origin, request: origin in origins: OPTIONS})
    cors.add(app.router.add_view("/", Shared))
    async with TestClient(TestServer(app)) as client:
        results.extend([await is_granted(client, origin) for origin in (A, *origins)])
        strangers = [f"https://n{number}.example" for number in range(50)]
        results.extend([not await is_granted(client, origin) for origin in strangers])


def test_threads_with_a_loop_each_do_not_meet() -> None:
    results: list[bool] = []
    origins = [[f"https://t{number}.example"] for number in range(4)]
    threads = [
        threading.Thread(target=asyncio.run, args=(serve_for_a_while(given, results),))
        for given in origins
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4 * 52


def test_processes_that_fork_after_the_set_up_answer_alike() -> None:
    program = Path(__file__).with_name("forking.py")
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    answers = sorted(done.stdout.splitlines())
    assert answers == ["200 https://a.example"] * 3 + ["403 None"] * 3
