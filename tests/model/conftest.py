"""What handlers, predicates and options that fail are logged as is checked elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def unlogged() -> Iterator[None]:
    """Without the log: that of some thousand applications takes longer than to ask them."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
