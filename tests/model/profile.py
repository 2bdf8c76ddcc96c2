"""How many examples there are of each test.

500, the same ones each time, or `MODEL_EXAMPLES` random ones.
"""

from __future__ import annotations

import os

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "500"))
REPEATABLE = "MODEL_EXAMPLES" not in os.environ
