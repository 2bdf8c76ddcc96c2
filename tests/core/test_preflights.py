"""Preflights as tables: header values and options in, all headers or the refusal out."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.diagnostics import shown
from aiohttp_cors.protocol.preflights import (
    SAFELISTED_METHODS,
    Preflight,
    PreflightRefusedError,
    Refusal,
    RefusedAnswer,
    console_headers,
    names_its_cause,
    preflight_headers,
    unchanging,
)
from aiohttp_cors.protocol.responses import Grant

from .plainly import ACAC, ACAH, ACAM, ACAO, ACMA, preflight

A = "https://a.example"

# -- parsing a preflight --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ([], ()),
        ([""], ()),
        ([" "], ()),
        ([","], ()),
        ([" ,\t, "], ()),
        (["", ""], ()),
        (["x-a"], ("X-A",)),
        (["X-A"], ("X-A",)),
        (["x-a,x-b"], ("X-A", "X-B")),
        (["x-b,x-a"], ("X-B", "X-A")),
        (["x-a, x-b"], ("X-A", "X-B")),
        (["x-a ,\tx-b \t"], ("X-A", "X-B")),
        ([" x-a"], ("X-A",)),
        (["x-a,,x-b"], ("X-A", "X-B")),
        ([",x-a,"], ("X-A",)),
        (["x-a", "x-b"], ("X-A", "X-B")),
        (["x-a,x-b", "x-c"], ("X-A", "X-B", "X-C")),
        (["x-a,", ",x-b"], ("X-A", "X-B")),
        (["x-a", "", "x-b"], ("X-A", "X-B")),
        (["x-a,X-A"], ("X-A",)),
        (["x-a", "x-b", "X-a"], ("X-A", "X-B")),
        (["!#$%&'*+-.^_`|~09"], ("!#$%&'*+-.^_`|~09",)),
        (["*"], ("*",)),
        ([",".join(f"x-{number}" for number in range(500))], tuple(f"X-{n}" for n in range(500))),
    ],
)
def test_the_headers_that_a_preflight_asks_for(lines: list[str], names: tuple[str, ...]) -> None:
    assert preflight(A, "PUT", *lines) == Preflight(A, "PUT", names)


@pytest.mark.parametrize("method", ["GET", "PUT", "patch", "CHICKEN", "M-SEARCH", "**", "!"])
def test_the_method_is_kept_as_it_is_asked_for(method: str) -> None:
    assert preflight(A, method) == Preflight(A, method, ())


BEGINNING = "'Access-Control-Request-Headers' header is no list of names: "


@pytest.mark.parametrize(
    ("origin", "method", "lines", "refusal", "reason"),
    [
        (
            None,
            "PUT",
            [],
            Refusal.NO_ORIGIN,
            "origin header is not specified in the request",
        ),
        (None, None, [], Refusal.NO_ORIGIN, "origin header is not specified in the request"),
        (None, "P T", ["a b"], Refusal.NO_ORIGIN, "origin header is not specified in the request"),
        (
            A,
            None,
            [],
            Refusal.NO_METHOD,
            "'Access-Control-Request-Method' header is not specified",
        ),
        (
            A,
            None,
            ["a b"],
            Refusal.NO_METHOD,
            "'Access-Control-Request-Method' header is not specified",
        ),
        *(
            (
                A,
                method,
                ["a b"],
                Refusal.INVALID_METHOD,
                f"'Access-Control-Request-Method' header is no method: {method!r}",
            )
            for method in [
                "",
                " ",
                "P T",
                "GET ",
                "GET,PUT",
                "GET\r\nX: 1",
                "É",
                "\udc80",
                "G/T",
                "*",
            ]
        ),
        *(
            (A, "PUT", [line], Refusal.INVALID_HEADERS, f"{BEGINNING}{line!r}")
            for line in [
                "x a",
                "x-a x-b",
                "x-a;q=1",
                "x-a:",
                '"x-a"',
                "x-a,é",
                "x-a\n",
                "x-a\r\nX-Evil: 1",
                "x-a\x00",
                "x-a\x0b,x-b",
                "\u00a0x-a",
                "x-a\udcff",
                "x-a/b",
                "(x-a)",
                "<script>",
            ]
        ),
        (A, "PUT", ["x-a", "b b"], Refusal.INVALID_HEADERS, f"{BEGINNING}'x-a,b b'"),
    ],
)
def test_a_preflight_that_asks_nothing_is_refused(
    origin: str | None, method: str | None, lines: list[str], refusal: Refusal, reason: str
) -> None:
    with pytest.raises(PreflightRefusedError) as raised:
        preflight(origin, method, *lines)
    assert (raised.value.refusal, raised.value.reason) == (refusal, reason)
    assert str(raised.value) == reason


@pytest.mark.parametrize("size", [201, 8192])
def test_a_refusal_shows_the_beginning_of_what_is_long(size: int) -> None:
    for method, lines in ((" " * size, []), ("PUT", [" x" * size])):
        with pytest.raises(PreflightRefusedError) as raised:
            preflight(A, method, *lines)
        assert raised.value.reason.endswith("...")
        assert len(raised.value.reason) < 300


# -- refusing a preflight -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "method", "reason"),
    [
        ("http://x", "POST", "request method 'POST' is not allowed for 'http://x' origin"),
        ("null", "PUT", "request method 'PUT' is not allowed for 'null' origin"),
        ("\n", "P'T", "request method \"P'T\" is not allowed for '\\n' origin"),
    ],
)
@pytest.mark.parametrize("grant", [None, Grant(ResourceOptions(max_age=5))])
def test_a_refused_method_is_named_with_its_origin(
    origin: str, method: str, reason: str, grant: Grant | None
) -> None:
    refused = preflight(origin, method).refuse_method(grant)
    assert (refused.refusal, refused.reason, refused.grant) == (Refusal.METHOD, reason, grant)


@pytest.mark.parametrize(
    ("origin", "any_allowed", "refusal", "reason"),
    [
        ("http://x", True, Refusal.ORIGIN, "origin 'http://x' is not allowed"),
        ("http://x", False, Refusal.NO_ORIGINS_ALLOWED, "no origins are allowed"),
        ("", True, Refusal.ORIGIN, "origin '' is not allowed"),
        ("a'b\r\n", True, Refusal.ORIGIN, 'origin "a\'b\\r\\n" is not allowed'),
        ("\udc80", True, Refusal.ORIGIN, "origin '\\udc80' is not allowed"),
        ("x" * 201, True, Refusal.ORIGIN, f"origin '{'x' * 200}'... is not allowed"),
    ],
)
def test_a_refused_origin_is_named(
    origin: str, any_allowed: bool, refusal: Refusal, reason: str
) -> None:
    refused = Preflight(origin, "PUT", ()).refuse_origin(any_allowed=any_allowed)
    assert (refused.refusal, refused.reason) == (refusal, reason)


@pytest.mark.parametrize(
    ("allowed", "asked", "refused"),
    [
        ((), "", None),
        ((), "test", "TEST"),
        ((), "b,a", "B, A"),
        (["X-A"], "", None),
        (["X-A"], "x-a", None),
        (["x-a"], "X-A", None),
        (["X-A", "X-B"], "x-b,x-a", None),
        (["X-A"], "x-a,x-b", "X-B"),
        (["X-A"], "x-c,x-a,x-b", "X-C, X-B"),
        (["X-A"], "x-aa", "X-AA"),
        (["X-A"], "*", "*"),
        ("*", "", None),
        ("*", "x-a,x-b", None),
        ("*", "authorization,*", None),
        (["*"], "x-a", None),
    ],
)
def test_which_headers_a_preflight_gets(allowed: Any, asked: str, refused: str | None) -> None:
    asking = preflight(A, "PUT", asked)
    grant = Grant(ResourceOptions(allow_headers=allowed))
    if refused is None:
        asking.check_headers(grant)
        return
    with pytest.raises(PreflightRefusedError) as raised:
        asking.check_headers(grant)
    assert (raised.value.refusal, raised.value.grant) == (Refusal.HEADERS, grant)
    assert raised.value.reason == f"headers are not allowed: {refused}"


def test_a_long_list_of_refused_headers_is_cut() -> None:
    asking = preflight(A, "PUT", *(f"x-{number}" for number in range(1000)))
    with pytest.raises(PreflightRefusedError, match=r"^headers are not allowed: X-0, ") as raised:
        asking.check_headers(Grant(ResourceOptions()))
    assert raised.value.reason.endswith("...")
    assert len(raised.value.reason) < 300


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("http://x", "'http://x'"),
        ("a\r\nb", "'a\\r\\nb'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("\u202egnp", "'\\u202egnp'"),
        ("\udc80", "'\\udc80'"),
        ("x" * 200, f"'{'x' * 200}'"),
        ("x" * 201, f"'{'x' * 200}'..."),
    ],
)
def test_values_of_a_request_are_shown_quoted_escaped_and_cut(value: str, text: str) -> None:
    assert shown(value) == text


# -- granting a preflight -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "asked", "options", "further", "headers"),
    [
        ("GET", "", {}, (), {ACAM: "GET"}),
        ("POST", "", {}, (), {ACAM: "POST"}),
        ("PUT", "", {}, (), {ACAM: "PUT"}),
        ("patch", "", {}, (), {ACAM: "patch"}),
        ("PUT", "", {"allow_credentials": True}, (), {ACAM: "PUT", ACAC: "true"}),
        ("PUT", "", {"max_age": 0}, (), {ACAM: "PUT", ACMA: "0"}),
        ("PUT", "", {"max_age": 86400}, (), {ACAM: "PUT", ACMA: "86400"}),
        ("PUT", "x-a", {"allow_headers": ["X-A"]}, (), {ACAM: "PUT", ACAH: "X-A"}),
        # The requested names, in the requested order, and no others.
        (
            "PUT",
            "x-b, x-a",
            {"allow_headers": ["X-A", "X-B", "X-C"]},
            (),
            {ACAM: "PUT", ACAH: "X-B,X-A"},
        ),
        ("PUT", "", {"allow_headers": ["X-A", "X-B"]}, (), {ACAM: "PUT"}),
        ("PUT", "", {"allow_headers": "*"}, (), {ACAM: "PUT"}),
        ("PUT", "x-b,x-a", {"allow_headers": "*"}, (), {ACAM: "PUT", ACAH: "X-B,X-A"}),
        (
            "PUT",
            "authorization",
            {"allow_headers": "*", "allow_methods": "*", "allow_credentials": True},
            (),
            {ACAM: "PUT", ACAH: "AUTHORIZATION", ACAC: "true"},
        ),
        ("PUT", "", {"expose_headers": "*"}, (), {ACAM: "PUT"}),
        ("PUT", "", {"expose_headers": ["X-A"]}, (), {ACAM: "PUT"}),
        ("PUT", "", {"allow_methods": ["PUT", "DELETE"]}, (), {ACAM: "PUT"}),
        ("PUT", "", {}, ("DELETE", "PATCH"), {ACAM: "PUT,DELETE,PATCH"}),
        ("DELETE", "", {}, ["PUT"], {ACAM: "DELETE,PUT"}),
        (
            "PUT",
            "x-a",
            {"allow_credentials": True, "allow_headers": ["X-A"], "max_age": 5},
            ("DELETE",),
            {ACAM: "PUT,DELETE", ACAH: "X-A", ACAC: "true", ACMA: "5"},
        ),
    ],
)
@pytest.mark.parametrize("origin", [A, "null", "*"])
def test_the_headers_of_a_granted_preflight(
    *,
    method: str,
    asked: str,
    options: dict[str, Any],
    further: Any,
    headers: dict[str, str],
    origin: str,
) -> None:
    asking = preflight(A, method, asked)
    asking.check_headers(Grant(ResourceOptions(**options)))
    given = preflight_headers(asking, origin, ResourceOptions(**options), further)
    assert given == {ACAO: origin, **headers}


@pytest.mark.parametrize(
    ("method", "safelisted"),
    [
        ("GET", True),
        ("HEAD", True),
        ("POST", True),
        ("get", False),
        ("PUT", False),
        ("OPTIONS", False),
        ("*", False),
    ],
)
def test_which_methods_are_safelisted(method: str, safelisted: bool) -> None:
    assert Preflight(A, method, ()).is_for_safelisted_method is safelisted
    assert (method in SAFELISTED_METHODS) is safelisted


# -- debug: what the console is told --------------------------------------------------------------

METHOD, HEADERS, ORIGIN = Refusal.METHOD, Refusal.HEADERS, Refusal.ORIGIN


@pytest.mark.parametrize(
    ("refusal", "method", "asked", "options", "methods", "told", "headers"),
    [
        # A safelisted method keeps its 403: browsers would not look at the list.
        (METHOD, "POST", "", {}, ["PUT"], False, {}),
        (METHOD, "GET", "x-a", {"allow_headers": "*"}, ["PUT"], False, {}),
        (METHOD, "HEAD", "", {"allow_credentials": True}, [], False, {ACAC: "true"}),
        # An empty list, since none at all would let some requests through.
        (METHOD, "PUT", "", {}, [], True, {ACAM: ""}),
        (METHOD, "PUT", "", {}, ["DELETE", "PATCH"], True, {ACAM: "DELETE,PATCH"}),
        (METHOD, "PUT", "", {"max_age": 600}, ["PATCH"], True, {ACAM: "PATCH"}),
        (
            METHOD,
            "PUT",
            "x-a,x-b",
            {"allow_headers": ["X-A"], "allow_credentials": True},
            ["PATCH"],
            True,
            {ACAM: "PATCH", ACAH: "X-A", ACAC: "true"},
        ),
        (METHOD, "PUT", "x-a", {"allow_headers": "*"}, [], True, {ACAM: "", ACAH: "X-A"}),
        (METHOD, "PUT", "x-a", {}, [], True, {ACAM: ""}),
        (HEADERS, "PUT", "x-a", {}, [], True, {ACAM: "PUT"}),
        (HEADERS, "PUT", "x-a", {}, ["DELETE"], True, {ACAM: "PUT,DELETE"}),
        (HEADERS, "GET", "x-a", {}, [], True, {ACAM: "GET"}),
        (
            HEADERS,
            "PUT",
            "x-c",
            {"allow_headers": ["X-B", "X-A"], "allow_credentials": True},
            [],
            True,
            {ACAM: "PUT", ACAH: "X-A,X-B", ACAC: "true"},
        ),
        (
            HEADERS,
            "PUT",
            "x-c,x-a",
            {"allow_headers": ["X-A"], "max_age": 600},
            [],
            True,
            {ACAM: "PUT", ACAH: "X-A"},
        ),
    ],
)
@pytest.mark.parametrize("origin", [A, "*"])
def test_what_a_refused_preflight_tells_the_console(
    *,
    refusal: Refusal,
    method: str,
    asked: str,
    options: dict[str, Any],
    methods: list[str],
    told: bool,
    headers: dict[str, str],
    origin: str,
) -> None:
    asking = preflight(A, method, asked)
    refused = PreflightRefusedError(refusal, "no")
    given = console_headers(refused, asking, origin, ResourceOptions(**options), methods)
    assert given == {ACAO: origin, **headers}
    assert names_its_cause(refused, asking) is told


@pytest.mark.parametrize("refusal", [each for each in Refusal if each not in (METHOD, HEADERS)])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nothing_but_a_refused_method_or_header_is_ever_answered_with_success(
    refusal: Refusal, method: str
) -> None:
    assert not names_its_cause(PreflightRefusedError(refusal, "no"), Preflight(A, method, ()))


def test_an_answer_for_many_responses_cannot_be_written_on() -> None:
    refused = PreflightRefusedError(Refusal.ORIGIN, "no")
    for headers in (unchanging({"Vary": "Origin"}), RefusedAnswer.of(refused, {}).headers):
        assert not isinstance(headers, MutableMapping)
