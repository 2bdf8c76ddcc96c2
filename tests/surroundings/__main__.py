"""Runs every script beside it: ``python tests/surroundings``, or those whose names are given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scratch import LEFT_OUT

HERE = Path(__file__).parent
HELPERS = {"__main__", "caches", "inside", "scratch", "server"}


def main() -> None:
    names = sorted({path.stem for path in HERE.glob("*.py")} - HELPERS)
    chosen = sys.argv[1:] or names
    if unknown := set(chosen) - set(names):
        sys.exit(f"no {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    statuses = {name: run(name) for name in chosen}
    failures = [name for name, status in statuses.items() if status not in (0, LEFT_OUT)]
    passed, skipped = (sum(status == s for status in statuses.values()) for s in (0, LEFT_OUT))
    print(f"{passed} passed, {len(failures)} failed, {skipped} skipped", flush=True)
    if failures:
        sys.exit(f"Failed: {', '.join(failures)}")


def run(name: str) -> int:
    command = [sys.executable, HERE / f"{name}.py"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    main()
