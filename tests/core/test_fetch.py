"""A whole fetch: what is sent, in which order, and what comes of it. No network, no clock."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from yarl import URL

from aiohttp_cors.fetch import (
    Check,
    Decision,
    Exchange,
    Failure,
    FilteredResponse,
    HeaderList,
    PreflightCache,
    Reason,
    Request,
    Verdict,
    WireRequest,
    WireResponse,
    fetch,
    filtered_response,
    is_bad_port,
    is_same_site,
    metadata,
    redirect,
    site_of,
)

PAGE = "https://page.example"
API = "https://api.example"
THIRD = "https://third.example"
URL_ = URL(f"{API}/notes")

FROM_PAGE = ("Origin", PAGE)
ANYTHING = ("Accept", "*/*")
CROSS_SITE = (
    ("Sec-Fetch-Dest", "empty"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Site", "cross-site"),
)
SAME_ORIGIN = (*CROSS_SITE[:2], ("Sec-Fetch-Site", "same-origin"))
ALLOWED = WireResponse(200, (("Access-Control-Allow-Origin", PAGE),))


class Clock:
    """A clock that stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def new_cache(clock: Clock | None = None) -> PreflightCache:
    return PreflightCache(clock or Clock())


def run(
    request: Request, answers: Iterable[WireResponse], cache: PreflightCache | None = None
) -> tuple[list[WireRequest], Verdict]:
    """Return what is sent, and the verdict on exactly these *answers*."""
    process = fetch(request, cache or new_cache())
    *earlier, last = answers
    sent = [next(process), *map(process.send, earlier)]
    with pytest.raises(StopIteration) as end:
        process.send(last)
    return sent, end.value.value


def page(method: str = "GET", url: str | URL = URL_, **more: Any) -> Request:
    return Request.new(method, URL(url), PAGE, **more)


def allows(**headers: str) -> WireResponse:
    more = tuple((f"Access-Control-{name.replace('_', '-')}", v) for name, v in headers.items())
    return WireResponse(200, (*ALLOWED.headers, *more))


def as_aiohttp_cors(response: WireResponse) -> WireResponse:
    """The same, as answers of the library to preflights vary."""
    vary = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
    return replace(response, headers=(*response.headers, vary))


def to(location: str, status: int = 302, *more: tuple[str, str]) -> WireResponse:
    return WireResponse(status, (*ALLOWED.headers, ("Location", location), *more))


def methods(sent: list[WireRequest]) -> list[str]:
    return [request.method for request in sent]


def test_a_safelisted_request_goes_without_a_preflight() -> None:
    sent, verdict = run(page(headers=[("Accept-Language", "de")]), [ALLOWED])
    headers = (ANYTHING, ("Accept-Language", "de"), FROM_PAGE, *CROSS_SITE)
    assert sent == [WireRequest("GET", URL_, headers)]
    assert verdict.outcome == FilteredResponse("cors", 200, (), URL_)
    assert verdict.steps == (
        Decision("no preflight: everything is CORS-safelisted"),
        sent[0],
        ALLOWED,
        Check("CORS check"),
    )
    assert (verdict.allowed, verdict.reason, verdict.fix) == (True, None, None)


def test_a_preflight_asks_for_what_is_not_safelisted() -> None:
    headers = [("X-b", "1"), ("X-A", "1"), ("Accept", "text/html")]
    sent, verdict = run(
        page("PUT", headers=headers, credentials="include", body=b"x"),
        [
            allows(Allow_Methods="PUT", Allow_Headers="X-A, X-B", Allow_Credentials="true"),
            allows(Allow_Credentials="true"),
        ],
    )
    assert sent == [
        WireRequest(
            "OPTIONS",
            URL_,
            (
                ANYTHING,
                FROM_PAGE,
                ("Access-Control-Request-Method", "PUT"),
                ("Access-Control-Request-Headers", "x-a,x-b"),
                *CROSS_SITE,
            ),
            is_preflight=True,
        ),
        WireRequest(
            "PUT", URL_, (*headers, FROM_PAGE, *CROSS_SITE), b"x", includes_credentials=True
        ),
    ]
    assert verdict.allowed
    assert [exchange.checks for exchange in verdict.exchanges] == [
        (
            Check("ok status"),
            Check("CORS check"),
            Check("Access-Control-Allow-Methods"),
            Check("Access-Control-Allow-Headers"),
        ),
        (Check("CORS check"),),
    ]


def test_a_failed_check_of_a_preflight_ends_it() -> None:
    preflight = as_aiohttp_cors(allows(Allow_Methods="PATCH"))
    sent, verdict = run(page("PUT"), [preflight])
    assert methods(sent) == ["OPTIONS"]
    assert (verdict.allowed, verdict.reason) == (False, Reason.ALLOW_METHODS)
    assert verdict.fix == (
        "cors.add() a route for PUT; where allow_methods is given, name it there: "
        'ResourceOptions(allow_methods=(..., "PUT"))'
    )
    assert isinstance(verdict.outcome, Failure)
    assert verdict.exchanges == (
        Exchange(
            sent[0],
            preflight,
            (
                Check("ok status"),
                Check("CORS check"),
                Check("Access-Control-Allow-Methods", verdict.outcome),
            ),
        ),
    )
    assert [check.passed for check in verdict.exchanges[0].checks] == [True, True, False]


def test_a_page_asks_its_own_origin_without_cors() -> None:
    headers = (("Set-Cookie", "a=b"), ("ETag", "1"), ("X-A", "2"))
    sent, verdict = run(
        page("PUT", f"{PAGE}/x#y", headers=[("X-A", "1"), ("x-a", "2")]),
        [WireResponse(404, headers)],
    )
    assert sent == [
        WireRequest(
            "PUT",
            URL(f"{PAGE}/x#y"),
            (ANYTHING, ("X-A", "1, 2"), FROM_PAGE, *SAME_ORIGIN),
            includes_credentials=True,
        )
    ]
    assert verdict.outcome == FilteredResponse("basic", 404, headers[1:], URL(f"{PAGE}/x"))
    assert verdict.steps[0] == Decision("the URL is of the page's own origin: no CORS")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_from_its_own_origin_has_no_origin_header(method: str) -> None:
    sent, _ = run(page(method, PAGE), [WireResponse(200)])
    assert sent[0].headers == (ANYTHING, *SAME_ORIGIN)


@pytest.mark.parametrize(
    ("credentials", "url", "sent_with"),
    [
        ("omit", API, False),
        ("same-origin", API, False),
        ("include", API, True),
        ("omit", PAGE, False),
        ("same-origin", PAGE, True),
        ("include", PAGE, True),
    ],
)
def test_cookies_go_with_a_request_by_its_credentials_mode(
    credentials: str, url: str, sent_with: bool
) -> None:
    sent, _ = run(page(url=url, credentials=credentials), [allows(Allow_Credentials="true")])
    assert [request.includes_credentials for request in sent] == [sent_with]


def test_forbidden_headers_are_dropped_and_noted() -> None:
    sent, verdict = run(page(headers=[("Cookie", "a=b"), ("Host", "x")]), [ALLOWED])
    assert sent[0].headers == (ANYTHING, FROM_PAGE, *CROSS_SITE)
    assert verdict.steps[:2] == (
        Decision("Cookie is a forbidden request-header: it is not sent"),
        Decision("Host is a forbidden request-header: it is not sent"),
    )


# --- What the page reads -----------------------------------------------------------------------

ANSWER: HeaderList = (
    ("Content-Type", "text/plain"),
    ("ETag", "1"),
    ("X-A", "1"),
    ("x-a", "2"),
    ("Set-Cookie", "a=b"),
)


@pytest.mark.parametrize(
    ("exposed", "credentials", "names"),
    [
        ((), "omit", ["Content-Type"]),
        (("etag",), "omit", ["Content-Type", "ETag"]),
        (("X-A", "ETag"), "include", ["Content-Type", "ETag", "X-A", "x-a"]),
        (("*",), "omit", ["Content-Type", "ETag", "X-A", "x-a"]),
        (("*",), "same-origin", ["Content-Type", "ETag", "X-A", "x-a"]),
        (("*",), "include", ["Content-Type"]),
        (("*, ETag",), "include", ["Content-Type", "ETag"]),
        (("Set-Cookie",), "omit", ["Content-Type"]),
        (("ETag, X(",), "omit", ["Content-Type"]),
    ],
)
def test_a_page_of_another_origin_reads_what_is_exposed(
    exposed: tuple[str, ...], credentials: str, names: list[str]
) -> None:
    lines = tuple(("Access-Control-Expose-Headers", value) for value in exposed)
    request = replace(page(credentials=credentials), tainting="cors")
    response = filtered_response(request, WireResponse(200, (*ANSWER, *lines)))
    read = [name for name, _ in response.headers if not name.startswith("Access-Control")]
    assert read == names


# --- What no page gets ---------------------------------------------------------------------------


# https://fetch.spec.whatwg.org/#bad-port
BAD_PORTS = """
    0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111
    113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548
    554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566
    6665 6666 6667 6668 6669 6679 6697 10080
"""


def test_the_bad_ports_are_those_of_the_standard() -> None:
    bad = [port for port in range(65536) if is_bad_port(port)]
    assert bad == [int(port) for port in BAD_PORTS.split()]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nothing_is_sent_to_a_bad_port(method: str, scheme: str) -> None:
    with pytest.raises(StopIteration) as end:
        next(fetch(page(method, f"{scheme}://api.example:6000/"), new_cache()))
    verdict: Verdict = end.value.value
    assert (verdict.reason, verdict.fix, verdict.exchanges) == (Reason.BAD_PORT, None, ())
    assert verdict.steps == (Decision("port 6000 is a bad port: browsers send nothing there"),)
    assert str(verdict).endswith(
        "BLOCKED (bad-port): port 6000 is one that browsers block for all pages"
    )


def test_not_even_the_pages_own_bad_port_is_asked() -> None:
    request = Request.new("GET", URL("http://page.example:25/"), "http://page.example:25")
    with pytest.raises(StopIteration) as end:
        next(fetch(request, new_cache()))
    assert end.value.value.reason is Reason.BAD_PORT


@pytest.mark.parametrize(
    ("url", "port", "reason"),
    [
        ("https://api.example:6000/", 6000, Reason.BAD_PORT),
        ("http://api.example:22/", 22, Reason.BAD_PORT),
        ("//api.example:995/", 995, Reason.BAD_PORT),
    ],
)
def test_no_redirect_to_a_bad_port_is_followed(url: str, port: int, reason: Reason) -> None:
    sent, verdict = run(page(), [to(url)])
    assert (len(sent), verdict.reason) == (1, reason)
    assert f"port {port} " in str(verdict.outcome)


@pytest.mark.parametrize("url", ["http://api.example:443/", "https://api.example:80/", API])
def test_other_ports_are_asked(url: str) -> None:
    assert run(page(url=url), [ALLOWED])[1].allowed


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_protocol_is_no_answer(method: str) -> None:
    sent, verdict = run(page(method), [replace(ALLOWED, status=101)])
    assert (len(sent), verdict.reason) == (1, Reason.SWITCHING_PROTOCOLS)
    assert verdict.exchanges[0].checks[-1].name == "no other protocol"


def test_another_protocol_is_no_answer_to_a_page_of_the_same_origin_either() -> None:
    _, verdict = run(page(url=PAGE), [WireResponse(101)])
    assert verdict.reason is Reason.SWITCHING_PROTOCOLS


def test_a_file_page_of_the_kind_that_says_so_has_that_origin() -> None:
    request = Request.new("PUT", URL_, "file://")
    allowed = (("Access-Control-Allow-Origin", "file://"), ("Access-Control-Allow-Methods", "PUT"))
    sent, verdict = run(request, [WireResponse(200, allowed)] * 2)
    assert [dict(each.headers)["Origin"] for each in sent] == ["file://", "file://"]
    assert verdict.allowed


# --- Who asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "urls", "site"),
    [
        (PAGE, ["https://page.example/x"], "same-origin"),
        (PAGE, ["https://page.example:443/x"], "same-origin"),
        (PAGE, ["https://page.example:8443/"], "same-site"),
        (PAGE, ["https://api.page.example/"], "same-site"),
        ("https://a.b.page.example", ["https://c.page.example/"], "same-site"),
        (PAGE, ["http://page.example/"], "cross-site"),
        (PAGE, [API], "cross-site"),
        ("https://a.co.uk", ["https://b.co.uk/"], "cross-site"),
        ("https://a.github.io", ["https://b.github.io/"], "cross-site"),
        ("http://127.0.0.1:1", ["http://127.0.0.1:2/"], "same-site"),
        ("http://127.0.0.1", ["http://127.0.0.2/"], "cross-site"),
        ("http://1.0.0.1", ["http://2.0.0.1/"], "cross-site"),
        ("http://[::1]:1", ["http://[::1]:2/"], "same-site"),
        ("http://localhost:1", ["http://127.0.0.1:1/"], "cross-site"),
        ("http://localhost:1", ["http://localhost:2/"], "same-site"),
        ("null", [API], "cross-site"),
        ("file://", [API], "cross-site"),
        (PAGE, ["https://page.example:8443/", PAGE], "same-site"),
        (PAGE, [API, PAGE], "cross-site"),
        (PAGE, [PAGE, API], "cross-site"),
        (PAGE, [PAGE, f"{PAGE}/x"], "same-origin"),
    ],
)
def test_a_server_is_told_how_far_from_its_page_a_request_comes(
    origin: str, urls: list[str], site: str
) -> None:
    assert site_of(origin, [URL(url) for url in urls]) == site


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://api.example/", True),
        ("http://api.example/", False),
        ("http://localhost:8080/", True),
        ("http://api.localhost/", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]/", True),
        ("http://10.0.0.1/", False),
    ],
)
def test_only_trustworthy_servers_are_told(url: str, is_told: bool) -> None:
    sent, _ = run(page(url=url), [ALLOWED])
    assert any(name.startswith("Sec-Fetch-") for name, _ in sent[0].headers) is is_told


def test_without_a_list_of_public_suffixes_only_one_host_is_one_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    metadata._registrable_domain.cache_clear()
    try:
        assert is_same_site(PAGE, f"{PAGE}:8443")
        assert not is_same_site(PAGE, "https://api.page.example")
    finally:
        metadata._registrable_domain.cache_clear()


def test_redirects_are_counted() -> None:
    sent, _ = run(page(url=f"{PAGE}/"), [to(API), to(PAGE), ALLOWED])
    sites = [dict(request.headers)["Sec-Fetch-Site"] for request in sent]
    assert sites == ["same-origin", "cross-site", "cross-site"]


def test_a_form_is_a_navigation() -> None:
    request = Request.form(URL_, PAGE, b"a=1", "text/plain")
    sent, verdict = run(request, [to("/there", 302), WireResponse(200, ANSWER)])
    accept = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    told = (("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"), CROSS_SITE[-1])
    assert sent == [
        WireRequest(
            "POST",
            URL_,
            (accept, ("Content-Type", "text/plain"), FROM_PAGE, *told),
            b"a=1",
            includes_credentials=True,
        ),
        WireRequest("GET", URL(f"{API}/there"), (accept, *told), includes_credentials=True),
    ]
    assert verdict.steps[0] == Decision(
        "a form is sent as a navigation: no CORS, and the page sees nothing of the answer"
    )
    assert verdict.allowed


def test_a_form_that_is_redirected_to_a_third_origin_has_the_origin_null() -> None:
    request = Request.form(URL_, PAGE, b"a=1", "text/plain")
    sent, _ = run(request, [to(THIRD, 307), WireResponse(200)])
    assert [dict(each.headers)["Origin"] for each in sent] == [PAGE, "null"]


def test_a_navigation_may_be_redirected_to_a_url_with_a_user_name() -> None:
    request = Request.form(URL_, PAGE, b"", "text/plain")
    assert run(request, [to("https://me@third.example/"), WireResponse(200)])[1].allowed


def test_a_websocket_opens_wherever_the_server_agrees() -> None:
    request = Request.websocket(URL("wss://api.example/chat#x"), PAGE, "key", ["a", "b"])
    sent, verdict = run(request, [WireResponse(101)])
    told = (("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "websocket"), CROSS_SITE[-1])
    assert sent == [
        WireRequest(
            "GET",
            URL(f"{API}/chat"),
            (
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Key", "key"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Protocol", "a, b"),
                FROM_PAGE,
                *told,
            ),
            includes_credentials=True,
        )
    ]
    assert (verdict.allowed, verdict.exchanges[0].checks) == (True, (Check("handshake"),))


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (WireResponse(200), "status 200, where 101 opens the WebSocket"),
        (to("/there"), "status 302, where 101 opens the WebSocket"),
        (
            WireResponse(403, (), "no"),
            "status 403, where 101 opens the WebSocket; the server says: 'no'",
        ),
    ],
)
def test_any_other_status_refuses_a_websocket(response: WireResponse, told: str) -> None:
    request = Request.websocket(URL("ws://localhost/"), "http://localhost", "key")
    sent, verdict = run(request, [response])
    assert (len(sent), verdict.reason) == (1, Reason.WEBSOCKET_STATUS)
    assert f"the handshake was answered with {told}" in str(verdict)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "https://me@a.example/", "ws://a..example/", "wss://me@a.example/"]
)
def test_forms_and_websockets_have_urls_that_pages_may_ask(url: str) -> None:
    with pytest.raises(TypeError, match="'url' must"):
        Request.websocket(URL(url), PAGE, "key")
    with pytest.raises(TypeError, match="'url' must"):
        Request.form(URL(url), PAGE, b"", "text/plain")


# --- The preflight cache -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("max_age", "seconds", "preflights"),
    [
        ("600", 599.9, 1),
        ("600", 600, 2),
        (None, 4.9, 1),
        (None, 5, 2),
        ("soon", 4.9, 1),
        ("0", 0, 2),
        ("99999", 7199, 1),
        ("99999", 7200, 2),
    ],
)
def test_a_preflights_answer_is_kept_for_its_time(
    max_age: str | None, seconds: float, preflights: int
) -> None:
    clock = Clock()
    cache = new_cache(clock)
    preflight = allows(Allow_Methods="PUT", **({"Max_Age": max_age} if max_age else {}))
    run(page("PUT"), [preflight, ALLOWED], cache)
    clock.now += seconds
    sent, verdict = run(page("PUT"), [preflight, ALLOWED][2 - preflights :], cache)
    assert methods(sent) == ["OPTIONS", "PUT"][2 - preflights :]
    cached = Decision("no preflight: the answer to an earlier one is cached")
    assert (cached in verdict.steps) is (preflights == 1)


FIRST = page("PUT", headers=[("X-A", "1")])
WITH_COOKIES = replace(FIRST, credentials="include")


@pytest.mark.parametrize(
    ("first", "lists", "second", "causes"),
    [
        (FIRST, "PUT X-A", FIRST, None),
        (FIRST, "PUT X-A", replace(FIRST, headers=()), None),
        (FIRST, "PUT X-A", replace(FIRST, method="POST"), None),
        (FIRST, "PUT X-A", replace(FIRST, credentials="same-origin"), None),
        (FIRST, "PUT X-A", WITH_COOKIES, "the method PUT, the header x-a"),
        (FIRST, "PUT X-A", replace(FIRST, method="PATCH"), "the method PATCH"),
        (FIRST, "PUT X-A", page("PUT", headers=[("X-B", "1")]), "the header x-b"),
        (FIRST, "PUT X-A", page("PUT", f"{API}/other"), "the method PUT"),
        (FIRST, "PUT X-A", page("PUT", f"{URL_}?x"), "the method PUT"),
        (
            FIRST,
            "PUT X-A",
            replace(FIRST, origin=THIRD),
            "the method PUT, the header x-a",
        ),
        (FIRST, "PUT,PATCH X-A,x-b", page("PATCH", headers=[("X-B", "1")]), None),
        (FIRST, "* *", page("DELETE", headers=[("X-B", "1")]), None),
        (FIRST, "* *", page("PUT", headers=[("Authorization", "x")]), "the header authorization"),
        (FIRST, "PUT,* X-A,*", WITH_COOKIES, "the method PUT, the header x-a"),
        (WITH_COOKIES, "PUT X-A", FIRST, None),
        (WITH_COOKIES, "PUT,* X-A,*", page("DELETE", headers=[("X-B", "1")]), None),
        (WITH_COOKIES, "PUT X-A", WITH_COOKIES, None),
        (
            WITH_COOKIES,
            "PUT,* X-A,*",
            page("DELETE", headers=[("X-B", "1")], credentials="include"),
            "the method DELETE, the header x-b",
        ),
    ],
)
def test_a_preflights_answer_is_kept_per_method_and_header(
    first: Request, lists: str, second: Request, causes: str | None
) -> None:
    cache = new_cache()
    allow_methods, allow_headers = lists.split()
    preflight = allows(
        Allow_Methods=allow_methods,
        Allow_Headers=allow_headers,
        Allow_Credentials="true",
        Max_Age="60",
    )
    run(first, [preflight, allows(Allow_Credentials="true")], cache)
    process = fetch(second, cache)
    assert next(process).is_preflight is (causes is not None)
    with pytest.raises(StopIteration) as end:
        process.send(WireResponse(200))
    needed = Decision(f"a preflight is needed: {causes}")
    assert (needed in end.value.value.steps) is (causes is not None)


def test_a_blocked_answer_empties_the_cache_for_its_url() -> None:
    cache = new_cache()
    other = page("PUT", f"{API}/other")
    preflight = allows(Allow_Methods="PUT", Max_Age="60")
    run(other, [preflight, ALLOWED], cache)
    run(page("PUT"), [preflight, WireResponse(200)], cache)
    assert methods(run(page("PUT"), [preflight, ALLOWED], cache)[0]) == ["OPTIONS", "PUT"]
    assert methods(run(other, [ALLOWED], cache)[0]) == ["PUT"]


def test_a_blocked_answer_to_a_safelisted_request_leaves_the_cache_alone() -> None:
    cache = new_cache()
    run(page("PUT"), [allows(Allow_Methods="PUT", Max_Age="60"), ALLOWED], cache)
    run(page("GET"), [WireResponse(200)], cache)
    assert methods(run(page("PUT"), [ALLOWED], cache)[0]) == ["PUT"]


# --- Redirects ---------------------------------------------------------------------------------


def test_a_redirect_within_the_api_is_followed() -> None:
    sent, verdict = run(page(url=f"{API}/a#f"), [to("b"), to("/c"), ALLOWED])
    assert [str(request.url) for request in sent] == [f"{API}/a#f", f"{API}/b#f", f"{API}/c#f"]
    assert verdict.outcome == FilteredResponse("cors", 200, (), URL(f"{API}/c"), redirected=True)
    assert Decision(f"redirected to GET {API}/b#f") in verdict.steps


def test_a_redirect_from_the_pages_origin_to_another_becomes_cors() -> None:
    sent, verdict = run(
        page("PUT", PAGE, headers=[("Authorization", "x")], body=b"1"),
        [
            WireResponse(307, (("Location", API),)),
            allows(Allow_Methods="PUT"),
            ALLOWED,
        ],
    )
    assert [(r.method, str(r.url), r.includes_credentials) for r in sent] == [
        ("PUT", f"{PAGE}", True),
        ("OPTIONS", f"{API}", False),
        ("PUT", f"{API}", False),
    ]
    assert sent[2] == WireRequest("PUT", URL(API), (ANYTHING, FROM_PAGE, *CROSS_SITE), b"1")
    assert verdict.allowed


def test_each_hop_is_preflighted_and_a_third_origin_sees_null() -> None:
    sent, verdict = run(
        page("PUT", headers=[("X-A", "1"), ("Authorization", "x")]),
        [
            allows(Allow_Methods="PUT", Allow_Headers="X-A, Authorization"),
            to(THIRD, 308),
            WireResponse(
                200,
                (
                    ("Access-Control-Allow-Origin", "null"),
                    ("Access-Control-Allow-Methods", "PUT"),
                    ("Access-Control-Allow-Headers", "X-A"),
                ),
            ),
            ALLOWED,
        ],
    )
    assert [(request.method, dict(request.headers)["Origin"]) for request in sent] == [
        ("OPTIONS", PAGE),
        ("PUT", PAGE),
        ("OPTIONS", "null"),
        ("PUT", "null"),
    ]
    assert verdict.reason is Reason.ALLOW_ORIGIN_DIFFERS
    assert verdict.fix == (
        "let the page ask for https://third.example itself, since redirects between other origins"
        " make its origin 'null'; or allow that:"
        ' "null": ResourceOptions(allow_headers=("X-A",))'
    )


def test_a_redirect_is_not_followed_without_a_cors_check() -> None:
    _, verdict = run(page(), [WireResponse(302, (("Location", "b"),))])
    assert verdict.reason is Reason.ALLOW_ORIGIN_MISSING


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_statuses_are_no_redirects(status: int) -> None:
    _, verdict = run(page(), [to("b", status)])
    assert verdict.outcome == FilteredResponse("cors", status, (), URL_)


def test_a_redirect_to_nowhere_is_an_answer() -> None:
    assert run(page(), [replace(ALLOWED, status=302)])[1].allowed


BODY: HeaderList = (
    ("Content-Type", "text/plain"),
    ("Content-Language", "en"),
    ("Content-Encoding", "x"),
    ("Content-Location", "/"),
    ("X-A", "1"),
)


@pytest.mark.parametrize(
    ("status", "method", "follows"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "GET", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "HEAD", "HEAD"),
    ],
)
def test_a_redirect_that_makes_a_get_of_it_drops_the_body(
    status: int, method: str, follows: str
) -> None:
    keeps = follows == method
    request = Request(method, (URL_,), PAGE, BODY, body=b"x")
    assert redirect(request, to("b", status)) == Request(
        method=follows,
        url_list=(URL_, URL(f"{API}/b")),
        origin=PAGE,
        headers=BODY if keeps else BODY[-1:],
        body=b"x" if keeps else None,
    )


@pytest.mark.parametrize(
    ("url", "response", "reason"),
    [
        (API, to("http://["), Reason.REDIRECT_LOCATION),
        (API, to("http://a.example:99999/"), Reason.REDIRECT_LOCATION),
        (API, to("a", 302, ("Location", "b")), Reason.REDIRECT_LOCATION),
        (API, to("http://a..example/"), Reason.REDIRECT_LOCATION),
        (API, to(f"http://{'a' * 64}.example/"), Reason.REDIRECT_LOCATION),
        (API, to("data:text/plain,x"), Reason.REDIRECT_SCHEME),
        (API, to("ftp://a.example/"), Reason.REDIRECT_SCHEME),
        (API, to("https://me@api.example/"), Reason.REDIRECT_CREDENTIALS),
        (PAGE, to("https://me@api.example/"), Reason.REDIRECT_CREDENTIALS),
        (API, to("https://:pw@page.example/"), Reason.REDIRECT_CREDENTIALS),
    ],
)
def test_redirects_that_no_browser_follows(
    url: str, response: WireResponse, reason: Reason
) -> None:
    sent, verdict = run(page(url=url), [response])
    assert (len(sent), verdict.reason, verdict.fix) == (1, reason, None)
    assert verdict.exchanges[-1].checks[-1] == Check("redirect", verdict.outcome)  # type: ignore[arg-type]


def test_a_user_name_within_the_pages_own_origin_is_followed() -> None:
    sent, verdict = run(page(url=PAGE), [to("https://me@page.example/x"), WireResponse(200)])
    assert (len(sent), verdict.allowed) == (2, True)


@pytest.mark.parametrize(("hops", "reason"), [(20, None), (21, Reason.REDIRECT_COUNT)])
def test_twenty_redirects_are_followed(hops: int, reason: Reason | None) -> None:
    answers = [to(str(n)) for n in range(hops)] + ([] if reason else [ALLOWED])
    sent, verdict = run(page(), answers)
    assert (len(sent), verdict.reason) == (21, reason)


@pytest.mark.parametrize(
    "record",
    [
        page(),
        WireRequest("GET", URL_, ()),
        ALLOWED,
        FilteredResponse("cors", 200, (), URL_),
        Decision("so"),
        Check("CORS check"),
        Failure(Reason.REDIRECT_COUNT, "too many"),
        Exchange(WireRequest("GET", URL_, ()), ALLOWED),
        Verdict(page(), (), FilteredResponse("cors", 200, (), URL_)),
    ],
    ids=lambda record: type(record).__name__,
)
def test_records_cannot_be_changed(record: object) -> None:
    (first, *_) = fields(record)  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        setattr(record, first.name, None)
    assert not hasattr(record, "__dict__")
    assert hash(record) == hash(replace(record))  # type: ignore[type-var]


# --- The story ---------------------------------------------------------------------------------


def test_a_verdict_tells_the_whole_story() -> None:
    _, verdict = run(page("PUT"), [WireResponse(500, (("Server", "x"),), "Oh no")])
    assert str(verdict) == (
        "https://page.example asks for PUT https://api.example/notes\n"
        "  a preflight is needed: the method PUT\n"
        "> OPTIONS https://api.example/notes\n"
        "> Accept: */*\n"
        "> Origin: https://page.example\n"
        "> Access-Control-Request-Method: PUT\n"
        "> Sec-Fetch-Dest: empty\n"
        "> Sec-Fetch-Mode: cors\n"
        "> Sec-Fetch-Site: cross-site\n"
        "< 500\n"
        "< Server: x\n"
        "  ok status: failed\n"
        "BLOCKED (preflight-status): the preflight was answered with status 500, where only 200 to"
        " 299 let the request follow; the server says: 'Oh no'"
    )


def test_a_verdict_ends_in_what_would_help() -> None:
    _, verdict = run(page(), [WireResponse(200)])
    assert str(verdict).splitlines()[-2:] == [
        (
            "BLOCKED (allow-origin-missing): the answer (status 200) has no"
            " Access-Control-Allow-Origin header"
        ),
        'To allow it: cors.add(route, {"https://page.example": ResourceOptions()})',
    ]


def test_a_verdict_ends_in_what_the_page_reads() -> None:
    answer = replace(ALLOWED, headers=(*ALLOWED.headers, ("Expires", "0"), ("Pragma", "x")))
    _, verdict = run(page(), [answer])
    assert str(verdict).splitlines()[-2:] == [
        "  CORS check: passed",
        "ALLOWED: status 200, readable headers: expires, pragma",
    ]


def test_a_verdict_says_when_no_header_is_readable() -> None:
    assert str(run(page(), [ALLOWED])[1]).endswith("ALLOWED: status 200, readable headers: none")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/\\other.example/a", "https://other.example/a"),
        ("\\\\other.example/", "https://other.example/"),
        ("\\a\\b?c=\\", "https://api.example/a/b?c=%5C"),
        ("https:\\\\other.example\\a", "https://other.example/a"),
        ("//[::1]:8080/a", "https://[::1]:8080/a"),
    ],
)
def test_a_location_is_read_as_browsers_read_it(location: str, url: str) -> None:
    sent, _ = run(page(url="https://api.example/x"), [to(location), ALLOWED])
    assert str(sent[-1].url) == url
