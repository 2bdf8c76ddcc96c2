"""What is published: the wheel, the sdist, their metadata, and what an import brings."""

from __future__ import annotations

import email.message
import email.parser
import os
import runpy
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import aiohttp_cors
from aiohttp_cors import __about__

ROOT = Path(__file__).parent.parent
NAME = f"aiohttp_cors-{__about__.__version__}"


def files_under(*names: str) -> Iterator[str]:
    """The project's own files in these folders, by their paths from the root."""
    for path in (path for name in names for path in (ROOT / name).rglob("*")):
        ours = path.suffix != ".pyc" and not path.is_relative_to(ROOT / "docs" / "_build")
        if path.is_file() and ours:
            yield path.relative_to(ROOT).as_posix()


def python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(dist / f"{NAME}-py3-none-any.whl") as file:
        yield file


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    return email.parser.BytesParser().parsebytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def test_the_wheel_holds_the_package_alone(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if not name.startswith(f"{NAME}.dist-info/")}
    assert names == set(files_under("aiohttp_cors"))
    assert "aiohttp_cors/py.typed" in names


def test_the_sdist_holds_the_whole_project(dist: Path) -> None:
    with tarfile.open(dist / f"{NAME}.tar.gz") as file:
        names = {member.name.removeprefix(f"{NAME}/") for member in file if member.isfile()}
    folders = files_under("aiohttp_cors", "benchmarks", "docs", "examples", "tests")
    assert set(folders) - names == set()
    assert names > {"CHANGES.rst", "LICENSE", "Makefile", "README.rst", "pyproject.toml", "tox.ini"}
    assert not [name for name in names if name.endswith(".pyc") or "_build" in name]


def test_the_metadata_says_what_the_package_says(metadata: email.message.Message) -> None:
    assert metadata["Name"] == __about__.__title__
    assert metadata["Version"] == __about__.__version__
    assert metadata["Summary"] == __about__.__summary__
    assert metadata["Author"] == __about__.__author__
    assert metadata["License-Expression"] == __about__.__license__
    assert metadata["Project-URL"] == f"Homepage, {__about__.__uri__}"


def test_aiohttp_is_the_only_dependency(metadata: email.message.Message) -> None:
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_all("Requires-Dist") == [
        "aiohttp>=3.9",
        'publicsuffixlist; extra == "psl"',
    ]


def test_the_command_is_the_module(wheel: zipfile.ZipFile) -> None:
    scripts = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert scripts.split() == [
        "[console_scripts]",
        "aiohttp-cors",
        "=",
        "aiohttp_cors.command.program:main",
    ]


def test_the_package_has_the_names_of_its_metadata() -> None:
    dunders = {name for name in vars(__about__) if name.startswith("__")}
    expected = {"title", "version", "author", "email", "summary", "uri", "copyright", "license"}
    assert set(__about__.__all__) == {f"__{name}__" for name in expected} <= dunders
    for name in __about__.__all__:
        assert getattr(aiohttp_cors, name) == getattr(__about__, name)


def test_the_metadata_can_be_read_without_an_import() -> None:
    path = ROOT / "aiohttp_cors" / "__about__.py"
    assert "import" not in path.read_text().partition('"""\n')[2]
    assert runpy.run_path(str(path))["__version__"] == __about__.__version__


def test_an_import_is_silent_with_warnings_as_errors() -> None:
    assert python("-W", "error", "-c", "import aiohttp_cors") == ""
