"""The headers of responses as tables: options and headers in, all headers out."""

from __future__ import annotations

from typing import Any

import pytest
from multidict import CIMultiDict

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.responses import (
    Grant,
    allow_actual,
    exposed_names,
    is_forbidden_response_header,
    is_safelisted_response_header,
)

from .plainly import ACAC, ACAH, ACAM, ACAO, ACEH, ACMA, VARY, answer, answer_actual

A = "https://a.example"
EVERY_SAFELISTED = (
    "Cache-Control",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Pragma",
)

# -- Vary -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["Origin"]),
        ([""], ["Origin"]),
        ([" , ,"], ["Origin"]),
        (["Origin"], ["Origin"]),
        (["origin"], ["origin"]),
        (["ORIGIN"], ["ORIGIN"]),
        (["Accept"], ["Accept, Origin"]),
        (["Accept-Encoding"], ["Accept-Encoding, Origin"]),
        (["Accept, Cookie"], ["Accept, Cookie, Origin"]),
        (["Accept,Cookie"], ["Accept, Cookie, Origin"]),
        (["Accept ,\t Cookie,"], ["Accept, Cookie, Origin"]),
        (["Accept, Origin"], ["Accept, Origin"]),
        (["Origin, Accept"], ["Origin, Accept"]),
        (["accept,origin,cookie"], ["accept, origin, cookie"]),
        (["Accept", "Cookie"], ["Accept, Cookie, Origin"]),
        (["Accept", "Origin"], ["Accept, Origin"]),
        (["Accept", "", "origin"], ["Accept, origin"]),
        (["X-Origin"], ["X-Origin, Origin"]),
        (["Original"], ["Original, Origin"]),
        (["Origin-Trial"], ["Origin-Trial, Origin"]),
        (["*"], ["*"]),
        ([" * "], ["*"]),
        (["Accept, *"], ["Accept, *"]),
        (["Accept", "*"], ["Accept, *"]),
    ],
)
def test_vary_is_extended_and_never_replaced_or_repeated(
    before: list[str], after: list[str]
) -> None:
    headers = CIMultiDict([("X-A", "1"), *((VARY, line) for line in before)])
    for _ in range(2):
        answer_actual(headers, "", None)
        assert list(headers.items()) == [("X-A", "1"), *((VARY, line) for line in after)]


def test_vary_in_several_lines_that_begin_with_origin_keeps_all_names() -> None:
    headers = CIMultiDict([(VARY, "Origin"), (VARY, "Accept")])
    answer_actual(headers, "", None)
    names = [name.strip() for line in headers.getall(VARY) for name in line.split(",")]
    assert sorted(names) == ["Accept", "Origin"]


def test_the_name_of_vary_is_compared_without_case() -> None:
    headers = CIMultiDict({"vary": "Accept"})
    answer_actual(headers, "", None)
    assert [(name.lower(), value) for name, value in headers.items()] == [
        ("vary", "Accept, Origin")
    ]


@pytest.mark.parametrize(
    ("origin", "granted", "own", "headers"),
    [
        ("", None, [], {VARY: "Origin"}),
        (A, None, [], {VARY: "Origin"}),
        ("https://evil.example\r\nX: 1", None, [], {VARY: "Origin"}),
        (A, {}, [], {VARY: "Origin", ACAO: A}),
        ("null", {}, [], {VARY: "Origin", ACAO: "null"}),
        (A, {"allow_credentials": True}, [], {VARY: "Origin", ACAO: A, ACAC: "true"}),
        (A, {}, [(VARY, "Accept")], {VARY: "Accept, Origin", ACAO: A}),
        (A, None, [(VARY, "Accept")], {VARY: "Accept, Origin"}),
        (A, {}, [(VARY, "*")], {VARY: "*", ACAO: A}),
        # The handler's own answer varies too.
        (A, {}, [(ACAO, "*")], {VARY: "Origin", ACAO: "*"}),
        (A, None, [(ACAO, "*")], {VARY: "Origin", ACAO: "*"}),
        ("", None, [(ACAO, "*")], {VARY: "Origin", ACAO: "*"}),
    ],
)
def test_every_response_of_a_policy_that_is_not_constant_varies_by_origin(
    origin: str,
    granted: dict[str, Any] | None,
    own: list[tuple[str, str]],
    headers: dict[str, str],
) -> None:
    given = CIMultiDict(own)
    grant = None if granted is None else Grant(ResourceOptions(**granted))
    answer_actual(given, origin, grant)
    assert sorted(given.items()) == sorted(headers.items())


# -- actual requests ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({}, {}),
        ({"allow_credentials": True}, {ACAC: "true"}),
        ({"expose_headers": ["X-A"]}, {ACEH: "X-A"}),
        ({"expose_headers": ["X-B", "X-A", "ETag"]}, {ACEH: "ETag,X-A,X-B"}),
        ({"expose_headers": ["X-A"], "allow_credentials": True}, {ACAC: "true", ACEH: "X-A"}),
        ({"expose_headers": "*"}, {ACEH: "*"}),
        # What preflights are about is not told here.
        ({"allow_headers": "*", "allow_methods": "*", "max_age": 600}, {}),
        ({"allow_headers": ["X-A"], "allow_methods": ["PUT"], "max_age": 0}, {}),
    ],
)
@pytest.mark.parametrize("origin", [A, "null", "*"])
def test_the_headers_of_an_actual_response(
    options: dict[str, Any], headers: dict[str, str], origin: str
) -> None:
    own = [("Content-Type", "text/plain"), ("X-Total", "3")]
    expected = sorted([*own, (ACAO, origin), *headers.items()])
    assert answer(ResourceOptions(**options), origin, *own) == expected


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({}, {}),
        ({"allow_credentials": True}, {}),
        ({"expose_headers": ["X-B", "X-A"]}, {ACEH: "X-A,X-B"}),
        ({"expose_headers": ["X-A"], "allow_credentials": True}, {ACEH: "X-A"}),
        ({"expose_headers": "*"}, {ACEH: "*"}),
        # A wildcard, since there are no credentials beside it.
        ({"expose_headers": "*", "allow_credentials": True}, {ACEH: "*"}),
    ],
)
@pytest.mark.parametrize("origin", ["", A, "null", "\udc80"])
def test_what_everybody_is_granted_is_a_literal_star_without_credentials(
    options: dict[str, Any], headers: dict[str, str], origin: str
) -> None:
    given = CIMultiDict({"X-Total": "3"})
    allow_actual(given, origin, Grant.to_everybody(ResourceOptions(**options)))
    assert sorted(given.items()) == sorted({"X-Total": "3", ACAO: "*", **headers}.items())


@pytest.mark.parametrize("allow_credentials", [True, False])
def test_a_grant_knows_the_credentials_that_it_withholds(allow_credentials: bool) -> None:
    options = ResourceOptions(allow_credentials=allow_credentials, max_age=5)
    own, public = Grant(options), Grant.to_everybody(options)
    assert (own.options, own.withholds_credentials, own.allowed_origin) == (options, False, None)
    assert public.options == ResourceOptions(max_age=5)
    assert (public.withholds_credentials, public.credentials) == (allow_credentials, None)


def test_headers_of_preflights_on_an_actual_response_are_the_handlers_own() -> None:
    own = [(ACAM, "PUT"), (ACAH, "X-A"), (ACMA, "5")]
    assert answer(ResourceOptions(), A, *own) == sorted([*own, (ACAO, A)])


@pytest.mark.parametrize(
    ("names", "exposed"),
    [
        ([], None),
        (["X-Total"], "X-Total"),
        (["X-Total", "ETag"], "ETag,X-Total"),
        (["x-b", "X-A", "X-C"], "X-A,x-b,X-C"),
        (EVERY_SAFELISTED, None),
        ([name.lower() for name in EVERY_SAFELISTED], None),
        ([*EVERY_SAFELISTED, "X-Total"], "X-Total"),
        (["Set-Cookie"], None),
        (["set-cookie", "Set-Cookie", "SET-COOKIE"], None),
        (["Set-Cookie2"], None),
        (["Set-Cookie", "X-Total"], "X-Total"),
        (["Date", "Server", "Content-Disposition"], "Content-Disposition,Date,Server"),
        (["Link", "Link"], "Link"),
        (["Vary"], "Vary"),
    ],
)
def test_a_star_with_credentials_exposes_the_names_on_the_response(
    names: list[str], exposed: str | None
) -> None:
    options = ResourceOptions(allow_credentials=True, expose_headers="*")
    own = [(name, "1") for name in names]
    listed = [] if exposed is None else [(ACEH, exposed)]
    assert answer(options, A, *own) == sorted([*own, (ACAO, A), (ACAC, "true"), *listed])


@pytest.mark.parametrize(
    ("names", "exposed"),
    [
        (["ETag", "etag"], ["ETag"]),
        (["etag", "ETag", "ETAG"], ["etag"]),
        (["X-Total", "Content-Type", "ETag", "etag", "Set-Cookie"], ["ETag", "X-Total"]),
        (["b", "A", "C"], ["A", "b", "C"]),
    ],
)
def test_names_that_differ_in_case_are_one_as_it_was_first_written(
    names: list[str], exposed: list[str]
) -> None:
    assert exposed_names(tuple(names)) == tuple(exposed)


OPTIONS = [
    ResourceOptions(),
    ResourceOptions(allow_credentials=True),
    ResourceOptions(expose_headers=["X-A"]),
    ResourceOptions(expose_headers="*"),
    ResourceOptions(allow_credentials=True, expose_headers=["X-A"]),
    ResourceOptions(allow_credentials=True, expose_headers="*"),
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    "own",
    [
        [(ACAO, "*")],
        [(ACAO, A)],
        [(ACAO, "https://other.example")],
        [(ACAO, "")],
        [("access-control-allow-origin", "*")],
        [(ACAO, "*"), (ACAO, "https://other.example")],
        [(ACAO, "*"), (ACAC, "false")],
        [(ACAO, "*"), (ACEH, "X-B"), ("X-C", "1")],
    ],
)
def test_the_handlers_own_answer_is_left_alone(
    options: ResourceOptions, own: list[tuple[str, str]]
) -> None:
    assert answer(options, A, *own) == sorted(own)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    "own",
    [
        [(ACAC, "true")],
        [(ACAC, "false")],
        [(ACAC, "true"), (ACAC, "true")],
        [("access-control-allow-credentials", "true")],
        [(ACEH, "X-B")],
        [(ACEH, "X-B"), (ACEH, "X-C")],
        [("access-control-expose-headers", "*")],
        [(ACAC, "false"), (ACEH, "*")],
    ],
)
def test_what_a_handler_set_without_an_origin_is_replaced(
    options: ResourceOptions, own: list[tuple[str, str]]
) -> None:
    total = ("X-Total", "3")
    assert answer(options, A, total, *own) == answer(options, A, total)


@pytest.mark.parametrize(
    ("name", "safelisted", "forbidden"),
    [
        *((name, True, False) for name in EVERY_SAFELISTED),
        *((name.upper(), True, False) for name in EVERY_SAFELISTED),
        ("ETag", False, False),
        ("Date", False, False),
        ("Set-Cookie", False, True),
        ("set-cookie2", False, True),
    ],
)
def test_which_response_headers_pages_read_anyway_or_never(
    name: str, safelisted: bool, forbidden: bool
) -> None:
    assert is_safelisted_response_header(name) is safelisted
    assert is_forbidden_response_header(name) is forbidden
