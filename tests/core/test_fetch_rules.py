"""What a page may ask and read, as tables of plain values."""

from __future__ import annotations

import pytest
from yarl import URL

from aiohttp_cors.fetch import (
    Request,
    cors_unsafe_request_header_names,
    extract_max_age,
    extract_tokens,
    get,
    is_cors_safelisted_method,
    is_cors_safelisted_request_header,
    is_cors_safelisted_response_header_name,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header_name,
    normalize_method,
    origin_of,
    serialize_request_origin,
)

PAGE = "https://page.example"
API = URL("https://api.example/notes")


@pytest.mark.parametrize(
    ("method", "sent", "safelisted", "forbidden"),
    [
        ("GET", "GET", True, False),
        ("get", "GET", True, False),
        ("Head", "HEAD", True, False),
        ("post", "POST", True, False),
        ("put", "PUT", False, False),
        ("delete", "DELETE", False, False),
        ("options", "OPTIONS", False, False),
        ("patch", "patch", False, False),
        ("PATCH", "PATCH", False, False),
        ("chicken", "chicken", False, False),
        ("TRACE", "TRACE", False, True),
        ("track", "track", False, True),
        ("Connect", "Connect", False, True),
    ],
)
def test_methods(method: str, sent: str, safelisted: bool, forbidden: bool) -> None:
    assert normalize_method(method) == sent
    assert is_cors_safelisted_method(sent) is safelisted
    assert is_forbidden_method(method) is forbidden


@pytest.mark.parametrize(
    ("name", "value", "safelisted"),
    [
        ("Accept", "text/html;q=0.9, */*", True),
        ("ACCEPT", "a\tb", True),
        ("Accept", "", True),
        ("Accept", "a" * 128, True),
        ("Accept", "a" * 129, False),
        *(("Accept", f"a{byte}b", False) for byte in '"():<>?@[\\]{}\x7f\x00\x1f'),
        ("Accept-Language", "de-AT, *;q=0.5", True),
        ("Accept-Language", "de_AT", False),
        ("Content-Language", "en.x=1", True),
        ("Content-Language", "en/x", False),
        ("Content-Type", "text/plain", True),
        ("Content-Type", "Text/PLAIN ; charset=utf-8", True),
        ("Content-Type", "text/plain;", True),
        ("Content-Type", "application/x-www-form-urlencoded", True),
        ("Content-Type", "multipart/form-data; boundary=x", True),
        ("Content-Type", 'text/plain; charset="utf-8"', False),
        ("Content-Type", "text/plain, application/json", False),
        ("Content-Type", "application/json", False),
        ("Content-Type", "text", False),
        ("Content-Type", "", False),
        ("Range", "bytes=0-", True),
        ("Range", "bytes=5-9", True),
        ("Range", "bytes=9-9", True),
        ("Range", "bytes=9-5", False),
        ("Range", "bytes=-5", False),
        ("Range", "bytes=-", False),
        ("Range", "bytes= 0-5", False),
        ("Range", "bytes=0-1,3-4", False),
        ("Range", "Bytes=0-", False),
        ("X-Token", "1", False),
        ("Authorization", "Bearer x", False),
        ("DPR", "2", False),
    ],
)
def test_safelisted_request_headers(name: str, value: str, safelisted: bool) -> None:
    assert is_cors_safelisted_request_header(name, value) is safelisted


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ((), ()),
        ((("Accept", "*/*"),), ()),
        ((("X-b", "1"), ("Accept", "*/*"), ("X-A", "1"), ("x-B", "2")), ("x-a", "x-b")),
        ((("Content-Type", "application/json"),), ("content-type",)),
        ((("Accept", "a" * 128),) * 8, ()),
        ((*(("Accept", "a" * 128),) * 8, ("Range", "bytes=0-")), ("accept", "range")),
    ],
)
def test_unsafe_request_header_names_are_sorted_in_lower_case(
    headers: tuple[tuple[str, str], ...], names: tuple[str, ...]
) -> None:
    assert cors_unsafe_request_header_names(headers) == names


@pytest.mark.parametrize(
    ("name", "value", "forbidden"),
    [
        ("Cookie", "a=b", True),
        ("HOST", "a", True),
        ("origin", "https://a.example", True),
        ("Sec-Fetch-Mode", "cors", True),
        ("Proxy-Authorization", "x", True),
        ("X-HTTP-Method-Override", "TRACE", True),
        ("X-Method-Override", "PUT, connect", True),
        ("X-HTTP-Method", "PUT", False),
        ("Authorization", "x", False),
        ("User-Agent", "x", False),
        ("Section", "x", False),
    ],
)
def test_forbidden_request_headers(name: str, value: str, forbidden: bool) -> None:
    assert is_forbidden_request_header(name, value) is forbidden


@pytest.mark.parametrize(
    ("name", "exposed", "readable"),
    [
        ("Cache-Control", (), True),
        ("content-length", (), True),
        ("ETag", (), False),
        ("ETag", ("etag",), True),
        ("etag", ("X", "ETag"), True),
        ("Set-Cookie", ("Set-Cookie",), False),
        ("Set-Cookie2", ("set-cookie2",), False),
    ],
)
def test_readable_response_headers(name: str, exposed: tuple[str, ...], readable: bool) -> None:
    assert is_cors_safelisted_response_header_name(name, exposed) is readable


def test_set_cookie_is_a_forbidden_response_header() -> None:
    names = ("Set-Cookie", "set-cookie2", "Cookie", "ETag")
    assert [is_forbidden_response_header_name(name) for name in names] == [True, True, False, False]


@pytest.mark.parametrize(
    ("values", "tokens"),
    [
        ((), ()),
        (("",), ()),
        ((" , ,",), ()),
        (("GET, PUT",), ("GET", "PUT")),
        (("GET", "PUT"), ("GET", "PUT")),
        (("\tGET ,,PUT\t",), ("GET", "PUT")),
        (("*",), ("*",)),
    ],
)
def test_a_list_header_has_tokens_on_all_its_lines(
    values: tuple[str, ...], tokens: tuple[str, ...]
) -> None:
    assert extract_tokens("X", tuple(("x", value) for value in values)) == tokens


@pytest.mark.parametrize("value", ["GET PUT", "P(T", '"PUT"', "PUT, a/b", "caf\u00e9", "PUT\n"])
def test_an_element_that_is_no_token_fails_the_whole_list(value: str) -> None:
    with pytest.raises(ValueError, match="is no token"):
        extract_tokens("X", (("X", value),))


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ((), 5),
        (("",), 5),
        (("0",), 0),
        (("600",), 600),
        (("-1",), 5),
        (("+1",), 5),
        (("1.5",), 5),
        (("soon",), 5),
        (("9" * 5000,), float("inf")),
        (("\u0661",), 5),
        (("600", "600"), 5),
    ],
)
def test_an_answer_is_kept_for_5_seconds_unless_it_says_otherwise(
    values: tuple[str, ...], seconds: float
) -> None:
    headers = tuple(("Access-Control-Max-Age", value) for value in values)
    assert extract_max_age(headers) == seconds


def test_get_joins_every_line_of_a_name() -> None:
    headers = (("Vary", "Origin"), ("Accept", ""), ("vary", "Accept"))
    assert [get(name, headers) for name in ("VARY", "accept", "X")] == ["Origin, Accept", "", None]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.example:443/x?y#z", "https://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("http://me:pw@a.example:80/", "http://a.example"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example"),
    ],
)
def test_the_origin_of_a_url(url: str, origin: str) -> None:
    assert origin_of(URL(url)) == origin


@pytest.mark.parametrize(
    ("hops", "origin"),
    [
        ([PAGE], PAGE),
        ([PAGE, "https://a.example"], PAGE),
        (["https://a.example", "https://a.example/x"], PAGE),
        (["https://a.example", "https://b.example"], "null"),
        (["https://a.example", PAGE], "null"),
        ([PAGE, "https://a.example", PAGE], "null"),
        ([PAGE, "https://a.example", "https://a.example/x"], PAGE),
        (["https://a.example", "https://b.example", "https://b.example/x"], "null"),
    ],
)
def test_the_origin_is_null_behind_a_redirect_from_a_foreign_origin_to_another(
    hops: list[str], origin: str
) -> None:
    request = Request("GET", tuple(URL(hop) for hop in hops), PAGE)
    assert serialize_request_origin(request) == origin


def test_a_request_is_what_the_page_asks_within_its_rights() -> None:
    headers = [("X-A", " 1\t"), ("Cookie", "a=b"), ("Sec-X", "1"), ("x-a", "2")]
    made = Request.new("put", API, PAGE, headers=headers, credentials="include", body=b"x")
    assert made == Request(
        method="PUT",
        url_list=(API,),
        origin=PAGE,
        headers=(("X-A", "1"), ("x-a", "2")),
        credentials="include",
        body=b"x",
        dropped=("Cookie", "Sec-X"),
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"method": "TRACE"}, "'method' must be a method that pages may use, got 'TRACE'"),
        ({"method": "A B"}, "'method' must be a method that pages may use, got 'A B'"),
        ({"method": ""}, "'method' must be a method that pages may use, got ''"),
        ({"url": URL("/notes")}, "'url' must be an HTTP.S. URL without user name, got '/notes'"),
        ({"url": URL("ftp://a.example/")}, "'url' must be an HTTP.S. URL without user name"),
        ({"url": URL("http://me@a.example/")}, "'url' must be an HTTP.S. URL without user name"),
        ({"url": URL("http://:pw@a.example/")}, "'url' must be an HTTP.S. URL without user name"),
        ({"credentials": "all"}, "'credentials' must be 'omit', 'same-origin' or 'include'"),
        ({"body": b""}, "'body' must be absent from GET requests"),
        ({"method": "head", "body": b"x"}, "'body' must be absent from HEAD requests"),
        ({"headers": [("X A", "1")]}, "a header's name must be a token, got 'X A'"),
        ({"headers": [("", "1")]}, "a header's name must be a token, got ''"),
        ({"headers": [("X", "1\n2")]}, "the value of X must fit on one header line"),
        ({"headers": [("X", "\u20ac")]}, "the value of X must fit on one header line"),
    ],
)
def test_what_javascript_refuses_is_a_type_error(change: dict[str, object], error: str) -> None:
    asked: dict[str, object] = {"method": "GET", "url": API, "origin": PAGE} | change
    with pytest.raises(TypeError, match=error):
        Request.new(**asked)  # type: ignore[arg-type]
