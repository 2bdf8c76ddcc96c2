"""A reverse proxy, as small as one can be."""

from __future__ import annotations

from aiohttp import ClientSession, web
from multidict import CIMultiDict

# Of one connection, and so not handed on. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
HOP_BY_HOP = ("Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding")


def make_proxy(client: ClientSession, server: str, *, keeps_host: bool = True) -> web.Application:
    """What hands all requests on to *server*, with the `Host` of that one if so wished."""

    async def hand_on(request: web.Request) -> web.Response:
        headers = without(request.headers, *HOP_BY_HOP, *(() if keeps_host else ("Host",)))
        async with client.request(
            request.method,
            server + request.path_qs,
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            return web.Response(
                status=answer.status, body=body, headers=without(answer.headers, *HOP_BY_HOP)
            )

    proxy = web.Application()
    proxy.router.add_route("*", "/{path:.*}", hand_on)
    return proxy


def without(headers: object, *names: str) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    for name in names:
        kept.popall(name, None)
    return kept
