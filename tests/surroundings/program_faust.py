"""faust-streaming: the tests of its driver of aiohttp, and of its web views."""

from __future__ import annotations

from scratch import after, before, compare_tests, environment, own_tests, sdist, with_path

REQUIREMENT = "faust-streaming==0.15.3"


def main() -> None:
    needed = [
        "pytest<8",
        "pytest-asyncio",
        "pytest-aiofiles",
        "pytest-aiohttp",
        "freezegun",
        "hypothesis",
        "pytz",
        "prometheus-client",
        "PyYAML",
        "redis",
        "statsd",
    ]
    python = environment("faust", REQUIREMENT, *needed)
    folder = sdist("faust", REQUIREMENT)
    old, new = (
        own_tests(python, folder, "tests/unit/web", "tests/functional/web", env=with_path(package))
        for package in (before(), after())
    )
    compare_tests("faust-streaming 0.15.3, web", old, new)


if __name__ == "__main__":
    main()
