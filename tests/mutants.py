"""Changes the code in one place at a time, and tells which changes the fast tests do not notice.

`python tests/mutants.py [NAME...]`; a name is that of a mutant, with ``*`` (``*.origins.*``).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEAST = 0.95
NOTICED = {"killed", "timeout", "segfault"}
COUNTED = {*NOTICED, "survived", "suspicious", "no tests"}

# What no test can notice: the function, the change in its line, and why.
EQUIVALENT = {
    ("origins._ipv4_number", "ValueError(None)"): "its caller catches it and does not look at it",
    ("origins.canonical_ipv6", "mapped = None"): "only Python 3.13 and newer write it otherwise",
    ("origins.OriginPattern.parse", "key.rpartition"): "no scheme and no host has a second '://'",
    ("origins.OriginPattern.parse", '"XX*XX" in host'): "no origin has a '*' in its host anyway",
    ("origins.PatternIndex.find", "min(admitting, key=None)"): "the first of each is unique",
    ("origins.PatternIndex.find", "min(admitting, )"): "the first of each is unique",
}


def mutmut(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout[-5000:])
    return done.stdout


def results() -> Iterable[tuple[str, str]]:
    """Each mutant, and what became of it."""
    for line in mutmut("results", "--all", "true").splitlines():
        if found := re.fullmatch(r"\s*(aiohttp_cors\.\S+): (.+)", line):
            yield found[1], found[2]


def change(mutant: str) -> tuple[str, str, str]:
    """The function, the line before, and the line after."""
    path, _, function = mutant.partition(".x")
    name = re.sub(r"__mutmut_[0-9]+$", "", function).removeprefix("_").replace("ǁ", ".").lstrip(".")
    lines = mutmut("show", mutant).splitlines()
    old = [line[1:].strip() for line in lines if re.match(r"-(?!--)", line)]
    new = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line)]
    return f"{path.rpartition('.')[2]}.{name}", " ".join(old), " ".join(new)


def main() -> None:
    mutmut("run", *sys.argv[1:])
    statuses = {mutant: status for mutant, status in results() if status in COUNTED}
    missed = [mutant for mutant, status in statuses.items() if status not in NOTICED]
    unknown = []
    for mutant in missed:
        function, old, new = change(mutant)
        if not any(function == known and part in new for known, part in EQUIVALENT):
            unknown.append(mutant)
            print(f"{mutant}: {statuses[mutant]}\n  - {old}\n  + {new}")
    count = len(statuses) - (len(missed) - len(unknown))
    share = (count - len(unknown)) / count if count else 0
    print(
        f"{len(statuses)} changes, {len(missed) - len(unknown)} that make no difference; "
        f"{len(unknown)} of the others go unnoticed: {share:.1%} are noticed"
    )
    if share < LEAST:
        sys.exit(f"fewer than {LEAST:.0%} are noticed")


if __name__ == "__main__":
    main()
