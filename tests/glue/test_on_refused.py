"""`cors.on_refused`: who was refused, why, and that telling it harms no answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError, web
from aiosignal import Signal

from aiohttp_cors import APP_CONFIG_KEY as CONFIG
from aiohttp_cors import CorsViewMixin, ResourceOptions, setup

from .asking import (
    REFUSED,
    A,
    B,
    Client,
    MakeClient,
    answer,
    ask,
    preflight,
    preflight_request,
    readable,
    refused,
    unreadable,
)

HOST = "server.example"
OWN = f"http://{HOST}"
PLAIN = ResourceOptions()
OF_A = {A: PLAIN}
MODES = [{}, {"preflight_first": True}, {"everywhere": True}]
LEVELS = {"preflight": logging.INFO, "actual": logging.DEBUG, "protected": logging.INFO}
BEGINNINGS = {
    "preflight": "preflight of {path!r} refused: ",
    "actual": "actual request of {path!r} refused: ",
    "protected": "protected request of {path!r} refused: ",
}

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsSecurityWarning")


class Told:
    """A receiver that keeps what it is told."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[web.Request, Any]] = asyncio.Queue()

    async def __call__(self, request: web.Request, refused: Any) -> None:
        self._queue.put_nowait((request, refused))

    @property
    def is_done(self) -> bool:
        return self._queue.empty()

    async def next(self) -> tuple[web.Request, Any]:
        return await asyncio.wait_for(self._queue.get(), 3)

    async def next_values(self, number: int) -> list[tuple[Any, ...]]:
        return [tuple((await self.next())[1]) for _ in range(number)]

    async def none_before(self, client: Client) -> None:
        """Nothing waits to be told: the next refusal comes first."""
        await preflight(client, "/function", "GET", "https://sentinel.example")
        assert (await self.next())[1].origin == "https://sentinel.example"
        assert self.is_done


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)

    post = get


async def by_itself(request: web.Request) -> web.Response:
    return web.Response(headers={"Access-Control-Allow-Origin": "https://own.example"})


def told_of(config: Any = None, **mode: Any) -> tuple[web.Application, Told]:
    app, part, told = web.Application(), web.Application(), Told()
    cors = setup(app, defaults=OF_A if config is None else config, **mode)
    cors.on_refused.append(told)
    for router, path in [(app.router, "/function"), (part.router, "/x")]:
        cors.add(router.add_get(path, answer))
        cors.add(router.add_post(path, answer))
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_get("/by-itself", by_itself))
    app.add_subapp("/part", part)
    return app, told


PATHS = ["/function", "/view", "/part/x"]


# ---------------------------------------------------------------------------------------------
# What is told
# ---------------------------------------------------------------------------------------------

NO_ORIGIN = "origin header is not specified in the request"
NO_METHOD = "'Access-Control-Request-Method' header is not specified"

# origin, method and headers asked for; reason and message
PREFLIGHTS: list[tuple[str | None, str | None, str | None, str, str]] = [
    (B, "GET", None, "origin", f"origin '{B}' is not allowed"),
    ("null", "GET", None, "origin", "origin 'null' is not allowed"),
    (A, "LOCK", None, "method", f"request method 'LOCK' is not allowed for '{A}' origin"),
    (B, "LOCK", None, "method", f"request method 'LOCK' is not allowed for '{B}' origin"),
    (A, "GET", "x-b, x-a", "headers", "headers are not allowed: X-B, X-A"),
    (A, "(", None, "invalid-method", "'Access-Control-Request-Method' header is no method: '('"),
    (
        A,
        "GET",
        "x y",
        "invalid-headers",
        "'Access-Control-Request-Headers' header is no list of names: 'x y'",
    ),
]
NO_PREFLIGHTS: list[tuple[str | None, str | None, str | None, str, str]] = [
    (None, None, None, "no-origin", NO_ORIGIN),
    (None, "GET", None, "no-origin", NO_ORIGIN),
    (A, None, None, "no-method", NO_METHOD),
]


def check_record(record: logging.LogRecord, path: str, value: tuple[Any, ...]) -> None:
    kind, reason, message, origin, method = value
    assert record.levelno == LEVELS[kind]
    assert record.getMessage() == BEGINNINGS[kind].format(path=path) + message
    fields = (record.kind, record.reason, record.origin, record.method)  # type: ignore[attr-defined]
    assert fields == (kind, reason, origin, method)


def told_records(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    records = [r for r in caplog.records if r.name == "aiohttp_cors" and hasattr(r, "kind")]
    caplog.clear()
    return records


@pytest.mark.parametrize("mode", [*MODES, {"debug": True}])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("origin", "method", "names", "reason", "message"), PREFLIGHTS)
async def test_a_refused_preflight_is_told_each_time(
    aiohttp_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    origin: str,
    method: str,
    names: str | None,
    reason: str,
    message: str,
    path: str,
    mode: dict[str, bool],
) -> None:
    caplog.set_level(logging.DEBUG, logger="aiohttp_cors")
    app, told = told_of(**mode)
    client = await aiohttp_client(app)
    expected = ("preflight", reason, message, origin, method)
    if mode.get("everywhere") and method == "LOCK":
        message = f"origin '{origin}' is not allowed"
        expected = ("preflight", "origin", message, origin, method)
    if mode.get("everywhere") and (origin, method) == (A, "LOCK"):
        assert (await preflight(client, path, method, origin)).status == 200
        await told.none_before(client)
        return
    for _ in range(2):  # the second time, the answer is at hand
        await preflight(client, path, method, origin, names)
        request, value = await told.next()
        assert tuple(value) == expected
        assert (request.path, request.method) == (path, "OPTIONS")
        (record,) = told_records(caplog)
        check_record(record, path, expected)
    await told.none_before(client)


@pytest.mark.parametrize("mode", [{}, {"preflight_first": True}])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("origin", "method", "names", "reason", "message"), NO_PREFLIGHTS)
async def test_what_is_no_preflight_is_told_as_one(
    aiohttp_client: MakeClient,
    origin: str | None,
    method: str | None,
    names: str | None,
    reason: str,
    message: str,
    path: str,
    mode: dict[str, bool],
) -> None:
    app, told = told_of(**mode)
    client = await aiohttp_client(app)
    headers = preflight_request(method, origin, names)
    assert (await ask(client, "OPTIONS", path, None, headers)).status == 403
    (value,) = await told.next_values(1)
    assert value == ("preflight", reason, message, origin, method)
    await told.none_before(client)


@pytest.mark.parametrize("mode", [*MODES, {"protect": True}])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [B, "null", "*", A + "/", OWN + ":1"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_an_actual_request_that_is_refused_is_told(
    aiohttp_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    origin: str,
    path: str,
    mode: dict[str, bool],
) -> None:
    caplog.set_level(logging.DEBUG, logger="aiohttp_cors")
    app, told = told_of(**mode)
    client = await aiohttp_client(app)
    kind = "protected" if mode.get("protect") and method == "POST" else "actual"
    expected = (kind, "origin", f"origin {origin!r} is not allowed", origin, method)
    for _ in range(2):
        await ask(client, method, path, origin)
        request, value = await told.next()
        assert (tuple(value), request.path, request.method) == (expected, path, method)
        (record,) = told_records(caplog)
        check_record(record, path, expected)
    await told.none_before(client)


@pytest.mark.filterwarnings("ignore:everywhere=True without origins")
@pytest.mark.parametrize("mode", MODES)
async def test_without_any_origin_the_reason_is_another_one(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app, told = told_of({}, **mode)
    client = await aiohttp_client(app)
    reason = ("no-origins-allowed", "no origins are allowed", A)
    for path in PATHS:
        assert await ask(client, "GET", path) == unreadable()
        assert await preflight(client, path, "GET") == refused()
        assert await told.next_values(2) == [
            ("actual", *reason, "GET"),
            ("preflight", *reason, "GET"),
        ]


async def test_a_method_that_the_options_leave_out_is_the_reason(
    aiohttp_client: MakeClient,
) -> None:
    app, told = told_of({A: ResourceOptions(allow_methods=["GET"])}, everywhere=True)
    client = await aiohttp_client(app)
    sentence = f"request method 'POST' is not allowed for '{A}' origin"
    for path in PATHS:
        assert await ask(client, "POST", path) == unreadable()
        assert await preflight(client, path, "POST") == refused()
        assert await told.next_values(2) == [
            ("actual", "method", sentence, A, "POST"),
            ("preflight", "method", sentence, A, "POST"),
        ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("headers", "reason", "message"),
    [
        ({"Origin": B}, "origin", f"origin '{B}' is not allowed"),
        ({"Origin": "null"}, "origin", "origin 'null' is not allowed"),
        (
            {"Sec-Fetch-Site": "cross-site"},
            "no-origin",
            "a page of another site sent it without an origin",
        ),
        (
            {"Origin": A, "Cookie": "a=b"},
            "credentials",
            f"origin '{A}' is not allowed to send cookies",
        ),
    ],
)
async def test_what_protect_refuses_is_told_once(
    aiohttp_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    reason: str,
    message: str,
    mode: dict[str, bool],
) -> None:
    caplog.set_level(logging.DEBUG, logger="aiohttp_cors")
    app, told = told_of(protect=True, **mode)
    client = await aiohttp_client(app)
    expected = ("protected", reason, message, headers.get("Origin"), "POST")
    for path in PATHS:
        assert await ask(client, "POST", path, None, headers) == unreadable(403)
        assert await told.next_values(1) == [expected]
        (record,) = told_records(caplog)
        check_record(record, path, expected)
    await told.none_before(client)


async def test_a_websocket_is_told_of(aiohttp_client: MakeClient) -> None:
    async def chat(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    app, told = told_of(protect=True)
    app.router.add_get("/chat", chat)
    client = await aiohttp_client(app)
    with pytest.raises(WSServerHandshakeError, match="403"):
        await client.ws_connect("/chat", headers={"Origin": B})
    assert await told.next_values(1) == [
        ("protected", "origin", f"origin '{B}' is not allowed", B, "GET")
    ]


async def test_errors_of_the_router_are_told_of_everywhere(aiohttp_client: MakeClient) -> None:
    app, told = told_of(everywhere=True)
    client = await aiohttp_client(app)
    for method, path, status in [("GET", "/unknown", 404), ("PUT", "/function", 405)]:
        assert await ask(client, method, path, B) == unreadable(status)
        assert await told.next_values(1) == [
            ("actual", "origin", f"origin '{B}' is not allowed", B, method)
        ]


def fails(origin: str, request: web.Request) -> bool:
    raise RuntimeError("on purpose")


def says_no(origin: str, request: web.Request) -> None:
    return None


@pytest.mark.parametrize("predicate", [fails, says_no])
@pytest.mark.parametrize("mode", MODES)
async def test_whom_a_predicate_refuses_is_told(
    aiohttp_client: MakeClient, predicate: Any, mode: dict[str, bool]
) -> None:
    app, told = told_of({predicate: PLAIN}, **mode)
    client = await aiohttp_client(app)
    reason = ("origin", f"origin '{B}' is not allowed", B, "GET")
    for path in PATHS:
        await ask(client, "GET", path, B)
        await preflight(client, path, "GET", B)
        assert await told.next_values(2) == [("actual", *reason), ("preflight", *reason)]


@pytest.mark.parametrize("mode", MODES)
async def test_whom_a_failing_predicate_refuses_is_told_beside_a_wildcard(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app, told = told_of({fails: PLAIN, "*": ResourceOptions(allow_credentials=True)}, **mode)
    client = await aiohttp_client(app)
    reason = ("origin", f"origin '{B}' is not allowed", B, "GET")
    for path in PATHS:
        await ask(client, "GET", path, B)
        await preflight(client, path, "GET", B)
        assert await told.next_values(2) == [("actual", *reason), ("preflight", *reason)]


async def test_a_method_that_options_of_a_predicate_leave_out_is_the_reason(
    aiohttp_client: MakeClient,
) -> None:
    asked: list[str] = []

    async def says_yes(origin: str, request: web.Request) -> bool:
        asked.append(origin)
        return True

    app, told = told_of({says_yes: ResourceOptions(allow_methods=["GET"])}, everywhere=True)
    client = await aiohttp_client(app)
    reason = ("method", f"request method 'POST' is not allowed for '{B}' origin", B, "POST")
    for path in PATHS:
        assert await ask(client, "POST", path, B) == unreadable()
        assert asked == [B]
        await preflight(client, path, "POST", B)
        assert await told.next_values(2) == [("actual", *reason), ("preflight", *reason)]
        asked.clear()


async def test_a_view_that_answers_by_a_config_of_its_own_is_told_of(
    aiohttp_client: MakeClient,
) -> None:
    class Own(View):
        async def _get_config(self, request: web.Request, origin: str, request_method: str) -> Any:
            return OF_A

    app, told = told_of()
    app[CONFIG].add(app.router.add_view("/own", Own))
    client = await aiohttp_client(app)
    assert await preflight(client, "/own", "GET", B) == refused()
    assert await told.next_values(1) == [
        ("preflight", "origin", f"origin '{B}' is not allowed", B, "GET")
    ]


# ---------------------------------------------------------------------------------------------
# What is not told
# ---------------------------------------------------------------------------------------------

HOSTED = {"Host": HOST}


@pytest.mark.parametrize("mode", [*MODES, {"protect": True}])
@pytest.mark.parametrize(
    ("config", "path", "origin", "headers"),
    [
        (OF_A, "/function", A, {}),
        (OF_A, "/function", None, {}),
        (OF_A, "/function", OWN, HOSTED),
        (OF_A, "/function", f"https://{HOST}", HOSTED),
        (OF_A, "/function", f"https://{HOST}:8443", {"Host": f"{HOST}:8443"}),
        (OF_A, "/function", "https://public.example", {"Sec-Fetch-Site": "same-origin"}),
        (OF_A, "/function", "null", {"Sec-Fetch-Site": "none"}),
        (OF_A, "/by-itself", A, {}),
        (OF_A, "/by-itself", B, {}),
        ({"*": PLAIN}, "/function", B, {}),
        ({"*": PLAIN}, "/function", "null", {}),
        ({"*": ResourceOptions(allow_credentials=True)}, "/function", B, {}),
        ({"*": ResourceOptions(allow_credentials=True)}, "/function", "garbage", {}),
        ({"https://*.example": PLAIN}, "/function", B, {}),
        ({lambda origin, request: True: PLAIN}, "/function", B, {}),
    ],
)
async def test_own_pages_and_those_that_read_are_not_told_of(
    aiohttp_client: MakeClient,
    config: Any,
    path: str,
    origin: str | None,
    headers: dict[str, str],
    mode: dict[str, bool],
) -> None:
    app, told = told_of({**config, "https://sentinel.example": PLAIN}, **mode)
    client = await aiohttp_client(app)
    for asked in (path, path.replace("/function", "/view"), path.replace("/function", "/part/x")):
        assert (await ask(client, "GET", asked, origin, headers)).status == 200
        if origin == A or (config is not OF_A and origin is not None):
            assert (await preflight(client, asked, "GET", origin)).status == 200
    await preflight(client, "/function", "(", "https://sentinel.example")
    (value,) = await told.next_values(1)
    assert value[1] == "invalid-method"


@pytest.mark.parametrize("kind", ["excluded", "not added"])
async def test_what_is_without_cors_is_not_told_of(aiohttp_client: MakeClient, kind: str) -> None:
    app, told = told_of(**({"everywhere": True} if kind == "excluded" else {}))
    route = app.router.add_get("/other", answer)
    if kind == "excluded":
        app[CONFIG].exclude(route)
    client = await aiohttp_client(app)
    await ask(client, "GET", "/other", B)
    await told.none_before(client)


# ---------------------------------------------------------------------------------------------
# Receivers
# ---------------------------------------------------------------------------------------------


def test_it_is_a_signal_in_the_manner_of_aiohttp() -> None:
    cors = setup(web.Application())
    assert isinstance(cors.on_refused, Signal)
    assert len(cors.on_refused) == 0


async def test_receivers_come_before_the_start(aiohttp_client: MakeClient) -> None:
    app, _ = told_of()
    client = await aiohttp_client(app)
    assert client.app is app
    with pytest.raises(RuntimeError, match="frozen"):
        app[CONFIG].on_refused.append(Told())


async def test_what_is_told_is_immutable(aiohttp_client: MakeClient) -> None:
    app, told = told_of()
    client = await aiohttp_client(app)
    await preflight(client, "/function", "GET", B)
    _, value = await told.next()
    assert value._fields == ("kind", "reason", "message", "origin", "method")
    for name in value._fields:
        with pytest.raises(AttributeError):
            setattr(value, name, "other")
    assert hash(value) == hash(tuple(value))


def refusing_all(receivers: Iterable[Any], **mode: Any) -> web.Application:
    app = web.Application()
    cors = setup(app, defaults=OF_A, protect=True, **mode)
    for method in ("GET", "POST"):
        cors.add(app.router.add_route(method, "/", answer))
    cors.on_refused.extend(receivers)
    return app


async def each_kind(client: Client) -> None:
    """One refusal of each kind, all of which have their right answers."""
    assert await preflight(client, "/", "GET", B) == refused()
    assert await ask(client, "GET", "/", B) == unreadable()
    assert await ask(client, "POST", "/", B) == unreadable(403)
    assert await ask(client, "GET", "/") == readable()


KINDS = ["preflight", "actual", "protected"]


@pytest.mark.parametrize("mode", MODES)
async def test_each_of_several_receivers_gets_the_same(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    receivers = [Told(), Told(), Told()]
    client = await aiohttp_client(refusing_all(receivers, **mode))
    await each_kind(client)
    for kind in KINDS:
        first, *others = [await told.next() for told in receivers]
        assert first[1].kind == kind
        for other in others:
            assert (other[0], other[1]) == (first[0], first[1])


async def raises(request: web.Request, refused: Any) -> None:
    raise RuntimeError("on purpose")


def is_no_coroutine(request: web.Request, refused: Any) -> None:
    return None


def takes_nothing() -> None:
    raise NotImplementedError


async def wants_another(request: web.Request, refused: Any) -> None:
    raise web.HTTPFound("/elsewhere")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("failing", [raises, is_no_coroutine, takes_nothing, wants_another])
async def test_a_receiver_that_fails_is_logged_and_harms_nobody(
    aiohttp_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    failing: Any,
    mode: dict[str, bool],
) -> None:
    before, behind = Told(), Told()
    client = await aiohttp_client(refusing_all([before, failing, behind], **mode))
    await each_kind(client)
    for told in (before, behind):
        assert [value[0] for value in await told.next_values(3)] == KINDS
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(failures) == 3
    for record in failures:
        assert record.getMessage() == f"{failing!r} failed, which was told of a refusal"
        assert record.exc_info is not None


class Waiting:
    """A receiver that is busy until it is let go."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.is_cancelled = asyncio.Event()
        self.begun: list[str] = []
        self.done: list[str] = []
        self.cancelled: list[str] = []

    async def __call__(self, request: web.Request, refused: Any) -> None:
        self.begun.append(refused.kind)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.append(refused.kind)
            self.is_cancelled.set()
            raise
        self.done.append(refused.kind)


@pytest.mark.parametrize("mode", MODES)
async def test_no_answer_waits_for_a_receiver(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    waiting, other = Waiting(), Told()
    client = await aiohttp_client(refusing_all([waiting, other], **mode))
    await each_kind(client)
    assert [value[0] for value in await other.next_values(3)] == KINDS
    assert (waiting.begun, waiting.done) == (KINDS, [])
    waiting.go_on.set()
    await each_kind(client)
    assert [value[0] for value in await other.next_values(3)] == KINDS
    assert sorted(waiting.done) == sorted(KINDS * 2)


async def test_the_end_of_the_application_waits_for_receivers(aiohttp_client: MakeClient) -> None:
    waiting = Waiting()
    client = await aiohttp_client(refusing_all([waiting]))
    await each_kind(client)
    asyncio.get_running_loop().call_soon(waiting.go_on.set)
    await client.close()
    assert sorted(waiting.done) == sorted(KINDS)
    assert waiting.cancelled == []


async def test_the_end_of_the_application_ends_receivers_that_hang(
    aiohttp_client: MakeClient,
) -> None:
    waiting = Waiting()
    client = await aiohttp_client(refusing_all([waiting]))
    await each_kind(client)
    await asyncio.wait_for(client.close(), 10)
    await asyncio.wait_for(waiting.is_cancelled.wait(), 10)
    assert (waiting.done, sorted(waiting.cancelled)) == ([], sorted(KINDS))


async def test_where_receivers_hang_what_waits_is_bounded(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = Waiting()
    client = await aiohttp_client(refusing_all([waiting]))
    for _ in range(1010):
        assert await ask(client, "GET", "/", B) == unreadable()
    assert len(waiting.begun) == 1000
    told = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    text = f"a refusal was not told to {waiting!r}: its receivers are slow"
    assert told == [text] * 10


# ---------------------------------------------------------------------------------------------
# Several configs
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outer_mode", MODES)
@pytest.mark.parametrize("inner_mode", MODES)
async def test_the_config_that_decides_tells(
    aiohttp_client: MakeClient, outer_mode: dict[str, bool], inner_mode: dict[str, bool]
) -> None:
    app, part = web.Application(), web.Application()
    by_outer, by_inner = Told(), Told()
    for owner, told, mode in [(app, by_outer, outer_mode), (part, by_inner, inner_mode)]:
        cors = setup(owner, defaults=OF_A, **mode)
        cors.on_refused.append(told)
        cors.add(owner.router.add_get("/function", answer))
        cors.add(owner.router.add_view("/view", View))
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    for prefix, told in [("", by_outer), ("/part", by_inner)]:
        for path in (f"{prefix}/function", f"{prefix}/view"):
            await ask(client, "GET", path, REFUSED)
            await preflight(client, path, "GET", REFUSED)
            values = await told.next_values(2)
            assert [value[0] for value in values] == ["actual", "preflight"]
    assert by_outer.is_done
    assert by_inner.is_done


def test_the_signal_shows_whose_it_is() -> None:
    cors = setup(web.Application(), defaults=OF_A)
    assert repr(cors) in repr(cors.on_refused)
