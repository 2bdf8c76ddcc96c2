"""What was worked out of an application's policies; all of it is forgotten at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import hdrs, web

from .handlers import answers_preflights, brings_policy, cors_config
from .preflight_handler import is_preflight_handler
from .protocol.answers import Answer, Answers, Asked
from .protocol.policy import Policy
from .routing import ServingRoutes, has_route, view_of

_T = TypeVar("_T")

_Route = web.AbstractRoute


class Memory:
    """Holds routes that the router lists, and methods that they serve: never what clients choose.

    Where a view is concerned, it is kept with the `cors_config` that it has at the time: another
    object counts at once.
    """

    def __init__(self, serving: ServingRoutes) -> None:
        self._serving = serving
        #: Of routes that serve one method alone, for responses to be quick.
        self.by_route: dict[_Route, Policy | None] = {}
        self._by_method: dict[tuple[_Route, str], tuple[object, Policy | None]] = {}
        # By the route that a preflight comes to, the method asked for, and how many routes the
        # resource has; with the view, if one serves them all.
        self._answers: dict[tuple[_Route, str | None, int], tuple[Any, object, Answers]] = {}
        self._shared: dict[tuple[object, ...], Any] = {}

    def forget(self) -> None:
        """Work everything out anew when it is asked for next."""
        for remembered in (self.by_route, self._by_method, self._answers, self._shared):
            remembered.clear()

    def share(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """What *make* made first for *key*: those of equal parts are one object."""
        if key not in self._shared:
            self._shared[key] = make()
        shared: _T = self._shared[key]
        return shared

    def policy_of(self, request: web.Request) -> tuple[object, Policy | None] | None:
        """What :meth:`keep_policy` kept of the method of *request*, the policy last."""
        route = request.match_info.route
        kept = self._by_method.get((route, request.method))
        if kept is not None and getattr(route.handler, "cors_config", None) is not kept[0]:
            self.forget()  # that of a view is another object by now
            return None
        return kept

    def keep_policy(
        self, match: web.UrlMappingMatchInfo, method: str, policy: Policy | None
    ) -> None:
        """Keep the *policy* of *method* of a route, where it is one that stays."""
        route = match.route
        if method not in hdrs.METH_ALL or not self._serving.lists(match):
            return
        if route.method == method != hdrs.METH_OPTIONS and view_of(route.handler) is None:
            self.by_route[route] = policy
        else:
            self._by_method[route, method] = (cors_config(route.handler), policy)

    def given_answer(self, request: web.Request, asked: Asked) -> Answer | None:
        """The answer to *request*, where the same was *asked* before at the same route."""
        route = request.match_info.route
        resource = route.resource
        if resource is None:
            return None
        kept = self._answers.get((route, asked[1], len(resource)))
        if kept is None:
            return None
        view, config, answers = kept
        if view is not None and getattr(view, "cors_config", None) is not config:
            self.forget()
            return None
        return answers.given.get(asked)

    def keep_answers(self, request: web.Request, method: str, answers: Answers) -> Answers:
        """*answers* to preflights for *method*, kept for the next ones to the same route.

        Where they are made of the same as others, it is those that come back. They are kept only
        where no view decides on the next ones but that whose route it is.
        """
        match, route = request.match_info, request.match_info.route
        resource, view = route.resource, view_of(route.handler)
        if resource is None or method not in hdrs.METH_ALL or not self._serving.lists(match):
            return answers
        if brings_policy(view):
            return answers
        if any(view_of(other.handler) not in (None, view) for other in resource):
            return answers
        kept = (view, cors_config(view), answers)
        if view is None:
            kept = self.share(("answers", *answers.serials), lambda: kept)
        self._answers[route, method, len(resource)] = kept
        return kept[2]

    def pass_over(self, request: web.Request) -> None:
        """Know that OPTIONS requests to this route get to the library, past all middlewares."""
        route = request.match_info.route
        if not has_route(request) or not self._serving.lists(request.match_info):
            return
        if is_preflight_handler(route.handler):
            self.by_route[route] = None
        elif answers_preflights(route.handler):
            self._by_method[route, hdrs.METH_OPTIONS] = (cors_config(route.handler), None)

    def passes_over(self, request: web.Request) -> bool:
        """True where OPTIONS requests to the same route got here before, or nobody can know."""
        match = request.match_info
        return (match.route, hdrs.METH_OPTIONS) in self._by_method or not self._serving.lists(match)
