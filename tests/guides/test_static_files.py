from __future__ import annotations

from pathlib import Path

import pytest

from examples.static_files import make_app

from .internet import Internet

FILES = "https://files.example"


@pytest.fixture
async def font(internet: Internet, tmp_path: Path) -> str:
    """The URL of a font of ten bytes."""
    (tmp_path / "serif.woff2").write_bytes(b"0123456789")
    await internet.serve(FILES, make_app([str(tmp_path)]))
    return f"{FILES}/files/serif.woff2"


@pytest.mark.parametrize("origin", ["https://shop.example", "null"])
async def test_any_page_uses_the_font(internet: Internet, font: str, origin: str) -> None:
    page = internet.page(origin)
    assert await (await page.fetch("GET", font)).read() == b"0123456789"
    assert (await page.fetch("HEAD", font)).status == 200


async def test_a_page_reads_a_part_of_it(internet: Internet, font: str) -> None:
    page = internet.page("https://shop.example")
    part = await page.fetch("GET", font, headers={"Range": "bytes=2-4"})
    assert part.status == 206
    assert await part.read() == b"234"
    assert part.headers["Content-Range"] == "bytes 2-4/10"


async def test_what_has_not_changed_is_not_sent_again(internet: Internet, font: str) -> None:
    page = internet.page("https://shop.example")
    modified = (await page.fetch("GET", font)).headers["Last-Modified"]
    headers = {"Origin": page.origin, "If-Modified-Since": modified}
    async with internet.client.get(font, headers=headers) as answer:
        assert answer.status == 304
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_missing_file_is_told_apart_from_a_refusal(internet: Internet, font: str) -> None:
    response = await internet.page("https://shop.example").fetch("GET", font + ".gone")
    assert response.status == 404
