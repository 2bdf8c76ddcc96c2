"""Why something was refused: one value, the same one in an answer, in the log and in the tools."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .diagnostics import shown
from .responses import Grant

Kind = Literal["preflight", "actual", "protected"]


class Reason:
    """The stable words for the checks that may fail, in the order of the checks."""

    NO_ORIGIN = "no-origin"
    NO_METHOD = "no-method"
    INVALID_METHOD = "invalid-method"
    INVALID_HEADERS = "invalid-headers"
    NO_ORIGINS_ALLOWED = "no-origins-allowed"
    ORIGIN = "origin"
    METHOD = "method"
    HEADERS = "headers"
    CREDENTIALS = "credentials"


class Refused(NamedTuple):
    """One request that was refused, as `CorsConfig.on_refused` tells it.

    :param kind: ``"preflight"``; ``"actual"``: the page may not read the response; ``"protected"``:
        the request was not let through to its handler.
    :param reason: the stable word of the check that failed, one of :class:`Reason`.
    :param message: the sentence for people, in which values of the request are quoted and cut.
    :param origin: the request's ``Origin`` as it was sent, `None` without one.
    :param method: the method of the request; for a preflight, the one that it asks for.
    """

    kind: Kind
    reason: str
    message: str
    origin: str | None
    method: str | None


def refuse_origin(kind: Kind, origin: str, method: str, *, anybody: bool) -> Refused:
    """The refusal of an *origin* without options, where others have some (*anybody*) or not."""
    if not anybody:
        return Refused(kind, Reason.NO_ORIGINS_ALLOWED, "no origins are allowed", origin, method)
    message = f"origin {shown(origin)} is not allowed"
    return Refused(kind, Reason.ORIGIN, message, origin, method)


def refuse_method(kind: Kind, origin: str, method: str) -> Refused:
    """The refusal of a *method* that is not enabled for *origin*."""
    message = f"request method {shown(method)} is not allowed for {shown(origin)} origin"
    return Refused(kind, Reason.METHOD, message, origin, method)


def refuse_protected(
    grant: Grant | None, origin: str | None, method: str, *, carries_cookies: bool
) -> Refused | None:
    """The refusal of what a foreign page sends; `None` where *grant* lets it.

    The ``"*"`` that an opaque origin is granted lets nobody send, and options without credentials
    let nobody send cookies.
    """
    if origin is None:
        message = "a page of another site sent it without an origin"
        return Refused("protected", Reason.NO_ORIGIN, message, None, method)
    if grant is None or grant.allowed_origin is not None:
        return refuse_origin("protected", origin, method, anybody=True)
    if carries_cookies and grant.credentials is None:
        message = f"origin {shown(origin)} is not allowed to send cookies"
        return Refused("protected", Reason.CREDENTIALS, message, origin, method)
    return None
