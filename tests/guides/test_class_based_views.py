from __future__ import annotations

import pytest

from aiohttp_cors.testing import CorsBlocked
from examples.class_based_views import make_app

from .internet import Internet

NOTES = "https://api.example/notes"
APP = "https://app.example"
EDITOR = "https://editor.example"


async def test_the_app_reads_the_notes(internet: Internet) -> None:
    await internet.serve("https://api.example", make_app())
    response = await internet.page(APP).fetch("GET", NOTES)
    assert await response.json() == ["milk"]


async def test_the_editor_saves_notes(internet: Internet) -> None:
    await internet.serve("https://api.example", make_app())
    response = await internet.page(EDITOR).fetch("PUT", NOTES, json=["tea"])
    assert await response.json() == ["tea"]


async def test_only_the_editor_deletes_them(internet: Internet) -> None:
    await internet.serve("https://api.example", make_app())
    assert (await internet.page(EDITOR).fetch("DELETE", NOTES)).status == 204
    assert (await internet.page(APP).fetch("PUT", NOTES, data="[]")).ok
    with pytest.raises(CorsBlocked):
        await internet.page(APP).fetch("DELETE", NOTES)


@pytest.mark.parametrize(
    ("origin", "method", "how"),
    [
        (EDITOR, "GET", {}),
        (APP, "PUT", {"json": []}),
        ("https://evil.example", "GET", {}),
    ],
)
async def test_nobody_does_more(internet: Internet, origin: str, method: str, how: dict) -> None:
    await internet.serve("https://api.example", make_app())
    with pytest.raises(CorsBlocked):
        await internet.page(origin).fetch(method, NOTES, **how)
