"""Changes the code in one place at a time, and tells which changes the fast tests do not notice.

`python tests/mutants [NAME...]`; a name is that of a change, with ``*`` (``*.origins.*``).
"""

from __future__ import annotations

import ast
import difflib
import fnmatch
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from equivalent import EQUIVALENT

ROOT = Path(__file__).parent.parent.parent
CHANGED = ROOT / "mutants"  # where mutmut writes
LEAST = 0.95
# Few, which mutmut runs itself: it knows no way to make all changes and to run none.
FEW = "aiohttp_cors.protocol.pages.*"
PYTEST = [
    *[sys.executable, "-m", "pytest", "-q", "-s", "--timeout=30"],
    *["-p", "tests.mutants.frames", "-p", "tests.mutants.processes"],
    *["-p", "no:randomly", "-p", "no:cacheprovider"],
    *["tests/core", "tests/glue"],
]


def make_changes() -> None:
    """Let mutmut write them all, and find out which tests come to which function."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "run", FEW],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout[-5000:])


def changes(chosen: Sequence[str]) -> Iterator[str]:
    """The names of the changes that were made, and *chosen*."""
    for path in sorted(CHANGED.joinpath("aiohttp_cors").rglob("*.meta")):
        made = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        yield from [name for name in made if any(fnmatch.fnmatchcase(name, c) for c in chosen)]


def run_tests(names: list[str]) -> dict[str, str]:
    """What became of each change: ``"killed"`` or ``"survived"``."""
    (CHANGED / "names.json").write_text(json.dumps(names), encoding="utf-8")
    subprocess.run(PYTEST, cwd=CHANGED, check=True)
    results: dict[str, str] = json.loads((CHANGED / "results.json").read_text(encoding="utf-8"))
    return results


def change(mutant: str) -> tuple[str, str, str]:
    """The function, the lines before, and the lines after."""
    module, _, name = mutant.rpartition(".")
    base = name.rpartition("__mutmut_")[0]
    functions = functions_of(module)
    old, new = (
        functions[each].replace(each, base).splitlines() for each in (f"{base}__mutmut_orig", name)
    )
    lines = [
        line for line in difflib.unified_diff(old, new, n=0) if re.match(r"[-+](?![-+]{2})", line)
    ]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    readable = base.removeprefix("x").removeprefix("_").replace("ǁ", ".").lstrip(".")
    return f"{module.rpartition('.')[2]}.{readable}", before, after


@cache
def functions_of(module: str) -> dict[str, str]:
    """The code of each function of *module*, and of all that it was changed into."""
    path = CHANGED.joinpath(*module.split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    nodes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    lines = source.splitlines()
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in nodes}


def is_equivalent(mutant: str) -> bool:
    """True for a change that no test can notice."""
    function, _, after = change(mutant)
    return any(function == known and part in f"{after}\n" for known, part in EQUIVALENT)


def main() -> None:
    make_changes()
    made = list(changes(sys.argv[1:] or ["*"]))
    tried = [mutant for mutant in made if not is_equivalent(mutant)]
    results = run_tests(tried)
    missed = [mutant for mutant in tried if results[mutant] == "survived"]
    for mutant in missed:
        _, before, after = change(mutant)
        print(f"{mutant}\n  - {before}\n  + {after}")
    share = 1 - len(missed) / len(tried) if tried else 0
    print(
        f"{len(made)} changes, {len(made) - len(tried)} that make no difference; {len(missed)} of "
        f"the others go unnoticed: {share:.1%} are noticed"
    )
    if share < LEAST:
        sys.exit(f"fewer than {LEAST:.0%} are noticed")


if __name__ == "__main__":
    main()
