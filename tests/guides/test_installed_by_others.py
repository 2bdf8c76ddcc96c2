from __future__ import annotations

import warnings

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.installed_by_others import make_app

from .internet import Internet

SERVER = "http://localhost:8080"
LAB = "https://lab.example"


async def test_the_origin_that_its_user_names_is_allowed(internet: Internet) -> None:
    await internet.serve(SERVER, make_app(["--cors-origin", LAB]))
    response = await internet.page(LAB).fetch("GET", f"{SERVER}/models", credentials="include")
    assert await response.json() == ["teapot"]


async def test_nobody_is_allowed_where_nothing_is_said(internet: Internet) -> None:
    await internet.serve(SERVER, make_app([]))
    with pytest.raises(CorsBlocked):
        await internet.page(LAB).fetch("GET", f"{SERVER}/models")


async def test_a_stranger_sends_nothing(internet: Internet) -> None:
    await internet.serve(SERVER, make_app([]))
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("https://evil.example").fetch("POST", f"{SERVER}/models", data={})
    assert blocked.value.exchange.response.status == 403


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("https://lab.example/", "write 'https://lab.example' instead"),
        ("*", "[C201]"),
    ],
)
def test_what_is_wrong_is_said_of_the_users_option(
    caplog: pytest.LogCaptureFixture, origin: str, said: str
) -> None:
    make_app(["--cors-origin", origin])
    [record] = caplog.records
    assert record.name == "viewer"
    assert record.getMessage().startswith("--cors-origin: ")
    assert said in record.getMessage()


async def test_a_user_who_says_nothing_reads_nothing(
    internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await internet.serve(SERVER, make_app([]))
    assert not caught
    assert not caplog.records
