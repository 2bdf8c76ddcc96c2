"""Who is told of refusals: the receivers of `CorsConfig.on_refused`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiosignal import Signal

from .protocol.refusals import Refused

logger = logging.getLogger("aiohttp_cors")

Receiver = Callable[[web.Request, Refused], Awaitable[object]]

# Where receivers are slow and refusals many, more are not waited for.
_MOST = 1000


class Reporter:
    """Tells the receivers of *signal*, each in a task of its own.

    No answer waits for one: what a receiver does, or fails to do, changes no answer and keeps none
    up. At the end of the application, those that are still at work get *patience* seconds.
    """

    def __init__(self, signal: Signal[web.Request, Refused], patience: float = 1.0) -> None:
        self._signal = signal
        self._patience = patience
        self._tasks: set[asyncio.Task[None]] = set()

    def report(self, request: web.Request, refused: Refused) -> None:
        """Tell every receiver, soon, that *request* was refused."""
        for receiver in self._signal:
            if len(self._tasks) >= _MOST:
                logger.warning("a refusal was not told to %r: its receivers are slow", receiver)
                return
            task = asyncio.ensure_future(_tell(receiver, request, refused))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self, app: web.Application) -> None:
        """Wait for those that are at work, and end those that take too long."""
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=self._patience)
            for task in unfinished:
                task.cancel()


async def _tell(receiver: Receiver, request: web.Request, refused: Refused) -> None:
    try:
        await receiver(request, refused)
    except Exception:  # whatever a user's code raises
        logger.exception("%r failed, which was told of a refusal", receiver)
