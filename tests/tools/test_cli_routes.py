"""`routes` shows what is under CORS, one line per path and method."""

from __future__ import annotations

import json

from .conftest import Run, Write

SHOP = """
class Cart(web.View, CorsViewMixin):
    cors_config = {"https://cart.example": ResourceOptions()}

    async def get(self):
        return web.Response()

    @custom_cors({"https://partner.example": ResourceOptions(max_age=600)})
    async def put(self):
        return web.Response()


class Plain(web.View):
    async def get(self):
        return web.Response()

    async def options(self):
        return web.Response()


class Callable_:
    async def __call__(self, request):
        return web.Response()


def is_tenant(origin, request):
    return True


import re
cors = aiohttp_cors.setup(
    app,
    defaults={APP: ResourceOptions(allow_credentials=True)},
    preflight_first=True,
)
cors.add(add_get("/items", handler, allow_head=False))
cors.add(app.router.add_route("*", "/any", Callable_()), {
    "*": ResourceOptions(), re.compile("https://.*"): {}, is_tenant: {},
})
app.router.add_delete("/items/{id}", handler)
cors.add(app.router.add_view("/cart", Cart))
cors.add(app.router.add_view("/plain", Plain), {APP: ResourceOptions(allow_credentials=True)})
inner = web.Application()
inner_cors = aiohttp_cors.setup(inner)
inner_cors.add(inner.router.add_get("/" + "long/" * 10, handler, allow_head=False))
app.add_subapp("/inner", inner)
"""


def test_each_path_and_method_has_a_line(run: Run, write: Write) -> None:
    assert run("routes", write(SHOP)) == (0, TABLE, "")


TABLE = """\
METHOD   PATH                            CREDENTIALS  FROM                      ORIGINS
GET      /items                          yes          defaults                  https://app.example
*        /any                            some         cors.add, defaults        *, /https://.*/, ...
DELETE   /items/{id}                     -            -                         no CORS
GET      /cart                           some         cors_config, defaults     https://cart.exam...
PUT      /cart                           some         custom_cors, cors_con...  https://partner.e...
GET      /plain                          yes          defaults                  https://app.example
OPTIONS  /plain                          yes          defaults                  https://app.example
GET      /inner/long/long/long/long/...  -            -                         (nobody)
"""


def test_the_same_is_there_for_programs(run: Run, write: Write) -> None:
    printed = run("routes", "--json", write(SHOP))
    rows = json.loads(printed.out)
    assert [(row["method"], row["path"]) for row in rows][:2] == [("GET", "/items"), ("*", "/any")]
    assert rows[0] == {
        "method": "GET",
        "path": "/items",
        "cors": True,
        "origins": {"https://app.example": {"credentials": True}},
        "from": ["defaults"],
        "protected": False,
    }


def test_protection_is_shown_where_there_is_any(run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, protect=True)
cors.add(add_put("/", handler))
cors.exclude(add_get("/open", handler, allow_head=False))
"""
    )
    assert run("routes", app).lines == [
        "METHOD  PATH   CREDENTIALS  PROTECTED  FROM      ORIGINS",
        "PUT     /      no           yes        defaults  https://app.example",
        "GET     /open  -            no         -         no CORS",
    ]


def test_a_router_of_one_s_own_is_listed(run: Run, write: Write) -> None:
    app = write(
        """
from aiohttp_cors.abc import AbstractRouterAdapter


class Adapter(AbstractRouterAdapter):
    def add_preflight_handler(self, entity, handler): ...
    def is_preflight_request(self, request): return request.method == "OPTIONS"
    def is_cors_enabled_on_request(self, request): return True
    def set_config_for_routing_entity(self, entity, config): ...
    def get_non_preflight_request_config(self, request): return request.app["config"]
    async def get_preflight_request_config(self, request, origin, method): ...


app["config"] = {APP: ResourceOptions()}
app[aiohttp_cors.APP_CONFIG_KEY] = aiohttp_cors.CorsConfig(app, router_adapter=Adapter())
add_get("/", handler, allow_head=False)
"""
    )
    assert run("routes", app).lines == [
        "METHOD  PATH  CREDENTIALS  FROM      ORIGINS",
        "GET     /     no           cors.add  https://app.example",
    ]


def test_each_route_is_one_line_whatever_it_is_made_of(run: Run, write: Write) -> None:
    app = write(
        """
import re

verbose = re.compile("(?x)https://\\n  app  # ours\\n  [.]example")
cors = aiohttp_cors.setup(app, defaults={verbose: ResourceOptions()})
cors.add(add_get("/a\\tb", handler, allow_head=False))
"""
    )
    lines = run("routes", app).lines
    assert len(lines) == 2
    assert "/(?x)https://\\n  app  # ours\\n  [.]example/" in lines[1]


def test_functions_of_one_name_are_told_apart(run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, defaults={
    lambda origin, request: True: ResourceOptions(),
    lambda origin, request: False: ResourceOptions(allow_credentials=True),
    APP: ResourceOptions(),
})
cors.add(add_get("/", handler, allow_head=False))
"""
    )
    (row,) = json.loads(run("routes", "--json", app).out)
    assert row["origins"] == {
        "<lambda>()": {"credentials": False},
        "<lambda>() 2": {"credentials": True},
        "https://app.example": {"credentials": False},
    }
