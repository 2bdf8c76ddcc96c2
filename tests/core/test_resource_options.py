"""What one origin may do: which values are taken, and what becomes of them."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import subprocess
import sys
from typing import Any

import pytest

from aiohttp_cors import CorsConfigWarning, ResourceOptions
from aiohttp_cors.protocol.resource_options import is_token

from .plainly import warned

NOTHING = {
    "allow_credentials": False,
    "expose_headers": frozenset(),
    "allow_headers": frozenset(),
    "max_age": None,
    "allow_methods": None,
}
VALUES = [
    ResourceOptions(),
    ResourceOptions(
        allow_credentials=True,
        expose_headers=["X-Total", "ETag"],
        allow_headers=["X-Key"],
        max_age=600,
        allow_methods=["PUT"],
    ),
    ResourceOptions(expose_headers="*", allow_headers="*", max_age=0, allow_methods="*"),
    ResourceOptions(allow_methods=[]),
]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, {}),
        ({"allow_credentials": True}, {"allow_credentials": True}),
        ({"allow_credentials": False}, {}),
        ({"expose_headers": ["foo"]}, {"expose_headers": frozenset({"foo"})}),
        ({"expose_headers": ("X-A", "x-b")}, {"expose_headers": frozenset({"X-A", "x-b"})}),
        ({"expose_headers": {"X-A"}}, {"expose_headers": frozenset({"X-A"})}),
        ({"expose_headers": frozenset({"X-A"})}, {"expose_headers": frozenset({"X-A"})}),
        ({"expose_headers": {"X-A": 1}.keys()}, {"expose_headers": frozenset({"X-A"})}),
        ({"expose_headers": "*"}, {"expose_headers": "*"}),
        ({"expose_headers": ["*"]}, {"expose_headers": "*"}),
        ({"expose_headers": {"*"}}, {"expose_headers": "*"}),
        ({"expose_headers": ["X-A", "*"]}, {"expose_headers": "*"}),
        ({"expose_headers": []}, {}),
        ({"allow_headers": ["foo", "X-Bar"]}, {"allow_headers": frozenset({"FOO", "X-BAR"})}),
        ({"allow_headers": ["x-a", "X-A"]}, {"allow_headers": frozenset({"X-A"})}),
        ({"allow_headers": {"x-a"}}, {"allow_headers": frozenset({"X-A"})}),
        ({"allow_headers": "*"}, {"allow_headers": "*"}),
        ({"allow_headers": ("*",)}, {"allow_headers": "*"}),
        ({"allow_headers": ["X-A", "*"]}, {"allow_headers": "*"}),
        ({"allow_headers": ()}, {}),
        ({"max_age": 0}, {"max_age": 0}),
        ({"max_age": 86400}, {"max_age": 86400}),
        ({"max_age": None}, {}),
        ({"allow_methods": ["get"]}, {"allow_methods": frozenset({"GET"})}),
        ({"allow_methods": ("PUT", "patch")}, {"allow_methods": frozenset({"PUT", "PATCH"})}),
        ({"allow_methods": {"CHICKEN"}}, {"allow_methods": frozenset({"CHICKEN"})}),
        ({"allow_methods": []}, {"allow_methods": frozenset()}),
        ({"allow_methods": "*"}, {"allow_methods": "*"}),
        ({"allow_methods": ["*"]}, {"allow_methods": "*"}),
        ({"allow_methods": {"GET", "*"}}, {"allow_methods": "*"}),
        ({"allow_methods": None}, {}),
    ],
)
def test_values_are_normalised(given: dict[str, Any], taken: dict[str, Any]) -> None:
    with warned() as warnings:
        options = ResourceOptions(**given)
    assert options._asdict() == {**NOTHING, **taken}
    assert warnings == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("allow_credentials", None),
        ("allow_credentials", 1),
        ("allow_credentials", 0),
        ("allow_credentials", "true"),
        ("allow_credentials", "*"),
        ("expose_headers", None),
        ("expose_headers", "X-A"),
        ("expose_headers", ""),
        ("expose_headers", "**"),
        ("expose_headers", b"*"),
        ("expose_headers", b"X-A"),
        ("expose_headers", bytearray(b"X-A")),
        ("expose_headers", 1),
        ("expose_headers", True),
        ("expose_headers", [1]),
        ("expose_headers", [None]),
        ("expose_headers", [b"X-A"]),
        ("expose_headers", ["X-A", ["X-B"]]),
        ("expose_headers", ["*", 1]),
        ("expose_headers", {"X-A": 1}),
        ("expose_headers", iter(["X-A"])),
        ("allow_headers", None),
        ("allow_headers", "X-A"),
        ("allow_headers", b"*"),
        ("allow_headers", bytearray()),
        ("allow_headers", {1}),
        ("allow_headers", {"X-A": 1}),
        ("max_age", True),
        ("max_age", False),
        ("max_age", -1),
        ("max_age", 1.0),
        ("max_age", "600"),
        ("max_age", float("nan")),
        ("max_age", [600]),
        ("allow_methods", "GET"),
        ("allow_methods", ""),
        ("allow_methods", b"GET"),
        ("allow_methods", 1),
        ("allow_methods", False),
        ("allow_methods", [1]),
        ("allow_methods", {"GET": 1}),
    ],
)
def test_a_wrong_type_is_a_value_error_that_names_the_option(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"'{option}' must be .*, got ") as raised:
        ResourceOptions(**{option: value})  # type: ignore[arg-type]
    assert repr(value) in str(raised.value)


@pytest.mark.parametrize(
    ("option", "code"),
    [("expose_headers", "C101"), ("allow_headers", "C101"), ("allow_methods", "C102")],
)
@pytest.mark.parametrize(
    ("given", "kept", "left_out"),
    [
        (["X A"], [], ["X A"]),
        (["A", "B, C", "D"], ["A", "D"], ["B, C"]),
        (["A:", "", "B\n", "C"], ["C"], ["A:", "", "B\n"]),
        (("É", "A\x00", "\udc80"), [], ["É", "A\x00", "\udc80"]),
        ({"b b", "a a", "A"}, ["A"], ["a a", "b b"]),
        (["(A)", '"A"', "A/B", "A@", "A;q=1"], [], ["(A)", '"A"', "A/B", "A@", "A;q=1"]),
        (["!#$%&'+-.^_`|~09AZ"], ["!#$%&'+-.^_`|~09AZ"], []),
    ],
)
def test_a_name_that_is_no_token_is_left_out_with_a_warning_of_its_own(
    option: str, code: str, given: Any, kept: list[str], left_out: list[str]
) -> None:
    with warned() as warnings:
        options = ResourceOptions(**{option: given})
    assert getattr(options, option) == frozenset(kept)
    findings = [warning.message.finding for warning in warnings]  # type: ignore[union-attr]
    assert [finding.code for finding in findings] == [code] * len(left_out)
    assert {finding.category for finding in findings} <= {CorsConfigWarning}
    for finding, name in zip(findings, left_out, strict=True):
        assert repr(name) in finding.message
        assert option in finding.message


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("X-Api-Key", True),
        ("GET", True),
        ("*", True),
        ("!#$%&'*+-.^_`|~", True),
        ("", False),
        ("X Api", False),
        ("X\t", False),
        ("X\n", False),
        ("X:", False),
        ("X,Y", False),
        ("(X)", False),
        ("é", False),
        ("\x7f", False),
    ],
)
def test_a_token_is_made_of_tchar(text: str, token: bool) -> None:
    assert is_token(text) is token


def test_arguments_have_names() -> None:
    with pytest.raises(TypeError):
        ResourceOptions(True)  # type: ignore[call-arg]
    parameters = inspect.signature(ResourceOptions).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert {parameter.name: parameter.default for parameter in parameters} == {
        "allow_credentials": False,
        "expose_headers": (),
        "allow_headers": (),
        "max_age": None,
        "allow_methods": None,
    }


def test_an_unknown_argument_is_a_type_error_as_of_any_function() -> None:
    with pytest.raises(TypeError, match=r"^'allow_header' is no option: write 'allow_headers'$"):
        ResourceOptions(allow_header="*")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^'credentials' is no option: write 'allow_credentials'$"):
        ResourceOptions()._replace(credentials=True)


def test_it_is_a_named_tuple() -> None:
    options = VALUES[1]
    assert isinstance(options, tuple)
    assert options._fields == tuple(NOTHING)
    assert tuple(options) == tuple(options._asdict().values())
    assert [getattr(options, name) for name in options._fields] == list(options)


@pytest.mark.parametrize("name", [*NOTHING, "anything_else"])
def test_it_is_immutable(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(ResourceOptions(), name, "*")


@pytest.mark.parametrize("options", VALUES)
def test_equal_options_are_equal_and_hash_alike(options: ResourceOptions) -> None:
    again = ResourceOptions(**options._asdict())
    assert again == options
    assert hash(again) == hash(options)
    assert {options: "kept"}[again] == "kept"
    assert [other for other in VALUES if other == options] == [options]


@pytest.mark.parametrize("options", VALUES)
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(
            pytest.param(
                lambda options, protocol=protocol: pickle.loads(  # noqa: S301 - our own bytes
                    pickle.dumps(options, protocol)
                ),
                id=f"pickle-{protocol}",
            )
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_copy_is_equal_and_of_the_same_type(options: ResourceOptions, duplicate: Any) -> None:
    again = duplicate(options)
    assert again == options
    assert type(again) is ResourceOptions
    assert again._asdict() == options._asdict()


def test_a_subclass_survives_copies_too() -> None:
    class Own(ResourceOptions):
        __slots__ = ()

    assert type(copy.deepcopy(Own(max_age=1))) is Own
    assert repr(Own(max_age=1)).startswith("Own(")


def test_replacing_normalises_and_leaves_the_original() -> None:
    options = ResourceOptions(allow_headers=["X-A"], max_age=5)
    changed = options._replace(allow_methods=["put"], allow_headers=["x-b"])
    assert changed == ResourceOptions(allow_methods=["PUT"], allow_headers=["X-B"], max_age=5)
    assert options == ResourceOptions(allow_headers=["X-A"], max_age=5)
    assert type(changed) is ResourceOptions


def test_replacing_checks_types() -> None:
    with pytest.raises(ValueError, match="'max_age' must be"):
        ResourceOptions()._replace(max_age=-1)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
def test_copy_replace_checks_types() -> None:
    with pytest.raises(ValueError, match="'max_age' must be"):
        copy.replace(ResourceOptions(), max_age=-1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("options", VALUES)
def test_its_repr_makes_it_again(options: ResourceOptions) -> None:
    assert eval(repr(options), {"ResourceOptions": ResourceOptions}) == options  # noqa: S307


def test_its_repr_is_sorted() -> None:
    assert repr(VALUES[1]) == (
        "ResourceOptions(allow_credentials=True, expose_headers={'ETag', 'X-Total'}, "
        "allow_headers={'X-KEY'}, max_age=600, allow_methods={'PUT'})"
    )


def test_its_repr_is_the_same_in_every_run() -> None:
    program = (
        "import aiohttp_cors, string; names = list(string.ascii_letters);"
        "print(aiohttp_cors.ResourceOptions(expose_headers=names, allow_methods=names))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("allowed", "method", "yes"),
    [
        (None, "GET", False),
        (None, "PUT", False),
        ([], "GET", False),
        (["GET"], "GET", True),
        (["GET"], "get", True),
        (["get"], "GET", True),
        (["patch"], "patch", True),
        (["GET"], "HEAD", False),
        (["GET", "PUT"], "PUT", True),
        (["GET"], "", False),
        ("*", "PUT", True),
        ("*", "CHICKEN", True),
        (["*"], "DELETE", True),
    ],
)
def test_which_methods_are_allowed(allowed: Any, method: str, yes: bool) -> None:
    assert ResourceOptions(allow_methods=allowed).is_method_allowed(method) is yes


@pytest.mark.parametrize(
    ("allowed", "name", "yes"),
    [
        ((), "X-A", False),
        (["X-A"], "x-a", True),
        (["x-a"], "X-A", True),
        (["X-A"], "X-B", False),
        ("*", "X-B", True),
    ],
)
def test_which_headers_are_allowed(allowed: Any, name: str, yes: bool) -> None:
    assert ResourceOptions(allow_headers=allowed).is_header_allowed(name) is yes


# -- plain mappings -------------------------------------------------------------------------------


def test_options_are_taken_as_they_are() -> None:
    options = ResourceOptions(max_age=1)
    assert ResourceOptions.of(options) is options


@pytest.mark.parametrize("options", VALUES)
def test_a_mapping_of_all_arguments_makes_options(options: ResourceOptions) -> None:
    assert ResourceOptions.of(options._asdict()) == options


def test_an_empty_mapping_makes_options_that_allow_nothing_more() -> None:
    assert ResourceOptions.of({}) == ResourceOptions()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "got None"),
        ("*", r"got '\*'"),
        ([("max_age", 1)], "got "),
        ((True, (), (), None, None), "got "),
        (ResourceOptions, "got "),
        ({"allow_header": "*"}, "'allow_header' is no option.*allow_headers"),
        ({"max_age": 1, 2: 3}, "2 is no option"),
        ({"max_age": True}, "'max_age' must be"),
    ],
)
def test_what_makes_no_options_is_a_value_error(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ResourceOptions.of(given)
