"""What both libraries are asked, and where the answers are to differ.

Each difference is named as in ``docs/differences.csv``, which gives the reasons to the readers of
the documentation. A row says for each of its differences what is otherwise in the answer; all the
rest must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EDITOR = "https://editor.example"
READER = "https://reader.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"
NULL = "null"

STATUS, TEXT = "status", "text"
ACAO = "Access-Control-Allow-Origin"
ACAC = "Access-Control-Allow-Credentials"
ACAM = "Access-Control-Allow-Methods"
ACAH = "Access-Control-Allow-Headers"
ACEH = "Access-Control-Expose-Headers"
ACMA = "Access-Control-Max-Age"
VARY = "Vary"

PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
PUBLIC_VARY = "Access-Control-Request-Method, Access-Control-Request-Headers"
EXPOSED_NAMES = "Connection,Date,Server,Vary,X-Pages,X-Trace"

Answer = Mapping[str, "str | int | None"]
"""Status, body and the headers that matter, by name; a header may be absent or None."""

NOT_ALLOWED: Answer = {STATUS: 405, TEXT: "405: Method Not Allowed", "Allow": "GET,OPTIONS,PUT"}


# The differences, named as in docs/differences.csv.
CACHES = "Caches"
EVERYBODY = "Public resources"
NULL_ORIGIN = "The origin ``null``"
NOT_SERIALISED = "Origins that no browser sends"
EXPOSED = '``expose_headers="*"`` with credentials'
FURTHER_METHODS = "Further methods"
HEAD = "HEAD"
FILES = "Static files"
OWN_HEADERS = "Headers of the handler's own"
VIEW_METHODS = "Methods that a view lacks"
SUBAPPLICATIONS = "Views in sub-applications"
ROUTES_APART = "One configuration per route"
UNLISTED = "Methods that were not added"
SAME_PATH = "Several resources for one path"
RAISED = "Refusals on their way"
HEADER_LINES = "``Access-Control-Request-Headers`` in several lines"
ADDED_TWICE = "Adding again"
MAPPINGS = "Options as mappings"
ORIGIN_KEYS = "Keys that are no strings"
COLLECTIONS = 'Sets and ``["*"]``'
MAX_AGE = "``max_age=True``"
WARNINGS = "Warnings"


@dataclass(frozen=True)
class Request:
    """One request to one of the applications, and what is otherwise in its answer."""

    application: str
    line: str
    headers: tuple[str, ...]
    differs: Mapping[str, Answer]

    @property
    def text(self) -> str:
        lines = [f"{self.line} HTTP/1.1", "Host: api.example", "Connection: close", *self.headers]
        return "\r\n".join([*lines, "", ""])

    @property
    def label(self) -> str:
        headers = (header.replace("Access-Control-Request-", "") for header in self.headers)
        return ", ".join([f"{self.application} {self.line}", *headers])


@dataclass(frozen=True)
class Program:
    """Some lines of set-up, and what each library says to them."""

    code: str
    before: str = ""
    now: str = ""
    difference: str = ""


Differs = Mapping[str, Answer]


def actual(
    line: str, origin: str | None, differs: Differs | None = None, *, vary: str | None = "Origin"
) -> Request:
    """An actual request; *vary* is what 0.8.1 does not say to caches."""
    application, _, line = line.partition(" ")
    headers = () if origin is None else (f"Origin: {origin}",)
    caches: Differs = {} if vary is None else {CACHES: {VARY: vary}}
    return Request(application, line, headers, {**caches, **(differs or {})})


def preflight(
    path: str,
    origin: str | None,
    method: str | None,
    *asked: str,
    differs: Differs | None = None,
    vary: str | None = PREFLIGHT_VARY,
) -> Request:
    """A preflight, or what looks like one; *asked* are lines of requested headers."""
    application, _, path = path.partition(" ")
    headers = [] if origin is None else [f"Origin: {origin}"]
    if method is not None:
        headers.append(f"Access-Control-Request-Method: {method}")
    headers += [f"Access-Control-Request-Headers: {names}" for names in asked]
    caches: Differs = {} if vary is None else {CACHES: {VARY: vary}}
    line = f"OPTIONS {path}"
    return Request(application, line, tuple(headers), {**caches, **(differs or {})})


def refused(reason: str) -> Answer:
    """A preflight's refusal: no CORS header, and the reason as text."""
    absent = dict.fromkeys([ACAO, ACAC, ACAM, ACAH, ACMA])
    return {STATUS: 403, TEXT: f"CORS preflight request failed: {reason}", **absent}


def allowed(origin: str, method: str, **further: str) -> Answer:
    """A preflight's success."""
    return {STATUS: 200, TEXT: "", ACAO: origin, ACAM: method, **further}


TO_EDITOR: Answer = {ACAO: EDITOR, ACAC: "true", ACEH: "X-Author,X-Pages"}
TO_OPAQUE: Answer = {ACAO: "*", ACAC: None, ACEH: "*"}
BY_EDITOR = {"Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "600"}

ACTUAL_REQUESTS = [
    # Origins of the defaults, others, and none.
    *(
        actual("named GET /defaults", origin)
        for origin in (EDITOR, READER, OTHER, EVIL, NULL, None)
    ),
    *(actual("named POST /posted", origin) for origin in (EDITOR, READER, EVIL, None)),
    *(actual("named GET /missing", origin) for origin in (EDITOR, EVIL, None)),
    *(actual("named GET /broken", origin) for origin in (EDITOR, EVIL, None)),
    *(
        actual("named GET /varying", origin, vary="Accept-Language, Origin")
        for origin in (EDITOR, EVIL, None)
    ),
    # A route's own configuration beside the defaults.
    *(actual("named GET /route", origin) for origin in (EDITOR, READER, OTHER, EVIL)),
    *(actual("named GET /apart", origin) for origin in (EDITOR, OTHER)),
    *(actual("named PUT /apart", origin) for origin in (EDITOR, READER)),
    actual("named PUT /apart", OTHER, {ROUTES_APART: dict.fromkeys([ACAO, ACAC, ACEH])}),
    # What has no CORS has none.
    *(actual("named GET /plain", origin, vary=None) for origin in (EDITOR, None)),
    *(actual("named GET /nowhere", origin, vary=None) for origin in (EDITOR, None)),
    # Resources.
    *(actual(f"named {method} /document", EDITOR) for method in ("GET", "PUT", "DELETE")),
    *(actual(f"named {method} /document", OTHER) for method in ("GET", "PUT", "DELETE")),
    actual("named PATCH /document", EDITOR, {UNLISTED: dict.fromkeys(TO_EDITOR)}, vary=None),
    *(actual(f"named {method} /methods", OTHER) for method in ("GET", "POST", "PUT")),
    *(actual(f"named {method} /methods", EDITOR) for method in ("GET", "POST")),
    actual("named PUT /methods", EDITOR, {UNLISTED: dict.fromkeys(TO_EDITOR)}),
    actual("named DELETE /methods", OTHER, {UNLISTED: {ACAO: None}}, vary=None),
    *(actual(f"named {method} /twice", EDITOR) for method in ("GET", "POST")),
    # Files.
    *(actual("named GET /files/table.py", origin) for origin in (EDITOR, READER, EVIL, None)),
    actual("named HEAD /files/table.py", EDITOR),
    *(actual("named GET /listed/table.py", origin) for origin in (EDITOR, OTHER, EVIL)),
    # Views.
    *(actual("named GET /item", origin) for origin in (EDITOR, READER, OTHER, EVIL, None)),
    *(actual("named PUT /item", origin) for origin in (EDITOR, READER, OTHER, EVIL)),
    actual("named POST /item", EDITOR, {VIEW_METHODS: {**NOT_ALLOWED, **TO_EDITOR}}),
    actual("named POST /item", None, {VIEW_METHODS: NOT_ALLOWED}),
    actual(
        "named GET /part/item", EDITOR, {SUBAPPLICATIONS: {STATUS: 200, TEXT: "GET", **TO_EDITOR}}
    ),
    # Handlers that set CORS headers themselves.
    actual("named GET /own-origin", EVIL),
    actual(
        "named GET /own-origin",
        EDITOR,
        {OWN_HEADERS: {STATUS: 200, TEXT: "", ACAO: "https://own.example"}},
    ),
    actual(
        "named GET /own-credentials", EDITOR, {OWN_HEADERS: {STATUS: 200, TEXT: "", **TO_EDITOR}}
    ),
    # The configuration that nearly everybody copies.
    actual("everybody GET /api", None),
    actual("everybody PUT /api", None),
    actual("everybody GET /api", EDITOR, {EXPOSED: {ACEH: EXPOSED_NAMES}}),
    actual("everybody PUT /api", EDITOR, {EXPOSED: {ACEH: EXPOSED_NAMES}}),
    actual("everybody GET /api", NULL, {NULL_ORIGIN: TO_OPAQUE}),
    *(
        actual("everybody GET /api", origin, {NOT_SERIALISED: TO_OPAQUE})
        for origin in ("https://editor.example/", "https://editor.example:443", "file://", "*")
    ),
    # Public resources: the same answer for everybody.
    *(
        actual("public GET /news", origin, {EVERYBODY: {ACAO: "*", ACEH: "*"}}, vary=None)
        for origin in (EDITOR, NULL, None)
    ),
    actual("public HEAD /news", EDITOR, {EVERYBODY: {ACAO: "*", ACEH: "*"}}, vary=None),
    actual("public PUT /wall", EDITOR, {EVERYBODY: {ACAO: "*"}}, vary=None),
    actual("public PUT /wall", None, {EVERYBODY: {ACAO: "*", ACEH: "X-Pages"}}, vary=None),
]

PREFLIGHTS = [
    # Requests with OPTIONS that are no preflight.
    preflight("named /defaults", None, None),
    preflight("named /defaults", EDITOR, None),
    preflight("named /defaults", None, "GET"),
    preflight("named /plain", EDITOR, "GET", vary=None),
    preflight("named /nowhere", EDITOR, "GET", vary=None),
    # Origins and methods.
    preflight("named /defaults", EDITOR, "GET"),
    preflight("named /defaults", READER, "GET"),
    preflight("named /defaults", EVIL, "GET"),
    preflight("named /defaults", NULL, "GET"),
    preflight("named /defaults", EDITOR, "POST"),
    preflight("named /defaults", EDITOR, "PUT"),
    preflight("named /defaults", EDITOR, "get"),
    preflight("named /defaults", EVIL, "POST"),
    preflight("named /posted", EDITOR, "POST"),
    preflight("named /missing", EDITOR, "GET"),
    preflight("named /broken", EDITOR, "GET"),
    preflight("named /own-origin", EDITOR, "GET"),
    preflight("named /route", OTHER, "GET"),
    preflight("named /route", EDITOR, "GET"),
    # Headers.
    preflight("named /defaults", EDITOR, "GET", "x-client"),
    preflight("named /defaults", EDITOR, "GET", "X-Client"),
    preflight("named /defaults", EDITOR, "GET", "X-Client,Content-Type"),
    preflight("named /defaults", EDITOR, "GET", "content-type, x-client"),
    preflight("named /defaults", EDITOR, "GET", " ,x-client,, "),
    preflight("named /defaults", EDITOR, "GET", ""),
    preflight("named /defaults", EDITOR, "GET", "x-other"),
    preflight("named /defaults", EDITOR, "GET", "x-client,x-other"),
    preflight("named /defaults", READER, "GET", "x-client"),
    preflight("named /defaults", READER, "GET", "accept"),
    preflight(
        "named /defaults",
        EDITOR,
        "GET",
        "x-client",
        "content-type",
        differs={HEADER_LINES: {ACAH: "CONTENT-TYPE,X-CLIENT"}},
    ),
    preflight(
        "named /defaults",
        EDITOR,
        "GET",
        "x-client",
        "x-other",
        differs={HEADER_LINES: refused("headers are not allowed: X-OTHER")},
    ),
    # HEAD, where GET may be used.
    preflight(
        "named /defaults", EDITOR, "HEAD", differs={HEAD: allowed(EDITOR, "HEAD", **BY_EDITOR)}
    ),
    # Several routes of a resource, and several resources of a path.
    preflight("named /document", EDITOR, "GET"),
    preflight("named /document", EDITOR, "PUT", differs={FURTHER_METHODS: {ACAM: "DELETE,PUT"}}),
    preflight("named /document", EDITOR, "DELETE", differs={FURTHER_METHODS: {ACAM: "DELETE,PUT"}}),
    preflight("named /document", EDITOR, "PATCH"),
    preflight("named /methods", OTHER, "GET"),
    preflight("named /methods", OTHER, "POST"),
    preflight("named /methods", OTHER, "PUT"),
    preflight("named /methods", OTHER, "DELETE"),
    preflight("named /methods", EDITOR, "GET"),
    preflight("named /methods", EDITOR, "PUT"),
    preflight("named /apart", OTHER, "GET"),
    preflight("named /apart", EDITOR, "PUT"),
    preflight(
        "named /apart",
        OTHER,
        "PUT",
        differs={ROUTES_APART: refused("origin 'https://other.example' is not allowed")},
    ),
    preflight("named /twice", EDITOR, "GET"),
    preflight(
        "named /twice", EDITOR, "POST", differs={SAME_PATH: allowed(EDITOR, "POST", **BY_EDITOR)}
    ),
    # Files.
    preflight(
        "named /files/table.py", EDITOR, "GET", differs={FILES: allowed(EDITOR, "GET", **BY_EDITOR)}
    ),
    preflight("named /files/table.py", EDITOR, "PUT"),
    preflight("named /listed/table.py", OTHER, "GET"),
    # Views.
    preflight("named /item", EDITOR, "GET"),
    preflight("named /item", EDITOR, "PUT"),
    preflight("named /item", OTHER, "PUT"),
    preflight("named /item", OTHER, "GET"),
    preflight("named /item", EDITOR, "DELETE"),
    # Everybody.
    preflight("everybody /api", EDITOR, "GET"),
    preflight("everybody /api", EDITOR, "PUT"),
    preflight("everybody /api", EDITOR, "PUT", "x-anything, x-more"),
    preflight("everybody /api", EDITOR, "POST"),
    preflight("everybody /api", NULL, "GET", differs={NULL_ORIGIN: {ACAO: "*", ACAC: None}}),
    *(
        preflight(
            "everybody /api", origin, "GET", differs={NOT_SERIALISED: {ACAO: "*", ACAC: None}}
        )
        for origin in ("https://editor.example/", "file://")
    ),
    preflight("everybody /api", "*", "GET", differs={NOT_SERIALISED: {ACAC: None}}),
    # Behind a middleware that words errors anew.
    preflight("guarded /api", EDITOR, "GET"),
    preflight(
        "guarded /api",
        EVIL,
        "GET",
        differs={RAISED: refused("origin 'https://evil.example' is not allowed")},
    ),
    preflight("public /news", EDITOR, "GET", differs={EVERYBODY: {ACAO: "*"}}, vary=PUBLIC_VARY),
    preflight("public /news", NULL, "GET", differs={EVERYBODY: {ACAO: "*"}}, vary=PUBLIC_VARY),
    preflight("public /news", EDITOR, "GET", "x-client", vary=PUBLIC_VARY),
    preflight(
        "public /wall",
        EDITOR,
        "PUT",
        "x-client",
        differs={EVERYBODY: {ACAO: "*"}},
        vary=PUBLIC_VARY,
    ),
]

REQUESTS = [*ACTUAL_REQUESTS, *PREFLIGHTS]

ROUTE = "route = router.add_get('/a', handler); "
PROGRAMS = [
    Program(ROUTE + "cors.add(route)"),
    Program(ROUTE + "cors.add(route, {})"),
    Program(ROUTE + "cors.add(route, {'*': OPTIONS})"),
    Program(ROUTE + "cors.add(route, {'*': {'allow_headers': '*'}})"),
    Program(ROUTE + "cors.add(route, webview=True)", "DeprecationWarning", "DeprecationWarning"),
    Program("cors.add(router.add_resource('/a'))"),
    Program("cors.add(router.add_static('/a', '.'))"),
    Program("router.add_get('/a', handler); [cors.add(route) for route in router.routes()]"),
    Program("cors.add(router.add_view('/a', type('Item', (web.View, CorsViewMixin), {})))"),
    Program("cors.add(router.add_get('/a', type('Item', (web.View,), {})))"),
    # Refused by both.
    Program("cors.add('/a')", "ValueError", "ValueError"),
    Program("cors.add(app)", "ValueError", "ValueError"),
    Program("cors.add(router.add_view('/a', web.View))", "ValueError", "ValueError"),
    Program("cors.add(router.add_route('*', '/a', handler))", "ValueError", "ValueError"),
    Program("cors.add(router.add_route('OPTIONS', '/a', handler))", "ValueError", "ValueError"),
    Program(
        "router.add_options('/a', handler); cors.add(router.add_get('/a', handler))",
        "ValueError",
        "ValueError",
    ),
    Program(
        ROUTE + "cors.add(route, {'*': OPTIONS}); cors.add(route, {'null': OPTIONS})",
        "ValueError",
        "ValueError",
    ),
    Program(ROUTE + "cors.add(route, ['*'])", "ValueError", "ValueError"),
    Program(ROUTE + "cors.add(route, {'*': 1})", "ValueError", "ValueError"),
    Program(ROUTE + "cors.add(route, {'*': {'allow_header': '*'}})", "ValueError", "ValueError"),
    Program("setup(web.Application(), defaults=1)", "ValueError", "ValueError"),
    Program("ResourceOptions(True)", "TypeError", "TypeError"),
    Program("ResourceOptions(allow_credentials=1)", "ValueError", "ValueError"),
    Program("ResourceOptions(allow_methods='GET')", "ValueError", "ValueError"),
    Program("ResourceOptions(expose_headers='X-A')", "ValueError", "ValueError"),
    Program("ResourceOptions(max_age='1')", "ValueError", "ValueError"),
    Program("ResourceOptions(max_age=-1)", "ValueError", "ValueError"),
    # Different on purpose.
    Program("ResourceOptions(max_age=True)", "", "ValueError", MAX_AGE),
    Program("ResourceOptions(allow_headers={'X-A'})", "ValueError", "", COLLECTIONS),
    Program("ResourceOptions(allow_methods={'GET'})", "ValueError", "", COLLECTIONS),
    Program(
        "assert ResourceOptions(allow_headers=['*']).allow_headers == '*'",
        "AssertionError",
        "",
        COLLECTIONS,
    ),
    Program(
        ROUTE + "cors.add(route, {'*': {'allow_methods': ['GET']}})", "ValueError", "", MAPPINGS
    ),
    Program(ROUTE + "cors.add(route, {re.compile('.*'): OPTIONS})", "ValueError", "", ORIGIN_KEYS),
    Program(
        ROUTE + "cors.add(route, {lambda origin, request: True: OPTIONS})",
        "ValueError",
        "",
        ORIGIN_KEYS,
    ),
    Program(ROUTE + "cors.add(route); cors.add(route)", "ValueError", "", ADDED_TWICE),
    Program(
        "resource = router.add_resource('/a'); cors.add(resource); cors.add(resource)",
        "ValueError",
        "",
        ADDED_TWICE,
    ),
    Program(
        "router.add_get('/a', handler)\n"
        "for _ in range(2):\n"
        "    for route in list(router.routes()): cors.add(route)",
        "ValueError",
        "",
        ADDED_TWICE,
    ),
    Program(
        ROUTE + "cors.add(route, {'https://a.example/': OPTIONS})",
        "",
        "CorsConfigWarning",
        WARNINGS,
    ),
    Program("ResourceOptions(expose_headers=['X A'])", "", "CorsConfigWarning", WARNINGS),
    Program(
        ROUTE + "cors.add(route, {'*': ResourceOptions(allow_credentials=True)})",
        "",
        "CorsSecurityWarning",
        WARNINGS,
    ),
]
