"""The table. Each row's name says what is asked or answered; nothing happens by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .servers import BAD_PORTS
from .table import OPEN, Answer, Ask, Route, Row, answer, row, to

# --- The CORS check ----------------------------------------------------------------------------

_ALLOW_ORIGIN: tuple[tuple[str, str | tuple[str, ...], str | None], ...] = (
    ("missing", (), "allow-origin-missing"),
    ("the origin", "{page}", None),
    ("the origin in white space", "  {page}\t ", None),
    ("a trailing slash", "{page}/", "allow-origin-differs"),
    ("a path", "{page}/app", "allow-origin-differs"),
    ("another port", "{api}", "allow-origin-differs"),
    ("no port", "http://127.0.0.1", "allow-origin-differs"),
    ("no scheme", "127.0.0.1", "allow-origin-differs"),
    ("null", "null", "allow-origin-differs"),
    ("empty", "", "allow-origin-differs"),
    ("quoted", "'{page}'", "allow-origin-differs"),
    ("double-quoted", '"{page}"', "allow-origin-differs"),
    ("a pattern", "http://127.0.0.1:*", "allow-origin-differs"),
    ("true", "true", "allow-origin-differs"),
    ("a quoted wildcard", '"*"', "allow-origin-differs"),
    ("two wildcards in a word", "**", "allow-origin-differs"),
    ("origins with a space", "{page} {other}", "allow-origin-differs"),
    ("origins with a comma", "{page}, {other}", "allow-origin-several"),
    ("the origin twice with a comma", "{page},{page}", "allow-origin-several"),
    ("the origin twice on two lines", ("{page}", "{page}"), "allow-origin-several"),
    ("the origin and a wildcard on two lines", ("{page}", "*"), "allow-origin-several"),
    ("a wildcard and the origin on two lines", ("*", "{page}"), "allow-origin-several"),
    ("two wildcards on two lines", ("*", "*"), "allow-origin-several"),
    ("two wildcards with a comma", "*, *", "allow-origin-several"),
    ("the origin and an empty line", ("{page}", ""), "allow-origin-several"),
    ("the origin with a comma at its end", "{page},", "allow-origin-several"),
)


def _cors_check() -> Iterator[Row]:
    for credentials in ("omit", "same-origin", "include"):
        acac = {"acac": "true"} if credentials == "include" else {}
        ask = Ask(credentials=credentials)
        for name, acao, blocked in _ALLOW_ORIGIN:
            said = answer(acao=acao, **acac)
            yield row(f"ACAO: {name} ({credentials})", ask, actual=said, blocked=blocked)
        wildcard = "allow-origin-wildcard" if credentials == "include" else None
        said = answer(acao="*", **acac)
        yield row(f"ACAO: a wildcard ({credentials})", ask, actual=said, blocked=wildcard)


_ALLOW_CREDENTIALS: tuple[tuple[str, str | tuple[str, ...], str | None], ...] = (
    ("missing", (), "allow-credentials"),
    ("true", "true", None),
    ("true in white space", " true\t", None),
    ("True", "True", "allow-credentials"),
    ("TRUE", "TRUE", "allow-credentials"),
    ("false", "false", "allow-credentials"),
    ("1", "1", "allow-credentials"),
    ("yes", "yes", "allow-credentials"),
    ("empty", "", "allow-credentials"),
    ("quoted", '"true"', "allow-credentials"),
    ("a wildcard", "*", "allow-credentials"),
    ("true twice on two lines", ("true", "true"), "allow-credentials"),
    ("true twice with a comma", "true, true", "allow-credentials"),
)


def _credentials_check() -> Iterator[Row]:
    get, put = Ask(credentials="include"), Ask("PUT", credentials="include")
    fine = answer(acao="{page}", acac="true", acam="PUT")
    for name, acac, blocked in _ALLOW_CREDENTIALS:
        said = answer(acao="{page}", acac=acac, acam="PUT")
        yield row(f"ACAC: {name}", get, actual=said, blocked=blocked)
        yield row(f"ACAC of a preflight: {name}", put, preflight=said, actual=fine, blocked=blocked)
        yield row(
            f"ACAC behind a preflight: {name}", put, preflight=fine, actual=said, blocked=blocked
        )
    yield row("ACAC True is not read without credentials", actual=answer(acao="*", acac="True"))


# --- Methods -----------------------------------------------------------------------------------


def _methods() -> Iterator[Row]:
    for method in ("GET", "HEAD", "POST", "get", "head", "Post"):
        yield row(f"{method} needs no preflight", Ask(method))
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "CHICKEN", "put", "Delete", "options"):
        sent = method if method.upper() in ("PATCH", "CHICKEN") else method.upper()
        yield from _method(method, sent)
    for method in ("patch", "Patch", "chicken", "LINK-1", "M-SEARCH", "x!y"):
        yield from _method(method, method)
    for method in ("CONNECT", "TRACE", "TRACK", "connect", "Trace", "track"):
        yield row(f"{method} is forbidden", Ask(method), blocked="TypeError")
    for method in ("A B", "", "(GET)", "G\tT"):
        yield row(f"{method!r} is no method", Ask(method), blocked="TypeError")
    for method in ("GET", "HEAD"):
        yield row(f"{method} has no body", Ask(method, data="x"), blocked="TypeError")
    yield row("the six methods are upper-cased, patch is not", Ask("patch"),
              preflight=answer(acao="{page}", acam="PATCH"), blocked="allow-methods")  # fmt: skip


def _method(method: str, sent: str) -> Iterator[Row]:
    allows = "allow-methods"
    for name, acam, credentials, blocked in (
        ("missing", (), "same-origin", allows),
        ("the method", sent, "same-origin", None),
        ("a wildcard", "*", "same-origin", None),
        ("a wildcard", "*", "include", allows),
        ("the method", sent, "include", None),
        ("another one", "GET, POST", "omit", allows),
    ):
        said = answer(acao="{page}", acac="true", acam=acam)
        yield row(f"{method}, ACAM: {name} ({credentials})", Ask(method, credentials=credentials),
                  preflight=said, actual=said, blocked=blocked)  # fmt: skip


def _allow_methods() -> Iterator[Row]:
    invalid = "allow-methods-invalid"
    for name, acam, blocked in (
        ("a list", "GET, PUT", None),
        ("a list without spaces", "GET,PUT,DELETE", None),
        ("a list with tabs", "GET\t,\tPUT", None),
        ("two lines", ("GET", "PUT"), None),
        ("empty elements", "GET,,PUT,", None),
        ("an empty element at first", ",PUT", None),
        ("empty", "", "allow-methods"),
        ("only commas", ",,", "allow-methods"),
        ("lower case", "put", "allow-methods"),
        ("a space between methods", "GET PUT", invalid),
        ("a semicolon between methods", "GET;PUT", invalid),
        ("an invalid method beside it", "PUT, P(T", invalid),
        ("an invalid method on another line", ("PUT", "@"), invalid),
        ("quoted", '"PUT"', invalid),
        ("in brackets", "[PUT]", invalid),
        ("a wildcard beside another", "*, GET", None),
        ("a wildcard in a word", "P*", "allow-methods"),
    ):
        said = answer(acao="{page}", acam=acam)
        yield row(f"ACAM of PUT: {name}", Ask("PUT"), preflight=said, blocked=blocked)
    ask = Ask("POST", headers=(("X-A", "1"),))
    for name, acam, blocked in (
        ("missing", (), None),
        ("another", "PUT", None),
        ("empty", "", None),
        ("invalid", "P(ST", invalid),
    ):
        said = answer(acao="{page}", acam=acam, acah="X-A")
        yield row(f"ACAM of a POST: {name}", ask, preflight=said, blocked=blocked)


# --- Request headers ---------------------------------------------------------------------------

_HEADERS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Accept", (("Accept", "application/json"),)),
    ("Accept with parameters", (("Accept", "text/html;q=0.9, */*"),)),
    ("Accept with a quote", (("Accept", 'text/html;x="1"'),)),
    ("Accept with a colon", (("Accept", "a:b"),)),
    ("Accept with a tab", (("Accept", "a\tb"),)),
    ("Accept in brackets", (("Accept", "{a}"),)),
    ("Accept of 128 bytes", (("Accept", "a" * 128),)),
    ("Accept of 129 bytes", (("Accept", "a" * 129),)),
    ("Accept twice", (("Accept", "a" * 60), ("Accept", "b" * 60))),
    ("Accept twice, long together", (("Accept", "a" * 100), ("Accept", "b" * 100))),
    ("Accept-Language", (("Accept-Language", "de-AT, de;q=0.9, *;q=0.1"),)),
    ("Accept-Language with a slash", (("Accept-Language", "de/AT"),)),
    ("Accept-Language with an underscore", (("Accept-Language", "de_AT"),)),
    ("Content-Language", (("Content-Language", "en"),)),
    ("Content-Language with an at", (("Content-Language", "@"),)),
    ("no value", (("X-Empty", ""),)),
    ("Accept without value", (("Accept", ""),)),
    ("X-A", (("X-A", "1"),)),
    ("names in any case and order", (("X-b", "1"), ("X-A", "1"), ("x-C", "1"))),
    ("X-A twice", (("X-A", "1"), ("x-a", "2"))),
    ("odd token characters", (("X_!#$%&'*+.^`|~", "1"),)),
    ("Authorization", (("Authorization", "Bearer x"),)),
    ("If-None-Match", (("If-None-Match", '"1"'),)),
    ("If-Modified-Since", (("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),)),
    ("Cache-Control", (("Cache-Control", "no-cache"),)),
    ("Pragma", (("Pragma", "no-cache"),)),
    ("User-Agent", (("User-Agent", "mine"),)),
    ("Save-Data", (("Save-Data", "on"),)),
    ("DPR", (("DPR", "2"),)),
    ("Viewport-Width", (("Viewport-Width", "100"),)),
    ("Downlink", (("Downlink", "1"),)),
    ("Last-Event-ID", (("Last-Event-ID", "1"),)),
    ("X-Requested-With", (("X-Requested-With", "XMLHttpRequest"),)),
    ("X-HTTP-Method-Override: PUT", (("X-HTTP-Method-Override", "PUT"),)),
    ("Range: bytes=0-", (("Range", "bytes=0-"),)),
    ("Range: bytes=0-9", (("Range", "bytes=0-9"),)),
    ("Range: bytes=-9", (("Range", "bytes=-9"),)),
    ("Range: bytes=9-0", (("Range", "bytes=9-0"),)),
    ("Range: bytes=0-1,3-4", (("Range", "bytes=0-1,3-4"),)),
    ("Range: bytes = 0-1", (("Range", "bytes = 0-1"),)),
    ("Range: lines=0-1", (("Range", "lines=0-1"),)),
    ("Range: BYTES=0-1", (("Range", "BYTES=0-1"),)),
)
_CONTENT_TYPES = (
    "text/plain",
    "TEXT/Plain",
    "text/plain;charset=UTF-8",
    "text/plain; x=1; y=2",
    "text/plain ;charset=utf-8",
    "text/plain;",
    'text/plain;charset="utf-8"',
    "text/plain, application/json",
    "text/plain; application/json",
    "text/plain; x=@",
    "text/plain/x",
    "text",
    "text/",
    "/plain",
    "text /plain",
    "plain",
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json",
    "application/json;charset=utf-8",
    "text/html",
    "text/xml",
    "application/octet-stream",
    "text/plain;x=" + "a" * 115,
    "text/plain;x=" + "a" * 116,
)


def _request_headers() -> Iterator[Row]:
    for name, headers in _HEADERS:
        said = answer(acao="{page}", acah=", ".join(dict.fromkeys(n for n, _ in headers)))
        yield row(f"header {name}", Ask(headers=headers), preflight=said)
    said = answer(acao="{page}", acah="content-type")
    for value in _CONTENT_TYPES:
        ask = Ask("POST", headers=(("Content-Type", value),), data="x")
        yield row(f"Content-Type: {value!r}", ask, preflight=said)
    yield row("a text has its Content-Type", Ask("POST", data="x"))
    for name, value in (
        ("Accept-Charset", "utf-8"),
        ("Accept-Encoding", "br"),
        ("Access-Control-Request-Headers", "x"),
        ("Access-Control-Request-Method", "PUT"),
        ("Connection", "close"),
        ("Content-Length", "7"),
        ("Cookie", "a=b"),
        ("Cookie2", "a=b"),
        ("Date", "today"),
        ("DNT", "1"),
        ("Expect", "100-continue"),
        ("Host", "a.example"),
        ("Keep-Alive", "1"),
        ("Origin", "https://a.example"),
        ("Referer", "https://a.example"),
        ("Set-Cookie", "a=b"),
        ("TE", "gzip"),
        ("Trailer", "X-A"),
        ("Transfer-Encoding", "gzip"),
        ("Upgrade", "h2c"),
        ("Via", "me"),
        ("Proxy-Anything", "1"),
        ("Sec-Anything", "1"),
        ("X-HTTP-Method", "TRACE"),
        ("X-HTTP-Method-Override", "connect"),
        ("X-Method-Override", "PUT, track"),
    ):
        yield row(f"{name}: {value} is not the page's to set", Ask(headers=((name, value),)))
    for name, value in (("", "1"), ("X A", "1"), ("X:", "1"), ("X-A", "1\n2"), ("X-A", "\u20ac")):
        ask = Ask(headers=((name, value),))
        yield row(f"{name!r}: {value!r} is no header", ask, blocked="TypeError")


def _allow_headers() -> Iterator[Row]:
    invalid, missing = "allow-headers-invalid", "allow-headers"
    one = (("X-Foo", "1"),)
    two = (*one, ("X-Bar", "2"))
    token = (("Authorization", "Bearer x"),)
    for name, headers, acah, credentials, blocked in (
        ("missing", one, (), "omit", missing),
        ("empty", one, "", "omit", missing),
        ("the name", one, "X-Foo", "omit", None),
        ("the name in lower case", one, "x-foo", "omit", None),
        ("the name in upper case", one, "X-FOO", "omit", None),
        ("another name", one, "X-Bar", "omit", missing),
        ("one of two", two, "X-Foo", "omit", missing),
        ("two of two", two, "X-Foo,X-Bar", "omit", None),
        ("two on two lines", two, ("X-Foo", "X-Bar"), "omit", None),
        ("empty elements", two, ",X-Foo,,X-Bar,", "omit", None),
        ("a space between names", two, "X-Foo X-Bar", "omit", invalid),
        ("a semicolon between names", two, "X-Foo; X-Bar", "omit", invalid),
        ("an invalid name beside it", one, "X-Foo, X(", "omit", invalid),
        ("an invalid name on another line", one, ("X-Foo", "{}"), "omit", invalid),
        ("quoted", one, '"X-Foo"', "omit", invalid),
        ("a wildcard", two, "*", "omit", None),
        ("a wildcard", two, "*", "same-origin", None),
        ("a wildcard", two, "*", "include", missing),
        ("a wildcard and the name", one, "*, X-Foo", "include", None),
        ("a wildcard in a word", one, "X-*", "omit", missing),
        ("a wildcard for Authorization", token, "*", "omit", missing),
        ("a wildcard for Authorization", token, "*", "include", missing),
        ("a wildcard and Authorization", token, "*, authorization", "omit", None),
        ("Authorization", token, "Authorization", "include", None),
        ("Authorization and a wildcard", (*token, *one), "Authorization, *", "omit", None),
        ("Authorization without the other", (*token, *one), "Authorization", "omit", missing),
    ):
        said = answer(acao="{page}", acac="true", acah=acah)
        yield row(f"ACAH: {name} for {len(headers)} ({credentials})",
                  Ask(headers=headers, credentials=credentials),
                  preflight=said, actual=said, blocked=blocked)  # fmt: skip
    yield row("ACAH is read for an unsafe method alone", Ask("PUT"),
              preflight=answer(acao="{page}", acam="PUT", acah="X ("), blocked=invalid)  # fmt: skip
    json = Ask("POST", headers=(("Content-Type", "application/json"),), data="{}")
    yield row("JSON without ACAH", json, blocked=missing)
    yield row("JSON with ACAH", json, preflight=answer(acao="{page}", acah="content-type"))
    both = Ask("PUT", headers=one)
    yield row("method allowed, header not", both,
              preflight=answer(acao="{page}", acam="PUT"), blocked=missing)  # fmt: skip
    yield row("header allowed, method not", both,
              preflight=answer(acao="{page}", acah="X-Foo"), blocked="allow-methods")  # fmt: skip


# --- Preflights and statuses -------------------------------------------------------------------


def _preflights() -> Iterator[Row]:
    put = Ask("PUT")
    for status in (200, 201, 202, 204, 205, 206, 226, 299):
        said = answer(status, acao="{page}", acam="PUT")
        yield row(f"preflight answered with {status}", put, preflight=said)
    for status in (300, 304, 400, 401, 403, 404, 405, 429, 500, 501, 503):
        said = answer(status, acao="{page}", acam="PUT")
        yield row(f"preflight answered with {status}", put, preflight=said,
                  blocked="preflight-status")  # fmt: skip
    for status in (301, 302, 303, 307, 308):
        said = to("{row}/there", status, acam="PUT")
        yield row(f"preflight answered with {status}", put, preflight=said,
                  blocked="preflight-redirect")  # fmt: skip
    yield row("a 404 without ACAO", put, preflight=answer(404), blocked="preflight-status")
    for name, acao, blocked in (
        ("missing", (), "allow-origin-missing"),
        ("a wildcard", "*", None),
        ("another", "{other}", "allow-origin-differs"),
        ("two lines", ("{page}", "{page}"), "allow-origin-several"),
    ):
        said = answer(acao=acao, acam="PUT")
        yield row(f"ACAO of a preflight: {name}", put, preflight=said, blocked=blocked)
    allowed = answer(acao="{page}", acam="PUT")
    yield row("ACAO is missing behind a preflight", put, preflight=allowed, actual=answer(),
              blocked="allow-origin-missing")  # fmt: skip
    with_cookies = Ask("PUT", credentials="include")
    said = answer(acao="*", acac="true", acam="PUT")
    yield row("ACAO of a preflight: a wildcard, with credentials", with_cookies, preflight=said,
              blocked="allow-origin-wildcard")  # fmt: skip


def _statuses() -> Iterator[Row]:
    for status in (201, 204, 206, 300, 304, 400, 401, 403, 404, 405, 418, 500, 503, 599):
        yield row(f"status {status} is read", actual=answer(status, acao="{page}"))
        yield row(f"status {status} without ACAO is not", actual=answer(status),
                  blocked="allow-origin-missing")  # fmt: skip


# --- What the page reads -----------------------------------------------------------------------

_RESPONSE_HEADERS = (
    ("Content-Language", "en"),
    ("Expires", "0"),
    ("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Pragma", "no-cache"),
    ("ETag", '"1"'),
    ("X-A", "1"),
    ("X-B", "2"),
    ("Set-Cookie", "seen=1; Path={row}/; Max-Age=60"),
    ("Set-Cookie2", "seen2=1"),
)


def _exposed() -> Iterator[Row]:
    for name, aceh, credentials in (
        ("missing", (), "omit"),
        ("empty", "", "omit"),
        ("a name", "X-A", "omit"),
        ("a name in lower case", "x-a", "omit"),
        ("a list", "X-A, ETag", "omit"),
        ("two lines", ("X-A", "X-B"), "omit"),
        ("empty elements", ",X-A,,X-B,", "omit"),
        ("an absent header", "X-C", "omit"),
        ("a wildcard", "*", "omit"),
        ("a wildcard", "*", "same-origin"),
        ("a wildcard", "*", "include"),
        ("a wildcard and a name", "*, X-A", "include"),
        ("a wildcard and a name", "*, X-A", "omit"),
        ("a wildcard in a word", "X-*", "omit"),
        ("an invalid name beside it", "X-A, X(", "omit"),
        ("a space between names", "X-A X-B", "omit"),
        ("an invalid name on another line", ("X-A", "@"), "omit"),
        ("Set-Cookie", "Set-Cookie, Set-Cookie2, X-A", "include"),
        ("Set-Cookie", "Set-Cookie, Set-Cookie2, X-A", "omit"),
    ):
        said = answer(200, *_RESPONSE_HEADERS, acao="{page}", acac="true", aceh=aceh)
        yield row(f"ACEH: {name} ({credentials})", Ask(credentials=credentials), actual=said)
    said = answer(200, *_RESPONSE_HEADERS, acao="{page}")
    yield row("all but Set-Cookie is read of the page's own origin", Ask(to="page/"),
              routes={"page/": Route(said, said)})  # fmt: skip
    yield row("the CORS headers themselves", actual=answer(acao="{page}", acac="true", aceh="*"))


# --- Credentials -------------------------------------------------------------------------------


def _cookies() -> Iterator[Row]:
    keeps = answer(200, ("Set-Cookie", "kept=1; Path={row}/"), acao="{page}", acac="true")
    same = {"page/": Route(keeps, keeps)}
    for credentials in ("omit", "same-origin", "include"):
        for server in ("api/", "page/"):
            asks = (
                Ask(to=server, credentials=credentials),
                Ask("POST", to=server, credentials="include"),
            )
            yield row(f"cookies of {server} ({credentials})", *asks, actual=keeps, routes=same)
    allowed = answer(200, ("Set-Cookie", "kept=1; Path={row}/"), acao="{page}", acac="true",
                     acam="PUT")  # fmt: skip
    yield row("a preflight has no cookies and keeps none", Ask("PUT", credentials="include"),
              preflight=allowed, actual=answer(acao="{page}", acac="true"))  # fmt: skip
    blocked = answer(200, ("Set-Cookie", "kept=1; Path={row}/"), acac="true")
    yield row("a blocked answer's cookies are kept", Ask(to="api/", credentials="include"),
              Ask(to="api/then", credentials="include"), actual=blocked,
              routes={"api/then": Route(keeps, keeps)})  # fmt: skip


def _same_origin() -> Iterator[Row]:
    closed = answer()
    route = {"page/": Route(answer(404), closed)}
    for method in ("GET", "HEAD", "POST", "PUT", "patch"):
        ask = Ask(method, to="page/", headers=(("X-A", "1"),))
        yield row(f"{method} to the page's own origin", ask, routes=route)


def _opaque_origin() -> Iterator[Row]:
    for name, acao, credentials, blocked in (
        ("null", "null", "omit", None),
        ("null", "null", "include", None),
        ("a wildcard", "*", "same-origin", None),
        ("a wildcard", "*", "include", "allow-origin-wildcard"),
        ("the origin above", "{page}", "omit", "allow-origin-differs"),
        ("missing", (), "omit", "allow-origin-missing"),
        ("Null", "Null", "omit", "allow-origin-differs"),
    ):
        said = answer(acao=acao, acac="true", acam="PUT")
        for method in ("GET", "PUT"):
            ask = Ask(method, credentials=credentials)
            yield row(f"opaque origin, {method}, ACAO: {name} ({credentials})", ask,
                      preflight=said, actual=said, blocked=blocked, sandboxed=True)  # fmt: skip
    said = answer(acao="null")
    yield row("an opaque origin has no URL of its own", Ask(to="page/"), sandboxed=True,
              routes={"page/": Route(said, said)})  # fmt: skip


# --- The preflight cache -----------------------------------------------------------------------


def _preflight_cache() -> Iterator[Row]:
    put, delete = Ask("PUT"), Ask("DELETE")
    for name, acma in (
        ("600", "600"),
        ("missing", ()),
        ("0", "0"),
        ("-1", "-1"),
        ("a word", "soon"),
        ("a fraction", "600.5"),
        ("empty", ""),
        ("two lines", ("600", "600")),
        ("two numbers", "600, 600"),
        ("a unit", "600s"),
        ("a plus", "+600"),
        ("very large", "99999999999999999999"),
        ("quoted", '"600"'),
    ):
        said = answer(acao="{page}", acam="PUT", acma=acma)
        yield row(f"PUT twice, ACMA: {name}", put, put, preflight=said)
    said = answer(acao="{page}", acam="PUT, DELETE", acma="600")
    yield row("PUT then DELETE, both in ACAM", put, delete, preflight=said)
    said = answer(acao="*", acam="*", acma="600")
    yield row("PUT then DELETE, ACAM a wildcard", put, delete, preflight=said,
              actual=said)  # fmt: skip
    both = answer(acao="{page}", acac="true", acam="PUT", acma="600")
    with_cookies = Ask("PUT", credentials="include")
    yield row("with credentials, then without", with_cookies, put, preflight=both, actual=both)
    yield row("without credentials, then with", put, with_cookies, preflight=both, actual=both)
    star = answer(acao="{page}", acac="true", acam="*, PUT", acma="600")
    yield row("a wildcard kept with credentials", with_cookies,
              Ask("DELETE", credentials="include"), preflight=star, actual=star,
              blocked="allow-methods")  # fmt: skip
    a, b = (("X-A", "1"),), (("X-B", "1"),)
    said = answer(acao="{page}", acah="X-A, X-B", acma="600")
    yield row("a header then another, both in ACAH", Ask(headers=a), Ask(headers=b), preflight=said)
    yield row("two headers then one", Ask(headers=a + b), Ask(headers=a), preflight=said)
    said = answer(acao="{page}", acah="*", acma="600")
    yield row("a header then another, ACAH a wildcard", Ask(headers=a), Ask(headers=b),
              preflight=said)  # fmt: skip
    yield row("a header then Authorization, ACAH a wildcard", Ask(headers=a),
              Ask(headers=(("Authorization", "x"),)), preflight=said,
              blocked="allow-headers")  # fmt: skip
    said = answer(acao="{page}", acam="PUT", acah="X-A", acma="600")
    yield row("method, then method and header", put, Ask("PUT", headers=a), preflight=said)
    yield row("method and header, then a safelisted method", Ask("PUT", headers=a),
              Ask("POST", headers=a), preflight=said)  # fmt: skip
    said = answer(acao="{page}", acma="600")
    yield row("a refused preflight is not kept", put, put, preflight=said,
              blocked="allow-methods")  # fmt: skip
    said = answer(acao="{page}", acam="PUT", acma="600")
    yield row("a blocked answer empties the cache", put, put, preflight=said, actual=answer(),
              blocked="allow-origin-missing")  # fmt: skip
    yield row("another path has its own", put, Ask("PUT", to="api/x"), preflight=said,
              routes={"api/x": Route(said, OPEN)})  # fmt: skip
    yield row("another query has its own", put, Ask("PUT", to="api/?x"), preflight=said)
    yield row("another fragment", put, Ask("PUT", to="api/#x"), preflight=said)


# --- Redirects ---------------------------------------------------------------------------------


def _redirects() -> Iterator[Row]:
    end = answer(acao="{page}")
    null = answer(acao="null")
    star = answer(acao="*")
    for name, ask, routes, blocked in (
        ("within the API", Ask(), {"api/": to("{row}/x"), "api/x": end}, None),
        ("relative", Ask(), {"api/": to("x"), "api/x": end}, None),
        ("without ACAO", Ask(), {"api/": to("x", acao=()), "api/x": end}, "allow-origin-missing"),
        ("to no ACAO", Ask(), {"api/": to("x"), "api/x": answer()}, "allow-origin-missing"),
        ("to a third origin, ACAO: the origin", Ask(),
         {"api/": to("{other}{row}/"), "other/": end}, "allow-origin-differs"),
        ("to a third origin, ACAO: null", Ask(),
         {"api/": to("{other}{row}/"), "other/": null}, None),
        ("to a third origin, ACAO: a wildcard", Ask(),
         {"api/": to("{other}{row}/"), "other/": star}, None),
        ("from the page's origin", Ask(to="page/"),
         {"page/": to("{api}{row}/x", acao=()), "api/x": end}, None),
        ("from the page's origin, to no ACAO", Ask(to="page/"),
         {"page/": to("{api}{row}/x", acao=()), "api/x": answer()}, "allow-origin-missing"),
        ("within the page's origin", Ask(to="page/"),
         {"page/": to("{row}/x", acao=()), "page/x": answer()}, None),
        ("back to the page's origin, ACAO: the origin", Ask(),
         {"api/": to("{page}{row}/x"), "page/x": end}, "allow-origin-differs"),
        ("back to the page's origin, ACAO: null", Ask(),
         {"api/": to("{page}{row}/x"), "page/x": null}, None),
        ("back to the page's origin, no ACAO", Ask(),
         {"api/": to("{page}{row}/x"), "page/x": answer()}, "allow-origin-missing"),
        ("out and back", Ask(to="page/"),
         {"page/": to("{api}{row}/x", acao=()), "api/x": to("{page}{row}/y"), "page/y": null},
         None),
        ("null stays", Ask(),
         {"api/": to("{other}{row}/"), "other/": to("{other}{row}/x", acao="null"),
          "other/x": null}, None),
        ("without Location", Ask(), {"api/": answer(302, acao="{page}")}, None),
        ("to a user name", Ask(), {"api/": to("http://me@{api host}{row}/x"), "api/x": end},
         "redirect-credentials"),
        ("to a user name within the page's origin", Ask(to="page/"),
         {"page/": to("http://me:pw@{page host}{row}/x", acao=()), "page/x": answer()}, None),
        ("to data", Ask(), {"api/": to("data:text/plain,x")}, "redirect-scheme"),
        ("to ftp", Ask(), {"api/": to("ftp://127.0.0.1/")}, "redirect-scheme"),
        ("to an invalid URL", Ask(), {"api/": to("http://[")}, "redirect-location"),
        ("to an invalid port", Ask(), {"api/": to("http://a.example:99999/")},
         "redirect-location"),
        ("to itself", Ask(), {"api/": to("{row}/")}, "redirect-count"),
        ("20 times", Ask(to="api/0"),
         {**{f"api/{n}": to(str(n + 1)) for n in range(20)}, "api/20": end}, None),
        ("21 times", Ask(to="api/0"),
         {**{f"api/{n}": to(str(n + 1)) for n in range(21)}, "api/21": end}, "redirect-count"),
        ("with two Locations", Ask(),
         {"api/": answer(302, ("Location", "x"), ("Location", "y"), acao="{page}"),
          "api/x": end, "api/y": end}, "redirect-location"),
        ("with the same Location twice", Ask(),
         {"api/": answer(302, ("Location", "x"), ("Location", "x"), acao="{page}"),
          "api/x": end}, "redirect-location"),
    ):  # fmt: skip
        yield _redirect(f"redirect {name}", ask, routes, blocked)
    for status in (301, 302, 303, 307, 308):
        for method in ("GET", "HEAD", "POST", "PUT"):
            body = "x" if method in ("POST", "PUT") else None
            routes = {"api/": to("x", status), "api/x": end}
            yield _redirect(f"{status} to a {method}", Ask(method, data=body), routes, None)


def _redirects_with_preflight() -> Iterator[Row]:
    token = (("Authorization", "Bearer x"), ("X-A", "1"))
    end = answer(acao="*")
    for name, ask, routes in (
        ("PUT within the API", Ask("PUT"), {"api/": to("x", 307), "api/x": end}),
        ("PUT to a third origin", Ask("PUT", data="x"),
         {"api/": to("{other}{row}/", 307), "other/": end}),
        ("PUT from the page's origin", Ask("PUT", to="page/", data="x"),
         {"page/": to("{api}{row}/x", 307), "api/x": end}),
        ("PUT to GET by 303", Ask("PUT", data="x"), {"api/": to("x", 303), "api/x": end}),
        ("Authorization within the API", Ask(headers=token),
         {"api/": to("x"), "api/x": end}),
        ("Authorization to a third origin", Ask(headers=token),
         {"api/": to("{other}{row}/"), "other/": end}),
        ("Authorization from the page's origin", Ask(to="page/", headers=token),
         {"page/": to("{api}{row}/x"), "api/x": end}),
        ("Content-Type and Content-Language by 302",
         Ask("POST", headers=(("Content-Type", "application/json"), ("Content-Language", "en"),
                              ("X-A", "1")), data="{}"),
         {"api/": to("x"), "api/x": end}),
    ):  # fmt: skip
        yield _redirect(f"redirect of {name}", ask, routes, None)
    refuses = answer()
    yield Row("the second preflight is refused", (Ask("PUT"),), {
        "api/": Route(_ALLOWS, to("{other}{row}/", 307)),
        "other/": Route(refuses, end),
    }, blocked="allow-origin-missing")  # fmt: skip
    keeps = answer(acao="{page}", acac="true")
    cookies = Ask(credentials="include")
    yield _redirect("redirect with cookies within the API", cookies,
                    {"api/": to("x", acac="true"), "api/x": keeps}, None)  # fmt: skip
    yield _redirect("redirect with cookies to a third origin", cookies,
                    {"api/": to("{other}{row}/", acac="true"),
                     "other/": answer(acao="null", acac="true")}, None)  # fmt: skip
    yield _redirect("redirect with the page's cookies to the API", Ask(to="page/"),
                    {"page/": to("{api}{row}/x"), "api/x": end}, None)  # fmt: skip


# --- Who asks ----------------------------------------------------------------------------------


def _who_asks() -> Iterator[Row]:
    star = answer(acao="*")
    routes = {
        name: Route(_ALLOWS, star)
        for name in ("page/", "api/", "other/", "far/", "page/x", "api/x")
    }
    for method in ("GET", "POST", "PUT"):
        for server in ("page/", "api/", "far/"):
            yield Row(f"who asks: {method} {server}", (Ask(method, to=server),), routes,
                      tells_who_asks=True)  # fmt: skip
        yield Row(f"who asks: {method} of a sandboxed frame", (Ask(method),), routes,
                  sandboxed=True, tells_who_asks=True)  # fmt: skip
    for name, first, location in (
        ("of the page's own origin", "page/", "{row}/x"),
        ("within the API", "api/", "{row}/x"),
        ("from the page's origin to the API", "page/", "{api}{row}/x"),
        ("from the API to another origin of the site", "api/", "{other}{row}/"),
        ("from the API to another site", "api/", "{far}{row}/"),
        ("from another site to the API", "far/", "{api}{row}/x"),
        ("from another site to the page's origin", "far/", "{page}{row}/x"),
        ("from the API to the page's origin", "api/", "{page}{row}/x"),
    ):
        redirects = {**routes, first: Route(_ALLOWS, to(location, acao="*"))}
        yield Row(f"who asks: redirect {name}", (Ask(to=first),), redirects,
                  tells_who_asks=True)  # fmt: skip


# --- Bad ports ---------------------------------------------------------------------------------


def _bad_ports() -> Iterator[Row]:
    for port in BAD_PORTS:
        server = f"port {port}/"
        yield row(f"port {port}", Ask(to=server), routes={server: Route(OPEN, OPEN)},
                  blocked="bad-port")  # fmt: skip
        yield row(f"redirect to port {port}", actual=to(f"{{port {port}}}{{row}}/"),
                  routes={server: Route(OPEN, OPEN)}, blocked="bad-port")  # fmt: skip
    for method in ("POST", "PUT"):
        yield row(f"{method} to port 6000", Ask(method, to="port 6000/"),
                  routes={"port 6000/": Route(_ALLOWS, OPEN)}, blocked="bad-port")  # fmt: skip
    # Not of a PUT: WebKit sometimes sends its preflight, and no more, before it blocks the port.
    yield row("redirect of POST to port 6000", Ask("POST"), actual=to("{port 6000}{row}/", 307),
              routes={"port 6000/": Route(OPEN, OPEN)}, blocked="bad-port")  # fmt: skip
    yield row("redirect of the page's own origin to port 6000", Ask(to="page/"),
              routes={"page/": Route(OPEN, to("{port 6000}{row}/")),
                      "port 6000/": Route(OPEN, OPEN)}, blocked="bad-port")  # fmt: skip


_ALLOWS = answer(acao="*", acam="PUT", acah="Authorization, X-A, Content-Type", acma="0")


def _redirect(name: str, ask: Ask, routes: Mapping[str, Answer], blocked: str | None) -> Row:
    return Row(name, (ask,), {k: Route(_ALLOWS, v) for k, v in routes.items()}, blocked)


ROWS: tuple[Row, ...] = (
    # First, since Firefox forgets preflights when it has kept 100 of them.
    *_preflight_cache(),
    *_cors_check(),
    *_credentials_check(),
    *_methods(),
    *_allow_methods(),
    *_request_headers(),
    *_allow_headers(),
    *_preflights(),
    *_statuses(),
    *_exposed(),
    *_cookies(),
    *_same_origin(),
    *_opaque_origin(),
    *_redirects(),
    *_redirects_with_preflight(),
    *_who_asks(),
    *_bad_ports(),
)
