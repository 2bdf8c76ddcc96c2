"""Which module imports which: tools know the glue, the glue knows the core, and never back."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "aiohttp_cors"
# "origins", or "fetch.headers" for a module of a package within; "fetch" for that package itself.
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)

# Plain values: header names, multidicts and URLs, and no server.
HALVES_MAY_IMPORT = {"aiohttp.hdrs", "multidict", "yarl"}
# Unit tests of users import it.
COMPATIBLE = {("preflight_handler", "_PreflightHandler")}


class Import(NamedTuple):
    """One name that a module imports, of another module of the package or of elsewhere."""

    module: str  # "origins" for a module of the package, "aiohttp.web" for another
    name: str  # "" for the module itself
    known_as: str
    own: bool  # of the package


def path_of(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def tree_of(module: str) -> ast.Module:
    code = path_of(module).read_text(encoding="utf-8")
    # Where the garbage collector comes meanwhile, Python up to 3.11.7 may fail (gh-106905).
    gc.disable()
    try:
        return ast.parse(code)
    finally:
        gc.enable()


def statements(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """All import statements: those in functions, and those that only type checkers see, too.

    A module that is known in these ways alone is known all the same.
    """
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    return tuple(
        found for statement in statements(tree_of(module)) for found in _imports(module, statement)
    )


def _imports(module: str, statement: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            known_as = alias.asname or alias.name
            own = alias.name.partition(".")[0] == PACKAGE.name
            name = alias.name.partition(".")[2] or "__init__" if own else alias.name
            yield Import(name, "", known_as, own)
        return
    source = statement.module or ""
    own = statement.level > 0 or source.partition(".")[0] == PACKAGE.name
    if statement.level:
        source = ".".join(filter(None, [*_above(module, statement.level), source]))
    elif own:
        source = source.partition(".")[2]
    for alias in statement.names:
        known_as = alias.asname or alias.name
        if not own and f"{source}.{alias.name}" in ("aiohttp.web", "aiohttp.hdrs"):
            yield Import(f"{source}.{alias.name}", "", known_as, own)
        elif own and (inner := f"{source}.{alias.name}".lstrip(".")) in MODULES:
            yield Import(inner, "", known_as, own)
        else:
            yield Import(source or "__init__", alias.name, known_as, own)


def _above(module: str, level: int) -> list[str]:
    """Where the *level* dots of an import in *module* lead to, in the package."""
    place = path_of(module).relative_to(PACKAGE).parts
    return list(place[: len(place) - level])


def part_of(module: str) -> str:
    if module == "__main__":
        return "command"
    outer = module.partition(".")[0]
    return outer if outer in MAY_KNOW else "glue"


MAY_KNOW = {
    "__about__": set(),
    "protocol": {"protocol"},
    "fetch": {"protocol", "fetch"},
    "glue": {"__about__", "protocol", "glue"},
    "testing": {"protocol", "fetch", "testing"},
    "command": {"__about__", "protocol", "fetch", "glue", "testing", "command"},
}


@pytest.mark.parametrize(
    "code",
    [
        "from .origins import NULL",
        "if TYPE_CHECKING:\n    from .origins import NULL",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from .origins import NULL",
        "def parse():\n    from .origins import NULL",
        "class Parser:\n    async def parse(self):\n        from .origins import NULL",
        "try:\n    pass\nexcept ImportError:\n    from .origins import NULL",
    ],
)
def test_no_import_is_hidden_from_these_tests(code: str) -> None:
    (statement,) = statements(ast.parse(code))
    (found,) = _imports("protocol.pages", statement)
    assert (found.module, found.name, found.own) == ("protocol.origins", "NULL", True)


def test_every_part_has_modules() -> None:
    assert {part_of(module) for module in MODULES} == set(MAY_KNOW)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_knows_only_its_own_part_and_those_below(module: str) -> None:
    known = {found.module for found in imports_of(module) if found.own}
    wrong = {other for other in known if part_of(other) not in MAY_KNOW[part_of(module)]}
    assert wrong == set()


@pytest.mark.parametrize(
    "module", [module for module in MODULES if part_of(module) in ("protocol", "fetch")]
)
def test_both_halves_of_the_protocol_know_no_server(module: str) -> None:
    known = {found.module for found in imports_of(module) if not found.own}
    foreign = {
        name
        for name in known
        if name.partition(".")[0] not in sys.stdlib_module_names and name not in HALVES_MAY_IMPORT
    }
    assert foreign == set()


def test_the_metadata_are_importable_without_anything() -> None:
    assert [found for found in imports_of("__about__") if found.module != "__future__"] == []


def test_no_modules_know_each_other_in_a_circle() -> None:
    graph = {
        module: {found.module for found in imports_of(module) if found.own} for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"they know each other in a circle: {' -> '.join(error.args[1])}")


CORE_AND_GLUE = {"__about__", "protocol", "glue"}


# An import's cost is that of the modules it brings; milliseconds would measure the machine, and
# whether it keeps bytecode.
@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("aiohttp_cors", CORE_AND_GLUE),
        ("aiohttp_cors.testing", {*CORE_AND_GLUE, "fetch", "testing"}),
        ("aiohttp_cors.command.program", set(MAY_KNOW)),
    ],
)
def test_an_import_brings_the_parts_that_it_is_made_of_and_no_others(
    entry: str, parts: set[str]
) -> None:
    expected = {module for module in MODULES if part_of(module) in parts} - {"__main__"}
    assert {name for name in added_by(entry) if name.split(".")[0] == PACKAGE.name} == {
        f"{PACKAGE.name}.{module}".removesuffix(".__init__") for module in expected
    }


def test_an_import_brings_nothing_else_that_aiohttp_web_does_not() -> None:
    assert {name.split(".")[0] for name in added_by("aiohttp_cors")} == {PACKAGE.name}


def added_by(entry: str) -> set[str]:
    """The modules that ``import entry`` adds to those of aiohttp.web."""
    program = (
        "import sys, aiohttp.web; before = set(sys.modules);"
        f"import {entry}; print(*sys.modules.keys() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


@pytest.mark.parametrize("module", MODULES)
def test_no_private_name_of_one_module_is_used_by_another(module: str) -> None:
    own = [found for found in imports_of(module) if found.own]
    imported = {(found.module, found.name) for found in own if is_private(found.name)}
    modules = {found.known_as: found.module for found in own if not found.name}
    reached = {
        (modules[node.value.id], node.attr)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
        and is_private(node.attr)
    }
    assert imported | reached <= COMPATIBLE
