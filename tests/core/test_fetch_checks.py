"""Each check of the browser: a request and an answer in, a failure or nothing out."""

from __future__ import annotations

import pytest
from yarl import URL

from aiohttp_cors.fetch import (
    Credentials,
    Failure,
    Reason,
    Request,
    WireResponse,
    cors_check,
    preflight_failure,
    preflight_headers_check,
    preflight_methods_check,
    preflight_status_check,
)

PAGE = "https://page.example"
API = URL("https://api.example/notes")
SHORT = {
    "acao": "Access-Control-Allow-Origin",
    "acac": "Access-Control-Allow-Credentials",
    "acam": "Access-Control-Allow-Methods",
    "acah": "Access-Control-Allow-Headers",
    "vary": "Vary",
}
VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def asked(
    method: str = "GET", credentials: Credentials = "omit", headers: tuple[str, ...] = ()
) -> Request:
    pairs = tuple((name, "1") for name in headers)
    return Request(method, (API,), PAGE, headers=pairs, credentials=credentials)


def answered(status: int = 200, /, text: str = "", **headers: str) -> WireResponse:
    pairs = tuple((SHORT[name], value) for name, value in headers.items())
    return WireResponse(status, pairs, text)


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (asked(), answered(acao=PAGE)),
        (asked(), answered(acao="*")),
        (asked(credentials="same-origin"), answered(acao="*")),
        (asked(credentials="include"), answered(acao=PAGE, acac="true")),
    ],
)
def test_the_cors_check_passes(request_: Request, response: WireResponse) -> None:
    assert cors_check(request_, response) is None


@pytest.mark.parametrize(
    ("request_", "response", "failure"),
    [
        (
            asked(),
            answered(),
            Failure(
                Reason.ALLOW_ORIGIN_MISSING,
                "the answer (status 200) has no Access-Control-Allow-Origin header",
                'cors.add(route, {"https://page.example": ResourceOptions()})',
            ),
        ),
        (
            asked("PUT", "include", ("X-A", "X-B")),
            answered(404),
            Failure(
                Reason.ALLOW_ORIGIN_MISSING,
                "the answer (status 404) has no Access-Control-Allow-Origin header",
                'aiohttp_cors.setup(app, defaults={"https://page.example":'
                ' ResourceOptions(allow_credentials=True, allow_headers=("X-A", "X-B"))},'
                " everywhere=True)",
            ),
        ),
        (
            asked(headers=("X-A",)),
            answered(302),
            Failure(
                Reason.ALLOW_ORIGIN_MISSING,
                "the answer (status 302) has no Access-Control-Allow-Origin header",
                'aiohttp_cors.setup(app, defaults={"https://page.example":'
                ' ResourceOptions(allow_headers=("X-A",))}, everywhere=True)',
            ),
        ),
        (
            asked(credentials="include"),
            answered(acao="*", acac="true"),
            Failure(
                Reason.ALLOW_ORIGIN_WILDCARD,
                "Access-Control-Allow-Origin is '*', which is no wildcard when credentials are"
                " included",
                'name the origin: "https://page.example": ResourceOptions(allow_credentials=True)',
            ),
        ),
        (
            asked(),
            answered(acao=f"{PAGE}, *"),
            Failure(
                Reason.ALLOW_ORIGIN_SEVERAL,
                "Access-Control-Allow-Origin has several values, 'https://page.example, *', where"
                " one is allowed",
                "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code or the proxy"
                " that sets it too",
            ),
        ),
        (
            asked(),
            answered(acao=f"{PAGE}/"),
            Failure(
                Reason.ALLOW_ORIGIN_DIFFERS,
                "Access-Control-Allow-Origin is 'https://page.example/', and the request's origin"
                " is 'https://page.example'",
                "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code, the copied"
                " headers of another server, the proxy or the cache that it comes from, and allow"
                ' the origin: "https://page.example": ResourceOptions()',
            ),
        ),
        (
            asked(credentials="include"),
            answered(acao="*", vary="Origin"),
            Failure(
                Reason.ALLOW_ORIGIN_WILDCARD,
                "Access-Control-Allow-Origin is '*', which is no wildcard when credentials are"
                " included",
                "leave Access-Control-Allow-Origin to aiohttp_cors: remove the code, the copied"
                " headers of another server, the proxy or the cache that it comes from, and allow"
                ' the origin: "https://page.example": ResourceOptions(allow_credentials=True)',
            ),
        ),
        (
            asked("POST", "include"),
            answered(403, "cross-origin request refused: origin 'x' is not allowed"),
            Failure(
                Reason.ALLOW_ORIGIN_MISSING,
                "the answer (status 403) has no Access-Control-Allow-Origin header; the server"
                " says: \"cross-origin request refused: origin 'x' is not allowed\"",
                'cors.add(route, {"https://page.example": ResourceOptions(allow_credentials=True)'
                "})",
            ),
        ),
        (
            asked(credentials="include"),
            answered(acao=PAGE),
            Failure(
                Reason.ALLOW_CREDENTIALS,
                "Access-Control-Allow-Credentials is missing, where requests with credentials need"
                " 'true'",
                "ResourceOptions(allow_credentials=True)",
            ),
        ),
        (
            asked(credentials="include"),
            answered(acao=PAGE, acac="True"),
            Failure(
                Reason.ALLOW_CREDENTIALS,
                "Access-Control-Allow-Credentials is 'True', where requests with credentials need"
                " 'true'",
                "ResourceOptions(allow_credentials=True)",
            ),
        ),
    ],
)
def test_the_cors_check_fails(request_: Request, response: WireResponse, failure: Failure) -> None:
    assert cors_check(request_, response) == failure


REFUSED = "CORS preflight request failed: "


OTHERS = (
    "remove what answers OPTIONS requests before aiohttp_cors, a handler, a middleware or a proxy;"
    ' then cors.add(route, {"https://page.example": ResourceOptions()}) for the route of PUT'
)


@pytest.mark.parametrize(
    ("response", "reason", "fix"),
    [
        (answered(acao=PAGE, acam="PUT"), None, None),
        (answered(), Reason.ALLOW_ORIGIN_MISSING, OTHERS),
        (answered(204, acao="*", acam="GET"), Reason.ALLOW_METHODS, OTHERS),
        (answered(acao="https://other.example"), Reason.ALLOW_ORIGIN_DIFFERS, OTHERS),
        (
            answered(acao=PAGE, vary=VARY),
            Reason.ALLOW_METHODS,
            (
                "cors.add() a route for PUT; where allow_methods is given, name it there: "
                'ResourceOptions(allow_methods=(..., "PUT"))'
            ),
        ),
        (
            answered(404),
            Reason.PREFLIGHT_STATUS,
            (
                'aiohttp_cors.setup(app, defaults={"https://page.example": ResourceOptions()},'
                " everywhere=True)"
            ),
        ),
    ],
)
def test_the_first_check_of_a_preflight_to_fail_says_what_to_do(
    response: WireResponse, reason: Reason | None, fix: str | None
) -> None:
    failure = preflight_failure(asked("PUT"), response)
    assert (failure and failure.reason, failure and failure.fix) == (reason, fix)


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_ok_status_lets_a_preflight_pass(status: int) -> None:
    assert preflight_status_check(asked("PUT"), answered(status)) is None


@pytest.mark.parametrize(
    ("response", "fix"),
    [
        (
            answered(403, REFUSED + "request method 'PUT' is not allowed for 'x' origin"),
            (
                "cors.add() a route for PUT; where allow_methods is given, name it there: "
                'ResourceOptions(allow_methods=(..., "PUT"))'
            ),
        ),
        (
            answered(403, REFUSED + "headers are not allowed: X-B"),
            'ResourceOptions(allow_headers=("X-B",))',
        ),
        (
            answered(403, REFUSED + "headers are not allowed: X-A, X-B"),
            'ResourceOptions(allow_headers=("X-A", "X-B"))',
        ),
        (
            answered(403, REFUSED + "origin 'https://page.example' is not allowed"),
            '"https://page.example": ResourceOptions(allow_headers=("X-A", "X-B"))',
        ),
        (
            answered(403, REFUSED + "no origins are allowed"),
            '"https://page.example": ResourceOptions(allow_headers=("X-A", "X-B"))',
        ),
        *(
            (
                answered(status, "Who are you?"),
                (
                    "answer preflights, which carry no credentials, before the middleware that"
                    " refuses them: aiohttp_cors.setup(app, preflight_first=True)"
                ),
            )
            for status in (401, 403, 407)
        ),
        (
            answered(405),
            (
                'cors.add(route, {"https://page.example": ResourceOptions(allow_headers=("X-A",'
                ' "X-B"))}) for the route of PUT'
            ),
        ),
        (
            answered(404),
            (
                'aiohttp_cors.setup(app, defaults={"https://page.example":'
                ' ResourceOptions(allow_headers=("X-A", "X-B"))}, everywhere=True)'
            ),
        ),
        (answered(500), None),
    ],
)
def test_a_refused_preflight_is_explained_by_what_the_server_says(
    response: WireResponse, fix: str | None
) -> None:
    says = f"; the server says: {response.text!r}" if response.text else ""
    assert preflight_status_check(asked("PUT", headers=("X-A", "X-B")), response) == Failure(
        Reason.PREFLIGHT_STATUS,
        f"the preflight was answered with status {response.status}, where only 200 to 299 let the"
        f" request follow{says}",
        fix,
    )


@pytest.mark.parametrize(
    ("names", "fix"),
    [
        ("X-AB", 'ResourceOptions(allow_headers=("X-AB",))'),
        ("X-A,X-AB", 'ResourceOptions(allow_headers=("X-A", "X-AB"))'),
        ("X-SOMETHING ...", 'ResourceOptions(allow_headers=("X-A", "X-AB"))'),
    ],
)
def test_only_the_refused_headers_are_to_be_added(names: str, fix: str) -> None:
    response = answered(403, f"{REFUSED}headers are not allowed: {names}")
    failure = preflight_status_check(asked("GET", headers=("X-A", "X-AB")), response)
    assert failure is not None
    assert failure.fix == fix


def test_a_page_of_html_is_quoted_by_its_beginning() -> None:
    failure = preflight_status_check(asked("PUT"), answered(500, "<p>\n  " * 1000))
    assert failure is not None
    assert failure.message.partition("the server says: ")[2] == f"'{'<p> ' * 49}...'"


def test_a_redirected_preflight_fails() -> None:
    assert preflight_status_check(asked("PUT"), answered(308)) == Failure(
        Reason.PREFLIGHT_REDIRECT,
        "the preflight was redirected (status 308), and browsers follow no redirect of a preflight",
        "answer preflights before the middleware that redirects them,"
        " aiohttp_cors.setup(app, preflight_first=True), or let the page ask for the final URL",
    )


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (asked("POST", "include"), answered()),
        (asked("PUT", "include"), answered(acam="GET, PUT")),
        (asked("PUT", "same-origin"), answered(acam="*")),
    ],
)
def test_the_methods_check_passes(request_: Request, response: WireResponse) -> None:
    assert preflight_methods_check(request_, response) is None


@pytest.mark.parametrize(
    ("request_", "response", "reason", "message"),
    [
        (asked("PUT"), answered(), Reason.ALLOW_METHODS, "does not allow the method PUT"),
        (
            asked("PUT", "include"),
            answered(acam="*"),
            Reason.ALLOW_METHODS,
            "does not allow the method PUT, and '*' is no wildcard when credentials are included",
        ),
        (
            asked("patch"),
            answered(acam="PATCH"),
            Reason.ALLOW_METHODS,
            "does not allow the method patch; methods are case-sensitive, and PATCH is another one",
        ),
        (
            asked("GET", headers=("X-A",)),
            answered(acam="P(T"),
            Reason.ALLOW_METHODS_INVALID,
            "has an invalid Access-Control-Allow-Methods: 'P(T' is no token",
        ),
    ],
)
def test_the_methods_check_fails(
    request_: Request, response: WireResponse, reason: Reason, message: str
) -> None:
    failure = preflight_methods_check(request_, response)
    assert failure is not None
    assert (failure.reason, failure.message) == (reason, f"the answer to the preflight {message}")


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (asked("PUT", "include"), answered()),
        (asked(headers=("X-A", "X-B")), answered(acah="x-b,X-A")),
        (asked(headers=("X-A", "X-B")), answered(acah="*")),
        (asked(headers=("X-A", "Authorization")), answered(acah="authorization, *")),
    ],
)
def test_the_headers_check_passes(request_: Request, response: WireResponse) -> None:
    assert preflight_headers_check(request_, response) is None


@pytest.mark.parametrize(
    ("request_", "response", "failure"),
    [
        (
            asked(headers=("X-A", "X-b", "x-C")),
            answered(acah="X-A"),
            Failure(
                Reason.ALLOW_HEADERS,
                "the answer to the preflight does not allow the header x-b, x-c",
                'ResourceOptions(allow_headers=("X-b", "x-C"))',
            ),
        ),
        (
            asked("GET", "include", ("X-A",)),
            answered(acah="*"),
            Failure(
                Reason.ALLOW_HEADERS,
                "the answer to the preflight does not allow the header x-a, and '*' is no wildcard"
                " when credentials are included",
                'ResourceOptions(allow_headers=("X-A",))',
            ),
        ),
        (
            asked(headers=("X-A", "Authorization")),
            answered(acah="*"),
            Failure(
                Reason.ALLOW_HEADERS,
                "the answer to the preflight does not allow the header authorization, and '*' never"
                " covers authorization",
                'ResourceOptions(allow_headers=("Authorization",))',
            ),
        ),
        (
            asked("PUT"),
            answered(acah="a b"),
            Failure(
                Reason.ALLOW_HEADERS_INVALID,
                "the answer to the preflight has an invalid Access-Control-Allow-Headers: 'a b' is"
                " no token",
                "leave Access-Control-Allow-Headers to aiohttp_cors: remove the code or the proxy"
                " that sets it",
            ),
        ),
    ],
)
def test_the_headers_check_fails(
    request_: Request, response: WireResponse, failure: Failure
) -> None:
    assert preflight_headers_check(request_, response) == failure


def test_a_reason_is_a_word() -> None:
    assert (
        f"{Reason.ALLOW_ORIGIN_MISSING}" == "allow-origin-missing" == Reason("allow-origin-missing")
    )
