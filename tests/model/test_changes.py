"""An application that changes while it serves answers each request as the model says of it then."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from aiohttp_cors.fetch import FilteredResponse
from aiohttp_cors.testing import Browser

from .asking import check, shared_server
from .building import Built, build, build_route, inheriting, mapping
from .description import Application, Handler, Layer, Request, Resource, Route, View
from .model import OPEN, is_readable, own_options, something_added, something_excluded
from .profile import EXAMPLES, REPEATABLE
from .strategies import (
    ROUTED,
    SITES,
    Mode,
    all_resources,
    application,
    defaults,
    handlers,
    layers,
    modes,
    requests,
)

pytestmark = [
    pytest.mark.timeout(0),  # as long as MODEL_EXAMPLES take
    pytest.mark.filterwarnings("ignore::aiohttp_cors.CorsWarning"),  # of what is drawn
]

numbers = st.integers(0, 5)


class ChangingApplication(RuleBasedStateMachine):
    """One application, its description, and what may happen to both."""

    mode: Mode
    description: Application
    built: Built

    @initialize(data=st.data())
    def start(self, data: Any) -> None:
        self.mode = data.draw(modes())
        resources = data.draw(all_resources(self.mode))
        self.description = application(self.mode, resources, data.draw(defaults(self.mode)))
        self.built = build(self.description)
        self.server = shared_server()
        self.server.start(self.built.app)

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.server.stop()

    def resource(self, number: int) -> int:
        return number % len(self.description.resources)

    def replace(self, number: int, resource: Resource) -> None:
        given = list(self.description.resources)
        given[number] = resource
        self.description = self.description._replace(resources=tuple(given))

    def replace_route(self, number: int, which: int, route: Route) -> None:
        resource = self.description.resources[number]
        routes = [*resource.routes[:which], route, *resource.routes[which + 1 :]]
        self.replace(number, resource._replace(routes=tuple(routes)))

    def add(self, real: Any, layer: Layer) -> None:
        self.built.cors.add(real, mapping(layer), **inheriting(layer))

    @rule(number=numbers, method=st.sampled_from(ROUTED), data=st.data())
    def add_a_route(self, number: int, method: str, data: Any) -> None:
        number = self.resource(number)
        resource = self.description.resources[number]
        taken = {route.method for route in resource.routes}
        if taken & {method, "*"} or something_excluded(resource):
            return
        route = Route(method, data.draw(handlers(self.mode, may_have_config=self.mode.everywhere)))
        real, routes = self.built.resources[number]
        routes.append(build_route(real, route))
        self.replace(number, resource._replace(routes=(*resource.routes, route)))

    @rule(number=numbers, which=numbers, data=st.data())
    def put_a_route_under_cors(self, number: int, which: int, data: Any) -> None:
        number = self.resource(number)
        resource = self.description.resources[number]
        which %= len(resource.routes)
        route = resource.routes[which]
        if route.added is not None or something_excluded(resource) or self.is_own(resource):
            return
        layer = data.draw(layers(self.mode, names_methods=self.mode.everywhere))
        self.add(self.built.resources[number][1][which], layer)
        self.replace_route(number, which, route._replace(added=layer))

    @rule(number=numbers, data=st.data())
    def put_a_resource_under_cors(self, number: int, data: Any) -> None:
        number = self.resource(number)
        resource = self.description.resources[number]
        named = any(
            options.allow_methods is not None
            for route in resource.routes
            if route.added is not None
            for _, options in route.added.keys
        )
        if resource.added is not None or something_excluded(resource) or self.is_own(resource):
            return
        if named and not self.mode.everywhere:
            return
        layer = data.draw(layers(self.mode, names_methods=True))
        self.add(self.built.resources[number][0], layer)
        self.replace(number, resource._replace(added=layer))

    def is_own(self, resource: Resource) -> bool:
        """It has an OPTIONS handler of its own, which may only stay where preflights come first."""
        return own_options(resource) is not None and not self.mode.answers_first

    @rule(number=numbers)
    def exclude_a_resource(self, number: int) -> None:
        number = self.resource(number)
        resource = self.description.resources[number]
        if something_added(resource) or something_excluded(resource):
            return
        self.built.cors.exclude(self.built.resources[number][0])
        self.replace(number, resource._replace(excluded=True))

    @rule(number=numbers, which=numbers)
    def exclude_a_route(self, number: int, which: int) -> None:
        number = self.resource(number)
        resource = self.description.resources[number]
        which %= len(resource.routes)
        route = resource.routes[which]
        if route.added is not None or resource.excluded or route.method in ("GET", "HEAD"):
            return
        self.built.cors.exclude(self.built.resources[number][1][which])
        self.replace_route(number, which, route._replace(excluded=True))

    @rule(data=st.data())
    def assign_defaults(self, data: Any) -> None:
        layer = data.draw(defaults(self.mode))
        self.built.cors.defaults = mapping(layer)
        self.description = self.description._replace(defaults=layer)

    @rule(number=numbers, data=st.data())
    def configure_a_view_anew(self, number: int, data: Any) -> None:
        number = self.resource(number)
        (route, *_) = self.description.resources[number].routes
        if isinstance(route.handler, Handler):
            return
        layer = data.draw(layers(self.mode, names_methods=self.mode.everywhere))
        layer = layer._replace(inherit=True)
        self.built.resources[number][1][0].handler.cors_config = mapping(layer)
        view = View(route.handler.methods, layer)
        self.replace_route(number, 0, route._replace(handler=view))

    @rule(asked=requests)
    def ask(self, asked: list[Request]) -> None:
        for request in asked[:8]:
            check(self.server, self.description, self.built, request)

    @rule(
        method=st.sampled_from([*ROUTED, "PATCH"]),
        path=st.sampled_from(["/a", "/b", "/none"]),
        origin=st.sampled_from(SITES),
    )
    def look_at_a_page(self, method: str, path: str, origin: str) -> None:
        expected = is_readable(self.description, method, path, origin)
        if expected is OPEN:
            return
        seen = self.server.loop.run_until_complete(self.visit(method, path, origin))
        assert seen == expected, (self.description, method, path, origin)

    async def visit(self, method: str, path: str, origin: str) -> bool:
        async with ClientSession(connector=TCPConnector(force_close=True)) as session:
            url = f"http://127.0.0.1:{self.server.port}{path}"
            verdict = await Browser(session, origin).explain(method, url)
        return isinstance(verdict.outcome, FilteredResponse)


ChangingApplication.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=10,
    deadline=None,
    derandomize=REPEATABLE,
    suppress_health_check=list(HealthCheck),
)
test_it_answers_as_the_model_says_at_any_time = ChangingApplication.TestCase
