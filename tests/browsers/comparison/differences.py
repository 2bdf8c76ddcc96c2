"""Where an engine does not do what the standard says, as everything that it shows instead.

An expectation is strict in both directions: an engine that changes fails its test. The reasons are
also the table in `docs/testing.rst`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Shown: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One habit of some engines, and the rows in which it shows."""

    engines: tuple[str, ...]
    why: str
    rows: Mapping[str, Shown]


_CHROMIUM: Final = ("chromium",)
_FIREFOX: Final = ("firefox",)
_WEBKIT: Final = ("webkit",)
_ALL: Final = ("chromium", "firefox", "webkit")

_ASKS = "OPTIONS api/ Origin:{page} ACRM:PUT"
_PUTS = "PUT api/ Origin:{page}"
_PUTS_BODY = f"{_PUTS} content-type:text/plain;charset=UTF-8 body:x"
_ASKS_X_A = "OPTIONS api/ Origin:{page} ACRM:GET ACRH:x-a"
_ASKS_AUTHORIZATION = "OPTIONS api/ Origin:{page} ACRM:GET ACRH:authorization"
_ASKS_BOTH = "OPTIONS api/ Origin:{page} ACRM:GET ACRH:authorization,x-a"
_GETS_AUTHORIZED = "GET api/ Origin:{page} authorization"
_GETS_BOTH = "GET api/ Origin:{page} authorization x-a"
_TOLD = "sec-fetch-site:{} sec-fetch-mode:cors sec-fetch-dest:empty"
_SAME_SITE, _CROSS_SITE = _TOLD.format("same-site"), _TOLD.format("cross-site")
_UNTOLD = "sec-fetch-site:None sec-fetch-mode:None sec-fetch-dest:None"
_PAGE_GETS = f"GET page/ {_TOLD.format('same-origin')} compared=1"
_READ = "= 200 cors redirected"
_ASKS_TWICE = (_ASKS, _PUTS, _ASKS, _PUTS, "= 200 cors", "= 200 cors")

DIFFERENCES: Final = (
    Difference(
        _ALL,
        "``Authorization`` passes where ``Access-Control-Allow-Headers`` is ``*``; the standard"
        " wants it named",
        {
            "ACAH: a wildcard for Authorization for 1 (omit)": (
                _ASKS_AUTHORIZATION,
                _GETS_AUTHORIZED,
                "= 200 cors",
            ),
        },
    ),
    Difference(
        ("chromium", "firefox"),
        "``Authorization`` passes where ``Access-Control-Allow-Headers`` is ``*``; the standard"
        " wants it named",
        {
            "a header then Authorization, ACAH a wildcard": (
                _ASKS_X_A,
                "GET api/ Origin:{page} x-a",
                _ASKS_AUTHORIZATION,
                _GETS_AUTHORIZED,
                "= 200 cors",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _WEBKIT,
        "``Authorization`` passes where a cached ``Access-Control-Allow-Headers`` is ``*``,"
        " without a preflight of its own",
        {
            "a header then Authorization, ACAH a wildcard": (
                _ASKS_X_A,
                "GET api/ Origin:{page} x-a",
                _GETS_AUTHORIZED,
                "= 200 cors",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _ALL,
        "a negative ``Access-Control-Max-Age`` is 0; in the standard it is invalid, and so 5 s",
        {"PUT twice, ACMA: -1": _ASKS_TWICE},
    ),
    Difference(
        _FIREFOX,
        "any invalid ``Access-Control-Max-Age`` is 0, where the standard has 5 s",
        {
            f"PUT twice, ACMA: {invalid}": _ASKS_TWICE
            for invalid in (
                "a word",
                "a fraction",
                "two lines",
                "two numbers",
                "a unit",
                "a plus",
                "quoted",
            )
        },
    ),
    Difference(
        _FIREFOX,
        "a wildcard in a preflight's answer is kept only for the method and headers asked about",
        {
            "PUT then DELETE, ACAM a wildcard": (
                _ASKS,
                _PUTS,
                "OPTIONS api/ Origin:{page} ACRM:DELETE",
                "DELETE api/ Origin:{page}",
                "= 200 cors",
                "= 200 cors",
            ),
            "a header then another, ACAH a wildcard": (
                _ASKS_X_A,
                "GET api/ Origin:{page} x-a",
                "OPTIONS api/ Origin:{page} ACRM:GET ACRH:x-b",
                "GET api/ Origin:{page} x-b",
                "= 200 cors",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _FIREFOX,
        "a preflight's answer that was kept with credentials does not serve requests without them",
        {
            "with credentials, then without": (
                _ASKS,
                f"{_PUTS} compared=1",
                _ASKS,
                _PUTS,
                "= 200 cors",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        ("chromium", "webkit"),
        "a blocked answer does not empty the preflight cache for its URL",
        {
            "a blocked answer empties the cache": (_ASKS, _PUTS, _PUTS, "= blocked", "= blocked"),
        },
    ),
    Difference(
        ("chromium", "webkit"),
        "the values of one header, set several times, are measured together",
        {
            "header Accept twice, long together": (
                "OPTIONS api/ Origin:{page} ACRM:GET ACRH:accept",
                "GET api/ Origin:{page} accept",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _FIREFOX,
        "a header that is set twice is named twice in ``Access-Control-Request-Headers``",
        {
            "header X-A twice": (
                "OPTIONS api/ Origin:{page} ACRM:GET ACRH:x-a,x-a",
                "GET api/ Origin:{page} x-a",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _CHROMIUM,
        "a page's ``User-Agent`` is ignored",
        {"header User-Agent": ("GET api/ Origin:{page}", "= 200 cors")},
    ),
    Difference(
        _WEBKIT,
        "the preflight too carries a page's ``User-Agent``",
        {
            "header User-Agent": (
                "OPTIONS api/ Origin:{page} ACRM:GET ACRH:user-agent user-agent",
                "GET api/ Origin:{page} user-agent",
                "= 200 cors",
            ),
        },
    ),
    Difference(
        _CHROMIUM,
        "client hints (``DPR``, ``Save-Data``, ``Viewport-Width``, ``Downlink``) are safelisted, as"
        " they once were in the standard",
        {
            f"header {hint}": (f"GET api/ Origin:{{page}} {hint.lower()}", "= 200 cors")
            for hint in ("DPR", "Save-Data", "Viewport-Width", "Downlink")
        },
    ),
    Difference(
        _CHROMIUM,
        "``Range`` is sent rewritten, without spaces and in lower case",
        {
            f"header Range: {value}": (
                "OPTIONS api/ Origin:{page} ACRM:GET ACRH:range",
                "GET api/ Origin:{page}",
                "= 200 cors",
            )
            for value in ("bytes = 0-1", "BYTES=0-1")
        },
    ),
    Difference(
        _WEBKIT,
        "``Range`` is safelisted with its unit in any case",
        {"header Range: BYTES=0-1": ("GET api/ Origin:{page} range", "= 200 cors")},
    ),
    Difference(
        ("chromium", "firefox"),
        "a sandboxed frame is a site of its own: ``SameSite`` cookies are not sent (no matter of"
        " CORS, and not modelled)",
        {
            "opaque origin, GET, ACAO: null (include)": ("GET api/ Origin:null", "= 200 cors"),
            "opaque origin, PUT, ACAO: null (include)": (
                "OPTIONS api/ Origin:null ACRM:PUT",
                "PUT api/ Origin:null",
                "= 200 cors",
            ),
            "opaque origin, GET, ACAO: a wildcard (include)": (
                "GET api/ Origin:null",
                "= blocked",
            ),
        },
    ),
    Difference(
        _WEBKIT,
        "a redirect from the page's origin to another one and back is blocked",
        {
            "redirect out and back": (
                "GET page/ compared=1",
                "GET api/x Origin:{page}",
                "= blocked",
            ),
        },
    ),
    Difference(
        _CHROMIUM,
        "a redirect to a URL with a user name is blocked within the page's own origin too",
        {
            "redirect to a user name within the page's origin": (
                "GET page/ compared=1",
                "= blocked",
            ),
        },
    ),
    Difference(
        ("chromium", "firefox"),
        "``Location`` may be there twice if both are the same",
        {
            "redirect with the same Location twice": (
                "GET api/ Origin:{page}",
                "GET api/x Origin:{page}",
                "= 200 cors redirected",
            ),
        },
    ),
    Difference(
        _WEBKIT,
        "two ``Location`` headers are joined to one URL",
        {
            "redirect with the same Location twice": (
                "GET api/ Origin:{page}",
                "GET api/x,%20x Origin:{page}",
                "= blocked",
            ),
            "redirect with two Locations": (
                "GET api/ Origin:{page}",
                "GET api/x,%20y Origin:{page}",
                "= blocked",
            ),
        },
    ),
    Difference(
        ("firefox", "webkit"),
        "the GET that follows a preflighted request by status 303 gets a preflight too",
        dict.fromkeys(
            ("303 to a PUT", "redirect of PUT to GET by 303"),
            (
                _ASKS,
                _PUTS_BODY,
                "OPTIONS api/x Origin:{page} ACRM:GET",
                "GET api/x Origin:{page}",
                "= 200 cors redirected",
            ),
        ),
    ),
    Difference(
        _FIREFOX,
        "behind a redirect from one foreign origin to another, the preflight's ``Origin`` is the"
        " page's, and ``null`` only in the request that follows",
        {
            "redirect of PUT to a third origin": (
                _ASKS,
                _PUTS_BODY,
                "OPTIONS other/ Origin:{page} ACRM:PUT",
                "PUT other/ Origin:null content-type:text/plain;charset=UTF-8 body:x",
                "= 200 cors redirected",
            ),
            "redirect of Authorization to a third origin": (
                _ASKS_BOTH,
                _GETS_BOTH,
                "OPTIONS other/ Origin:{page} ACRM:GET ACRH:x-a",
                "GET other/ Origin:null x-a",
                "= 200 cors redirected",
            ),
            "the second preflight is refused": (
                _ASKS,
                _PUTS,
                "OPTIONS other/ Origin:{page} ACRM:PUT",
                "= blocked",
            ),
        },
    ),
    Difference(
        _WEBKIT,
        "behind a redirect, the preflight also asks about headers that the redirect has removed",
        {
            "redirect of Authorization to a third origin": (
                _ASKS_BOTH,
                _GETS_BOTH,
                "OPTIONS other/ Origin:null ACRM:GET ACRH:authorization,x-a",
                "GET other/ Origin:null x-a",
                "= 200 cors redirected",
            ),
            "redirect of Authorization from the page's origin": (
                "GET page/ authorization x-a compared=1",
                "OPTIONS api/x Origin:{page} ACRM:GET ACRH:authorization,x-a",
                "GET api/x Origin:{page} x-a",
                "= 200 cors redirected",
            ),
            "redirect of Content-Type and Content-Language by 302": (
                "OPTIONS api/ Origin:{page} ACRM:POST ACRH:content-type,x-a",
                "POST api/ Origin:{page} content-language content-type x-a body:{}",
                "OPTIONS api/x Origin:{page} ACRM:GET ACRH:content-type,x-a",
                "GET api/x Origin:{page} x-a",
                "= 200 cors redirected",
            ),
        },
    ),
    Difference(
        _CHROMIUM,
        "ports 4190 and 6679 are not blocked",
        {
            name: shown
            for port in (4190, 6679)
            for name, shown in (
                (f"port {port}", (f"GET port {port}/ Origin:{{page}}", "= 200 cors")),
                (
                    f"redirect to port {port}",
                    ("GET api/ Origin:{page}", f"GET port {port}/ Origin:null", "= blocked"),
                ),
            )
        },
    ),
    Difference(
        _FIREFOX,
        "``Sec-Fetch-Site`` is ``cross-site`` behind a redirect by or to another origin, even of"
        " the same site",
        {
            "who asks: redirect within the API": (
                f"GET api/ Origin:{{page}} {_SAME_SITE}",
                f"GET api/x Origin:{{page}} {_CROSS_SITE}",
                _READ,
            ),
            "who asks: redirect from the page's origin to the API": (
                _PAGE_GETS,
                f"GET api/x Origin:{{page}} {_CROSS_SITE}",
                _READ,
            ),
            "who asks: redirect from the API to another origin of the site": (
                f"GET api/ Origin:{{page}} {_SAME_SITE}",
                f"GET other/ Origin:null {_CROSS_SITE}",
                _READ,
            ),
            "who asks: redirect from the API to the page's origin": (
                f"GET api/ Origin:{{page}} {_SAME_SITE}",
                f"GET page/x Origin:null {_CROSS_SITE}",
                _READ,
            ),
        },
    ),
    Difference(
        _WEBKIT,
        "no ``Sec-Fetch-*`` header is sent behind a redirect to another origin",
        {
            "who asks: redirect from the page's origin to the API": (
                _PAGE_GETS,
                f"GET api/x Origin:{{page}} {_UNTOLD}",
                _READ,
            ),
            **{
                f"who asks: redirect from {name}": (
                    f"GET {first} Origin:{{page}} {told}",
                    f"GET {then} Origin:null {_UNTOLD}",
                    _READ,
                )
                for name, first, told, then in (
                    ("the API to another origin of the site", "api/", _SAME_SITE, "other/"),
                    ("the API to another site", "api/", _SAME_SITE, "far/"),
                    ("another site to the API", "far/", _CROSS_SITE, "api/x"),
                    ("another site to the page's origin", "far/", _CROSS_SITE, "page/x"),
                    ("the API to the page's origin", "api/", _SAME_SITE, "page/x"),
                )
            },
        },
    ),
)


def shown_by(engine: str) -> dict[str, Shown]:
    """Return what *engine* shows where it differs, by the name of the row."""
    return dict(_rows_of(engine))


def _rows_of(engine: str) -> Iterator[tuple[str, Shown]]:
    for difference in DIFFERENCES:
        if engine in difference.engines:
            yield from difference.rows.items()
