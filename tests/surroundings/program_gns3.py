"""gns3-server 2.2, the last one on aiohttp: the real server, a preflight for each route."""

from __future__ import annotations

import os
import sys

from scratch import after, before, compare_preflights, environment, interpreter, preflights

NAME = "gns3-server 2.2.61"


def inside() -> None:
    import gns3server.handlers  # noqa: F401 - it registers the routes
    from gns3server.main import main as gns3
    from gns3server.web.route import Route
    from inside import tell

    tell((method, path) for method, path, _ in Route.get_routes())
    sys.argv = ["gns3server", "--host", "127.0.0.1", "--port", os.environ["PORT"]]
    gns3()


def main() -> None:
    python = environment("gns3", "gns3-server==2.2.61", python=interpreter("3.11", "3.12", "3.10"))
    home = str(python.parent)  # it writes its configuration there
    page = "http://localhost:4200"  # one of those that it names
    old, new = (
        preflights(python, __file__, folder, origin=page, HOME=home)
        for folder in (before(), after())
    )
    compare_preflights(NAME, old, new)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
