"""How hypothesis runs: ``HYPOTHESIS_PROFILE=suite`` (the default) or ``soak``.

``make test`` runs the same examples every time, so that a failure can be repeated. ``make soak``
runs ``tests/model`` and ``tests/fuzz`` with 20,000 random ones per test, and then every program
``tests/fuzz/atheris_*.py`` for a while; a failure prints the line that repeats it.

A test that wants more than the suite's 150 examples, and the soak's 20,000 too, says so by
``@settings(max_examples=max(500, settings.default.max_examples))``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a busy machine could miss any.
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=150)
settings.register_profile(
    "soak",
    deadline=None,
    max_examples=20_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
