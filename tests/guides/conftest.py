from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trustme

from .internet import Internet


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def internet(authority: trustme.CA) -> AsyncIterator[Internet]:
    internet = Internet(authority)
    yield internet
    await internet.close()
