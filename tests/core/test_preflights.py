"""Preflights as tables: header values and options in, all headers or the refusal out."""

from __future__ import annotations

from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.preflights import (
    SAFELISTED_METHODS,
    Preflight,
    PreflightRefusedError,
    console_headers,
    names_its_cause,
    preflight_headers,
)
from aiohttp_cors.protocol.refusals import Reason, Refused
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


NO_ORIGIN = "origin header is not specified in the request"
NO_METHOD = "'Access-Control-Request-Method' header is not specified"
NO_TOKENS = ["", " ", "P T", "GET ", "GET,PUT", "GET\r\nX: 1", "É", "\udc80", "G/T", "*"]
NO_NAMES = [
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


@pytest.mark.parametrize(
    ("origin", "method", "lines", "reason", "message"),
    [
        (None, "PUT", [], "no-origin", NO_ORIGIN),
        (None, None, [], "no-origin", NO_ORIGIN),
        (None, "P T", ["a b"], "no-origin", NO_ORIGIN),
        (A, None, [], "no-method", NO_METHOD),
        (A, None, ["a b"], "no-method", NO_METHOD),
        ("", None, [], "no-method", NO_METHOD),
        *(
            (
                A,
                method,
                ["a b"],
                "invalid-method",
                f"'Access-Control-Request-Method' header is no method: {method!r}",
            )
            for method in NO_TOKENS
        ),
        *((A, "PUT", [line], "invalid-headers", f"{BEGINNING}{line!r}") for line in NO_NAMES),
        (A, "PUT", ["x-a", "b b"], "invalid-headers", f"{BEGINNING}'x-a,b b'"),
        ("null", "PUT", ["b b"], "invalid-headers", f"{BEGINNING}'b b'"),
    ],
)
def test_a_preflight_that_asks_nothing_is_refused(
    origin: str | None, method: str | None, lines: list[str], reason: str, message: str
) -> None:
    with pytest.raises(PreflightRefusedError) as raised:
        preflight(origin, method, *lines)
    assert raised.value.refused == Refused("preflight", reason, message, origin, method)
    assert str(raised.value) == message


@pytest.mark.parametrize("size", [201, 8192])
def test_a_refusal_shows_the_beginning_of_what_is_long(size: int) -> None:
    for method, lines in ((" " * size, []), ("PUT", [" x" * size])):
        with pytest.raises(PreflightRefusedError) as raised:
            preflight(A, method, *lines)
        assert raised.value.refused.message.endswith("...")
        assert len(raised.value.refused.message) < 300


# -- refusing its headers -------------------------------------------------------------------------


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
    grant = Grant(ResourceOptions(allow_headers=allowed))
    message = f"headers are not allowed: {refused}"
    expected = Refused("preflight", "headers", message, A, "PUT") if refused else None
    assert preflight(A, "PUT", asked).refuse_headers(grant) == expected


def test_a_long_list_of_refused_headers_is_cut() -> None:
    asking = preflight(A, "PUT", *(f"x-{number}" for number in range(1000)))
    refused = asking.refuse_headers(Grant(ResourceOptions()))
    assert refused is not None
    assert refused.message.startswith("headers are not allowed: X-0, ")
    assert refused.message.endswith("...")
    assert len(refused.message) < 300


@pytest.mark.parametrize(("length", "shown"), [(200, f"X-{'A' * 198}"), (201, f"X-{'A' * 198}...")])
def test_what_is_short_enough_is_shown_whole(length: int, shown: str) -> None:
    refused = preflight(A, "PUT", "x-" + "a" * (length - 2)).refuse_headers(
        Grant(ResourceOptions())
    )
    assert refused is not None
    assert refused.message == f"headers are not allowed: {shown}"


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
@pytest.mark.parametrize("origin", [A, "null", "file://"])
def test_the_headers_of_a_granted_preflight(
    *,
    method: str,
    asked: str,
    options: dict[str, Any],
    further: Any,
    headers: dict[str, str],
    origin: str,
) -> None:
    asking, grant = preflight(origin, method, asked), Grant(ResourceOptions(**options))
    assert asking.refuse_headers(grant) is None
    assert preflight_headers(asking, grant, further) == {ACAO: origin, **headers}
    to_everybody = preflight_headers(asking, Grant.to_everybody(grant.options), further)
    assert to_everybody == {ACAO: "*", **{name: headers[name] for name in headers if name != ACAC}}


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

METHOD, HEADERS = Reason.METHOD, Reason.HEADERS
REASONS = {word for name, word in vars(Reason).items() if name.isupper()}


def refused_for(reason: str, asking: Preflight) -> Refused:
    return Refused("preflight", reason, "no", asking.origin, asking.method)


@pytest.mark.parametrize(
    ("reason", "method", "asked", "options", "methods", "told", "headers"),
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
@pytest.mark.parametrize("origin", [A, "null"])
def test_what_a_refused_preflight_tells_the_console(
    *,
    reason: str,
    method: str,
    asked: str,
    options: dict[str, Any],
    methods: list[str],
    told: bool,
    headers: dict[str, str],
    origin: str,
) -> None:
    asking = preflight(origin, method, asked)
    refused, grant = refused_for(reason, asking), Grant(ResourceOptions(**options))
    assert console_headers(refused, asking, grant, methods) == {ACAO: origin, **headers}
    assert names_its_cause(refused, asking) is told
    to_everybody = console_headers(refused, asking, Grant.to_everybody(grant.options), methods)
    assert to_everybody == {ACAO: "*", **{name: headers[name] for name in headers if name != ACAC}}


@pytest.mark.parametrize("reason", sorted(REASONS - {METHOD, HEADERS}))
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nothing_but_a_refused_method_or_header_is_ever_answered_with_success(
    reason: str, method: str
) -> None:
    asking = Preflight(A, method, ())
    refused, grant = refused_for(reason, asking), Grant(ResourceOptions(allow_headers="*"))
    assert not names_its_cause(refused, asking)
    assert console_headers(refused, asking, grant, ["PUT"]) == {ACAO: A}
