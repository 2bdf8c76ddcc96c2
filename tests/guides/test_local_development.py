from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked, Reason
from examples.local_development import make_app

from .internet import Internet

SERVER = "http://localhost:8080"


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000"])
async def test_a_page_of_this_machine_works_while_you_develop(
    internet: Internet, origin: str
) -> None:
    await internet.serve(SERVER, make_app(["--develop"]))
    page = internet.page(origin)
    response = await page.fetch("GET", f"{SERVER}/items", credentials="include")
    assert await response.json() == ["tea", "milk"]


@pytest.mark.parametrize("argv", [[], ["--develop"]])
async def test_the_app_always_works(internet: Internet, argv: list[str]) -> None:
    await internet.serve(SERVER, make_app(argv))
    response = await internet.page("https://app.example").fetch("GET", f"{SERVER}/items")
    assert await response.json() == ["tea", "milk"]


@pytest.mark.parametrize(
    ("argv", "origin"),
    [
        ([], "http://localhost:5173"),
        (["--develop"], "http://localhost.evil.example"),
        (["--develop"], "https://evil.example"),
    ],
)
async def test_nobody_else_does(internet: Internet, argv: list[str], origin: str) -> None:
    await internet.serve(SERVER, make_app(argv))
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch("GET", f"{SERVER}/items")


async def test_a_refused_header_is_named(internet: Internet) -> None:
    await internet.serve(SERVER, make_app(["--develop"]))
    with pytest.raises(CorsBlocked) as blocked:
        await internet.page("http://localhost:5173").fetch(
            "GET", f"{SERVER}/items", headers={"X-Trace": "1"}
        )
    assert blocked.value.reason is Reason.ALLOW_HEADERS
