"""Ray: the HTTP server of its dashboard agent, with the modules that have routes."""

from __future__ import annotations

import asyncio
import os
import sys

from scratch import after, before, compare_preflights, environment, interpreter, preflights

NAME, REQUIREMENT = "ray 2.60.0, dashboard agent", "ray[default]==2.60.0"


def inside() -> None:
    from inside import routes_of, tell
    from ray.dashboard.http_server_agent import HttpServerAgent
    from ray.dashboard.modules.job.job_agent import JobAgent
    from ray.dashboard.modules.log.log_agent import LogAgent
    from ray.dashboard.modules.reporter.healthz_agent import HealthzAgent

    async def serve() -> None:
        # Made without what they ask of a cluster: a preflight reaches none of their handlers.
        modules = [object.__new__(each) for each in (JobAgent, HealthzAgent, LogAgent)]
        agent = HttpServerAgent("127.0.0.1", int(os.environ["PORT"]))
        await agent.start(modules)
        tell(routes_of(agent.runner.app))
        await asyncio.Event().wait()

    asyncio.run(serve())


def main() -> None:
    python = environment("ray", REQUIREMENT, python=interpreter("3.11", "3.12", "3.13"))
    old, new = (preflights(python, __file__, package) for package in (before(), after()))
    compare_preflights(NAME, old, new)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
