"""Where warnings point that are given apart from the call which they are about."""

from __future__ import annotations

import inspect
import linecache
import types
from typing import Any

import pytest

from aiohttp_cors import CorsConfigWarning
from aiohttp_cors.protocol.diagnostics import (
    Finding,
    Place,
    place_of_caller,
    warn,
    warn_at,
    warn_of_class,
)

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


def test_a_later_warning_points_at_the_line_that_led_here() -> None:
    place = place_of_caller()  # there
    with warned() as given:
        warn_at(place, ONE)
    (warning,) = given
    assert warning.category is CorsConfigWarning
    assert (warning.filename, place.module) == (__file__, __name__)
    assert linecache.getline(warning.filename, warning.lineno).strip().endswith("# there")


def test_what_was_told_is_kept_where_python_looks_for_it() -> None:
    globals().pop("__warningregistry__", None)
    with warned():
        warn_at(place_of_caller(), ONE)
    assert "__warningregistry__" in globals()


def test_the_line_that_led_here_is_outside_the_package() -> None:
    # Functions are the package's by their globals.
    namespace: dict[str, Any] = {"__name__": "aiohttp_cors.anything", "__package__": "aiohttp_cors"}
    code = "def within():\n    return place()\ndef deeper():\n    return within()"
    namespace["place"] = place_of_caller
    exec(code, namespace)
    place = namespace["deeper"]()  # outside
    assert place.path == __file__
    assert linecache.getline(place.path, place.line).strip().endswith("# outside")


def test_a_later_warning_may_be_an_error() -> None:
    with pytest.raises(CorsConfigWarning) as raised:
        warn_at(Place(__file__, 1, __name__), TWO)
    assert raised.value.finding is TWO


def test_an_interpreter_without_frames_warns_without_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspect, "currentframe", lambda: None)
    assert place_of_caller() == Place("", 0, "")
    with warned() as given:
        warn([ONE])
        warn_at(place_of_caller(), TWO)
    assert [str(each.message) for each in given] == [str(ONE), str(TWO)]
