"""`explain` names the true cause: for each complaint of users, and for any server by its URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

from aiohttp_cors.command.diagnosis import OWN_WORDS, remarks
from aiohttp_cors.testing import Browser

from .conftest import AskLive, Run, Write

PAGE = ["--origin", "https://app.example"]


@dataclass(frozen=True)
class Row:
    """A complaint: a configuration, what a page asks, and what is to be said of it."""

    name: str
    code: str
    asked: str
    cause: str | None
    fix: str | None = None
    origin: str = "https://app.example"


ROWS = [
    Row(
        "POST was not added, GET of the same path was",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/notes", handler, name="read"))
add_post("/notes", handler, name="write")
""",
        "-X POST -H X-Author:me /notes",
        "POST /notes (handler) is not under CORS; at this path, only these are: HEAD, GET",
        'cors.add(route, {"https://app.example": ResourceOptions(allow_headers=("X-Author",))}) '
        "for the route of POST /notes",
    ),
    Row(
        "POST was added, in another resource of the same path",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_headers="*")})
cors.add(add_get("/notes", handler, name="read"))
cors.add(add_post("/notes", handler, name="write"))
""",
        "-X POST -H X-Author:me /notes",
        None,
    ),
    Row(
        "the resource was added, and its POST was not",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_headers="*")})
notes = cors.add(app.router.add_resource("/notes"))
notes.add_route("POST", handler)
""",
        "-X POST -H X-Author:me /notes",
        "POST /notes is not enabled for preflights: its own route was not added",
        'cors.add(route, {"https://app.example": ResourceOptions(allow_headers=("X-Author",))}) '
        "for the route of POST /notes",
    ),
    Row(
        "the handler sets the header itself",
        """
async def own(request):
    return web.Response(headers={"Access-Control-Allow-Origin": "http://localhost:3000"})

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/", own))
""",
        "/",
        "the policy of GET / allows it, but the handler or a middleware sets "
        "Access-Control-Allow-Origin itself, and aiohttp_cors leaves that alone",
        "remove the code that sets Access-Control-Allow-Origin",
    ),
    Row(
        "the handler sets the wildcard, and the page includes credentials",
        """
async def own(request):
    return web.Response(headers={"Access-Control-Allow-Origin": "*"})

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_credentials=True)})
cors.add(add_get("/", own))
""",
        "--credentials /",
        "the policy of GET / allows it, but the handler or a middleware sets "
        "Access-Control-Allow-Origin itself, and aiohttp_cors leaves that alone",
        "remove the code that sets Access-Control-Allow-Origin",
    ),
    Row(
        "the handler sets the header itself, and is not under CORS",
        """
async def own(request):
    return web.Response(headers={"Access-Control-Allow-Origin": "http://localhost:3000"})

cors = aiohttp_cors.setup(app)
add_get("/", own)
""",
        "/",
        "GET / is not under CORS, and its handler or a middleware sets "
        "Access-Control-Allow-Origin itself",
        "remove the code that sets Access-Control-Allow-Origin, and "
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of GET /',
    ),
    *(
        Row(
            f"the header is taken away: {arguments}",
            """
async def strip(request, response):
    response.headers.pop("Access-Control-Allow-Origin", None)

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
app.on_response_prepare.append(strip)
for add in (add_get, add_put):
    cors.add(add("/", handler))
""",
            arguments,
            f"the policy of {method} / allows it, but a middleware, or a receiver of "
            "on_response_prepare, takes Access-Control-Allow-Origin away",
            "remove the code that takes it away",
        )
        for method, arguments in (("GET", "/"), ("PUT", "-X PUT /"))
    ),
    Row(
        "another key has the same options",
        """
cors = aiohttp_cors.setup(app, defaults={OTHER: {}, "https://*.example": {}, "*": {}})
cors.add(add_get("/", handler))
""",
        "-H X-A:1 /",
        "the options of 'https://*.example' do not allow the header X-A",
        '"https://*.example": ResourceOptions(allow_headers=("X-A",))',
    ),
    Row(
        "neither the header nor credentials are allowed",
        """
cors = aiohttp_cors.setup(app, defaults={APP: {"max_age": 5}})
cors.add(add_get("/", handler))
""",
        "--credentials -H X-A:1 /",
        "the options of 'https://app.example' do not allow the header X-A",
        '"https://app.example": ResourceOptions(allow_credentials=True, allow_headers=("X-A",), '
        "max_age=5)",
    ),
    Row(
        "only the resource was added, and the header is not allowed either",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_post("/notes", handler).resource)
""",
        "-X POST -H X-A:1 /notes",
        "POST /notes is not enabled for preflights: its own route was not added",
        'cors.add(route, {"https://app.example": ResourceOptions(allow_headers=("X-A",))}) for the '
        "route of POST /notes",
    ),
    Row(
        "a predicate refuses the preflight, by its method",
        """
def is_put(origin, request):
    return request.method == "PUT" and request.host == "127.0.0.1"

cors = aiohttp_cors.setup(app, defaults={is_put: ResourceOptions()})
cors.add(add_put("/", handler))
""",
        "-X PUT /",
        "no key of the policy of PUT / covers https://app.example; the keys are: is_put()",
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of PUT /, or '
        '"https://app.example": ResourceOptions() in the defaults',
    ),
    Row(
        "the page uses OPTIONS itself",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "-X OPTIONS /",
        "at this path, OPTIONS requests are preflights, which aiohttp_cors answers",
        "use another method in the page",
    ),
    Row(
        "a middleware fails with preflights",
        """
@web.middleware
async def fail(request, handler):
    return await handler(request) if request.method != "OPTIONS" else 1 / 0

app.middlewares.append(fail)
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_put("/", handler))
""",
        "-X PUT /",
        "a middleware answers the preflight with status 500, before it gets to the CORS of its "
        "route",
        "write aiohttp_cors.setup(app, preflight_first=True), on the outermost application and on "
        "each within that has a setup of its own",
    ),
    Row(
        "a view does not define the method",
        """
class Notes(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(app.router.add_view("/notes", Notes))
""",
        "-X DELETE /notes",
        "DELETE /notes is served by the view Notes, which has no method 'delete'",
        "write 'async def delete(self)' in Notes",
    ),
    Row(
        "views do not serve the method",
        """
class Notes(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(app.router.add_view("/notes", Notes))
""",
        "-X REPORT /notes",
        "REPORT /notes is served by the view Notes, and views of aiohttp serve no REPORT",
        "serve REPORT by a function, at a path of its own",
    ),
    Row(
        "a middleware words the refusal of a view anew",
        """
@web.middleware
async def in_json(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text}, status=error.status)

class Notes(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

app.middlewares.append(in_json)
cors = aiohttp_cors.setup(app, defaults={"https://other.example": ResourceOptions()})
cors.add(app.router.add_view("/notes", Notes))
""",
        "-H X-A:1 /notes",
        "no key of the policy of GET /notes covers https://app.example; the keys are: "
        "https://other.example",
        'cors.add(route, {"https://app.example": ResourceOptions(allow_headers=("X-A",))}) for the '
        'route of GET /notes, or "https://app.example": ResourceOptions(allow_headers=("X-A",)) in '
        "the defaults",
    ),
    Row(
        "authentication refuses the preflight",
        """
@web.middleware
async def authenticate(request, handler):
    raise web.HTTPUnauthorized

app.middlewares.append(authenticate)
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_headers="*")})
cors.add(add_get("/", handler))
""",
        "-H Authorization:me /",
        "a middleware answers the preflight with status 401, before it gets to the CORS of its "
        "route; preflights carry no credentials, so that authentication always refuses them",
        "write aiohttp_cors.setup(app, preflight_first=True), on the outermost application and on "
        "each within that has a setup of its own",
    ),
    Row(
        "only a sub-application has a setup",
        """
part = web.Application()
aiohttp_cors.setup(part, defaults={APP: ResourceOptions()}, everywhere=True)
app.add_subapp("/part", part)
add_get("/hook", handler)
""",
        "/hook",
        "aiohttp_cors.setup() is called for a sub-application, and not for the one that serves "
        "GET /hook",
        'aiohttp_cors.setup(app, defaults={"https://app.example": ResourceOptions()}, '
        "everywhere=True)",
    ),
    Row(
        "a sub-application was taken out",
        """
part = web.Application()
part.router.add_get("/x", handler)
app.add_subapp("/part", part)
aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True).exclude(part)
""",
        "/part/x",
        "GET /part/x was taken out of CORS by cors.exclude()",
        "remove the line with cors.exclude() that takes it out",
    ),
    Row(
        "a sub-application decides for itself, and did not add the route",
        """
part = web.Application()
aiohttp_cors.setup(part, defaults={APP: ResourceOptions()})
part.router.add_get("/x", handler)
app.add_subapp("/part", part)
aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True)
add_get("/", handler)
""",
        "/part/x",
        "GET /part/x (handler) is not under CORS",
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of GET /part/x',
    ),
    Row(
        "the application's own OPTIONS handler answers the preflight",
        """
cors = aiohttp_cors.setup(app, preflight_first=True, defaults={APP: ResourceOptions()})
app.router.add_route("OPTIONS", "/upload", handler)
cors.add(add_put("/upload", handler))
""",
        "-X PUT /upload",
        "the application's own OPTIONS handler handler (/upload) answers the preflight, and "
        "aiohttp_cors does not",
        "remove the handler; or, if it serves more than preflights, cors.add() the route of "
        "OPTIONS /upload too",
    ),
    Row(
        "a view in a sub-application, setup on the root",
        """
class Notes(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

inner = web.Application()
route = inner.router.add_view("/notes", Notes)
app.add_subapp("/api", inner)
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(route)
""",
        "/api/notes",
        None,
    ),
    Row(
        "the server says 404",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/notes", handler))
""",
        "/note",
        "no route serves GET /note: the server says 404, and not even that may the page see",
        'check the URL; with aiohttp_cors.setup(app, defaults={"https://app.example": '
        "ResourceOptions()}, everywhere=True) pages can read such errors",
    ),
    Row(
        "the server says 405",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/notes", handler))
""",
        "-X POST /notes",
        "no route serves POST /notes; at this path there are GET, HEAD",
        'add a route for POST; with aiohttp_cors.setup(app, defaults={"https://app.example": '
        "ResourceOptions()}, everywhere=True) pages can read such errors",
    ),
    Row(
        "normalize_path_middleware redirects",
        """
app.middlewares.append(web.normalize_path_middleware())
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_get("/notes/", handler))
""",
        "/notes",
        "no route serves GET /notes: the server redirects to /notes/, and the redirect has no "
        "CORS headers",
        "let the page ask for /notes/, or write aiohttp_cors.setup(app, defaults="
        '{"https://app.example": ResourceOptions()}, everywhere=True)',
    ),
    Row(
        "a preview on a subdomain that no key covers",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(), "http://localhost:*": {}})
cors.add(add_get("/", handler))
""",
        "/",
        "no key of the policy of GET / covers https://pr-7.app.example; the keys are: "
        "https://app.example, http://localhost:*",
        'cors.add(route, {"https://pr-7.app.example": ResourceOptions()}) for the route of GET /, '
        'or "https://pr-7.app.example": ResourceOptions() in the defaults',
        origin="https://pr-7.app.example",
    ),
    Row(
        "a tenant whom the callable refuses",
        """
def is_tenant(origin, request):
    return False

cors = aiohttp_cors.setup(app, defaults={is_tenant: ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "/",
        "no key of the policy of GET / covers https://app.example; the keys are: is_tenant()",
    ),
    Row(
        "a tenant whom the callable admits, with a header that is not allowed",
        """
async def is_tenant(origin, request):
    return request.app is app and request.headers["Origin"] == APP

cors = aiohttp_cors.setup(app, defaults={OTHER: {}, is_tenant: ResourceOptions(max_age=1)})
cors.add(add_get("/", handler))
""",
        "-H X-Author:me /",
        "the options of 'is_tenant()' do not allow the header X-Author",
        'is_tenant: ResourceOptions(allow_headers=("X-Author",), max_age=1)',
    ),
    Row(
        "a callable that fails",
        """
def is_tenant(origin, request):
    raise ConnectionError("no database")

cors = aiohttp_cors.setup(app, defaults={is_tenant: ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "/",
        "the origin is refused, because is_tenant() failed: ConnectionError: no database "
        "(site_under_test.py:18)",
        "correct it: it is given the origin and the request, and says True or False",
    ),
    Row(
        "the literal wildcard, with credentials",
        """
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions(max_age=60)})
cors.add(add_get("/", handler))
""",
        "--credentials /",
        "the page includes credentials, and the options of '*' do not allow them",
        '"https://app.example": ResourceOptions(allow_credentials=True, max_age=60)',
    ),
    Row(
        "credentials are not allowed",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(expose_headers=["X-Total"])})
cors.add(add_get("/", handler))
""",
        "--credentials /",
        "the page includes credentials, and the options of 'https://app.example' do not allow them",
        '"https://app.example": ResourceOptions(allow_credentials=True, '
        'expose_headers=("X-Total",))',
    ),
    Row(
        "static files, for reading",
        """
import pathlib
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_headers=["X-Any"])})
cors.add(app.router.add_static("/files", pathlib.Path(__file__).parent))
""",
        "-H X-Any:1 /files/site_under_test.py",
        None,
    ),
    Row(
        "the origin has a trailing slash",
        """
cors = aiohttp_cors.setup(app, defaults={"https://app.example/": ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "/",
        "the origin 'https://app.example/' can never match, it has a trailing slash",
        "write 'https://app.example' in its place",
    ),
    Row(
        "the origin has no scheme",
        """
cors = aiohttp_cors.setup(app, defaults={OTHER: {}, "app.example": ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "-X GET -H X-A:1 /",
        "the origin 'app.example' can never match, it has no scheme",
        "write 'https://app.example' in its place",
    ),
    Row(
        "setup, and nothing added",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
add_get("/", handler)
""",
        "/",
        "aiohttp_cors.setup() is called, but nothing is under CORS",
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of GET /, or '
        'aiohttp_cors.setup(app, defaults={"https://app.example": ResourceOptions()}, '
        "everywhere=True)",
    ),
    Row(
        "no setup",
        'add_get("/", handler)',
        "/",
        "aiohttp_cors.setup() is not called for this application",
        'aiohttp_cors.setup(app, defaults={"https://app.example": ResourceOptions()}, '
        "everywhere=True)",
    ),
    Row(
        "added without any origin",
        """
cors = aiohttp_cors.setup(app)
cors.add(add_get("/", handler))
""",
        "/",
        "GET / is under CORS, but neither it nor the defaults name any origin",
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of GET /',
    ),
    Row(
        "PUT is for other origins than GET",
        """
cors = aiohttp_cors.setup(app)
notes = app.router.add_resource("/notes")
cors.add(notes.add_route("GET", handler), {APP: ResourceOptions()})
cors.add(notes.add_route("PUT", handler), {OTHER: ResourceOptions()})
""",
        "-X PUT /notes",
        "no key of the policy of PUT /notes covers https://app.example; the keys are: "
        "https://other.example; at this path, https://app.example may use GET",
    ),
    Row(
        "a header is not allowed",
        """
editor = ResourceOptions(allow_headers=["Content-Type"], max_age=600)
cors = aiohttp_cors.setup(app, defaults={"https://*.example": editor})
cors.add(add_get("/", handler))
""",
        "-H Content-Type:application/json -H X-Author:me /",
        "the options of 'https://*.example' do not allow the header X-Author",
        '"https://*.example": ResourceOptions(allow_headers=("Content-Type", "X-Author"), '
        "max_age=600)",
    ),
    Row(
        "a header is not allowed by an expression",
        """
import re
cors = aiohttp_cors.setup(app, defaults={re.compile("https://app[.]example"): {}})
cors.add(add_get("/", handler))
""",
        "-H X-Author:me /",
        "the options of '/https://app[.]example/' do not allow the header X-Author",
        '/https://app[.]example/: ResourceOptions(allow_headers=("X-Author",))',
    ),
    Row(
        "allow_methods leave the method out",
        """
reader = ResourceOptions(allow_methods=["GET"])
cors = aiohttp_cors.setup(app, defaults={APP: reader}, everywhere=True)
add_put("/", handler)
""",
        "-X PUT /",
        "the 'allow_methods' of https://app.example leave PUT out",
        'ResourceOptions(allow_methods=(..., "PUT"))',
    ),
    Row(
        "allow_methods of what a predicate says leave the method out",
        """
def may_read(origin, request):
    return ResourceOptions(allow_methods=["GET"])
cors = aiohttp_cors.setup(app, defaults={may_read: {}}, everywhere=True)
add_put("/", handler)
""",
        "-X PUT /",
        "the 'allow_methods' of https://app.example leave PUT out",
        'ResourceOptions(allow_methods=(..., "PUT"))',
    ),
    Row(
        "excluded from everywhere",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True)
cors.exclude(add_get("/private", handler))
""",
        "/private",
        "GET /private was taken out of CORS by cors.exclude()",
        "remove the line with cors.exclude() that takes it out",
    ),
    Row(
        "a method in lower case",
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(app.router.add_patch("/", handler))
""",
        "-X patch /",
        "methods are case-sensitive, and browsers send 'patch' as it is written",
        'write method: "PATCH" in the page',
    ),
    Row(
        "a sandboxed frame, with credentials",
        """
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions(allow_credentials=True)})
cors.add(add_get("/", handler))
""",
        "--credentials /",
        "'*' allows no credentials to pages of the origin 'null', which is that of no site: any "
        "can give itself 'null' with a sandboxed frame",
        '"null": ResourceOptions(allow_credentials=True)',
        origin="null",
    ),
    Row(
        "a sandboxed frame, with credentials that nobody may send",
        """
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "--credentials /",
        "'*' allows no credentials to pages of the origin 'null', which is that of no site: any "
        "can give itself 'null' with a sandboxed frame",
        '"null": ResourceOptions(allow_credentials=True)',
        origin="null",
    ),
    Row(
        "a predicate gives options that lack a header",
        """
def reader(origin, request):
    return ResourceOptions(max_age=7)

cors = aiohttp_cors.setup(app, defaults={reader: ResourceOptions(allow_headers="*")})
cors.add(add_get("/", handler))
""",
        "-H X-A:1 /",
        "the options of 'reader()' do not allow the header X-A",
        'reader: ResourceOptions(allow_headers=("X-A",), max_age=7)',
    ),
    Row(
        "an expression that is about other origins",
        """
import re
cors = aiohttp_cors.setup(app, defaults={re.compile("https://other[.]example"): {}})
cors.add(add_get("/", handler))
""",
        "/",
        "no key of the policy of GET / covers https://app.example; the keys are: "
        "/https://other[.]example/",
    ),
    *(
        Row(
            f"an expression that matches {what}: {expression}",
            f"""
import re
cors = aiohttp_cors.setup(app, defaults={{re.compile(r"{expression}"): ResourceOptions()}})
cors.add(add_get("/", handler))
""",
            "/",
            f"the expression /{expression}/ matches only {what} of http://localhost:3000, and "
            "aiohttp_cors matches an expression with an origin as a whole",
            "let it say all of the origin, or name the origin: "
            '"http://localhost:3000": ResourceOptions()',
            origin="http://localhost:3000",
        )
        for expression, what in (
            ("^https?://localhost", "the beginning"),
            ("http://localhost:30", "the beginning"),
            ("localhost:[0-9]+$", "a part"),
        )
    ),
    Row(
        "the router's error under everywhere, for another origin",
        """
aiohttp_cors.setup(app, defaults={OTHER: ResourceOptions()}, everywhere=True)
""",
        "/note",
        "no route serves GET /note, and no key of the defaults covers https://app.example, so that "
        "the page may not see the 404",
        'check the URL; with "https://app.example": ResourceOptions() in the defaults the page can '
        "read such errors",
    ),
    Row(
        "the router's error under everywhere, with credentials",
        """
aiohttp_cors.setup(app, defaults={APP: ResourceOptions(max_age=5)}, everywhere=True)
""",
        "--credentials /note",
        "no route serves GET /note, and the options of 'https://app.example' in the defaults do "
        "not allow what the page sends, so that it may not see the 404",
        '"https://app.example": ResourceOptions(allow_credentials=True, max_age=5)',
    ),
    Row(
        "the router's error under everywhere, with the header taken away",
        """
async def strip(request, response):
    response.headers.pop("Access-Control-Allow-Origin", None)

aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True)
app.on_response_prepare.append(strip)
""",
        "/note",
        "the policy of GET /note, which no route serves, allows it, but a middleware, or a "
        "receiver of on_response_prepare, takes Access-Control-Allow-Origin away",
        "remove the code that takes it away",
    ),
    *(
        Row(
            f"more than aiohttp takes, in {what}",
            """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_headers="*")})
cors.add(add_get("/{id}", handler))
""",
            asked,
            "aiohttp's own parser refuses the request, with status 400, before any application "
            f"gets it: {what} is {size} bytes long, and it takes 8,190",
            "send less, or send it in the body; or let the server take more: web.AppRunner(app, "
            "max_line_size=..., max_field_size=...)",
        )
        for what, size, asked in (
            ("the header X-Token", "9,000", f"-HX-Token:{'t' * 9000} /1"),
            ("the URL", "9,001", f"/{'1' * 9000}"),
        )
    ),
    Row(
        "protect=True refuses a form of another page",
        """
cors = aiohttp_cors.setup(app, defaults={OTHER: ResourceOptions()}, protect=True)
cors.add(add_post("/", handler))
""",
        "-X POST /",
        "protect=True refuses it before any middleware and handler: origin 'https://app.example' "
        "is not allowed",
        'cors.add(route, {"https://app.example": ResourceOptions()}) for the route of POST /',
    ),
    Row(
        "a sub-application answers first, the one around it does not",
        """
@web.middleware
async def authenticate(request, handler):
    raise web.HTTPUnauthorized

app.middlewares.append(authenticate)
part = web.Application()
cors = aiohttp_cors.setup(part, defaults={APP: ResourceOptions()}, preflight_first=True)
cors.add(part.router.add_put("/", handler))
app.add_subapp("/part", part)
""",
        "-X PUT /part/",
        "a middleware answers the preflight with status 401, before it gets to the CORS of its "
        "route; preflights carry no credentials, so that authentication always refuses them",
        "write aiohttp_cors.setup(app, preflight_first=True), on the outermost application and on "
        "each within that has a setup of its own",
    ),
    Row(
        "preflights are answered first, and their answer is replaced",
        """
async def replace(request, response):
    if request.method == "OPTIONS":
        response.headers.clear()

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, preflight_first=True)
cors.add(add_put("/", handler))
app.on_response_prepare.append(replace)
""",
        "-X PUT /",
        "a middleware answers the preflight with status 200, before it gets to the CORS of its "
        "route",
        "call aiohttp_cors.setup() after that middleware is added, so that it comes behind, or let "
        "it pass OPTIONS requests on",
    ),
    Row(
        "an OPTIONS handler of an overlapping path answers the preflight",
        """
app.router.add_route("OPTIONS", "/{tail:.*}", handler)
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_put("/{id}", handler))
""",
        "-X PUT /1",
        "the application's own OPTIONS handler handler (/{tail}) answers the preflight, and "
        "aiohttp_cors does not",
        "remove the handler; or, if it serves more than preflights, write "
        "aiohttp_cors.setup(app, preflight_first=True)",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_explain_names_the_true_cause(row: Row, run: Run, write: Write) -> None:
    app = write(row.code)
    printed = run("explain", app, "--origin", row.origin, *row.asked.split())
    allowed = row.cause is None
    assert printed.item("Cause") == row.cause, printed.out
    assert row.fix is None or printed.item("Fix") == row.fix, printed.out
    assert ("ALLOWED" in printed.lines, "BLOCKED" in printed.lines) == (allowed, not allowed)
    assert (printed.status, printed.err) == (int(not allowed), "")
    assert max(map(len, printed.lines)) <= 100


FAILS_TO_START = [
    pytest.param(
        """
cors = aiohttp_cors.setup(app)
cors.add(app.router.add_route("*", "/", handler))
""",
        "already has a '*' handler",
        id="a route for every method",
    ),
    pytest.param(
        """
cors = aiohttp_cors.setup(app)
app.router.add_route("OPTIONS", "/", handler)
cors.add(next(iter(app.router.resources())))
""",
        "already has OPTIONS handler",
        id="an OPTIONS handler of its own",
    ),
    pytest.param(
        """
cors = aiohttp_cors.setup(app)
route = add_get("/", handler)
cors.add(route, {APP: ResourceOptions()})
cors.add(route, {OTHER: ResourceOptions()})
""",
        "was added already, with another config",
        id="added twice",
    ),
]


@pytest.mark.parametrize(("code", "cause"), FAILS_TO_START)
def test_what_cannot_start_is_named_in_one_line(
    code: str, cause: str, run: Run, write: Write
) -> None:
    printed = run("explain", write(code), *PAGE)
    assert (printed.status, printed.out) == (2, "")
    assert printed.err.count("\n") == 1
    assert cause in printed.err
    assert "site_under_test.py:" in printed.err


def test_a_failed_preflight_is_told_step_by_step(run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(allow_credentials=True)})
cors.add(add_put("/notes/{id}", handler))
"""
    )
    printed = run("explain", app, *PAGE, "--credentials", "-X", "PUT", "-HX-A:1", "/notes/1?q=a")
    assert (
        printed.out
        == """\
A page of https://app.example fetches PUT /notes/1?q=a from site_under_test:app, with X-A and
credentials

A preflight is needed: the method PUT, the header x-a

1. Preflight
   > OPTIONS /notes/1?q=a
   > Accept: */*
   > Origin: https://app.example
   > Access-Control-Request-Method: PUT
   > Access-Control-Request-Headers: x-a

   < 403 Forbidden
   < Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

   failed  ok status

BLOCKED
  Reason  the preflight was answered with status 403, where only 200 to 299 let the request follow
  Server  CORS preflight request failed: headers are not allowed: X-A
  Cause   the options of 'https://app.example' do not allow the header X-A
  Fix     "https://app.example": ResourceOptions(allow_credentials=True, allow_headers=("X-A",))
"""
    )


def test_what_the_page_may_read_is_told(run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions(expose_headers=["Date"])})
cors.add(add_get("/", handler))
"""
    )
    printed = run("explain", app, *PAGE, "-H", "Cookie: a=b")
    assert printed.status == 0
    assert (
        printed.out
        == """\
A page of https://app.example fetches GET / from site_under_test:app

Cookie is a forbidden request-header: it is not sent

No preflight: everything is CORS-safelisted

1. Request
   > GET /
   > Accept: */*
   > Origin: https://app.example

   < 200 OK
   < Access-Control-Allow-Origin: *
   < Access-Control-Expose-Headers: Date

   passed  CORS check

ALLOWED
  Page    reads the status 200, the body and content-length, content-type, date
"""
    )


# --- Whose header it is ------------------------------------------------------------------------

OPEN = """
async def own(request):
    return web.Response(headers={"Access-Control-Allow-Origin": "*"})

"""
NOT_OURS = (
    "Access-Control-Allow-Origin is not from aiohttp_cors, whose configuration does not say that "
    "for {}: the handler, a middleware or a receiver of on_response_prepare sets it"
)
REMARKS = [
    pytest.param(
        OPEN
        + "cors = aiohttp_cors.setup(app, defaults={OTHER: ResourceOptions()})\n"
        + 'cors.add(add_get("/", own))\n',
        "/",
        NOT_OURS.format("GET /"),
        id="a handler lets in a page that the policy refuses",
    ),
    pytest.param(
        OPEN
        + "cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})\n"
        + 'cors.add(add_get("/", own))\n',
        "/",
        NOT_OURS.format("GET /"),
        id="a handler lets in everybody",
    ),
    pytest.param(
        OPEN + "aiohttp_cors.setup(app, defaults={APP: {}})\n" + 'add_get("/", own)\n',
        "/",
        NOT_OURS.format("GET /"),
        id="a handler that is not under CORS",
    ),
    pytest.param(OPEN + 'add_get("/", own)\n', "/", NOT_OURS.format("GET /"), id="no setup"),
    pytest.param(
        """
async def allow_all(request, response):
    response.headers["Access-Control-Allow-Origin"] = "*"

app.on_response_prepare.append(allow_all)
aiohttp_cors.setup(app)
""",
        "/note",
        NOT_OURS.format("GET /note"),
        id="an error of the router",
    ),
    pytest.param(
        """
aiohttp_cors.setup(app, defaults={"*": ResourceOptions()}, everywhere=True)
""",
        "/note",
        None,
        id="an error of the router, under everywhere",
    ),
    pytest.param(
        """
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
cors.add(add_get("/", handler))
""",
        "/",
        None,
        id="the constant answer",
    ),
    pytest.param(
        """
async def allow(request):
    return web.Response(headers={
        "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PUT",
    })

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, preflight_first=True)
app.router.add_route("OPTIONS", "/", allow)
cors.add(add_put("/", handler))
""",
        "-X PUT /",
        "the preflight is answered by the application's own OPTIONS handler allow (/), and not by "
        "aiohttp_cors",
        id="an OPTIONS handler",
    ),
    pytest.param(
        """
@web.middleware
async def allow(request, handler):
    if request.method != "OPTIONS":
        return await handler(request)
    return web.Response(headers={
        "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PUT",
    })

app.middlewares.append(allow)
cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})
cors.add(add_put("/", handler))
""",
        "-X PUT /",
        "the preflight is answered by a middleware, and not by aiohttp_cors",
        id="a middleware that answers preflights",
    ),
]


@pytest.mark.parametrize(("code", "asked", "remark"), REMARKS)
def test_what_is_allowed_by_others_is_noted(
    code: str, asked: str, remark: str | None, run: Run, write: Write
) -> None:
    printed = run("explain", write(code), *PAGE, *asked.split())
    assert "ALLOWED" in printed.lines, printed.out
    assert printed.item("Note") == remark, printed.out
    assert max(map(len, printed.lines)) <= 100


@pytest.mark.parametrize("origin", ["null", "file://"])
def test_a_page_of_no_site_gets_what_is_for_everybody(origin: str, run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, defaults={"null": {}, "file://": {}})
cors.add(add_get("/", handler))
"""
    )
    printed = run("explain", app, "--origin", origin)
    assert f"   > Origin: {origin}" in printed.lines


async def test_a_page_of_the_same_origin_has_no_remarks() -> None:
    async def own(request: web.Request) -> web.Response:
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    app = web.Application()
    app.router.add_get("/", own)
    async with TestServer(app) as server, ClientSession() as session:
        verdict = await Browser(session, str(server.make_url("/").origin())).explain("GET", "/")
    assert verdict.allowed
    assert await remarks(app, verdict) == ()


@pytest.mark.parametrize(
    ("configured", "code", "asked"),
    [
        ("preflight_first=True", row.code, row.asked)
        for row in ROWS
        if "preflight_first=True" in row.code
    ]
    + [("everywhere=True", row.code, row.asked) for row in ROWS if "everywhere=True" in row.code],
)
def test_what_is_configured_already_is_not_advised(
    configured: str, code: str, asked: str, run: Run, write: Write
) -> None:
    if "part = " in code:  # where it may be missing elsewhere
        return
    printed = run("explain", write(code), *PAGE, *asked.split())
    assert configured not in str(printed.item("Fix"))


# --- Any server, by its URL --------------------------------------------------------------------


ALLOW_PAGE = {"Access-Control-Allow-Origin": "https://app.example"}
ALLOW_ALL = {"Access-Control-Allow-Origin": "*"}
ONE_ORIGIN = "send one 'Access-Control-Allow-Origin: https://app.example', and 'Vary: Origin'"
SERVERS = [
    pytest.param(200, {}, "", ONE_ORIGIN, id="nothing"),
    pytest.param(
        200,
        ALLOW_ALL,
        "--credentials",
        "send one 'Access-Control-Allow-Origin: https://app.example' and "
        "'Access-Control-Allow-Credentials: true', and 'Vary: Origin'",
        id="a wildcard with credentials",
    ),
    pytest.param(
        200,
        ALLOW_PAGE,
        "--credentials",
        "send 'Access-Control-Allow-Credentials: true'",
        id="credentials",
    ),
    pytest.param(
        200,
        ALLOW_PAGE,
        "-X PUT",
        "answer the preflight with 'Access-Control-Allow-Methods: PUT'",
        id="method",
    ),
    pytest.param(
        204,
        ALLOW_PAGE,
        "-H X-A:1 -H X-B:2",
        "answer the preflight with 'Access-Control-Allow-Headers: x-a, x-b'",
        id="headers",
    ),
    pytest.param(
        401,
        {},
        "-X PUT",
        "answer OPTIONS requests that have Access-Control-Request-Method with status 204 and the "
        "Access-Control-* headers, before authentication and routing",
        id="status",
    ),
    pytest.param(
        301,
        {"Location": "/there"},
        "-X PUT",
        "answer preflights without a redirect, or fetch the final URL",
        id="redirected preflight",
    ),
    pytest.param(302, {"Location": "data:x", **ALLOW_ALL}, "", None, id="nothing to send"),
]


@pytest.mark.parametrize(("status", "headers", "asked", "fix"), SERVERS)
async def test_the_fix_for_a_server_in_any_language_is_told_in_http(
    status: int,
    headers: dict[str, str],
    asked: str,
    fix: str | None,
    ask_live: AskLive,
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    printed = await ask_live(answer, *PAGE, *asked.split())
    assert "BLOCKED" in printed.lines
    assert (printed.item("Fix"), printed.item("Cause")) == (fix, None)


def as_nginx(status: int = 200, text: str = "", **headers: str) -> Callable[[], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(
        status=status, text=text, headers={"Server": "nginx/1.22.1", **named}
    )


def as_aiohttp(status: int = 200, text: str = "", **headers: str) -> Callable[[], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(status=status, text=text, headers=named)


PAGE_ = "https://app.example"
OURS = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
NO_ORIGIN = "CORS preflight request failed: origin header is not specified"
REFUSED = "CORS preflight request failed: origin 'https://app.example' is not allowed"
LET_THROUGH = "let it pass Origin on (in nginx, remove 'proxy_set_header Origin')"
MIND = (
    "let the cache mind 'Vary: Origin' (in nginx, remove 'proxy_ignore_headers Vary'), and empty "
    "it; or let the answer be the same for all: 'Access-Control-Allow-Origin: *'"
)
KEPT = "a cache ({}) hands out an answer that was for another page, or for none"
PASS_ON = "let nginx pass OPTIONS requests on to the application, where that has aiohttp_cors"
# What is answered to preflights, and to the rest; what is asked; the cause and the fix
FRONTS = [
    pytest.param(
        as_aiohttp(),
        as_aiohttp(Access_Control_Allow_Origin="https://app.example, *"),
        "/",
        "Access-Control-Allow-Origin is set twice ('https://app.example' and '*'): by the "
        "application and by a server in front of it, or by two parts of the application",
        ONE_ORIGIN,
        id="two values",
    ),
    pytest.param(
        as_nginx(),
        as_nginx(Access_Control_Allow_Origin="https://app.example, *"),
        "/",
        "Access-Control-Allow-Origin is set twice ('https://app.example' and '*'): the answer came "
        "through nginx/1.22.1, which adds one to that of the application",
        "remove the Access-Control-* headers from the configuration of nginx/1.22.1 (in nginx, "
        "'add_header'), where the application sends them",
        id="two values, through nginx",
    ),
    pytest.param(
        as_nginx(403, NO_ORIGIN, Vary=OURS),
        as_nginx(),
        "-X PUT /",
        "the application gets no Origin header, which was sent: nginx/1.22.1 takes it away",
        LET_THROUGH,
        id="no Origin of a preflight",
    ),
    pytest.param(
        as_aiohttp(403, NO_ORIGIN, Vary=OURS),
        as_aiohttp(Via="1.1 varnish"),
        "/",
        "the application gets no Origin header, which was sent: a proxy (Via: 1.1 varnish) takes "
        "it away",
        LET_THROUGH,
        id="no Origin",
    ),
    pytest.param(
        as_aiohttp(403, NO_ORIGIN, Vary=OURS),
        as_aiohttp(),
        "/",
        "the application gets no Origin header, which was sent: a server in front of it takes it "
        "away",
        LET_THROUGH,
        id="no Origin, for an unknown server",
    ),
    pytest.param(
        as_nginx(403, REFUSED, Vary=OURS),
        as_nginx(),
        "/",
        "the application's aiohttp_cors refuses it itself: origin 'https://app.example' is not "
        "allowed",
        'cors.add(route, {"https://app.example": ResourceOptions()})',
        id="refused by the application",
    ),
    pytest.param(
        as_nginx(Vary=OURS, Access_Control_Allow_Origin=PAGE_),
        as_nginx(),
        "/",
        "a preflight for the same request is allowed, so that the application allows it: "
        "nginx/1.22.1 takes Origin away from the request, or Access-Control-Allow-Origin from the "
        "answer",
        "let it pass both on",
        id="allowed by the application",
    ),
    pytest.param(
        as_aiohttp(Vary=OURS, Access_Control_Allow_Origin=PAGE_),
        as_aiohttp(),
        "/",
        "a preflight for the same request is allowed, so that the application allows it: a server "
        "in front of it takes Origin away from the request, or "
        "Access-Control-Allow-Origin from the answer",
        "let it pass both on",
        id="allowed by the application, for an unknown server",
    ),
    pytest.param(as_nginx(), as_nginx(), "/", None, ONE_ORIGIN, id="nothing to be told from"),
    *(
        pytest.param(
            as_nginx(Vary=OURS),
            as_nginx(),
            asked,
            "the application's aiohttp_cors grants a preflight, but Access-Control-Allow-Origin is "
            "missing in its answer: nginx/1.22.1 takes it away",
            "let it pass the Access-Control-* headers on (in nginx, remove 'proxy_hide_header')",
            id=f"the header is taken away: {asked}",
        )
        for asked in ("/", "-X PUT /")
    ),
    pytest.param(
        as_nginx(Vary=OURS, Access_Control_Allow_Origin=PAGE_),
        as_nginx(502),
        "/",
        "a preflight for the same request is allowed, so that the application allows it: the 502 "
        "is not its own, but of nginx/1.22.1",
        "look for the error itself there; pages cannot read it without CORS headers",
        id="an error of nginx",
    ),
    *(
        pytest.param(
            as_nginx(),
            as_nginx(**headers),  # type: ignore[arg-type]
            "/",
            KEPT.format(told),
            MIND,
            id=f"kept: {told}",
        )
        for told, headers in (
            ("Age: 12", {"Age": "12"}),
            ("X-Cache-Status: HIT", {"X_Cache_Status": "HIT"}),
            ("X-Cache: Hit from x", {"X_Cache": "Hit from x"}),
            (
                "CF-Cache-Status: HIT",
                {
                    "CF_Cache_Status": "HIT",
                    "Access_Control_Allow_Origin": "https://other.example",
                },
            ),
        )
    ),
    pytest.param(
        as_nginx(),
        as_nginx(Access_Control_Allow_Origin="https://other.example", Age="0", X_Cache="MISS"),
        "/",
        "aiohttp_cors never names another origin than the request's: nginx/1.22.1 or the "
        "application sets the header itself",
        ONE_ORIGIN,
        id="another origin",
    ),
    pytest.param(
        as_nginx(405, "<center>nginx/1.22.1</center>"),
        as_nginx(),
        "-X PUT /",
        "nginx/1.22.1 answers the preflight itself: it does not get to the application",
        PASS_ON,
        id="a preflight that nginx refuses",
    ),
    pytest.param(
        as_nginx(204),
        as_nginx(),
        "-X PUT /",
        "the answer is not of aiohttp_cors: nginx/1.22.1 answers the preflight itself, or what is "
        "behind it does, without aiohttp_cors",
        PASS_ON,
        id="a preflight that nginx or another server answers",
    ),
    pytest.param(
        as_nginx(405, "405: Method Not Allowed"),
        as_nginx(),
        "-X PUT /",
        None,
        "answer OPTIONS requests that have Access-Control-Request-Method with status 204 and the "
        "Access-Control-* headers, before authentication and routing",
        id="a preflight that aiohttp refuses",
    ),
    pytest.param(
        as_nginx(403, REFUSED, Vary=OURS),
        as_nginx(),
        "-X PUT /",
        None,
        '"https://app.example": ResourceOptions()',
        id="a preflight that the application refuses",
    ),
    pytest.param(
        as_nginx(),
        as_nginx(431),
        f"/{'a' * 9000}",
        "the server refuses the request, with status 431, before any application gets it: the URL "
        "is 9,001 bytes long, which is more than servers take",
        "send less, or send it in the body",
        id="more than a server takes",
    ),
    pytest.param(
        as_nginx(),
        as_nginx(403, "cross-origin request refused: origin 'https://app.example' is not allowed"),
        "-X POST /",
        "the application's aiohttp_cors refuses it itself: with protect=True, origin "
        "'https://app.example' is not allowed",
        'cors.add(route, {"https://app.example": ResourceOptions()})',
        id="refused by protect=True",
    ),
    pytest.param(
        as_nginx(), as_nginx(400), "/", None, ONE_ORIGIN, id="400, and not for the size of it"
    ),
]


@pytest.mark.parametrize(("preflight", "actual", "asked", "cause", "fix"), FRONTS)
async def test_the_part_of_a_server_in_front_is_told(
    preflight: Callable[[], web.Response],
    actual: Callable[[], web.Response],
    asked: str,
    cause: str | None,
    fix: str | None,
    ask_live: AskLive,
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return (preflight if request.method == "OPTIONS" else actual)()

    printed = await ask_live(answer, *PAGE, *asked.split())
    assert "BLOCKED" in printed.lines
    assert (printed.item("Cause"), printed.item("Fix")) == (cause, fix), printed.out
    assert max(map(len, printed.lines)) <= 100


async def test_a_server_that_answers_no_second_time_is_told_of_all_the_same(
    ask_live: AskLive,
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.method == "OPTIONS" and request.transport is not None:
            request.transport.close()
        return web.Response()

    printed = await ask_live(answer, *PAGE)
    assert (printed.status, printed.err, printed.item("Cause")) == (1, "", None)


async def test_behind_a_redirect_the_last_server_is_asked(
    ask_live: AskLive, aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        origin = request.headers["Origin"]
        return web.Response(status=403, text=f"{OWN_WORDS}origin {origin!r} is not allowed")

    other = web.Application()
    other.router.add_route("*", "/", refuse)
    url = (await aiohttp_server(other)).make_url("/")

    async def leave(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={**ALLOW_PAGE, "Location": str(url)})

    printed = await ask_live(leave, *PAGE)
    assert printed.item("Cause") == (
        "the application's aiohttp_cors refuses it itself: origin 'null' is not allowed"
    )


async def test_a_live_server_is_asked_for_its_part(ask_live: AskLive) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(headers={"Age": "7"})

    printed = await ask_live(answer, *PAGE)
    assert printed.item("Cause") == KEPT.format("Age: 7")


@pytest.mark.parametrize("path", ["/", "/x"])
async def test_a_bad_port_has_neither_cause_nor_fix(path: str, run: Run) -> None:
    printed = await asyncio.to_thread(run, "explain", "http://127.0.0.1:6000", *PAGE, path)
    assert (printed.status, printed.item("Cause"), printed.item("Fix")) == (1, None, None)
    assert printed.item("Reason") == "port 6000 is one that browsers block for all pages"


async def test_another_protocol_is_no_answer(ask_live: AskLive) -> None:
    async def switch(request: web.Request) -> web.Response:
        return web.Response(status=101, headers={**ALLOW_PAGE, "Upgrade": "other"})

    printed = await ask_live(switch, *PAGE)
    assert printed.item("Reason") == (
        "the server switched to another protocol (status 101), which is no answer to a page's fetch"
    )


async def test_a_server_of_this_library_is_told_what_to_configure(ask_live: AskLive) -> None:
    async def refuse(request: web.Request) -> web.Response:
        text = "CORS preflight request failed: request method 'PUT' is not allowed for ..."
        return web.Response(status=403, text=text)

    printed = await ask_live(refuse, *PAGE, "-X", "PUT")
    assert printed.item(
        "Server",
    ) == ("CORS preflight request failed: request method 'PUT' is not allowed for ...")
    assert "ResourceOptions(" in str(printed.item("Fix"))


async def test_what_a_server_says_does_not_steer_the_terminal(ask_live: AskLive) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=500, text="no \x1b[2J\n" + "x" * 1000, headers={"Vary": "ä"})

    printed = await ask_live(answer, *PAGE, "-X", "PUT")
    said = str(printed.item("Server"))
    assert said.startswith("no \\x1b[2J ")
    assert len(said) < 500
    assert max(map(len, printed.lines)) <= 100


async def test_an_answer_that_caches_would_hand_to_others_is_noted(ask_live: AskLive) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(headers={**ALLOW_PAGE, "Vary": request.headers.get("X-Vary", "")})

    noted = await ask_live(answer, *PAGE)
    assert (noted.status, str(noted.item("Note"))[:26]) == (0, "the answer names one origi")


async def test_an_answer_that_varies_is_not_noted(ask_live: AskLive) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(headers={**ALLOW_PAGE, "Vary": "Accept, origin"})

    assert (await ask_live(answer, *PAGE)).item("Note") is None


async def test_a_path_is_joined_to_the_url(ask_live: AskLive) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=599, text=request.path, headers=ALLOW_PAGE)

    printed = await ask_live(answer, *PAGE, "/notes/1")
    assert "   > GET /notes/1" in printed.lines
    assert "   < 599" in printed.lines


async def test_an_application_that_redirects_elsewhere_is_not_blamed(
    run: Run, write: Write, aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    other = web.Application()
    other.router.add_get("/", answer)
    url = (await aiohttp_server(other)).make_url("/")
    app = write(
        f"""
async def leave(request):
    raise web.HTTPFound("{url}")

cors = aiohttp_cors.setup(app, defaults={{"*": ResourceOptions()}}, everywhere=True)
add_get("/", leave)
"""
    )
    printed = await asyncio.to_thread(run, "explain", app, *PAGE)
    assert f"   > GET {url}" in printed.lines
    assert printed.item("Cause") is None
    assert printed.item("Reason") == (
        "the answer (status 200) has no Access-Control-Allow-Origin header"
    )


def test_a_redirect_that_no_browser_follows_is_no_matter_of_configuration(
    run: Run, write: Write
) -> None:
    app = write(
        """
async def leave(request):
    raise web.HTTPFound("mailto:me@app.example")

cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()}, everywhere=True)
add_get("/", leave)
"""
    )
    printed = run("explain", app, *PAGE)
    assert printed.status == 1
    assert (printed.item("Cause"), printed.item("Fix")) == (None, None)


# --- What cannot be asked ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "path", "said"),
    [
        ("://", None, "'://' is no URL: write it as https://api.example/"),
        ("http://127.0.0.1:1", "//other.example/x", "'//other.example/x' is no path of "),
        ("http://127.0.0.1:1", "\\\\other.example", "other.example' is no path of "),
        ("http://127.0.0.1:1", "https://other.example/", "it leads to another server"),
        ("http://a..example/", None, "'url' must have a host"),
        ("http://127.0.0.1:99999/", None, "is no URL: "),
    ],
)
def test_a_url_that_is_none_is_named_in_one_line(
    target: str, path: str | None, said: str, run: Run
) -> None:
    printed = run("explain", target, *PAGE, *([path] if path else []))
    assert (printed.status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert said in printed.err


def test_a_url_that_does_not_answer_is_named_in_one_line(run: Run) -> None:
    printed = run("explain", f"http://127.0.0.1:{unused_port()}", *PAGE)
    assert (printed.status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert "does not answer: " in printed.err


async def test_a_url_that_answers_too_late_is_named_in_one_line(ask_live: AskLive) -> None:
    async def sleep(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    printed = await ask_live(sleep, *PAGE, "--timeout", "0.05")
    assert (printed.status, printed.out) == (2, "")
    assert printed.err.endswith("/ does not answer within 0.05 seconds\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["http://[", *PAGE], "'http://[' is no URL: "),
        (["ftp://a.example", *PAGE], "no page can send this: 'url' must be "),
        (["http://a.example", *PAGE, "-X", "TRACE"], "no page can send this: 'method' must be "),
    ],
)
def test_what_no_page_can_send_is_named_in_one_line(argv: list[str], said: str, run: Run) -> None:
    printed = run("explain", *argv)
    assert (printed.status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err.startswith(f"aiohttp-cors: {said}")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["http://a.example"], "required: --origin"),
        (
            ["http://a.example", "--origin", "https://app.example/"],
            "no page has the origin 'https://app.example/'; write it as https://app.example",
        ),
        (["http://a.example", *PAGE, "-H", "X-A"], "'X-A' is no header; write 'Name: value'"),
        (["http://a.example", *PAGE, "/a", "/b"], "unrecognized arguments: /b"),
        (["http://a.example", *PAGE, "--timeout", "soon"], "'soon' is no number of seconds"),
        (["http://a.example", *PAGE, "--timeout=-1"], "'-1' is no number of seconds"),
        (["http://a.example", *PAGE, "--timeout", "inf"], "'inf' is no number of seconds"),
        (["http://a.example", *PAGE, "--method=GET", "--json"], "unrecognized arguments: --json"),
    ],
)
def test_a_wrong_command_line_is_told(argv: list[str], said: str, run: Run) -> None:
    printed = run("explain", *argv)
    assert (printed.status, printed.out) == (2, "")
    assert said in printed.err
