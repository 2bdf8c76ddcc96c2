"""Random applications answer random requests as the model says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from .asking import check, shared_server
from .building import build
from .description import Application, Request
from .profile import EXAMPLES, REPEATABLE
from .strategies import applications, requests


@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsWarning")  # of what is drawn
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=REPEATABLE,
    suppress_health_check=list(HealthCheck),
)
@given(description=applications(), asked=requests)
def test_an_application_answers_as_the_model_says(
    description: Application, asked: list[Request]
) -> None:
    server = shared_server()
    built = build(description)
    with server.serving(built.app):
        for request in asked:
            check(server, description, built, request)
