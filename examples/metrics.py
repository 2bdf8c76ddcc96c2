"""Counters of what is refused, for Prometheus: `python examples/metrics.py`."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.refusals import Refused


class Metrics:
    """What is refused, counted by kind and reason."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # No label for the origin: whoever asks chooses it, and each value would stay.
        self._refused = Counter(
            "cors_refused",
            "Requests of pages that were refused",
            ["kind", "reason"],
            registry=self._registry,
        )

    async def count(self, request: web.Request, refused: Refused) -> None:
        self._refused.labels(refused.kind, refused.reason).inc()

    async def show(self, request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    app.router.add_post("/items", items)
    shop = ResourceOptions(allow_headers=("Content-Type",))
    cors = aiohttp_cors.setup(
        app, everywhere=True, protect=True, defaults={"https://shop.example": shop}
    )

    metrics = Metrics()
    cors.on_refused.append(metrics.count)
    cors.exclude(app.router.add_get("/metrics", metrics.show))
    return app


if __name__ == "__main__":
    web.run_app(make_app())
