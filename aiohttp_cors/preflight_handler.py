"""A preflight request in, the answer of the protocol out."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from aiohttp import web

from .protocol.answers import Answer, Answers, Asked
from .protocol.diagnostics import shown
from .protocol.policy import OriginKey, Policy
from .protocol.preflights import Preflight, PreflightRefusedError, parse_preflight
from .protocol.refusals import Refused
from .protocol.resource_options import ResourceOptions
from .requests import asked_by, inquiry_of

logger = logging.getLogger("aiohttp_cors")


def is_preflight_handler(handler: object) -> bool:
    """True for the bound method by which this library answers preflights."""
    return isinstance(getattr(handler, "__self__", None), _PreflightHandler)


class _PreflightHandler:
    """Answers preflights by the policy that `_get_config` gives for what they ask about."""

    #: Whether a refusal also tells the browser's console its cause.
    debug = False

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[OriginKey, ResourceOptions]:
        """The options by origin key for the request that *request* asks about.

        :raises KeyError: where *request_method* is not enabled.
        """
        raise NotImplementedError

    async def _preflight_handler(self, request: web.Request) -> web.Response:
        """The answer to *request*: 200 with what is allowed, or 403 with the reason."""
        asked = asked_by(request)
        answer = self._given_answer(request, asked) or await self._answer(request, asked)
        return self._respond(request, answer)

    def _given_answer(self, request: web.Request, asked: Asked) -> Answer | None:
        """The answer to *request*, where the same has been asked before."""
        return None

    def _respond(self, request: web.Request, answer: Answer) -> web.Response:
        """The response that *answer* makes; whoever wants to know of a refusal is told."""
        if answer.refused is not None:
            self.tell_of(request, answer.refused)
            return web.Response(status=answer.status, headers=answer.headers, body=answer.body)
        return web.Response(headers=answer.headers)

    async def _answer(self, request: web.Request, asked: Asked) -> Answer:
        try:
            preflight = parse_preflight(*asked)
        except PreflightRefusedError as error:
            return Answer.refusing(error.refused)
        answers = await self._answers(request, preflight)
        inquiry = inquiry_of(request)
        return await answers.answer(asked, preflight, inquiry, debug=self.debug)

    async def _answers(self, request: web.Request, preflight: Preflight) -> Answers:
        """The answers to those that ask for the same method at the same URL."""
        try:
            config = await self._get_config(request, preflight.origin, preflight.method)
        except KeyError:
            return Answers(None)
        return Answers(config if isinstance(config, Policy) else Policy(config))

    def tell_of(self, request: web.Request, refused: Refused) -> None:
        """Tell whoever wants to know that *request* was refused."""
        if logger.isEnabledFor(logging.INFO):
            log_refused(logging.INFO, request, refused)


def log_refused(level: int, request: web.Request, refused: Refused) -> None:
    """Log that *request* was refused, with what the record's readers may want to sort by."""
    extra = {
        "kind": refused.kind,
        "reason": refused.reason,
        "origin": refused.origin,
        "method": refused.method,
    }
    what = "preflight" if refused.kind == "preflight" else f"{refused.kind} request"
    logger.log(
        level, "%s of %s refused: %s", what, shown(request.path), refused.message, extra=extra
    )
