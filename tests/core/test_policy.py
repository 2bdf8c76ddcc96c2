"""Which options an origin gets: kinds of keys, layers, and their order."""

from __future__ import annotations

import copy
import itertools
import re
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.policy import Inquiry, Layer, Policy
from aiohttp_cors.protocol.preflights import unchanging

from .plainly import asked

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
        # What no browser sends is nobody's.
        ("", None, None),
        ("NULL", None, None),
        ("null, null", None, None),
        ("*", None, None),
        ("https://a.example/", None, None),
        ("https://a.example:443", None, None),
        ("HTTPS://a.example", None, None),
        ("https://a.example.", None, 6),
        ("https://evil/.a.example", None, None),
        ("https://u@x.a.example", None, None),
        ("http://localhost:80", None, None),
        ("http://localhost:80.evil.com", None, None),
        ("a.example", None, None),
        ("https://a.example\r\nX-Evil: 1", None, None),
        ("https://é.example", None, None),
        ("https://\udcff.example", None, None),
        ("https://a.example https://a.example", None, None),
        ("file://", None, None),
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


def test_the_flags_of_an_expression_count() -> None:
    policy = Policy({re.compile("HTTPS://A[.]example", re.IGNORECASE): options(1)})
    assert policy.options_for(A) == options(1)


# -- null -----------------------------------------------------------------------------------------

CAREFUL, GENEROUS = options(1), options(2, allow_credentials=True)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"null": CAREFUL}], CAREFUL),
        ([{"null": GENEROUS}], GENEROUS),
        ([{"*": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}], None),
        ([{"*": GENEROUS, "null": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}, {"null": CAREFUL}], CAREFUL),
        ([{"*": GENEROUS}, {"null": GENEROUS}], GENEROUS),
        ([{"*": GENEROUS}, {"*": CAREFUL}], None),
        ([{"*": CAREFUL}, {"*": GENEROUS}], CAREFUL),
        ([{re.compile("null"): GENEROUS}], GENEROUS),
        ([{re.compile(".*"): CAREFUL, "*": GENEROUS}], CAREFUL),
        ([{re.compile("https?://.*"): CAREFUL}], None),
        ([{yes: GENEROUS}], GENEROUS),
        ([{no: CAREFUL, "*": GENEROUS}], None),
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


def test_a_star_with_credentials_covers_every_origin_that_is_not_null() -> None:
    policy = Policy({"*": GENEROUS})
    assert policy.options_for("https://whoever.example") == GENEROUS
    assert policy.options_for("null") is None


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
    ("layers", "constant", "void"),
    [
        ([{"*": PUTS}], True, False),
        ([{"*": READS}], False, True),
        ([{A: PUTS, B: READS}], False, False),
        ([{A: READS}, {B: READS}], False, True),
        ([], False, True),
    ],
)
def test_what_is_not_admitted_is_neither_constant_nor_anything(
    layers: list[dict[Any, ResourceOptions]], constant: bool, void: bool
) -> None:
    policy = Policy(*layers, admits=may_put)
    assert (policy.constant is not None) is constant
    assert policy.is_void is void


def test_a_policy_without_admits_is_void_where_it_is_empty() -> None:
    assert Policy().is_void
    assert Policy({}, {}).is_void
    assert not Policy({A: READS}).is_void


def test_a_policy_knows_the_wider_one_of_its_resource() -> None:
    wider = Policy({A: READS})
    assert Policy({A: READS}, admits=may_put, wider=wider).wider is wider
    assert wider.wider is None


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


# -- granted preflights ---------------------------------------------------------------------------


def test_a_granted_preflight_is_remembered_by_what_was_asked() -> None:
    policy = Policy({A: options(1)})
    policy.remember((A, "GET", "x-a"), unchanging({"X": "1"}))
    assert policy.answered.get((A, "GET", "x-a")) == {"X": "1"}
    assert policy.answered.get((A, "GET", "x-b")) is None


def test_a_preflight_that_asks_for_very_much_is_not_remembered() -> None:
    policy = Policy({A: options(1)})
    asking = (A, "GET", ",".join(f"x-{number}" for number in range(1000)))
    policy.remember(asking, unchanging({"X": "1"}))
    assert policy.answered.get(asking) is None


# ---------------------------------------------------------------------------------------------
# A policy within another: options of the function, where the resource's enable the method
# ---------------------------------------------------------------------------------------------


def test_a_policy_within_another_grants_its_own_options_where_the_other_grants_some() -> None:
    outside = Policy({B: ResourceOptions(allow_methods="*")}, wider=None)
    mine = ResourceOptions(max_age=7)
    policy = Policy({A: mine}, {B: ResourceOptions()}, within=outside)
    assert policy.options_for(A) is None
    assert policy.options_for(B) == ResourceOptions()


async def test_a_policy_within_another_asks_the_predicates_of_both() -> None:
    def is_b(origin: str, request: object) -> bool:
        return origin == B

    policy = Policy({"*": ResourceOptions()}, within=Policy({is_b: ResourceOptions()}))
    assert policy.asks
    assert await policy.grant_by(Inquiry(A, None)) is None
    assert await policy.grant_by(Inquiry(B, None)) is not None


def test_a_policy_within_one_that_is_not_constant_is_not_either() -> None:
    everybody = {"*": ResourceOptions()}
    assert Policy(everybody, within=Policy(everybody)).constant is not None
    assert Policy(everybody, within=Policy({A: ResourceOptions()})).constant is None
