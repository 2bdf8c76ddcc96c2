"""`check` says what is wrong with the CORS of an application, and is silent where nothing is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors.command.checks import check, examine_options
from aiohttp_cors.command.preflights import example_path
from aiohttp_cors.command.remedies import own_options_fix
from aiohttp_cors.command.survey import survey
from aiohttp_cors.protocol.resource_options import ResourceOptions

from .conftest import Run, Write

COPIED = """
add_get("/", handler)
add_post("/notes", handler)
app.router.add_route("PUT", "/notes/{id:[0-9]+}", handler)
cors = aiohttp_cors.setup(app, defaults={
    "*": ResourceOptions(
        allow_credentials=True,
        expose_headers="*",
        allow_headers="*",
    )
})
for route in list(app.router.routes()):
    cors.add(route)
"""


def test_what_nearly_everybody_copies_has_one_security_finding(run: Run, write: Write) -> None:
    printed = run("check", write(COPIED))
    assert (printed.status, printed.err) == (1, "")
    assert (
        printed.out
        == """\
C201  security  site_under_test.py:20
  '*' with allow_credentials=True lets every site act and read as its visitor
  Routes  HEAD /, GET /, POST /notes, PUT /notes/{id}
  Fix     name the origins, as in {'https://app.example': ...}

1 finding: 1 security
"""
    )


NAMED = COPIED.replace('"*": Res', '"https://app.example": Res')


@pytest.mark.parametrize(
    "code",
    [
        COPIED.replace("allow_credentials=True,", ""),
        NAMED.replace("\n})", "\n}, protect=True)"),
    ],
)
def test_either_fix_makes_check_silent(code: str, run: Run, write: Write) -> None:
    assert run("check", "--strict", write(code)) == (0, "", "")


def test_where_credentials_are_allowed_protection_is_advised(run: Run, write: Write) -> None:
    printed = run("check", write(NAMED))
    assert (printed.status, printed.err) == (0, "")
    assert (
        printed.out
        == """\
C312  advice
  credentials are allowed, and protect=True is not set: CORS keeps no page from sending, so that a
  form of any site may change something here, with its visitor's cookies
  Routes  POST /notes, PUT /notes/{id}
  Fix     write aiohttp_cors.setup(app, protect=True), which refuses what other pages send than
          those of the application and of the origins that are configured

1 finding: 1 advice
"""
    )


def test_what_is_excluded_is_not_protected(run: Run, write: Write) -> None:
    app = write(
        """
cors = aiohttp_cors.setup(app, protect=True)
add_get("/", handler, allow_head=False)
cors.exclude(add_put("/", handler))
"""
    )
    rows = json.loads(run("routes", "--json", app).out)
    assert [(row["method"], row["protected"]) for row in rows] == [("GET", True), ("PUT", False)]


SETUP = "cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()})\n"
FIRST = "cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, preflight_first=True)\n"
WITH = "cors = aiohttp_cors.setup(app, defaults={{APP: ResourceOptions({})}})\n"
ADD = 'cors.add(add_get("/", handler))\n'
INNER = """
inner = web.Application()
cors = aiohttp_cors.setup(inner, defaults={APP: ResourceOptions()})
cors.add(inner.router.add_get("/", handler))
app.add_subapp("/inner", inner)
"""
ROUTES = ["HEAD /", "GET /"]

# Configuration, then each finding: code, kind, routes, and the line if it is known
CASES = [
    pytest.param(SETUP + ADD, [], id="nothing wrong"),
    pytest.param(
        SETUP + 'add_get("/", handler)\n', [("C308", "config", [], None)], id="nothing added"
    ),
    pytest.param('add_get("/", handler)\n', [("C308", "config", [], None)], id="no setup"),
    pytest.param(
        "aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True)\n",
        [],
        id="everywhere, of nothing",
    ),
    pytest.param(
        "cors = aiohttp_cors.setup(app, defaults={'https://app.example/': ResourceOptions()})\n"
        + ADD,
        [("C001", "config", ROUTES, 16)],
        id="a trailing slash",
    ),
    pytest.param(
        WITH.format("allow_headers=['X Y'], max_age=60") + ADD,
        [("C101", "config", [], 16)],
        id="no token",
    ),
    pytest.param(
        WITH.format("allow_headers=['Cookie', 'Sec-Any', 'X-Any']") + ADD,
        [("C301", "config", ROUTES, None), ("C301", "config", ROUTES, None)],
        id="headers that no page can set",
    ),
    pytest.param(
        WITH.format("allow_methods=['TRACE', 'PUT']") + ADD,
        [("C302", "config", ROUTES, None)],
        id="methods that no page can use",
    ),
    pytest.param(
        WITH.format("expose_headers=['Set-Cookie', 'X-Any']") + ADD,
        [("C303", "config", ROUTES, None)],
        id="headers that no page can read",
    ),
    pytest.param(
        WITH.format("max_age=864000") + ADD, [("C304", "advice", ROUTES, None)], id="max_age"
    ),
    pytest.param(
        "cors = aiohttp_cors.setup(app)\n" + ADD, [("C305", "config", ROUTES, None)], id="nobody"
    ),
    pytest.param(
        FIRST + 'cors.add(app.router.add_route("*", "/", handler))\n',
        [("C307", "advice", ["* /"], None)],
        id="every method",
    ),
    pytest.param(
        FIRST + 'app.router.add_route("OPTIONS", "/", handler)\n' + ADD,
        [("C309", "config", ROUTES, None)],
        id="an OPTIONS handler",
    ),
    pytest.param(
        """
@web.middleware
async def authenticate(request, handler):
    raise web.HTTPUnauthorized

app.middlewares.append(authenticate)
"""
        + SETUP
        + ADD
        + 'cors.add(app.router.add_get("/{id:[0-9]+}/{name}", handler))\n'
        + 'cors.add(app.router.add_get("/{id:nothing like that}", handler))\n'
        + 'cors.add(app.router.add_static("/static", "."))\n',
        [
            (
                "C306",
                "config",
                [
                    "HEAD /",
                    "GET /",
                    "HEAD /{id}/{name}",
                    "GET /{id}/{name}",
                    "GET /static",
                    "HEAD /static",
                ],
                None,
            )
        ],
        id="authentication",
    ),
    *(
        pytest.param(
            f"""
@web.middleware
async def in_json(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({{"error": error.text}}, status=error.status)

class Notes(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

app.middlewares.append(in_json)
cors = aiohttp_cors.setup(app, defaults={{{key}: aiohttp_cors.ResourceOptions()}})
cors.add(app.router.add_view("/", Notes))
""",
            [],
            id=f"errors as JSON, {key}",
        )
        for key in ('"https://app.example"', '"https://*.example"', "lambda origin, request: False")
    ),
    pytest.param(
        """
part = web.Application()
cors = aiohttp_cors.setup(part, defaults={APP: ResourceOptions()})
cors.add(part.router.add_get("/", handler))
app.add_domain("other.example", part)
"""
        + FIRST,
        [],
        id="of another host",
    ),
    pytest.param(
        SETUP
        + 'app.router.add_route("OPTIONS", "/1", handler)\n'
        + 'cors.add(add_put("/{id}", handler))\n',
        [("C309", "config", ["PUT /{id}"], None)],
        id="a path that another route takes the preflight of",
    ),
    pytest.param(
        SETUP + ADD + 'cors.add(add_put("/{self}", handler))\n',
        [],
        id="a variable part that aiohttp cannot fill",
    ),
    pytest.param(
        """
@web.middleware
async def forbid(request, handler):
    raise web.HTTPForbidden

app.middlewares.append(forbid)
"""
        + SETUP
        + ADD,
        [("C306", "config", ROUTES, None)],
        id="a 403 for everybody",
    ),
    pytest.param(
        """
@web.middleware
async def answer_options(request, handler):
    return web.Response() if request.method == "OPTIONS" else await handler(request)

app.middlewares.append(answer_options)
"""
        + SETUP
        + ADD,
        [("C306", "config", ROUTES, None)],
        id="a middleware that answers OPTIONS",
    ),
    pytest.param(
        """
@web.middleware
async def answer_options(request, handler):
    if request.method != "OPTIONS":
        return await handler(request)
    return web.Response(headers={"Access-Control-Allow-Origin": request.headers["Origin"]})

app.middlewares.append(answer_options)
"""
        + SETUP
        + 'cors.add(add_get("/", handler), {"*": ResourceOptions()})\n',
        [("C311", "config", [], None)],
        id="a middleware that answers preflights",
    ),
    pytest.param(
        """
inner = web.Application()
aiohttp_cors.setup(inner, defaults={"*": {"max_age": 86401}}).add(
    inner.router.add_get("/", handler)
)
app.add_subapp("/inner", inner)
""",
        [("C304", "advice", ["HEAD /inner/", "GET /inner/"], None)],
        id="a sub-application with a setup of its own",
    ),
    pytest.param(
        INNER + "aiohttp_cors.setup(app, defaults={APP: {}}, everywhere=True)\n",
        [],
        id="everywhere, around a sub-application with a setup of its own",
    ),
    pytest.param(
        SETUP + ADD + INNER.replace("cors.add", "").replace("cors =", "idle ="),
        [("C308", "config", [], None)],
        id="a sub-application whose setup covers nothing",
    ),
    pytest.param(
        INNER + FIRST,
        [],
        id="an application that only lets the preflights of another one through",
    ),
    pytest.param(
        INNER + SETUP,
        [("C308", "config", [], None)],
        id="an application around another one, with nothing under its own CORS",
    ),
    pytest.param(
        "cors = aiohttp_cors.setup(app, defaults={lambda origin: True: {}})\n" + ADD,
        [("C103", "config", ROUTES, 16)],
        id="a callable of one argument",
    ),
    pytest.param(
        'reader = {APP: {"allow_methods": ["GET"]}}\n'
        "cors = aiohttp_cors.setup(app, defaults=reader, everywhere=True)\n"
        'add_put("/", handler)\n',
        [("C305", "config", ["PUT /"], None)],
        id="allow_methods leave the method out",
    ),
    pytest.param(
        SETUP
        + ADD
        + """
@aiohttp_cors.custom_cors({"*": ResourceOptions()})
async def prices(request):
    return web.Response()

class Items(web.View, aiohttp_cors.CorsViewMixin):
    async def get(self):
        return web.Response()

add_put("/prices", prices)
app.router.add_view("/items", Items)
add_put("/plain", handler)
""",
        [("C310", "config", ["PUT /prices", "GET /items"], None)],
        id="options of a handler whose route was not added",
    ),
    pytest.param(
        """
@aiohttp_cors.custom_cors({"*": ResourceOptions()})
async def prices(request):
    return web.Response()

cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions()}, everywhere=True)
cors.exclude(add_put("/prices", prices))
""",
        [],
        id="options of a handler that was taken out",
    ),
    pytest.param(
        'aiohttp_cors.setup(web.Application(), defaults={"https://other.example/": {}})\n'
        + SETUP
        + ADD,
        [],
        id="another application in the same module",
    ),
    pytest.param(
        SETUP
        + """
async def add_late(app):
    cors.add(add_get("/late", handler), {"http://app.example": {"allow_credentials": True}})

app.on_startup.append(add_late)
""",
        [("C203", "security", ["HEAD /late", "GET /late"], 19)],
        id="added at start-up",
    ),
]


ALLOWING = """
def allowing(origin, methods="PUT"):
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": methods,
    }

"""
OPEN_OPTIONS = (
    ALLOWING
    + """
async def allow(request):
    return web.Response(headers=allowing("*"))

"""
)
# What other code does with preflights
CASES += [
    pytest.param(
        SETUP
        + f'app.router.add_route("OPTIONS", "{taken}", handler)\n'
        + 'cors.add(add_put("/items/{id}", handler))\n',
        [("C309", "config", ["PUT /items/{id}"], None)],
        id=f"an OPTIONS handler of {taken}",
    )
    for taken in ("/items/{x}", "/items/{tail:.*}", "/items/special")
]
CASES += [
    pytest.param(
        SETUP
        + 'cors.add(add_put("/items/{id}", handler))\n'
        + 'app.router.add_route("OPTIONS", "/{tail:.*}", handler)\n'
        + 'app.router.add_route("OPTIONS", "/{part}/{x:nothing like that}", handler)\n',
        [],
        id="an OPTIONS handler that gets no preflight",
    ),
    pytest.param(
        OPEN_OPTIONS
        + FIRST
        + 'app.router.add_route("OPTIONS", "/", allow)\n'
        + 'cors.add(add_put("/", handler))\n',
        [("C309", "security", ["PUT /"], None)],
        id="an OPTIONS handler that lets everybody in",
    ),
    pytest.param(
        OPEN_OPTIONS
        + FIRST.replace("ResourceOptions()", "ResourceOptions(allow_credentials=True)")
        + 'app.router.add_route("OPTIONS", "/", allow)\n'
        + 'cors.add(add_put("/", handler))\n',
        [
            ("C309", "config", ["PUT /"], None),
            ("C309", "security", ["PUT /"], None),
            ("C312", "advice", ["PUT /"], None),
        ],
        id="an OPTIONS handler that lets everybody in, without the cookies that are allowed",
    ),
    pytest.param(
        ALLOWING
        + """
async def allow(request):
    return web.Response(headers=allowing(APP))

"""
        + FIRST
        + 'app.router.add_route("OPTIONS", "/", allow)\n'
        + 'cors.add(add_put("/", handler))\n'
        + 'cors.add(add_delete("/", handler))\n',
        [("C309", "advice", ["PUT /"], None), ("C309", "config", ["DELETE /"], None)],
        id="an OPTIONS handler that is right for one method",
    ),
    pytest.param(
        OPEN_OPTIONS
        + "import re\n"
        + FIRST.replace("APP:", "re.compile('https://[a-z]+[.]example[.]org'):")
        + 'app.router.add_route("OPTIONS", "/", handler)\n'
        + 'cors.add(add_put("/", handler))\n',
        [("C309", "advice", ["PUT /"], None)],
        id="an OPTIONS handler, and no origin to try it with",
    ),
    *(
        pytest.param(
            OPEN_OPTIONS
            + FIRST.replace(
                "ResourceOptions()", f"ResourceOptions(allow_headers={allowed}, max_age=5)"
            ).replace("APP:", "'https://*.example:*':")
            + 'app.router.add_route("OPTIONS", "/", allow)\n'
            + 'cors.add(app.router.add_route("PUT", "/", handler))\n',
            [
                *([("C301", "config", ["PUT /"], None)] if "Cookie" in allowed else []),
                ("C309", "config", ["PUT /"], None),
            ],
            id=f"an OPTIONS handler that does not know the headers {allowed}",
        )
        for allowed in ("'*'", "['X-A', 'Cookie']")
    ),
    pytest.param(
        ALLOWING
        + """
@web.middleware
async def answer_options(request, handler):
    if request.method == "OPTIONS":
        return web.Response(headers=allowing("https://old.example"))
    return await handler(request)

app.middlewares.append(answer_options)
"""
        + SETUP
        + 'cors.add(add_put("/", handler))\n',
        [("C306", "config", ["PUT /"], None), ("C311", "config", [], None)],
        id="a middleware that answers preflights for another origin",
    ),
    pytest.param(
        ALLOWING
        + """
@web.middleware
async def open_up(request, handler):
    response = await handler(request)
    response.headers.update(allowing("*"))
    return response

app.middlewares.append(open_up)
"""
        + WITH.format("allow_credentials=True")
        + 'cors.add(add_put("/", handler))\n',
        [
            ("C306", "config", ["PUT /"], None),
            ("C311", "security", [], None),
            ("C312", "advice", ["PUT /"], None),
        ],
        id="a middleware that changes the answers to preflights",
    ),
]

# Predicates, asked about strangers
CASES += [
    pytest.param(
        f"""
def is_ours(origin, request):
    {body}

cors = aiohttp_cors.setup(app, defaults={{is_ours: {{"allow_credentials": {credentials}}}}})
"""
        + ADD,
        expected,
        id=f"{body}, {credentials}",
    )
    for body, credentials, expected in (
        ("return True", True, [("C207", "security", ROUTES, None)]),
        ("return origin.endswith('app.example')", True, [("C207", "security", ROUTES, None)]),
        (
            "return ResourceOptions(allow_credentials=True)",
            False,
            [("C207", "security", ROUTES, None)],
        ),
        ("return ResourceOptions()", True, []),
        ("return origin == APP", True, []),
        ("return request['tenant'] == origin", True, []),
        ("return True", False, []),
    )
]

HOME_MADE = """
@web.middleware
async def allow_all(request, handler):
    response = await handler(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response

"""
IN_PLACE = "app.middlewares.append(allow_all)\n"
# Headers that other code writes
CASES += [
    pytest.param(
        HOME_MADE + IN_PLACE + FIRST + ADD,
        [("C311", "security", [], None)],
        id="a home-made middleware",
    ),
    pytest.param(
        HOME_MADE + IN_PLACE,
        [("C308", "config", [], None), ("C311", "config", [], None)],
        id="a home-made middleware, and no setup",
    ),
    pytest.param(
        HOME_MADE
        + SETUP
        + """
part = web.Application(middlewares=[allow_all])
part.router.add_get("/", handler)
app.add_subapp("/part", part)
"""
        + ADD,
        [("C311", "security", [], None)],
        id="a home-made middleware of a sub-application",
    ),
    pytest.param(
        """
async def allow_all(request, response):
    response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]

app.on_response_prepare.append(allow_all)
"""
        + FIRST
        + ADD,
        [("C311", "security", [], None)],
        id="a home-made receiver",
    ),
    pytest.param(
        """
@web.middleware
async def refuse(request, handler):
    raise web.HTTPUnauthorized(headers={"Access-Control-Allow-Origin": "https://old.example"})

app.middlewares.append(refuse)
"""
        + FIRST
        + ADD,
        [("C311", "config", [], None)],
        id="a middleware that refuses with headers of its own",
    ),
    pytest.param(
        """
class Odd:
    async def __call__(self, request, handler):
        return await handler(request) if request["user"] else None

@web.middleware
async def nothing(request, handler):
    return await handler(request) if "X-Real" in request.headers else None

def factory(app, handler):
    return app["handler"]

app.middlewares.append(web.middleware(Odd()))
app.middlewares.append(nothing)
app.on_response_prepare.append(factory)
"""
        + FIRST
        + ADD.replace("cors.add", ""),
        [("C308", "config", [], None)],
        id="middlewares that need more of a request",
    ),
    pytest.param(
        """
async def own(request):
    return web.Response(headers={"Access-Control-Allow-Origin": "*"})

def wrap(function):
    import functools
    @functools.wraps(function)
    async def wrapped(*arguments):
        return await function(*arguments)
    return wrapped

class Own(web.View):
    async def get(self):
        return web.Response(headers=dict([("access-control-allow-origin", "https://old.example")]))

async def strip(request):
    headers = {"Access-Control-Allow-Origin": "*", "X-A": "1"}
    return web.Response(headers={n: v for n, v in headers.items() if not n.startswith("Access")})

async def drop(request):
    request.transport.close()
    return web.Response(headers={"Access-Control-Allow-Origin": "*"})

async def echo(request):
    from aiohttp import hdrs
    return web.Response(headers={hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: request.headers["Origin"]})

import functools
"""
        + SETUP
        + """
cors.add(add_get("/own", own))
cors.add(add_put("/own", own, name="put"))
cors.add(add_get("/wrapped", wrap(own), allow_head=False))
cors.add(add_get("/partial", functools.partial(own), allow_head=False))
cors.add(add_get("/view", Own, allow_head=False))
cors.add(add_get("/strip", strip))
cors.add(add_get("/drop", drop))
cors.add(add_get("/{x:nothing like that}", strip, allow_head=False))
cors.add(add_get("/echo", echo, allow_head=False), {"*": ResourceOptions()})
add_get("/elsewhere", own)
""",
        [
            ("C311", "security", ["HEAD /own", "GET /own", "GET /wrapped"], None),
            ("C311", "advice", ["PUT /own"], None),
            ("C311", "security", ["GET /partial"], None),
            ("C311", "config", ["GET /view"], None),
            ("C311", "advice", ["GET /{x}"], None),
        ],
        id="handlers that write the header",
    ),
]


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_check_finds(
    code: str, expected: list[tuple[str, str, list[str], int | None]], run: Run, write: Write
) -> None:
    printed = run("check", "--json", write(code))
    found = [(f["code"], f["kind"], f["routes"], f["line"]) for f in json.loads(printed.out)]
    lines = [line and f"site_under_test.py:{line}" for _, _, _, line in expected]
    assert found == [(*rest, line) for (*rest, _), line in zip(expected, lines, strict=True)]
    counts = any(kind != "advice" for _, kind, _, _ in expected)
    assert (printed.status, printed.err) == (int(counts), "")


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_strict_counts_advice_too(
    code: str, expected: list[object], run: Run, write: Write
) -> None:
    printed = run("check", "--strict", write(code))
    assert printed.status == int(bool(expected))
    assert bool(printed.out) == bool(expected)
    assert all(len(line) <= 100 for line in printed.lines)


def test_what_other_code_does_is_told_with_what_to_write(run: Run, write: Write) -> None:
    code = """
app.router.add_route("OPTIONS", "/items/{tail:.*}", handler)
"""
    printed = run("check", write(HOME_MADE + code + SETUP + IN_PLACE + CATCHED))
    assert (
        printed.out
        == """\
C309  security
  the application's own OPTIONS handler 'handler' (/items/{tail}) answers preflights of this path,
  not aiohttp_cors, and lets in pages that the configuration refuses
  Routes  POST /items/{id}
  Fix     remove the handler; or, if it serves more than preflights, write aiohttp_cors.setup(app,
          preflight_first=True)

C311  security
  the middleware 'site_under_test.allow_all' writes Access-Control-Allow-Origin itself ('*'): that
  lets in every page, whatever aiohttp_cors is configured for
  Fix     remove the code that writes it

2 findings: 2 security
"""
    )


CATCHED = 'cors.add(add_post("/items/{id}", handler))\n'


async def answer(request: web.Request) -> web.Response:
    return web.Response()


@pytest.mark.parametrize(
    ("path", "first", "fix"),
    [
        (
            "/a",
            True,
            "; or, if it serves more than preflights, cors.add() the route of OPTIONS /a too",
        ),
        (
            "/a",
            False,
            (
                "; or, if it serves more than preflights, write aiohttp_cors.setup(app, "
                "preflight_first=True) and cors.add() the route of OPTIONS /a too"
            ),
        ),
        (
            "/{b}",
            False,
            (
                "; or, if it serves more than preflights, write aiohttp_cors.setup(app, "
                "preflight_first=True)"
            ),
        ),
        ("/{b}", True, ""),
    ],
)
def test_what_is_to_be_done_about_an_options_handler(path: str, first: bool, fix: str) -> None:
    app = web.Application()
    aiohttp_cors.setup(app, preflight_first=first)
    app.router.add_put("/a", answer)
    app.router.add_route("OPTIONS", path, answer)
    place, own = survey(app)
    assert own_options_fix(own, place) == f"remove the handler{fix}"


def test_a_cookie_is_let_through_by_credentials() -> None:
    (finding,) = examine_options(ResourceOptions(allow_headers=["cookie"]))
    assert "allow_credentials=True" in finding.hint


def test_an_application_that_does_not_start_is_checked_all_the_same(run: Run, write: Write) -> None:
    app = write(
        SETUP
        + """
async def connect(app):
    raise ConnectionError("no database here")

app.on_startup.append(connect)
"""
    )
    printed = run("check", app)
    assert (printed.status, printed.lines[0]) == (1, "C308  config")
    assert printed.err == (
        "aiohttp-cors: not all preflights were tried: the application does not start: "
        "ConnectionError: no database here (site_under_test.py:19)\n"
    )


def test_an_application_that_drops_connections_is_checked_all_the_same(
    run: Run, write: Write
) -> None:
    app = write(
        """
@web.middleware
async def drop(request, handler):
    request.transport.close()
    return web.Response()

app.middlewares.append(drop)
"""
        + SETUP
        + ADD
    )
    printed = run("check", app)
    assert (printed.status, printed.out) == (0, "")
    assert printed.err == (
        "aiohttp-cors: not all preflights were tried: ServerDisconnectedError: "
        "Server disconnected\n"
    )


def test_start_up_and_cleanup_run_once(run: Run, write: Write) -> None:
    app = write(
        SETUP
        + ADD
        + """
import pathlib

async def database(app):
    log = pathlib.Path("log")
    log.write_text("started")
    yield
    log.write_text(log.read_text() + ", cleaned up")

app.cleanup_ctx.append(database)
"""
    )
    assert run("check", app).status == 0
    assert __import__("pathlib").Path("log").read_text() == "started, cleaned up"


def test_what_the_application_prints_and_logs_is_no_part_of_the_report(
    run: Run, write: Write
) -> None:
    printed = run("check", "--json", write(SETUP + 'print("loading")\n'))
    assert [finding["code"] for finding in json.loads(printed.out)] == ["C308"]
    assert printed.err == "loading\n"


def test_an_application_at_hand_is_checked_without_a_server() -> None:
    (report,) = check(web.Application())
    assert (report.finding.code, report.kind, report.line) == ("C308", "config", None)


class OwnResource(web.PlainResource):
    """One that does not say how its path is matched."""

    def get_info(self) -> Any:
        return {}


def test_no_url_is_made_up_for_a_resource_of_an_unknown_kind() -> None:
    assert example_path(OwnResource("/a")) is None


def test_a_url_is_made_up_for_a_variable_path() -> None:
    router = web.UrlDispatcher()
    paths = ["/a/{b}", "/{year:\\d{4}}-01", "/{id:[0-9a-f-]{36}}", "/{x:none}", "/ä"]
    urls = [example_path(router.add_resource(path)) for path in paths]
    assert list(map(str, urls)) == [
        "/a/1",
        "None",
        "/00000000-0000-4000-8000-000000000000",
        "None",
        "/%C3%A4",
    ]
