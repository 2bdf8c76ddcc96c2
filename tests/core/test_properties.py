"""What holds whatever the configuration says and whatever the request holds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.origin_keys import examine_credentials, examine_key, suggest_keys
from aiohttp_cors.protocol.origins import Origin
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy
from aiohttp_cors.protocol.preflights import (
    PreflightRefusedError,
    console_headers,
    names_its_cause,
    preflight_headers,
)
from aiohttp_cors.protocol.refusals import Reason, Refused
from aiohttp_cors.protocol.resource_options import is_token
from aiohttp_cors.protocol.responses import Grant

from .plainly import ACAC, ACAH, ACAM, ACAO, VARY, answer_actual, asked, at_once, preflight
from .strategies import (
    domains,
    from_bytes,
    hostile,
    labels,
    name_lists,
    names,
    near,
    origins,
    patterns,
    ports,
    schemes,
    tokens,
)

OPTIONS = ResourceOptions()


def admits(key: Any, origin: str) -> bool:
    return Policy({key: OPTIONS}).options_for(origin) is not None


# -- keys and origins -----------------------------------------------------------------------------


@given(origins, origins | hostile)
def test_a_key_without_a_star_admits_exactly_itself(key: str, origin: str) -> None:
    assert admits(key, key)
    assert admits(key, origin) is (key == origin)


@given(st.data())
def test_a_key_without_a_star_admits_nothing_near(data: st.DataObject) -> None:
    key = data.draw(origins)
    origin = data.draw(near(st.just(key)))
    assert admits(key, origin) is (key == origin)


@given(patterns, st.lists(labels, min_size=1, max_size=3), ports)
def test_what_a_pattern_stands_for_is_admitted(key: str, front: list[str], port: str) -> None:
    origin = key.replace("*.", f"{'.'.join(front)}.", 1)
    host, colon, digits = origin.rpartition(":")
    if digits == "*":
        origin = f"{host}:{port}" if port else host
    elif digits.endswith("*"):
        origin = f"{host}{colon}{digits[:-1]}1"
    assume(len(origin) <= 253)
    assert admits(key, origin)


@given(patterns, labels, schemes)
def test_a_pattern_never_admits_another_scheme(key: str, label: str, scheme: str) -> None:
    origin = re.sub(r":[0-9]*\*$", "", key).replace("*.", f"{label}.")
    other = "app" if origin.startswith(f"{scheme}:") else scheme
    assert not admits(key, f"{other}{origin[origin.index(':') :]}")


@given(schemes, domains, ports, st.sampled_from(["", ":*", ":8*"]))
def test_a_pattern_never_admits_the_bare_domain(
    scheme: str, domain: str, port: str, wild_port: str
) -> None:
    bare = f"{scheme}://{domain}" + (f":{port}" if port else "")
    assert not admits(f"{scheme}://*.{domain}{wild_port}", bare)
    assert not admits(f"{scheme}://*.{domain}", bare)


@given(st.data())
@example(data=None)
def test_what_a_pattern_admits_is_below_its_domain_for_another_parser_too(
    data: st.DataObject | None,
) -> None:
    key, origin = "https://*.example.com", "https://a.b.example.com"
    if data is not None:
        key = data.draw(patterns)
        origin = data.draw(near(st.just(re.sub(r":[0-9]*\*$", ":3000", key).replace("*.", "a."))))
    if not admits(key, origin):
        return
    scheme, _, rest = key.partition("://")
    host = re.sub(r":[0-9]*\*?$", "", rest)
    url = URL(origin)
    assert str(url.origin()) == origin
    assert (url.scheme, url.path, url.query_string, url.user) == (scheme, "/", "", None)
    assert url.raw_host is not None
    if host.startswith("*."):
        assert url.raw_host.endswith(host[1:])
        assert len(url.raw_host) > len(host[1:])
    else:
        assert url.raw_host == host.strip("[]")


# -- keys and what is said of them ----------------------------------------------------------------

keys = (
    near(origins)
    | near(patterns)
    | hostile
    | near(domains)
    | st.builds("{}{}{}".format, st.sampled_from(["", " ", "^", "("]), patterns, from_bytes)
)


@given(keys)
def test_every_suggestion_is_a_key_that_gives_no_warning(key: str) -> None:
    for suggestion in suggest_keys(key):
        assert Layer({suggestion: OPTIONS}).findings == []
        assert suggestion != key


@given(keys)
def test_a_key_is_either_fine_or_told_with_a_reason(key: str) -> None:
    finding = examine_key(key)
    if finding is None:
        assert suggest_keys(key) == ()
        return
    assert re.fullmatch(r"C0\d\d", finding.code)
    assert repr(key)[:200] in finding.message
    assert finding.hint
    assert str(finding).isprintable()
    assert not finding.message.rstrip().endswith(",")


@given(origins | patterns)
def test_an_origin_and_a_pattern_are_fine(key: str) -> None:
    assert examine_key(key) is None


@given(origins)
def test_a_key_that_is_told_admits_no_origin(origin: str) -> None:
    for key in (f"{origin}/", origin.upper(), f" {origin}", f"{origin}*/"):
        if examine_key(key) is not None:
            assert not admits(key, origin)


@given(keys)
def test_whatever_the_key_credentials_can_be_looked_at(key: str) -> None:
    for finding in examine_credentials(key):
        assert re.fullmatch(r"C2\d\d", finding.code)


# -- actual requests ------------------------------------------------------------------------------

EVERYTHING = [
    Policy({"*": OPTIONS, "https://a.example": OPTIONS}),
    Policy({"*": ResourceOptions(allow_credentials=True, expose_headers="*")}),
    Policy({re.compile("(?s).*"): OPTIONS}),
    Policy({lambda origin, request: True: OPTIONS}),
    Policy({"https://*.example": OPTIONS, "http://localhost:*": OPTIONS, "null": OPTIONS}),
]


@given(hostile)
@example("https://a.example\r\nSet-Cookie: a=b")
@example("\udcff")
@example("null")
@example("file://")
@example("*")
def test_whatever_the_origin_header_holds_a_site_or_a_local_page_alone_is_echoed(
    origin: str,
) -> None:
    for policy in EVERYTHING:
        headers = CIMultiDict({"X-A": "1"})
        answer_actual(headers, origin, at_once(policy.grant_by(Inquiry(origin, None))))
        assert headers.getall(ACAO, []) in ([], ["*"], [origin])
        assert headers.getall(VARY) == ["Origin"]
        if headers.get(ACAO, "*") == "*":
            assert ACAC not in headers
        else:
            assert origin in ("null", "file://") or re.fullmatch("[a-z][!-~]*://[!-~]+", origin)


@given(hostile)
@example("null")
@example("file://")
def test_a_star_gives_what_names_no_site_what_is_public_and_a_site_its_own(origin: str) -> None:
    assume(origin)
    grant = Policy({"*": ResourceOptions(allow_credentials=True)}).grant_for(origin)
    assert grant is not None
    is_site = Origin.parse(origin) is not None
    assert (grant.allowed_origin, grant.credentials) == ((None, "true") if is_site else ("*", None))


@given(hostile)
def test_what_is_granted_does_not_depend_on_what_was_asked_before(origin: str) -> None:
    for policy in EVERYTHING[:3]:
        assert policy.options_for(origin) == asked(policy, origin)


# -- preflights -----------------------------------------------------------------------------------

values = st.none() | from_bytes | st.text(max_size=60) | tokens
lines = st.lists(from_bytes | st.text(max_size=60) | name_lists, max_size=3)


@given(values, values, lines)
def test_any_text_asks_something_or_is_refused(
    origin: str | None, method: str | None, lines: list[str]
) -> None:
    refused = None
    try:
        asking = preflight(origin, method, *lines)
    except PreflightRefusedError as error:
        refused = error.refused
    if refused is None:
        assert (asking.origin, asking.method) == (origin, method)
        assert is_token(asking.method)
        assert all(map(is_token, asking.headers))
        assert len(set(asking.headers)) == len(asking.headers)
        return
    assert (refused.kind, refused.origin, refused.method) == ("preflight", origin, method)
    assert refused.message.isprintable()
    assert len(refused.message) < 2000


allowed_headers = st.just("*") | st.lists(names, max_size=4)


@given(tokens, st.lists(name_lists, max_size=3), allowed_headers, st.lists(names, max_size=3))
def test_a_granted_preflight_echoes_tokens_that_were_asked_for(
    method: str, lines: list[str], allowed: Any, further: list[str]
) -> None:
    asking = preflight("https://a.example", method, *lines)
    options = ResourceOptions(allow_headers=allowed)
    asked_for = {name.strip().upper() for line in lines for name in line.split(",")} - {""}
    headers = preflight_headers(asking, Grant(options), further)
    echoed = headers[ACAH].split(",") if ACAH in headers else []
    assert set(echoed) == asked_for
    assert all(map(is_token, echoed))
    assert headers[ACAM].split(",") == [method, *further]
    assert set(headers) <= {ACAO, ACAM, ACAH}


@given(
    method=st.sampled_from(["PUT", "patch", "CHICKEN", "GET", "POST"]),
    names=st.lists(tokens, max_size=4),
    allowed=st.lists(names, max_size=4),
    methods=st.lists(names, max_size=3),
    allow_credentials=st.booleans(),
)
@pytest.mark.parametrize("reason", [Reason.METHOD, Reason.HEADERS])
def test_the_console_is_never_told_that_what_was_refused_is_allowed(
    *,
    reason: str,
    method: str,
    names: list[str],
    allowed: list[str],
    methods: list[str],
    allow_credentials: bool,
) -> None:
    asking = preflight("https://a.example", method, *names)
    # A literal "*" in a list of names stands for all of them.
    options = ResourceOptions(
        allow_headers=[name for name in allowed if name != "*"],
        allow_credentials=allow_credentials,
    )
    others = [other for other in methods if other not in ("*", method)]
    refused_names = {name.upper() for name in names if not options.is_header_allowed(name)}
    if reason == Reason.HEADERS:
        assume(refused_names)
    refused = Refused("preflight", reason, "no", asking.origin, method)
    headers = console_headers(refused, asking, Grant(options), others)
    listed_methods = set(headers.get(ACAM, "").split(","))
    listed_names = {name.upper() for name in headers.get(ACAH, "").split(",")}
    assert not listed_names & refused_names
    if reason == Reason.METHOD:
        assert method not in listed_methods
        assert names_its_cause(refused, asking) is (method not in {"GET", "POST"})
