"""The entry point of packaging tools; the metadata itself is in pyproject.toml."""

from setuptools import setup

setup()
