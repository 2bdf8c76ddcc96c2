"""vuer: its server for the page that shows a scene, with the routes that it makes."""

from __future__ import annotations

import os
import sys

from scratch import after, before, compare_preflights, environment, interpreter, preflights

NAME, REQUIREMENT = "vuer 0.1.6", "vuer[all]==0.1.6"


def inside() -> None:
    from inside import routes_of, tell
    from vuer import Vuer

    server = Vuer(host="127.0.0.1", port=int(os.environ["PORT"]))

    async def tell_routes(app: object) -> None:
        tell(routes_of(server.app))

    server.app.on_startup.append(tell_routes)
    server.start()


def main() -> None:
    python = environment("vuer", REQUIREMENT, python=interpreter("3.11", "3.12", "3.10"))
    old, new = (preflights(python, __file__, package) for package in (before(), after()))
    compare_preflights(NAME, old, new)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
