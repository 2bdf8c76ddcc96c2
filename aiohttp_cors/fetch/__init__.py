"""The browser's half of CORS, with no browser, network or clock in it.

Each function is a paragraph of the Fetch standard (https://fetch.spec.whatwg.org/) under the
standard's own name: plain values in, plain values out. :func:`fetch` ties them together as a
generator that yields each request to send, is sent each answer, and returns a :class:`Verdict`.
Who sends the requests is not its business; :mod:`aiohttp_cors.testing` does it with aiohttp.

Not here, because a server's CORS configuration cannot change it: HTTP caches, service workers,
mixed content, referrer policies, SameSite and third-party cookies, ``no-cors`` requests.
"""

from .advice import (
    AUTHENTICATION_STATUSES,
    answers_as_aiohttp_cors,
    protection_in,
    refuses_method,
)
from .cors_check import (
    cors_check,
    preflight_checks,
    preflight_failure,
    preflight_headers_check,
    preflight_methods_check,
    preflight_status_check,
)
from .fetching import cors_preflight_request, fetch
from .headers import (
    HeaderList,
    cors_unsafe_request_header_names,
    extract_max_age,
    extract_tokens,
    get,
    is_cors_safelisted_request_header,
    is_cors_safelisted_response_header_name,
    is_forbidden_request_header,
    is_forbidden_response_header_name,
    varied_names,
)
from .metadata import fetch_metadata, is_potentially_trustworthy, is_same_site, site_of
from .methods import is_cors_safelisted_method, is_forbidden_method, normalize_method
from .ports import is_bad_port, is_blocked_due_to_a_bad_port
from .preflight_cache import PreflightCache
from .redirects import redirect
from .requests import (
    FILE,
    Credentials,
    Request,
    WireRequest,
    is_origin_of_a_page,
    origin_of,
    parse_url,
    serialize_request_origin,
)
from .responses import FilteredResponse, WireResponse, filtered_response
from .verdict import Check, Decision, Exchange, Failure, Reason, Step, Verdict

__all__ = (
    "AUTHENTICATION_STATUSES",
    "FILE",
    "Check",
    "Credentials",
    "Decision",
    "Exchange",
    "Failure",
    "FilteredResponse",
    "HeaderList",
    "PreflightCache",
    "Reason",
    "Request",
    "Step",
    "Verdict",
    "WireRequest",
    "WireResponse",
    "answers_as_aiohttp_cors",
    "cors_check",
    "cors_preflight_request",
    "cors_unsafe_request_header_names",
    "extract_max_age",
    "extract_tokens",
    "fetch",
    "fetch_metadata",
    "filtered_response",
    "get",
    "is_bad_port",
    "is_blocked_due_to_a_bad_port",
    "is_cors_safelisted_method",
    "is_cors_safelisted_request_header",
    "is_cors_safelisted_response_header_name",
    "is_forbidden_method",
    "is_forbidden_request_header",
    "is_forbidden_response_header_name",
    "is_origin_of_a_page",
    "is_potentially_trustworthy",
    "is_same_site",
    "normalize_method",
    "origin_of",
    "parse_url",
    "preflight_checks",
    "preflight_failure",
    "preflight_headers_check",
    "preflight_methods_check",
    "preflight_status_check",
    "protection_in",
    "redirect",
    "refuses_method",
    "serialize_request_origin",
    "site_of",
    "varied_names",
)
