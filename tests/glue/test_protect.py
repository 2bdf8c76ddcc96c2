"""`protect=True`: what pages of other sites send is refused, unless they have options for it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession, FormData, WSServerHandshakeError, web
from multidict import CIMultiDict

from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions, custom_cors, setup
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .asking import (
    REFUSED,
    A,
    B,
    Client,
    Headers,
    MakeClient,
    Wire,
    answer,
    ask,
    cors_headers,
    granted,
    preflight,
    readable,
    unreadable,
)

HOST = "server.example"
OF_A = {A: ResourceOptions()}
COOKIE = {"Cookie": "a=b"}
MODES = [{}, {"preflight_first": True}, {"everywhere": True}]
SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"]
UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "LOCK"]

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")


class Verdict(NamedTuple):
    """What came of a request: the status, the text, and its headers of CORS."""

    status: int
    text: str
    cors: dict[str, str]


def refusal(origin: str | None) -> Verdict:
    """What a page of *origin* is told that may not send."""
    sentence = f"origin {origin!r} is not allowed"
    if origin is None:
        sentence = "a page of another site sent it without an origin"
    return Verdict(403, f"cross-origin request refused: {sentence}", {"Vary": "Origin"})


async def send(
    client: Client, method: str, path: str, headers: Headers = (), **options: Any
) -> Verdict:
    sent = CIMultiDict({"Host": HOST})
    sent.extend(headers)
    async with client.request(method, path, headers=sent, **options) as response:
        return Verdict(response.status, await response.text(), cors_headers(response.headers))


class Log:
    """Which requests got past the guard, to a middleware and to a handler."""

    def __init__(self) -> None:
        self.by_middleware: list[str] = []
        self.by_handler: list[str] = []

    @property
    def middleware(self) -> Any:
        @web.middleware
        async def note(request: web.Request, handler: Any) -> web.StreamResponse:
            self.by_middleware.append(request.method)
            return await handler(request)

        return note

    async def handle(self, request: web.Request) -> web.Response:
        self.by_handler.append(request.method)
        return web.Response(text="done")

    def view(self, *bases: type) -> Any:
        log = self

        class Served(*bases):  # type: ignore[misc]
            async def post(self) -> web.Response:
                return await log.handle(self.request)  # type: ignore[attr-defined]

            get = put = patch = delete = post

        return Served

    def take(self) -> tuple[int, int]:
        """How many requests each of them got since it was asked last."""
        counts = len(self.by_middleware), len(self.by_handler)
        self.by_middleware.clear()
        self.by_handler.clear()
        return counts


def guarded(config: Any = None, **mode: Any) -> tuple[web.Application, Log]:
    """One of each, added but for what lies below `/without`."""
    log = Log()
    app, part = web.Application(middlewares=[log.middleware]), web.Application()
    cors = setup(app, defaults=OF_A if config is None else config, protect=True, **mode)
    for path in ("/function", "/of/{name}"):
        for method in ("GET", "POST"):
            cors.add(app.router.add_route(method, path, log.handle))
    cors.add(app.router.add_view("/view", log.view(web.View, CorsViewMixin)))
    resource = app.router.add_resource("/resource")
    resource.add_route("POST", log.handle)
    resource.add_route("GET", log.handle)
    cors.add(resource)
    cors.add(part.router.add_post("/x", log.handle))
    cors.add(part.router.add_get("/x", log.handle))
    app.add_subapp("/part", part)
    app.router.add_route("*", "/without/every", log.handle)
    app.router.add_post("/without/function", log.handle)
    app.router.add_get("/without/function", log.handle)
    app.router.add_view("/without/view", log.view(web.View))
    if mode.get("preflight_first") or mode.get("everywhere"):
        cors.add(app.router.add_route("*", "/every", log.handle))
        cors.add(app.router.add_view("/bare", log.view(web.View)))
    return app, log


ADDED = ["/function", "/of/x", "/view", "/resource", "/part/x"]
FIRST_ADDED = ["/every", "/bare"]
WITHOUT = ["/without/every", "/without/function", "/without/view"]


def added_in(mode: dict[str, bool]) -> list[str]:
    everywhere = WITHOUT if mode.get("everywhere") else []
    return [*ADDED, *(FIRST_ADDED if mode else []), *everywhere]


def without_in(mode: dict[str, bool]) -> list[str]:
    return [] if mode.get("everywhere") else WITHOUT


OWN = f"http://{HOST}"

# headers of what the application's own pages send, and programs
PASSING: list[dict[str, str]] = [
    {},
    {"Origin": OWN},
    {"Origin": f"https://{HOST}"},
    {"Origin": OWN, "Host": f"{HOST}:80"},
    {"Origin": f"https://{HOST}", "Host": f"{HOST}:443"},
    {"Origin": f"http://{HOST}:8080", "Host": f"{HOST}:8080"},
    {"Origin": "http://[::1]:8080", "Host": "[::1]:8080"},
    {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://public.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "null", "Sec-Fetch-Site": "none"},
]

# ... what pages send that have options where the route is under CORS
LISTED: list[dict[str, str]] = [
    {"Origin": A},
    {"Origin": A, "Sec-Fetch-Site": "cross-site"},
    {"Origin": A, "Sec-Fetch-Site": "same-site"},
    {"Origin": A, "Sec-Fetch-Site": "what-comes-next"},
]

# ... and what others do
FOREIGN: list[dict[str, str]] = [
    {"Origin": REFUSED},
    {"Origin": REFUSED, "Sec-Fetch-Site": "cross-site"},
    {"Origin": REFUSED, "Sec-Fetch-Site": "same-site"},
    {"Origin": REFUSED, "Sec-Fetch-Site": ""},
    {"Origin": REFUSED, "Sec-Fetch-Site": "SAME-ORIGIN"},
    {"Origin": REFUSED, "Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "file://"},
    {"Origin": "*"},
    {"Origin": ""},
    {"Origin": A + "/"},
    {"Origin": A + ":443"},
    {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": OWN, "Sec-Fetch-Site": "same-site"},
    {"Origin": f"http://{HOST}:81"},
    {"Origin": OWN, "Host": f"{HOST}:81"},
    {"Origin": f"https://{HOST}", "Host": f"{HOST}:80"},
    {"Origin": f"http://www.{HOST}"},
    {"Origin": f"http://{HOST}.evil.example"},
    {"Origin": f"http://{HOST}/"},
    {"Origin": f"http://user@{HOST}"},
]


def sent(headers: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in headers.items()) or "nothing"


# ---------------------------------------------------------------------------------------------
# Who passes
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("headers", PASSING, ids=sent)
async def test_own_pages_and_programs_pass(
    aiohttp_client: MakeClient, headers: dict[str, str], mode: dict[str, bool]
) -> None:
    app, log = guarded(**mode)
    client = await aiohttp_client(app)
    for path in added_in(mode) + without_in(mode):
        for more in ({}, COOKIE, {"Authorization": "Bearer 1"}):
            got = await send(client, "POST", path, {**headers, **more})
            assert (path, *got[:2], log.take()) == (path, 200, "done", (1, 1))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("headers", LISTED, ids=sent)
async def test_pages_pass_that_have_options_for_the_route(
    aiohttp_client: MakeClient, headers: dict[str, str], mode: dict[str, bool]
) -> None:
    app, log = guarded(**mode)
    client = await aiohttp_client(app)
    for path in added_in(mode):
        got = await send(client, "POST", path, headers)
        assert (path, *got, log.take()) == (path, 200, "done", readable()[1], (1, 1))
    for path in without_in(mode):
        assert (path, await send(client, "POST", path, headers)) == (path, refusal(A))
        assert log.take() == (0, 0)


@pytest.mark.parametrize("mode", [*MODES, {"debug": True}])
@pytest.mark.parametrize("headers", FOREIGN, ids=sent)
async def test_other_pages_reach_neither_middleware_nor_handler(
    aiohttp_client: MakeClient, headers: dict[str, str], mode: dict[str, bool]
) -> None:
    app, log = guarded(**mode)
    client = await aiohttp_client(app)
    first = mode if "debug" not in mode else {}
    for path in added_in(first) + without_in(first):
        got = await send(client, "POST", path, headers)
        assert (path, got) == (path, refusal(headers.get("Origin")))
    assert log.take() == (0, 0)


@pytest.mark.parametrize("mode", [{"preflight_first": True}, {"everywhere": True}])
@pytest.mark.parametrize("path", ["/every", "/without/every"])
async def test_methods_that_may_change_something_are_guarded(
    aiohttp_client: MakeClient, path: str, mode: dict[str, bool]
) -> None:
    app, log = guarded(**mode)
    client = await aiohttp_client(app)
    for method in SAFE:
        for headers in FOREIGN:
            assert (await send(client, method, path, headers)).status == 200
            assert log.take() == (1, 1)
    for method in UNSAFE:
        assert await send(client, method, path, {"Origin": REFUSED}) == refusal(REFUSED)
        assert log.take() == (0, 0)


@pytest.mark.parametrize("mode", MODES)
async def test_reading_stays_as_it_was(aiohttp_client: MakeClient, mode: dict[str, bool]) -> None:
    app, _ = guarded(**mode)
    client = await aiohttp_client(app)
    for path in added_in(mode):
        assert await ask(client, "GET", path) == readable()
        assert await ask(client, "GET", path, REFUSED) == unreadable()
        if path == "/resource" and not mode.get(
            "everywhere"
        ):  # which has no added route to ask for
            continue
        assert await preflight(client, path, "GET") == granted()
        assert (await preflight(client, path, "GET", REFUSED)).status == 403


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("origin", [A, REFUSED, "null"])
async def test_errors_of_the_router_are_nobodys_to_guard(
    aiohttp_client: MakeClient, origin: str, mode: dict[str, bool]
) -> None:
    app, _ = guarded(**mode)
    client = await aiohttp_client(app)
    headers = {"Origin": origin}
    for path, status in [("/unknown", 404), ("/part/unknown", 404), ("/without/unknown", 404)]:
        assert (await send(client, "POST", path, headers)).status == status
    for path in ("/function", "/part/x"):
        assert (await send(client, "PUT", path, headers)).status == 405


async def test_a_method_that_was_not_added_is_for_own_pages(aiohttp_client: MakeClient) -> None:
    log = Log()
    app = web.Application()
    cors = setup(app, defaults=OF_A, protect=True)
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("PUT", log.handle))
    resource.add_route("DELETE", log.handle)
    client = await aiohttp_client(app)
    assert (await send(client, "PUT", "/", {"Origin": A})).status == 200
    assert await send(client, "DELETE", "/", {"Origin": A}) == refusal(A)
    assert (await send(client, "DELETE", "/", {"Origin": OWN})).status == 200


async def test_each_layer_may_let_pages_send(aiohttp_client: MakeClient) -> None:
    of_b = {B: ResourceOptions()}

    class View(web.View, CorsViewMixin):
        cors_config = of_b

        async def post(self) -> web.Response:
            return await answer(self.request)

        @custom_cors({A: ResourceOptions()}, inherit=False)
        async def put(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, protect=True)
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_post("/route", answer), of_b)
    cors.add(app.router.add_post("/resource", answer).resource, of_b)  # type: ignore[type-var]
    client = await aiohttp_client(app)
    for path in ("/view", "/route", "/resource"):
        assert (await send(client, "POST", path, {"Origin": B})).status == 200
        assert await send(client, "POST", path, {"Origin": A}) == refusal(A)
    assert (await send(client, "PUT", "/view", {"Origin": A})).status == 200
    assert await send(client, "PUT", "/view", {"Origin": B}) == refusal(B)


@pytest.mark.parametrize(
    ("limit", "passes"),
    [(None, True), ("*", True), (["POST"], True), (["GET"], False), ([], False)],
)
async def test_everywhere_options_that_leave_a_method_out_let_nobody_send_it(
    aiohttp_client: MakeClient, limit: Any, *, passes: bool
) -> None:
    app, log = guarded({A: ResourceOptions(allow_methods=limit)}, everywhere=True)
    client = await aiohttp_client(app)
    for path in added_in({"everywhere": True}):
        got = await send(client, "POST", path, {"Origin": A})
        assert got.status == (200 if passes else 403)
        assert got.text.startswith("done" if passes else "cross-origin request refused: ")
        assert log.take() == ((1, 1) if passes else (0, 0))


# ---------------------------------------------------------------------------------------------
# By which key
# ---------------------------------------------------------------------------------------------


def knows_a(origin: str, request: web.Request) -> bool:
    return origin == A


async def knows_a_later(origin: str, request: web.Request) -> bool:
    return origin == A


def with_cookies(origin: str, request: web.Request) -> ResourceOptions | None:
    return ResourceOptions(allow_credentials=True) if origin == A else None


def fails(origin: str, request: web.Request) -> bool:
    raise RuntimeError("on purpose")


def says_yes(origin: str, request: web.Request) -> bool:
    return True


PLAIN = ResourceOptions()
CREDENTIALS = ResourceOptions(allow_credentials=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("key", "passing", "refused"),
    [
        (A, [A], [B, "null", "file://"]),
        ("https://*.example", [A, B], ["null", "https://c.test"]),
        (re.compile("https://a.*"), [A], [B, "null"]),
        (re.compile("(?s).*"), [A, B, "null", "file://"], ["*", "garbage", ""]),
        (knows_a, [A], [B, "null"]),
        (knows_a_later, [A], [B, "null"]),
        (with_cookies, [A], [B, "null"]),
        (says_yes, [A, B, "null", "file://"], ["*", "garbage", ""]),
        (fails, [], [A, B, "null"]),
        ("null", ["null"], [A, "file://", "NULL"]),
        ("file://", ["file://"], [A, "null", "file:///"]),
        ("*", [A, B, "http://127.0.0.1:1"], ["null", "file://", "*", "garbage", "", A + "/"]),
    ],
)
@pytest.mark.parametrize("options", [PLAIN, CREDENTIALS])
@pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsConfigWarning")
async def test_pages_pass_that_a_key_names(
    aiohttp_client: MakeClient,
    key: Any,
    passing: list[str],
    refused: list[str],
    options: ResourceOptions,
    mode: dict[str, bool],
) -> None:
    app, log = guarded({key: options}, **mode)
    client = await aiohttp_client(app)
    for path in ("/function", "/view", "/part/x"):
        for origin in passing:
            assert (await send(client, "POST", path, {"Origin": origin})).text == "done"
        assert log.take() == (len(passing), len(passing))
        for origin in refused:
            assert await send(client, "POST", path, {"Origin": origin}) == refusal(origin)
        assert log.take() == (0, 0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("config", "origin", "cookies_pass"),
    [
        ({A: PLAIN}, A, False),
        ({A: CREDENTIALS}, A, True),
        ({"*": PLAIN}, A, False),
        ({"*": CREDENTIALS}, A, True),
        ({"https://*.example": PLAIN}, A, False),
        ({"https://*.example": CREDENTIALS, A: PLAIN}, A, False),
        ({"https://*.example": PLAIN, A: CREDENTIALS}, A, True),
        ({knows_a: PLAIN}, A, False),
        ({with_cookies: PLAIN}, A, True),
        ({re.compile("null"): PLAIN}, "null", False),
        ({re.compile("null"): CREDENTIALS}, "null", True),
    ],
)
async def test_cookies_need_options_that_allow_credentials(
    aiohttp_client: MakeClient,
    config: Any,
    origin: str,
    cookies_pass: bool,
    mode: dict[str, bool],
) -> None:
    app, log = guarded(config, **mode)
    client = await aiohttp_client(app)
    text = f"cross-origin request refused: origin {origin!r} is not allowed to send cookies"
    for path in ("/function", "/view", "/part/x"):
        assert (await send(client, "POST", path, {"Origin": origin})).text == "done"
        assert log.take() == (1, 1)
        got = await send(client, "POST", path, {"Origin": origin, **COOKIE})
        if cookies_pass:
            assert (got.status, got.text, log.take()) == (200, "done", (1, 1))
        else:
            assert (got, log.take()) == (Verdict(403, text, {"Vary": "Origin"}), (0, 0))


# ---------------------------------------------------------------------------------------------
# Attempts
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"X-HTTP-Method-Override": "GET"},
        {"X-Method-Override": "GET"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"X-Forwarded-Host": "refused.example"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "host=refused.example;proto=https"},
        {"X-Original-Host": "refused.example"},
        {"X-Sec-Fetch-Site": "same-origin"},
        {"Sec_Fetch_Site": "same-origin"},
        {"X-Origin": OWN},
        {"X-CSRF-Token": "1"},
        {"Authorization": "Bearer 1"},
        {"Content-Type": "application/json"},
        {"Accept": "text/event-stream"},
        {"Access-Control-Allow-Origin": "*"},
        {"User-Agent": "curl/8"},
        {"Purpose": "prefetch"},
        {"Range": "bytes=0-1"},
    ],
    ids=sent,
)
@pytest.mark.parametrize(
    "by_browser",
    [{"Origin": REFUSED}, {"Origin": REFUSED, "Sec-Fetch-Site": "cross-site"}],
    ids=sent,
)
async def test_no_header_that_a_page_may_set_helps(
    aiohttp_client: MakeClient, by_browser: dict[str, str], more: dict[str, str]
) -> None:
    app, log = guarded()
    client = await aiohttp_client(app)
    for path in (*ADDED, *WITHOUT):
        headers = {**by_browser, **more}
        assert await send(client, "POST", path, headers, data=b"1") == refusal(REFUSED)
        assert await send(client, "POST", f"{path}?_method=GET", headers) == refusal(REFUSED)
    assert log.take() == (0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"a": "b"}},
        {"data": b"text", "headers": {"Content-Type": "text/plain"}},
        {"json": {"a": 1}},
        {"data": b""},
        {},
    ],
)
async def test_forms_and_texts_are_refused(aiohttp_client: MakeClient, body: Any) -> None:
    app, log = guarded()
    client = await aiohttp_client(app)
    headers = {"Origin": REFUSED, **body.pop("headers", {})}
    assert await send(client, "POST", "/function", headers, **body) == refusal(REFUSED)
    assert log.take() == (0, 0)


@pytest.mark.parametrize("second", [A, OWN, "null", ""])
async def test_two_origins_are_no_origin(aiohttp_client: MakeClient, second: str) -> None:
    app, log = guarded({A: PLAIN, "*": PLAIN})
    client = await aiohttp_client(app)
    async with Wire(client) as wire:
        got = await wire.ask(
            f"POST /function HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n"
            f"Origin: {A}\r\nOrigin: {second}\r\n\r\n".encode()
        )
    assert got.status in (400, 403)  # the first is aiohttp's own, in some releases
    assert log.take() == (0, 0)


# ---------------------------------------------------------------------------------------------
# Uploads
# ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def connected(
    client: Client,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def next_status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    assert length is not None
    await reader.readexactly(int(length[1]))
    return int(head.split(b" ")[1])


BODIES = {
    "length": (b"Content-Length: 100000\r\n", b"x" * 100_000),
    "chunks": (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n" * 1000 + b"0\r\n\r\n"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", BODIES)
async def test_an_upload_is_refused_before_it_is_sent_and_the_connection_goes_on(
    aiohttp_client: MakeClient, kind: str, mode: dict[str, bool]
) -> None:
    app, log = guarded(**mode)
    client = await aiohttp_client(app)
    header, body = BODIES[kind]
    head = b"POST /function HTTP/1.1\r\nHost: server.example\r\n"
    refused = head + f"Origin: {REFUSED}\r\n".encode() + header + b"\r\n"
    async with connected(client) as (reader, writer):
        for _ in range(2):
            writer.write(refused)
            assert await next_status(reader) == 403
            writer.write(body)
            writer.write(head + b"Content-Length: 0\r\n\r\n")
            assert await next_status(reader) == 200
    assert log.take() == (2, 2)


async def test_a_long_upload_of_a_client_is_refused(aiohttp_client: MakeClient) -> None:
    app, log = guarded()
    client = await aiohttp_client(app)
    url = client.make_url("/function")
    for _ in range(2):
        form = FormData()
        form.add_field("file", BytesIO(b"x" * 3_000_000), filename="x")
        # Older releases of aiohttp's client use a connection again on which they did not end.
        async with ClientSession() as session:
            headers = {"Origin": REFUSED}
            async with session.post(url, headers=headers, data=form) as response:
                assert response.status == 403
        assert (await send(client, "POST", "/function", {"Origin": A})).status == 200
    assert log.take() == (2, 2)


# ---------------------------------------------------------------------------------------------
# WebSockets
# ---------------------------------------------------------------------------------------------


async def echo(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


class EchoView(web.View):
    async def get(self) -> web.StreamResponse:
        return await echo(self.request)


def chat(config: Any = None, **mode: Any) -> web.Application:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A if config is None else config, protect=True, **mode)
    cors.add(app.router.add_get("/function", echo))
    cors.add(app.router.add_get("/view", EchoView))
    cors.add(part.router.add_get("/x", echo))
    app.add_subapp("/part", part)
    app.router.add_get("/without", echo)
    cors.exclude(app.router.add_get("/excluded", echo))
    return app


async def opens(client: Client, path: str, headers: dict[str, str]) -> bool:
    """Whether a WebSocket opens; where it does not, the refusal is the guard's."""
    try:
        async with client.ws_connect(path, headers={"Host": HOST, **headers}) as socket:
            await socket.send_str("echo")
            return await socket.receive_str() == "echo"
    except WSServerHandshakeError as error:
        refusal = error.status, cors_headers(error.headers or {})
    assert refusal == (403, {"Vary": "Origin"})
    return False


SOCKETS = ["/function", "/view", "/part/x"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("senders", "expected", "expected_without"),
    [(PASSING, True, True), (LISTED, True, False), (FOREIGN, False, False)],
)
async def test_a_websocket_opens_for_whom_a_post_passes(
    aiohttp_client: MakeClient,
    senders: list[dict[str, str]],
    mode: dict[str, bool],
    *,
    expected: bool,
    expected_without: bool,
) -> None:
    client = await aiohttp_client(chat(**mode))
    if mode.get("everywhere"):
        expected_without = expected
    for headers in senders:
        for path in SOCKETS:
            assert (headers, await opens(client, path, headers)) == (headers, expected)
        assert (headers, await opens(client, "/without", headers)) == (headers, expected_without)
        assert await opens(client, "/excluded", headers)


@pytest.mark.parametrize(
    ("config", "origin", "bare", "with_cookie"),
    [
        (OF_A, A, True, False),
        ({A: CREDENTIALS}, A, True, True),
        ({"*": PLAIN}, A, True, False),
        ({"*": PLAIN}, "null", False, False),
        ({"*": CREDENTIALS}, A, True, True),
        ({"*": CREDENTIALS}, "null", False, False),
        ({"*": CREDENTIALS}, "file://", False, False),
        ({"null": PLAIN}, "null", True, False),
        ({knows_a: PLAIN}, A, True, False),
        ({with_cookies: PLAIN}, A, True, True),
        (OF_A, OWN, True, True),
    ],
)
async def test_a_websocket_with_cookies_needs_credentials(
    aiohttp_client: MakeClient, config: Any, origin: str, *, bare: bool, with_cookie: bool
) -> None:
    client = await aiohttp_client(chat(config))
    for path in SOCKETS:
        assert await opens(client, path, {"Origin": origin}) is bare
        assert await opens(client, path, {"Origin": origin, **COOKIE}) is with_cookie


# ---------------------------------------------------------------------------------------------
# What was taken out, and sub-applications
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", ["route", "resource", "view", "files", "part", "part's resource"])
async def test_what_was_excluded_is_not_guarded(
    aiohttp_client: MakeClient, tmp_path: Path, what: str, mode: dict[str, bool]
) -> None:
    log = Log()
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults=OF_A, protect=True, **mode)
    route = app.router.add_post("/out", log.handle)
    view = app.router.add_view("/view", log.view(web.View))
    files = app.router.add_static("/files", tmp_path)
    part.router.add_post("/x", log.handle)
    whole = app.add_subapp("/part", part)
    out: dict[str, tuple[Any, str, int]] = {
        "route": (route, "/out", 200),
        "resource": (route.resource, "/out", 200),
        "view": (view, "/view", 200),
        "files": (files, "/files/x", 405),
        "part": (part, "/part/x", 200),
        "part's resource": (whole, "/part/x", 200),
    }
    entity, path, status = out[what]
    assert cors.exclude(entity) is entity
    client = await aiohttp_client(app)
    for headers in (*FOREIGN, {"Origin": A}, {}):
        got = await send(client, "POST", path, headers)
        assert (got.status, got.cors) == (status, {}) or status == 405
        log.take()
    for other in {"/out", "/view", "/part/x"} - {path}:
        assert await send(client, "POST", other, {"Origin": REFUSED}) == refusal(REFUSED)


@pytest.mark.parametrize(
    "outer", [None, {}, {"protect": True}, {"protect": True, "everywhere": True}]
)
@pytest.mark.parametrize(
    "inner", [None, {}, {"protect": True}, {"protect": True, "everywhere": True}]
)
async def test_whoever_guards_asks_the_innermost_policy(
    aiohttp_client: MakeClient, outer: Any, inner: Any
) -> None:
    log = Log()
    app, middle, part = web.Application(), web.Application(), web.Application()
    added = part.router.add_post("/added", log.handle)
    part.router.add_post("/other", log.handle)
    of_outer = app.router.add_post("/outer", log.handle)
    for owner, config, mode, own in [
        (app, OF_A, outer, [of_outer] if inner is not None else [of_outer, added]),
        (part, {B: ResourceOptions()}, inner, [added]),
    ]:
        if mode is not None:
            cors = setup(owner, defaults=config, **mode)
            for route in own:
                cors.add(route)
    middle.add_subapp("/part", part)
    app.add_subapp("/middle", middle)
    client = await aiohttp_client(app)

    async def passing(path: str) -> set[str]:
        found = set()
        for origin in (A, B, REFUSED, OWN):
            got = await send(client, "POST", path, {"Origin": origin})
            assert got.text == "done" or got == refusal(origin)
            found |= {origin} if got.text == "done" else set()
        return found

    everybody = {A, B, REFUSED, OWN}
    by_outer, by_inner = bool((outer or {}).get("protect")), bool((inner or {}).get("protect"))
    assert await passing("/outer") == ({A, OWN} if by_outer else everybody)
    decides = B if inner is not None else A
    expected = {decides, OWN} if by_outer or by_inner else everybody
    assert await passing("/middle/part/added") == expected
    owner = inner if inner is not None else outer
    of_other = {decides} if owner and owner.get("everywhere") else set()
    expected = {OWN} | of_other if by_outer or by_inner else everybody
    assert await passing("/middle/part/other") == expected


async def test_a_sub_application_that_guards_leaves_the_others_alone(
    aiohttp_client: MakeClient,
) -> None:
    log = Log()
    app, part = web.Application(), web.Application()
    app.router.add_post("/x", log.handle)
    part.router.add_post("/x", log.handle)
    setup(part, protect=True)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    assert (await send(client, "POST", "/x", {"Origin": REFUSED})).text == "done"
    assert await send(client, "POST", "/part/x", {"Origin": REFUSED}) == refusal(REFUSED)


# ---------------------------------------------------------------------------------------------
# The application around it
# ---------------------------------------------------------------------------------------------


async def test_without_it_everything_passes(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults=OF_A)
    cors.add(app.router.add_post("/", answer))
    assert len(app.middlewares) == 0  # nothing that could cost
    client = await aiohttp_client(app)
    for headers in (*FOREIGN, *LISTED, *PASSING):
        assert (await send(client, "POST", "/", headers)).status == 200


async def test_an_application_that_is_only_guarded_starts_quietly(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    app.router.add_post("/", answer)
    setup(app, protect=True)
    client = await aiohttp_client(app)
    assert await send(client, "POST", "/", {"Origin": REFUSED}) == refusal(REFUSED)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_what_a_refusal_quotes_is_escaped_and_cut(aiohttp_client: MakeClient) -> None:
    app, _ = guarded()
    client = await aiohttp_client(app)
    async with Wire(client) as wire:
        got = await wire.ask(
            b"POST /function HTTP/1.1\r\nHost: server.example\r\nContent-Length: 0\r\n"
            b"Origin: https://<b>\xff" + b"a" * 3000 + b"\r\n\r\n"
        )
    assert got.status == 403
    assert got.headers["Content-Type"].startswith("text/plain")
    assert got.text.isprintable()
    assert len(got.text) < 400


async def test_an_adapter_of_ones_own_is_asked_too(aiohttp_client: MakeClient) -> None:
    class Own(ResourcesUrlDispatcherRouterAdapter):
        """Whatever it does otherwise."""

    app = web.Application()
    cors = CorsConfig(app, router_adapter=Own(app.router, OF_A), protect=True)
    cors.add(app.router.add_post("/added", answer))
    app.router.add_post("/without", answer)
    client = await aiohttp_client(app)
    for path, origin, status in [
        ("/added", A, 200),
        ("/added", REFUSED, 403),
        ("/added", OWN, 200),
        ("/without", A, 403),
        ("/without", OWN, 200),
    ]:
        got = await send(client, "POST", path, {"Origin": origin})
        assert (path, origin, got.status) == (path, origin, status)
        assert status == 200 or got == refusal(origin)
