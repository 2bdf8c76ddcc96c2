"""How the property tests of the core run."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, so that a failure can be repeated, and no limit that a busy
# machine could miss.
settings.register_profile("core", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("core")
