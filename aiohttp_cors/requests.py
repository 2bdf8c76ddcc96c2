"""What the library reads of a request."""

from __future__ import annotations

from aiohttp import hdrs, web
from multidict import MultiMapping

from .protocol.answers import Asked
from .protocol.pages import Sender, sender_of
from .protocol.policy import Inquiry

_NO_LINES: tuple[str, ...] = ()
_SITE = "Sec-Fetch-Site"

# https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods
_SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS, hdrs.METH_TRACE})


def field(name: str, headers: MultiMapping[str]) -> str | None:
    """The value of the header *name*, of which all lines are one (RFC 9110 5.3); `None` if none."""
    try:
        lines = headers.getall(name, _NO_LINES)
    except AttributeError:  # unit tests make requests whose headers are a plain dict
        return headers.get(name)
    return ", ".join(lines) if lines else None


def is_preflight(request: web.Request) -> bool:
    """True for a CORS-preflight request, https://fetch.spec.whatwg.org/#cors-preflight-request."""
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in request.headers
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    )


def asked_by(request: web.Request) -> Asked:
    """What a preflight asks, in the words of its headers."""
    headers = request.headers
    origin = field(hdrs.ORIGIN, headers)
    method = headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    return origin, method, field(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, headers) or ""


def inquiry_of(request: web.Request) -> Inquiry:
    """What *request* asks of predicates."""
    return Inquiry(field(hdrs.ORIGIN, request.headers) or "", request)


def sender_of_request(request: web.Request) -> Sender:
    """Whose page sends *request*."""
    headers = request.headers
    return sender_of(field(_SITE, headers), field(hdrs.ORIGIN, headers), field(hdrs.HOST, headers))


def may_change_something(request: web.Request) -> bool:
    """True for a method that is not safe (RFC 9110 9.2.1), and for a WebSocket's handshake."""
    return request.method not in _SAFE_METHODS or hdrs.UPGRADE in request.headers
