"""``python -m aiohttp_cors``."""

from __future__ import annotations

import sys

from .command.program import main

if __name__ == "__main__":
    sys.exit(main())
