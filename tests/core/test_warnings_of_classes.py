"""What is found in a class is told at the line where the class begins."""

from __future__ import annotations

import linecache
import types

import pytest

from aiohttp_cors import CorsConfigWarning
from aiohttp_cors.protocol.diagnostics import Finding, warn_of_class

from .plainly import warned

ONE = Finding("C999", "it is so", "write that", CorsConfigWarning)
TWO = Finding("C998", "it is so, too", "write this", CorsConfigWarning)


class Somewhere:
    """A class with a line of its own."""


def test_the_findings_of_a_class_point_at_its_first_line() -> None:
    with warned() as given:
        warn_of_class(Somewhere, [ONE, TWO])
    assert [str(each.message) for each in given] == [str(ONE), str(TWO)]
    places = [linecache.getline(each.filename, each.lineno).strip() for each in given]
    assert places == ["class Somewhere:"] * 2


def test_a_class_without_findings_is_not_told_of() -> None:
    with warned() as given:
        warn_of_class(Somewhere, [])
    assert given == []


def made_by_a_program() -> type:
    return types.new_class("MadeByAProgram")


def of_a_module_without_a_file() -> type:
    return type("Nowhere", (), {"__module__": "no_such_module"})


@pytest.mark.parametrize("owner", [made_by_a_program(), of_a_module_without_a_file(), int])
def test_the_findings_of_a_class_that_is_in_no_file_point_at_the_caller(owner: type) -> None:
    with warned() as given:
        warn_of_class(owner, [ONE])  # here
    (warning,) = given
    assert linecache.getline(warning.filename, warning.lineno).strip().endswith("# here")


def test_a_warning_of_a_class_may_be_an_error() -> None:
    with pytest.raises(CorsConfigWarning) as raised:
        warn_of_class(Somewhere, [ONE])
    assert raised.value.finding is ONE
