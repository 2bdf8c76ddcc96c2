"""Origins from the environment, from pydantic-settings and from YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from aiohttp_cors import CorsWarning
from aiohttp_cors.testing import CorsBlocked
from examples import origins_from_environment, origins_from_pydantic, origins_from_yaml

from .internet import Internet

API = "https://api.example"
ITEMS = f"{API}/items"
LIST = "https://app.example, http://localhost:*,"
REGEX = r"https://pr-[0-9]+\.app\.example"

MakeApp = Callable[[], web.Application]


@pytest.fixture(params=["environment", "pydantic", "yaml"])
def make_app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MakeApp:
    """The server of each of the three examples, with the same origins."""
    if request.param == "yaml":
        return lambda: origins_from_yaml.make_app([])
    monkeypatch.setenv("CORS_ORIGINS", LIST)
    monkeypatch.setenv("CORS_ORIGIN_REGEX", REGEX)
    if request.param == "pydantic":
        return origins_from_pydantic.make_app
    return origins_from_environment.make_app


@pytest.mark.parametrize(
    "origin", ["https://app.example", "http://localhost:5173", "https://pr-12.app.example"]
)
async def test_what_the_settings_name_is_allowed(
    internet: Internet, make_app: MakeApp, origin: str
) -> None:
    await internet.serve(API, make_app())
    json = {"Content-Type": "application/json"}
    response = await internet.page(origin).fetch("GET", ITEMS, headers=json)
    assert await response.json() == ["tea", "milk"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://pr-12.app.example.evil", "https://pr-12xapp.example"],
)
async def test_nobody_else_is(internet: Internet, make_app: MakeApp, origin: str) -> None:
    await internet.serve(API, make_app())
    json = {"Content-Type": "application/json"}
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", ITEMS, headers=json)


@pytest.mark.parametrize(
    ("environ", "keys"),
    [
        ({}, []),
        ({"CORS_ORIGINS": "", "CORS_ORIGIN_REGEX": ""}, []),
        ({"CORS_ORIGINS": " , "}, []),
        ({"CORS_ORIGINS": "https://a.example"}, ["https://a.example"]),
        (
            {"CORS_ORIGINS": LIST, "CORS_ORIGIN_REGEX": REGEX},
            ["https://app.example", "http://localhost:*", re.compile(REGEX)],
        ),
    ],
)
def test_empty_values_name_nobody(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], keys: list[str | re.Pattern[str]]
) -> None:
    assert origins_from_environment.origin_keys(environ) == keys
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert list(origins_from_pydantic.CorsSettings().defaults()) == keys


@pytest.mark.parametrize("text", ["", "cors:", "cors: []", "other: 1", "cors: [{origins: }]"])
def test_an_empty_list_in_the_file_names_nobody(tmp_path: Path, text: str) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(text)
    app = origins_from_yaml.make_app([str(settings)])
    assert isinstance(app, web.Application)


def test_a_word_in_the_file_that_is_no_option_stops_the_start(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("cors: [{origins: ['*'], allow_credential: true}]")
    with pytest.raises(TypeError, match="allow_credential"):
        origins_from_yaml.make_app([str(settings)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://app.example/", "write 'https://app.example'"),
        ("app.example", "can never match"),
        ("*", "every site"),
    ],
)
def test_a_mistake_stops_the_start(text: str, said: str) -> None:
    with pytest.raises(CorsWarning, match=re.escape(said)):
        origins_from_environment.make_app({"CORS_ORIGINS": text})
