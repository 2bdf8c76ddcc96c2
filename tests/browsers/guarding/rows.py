"""The table: which page sends what, how, to which policy; and what comes of it, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Act:
    """What a page does; a referrer policy may take the `Origin` away from some of it."""

    name: str
    reads: bool = False
    is_preflighted: bool = False
    is_hidden_by_policy: bool = False


ACTS: Final = (
    Act("fetch POST, no-cors", is_hidden_by_policy=True),
    Act("fetch POST"),
    Act("fetch POST of JSON", is_preflighted=True),
    Act("form POST", is_hidden_by_policy=True),
    Act("form POST of text", is_hidden_by_policy=True),
    Act("upload", is_hidden_by_policy=True),
    Act("beacon", is_hidden_by_policy=True),
    Act("WebSocket"),
    Act("fetch GET", reads=True),
    Act("image", reads=True),
    Act("navigation", reads=True),
    Act("form GET", reads=True),
    Act("EventSource", reads=True),
)


@dataclass(frozen=True)
class Page:
    """Who sends: a page of a server of `servers.Servers`, whose name stands for its origin.

    *site* is what `Sec-Fetch-Site` calls its relation to the application.
    """

    name: str
    server: str
    origin: str
    site: str
    path: str = ""
    is_sandboxed: bool = False

    @property
    def is_own(self) -> bool:
        return self.site == "same-origin"

    @property
    def hides_referrer(self) -> bool:
        return self.path == "no-referrer"


PAGES: Final = (
    Page("own page", "api", "{api}", "same-origin"),
    Page("own page, no-referrer", "api", "{api}", "same-origin", "no-referrer"),
    Page("sandboxed frame of the own page", "api", "null", "cross-site", is_sandboxed=True),
    Page("page of the same site", "near", "{near}", "same-site"),
    Page("page of the same site, no-referrer", "near", "{near}", "same-site", "no-referrer"),
    Page("page of another site", "far", "{far}", "cross-site"),
    Page("sandboxed frame of another site", "far", "null", "cross-site", is_sandboxed=True),
    Page("page of file:", "file", "null", "cross-site"),
)
# Of the same host by plain http, which makes it another site.
UNENCRYPTED: Final = Page("plain-http page of the same host", "plain", "{plain}", "cross-site")

LISTED_ORIGINS: Final = ("{near}", "{far}", "{plain}")
POLICIES: Final = (
    "unlisted",
    "listed",
    "listed with credentials",
    "everyone",
    "opaque",
    "without CORS",
    "excluded",
)
# What reads passes anyway.
_OF_READING: Final = ("unlisted", "without CORS")
_OF_COOKIES: Final = POLICIES[:5]
_OF_SENDERS: Final = ("unlisted", "listed", "opaque")


@dataclass(frozen=True)
class Place:
    """How the application is reached."""

    name: str
    scheme: str = "http"
    tells_site: bool = True
    keeps_host: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether nothing on the way there changes what the application is told."""
        return self.tells_site and self.keeps_host


PLACES: Final = (
    Place("http"),
    Place("https behind a proxy", "https"),
    Place("https behind a proxy that rewrites Host", "https", keeps_host=False),
    Place("http without Sec-Fetch-Site", tells_site=False),
)


@dataclass(frozen=True)
class Row:
    """One thing that one page does once."""

    place: Place
    page: Page
    act: Act
    policy: str
    is_signed_in: bool

    def __str__(self) -> str:
        signed_in = "signed in" if self.is_signed_in else "without cookies"
        names = (self.place.name, self.page.name, self.act.name, self.policy, signed_in)
        return " | ".join(names)


def rows(place: Place, page: Page, *, is_signed_in: bool) -> Iterator[Row]:
    """Return what *page* does."""
    for act in ACTS:
        for policy in _policies(place, act, is_signed_in=is_signed_in):
            yield Row(place, page, act, policy, is_signed_in)


def _policies(place: Place, act: Act, *, is_signed_in: bool) -> tuple[str, ...]:
    if act.reads:
        return () if is_signed_in else _OF_READING
    if is_signed_in:
        return _OF_COOKIES if place.is_plain else ()
    return POLICIES if place.is_plain else _OF_SENDERS


def pages(place: Place) -> tuple[Page, ...]:
    """Return who sends to *place*."""
    return (*PAGES, UNENCRYPTED) if place.scheme == "https" else PAGES


@dataclass(frozen=True)
class Outcome:
    """What comes of a row, and why; a refusal is told with the word for its reason."""

    name: str
    why: str


READS: Final = Outcome("passed", "it only reads")
OWN: Final = Outcome("passed", "the application's own page sends it")
LISTED: Final = Outcome("passed", "the origin is listed")
EXCLUDED: Final = Outcome("passed", "the route is excluded")
UNLISTED: Final = Outcome("refused: origin", "the origin is not listed")
COOKIE: Final = Outcome("refused: credentials", "it carries a cookie, and the options allow none")
NOT_ASKED: Final = Outcome("unsent", "its preflight is refused")
NO_CREDENTIALS: Final = Outcome("unsent", "its preflight allows no credentials")

OUTCOMES: Final = (READS, OWN, LISTED, EXCLUDED, UNLISTED, COOKIE, NOT_ASKED, NO_CREDENTIALS)

_OPAQUE: Final = ("null", "file://")


@dataclass(frozen=True)
class Sent:
    """What an engine tells of who sends a request; origins by their names in the table."""

    origin: str | None
    site: str | None


def sent_by_standard(row: Row) -> Sent:
    """What Fetch has for `Origin`, and Fetch Metadata for `Sec-Fetch-Site`.

    https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    site = row.page.site if row.place.tells_site else None
    is_cors = not row.page.is_own and row.act.name in ("fetch GET", "EventSource")
    if row.act.reads and not is_cors:
        return Sent(None, site)
    is_hidden = row.act.is_hidden_by_policy and row.page.hides_referrer
    return Sent("null" if is_hidden else row.page.origin, site)


def is_listed(row: Row, origin: str | None) -> bool:
    """Whether the policy of *row* has options for *origin* that count for `protect`.

    The "*" that an opaque origin falls under lets it read, and not send.
    """
    if row.policy == "everyone":
        return origin not in _OPAQUE
    if row.policy == "opaque":
        return origin in _OPAQUE
    return row.policy.startswith("listed") and origin in LISTED_ORIGINS


def expected(row: Row, sent: Sent, *, carries_cookie: bool) -> Outcome:
    """What is to come of *row* where an engine has *sent* it so."""
    refusal = refused_before(row, sent.origin)
    if refusal is not None:
        return refusal
    if row.act.reads:
        return READS
    if is_own(row, sent):
        return OWN
    if row.policy == "excluded":
        return EXCLUDED
    return listed_or_not(row, sent.origin, carries_cookie=carries_cookie)


def refused_before(row: Row, origin: str | None) -> Outcome | None:
    """What keeps *row* from being sent, if it is preflighted."""
    if not row.act.is_preflighted or row.page.is_own:
        return None
    if not is_listed(row, origin) and row.policy != "everyone":
        return NOT_ASKED
    if row.is_signed_in and row.policy != "listed with credentials":
        return NO_CREDENTIALS
    return None


def listed_or_not(row: Row, origin: str | None, *, carries_cookie: bool) -> Outcome:
    """What is to come of what a foreign page sends."""
    if not is_listed(row, origin):
        return UNLISTED
    if carries_cookie and row.policy != "listed with credentials":
        return COOKIE
    return LISTED


def is_own(row: Row, sent: Sent) -> bool:
    """Whether a page of the application's own has sent *row*, by what is told of that.

    Without `Sec-Fetch-Site`, the origin has to name the `Host` that the application gets.
    """
    if sent.site is not None:
        return sent.site == "same-origin"
    return sent.origin == "{api}" and row.place.keeps_host
