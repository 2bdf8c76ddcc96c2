"""The entry point of packaging tools; the metadata itself is in pyproject.toml."""

import sys

import setuptools

NEEDED = 77  # older ones do not know a license in the form that pyproject.toml has it

if int(setuptools.__version__.partition(".")[0]) < NEEDED:
    sys.exit(
        f"aiohttp-cors needs setuptools {NEEDED} or newer, and this is {setuptools.__version__}: "
        "python -m pip install --upgrade setuptools"
    )

setuptools.setup()
