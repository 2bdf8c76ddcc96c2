"""Every finding is reported, once, with a stable code, at the line of whoever wrote it."""

from __future__ import annotations

import inspect
import linecache
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfigWarning, CorsSecurityWarning, CorsWarning, ResourceOptions
from aiohttp_cors.protocol.diagnostics import (
    Finding,
    place_of_caller,
    warn,
    warn_at,
    warn_deprecated,
    warn_of_class,
)
from aiohttp_cors.protocol.policy import Layer

from .plainly import warned

WITH_CREDENTIALS = ResourceOptions(allow_credentials=True)
PLAIN = ResourceOptions()
ONE = Finding("C999", "it is so", "write that", CorsConfigWarning)
TWO = Finding("C998", "it is risky", "write this", CorsSecurityWarning)


def lines(given: list[warnings.WarningMessage]) -> list[str]:
    """The source lines that warnings point at."""
    return [linecache.getline(warning.filename, warning.lineno).strip() for warning in given]


# The stable codes, each with a configuration that has it.
@pytest.mark.parametrize(
    ("code", "category", "config"),
    [
        ("C001", CorsConfigWarning, {"https://a.example/": PLAIN}),
        ("C002", CorsConfigWarning, {"a.example": PLAIN}),
        ("C003", CorsConfigWarning, {"https://A.example": PLAIN}),
        ("C004", CorsConfigWarning, {"https://a.example:443": PLAIN}),
        ("C005", CorsConfigWarning, {"https://u@a.example": PLAIN}),
        ("C006", CorsConfigWarning, {"https://a.example?q": PLAIN}),
        ("C007", CorsConfigWarning, {"https://a.example:0": PLAIN}),
        ("C008", CorsConfigWarning, {"https://é.example": PLAIN}),
        ("C009", CorsConfigWarning, {"http://127.1": PLAIN}),
        ("C010", CorsConfigWarning, {"file:///a": PLAIN}),
        ("C011", CorsConfigWarning, {"https://a.*": PLAIN}),
        ("C012", CorsConfigWarning, {"https://": PLAIN}),
        ("C013", CorsConfigWarning, {"wss://a.example": PLAIN}),
        ("C014", CorsConfigWarning, {re.compile("localhost"): PLAIN}),
        ("C103", CorsConfigWarning, {lambda: True: PLAIN}),
        ("C201", CorsSecurityWarning, {"*": WITH_CREDENTIALS}),
        ("C202", CorsSecurityWarning, {"null": WITH_CREDENTIALS}),
        ("C203", CorsSecurityWarning, {"http://a.example": WITH_CREDENTIALS}),
        ("C204", CorsSecurityWarning, {"https://*.com": WITH_CREDENTIALS}),
        ("C205", CorsSecurityWarning, {re.compile("[a-z]+"): WITH_CREDENTIALS}),
        ("C206", CorsSecurityWarning, {re.compile(".*"): WITH_CREDENTIALS}),
    ],
)
def test_each_code_says_one_thing(
    code: str, category: type[CorsWarning], config: dict[Any, ResourceOptions]
) -> None:
    (finding,) = Layer(config).findings
    assert (finding.code, finding.category) == (code, category)
    assert str(finding) == f"{finding.message}: {finding.hint} [{code}]"
    with pytest.warns(category, match=re.escape(str(finding))) as given:
        warn([finding])
    (warning,) = given
    assert warning.category is category
    assert warning.message.finding == finding  # type: ignore[union-attr]  # a Warning or a str


def test_all_findings_of_a_configuration_are_reported_in_its_order() -> None:
    config: dict[Any, Any] = {
        "https://a.example/": PLAIN,
        "https://fine.example": WITH_CREDENTIALS,
        "http://*.com": {"allow_credentials": True},
        "*": WITH_CREDENTIALS,
        "b.example": WITH_CREDENTIALS,
        "null": {},
        re.compile("http://.*"): WITH_CREDENTIALS,
        print: WITH_CREDENTIALS,
        "https://A.example": PLAIN,
    }
    findings = Layer(config).findings
    assert [finding.code for finding in findings] == [
        "C001",
        "C203",
        "C204",
        "C201",
        "C002",
        "C206",
        "C003",
    ]
    with warned() as given:
        warn(findings)
    assert [str(warning.message) for warning in given] == list(map(str, findings))


def test_a_layer_itself_warns_of_nothing() -> None:
    with warned() as given:
        Layer({"https://a.example/": WITH_CREDENTIALS})
    assert given == []


def test_a_warning_points_at_the_line_that_made_the_options() -> None:
    with warned() as given:
        ResourceOptions(allow_headers=["a b", "c d"], allow_methods={"e f"})
        ResourceOptions.of({"expose_headers": ["a b"]})
        ResourceOptions()._replace(expose_headers=["a b"])
        Layer({"*": {"expose_headers": ["a b"]}})
    assert {warning.filename for warning in given} == {__file__}
    assert lines(given) == [
        *['ResourceOptions(allow_headers=["a b", "c d"], allow_methods={"e f"})'] * 3,
        'ResourceOptions.of({"expose_headers": ["a b"]})',
        'ResourceOptions()._replace(expose_headers=["a b"])',
        'Layer({"*": {"expose_headers": ["a b"]}})',
    ]


def test_a_warning_points_at_a_users_own_function_and_not_at_who_called_it() -> None:
    def options_of_a_user() -> ResourceOptions:
        return ResourceOptions(allow_headers=["a b"])

    with warned() as given:
        options_of_a_user()
    assert lines(given) == ['return ResourceOptions(allow_headers=["a b"])']


def test_each_finding_is_warned_of_where_warn_was_called() -> None:
    with warned() as given:
        warn([ONE, TWO])
        warn(iter([TWO]))
        warn_deprecated("it is old")
    assert [(warning.category, str(warning.message)) for warning in given] == [
        (CorsConfigWarning, "it is so: write that [C999]"),
        (CorsSecurityWarning, "it is risky: write this [C998]"),
        (CorsSecurityWarning, "it is risky: write this [C998]"),
        (DeprecationWarning, "it is old"),
    ]
    assert {warning.filename for warning in given} == {__file__}
    assert lines(given) == [
        "warn([ONE, TWO])",
        "warn([ONE, TWO])",
        "warn(iter([TWO]))",
        'warn_deprecated("it is old")',
    ]


def test_a_warning_points_at_the_user_even_where_the_standard_library_stands_between() -> None:
    defaults = aiohttp_cors.setup(web.Application()).defaults
    with warned() as given:
        defaults.update({"https://a.example/": PLAIN})
    assert lines(given) == ['defaults.update({"https://a.example/": PLAIN})']


def test_the_last_frame_of_all_is_a_callers_line_too() -> None:
    namespace: dict[str, Any] = {"__package__": "aiohttp_cors", "warn": warn, "one": [ONE]}
    with warned() as given:
        exec("warn(one)", namespace)
    assert len(given) == 1


@pytest.mark.parametrize("category", [CorsWarning, CorsConfigWarning, UserWarning])
def test_a_filter_makes_an_error_of_a_warning(category: type[Warning]) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=category)
        with pytest.raises(CorsConfigWarning, match="a b"):
            ResourceOptions(allow_headers=["a b"])


def test_a_filter_silences_one_code() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*C101")
        assert ResourceOptions(allow_headers=["a b"]) == ResourceOptions()


def test_the_kinds_of_warning() -> None:
    assert CorsWarning.__bases__ == (UserWarning,)
    assert CorsConfigWarning.__bases__ == CorsSecurityWarning.__bases__ == (CorsWarning,)
    assert {"CorsWarning", "CorsConfigWarning", "CorsSecurityWarning"} <= set(aiohttp_cors.__all__)


def test_a_finding_is_a_plain_value() -> None:
    assert Finding("C999", "it is so", "write that", CorsConfigWarning) == ONE
    assert {ONE: "kept"}[Finding("C999", "it is so", "write that", CorsConfigWarning)] == "kept"
    assert ONE != TWO
    with pytest.raises(AttributeError):
        ONE.code = "C000"  # type: ignore[misc]  # which is what is tested


def test_findings_and_warnings_go_from_process_to_process() -> None:
    assert pickle.loads(pickle.dumps(ONE)) == ONE  # noqa: S301 - our own bytes
    again = pickle.loads(pickle.dumps(CorsConfigWarning(ONE)))  # noqa: S301 - our own bytes
    assert (type(again), again.finding) == (CorsConfigWarning, ONE)


# -- how often ------------------------------------------------------------------------------------

MODULE = """
from aiohttp import web
import aiohttp_cors

class Page(web.View, aiohttp_cors.CorsViewMixin):
    cors_config = {"a.example": aiohttp_cors.ResourceOptions()}

    async def get(self):
        return web.Response()

def make():
    app = web.Application()
    everyone = aiohttp_cors.ResourceOptions(allow_credentials=True, allow_headers=["a b"])
    cors = aiohttp_cors.setup(app, defaults={"*": everyone})
    for path in ("/a", "/b"):
        cors.add(app.router.add_get(path, Page), {"https://a.example/": everyone})
    cors.add(app.router.add_view("/page", Page))
"""
MANY = "for _ in range(3):\n    make()\n"
ONCE_EACH = ["C001", "C002", "C101", "C201"]


@pytest.mark.parametrize(
    ("kind", "filters", "codes"),
    [
        ("module", [], ONCE_EACH),
        ("program", [], ONCE_EACH),
        ("program", ["-W", "always"], [code for code in ONCE_EACH for _ in range(3)]),
        ("program", ["-W", "error"], ["C101"]),
    ],
)
def test_a_warning_is_given_once_for_its_line_however_many_applications_are_made(
    tmp_path: Path, kind: str, filters: list[str], codes: list[str]
) -> None:
    program = tmp_path / "program.py"
    if kind == "module":
        (tmp_path / "pages.py").write_text(MODULE)
        program.write_text(f"from pages import make\n{MANY}")
    else:
        program.write_text(f"{MODULE}\n{MANY}")
    done = subprocess.run(
        [sys.executable, *filters, str(program)], capture_output=True, text=True, check=False
    )
    assert sorted(re.findall(r"\[(C\d+)\]", done.stderr)) == codes
    assert (done.returncode == 0) == ("error" not in filters)


class Written:
    """A class that a warning points at."""


@pytest.mark.parametrize(("action", "times"), [("default", 1), ("always", 3), ("ignore", 0)])
def test_how_often_a_class_is_pointed_at_is_the_users_choice(action: Any, times: int) -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter(action)
        for _ in range(3):
            warn_of_class(Written, [ONE])
    assert lines(given) == ["class Written:"] * times


def test_a_filter_makes_an_error_of_each_warning_of_a_class() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            with pytest.raises(CorsConfigWarning):
                warn_of_class(Written, [ONE])


def test_a_class_that_is_in_no_file_is_warned_of_where_it_is_used() -> None:
    made = type("Made", (), {"__module__": "nowhere"})
    with warned() as given:
        warn_of_class(made, [ONE])
    assert lines(given) == ["warn_of_class(made, [ONE])"]


def test_a_later_warning_points_at_an_earlier_line() -> None:
    place = place_of_caller()
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("default")
        for _ in range(3):
            warn_at(place, ONE)
    assert lines(given) == ["place = place_of_caller()"]


def test_an_interpreter_without_frames_points_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "currentframe", lambda: None)
    with warned() as given:
        warn_at(place_of_caller(), ONE)
    assert [(warning.filename, warning.lineno) for warning in given] == [("", 0)]
