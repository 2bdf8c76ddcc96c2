"""HSDS: its service node's application, a preflight for each route, and what its own test asserts.

The source distribution has no tests. One of HSDS's own sends ``Origin: *`` and wants a literal
``*`` back, from an application that gives ``"*"`` credentials.
"""

from __future__ import annotations

import asyncio
import sys

from scratch import Answer, after, before, compare_preflights, environment, interpreter, preflights

NAME = "hsds 1.0.2"


def inside() -> None:
    from hsds import servicenode
    from inside import serve

    serve(asyncio.run(servicenode.init()))


def main() -> None:
    python = environment("hsds", "hsds==1.0.2", python=interpreter("3.11", "3.12", "3.13"))
    packages = before(), after()

    def answers(origin: str) -> list[dict[tuple[str, str], Answer]]:
        return [
            preflights(python, __file__, package, origin=origin, CORS_DOMAIN="*")
            for package in packages
        ]

    compare_preflights(NAME, *answers("https://a.example"))
    # It names no site, and so is given no credentials.
    compare_preflights(f"{NAME}, Origin: *", *answers("*"), same=("allow-origin", "allow-headers"))


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
