"""`Browser` before real aiohttp servers."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors.testing import Browser, CorsBlocked, Reason

PAGE = "https://page.example"
ANYONE = {"Access-Control-Allow-Origin": "*"}
PAGE_WITH_COOKIES = {
    "Access-Control-Allow-Origin": PAGE,
    "Access-Control-Allow-Credentials": "true",
}


async def tell(request: web.Request) -> web.Response:
    """What arrived, as JSON."""
    told = {
        "method": request.method,
        "type": request.headers.get("Content-Type"),
        "body": await request.text(),
        "cookies": dict(request.cookies),
        "names": sorted(name.lower() for name in request.headers),
    }
    return web.json_response(told, headers={**PAGE_WITH_COOKIES, "X-Hidden": "1"})


async def allow(request: web.Request) -> web.Response:
    """A preflight's answer that allows whatever is asked."""
    headers = {
        **PAGE_WITH_COOKIES,
        "Access-Control-Allow-Methods": request.headers["Access-Control-Request-Method"],
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
        "Set-Cookie": "preflight=1",
    }
    return web.Response(status=204, headers=headers)


async def set_cookie(_request: web.Request) -> web.Response:
    response = web.Response(text="set", headers=PAGE_WITH_COOKIES)
    response.set_cookie("kept", "1")
    return response


async def redirect(_request: web.Request) -> web.Response:
    headers = {**PAGE_WITH_COOKIES, "Location": "/tell", "Set-Cookie": "hop=1; Path=/"}
    return web.Response(status=307, headers=headers)


@pytest.fixture
async def client(aiohttp_client: Any) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    for path, handler in (("/tell", tell), ("/set-cookie", set_cookie), ("/redirect", redirect)):
        resource = app.router.add_resource(path)
        resource.add_route("OPTIONS", allow)
        resource.add_route("*", handler)
    client: TestClient[web.Request, web.Application] = await aiohttp_client(app)
    return client


@pytest.fixture
def browser(client: TestClient[web.Request, web.Application]) -> Browser:
    return Browser(client, PAGE)


async def test_a_page_reads_what_it_may(
    browser: Browser, client: TestClient[web.Request, web.Application]
) -> None:
    response = await browser.fetch("GET", "/tell")
    body = await response.text()
    assert (response.status, response.ok, response.type) == (200, True, "cors")
    assert dict(response.headers) == {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
    }
    assert await response.read() == body.encode()
    assert (await response.json())["method"] == "GET"
    assert (response.url, response.redirected) == (client.make_url("/tell"), False)
    assert repr(response) == f"<PageResponse 200 cors {client.make_url('/tell')}>"
    assert response.exchanges == response.verdict.exchanges
    assert browser.origin == PAGE


async def test_a_page_of_the_servers_own_origin_needs_no_cors(
    client: TestClient[web.Request, web.Application],
) -> None:
    browser = Browser(client, str(client.make_url("/").origin()))
    response = await browser.fetch("PUT", "tell", json={})
    assert (response.type, response.headers["X-Hidden"]) == ("basic", "1")
    assert [exchange.request.method for exchange in response.exchanges] == ["PUT"]


@pytest.mark.parametrize("url", ["/tell", "tell", "/tell?a=b", URL("/tell")])
async def test_urls_are_relative_to_the_server_under_test(browser: Browser, url: str | URL) -> None:
    assert (await browser.fetch("GET", url)).url.path == "/tell"


async def test_absolute_urls_are_taken_as_they_are(
    browser: Browser, client: TestClient[web.Request, web.Application]
) -> None:
    url = client.make_url("/tell")
    assert (await browser.fetch("GET", url)).url == url
    assert (await browser.fetch("GET", str(url))).url == url


async def test_with_a_session_urls_are_relative_to_the_page(
    client: TestClient[web.Request, web.Application],
) -> None:
    own = str(client.make_url("/").origin())
    async with aiohttp.ClientSession() as session:
        response = await Browser(session, own).fetch("GET", "/tell")
        assert (response.url, response.type) == (client.make_url("/tell"), "basic")
        for opaque in ("null", "file://"):
            with pytest.raises(TypeError, match=f"absolute for a page of origin '{opaque}'"):
                await Browser(session, opaque).fetch("GET", "/tell")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ({}, None, ""),
        ({"data": "caf\u00e9"}, "text/plain;charset=UTF-8", "caf\u00e9"),
        ({"data": b"x"}, None, "x"),
        ({"data": b""}, None, ""),
        (
            {"data": {"a": "1 2", "b": "\u00e9"}},
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=1+2&b=%C3%A9",
        ),
        ({"json": {"a": 1}}, "application/json", '{"a": 1}'),
        ({"json": 0}, "application/json", "0"),
        ({"json": [], "headers": {"content-type": "text/plain"}}, "text/plain", "[]"),
        ({"data": "x", "headers": [("Content-Type", "a/b")]}, "a/b", "x"),
    ],
)
async def test_bodies_have_the_type_that_a_browser_gives_them(
    browser: Browser, body: dict[str, Any], content_type: str | None, text: str
) -> None:
    told = await (await browser.fetch("POST", "/tell", **body)).json()
    assert (told["type"], told["body"]) == (content_type, text)


@pytest.mark.parametrize(
    ("credentials", "sends", "keeps"),
    [("omit", False, False), ("same-origin", False, False), ("include", True, True)],
)
async def test_cookies_of_another_origin_go_by_the_credentials_mode(
    browser: Browser,
    client: TestClient[web.Request, web.Application],
    credentials: Any,
    sends: bool,
    keeps: bool,
) -> None:
    client.session.cookie_jar.update_cookies({"who": "me"}, client.make_url("/"))
    told = await (await browser.fetch("PUT", "/tell", credentials=credentials)).json()
    assert told["cookies"] == ({"who": "me"} if sends else {})
    await browser.fetch("GET", "/set-cookie", credentials=credentials)
    kept = {cookie.key for cookie in client.session.cookie_jar}
    assert kept == ({"who", "kept"} if keeps else {"who"})


@pytest.mark.parametrize(("credentials", "kept"), [("omit", set()), ("same-origin", {"kept"})])
async def test_cookies_of_the_pages_origin_go_unless_omitted(
    client: TestClient[web.Request, web.Application], credentials: Any, kept: set[str]
) -> None:
    browser = Browser(client, str(client.make_url("/").origin()))
    await browser.fetch("GET", "/set-cookie", credentials=credentials)
    told = await (await browser.fetch("GET", "/tell", credentials=credentials)).json()
    assert set(told["cookies"]) == kept


async def test_redirects_are_followed_as_a_browser_does(
    browser: Browser, client: TestClient[web.Request, web.Application]
) -> None:
    response = await browser.fetch("PUT", "/redirect", data="x", credentials="include")
    told = await response.json()
    assert (told["method"], told["body"], told["cookies"]) == ("PUT", "x", {"hop": "1"})
    assert (response.redirected, response.url) == (True, client.make_url("/tell"))
    assert [exchange.request.method for exchange in response.exchanges] == [
        "OPTIONS",
        "PUT",
        "OPTIONS",
        "PUT",
    ]


async def test_nothing_is_sent_that_no_page_has(
    client: TestClient[web.Request, web.Application],
) -> None:
    async with aiohttp.ClientSession(headers={"X-Default": "1"}) as session:
        browser = Browser(session, PAGE)
        response = await browser.fetch("GET", client.make_url("/tell"), headers={"Cookie": "a=b"})
    names = set((await response.json())["names"])
    told = {"sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site"}
    assert names == {"accept", "accept-encoding", "host", "origin", "user-agent", *told}


async def test_a_preflight_is_kept_for_five_seconds(
    client: TestClient[web.Request, web.Application],
) -> None:
    now = [1.0]
    browser = Browser(client, PAGE, clock=lambda: now[0])
    sent = []
    for now[0] in (1.0, 5.9, 6.0):
        response = await browser.fetch("PUT", "/tell")
        sent.append([exchange.request.method for exchange in response.exchanges])
    assert sent == [["OPTIONS", "PUT"], ["PUT"], ["OPTIONS", "PUT"]]


async def test_json_of_something_else_is_a_value_error(browser: Browser) -> None:
    response = await browser.fetch("GET", "/set-cookie")
    with pytest.raises(ValueError, match="Expecting value"):
        await response.json()


# --- What is blocked ---------------------------------------------------------------------------


async def closed(_request: web.Request) -> web.Response:
    return web.Response(text="secret")


@pytest.fixture
async def closed_browser(aiohttp_client: Any) -> Browser:
    app = web.Application()
    app.router.add_get("/", closed)
    return Browser(await aiohttp_client(app), PAGE)


async def test_what_is_blocked_comes_with_its_evidence(closed_browser: Browser) -> None:
    with pytest.raises(CorsBlocked) as caught:
        await closed_browser.fetch("GET", "/")
    blocked = caught.value
    assert blocked.reason is Reason.ALLOW_ORIGIN_MISSING
    assert blocked.message == "the answer (status 200) has no Access-Control-Allow-Origin header"
    assert blocked.fix == 'cors.add(route, {"https://page.example": ResourceOptions()})'
    assert (blocked.failure, blocked.verdict.outcome) == (blocked.failure, blocked.failure)
    assert blocked.exchanges == (blocked.exchange,)
    assert dict(blocked.exchange.request.headers) == {
        "Accept": "*/*",
        "Origin": PAGE,
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "cross-site",
    }
    assert blocked.exchange.response.status == 200
    assert str(blocked) == str(blocked.verdict)


async def test_what_is_blocked_survives_pickling(closed_browser: Browser) -> None:
    with pytest.raises(CorsBlocked) as caught:
        await closed_browser.fetch("GET", "/")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert copy.verdict == caught.value.verdict


async def test_a_bad_port_is_never_asked(closed_browser: Browser) -> None:
    with pytest.raises(CorsBlocked) as caught:
        await closed_browser.fetch("PUT", "http://127.0.0.1:6000/")
    assert (caught.value.reason, caught.value.fix) == (Reason.BAD_PORT, None)
    assert caught.value.exchanges == ()


async def test_another_protocol_is_no_answer(aiohttp_client: Any) -> None:
    async def switch(_request: web.Request) -> web.Response:
        return web.Response(status=101, headers={**ANYONE, "Upgrade": "other"})

    with pytest.raises(CorsBlocked) as caught:
        await (await page_of(switch, aiohttp_client)).fetch("GET", "/")
    assert caught.value.reason is Reason.SWITCHING_PROTOCOLS


async def test_the_reason_that_a_server_gives_with_status_403_is_told(aiohttp_client: Any) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        raise web.HTTPForbidden(text="cross-origin request refused: origin 'x' is not allowed")

    with pytest.raises(CorsBlocked, match=r"server says: .cross-origin request refused: ori"):
        await (await page_of(refuse, aiohttp_client)).fetch("POST", "/")


async def test_a_page_reads_all_of_a_403(aiohttp_client: Any) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=403, headers=ANYONE, text="no " * 10_000)

    response = await (await page_of(refuse, aiohttp_client)).fetch("GET", "/")
    assert await response.text() == "no " * 10_000


@pytest.mark.parametrize("allowed", ["file://", "*"])
async def test_a_page_of_a_file_sends_the_origin_that_its_engine_does(
    aiohttp_client: Any, allowed: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        headers = {"Access-Control-Allow-Origin": allowed, "Access-Control-Allow-Methods": "PUT"}
        return web.Response(text=request.headers["Origin"], headers=headers)

    client = (await page_of(answer, aiohttp_client))._client
    response = await Browser(client, "file://").fetch("PUT", "/")
    assert (await response.text(), response.type) == ("file://", "cors")
    with pytest.raises(CorsBlocked) as caught:
        await Browser(client, "file://").fetch("PUT", "/", credentials="include")
    assert caught.value.reason in (Reason.ALLOW_ORIGIN_WILDCARD, Reason.ALLOW_CREDENTIALS)


async def test_explaining_raises_nothing(closed_browser: Browser) -> None:
    verdict = await closed_browser.explain("PUT", "/", json={})
    assert (verdict.allowed, verdict.reason) == (False, Reason.PREFLIGHT_STATUS)
    assert verdict.exchanges[-1].response.text == "405: Method Not Allowed"


async def test_explaining_needs_no_end_of_the_body(aiohttp_client: Any) -> None:
    app = web.Application()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=ANYONE)
        await response.prepare(request)
        while True:
            await response.write(b"." * 65536)

    app.router.add_get("/", stream)
    verdict = await Browser(await aiohttp_client(app), PAGE).explain("GET", "/")
    assert verdict.allowed


# --- What no CORS guards -------------------------------------------------------------------------

FORM = {"a b": "1\n2", 'c"\r\n': "\u00e9"}


@pytest.mark.parametrize(
    ("enctype", "content_type", "body"),
    [
        (
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded",
            "a+b=1%0D%0A2&c%22%0D%0A=%C3%A9",
        ),
        ("text/plain", "text/plain", 'a b=1\r\n2\r\nc"\r\n=\u00e9\r\n'),
        (
            "multipart/form-data",
            "multipart/form-data; boundary=B",
            (
                '--B\r\nContent-Disposition: form-data; name="a b"\r\n\r\n1\r\n2\r\n'
                '--B\r\nContent-Disposition: form-data; name="c%22%0D%0A"\r\n\r\n\u00e9\r\n'
                "--B--\r\n"
            ),
        ),
    ],
)
async def test_a_form_is_sent_as_its_enctype_says(
    aiohttp_client: Any, enctype: Any, content_type: str, body: str
) -> None:
    seen = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.headers["Content-Type"], await request.text()))
        return web.Response(status=204)

    browser = await page_of(take, aiohttp_client)
    verdict = await browser.form("/", FORM, enctype=enctype)
    assert (verdict.allowed, verdict.exchanges[-1].response.status) == (True, 204)
    ((sent_type, sent),) = seen
    boundary = sent_type.partition("boundary=")[2] or "B"
    assert (sent_type.replace(boundary, "B"), sent.replace(boundary, "B")) == (content_type, body)


async def test_a_form_of_fields_with_names_is_read_by_aiohttp(aiohttp_client: Any) -> None:
    async def take(request: web.Request) -> web.Response:
        data = await request.post()
        assert dict(data) == {"a b": "1", "c": "\u00e9"}
        return web.Response()

    browser = await page_of(take, aiohttp_client)
    for enctype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        verdict = await browser.form(URL("/"), {"a b": "1", "c": "\u00e9"}, enctype=enctype)  # type: ignore[arg-type]
        assert verdict.exchanges[-1].response.status == 200


async def test_a_form_has_no_other_enctype(browser: Browser) -> None:
    with pytest.raises(ValueError, match=r"'enctype' must be .*, got 'application/json'"):
        await browser.form("/tell", {}, enctype="application/json")  # type: ignore[arg-type]


async def test_a_form_carries_cookies_and_follows_redirects(
    browser: Browser, client: TestClient[web.Request, web.Application]
) -> None:
    client.session.cookie_jar.update_cookies({"who": "me"}, client.make_url("/"))
    verdict = await browser.form("/redirect", {"a": "1"})
    sent = [(e.request.method, e.request.includes_credentials) for e in verdict.exchanges]
    assert sent == [("POST", True), ("POST", True)]


async def chat(request: web.Request) -> web.StreamResponse:
    if request.headers["Origin"] != PAGE:
        raise web.HTTPForbidden(text="not for you")
    socket = web.WebSocketResponse(protocols=["chat"])
    await socket.prepare(request)
    await socket.receive()
    return socket


@pytest.mark.parametrize("url", ["/chat", URL("/chat")])
async def test_a_websocket_opens_to_whom_the_server_wants(aiohttp_client: Any, url: Any) -> None:
    app = web.Application()
    app.router.add_get("/chat", chat)
    client = await aiohttp_client(app)
    verdict = await Browser(client, PAGE).websocket(url, protocols=["chat"])
    assert verdict.allowed
    answer = dict(verdict.exchanges[-1].response.headers)
    assert answer["Sec-WebSocket-Protocol"] == "chat"
    refused = await Browser(client, "https://other.example").websocket(url)
    assert (refused.allowed, refused.reason) == (False, Reason.WEBSOCKET_STATUS)
    assert "status 403, where 101 opens the WebSocket; the server says: 'not for you'" in str(
        refused
    )


async def change(_request: web.Request) -> web.Response:
    return web.Response(text="changed")


async def test_a_protected_server_refuses_what_cors_lets_through(aiohttp_client: Any) -> None:
    app = web.Application()
    options = {PAGE: ResourceOptions(allow_credentials=True)}
    cors = aiohttp_cors.setup(app, defaults=options, protect=True)
    cors.add(app.router.add_post("/change", change))
    cors.add(app.router.add_get("/chat", chat))
    client = await aiohttp_client(app)
    own = str(client.make_url("/").origin())
    said = {}
    for origin in (PAGE, own, "https://other.example", "null", "file://"):
        browser = Browser(client, origin)
        form = await browser.form("/change", {"a": "1"})
        socket = await browser.websocket("/chat")
        post = await browser.explain("POST", "/change", data="x", credentials="include")
        said[origin] = tuple(
            verdict.exchanges[-1].response.status for verdict in (form, socket, post)
        )
        if origin not in (PAGE, own):
            assert 'the server says: "cross-origin request refused: origin' in str(form)
            assert post.fix == (
                f'cors.add(route, {{"{origin}": ResourceOptions(allow_credentials=True)}})'
            )
    assert said == {
        PAGE: (200, 101, 200),
        own: (200, 403, 200),
        "https://other.example": (403, 403, 403),
        "null": (403, 403, 403),
        "file://": (403, 403, 403),
    }


# --- What is wrong with the call ---------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://a.example/", "a.example", "*", "", "HTTPS://a.example", None]
)
async def test_a_page_has_an_origin_as_browsers_write_it(origin: Any) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ValueError, match="'origin' must be an origin as browsers send it"):
            Browser(session, origin)


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("TRACE", {}, "'method' must be"),
        ("GET", {"data": "x"}, "'body' must be absent"),
        ("POST", {"data": "x", "json": 1}, "'data' and 'json' cannot both be given"),
        ("POST", {"data": 5}, "'data' must be str, bytes or a mapping, got 5"),
        ("GET", {"headers": {"a b": "1"}}, "a header's name must be a token"),
        ("GET", {"headers": {"X-Page": 1}}, "the value of X-Page must be a str, got 1"),
        ("GET", {"credentials": "yes"}, "'credentials' must be"),
    ],
)
async def test_what_javascript_refuses_is_never_sent(
    browser: Browser, method: str, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(TypeError, match=error):
        await browser.fetch(method, "/tell", **arguments)


async def test_a_closed_client_is_an_error() -> None:
    session = aiohttp.ClientSession()
    await session.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        await Browser(session, PAGE).fetch("GET", "/")


async def test_a_server_that_does_not_answer_is_no_matter_of_cors(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await Browser(session, PAGE).fetch("GET", f"http://127.0.0.1:{unused_tcp_port}/")


async def test_a_page_asks_through_a_client(
    client: TestClient[web.Request, web.Application],
) -> None:
    for wrong in (None, client.server, "https://app.example"):
        with pytest.raises(TypeError, match="'client' must be a TestClient or a ClientSession"):
            Browser(wrong, PAGE)


@pytest.mark.parametrize("host", ["a..b", "a" * 64, "a." * 127 + "aa", ".a"])
async def test_a_host_that_cannot_be_is_never_asked(host: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TypeError, match="'url' must have a host"):
            await Browser(session, PAGE).fetch("GET", f"http://{host}/")


async def test_a_number_that_is_none_in_json_is_an_error(browser: Browser) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        await browser.fetch("POST", "/tell", json=float("nan"))


# --- Servers that do not behave ----------------------------------------------------------------


async def page_of(handler: Any, aiohttp_client: Any) -> Browser:
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handler)
    return Browser(await aiohttp_client(app), PAGE)


async def test_of_a_refusal_only_the_beginning_is_read(aiohttp_client: Any) -> None:
    gone = asyncio.Event()

    async def refuse(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=403, headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"no " * 10_000)
        finally:
            gone.set()

    verdict = await (await page_of(refuse, aiohttp_client)).explain("PUT", "/")
    assert verdict.exchanges[0].response.text == ("no " * 1366)[:4096]
    await gone.wait()


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "no-such-charset"])
async def test_a_refusal_is_read_whatever_it_says_of_its_encoding(
    aiohttp_client: Any, charset: str
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        headers = {"Content-Type": f"text/plain; charset={charset}"}
        return web.Response(status=403, body="nein, \xfc".encode("latin-1"), headers=headers)

    verdict = await (await page_of(refuse, aiohttp_client)).explain("PUT", "/")
    assert verdict.exchanges[0].response.text == "nein, \N{REPLACEMENT CHARACTER}"


async def test_a_user_name_of_a_redirect_is_not_sent_unasked(aiohttp_client: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/end":
            return web.Response(text=request.headers.get("Authorization", "none"))
        location = str(request.url.with_user("me").with_password("secret").with_path("/end"))
        return web.Response(status=302, headers={"Location": location})

    client = (await page_of(answer, aiohttp_client))._client
    page = Browser(client, str(client.make_url("/").origin()))  # type: ignore[union-attr]
    response = await page.fetch("GET", "/")
    assert await response.text() == "none"
    response = await page.fetch("GET", "/", headers={"Authorization": "page"})
    assert await response.text() == "page"


# --- With a server that uses aiohttp_cors ------------------------------------------------------


async def note(_request: web.Request) -> web.Response:
    return web.Response(text="milk", headers={"ETag": '"1"'})


@web.middleware
async def refuse_strangers(request: web.Request, handler: Any) -> web.StreamResponse:
    if "Authorization" not in request.headers:
        raise web.HTTPUnauthorized
    response: web.StreamResponse = await handler(request)
    return response


async def tell_methods(_request: web.Request) -> web.Response:
    return web.Response(status=204, headers={"Allow": "GET, PUT"})


async def hand_on(_request: web.Request) -> web.Response:
    """The answer of another server, with all of its headers."""
    return web.Response(headers={"Access-Control-Allow-Origin": "https://upstream.example"})


async def visit(
    options: dict[str, ResourceOptions],
    *methods: str,
    middleware: Any = (),
    own_options: str | None = None,
    handler: Any = note,
    adds: bool = True,
    **setup: Any,
) -> TestClient[web.Request, web.Application]:
    """Return the client of a server whose `/note` has *methods* under *options*.

    *own_options* is the path of an OPTIONS handler that the application had before.
    """
    app = web.Application(middlewares=middleware)
    cors = aiohttp_cors.setup(app, defaults=options, **setup)
    if own_options is not None:
        app.router.add_route("OPTIONS", own_options, tell_methods)
    for method in methods:
        route = app.router.add_route(method, "/note", handler)
        if adds:
            cors.add(route)
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


PLAIN = {PAGE: ResourceOptions()}
REMOVE_OTHERS = (
    "remove what answers OPTIONS requests before aiohttp_cors, a handler, a middleware or a proxy;"
    ' then cors.add(route, {"https://page.example": ResourceOptions()}) for the route of PUT'
)
REMOVE_COPIED = (
    "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code, the copied headers of"
    " another server, the proxy or the cache that it comes from, and allow the origin:"
    ' "https://page.example": ResourceOptions()'
)
WITH_HEADERS = {PAGE: ResourceOptions(allow_headers=("X-Token",))}


@pytest.mark.parametrize(
    ("before", "ask", "reason", "fix", "after"),
    [
        (
            {"options": {"https://other.example": ResourceOptions()}},
            {},
            Reason.ALLOW_ORIGIN_MISSING,
            'cors.add(route, {"https://page.example": ResourceOptions()})',
            {"options": PLAIN},
        ),
        (
            {"options": {"https://other.example": ResourceOptions()}},
            {"headers": {"X-Token": "1"}},
            Reason.PREFLIGHT_STATUS,
            '"https://page.example": ResourceOptions(allow_headers=("X-Token",))',
            {"options": WITH_HEADERS},
        ),
        (
            {"options": PLAIN},
            {"headers": {"X-Token": "1"}},
            Reason.PREFLIGHT_STATUS,
            'ResourceOptions(allow_headers=("X-Token",))',
            {"options": WITH_HEADERS},
        ),
        (
            {"options": PLAIN, "debug": True},
            {"headers": {"X-Token": "1"}},
            Reason.ALLOW_HEADERS,
            'ResourceOptions(allow_headers=("X-Token",))',
            {"options": WITH_HEADERS},
        ),
        (
            {"options": PLAIN},
            {"credentials": "include"},
            Reason.ALLOW_CREDENTIALS,
            "ResourceOptions(allow_credentials=True)",
            {"options": {PAGE: ResourceOptions(allow_credentials=True)}},
        ),
        (
            {"options": {"*": ResourceOptions()}},
            {"credentials": "include"},
            Reason.ALLOW_ORIGIN_WILDCARD,
            'name the origin: "https://page.example": ResourceOptions(allow_credentials=True)',
            {"options": {PAGE: ResourceOptions(allow_credentials=True)}},
        ),
        (
            {"options": PLAIN, "methods": ["GET"]},
            {"method": "PUT"},
            Reason.PREFLIGHT_STATUS,
            (
                "cors.add() a route for PUT; where allow_methods is given, name it there: "
                'ResourceOptions(allow_methods=(..., "PUT"))'
            ),
            {"options": PLAIN, "methods": ["GET", "PUT"]},
        ),
        (
            {
                "options": {PAGE: ResourceOptions(allow_headers=("Authorization",))},
                "middleware": [refuse_strangers],
            },
            {"headers": {"Authorization": "x"}},
            Reason.PREFLIGHT_STATUS,
            (
                "answer preflights, which carry no credentials, before the middleware that refuses"
                " them: aiohttp_cors.setup(app, preflight_first=True)"
            ),
            {
                "options": {PAGE: ResourceOptions(allow_headers=("Authorization",))},
                "middleware": [refuse_strangers],
                "preflight_first": True,
            },
        ),
        (
            {"options": PLAIN},
            {"url": "/nothing"},
            Reason.ALLOW_ORIGIN_MISSING,
            (
                'aiohttp_cors.setup(app, defaults={"https://page.example": ResourceOptions()},'
                " everywhere=True)"
            ),
            {"options": PLAIN, "everywhere": True, "methods": []},
        ),
        (
            {
                "options": PLAIN,
                "methods": ["PUT"],
                "own_options": "/note",
                "preflight_first": True,
            },
            {"method": "PUT"},
            Reason.ALLOW_ORIGIN_MISSING,
            REMOVE_OTHERS,
            {"options": PLAIN, "methods": ["PUT"]},
        ),
        (
            {"options": PLAIN, "methods": ["PUT"], "own_options": "/{tail:.*}", "adds": False},
            {"method": "PUT"},
            Reason.ALLOW_ORIGIN_MISSING,
            REMOVE_OTHERS,
            {"options": PLAIN, "methods": ["PUT"]},
        ),
        (
            {"options": PLAIN, "handler": hand_on},
            {},
            Reason.ALLOW_ORIGIN_DIFFERS,
            REMOVE_COPIED,
            {"options": PLAIN},
        ),
    ],
)
async def test_the_fix_is_what_lets_the_request_pass(
    before: dict[str, Any], ask: dict[str, Any], reason: Reason, fix: str, after: dict[str, Any]
) -> None:
    ask = {"method": "GET", "url": "/note"} | ask
    client = await visit(before.pop("options"), *before.pop("methods", ["GET"]), **before)
    async with client:
        with pytest.raises(CorsBlocked) as caught:
            await Browser(client, PAGE).fetch(**ask)
    assert (caught.value.reason, caught.value.fix) == (reason, fix)
    client = await visit(after.pop("options"), *after.pop("methods", ["GET"]), **after)
    async with client:
        assert (await Browser(client, PAGE).fetch(**ask)).type == "cors"
