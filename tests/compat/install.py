"""Installs aiohttp-cors 0.8.1 into a folder of its own: `python install.py FOLDER`.

It is there as a black box: a process whose ``PYTHONPATH`` begins with the folder imports it in
place of this package. Its tests come without it, into another folder.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

REQUIREMENT = "aiohttp-cors==0.8.1"


class NotInstallableError(Exception):
    """The comparison cannot be made; the message says what was tried."""


def install(folder: Path) -> Path:
    """Return *folder*, which holds the package; an earlier installation is kept."""
    if not (folder / "aiohttp_cors").is_dir():
        _pip(folder, "install", "--target", str(folder))
    return folder


def unpack_tests(folder: Path) -> Path:
    """Return *folder*, which holds the ``tests`` of the sdist; what is there is kept."""
    if (folder / "tests").is_dir():
        return folder
    with TemporaryDirectory() as download:
        _pip(folder, "download", "--no-binary", ":all:", "--no-build-isolation", "--dest", download)
        (sdist,) = Path(download).iterdir()
        with tarfile.open(sdist) as archive:
            for member in archive.getmembers():
                _, _, member.name = member.name.partition("/")
                if member.name.startswith("tests/"):
                    archive.extract(member, folder, filter="data")
    return folder


def _pip(folder: Path, command: str, *options: str) -> None:
    pip = [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", *options]
    done = subprocess.run([*pip, REQUIREMENT], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstallableError(
            f"pip could not {command} {REQUIREMENT}, to which this package is compared: either "
            f"there is no network, or no pip in {sys.prefix}. Once it is in {folder}, no network "
            f"is needed.\n{done.stderr}"
        )


if __name__ == "__main__":
    install(Path(sys.argv[1]))
