"""Which options an origin gets: kinds of keys, layers, and their order."""

from __future__ import annotations

import copy
import itertools
import re
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.policy import (
    Inquiry,
    Layer,
    Policy,
    covers_method,
    leaves_method,
)

from .plainly import asked, at_once

A = "https://a.example"
SUB = "https://x.a.example"
B = "https://b.example"


def options(number: int, *, allow_credentials: bool = False) -> ResourceOptions:
    """Options that differ from those of every other number."""
    return ResourceOptions(max_age=number, allow_credentials=allow_credentials)


def yes(origin: str, request: object) -> bool:
    return True


def no(origin: str, request: object) -> bool:
    return False


EXACT, PATTERN, REGEX, STAR = SUB, "https://*.a.example", re.compile(r"https://x\..*"), "*"
KINDS: list[Any] = [EXACT, PATTERN, REGEX, yes, STAR]


@pytest.mark.parametrize(("closer", "farther"), list(itertools.combinations(KINDS, 2)))
@pytest.mark.parametrize("layers", ["one", "closer first", "farther first"])
def test_the_kind_of_key_decides_before_the_layer_and_before_the_order(
    closer: Any, farther: Any, layers: str
) -> None:
    near, far = {closer: options(1)}, {farther: options(2)}
    policy = {
        "one": Policy({**far, **near}),
        "closer first": Policy(near, far),
        "farther first": Policy(far, near),
    }[layers]
    assert asked(policy, SUB) == options(1)


@pytest.mark.parametrize("key", KINDS)
def test_within_a_kind_the_more_specific_layer_wins(key: Any) -> None:
    policy = Policy({B: options(0)}, {key: options(1)}, {key: options(2)}, {key: options(3)})
    assert asked(policy, SUB) == options(1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://*.a.example", "https://*.example"),
        ("https://*.example", "https://*.a.example"),
        ("https://*.a.example:*", "https://*.a.example"),
        ("https://*.a.example", "https://*.a.example:*"),
        (re.compile(".*"), re.compile(re.escape(SUB))),
        (re.compile(re.escape(SUB)), re.compile(".*")),
        (yes, lambda origin, request: True),
    ],
)
@pytest.mark.parametrize("one_layer", [True, False])
def test_within_a_kind_and_a_layer_the_order_decides(
    first: Any, second: Any, one_layer: bool
) -> None:
    layers = [{first: options(1), second: options(2)}]
    if not one_layer:
        layers = [{first: options(1)}, {second: options(2)}]
    assert asked(Policy(*layers), SUB) == options(1)


RULES: dict[Any, ResourceOptions] = {
    "*": options(6),
    re.compile("https://(staging|preview)-[0-9]+[.]b[.]example"): options(4),
    A: options(1),
    "https://*.a.example": options(2),
    "http://localhost:*": options(3),
    "null": options(5),
}
NO_STAR = {key: value for key, value in RULES.items() if key != "*"}


@pytest.mark.parametrize(
    ("origin", "named", "with_star"),
    [
        ("https://a.example", 1, 1),
        ("https://x.a.example", 2, 2),
        ("https://x.y.a.example", 2, 2),
        ("http://localhost", 3, 3),
        ("http://localhost:3000", 3, 3),
        ("https://staging-1.b.example", 4, 4),
        ("https://preview-22.b.example", 4, 4),
        ("null", 5, 5),
        # fullmatch, always
        ("https://staging-1.b.example.evil.com", None, 6),
        ("https://staging-1.b.example:8443", None, 6),
        ("app://https.staging-1.b.example", None, 6),
        ("https://staging-x.b.example", None, 6),
        ("https://a.example:8443", None, 6),
        ("http://a.example", None, 6),
        ("https://b.example", None, 6),
        ("http://127.0.0.1:3000", None, 6),
        ("chrome-extension://abc", None, 6),
        ("https://a.example.", None, 6),
        # What no browser sends is at most one of everybody.
        ("NULL", None, 6),
        ("null, null", None, 6),
        ("*", None, 6),
        ("https://a.example/", None, 6),
        ("https://a.example:443", None, 6),
        ("HTTPS://a.example", None, 6),
        ("https://evil/.a.example", None, 6),
        ("https://u@x.a.example", None, 6),
        ("http://localhost:80", None, 6),
        ("http://localhost:80.evil.com", None, 6),
        ("a.example", None, 6),
        ("https://a.example\r\nX-Evil: 1", None, 6),
        ("https://é.example", None, 6),
        ("https://\udcff.example", None, 6),
        ("https://a.example https://a.example", None, 6),
        ("https://a.example, https://a.example", None, 6),
        ("https://" + "a." * 200 + "example", None, 6),
        ("file://", None, 6),
        # As if there were none.
        ("", None, None),
    ],
)
def test_which_options_an_origin_gets(
    origin: str, named: int | None, with_star: int | None
) -> None:
    for rules, number in ((NO_STAR, named), (RULES, with_star)):
        expected = None if number is None else options(number)
        for _ in range(2):  # what is remembered is the same
            policy = Policy(rules)
            assert policy.options_for(origin) == expected
            assert policy.options_for(origin) == expected
            assert asked(policy, origin) == expected


def test_options_are_never_merged() -> None:
    near = ResourceOptions(allow_headers=["X-A"])
    far = ResourceOptions(
        allow_credentials=True, expose_headers="*", max_age=5, allow_methods=["PUT"]
    )
    assert Policy({A: near}, {A: far, "*": far}).options_for(A) == near


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example.*", "https://a.example/"),
        ("(?s).*", "https://a.example\n"),
        ("(?s).*", "https://u@a.example"),
        ("(?s).*", ""),
        ("(?s).*", "x" * 8192),
        ("https://a.example$", "https://a.example\n"),
    ],
)
def test_an_expression_admits_only_what_a_browser_sends(pattern: str, origin: str) -> None:
    assert Policy({re.compile(pattern): options(1)}).options_for(origin) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example.evil.com",
        "https://a.example:8443",
        "https://a.examples",
        "https://evil-a.example",
        "http://a.example",
        "chrome-https://a.example",
    ],
)
@pytest.mark.parametrize("pattern", ["https://a[.]example", "a[.]example", "https", "^https://a"])
def test_an_expression_matches_whole_origins_alone(pattern: str, origin: str) -> None:
    assert Policy({re.compile(pattern): options(1)}).options_for(origin) is None


def test_the_flags_of_an_expression_count() -> None:
    policy = Policy({re.compile("HTTPS://A[.]example", re.IGNORECASE): options(1)})
    assert policy.options_for(A) == options(1)


# -- null -----------------------------------------------------------------------------------------

CAREFUL, GENEROUS = options(1), options(2, allow_credentials=True)
PUBLIC = options(2)  # what "*" of GENEROUS gives what names no site


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"null": CAREFUL}], CAREFUL),
        ([{"null": GENEROUS}], GENEROUS),
        ([{"*": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}], PUBLIC),
        ([{"*": GENEROUS, "null": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}, {"null": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}, {"null": GENEROUS}], GENEROUS),
        ([{"*": GENEROUS}, {"*": CAREFUL}], PUBLIC),
        ([{"*": CAREFUL}, {"*": GENEROUS}], CAREFUL),
        ([{re.compile("null"): GENEROUS}], GENEROUS),
        ([{re.compile(".*"): CAREFUL, "*": GENEROUS}], CAREFUL),
        ([{re.compile("https?://.*"): CAREFUL}], None),
        ([{yes: GENEROUS}], GENEROUS),
        ([{no: CAREFUL, "*": GENEROUS}], PUBLIC),
        ([{no: GENEROUS, "*": CAREFUL}], CAREFUL),
        ([{"https://*.example": CAREFUL, "http://localhost:*": CAREFUL}], None),
        ([{A: GENEROUS}], None),
        ([], None),
    ],
)
def test_null_has_the_options_of_keys_that_mean_it(
    layers: list[dict[Any, ResourceOptions]], expected: ResourceOptions | None
) -> None:
    assert asked(Policy(*layers), "null") == expected


def test_a_star_with_credentials_gives_them_to_sites_alone() -> None:
    policy = Policy({"*": GENEROUS})
    assert policy.options_for("https://whoever.example") == GENEROUS
    assert policy.options_for("null") == PUBLIC


# -- the constant policy --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "constant"),
    [
        ([{"*": CAREFUL}], CAREFUL),
        ([{"*": CAREFUL}, {}], CAREFUL),
        ([{}, {"*": CAREFUL}], CAREFUL),
        ([{"*": options(3)}, {"*": CAREFUL}], options(3)),
        ([{"*": {"expose_headers": "*"}}], ResourceOptions(expose_headers="*")),
        ([{"*": GENEROUS}], None),
        ([{"*": GENEROUS}, {"*": CAREFUL}], None),
        ([{"*": CAREFUL, A: CAREFUL}], None),
        ([{"*": CAREFUL, "null": CAREFUL}], None),
        ([{"*": CAREFUL}, {A: CAREFUL}], None),
        ([{A: CAREFUL}, {"*": CAREFUL}], None),
        ([{"*": CAREFUL}, {yes: CAREFUL}], None),
        ([{"*": CAREFUL, re.compile(".*"): CAREFUL}], None),
        ([{"*": CAREFUL, "https://*.example": CAREFUL}], None),
        ([{A: CAREFUL}], None),
        ([{yes: CAREFUL}], None),
        ([{}], None),
        ([], None),
    ],
)
def test_a_policy_is_constant_where_everybody_gets_the_same(
    layers: list[dict[Any, Any]], constant: ResourceOptions | None
) -> None:
    grant = Policy(*layers).constant
    assert (None if grant is None else grant.options) == constant


# -- admits ---------------------------------------------------------------------------------------


def may_put(granted: ResourceOptions) -> bool:
    return granted.is_method_allowed("PUT")


PUTS = ResourceOptions(allow_methods=["PUT"])
READS = ResourceOptions()


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{A: PUTS}], PUTS),
        ([{A: READS}], None),
        # The options of the closest key are asked; one that refuses is no reason to look farther.
        ([{A: READS, "*": PUTS}], None),
        ([{A: READS}, {A: PUTS}], None),
        ([{"https://*.example": READS}, {"*": PUTS}], None),
        ([{A: PUTS}, {"*": READS}], PUTS),
        ([{"https://b.example": READS, "*": PUTS}], PUTS),
        ([{re.compile(".*"): PUTS}], PUTS),
        ([{yes: READS, "*": PUTS}], None),
        ([{yes: PUTS, "*": READS}], PUTS),
        ([{no: READS, "*": PUTS}], PUTS),
        ([{"*": PUTS}], PUTS),
        ([{"*": READS}], None),
        ([], None),
    ],
)
def test_options_that_are_not_admitted_refuse_the_origin(
    layers: list[dict[Any, ResourceOptions]], expected: ResourceOptions | None
) -> None:
    policy = Policy(*layers, admits=may_put)
    assert asked(policy, A) == expected
    if yes not in policy and no not in policy:
        assert policy.options_for(A) == expected
        assert policy.options_for(A) == expected


@pytest.mark.parametrize(
    ("layers", "constant"),
    [
        ([{"*": PUTS}], True),
        ([{"*": READS}], False),
        ([{"*": READS}, {"*": PUTS}], False),
        ([{"*": PUTS}, {"*": READS}], True),
        ([{A: PUTS, B: READS}], False),
        ([], False),
    ],
)
def test_what_is_not_admitted_is_not_constant(
    layers: list[dict[Any, ResourceOptions]], constant: bool
) -> None:
    assert (Policy(*layers, admits=may_put).constant is not None) is constant


@pytest.mark.parametrize("key", KINDS)
async def test_the_closest_options_are_known_though_they_do_not_count(key: Any) -> None:
    policy = Policy({key: READS}, {"*": PUTS}, admits=may_put)
    closest = await policy.closest_by(Inquiry(SUB, None))
    assert closest is not None
    assert closest.options == READS
    assert not policy.counts(closest.options)
    assert await policy.grant_by(Inquiry(SUB, None)) is None
    if key is not yes:
        assert policy.grant_for(SUB) is None


def test_where_nothing_limits_all_options_count() -> None:
    assert Policy({A: READS}).counts(READS)
    assert Policy().counts(READS)
    assert at_once(Policy({A: READS}).closest_by(Inquiry(B, None))) is None


@pytest.mark.parametrize(
    ("layers", "in_effect"),
    [
        ([], {}),
        ([{A: READS}], {}),
        ([{A: PUTS, B: READS}], {A: PUTS}),
        ([{A: READS}, {A: PUTS, B: PUTS}], {B: PUTS}),
        ([{A: PUTS}, {A: READS, "*": PUTS}], {A: PUTS, "*": PUTS}),
    ],
)
def test_the_keys_in_effect_are_those_whose_closest_options_count(
    layers: list[dict[Any, ResourceOptions]], in_effect: dict[Any, ResourceOptions]
) -> None:
    assert Policy(*layers, admits=may_put).in_effect == in_effect
    assert Policy(*layers).in_effect == Policy(*layers)


# -- layers that end the others -------------------------------------------------------------------

NEAR, MIDDLE, FAR = options(1), options(2), options(3)


def alone(config: dict[Any, Any]) -> Layer:
    return Layer(config, inherit=False)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{A: NEAR}, {A: MIDDLE}, {A: FAR}], {A: NEAR}),
        ([alone({A: NEAR}), {A: MIDDLE, B: MIDDLE}, {"*": FAR}], {A: NEAR}),
        ([{A: NEAR}, alone({B: MIDDLE}), {"*": FAR}], {A: NEAR, B: MIDDLE}),
        ([{A: NEAR}, {B: MIDDLE}, alone({"*": FAR})], {A: NEAR, B: MIDDLE, "*": FAR}),
        ([alone({A: NEAR}), alone({B: MIDDLE})], {A: NEAR}),
        # The kind of key does not reach behind it.
        ([alone({"*": NEAR}), {A: MIDDLE}], {"*": NEAR}),
        ([alone({re.compile(".*"): NEAR}), {A: MIDDLE}], {re.compile(".*"): NEAR}),
        # For nobody at all.
        ([alone({}), {A: MIDDLE}, {"*": FAR}], {}),
        ([{A: NEAR}, alone({}), {"*": FAR}], {A: NEAR}),
        ([{}, alone({A: NEAR}), {"*": FAR}], {A: NEAR}),
    ],
)
def test_a_layer_that_does_not_inherit_is_the_last(
    layers: list[Any], expected: dict[Any, ResourceOptions]
) -> None:
    policy = Policy(*layers)
    assert policy == expected
    assert bool(policy) is bool(expected)
    for origin in (A, B, SUB, "null", "nonsense"):
        assert asked(policy, origin) == asked(Policy(expected), origin)


def test_a_layer_that_does_not_inherit_may_be_constant() -> None:
    grant = Policy(alone({"*": NEAR}), {A: MIDDLE}).constant
    assert grant is not None
    assert grant.options == NEAR


def test_a_policy_asks_no_predicate_behind_a_layer_that_does_not_inherit() -> None:
    assert not Policy(alone({A: NEAR}), {yes: FAR}).asks
    assert Policy(alone({yes: NEAR}), {A: FAR}).asks


# -- how a response is answered -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "quick"),
    [
        ([{A: READS}], True),
        ([{A: READS}, {"https://*.example": READS}], True),
        ([{"*": GENEROUS}], True),
        ([], True),
        ([{"*": READS}], False),
        ([{yes: READS}], False),
        ([{A: READS}, {yes: READS}], False),
    ],
)
def test_a_response_needs_more_than_a_look_up_where_predicates_are_asked_or_all_are_equal(
    layers: list[dict[Any, Any]], quick: bool
) -> None:
    policy = Policy(*layers)
    assert (policy.look_up is not None) is quick
    if quick:
        assert policy.look_up is policy.grant_for


async def test_the_look_up_of_an_inquiry_knows_its_origin_alone() -> None:
    policy = Policy({yes: READS, "*": PUTS}, admits=may_put)
    assert (await policy.ask(Inquiry(A, None)))(A) is None
    look_up = await Policy({yes: READS}).ask(Inquiry(A, None))
    grant = look_up(A)
    assert grant is not None
    assert grant.options == READS
    assert look_up(B) is None


# -- the methods that options name ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("configured", "named"),
    [
        ([], None),
        ([None], None),
        ([()], frozenset()),
        ([None, ()], frozenset()),
        ([["PUT"]], {"PUT"}),
        ([["put"], ["DELETE"], None], {"PUT", "DELETE"}),
        (["*"], {"*"}),
        (["*", ["PUT"]], {"*", "PUT"}),
    ],
)
def test_a_layer_knows_the_methods_that_its_options_name(
    configured: list[Any], named: set[str] | None
) -> None:
    layer = Layer(
        {
            f"https://{number}.example": ResourceOptions(allow_methods=methods)
            for number, methods in enumerate(configured)
        }
    )
    assert layer.methods == named
    assert Policy(layer).named_methods == (named or set()) - {"*"}
    assert layer.names_method("PUT") is bool(named and named & {"PUT", "*"})


def test_a_policy_knows_the_methods_of_all_its_layers() -> None:
    policy = Policy(
        {A: ResourceOptions(allow_methods=["PUT"])},
        {A: ResourceOptions(allow_methods=["DELETE"]), "*": ResourceOptions(allow_methods="*")},
        alone({B: ResourceOptions(allow_methods=["PATCH"])}),
        {B: ResourceOptions(allow_methods=["LINK"])},
    )
    assert policy.named_methods == {"PUT", "DELETE", "PATCH"}


@pytest.mark.parametrize(
    ("allow_methods", "method", "covers", "leaves"),
    [
        (None, "PUT", False, True),
        (None, "HEAD", False, True),
        ((), "GET", False, False),
        ((), "HEAD", False, False),
        ("*", "CHICKEN", True, True),
        ("*", "HEAD", True, True),
        (["PUT"], "PUT", True, True),
        (["put"], "Put", True, True),
        (["PUT"], "PATCH", False, False),
        (["GET"], "HEAD", True, True),
        (["HEAD"], "HEAD", True, True),
        (["HEAD"], "GET", False, False),
        (["GET"], "POST", False, False),
    ],
)
def test_options_enable_the_methods_that_they_name_and_limit_to_them(
    allow_methods: Any, method: str, covers: bool, leaves: bool
) -> None:
    options = ResourceOptions(allow_methods=allow_methods)
    assert covers_method(method, options) is covers
    assert leaves_method(method, options) is leaves
    assert Layer({A: options}).names_method(method) is covers


# -- serial numbers -------------------------------------------------------------------------------


def test_no_two_layers_and_policies_have_one_serial_number() -> None:
    layers = [Layer({A: READS}) for _ in range(3)]
    policies = [Policy(layers[0]) for _ in range(3)]
    serials = [layer.serial for layer in layers] + [policy.serial for policy in policies]
    assert len(set(serials)) == 6


def test_a_serial_number_does_not_come_again_when_its_layer_is_gone() -> None:
    serials = [Layer({}).serial for _ in range(100)]
    assert len(set(serials)) == 100


# -- a mapping ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layers",
    [
        [],
        [{}],
        [{A: options(1)}],
        [{A: options(1), "*": options(2)}],
        [{A: options(1)}, {A: options(2), B: options(3)}],
        [{B: options(1)}, {}, {A: options(2)}, {"*": options(3), B: options(4)}],
        [{yes: options(1), re.compile("a"): options(2)}, {yes: options(3), "null": options(4)}],
        [{"https://a.example/": options(1), "nonsense": options(2)}],
    ],
)
def test_as_a_mapping_it_equals_the_merged_dict(layers: list[dict[Any, ResourceOptions]]) -> None:
    merged: dict[Any, ResourceOptions] = {}
    for layer in reversed(layers):
        merged.update(layer)
    policy = Policy(*layers)
    assert policy == merged
    assert merged == policy
    assert dict(policy) == merged
    assert len(policy) == len(merged)
    assert set(policy) == set(merged)
    assert bool(policy) is bool(merged)
    assert all(policy[key] == merged[key] and key in policy for key in merged)
    assert policy.get("https://unknown.example") is None
    assert policy != {**merged, "https://unknown.example": options(9)}
    with pytest.raises(KeyError):
        policy["https://unknown.example"]


def test_plain_mappings_of_arguments_are_options() -> None:
    policy = Policy({A: {"max_age": 1}, "*": {}})
    assert policy == {A: options(1), "*": ResourceOptions()}
    assert policy.options_for(A) == options(1)


def test_its_keys_come_layer_by_layer() -> None:
    assert list(Policy({B: options(1), A: options(2)}, {"*": options(3), B: options(4)})) == [
        B,
        A,
        "*",
    ]


def test_its_repr_shows_its_layers() -> None:
    assert repr(Policy({A: options(1)}, {"*": options(2)})) == (
        f"Policy(Layer({{{A!r}: {options(1)!r}}}), Layer({{'*': {options(2)!r}}}))"
    )


def test_the_options_that_were_given_come_back_themselves() -> None:
    Policy({A: options(41)})
    mine = options(41)
    assert Policy({A: mine})[A] is mine
    assert Policy({A: mine}).options_for(A) is mine


def test_equal_options_of_a_users_own_class_are_not_taken_for_others() -> None:
    class Own(ResourceOptions):
        __slots__ = ()

        def is_method_allowed(self, method: str) -> bool:
            return True

    Policy({A: options(42)}).options_for(A)
    found = Policy({A: Own(max_age=42)}).options_for(A)
    assert found is not None
    assert found.is_method_allowed("PUT")


# -- layers ---------------------------------------------------------------------------------------


def test_a_layer_does_not_follow_the_mapping_that_it_was_made_of() -> None:
    config: dict[Any, Any] = {A: options(1)}
    layer = Layer(config)
    config[B] = options(2)
    del config[A]
    assert layer == {A: options(1)}
    assert Policy(layer).options_for(A) == options(1)
    assert Policy(layer).options_for(B) is None


def test_a_layer_is_a_mapping_of_normalised_options() -> None:
    layer = Layer({A: {"max_age": 1}, "*": ResourceOptions()})
    assert layer == {A: options(1), "*": ResourceOptions()}
    assert list(layer) == [A, "*"]
    assert len(layer) == 2
    assert layer[A] == options(1)
    assert repr(layer) == f"Layer({{{A!r}: {options(1)!r}, '*': {ResourceOptions()!r}}})"
    with pytest.raises(KeyError):
        layer[B]


def test_layers_are_shared_and_not_copied() -> None:
    defaults = Layer({A: options(1)})
    assert Policy({B: options(2)}, defaults)[A] is Policy(defaults)[A]


@pytest.mark.parametrize(
    "key", [1, None, b"https://a.example", re.compile(b"https://.*"), ("https", "a"), 1.5, True]
)
def test_a_key_of_a_wrong_type_is_a_value_error(key: object) -> None:
    with pytest.raises(ValueError, match="an origin key must be") as raised:
        Layer({key: ResourceOptions()})
    assert repr(key) in str(raised.value)


@pytest.mark.parametrize(
    "value", [None, "*", True, ["GET"], (True, (), (), None, None), {"max_age": -1}, {"x": 1}]
)
def test_options_of_a_wrong_type_are_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|option|must be"):
        Layer({A: value})


@pytest.mark.parametrize("config", [None, A, [A], {A}, [(A, ResourceOptions())], 1])
def test_a_configuration_of_a_wrong_type_is_a_value_error(config: Any) -> None:
    with pytest.raises(ValueError, match="mapping"):
        Layer(config)


def test_a_wrong_str_key_harms_no_other() -> None:
    policy = Policy({"https://*": options(1), "a.example": options(2), A: options(3)})
    assert policy.options_for(A) == options(3)
    assert policy.options_for(B) is None


def test_a_policy_can_be_copied() -> None:
    policy = Policy({A: options(1)}, {"https://*.example": options(2)})
    assert copy.copy(policy) == policy
    assert copy.copy(policy).options_for(B) == options(2)


@pytest.mark.parametrize(
    ("config", "is_exact", "is_for_everybody"),
    [
        ({}, True, False),
        ({A: READS, "null": READS, "file://": READS, "app://x": READS}, True, False),
        ({A: READS, "*": READS}, False, False),
        ({"*": READS}, False, True),
        ({"*": READS, "nonsense": READS}, False, False),
        ({"https://a.example/": READS}, False, False),
        ({"https://*.example": READS}, False, False),
        ({re.compile(".*"): READS}, False, False),
        ({yes: READS}, False, False),
    ],
)
def test_a_layer_knows_of_what_its_keys_are(
    config: dict[Any, Any], is_exact: bool, is_for_everybody: bool
) -> None:
    layer = Layer(config)
    assert (layer.is_exact, layer.is_for_everybody) == (is_exact, is_for_everybody)


@pytest.mark.parametrize(
    ("config", "public"),
    [({}, None), ({A: READS}, None), ({"*": CAREFUL}, CAREFUL), ({"*": GENEROUS}, PUBLIC)],
)
def test_a_layer_knows_what_it_grants_those_that_name_no_site(
    config: dict[Any, Any], public: ResourceOptions | None
) -> None:
    grant = Layer(config).public
    assert (None if grant is None else (grant.options, grant.allowed_origin)) == (
        None if public is None else (public, "*")
    )


def test_a_key_that_is_in_no_layer_is_a_key_error_that_names_it() -> None:
    with pytest.raises(KeyError) as caught:
        Policy({A: READS})[B]
    assert caught.value.args == (B,)
