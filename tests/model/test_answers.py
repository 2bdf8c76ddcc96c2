"""Random applications answer random requests as the model says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from .asking import Server, disagreements
from .building import build
from .description import Application, Request
from .model import OPEN, answer
from .strategies import applications, requests

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "500"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    loop = asyncio.new_event_loop()
    server = Server(loop)
    yield server
    server.close()
    loop.close()


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(description=applications(), asked=requests)
def test_an_application_answers_as_the_model_says(
    server: Server, description: Application, asked: list[Request]
) -> None:
    with server.serving(build(description).app):
        for request in asked:
            expected = answer(description, request)
            if expected is OPEN:
                continue
            received = server.ask(request)
            wrong = disagreements(expected, received)
            assert not wrong, (request, expected, received)
