"""Installs aiohttp-cors 0.8.1 into a folder of its own: `python install.py FOLDER`.

It is there as a black box: a process whose ``PYTHONPATH`` begins with the folder imports it in
place of this package.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENT = "aiohttp-cors==0.8.1"


class NotInstallableError(Exception):
    """The comparison cannot be made; the message says what was tried."""


def install(folder: Path) -> Path:
    """Return *folder*, which holds the package; an earlier installation is kept."""
    if (folder / "aiohttp_cors").is_dir():
        return folder
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*pip, REQUIREMENT], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstallableError(
            f"pip could not install {REQUIREMENT}, to which this package is compared: either there "
            f"is no network, or no pip in {sys.prefix}. Once it is in {folder}, no network is "
            f"needed.\n{done.stderr}"
        )
    return folder


if __name__ == "__main__":
    install(Path(sys.argv[1]))
