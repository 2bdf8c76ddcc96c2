"""ACA-Py: the tests of its admin server, as its source distribution has them."""

from __future__ import annotations

from scratch import (
    after,
    before,
    compare_tests,
    environment,
    interpreter,
    own_tests,
    sdist,
    with_path,
)

REQUIREMENT = "acapy-agent==1.7.0"


def main() -> None:
    python = interpreter("3.13", "3.14")
    environ = environment("acapy", REQUIREMENT, "pytest", "pytest-asyncio", python=python)
    folder = sdist("acapy", REQUIREMENT, python=python)
    old, new = (
        own_tests(environ, folder, "acapy_agent/admin", env=with_path(package, folder))
        for package in (before(), after())
    )
    compare_tests("acapy-agent 1.7.0, admin", old, new)


if __name__ == "__main__":
    main()
