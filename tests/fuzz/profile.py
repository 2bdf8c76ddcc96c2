"""How many examples there are: 300, the same each time, or `FUZZ_EXAMPLES` random ones."""

from __future__ import annotations

import os

from hypothesis import settings

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "300")),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    deadline=None,
)
