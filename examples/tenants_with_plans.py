"""Tenants that may do what they pay for: `python examples/tenants_with_plans.py`."""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

FREE = ResourceOptions(max_age=60)
PAID = ResourceOptions(
    allow_credentials=True,
    allow_headers=("Content-Type",),
    max_age=60,
)

# Stands for a table: origin -> plan.
PLANS = {"https://flowers.example": PAID, "https://weeds.example": FREE}


async def options_of_tenant(origin: str, request: web.Request) -> ResourceOptions | None:
    """What the pages of *origin* may do; `None` where it is no tenant's."""
    return PLANS.get(origin)


async def orders(request: web.Request) -> web.Response:
    return web.json_response([])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/orders", orders)
    app.router.add_put("/orders", orders)
    # The options of the key are those for True; here the function always says its own.
    defaults = {options_of_tenant: ResourceOptions()}
    aiohttp_cors.setup(app, everywhere=True, protect=True, defaults=defaults)
    return app


if __name__ == "__main__":
    web.run_app(make_app())
