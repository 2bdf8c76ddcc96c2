"""Which response headers a page may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_cors import ResourceOptions

from .sites import cors_app

if TYPE_CHECKING:
    from .sites import Serve, Site, Tab

HEADERS = {"X-Total": "3", "X-Internal": "db-7", "Link": "</2>; rel=next"}
SAFELISTED = {"content-length", "content-type", "cache-control", "expires", "last-modified"}


async def answer_with_headers(_request: web.Request) -> web.Response:
    response = web.Response(headers=HEADERS)
    response.set_cookie("secret", "of the server")
    return response


@pytest.mark.parametrize(
    ("options", "exposed"),
    [
        (ResourceOptions(), set()),
        (ResourceOptions(expose_headers=["X-Total"]), {"x-total"}),
        (ResourceOptions(expose_headers=["x-total", "LINK"]), {"x-total", "link"}),
        (ResourceOptions(expose_headers="*"), {"x-total", "x-internal", "link"}),
        (
            ResourceOptions(expose_headers="*", allow_credentials=True),
            {"x-total", "x-internal", "link"},
        ),
        (ResourceOptions(expose_headers=["Set-Cookie"], allow_credentials=True), set()),
    ],
    ids=["none", "one", "any-case", "all", "all-with-credentials", "never-cookies"],
)
async def test_a_page_sees_the_exposed_headers_and_no_others(
    serve: Serve, tab: Tab, page: Site, options: ResourceOptions, exposed: set[str]
) -> None:
    api = await serve(cors_app("/headers", answer_with_headers, {page.origin: options}))
    credentials = "include" if options.allow_credentials else "omit"
    answer = await tab.fetch(api / "headers", credentials=credentials)
    own = {name for name in answer.headers if not name.startswith("access-control-")}
    assert answer.status == 200
    assert own - SAFELISTED - {"date", "server", "vary"} == exposed
