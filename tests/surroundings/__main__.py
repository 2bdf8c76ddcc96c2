"""Runs every script beside it: ``python tests/surroundings``, or those whose names are given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__main__", "caches", "inside", "scratch", "server"}


def main() -> None:
    names = sorted({path.stem for path in HERE.glob("*.py")} - HELPERS)
    chosen = sys.argv[1:] or names
    if unknown := set(chosen) - set(names):
        sys.exit(f"no {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    failures = []
    for name in chosen:
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py"], stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            failures.append(name)
    print(f"{len(chosen) - len(failures)} passed, {len(failures)} failed", flush=True)
    if failures:
        sys.exit(f"Failed: {', '.join(failures)}")


if __name__ == "__main__":
    main()
