"""What the contract says of any application and request: obviously simple, and independent.

Nothing is remembered, nothing is quick, and nothing of the package is asked: the whole is worked
out anew for every request. Section numbers are the contract's own.

Where the contract leaves something open, the answer is :data:`OPEN`, or what must be and what may
be differ:

* a method without a route on a path that several resources serve;
* the router's errors at URLs where something is excluded;
* HEAD where only its GET is excluded or, with ``everywhere``, was added;
* plain OPTIONS requests with ``everywhere``, where no handler of the application takes them;
* `Origin` in the `Vary` of a preflight that is refused before any policy is known;
* methods that only one resource names and another one of the path serves;
* the status of what is not the library's to answer, and of preflights that nobody answers;
* preflights for a method that is no token, where more than one resource is concerned;
* `Vary: Origin` for a method that `allow_methods` gives nobody, with ``everywhere`` or predicates;
* HEAD without a route where GET has one, in preflights with ``everywhere``;
* whether a preflight that a handler of the application keeps is answered as an actual request;
* methods of a resource beside one that takes all, for Access-Control-Allow-Methods;
* methods without a name: which ones a ``*`` covers for Access-Control-Allow-Methods;
* what a handler set of ACAC and ACEH where the origin gets nothing;
* what is told, and whether middlewares run, where nobody answers a preflight that comes first;
* what is told of actual requests that `allow_methods` gives nobody, where there are predicates;
* a more exact reason than "origin" where `protect` refuses an origin without options;
* `is_origin_allowed` for OPTIONS requests of the library's that ask about no method.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from aiohttp_cors import ResourceOptions

from .description import (
    HOST,
    Application,
    Handler,
    Key,
    Layer,
    Predicate,
    Request,
    Resource,
    Route,
    View,
)

SAFELISTED = ("GET", "HEAD", "POST")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
STATUS = {"answer": 200, "stream": 200, "not found": 404, "crash": 500}
METHODS = ("PUT", "DELETE", "PATCH", "PROPFIND")
READING = ("GET", "HEAD", "OPTIONS", "TRACE")
ALL_NAMES = "all names"
NOTHING = frozenset(["nothing"])
OPEN = None


class Answer(NamedTuple):
    """The CORS part of an answer, and what else is seen of it; `None` is a header not there."""

    status: frozenset[int] | None = None  # `None` for any
    acao: str | None = None
    acac: str | None = None
    aceh: tuple[str, ...] | str | None = None
    acam: tuple[str, ...] | None = None  # must be listed, the first one first
    acam_more: frozenset[str] = frozenset()  # may be listed
    acah: frozenset[str] | None = None
    acma: str | None = None
    vary: frozenset[str] = frozenset()  # must be listed
    vary_more: frozenset[str] = frozenset()  # may be listed
    acac_and_aceh_are_open: bool = False
    is_bare: bool = False  # no more is said of it than that it grants no preflight
    told: frozenset[str] | None = NOTHING  # receivers hear one of these; `None` for any
    middlewares_run: bool | None = True  # those of the outermost application; `None` for either


class Policy(NamedTuple):
    """Layers, most specific first, and which of their options count."""

    layers: tuple[Layer, ...]
    counts: Callable[[ResourceOptions], bool]


class Grant(NamedTuple):
    """The options of an origin, and whether they are those of a public resource."""

    options: ResourceOptions
    public: bool

    @property
    def credentials(self) -> bool:
        return self.options.allow_credentials and not self.public


class Served(NamedTuple):
    """The resource and the route that the router finds for a method; neither for a 404."""

    resource: Resource | None
    route: Route | None
    around: tuple[Resource, ...]  # all resources of the path


# --- section 7: keys ----------------------------------------------------------------------------


def is_site(origin: str) -> bool:
    """Section 4: what browsers send for a site; the generator makes no other forms."""
    found = re.fullmatch(r"(https?)://[a-z0-9.-]*[a-z0-9](?::([1-9][0-9]*))?", origin)
    return found is not None and found[2] != {"http": "80", "https": "443"}[found[1]]


def kind(key: Key) -> str:
    if isinstance(key, Predicate):
        return "predicate"
    if isinstance(key, re.Pattern):
        return "regex"
    if key == "*":
        return "*"
    return "pattern" if "*" in key else "exact"


def matches(key: Key, origin: str) -> bool | str | ResourceOptions | None:
    if isinstance(key, Predicate):
        return key.verdict(origin)
    if isinstance(key, re.Pattern):
        return key.fullmatch(origin) is not None
    if kind(key) == "pattern":
        return is_site(origin) and matches_pattern(key, origin)
    return key in ("*", origin)


def matches_pattern(pattern: str, origin: str) -> bool:
    scheme, host, port = re.fullmatch(r"(https?)://([^:]+)(?::(.+))?", pattern).groups()
    hosts = re.escape(host).replace(r"\*", r"[a-z0-9-]+(\.[a-z0-9-]+)*")
    ports = {None: "", "*": r"(:\d+)?"}.get(port, ":" + (port or "").replace("*", r"\d*"))
    return re.fullmatch(f"{scheme}://{hosts}{ports}", origin) is not None


# --- section 3: which options apply -------------------------------------------------------------


def in_force(layers: Iterable[Layer | None]) -> tuple[Layer, ...]:
    """The layers that are there, up to the first that does not inherit."""
    found: list[Layer] = []
    for layer in layers:
        if layer is not None:
            found.append(layer)
            if not layer.inherit:
                break
    return tuple(found)


def keys_of(policy: Policy) -> Iterator[tuple[Key, ResourceOptions]]:
    for wanted in ("exact", "pattern", "regex", "predicate", "*"):
        for layer in policy.layers:
            for key, options in layer.keys:
                if kind(key) == wanted:
                    yield key, options


def decide(policy: Policy, origins: tuple[str, ...]) -> Grant | None:
    """Sections 3, 4 and 7: what the closest key that matches gives, if it counts."""
    for key, options in keys_of(policy):
        if key == "*":
            opaque = len(origins) > 1 or not is_site(origins[0])
            return Grant(options, opaque) if policy.counts(options) else None
        if len(origins) > 1 or not (is_site(origins[0]) or origins[0] in ("null", "file://")):
            continue
        verdict = matches(key, origins[0])
        if verdict in (None, False):
            continue
        if isinstance(verdict, str):
            return None
        given = verdict if isinstance(verdict, ResourceOptions) else options
        return Grant(given, False) if policy.counts(given) else None
    return None


def is_constant(policy: Policy) -> bool:
    """Section 4: the only key is `*`, without credentials."""
    keys = list(keys_of(policy))
    return bool(keys) and all(key == "*" for key, _ in keys) and not keys[0][1].allow_credentials


def for_anybody(policy: Policy) -> Policy | None:
    """The policy, if any of its options counts."""
    return policy if any(policy.counts(options) for _, options in keys_of(policy)) else None


def covers(options: ResourceOptions, method: str) -> bool:
    methods = options.allow_methods
    return methods is not None and (methods == "*" or method in methods)


def may_be(options: ResourceOptions, method: str) -> bool:
    """The limit of section 6; HEAD goes with GET."""
    with_get = method == "HEAD" and covers(options, "GET")
    return options.allow_methods is None or covers(options, method) or with_get


def every(options: ResourceOptions) -> bool:
    return True


def something_added(resource: Resource) -> bool:
    return resource.added is not None or any(route.added is not None for route in resource.routes)


def is_excluded(resource: Resource, route: Route | None) -> bool:
    return resource.excluded or (route is not None and route.excluded)


def own_layers(resource: Resource, route: Route, method: str) -> list[Layer | None]:
    """What a handler, its view and its route say; HEAD of a view without it is its GET."""
    if isinstance(route.handler, Handler):
        return [route.handler.custom, route.added, resource.added]
    handler = route.handler.handler(method)
    if handler is None and method == "HEAD":
        handler = route.handler.handler("GET")
    custom = handler.custom if handler is not None else None
    return [custom, route.handler.config, route.added, resource.added]


def route_of(resource: Resource, method: str) -> Route | None:
    for route in resource.routes:
        if route.method in (method, "*"):
            return route
    return None


def is_added_for(route: Route | None, method: str, *, actual: bool) -> bool:
    """The route was added; a page may ask for what a view defines, and read its 405 for others."""
    if route is None or route.added is None or route.excluded:
        return False
    if actual or isinstance(route.handler, Handler):
        return True
    return route.handler.handler(method) is not None


def policy_everywhere(
    config: Application, served: Served, resource: Resource | None, method: str
) -> Policy | None:
    return for_anybody(limited_everywhere(config, served, resource, method))


def limited_everywhere(
    config: Application, served: Served, resource: Resource | None, method: str
) -> Policy:
    """Section 6; `allow_methods` may leave nobody."""
    layers: list[Layer | None] = []
    if served.route is not None and resource is not None:
        layers = own_layers(resource, served.route, method)
    elif resource is not None and resource.static and method in ("GET", "HEAD"):
        layers = [resource.added]
    everything = in_force([*layers, config.defaults])
    return Policy(everything, lambda options: may_be(options, method))


def policy_of_added(
    config: Application, resource: Resource, method: str, *, actual: bool
) -> Policy | None:
    """Section 3, "A method M is enabled on a resource when"."""
    if not something_added(resource):
        return None
    for asked in (method, "GET") if method == "HEAD" else (method,):
        route = route_of(resource, asked)
        if route is not None and is_added_for(route, asked, actual=actual):
            layers = [*own_layers(resource, route, asked), config.defaults]
            return Policy(in_force(layers), every)
    of_resource = in_force([resource.added, config.defaults])
    if resource.static and resource.added is not None and method in ("GET", "HEAD"):
        return Policy(of_resource, every)
    if actual and resource.added is not None and method in SAFELISTED:
        return Policy(of_resource, every)
    names = ("HEAD", "GET") if method == "HEAD" else (method,)
    layers = in_force([named_by_routes(resource), resource.added, config.defaults])
    return for_anybody(Policy(layers, lambda options: any(covers(options, n) for n in names)))


def named_by_routes(resource: Resource) -> Layer:
    """The options of added routes that name `allow_methods`."""
    given = [route.added.keys for route in resource.routes if route.added is not None]
    return Layer(
        tuple((key, options) for keys in given for key, options in keys if names_methods(options))
    )


def names_methods(options: ResourceOptions) -> bool:
    return options.allow_methods is not None


# --- the router ---------------------------------------------------------------------------------


def is_at(resource: Resource, path: str) -> bool:
    if resource.static:
        return path.startswith(resource.path + "/")
    pattern = resource.path.replace("{tail:.*}", ".*").replace("{x}", "[^/]+")
    return re.fullmatch(pattern, path) is not None


def serve(app: Application, path: str, method: str) -> Served:
    around = tuple(resource for resource in app.resources if is_at(resource, path))
    for resource in around:
        route = route_of(resource, method)
        if route is not None or (resource.static and method in ("GET", "HEAD")):
            return Served(resource, route, around)
    return Served(None, None, around)


def own_options(resource: Resource) -> Route | None:
    """The OPTIONS handler of the application's own; views with the mixin have the library's."""
    route = route_of(resource, "OPTIONS")
    return route if route is not None and isinstance(route.handler, Handler) else None


def has_view(resource: Resource) -> bool:
    return any(isinstance(route.handler, View) for route in resource.routes)


# --- section 9: whose pages, and what is told ---------------------------------------------------


def is_own(request: Request) -> bool:
    """Section 9: it is one of the application's own pages, or of no page at all."""
    if request.fetch_site is not None:
        return request.fetch_site in ("same-origin", "none")
    return request.origins in ((), (f"http://{HOST}",), (f"https://{HOST}",))


def told(kind: str, reasons: Iterable[str]) -> frozenset[str]:
    """What receivers may hear: one of these."""
    return frozenset(f"{kind}: {reason}" for reason in reasons)


def refused(plain: Answer, *reasons: str) -> Answer:
    """A refused preflight."""
    return plain._replace(told=told("preflight", reasons))


def failed(policy: Policy, origins: tuple[str, ...]) -> frozenset[str]:
    """Which check fails where a policy gives an origin nothing."""
    if not any(keys_of(policy)):
        return frozenset(["no-origins-allowed"])
    is_covered = decide(policy._replace(counts=every), origins) is not None
    if is_covered:
        return frozenset(["method"])
    # Where nobody has the method, a stranger lacks both.
    return frozenset(["origin"] if for_anybody(policy) else ["origin", "method"])


# --- sections 4 to 6: the answers ---------------------------------------------------------------

UNTOUCHED = Answer()
VARY_PREFLIGHT = frozenset(["access-control-request-method", "access-control-request-headers"])
ORIGIN = frozenset(["origin"])
# Nobody answers the preflight, or an error of the router does: a browser goes no further.
NOT_GRANTED = Answer(frozenset([403, 404, 405]), is_bare=True, told=OPEN, middlewares_run=OPEN)
REFUSED = Answer(frozenset([403]), vary=VARY_PREFLIGHT, vary_more=ORIGIN)
PROTECTED = Answer(frozenset([403]), vary=ORIGIN)


def answer(root: Application, request: Request) -> Answer | None:
    """What *root* answers, as far as CORS has a part in it."""
    asked = asked_of(root, request)
    if request.method != "OPTIONS":
        reasons = asked.protected(request.method)
        if reasons:
            heard = told("protected", reasons)
            return PROTECTED._replace(told=heard, middlewares_run=not root.protect)
        return asked.actual(request.method)
    if not request.origins or request.asks_method is None:
        return asked.plain_options()
    return asked.preflight(request.asks_method)


def is_allowed(root: Application, request: Request) -> bool | None:
    """What `is_origin_allowed` says of the request."""
    return asked_of(root, request).is_allowed()


def asked_of(root: Application, request: Request) -> Asked:
    app, config, path = root, root if root.has_cors else None, request.path
    if root.sub is not None and path.startswith("/sub/"):
        app, path = root.sub, path.removeprefix("/sub")
        if app.has_cors:
            config = app
        elif app.excluded:
            config = None
    return Asked(root, app, config, path, request)


class Asked(NamedTuple):
    """A request, the application that serves it, and the one whose CorsConfig decides."""

    root: Application
    app: Application
    config: Application | None
    path: str
    request: Request

    # --- actual requests, section 4

    def actual(self, method: str) -> Answer | None:
        served = serve(self.app, self.path, method)
        handler = handler_of(served, method)
        policies = self.actual_policies(served, method)
        if policies is OPEN:
            return OPEN
        if policies:
            return self.answer_actual(policies[0], handler)
        untouched = with_own_headers(UNTOUCHED, handler)
        if self.is_outside(served) or not self.may_vary(served):
            return untouched
        untouched = untouched._replace(vary_more=ORIGIN)
        if not self.is_told_of(untouched):
            return untouched
        return untouched._replace(told=self.of_nobody(served, method))

    def is_outside(self, served: Served) -> bool:
        """The CorsConfig has nothing to say of what is served."""
        if self.config is None:
            return True
        if served.resource is None:
            return not self.config.everywhere
        return is_excluded(served.resource, served.route)

    def actual_policies(self, served: Served, method: str) -> list[Policy] | None:
        """The policy of an actual request, or none."""
        if self.is_outside(served):
            return []
        if served.resource is None:
            if any(something_excluded(resource) for resource in served.around):
                return OPEN
            return some(policy_everywhere(self.config, served, None, method))
        if method == "HEAD" and self.head_is_unclear(served.resource):
            return OPEN
        return some(self.policy(served, served.resource, method, actual=True))

    def of_nobody(self, served: Served, method: str) -> frozenset[str]:
        """What receivers may hear where `allow_methods` gives nobody the method."""
        if not self.config.everywhere:
            return NOTHING | told("actual", ["method", "origin"])
        return told("actual", self.without_policy(served, method, "method"))

    def is_told_of(self, refused: Answer) -> bool:
        """It refuses another site's page, and is not the handler's own answer."""
        return bool(self.request.origins) and not is_own(self.request) and refused.acao is None

    def may_vary(self, served: Served) -> bool:
        """Some options might have covered the method: a predicate gives any that it likes."""
        given = [resource.added for resource in served.around if resource.added is not None]
        given += [self.config.defaults]
        keys = [key for layer in given for key, _ in layer.keys]
        return self.config.everywhere or any(isinstance(key, Predicate) for key in keys)

    def head_is_unclear(self, resource: Resource) -> bool:
        """It has a route of its own, and it is another one's that something was said of."""
        of_get, of_head = route_of(resource, "GET"), route_of(resource, "HEAD")
        if of_get is None or of_get is of_head:
            return False
        only_get_added = of_get.added is not None and (of_head is None or of_head.added is None)
        return of_get.excluded or (self.config.everywhere and only_get_added)

    def policy(
        self, served: Served, resource: Resource, method: str, *, actual: bool
    ) -> Policy | None:
        if self.config.everywhere:
            return policy_everywhere(self.config, served, resource, method)
        return policy_of_added(self.config, resource, method, actual=actual)

    def answer_actual(self, policy: Policy, handler: Handler) -> Answer | None:
        constant = is_constant(policy)
        if constant and not policy.counts(next(keys_of(policy))[1]):
            return OPEN
        plain = with_own_headers(Answer(vary=frozenset() if constant else ORIGIN), handler)
        if plain.acao is not None:
            return plain
        if constant:
            (_, options), *_ = keys_of(policy)
            return plain._replace(acao="*", acac=None, aceh=exposed(options, credentials=False))
        grant = decide(policy, self.request.origins) if self.request.origins else None
        if grant is None:
            plain = plain._replace(acac_and_aceh_are_open=True)
            if not self.is_told_of(plain):
                return plain
            return plain._replace(told=told("actual", failed(policy, self.request.origins)))
        return plain._replace(
            acao="*" if grant.public else self.request.origins[0],
            acac="true" if grant.credentials else None,
            aceh=exposed(grant.options, credentials=grant.credentials),
        )

    # --- OPTIONS, section 5

    def plain_options(self) -> Answer | None:
        return self.routed(None)

    def routed(self, asks: str | None) -> Answer | None:
        """The router's answer to OPTIONS."""
        nobody = self.config is None
        everywhere = not nobody and self.config.everywhere
        resource = self.of_options()
        if resource is not None and own_options(resource) is not None:
            return self.actual("OPTIONS") if asks is None or nobody else kept(resource)
        if resource is not None and not nobody:
            return self.library(asks)
        if nobody:
            return UNTOUCHED
        if everywhere:
            return OPEN if asks is None else NOT_GRANTED
        return NOT_GRANTED._replace(told=NOTHING, middlewares_run=True)

    def of_options(self) -> Resource | None:
        """The first resource that has a route for OPTIONS, its own or the library's."""
        for resource in serve(self.app, self.path, "OPTIONS").around:
            is_added = something_added(resource) and self.config is not None
            if own_options(resource) is not None or has_view(resource) or is_added:
                return resource
        return None

    def library(self, asks: str | None) -> Answer | None:
        """The library's OPTIONS route, or that of a view, which was reached through the router."""
        if asks is None:
            if self.config.everywhere:
                return OPEN
            return refused(REFUSED, "no-method" if self.request.origins else "no-origin")
        served = serve(self.app, self.path, asks)
        if served.resource is None and self.config.everywhere:
            return NOT_GRANTED
        if served.resource is not None and (self.config.everywhere or self.config.preflight_first):
            return OPEN if is_kept_by_own_handler(served.resource) else NOT_GRANTED
        return self.decided(served, asks)

    def preflight(self, method: str) -> Answer | None:  # noqa: PLR0911 - one for each rule
        if self.config is None or not (self.config.preflight_first or self.config.everywhere):
            return self.routed(method)
        served = serve(self.app, self.path, method)
        if TOKEN.fullmatch(method) is None and not self.is_plain(served):
            return OPEN
        resource = self.asked_resource(served)
        if resource is None:
            return self.without_resource(served, method)
        if is_excluded(resource, served.route):
            return self.routed(method)
        if not self.config.everywhere and not something_added(resource):
            return self.routed(method)
        if is_kept_by_own_handler(resource):
            return self.routed(method)
        return self.first(self.decided(served, method))

    def first(self, decided: Answer | None) -> Answer | None:
        """It comes before the middlewares of the application that answers first."""
        if decided is OPEN:
            return OPEN
        root_too = self.root.preflight_first or self.root.everywhere
        return decided._replace(middlewares_run=not root_too)

    def is_plain(self, served: Served) -> bool:
        """One resource under CORS, with no OPTIONS handler and nothing excluded."""
        if len(served.around) != 1:
            return False
        (resource,) = served.around
        under_cors = self.config.everywhere or something_added(resource)
        return under_cors and own_options(resource) is None and not something_excluded(resource)

    def asked_resource(self, served: Served) -> Resource | None:
        """The resource that serves the method, or else the only one of the path."""
        if served.resource is not None:
            return served.resource
        if len(served.around) == 1 and not self.config.everywhere:
            return served.around[0]
        return None

    def without_resource(self, served: Served, method: str) -> Answer | None:
        """A preflight answered first, for a method that no resource of the path serves."""
        if self.config.everywhere:
            unclear = any(
                something_excluded(resource) or own_options(resource) is not None
                for resource in served.around
            )
            of_get = method == "HEAD" and serve(self.app, self.path, "GET").resource is not None
            return OPEN if unclear or of_get else self.first(self.decided(served, method))
        if any(something_added(resource) for resource in served.around):
            return OPEN
        return self.routed(method)

    def decided(self, served: Served, method: str) -> Answer | None:  # noqa: PLR0911 - one for each step
        """What the library answers to a preflight that is its own."""
        policies = self.policies(served, method)
        if policies is OPEN:
            return OPEN
        if TOKEN.fullmatch(method) is None:
            return refused(REFUSED, "invalid-method")
        names = asked_names(self.request.asks_headers)
        if names is None:
            return refused(REFUSED, "invalid-headers")
        if not policies:
            return refused(REFUSED, *self.without_policy(served, method, "method"))
        (policy,) = policies
        if is_constant(policy) and not policy.counts(next(keys_of(policy))[1]):
            return OPEN
        vary = VARY_PREFLIGHT if is_constant(policy) else VARY_PREFLIGHT | ORIGIN
        plain = Answer(frozenset([403]), vary=vary)
        grant = decide(policy, self.request.origins)
        if grant is None:
            return refused(plain, *failed(policy, self.request.origins))
        if grant.options.allow_headers != "*" and not names <= grant.options.allow_headers:
            return refused(plain, "headers")
        must, may = self.allowed_methods(method, grant)
        age = grant.options.max_age
        public = grant.public or is_constant(policy)
        return Answer(
            frozenset([200]),
            acao="*" if public else self.request.origins[0],
            acac="true" if grant.credentials else None,
            acam=must,
            acam_more=may,
            acah=names or None,
            acma=None if age is None else str(age),
            vary=vary,
        )

    def without_policy(self, served: Served, method: str, otherwise: str) -> frozenset[str]:
        """Which check fails of a method that nobody has: with `everywhere`, a policy tells."""
        if not self.config.everywhere:
            return frozenset([otherwise])
        policy = limited_everywhere(self.config, served, served.resource, method)
        return failed(policy, self.request.origins)

    def policies(self, served: Served, method: str) -> list[Policy] | None:
        """The policy of the asked method, or none; `OPEN` where resources differ."""
        if served.resource is not None:
            if is_excluded(served.resource, served.route):
                return []
            if method == "HEAD" and self.head_is_unclear(served.resource):
                return OPEN
            return some(self.policy(served, served.resource, method, actual=False))
        if self.config.everywhere:
            return some(policy_everywhere(self.config, served, None, method))
        if any(something_excluded(resource) for resource in served.around):
            return OPEN
        given = [
            policy
            for resource in served.around
            if (policy := policy_of_added(self.config, resource, method, actual=False))
        ]
        return OPEN if given and len(served.around) > 1 else given

    def allowed_methods(self, method: str, grant: Grant) -> tuple[tuple[str, ...], frozenset[str]]:
        """Access-Control-Allow-Methods: what must be in it, and what else may be."""
        if method in SAFELISTED:
            return (method,), frozenset()
        around = serve(self.app, self.path, method).around
        named = {
            name
            for resource in known_resources(around)
            if own_options(resource) is None  # which may keep their preflights
            for name in named_methods(resource)
            if serve(self.app, self.path, name).resource is resource
        }
        if isinstance(grant.options.allow_methods, frozenset):
            named |= grant.options.allow_methods
        must, may = [method], set()
        for other in {*named, *METHODS, "OPTIONS"} - {method, *SAFELISTED}:
            policies = self.policies(serve(self.app, self.path, other), other)
            if policies is OPEN:
                may.add(other)
                continue
            found = decide(policies[0], self.request.origins) if policies else None
            if found is None or not alike(found, grant):
                continue
            certain = found == grant and other in named and other != "OPTIONS"
            if certain:
                must.append(other)
            else:
                may.add(other)
        return tuple(must), frozenset(may)

    # --- sections 6 and 9: who may send

    def protected(self, method: str) -> frozenset[str]:
        """For which of these reasons `protect` refuses the request; none where it passes."""
        served = serve(self.app, self.path, method)
        if not self.is_guarded(served, method) or is_own(self.request):
            return frozenset()
        if not self.request.origins:
            return frozenset(["no-origin"])
        policies = self.actual_policies(served, method)
        # "origin" says it of all that have no options, where another word may be more exact.
        if not policies:
            return self.without_policy(served, method, "origin") | {"origin"}
        grant = decide(policies[0], self.request.origins)
        if grant is None:
            return failed(policies[0], self.request.origins) | {"origin"}
        if grant.public:
            return frozenset(["origin"])
        with_cookie = self.request.has_cookie and not grant.credentials
        return frozenset(["credentials"] if with_cookie else [])

    def is_guarded(self, served: Served, method: str) -> bool:
        """It may change something, and neither is it an error of the router nor taken out."""
        may_change = method not in READING or self.request.is_handshake
        if self.config is None or served.resource is None or not may_change:
            return False
        # What a sub-application takes out of its own CORS, the one around it did not.
        if self.root.protect and self.config is not self.root:
            return True
        return self.config.protect and not is_excluded(served.resource, served.route)

    def is_allowed(self) -> bool | None:
        """Section 6, `is_origin_allowed`."""
        if not self.request.origins or is_own(self.request):
            return True
        if self.config is None:
            return False
        policies = self.own_policies()
        if policies is OPEN:
            return OPEN
        grant = decide(policies[0], self.request.origins) if policies else None
        return grant is not None and not (grant.public and grant.options.allow_credentials)

    def own_policies(self) -> list[Policy] | None:
        """The policy of the request, or none; of a preflight that of what it asks about."""
        method, asks = self.request.method, self.request.asks_method
        if method != "OPTIONS":
            return self.actual_policies(serve(self.app, self.path, method), method)
        if asks is not None and TOKEN.fullmatch(asks) is not None:
            return self.policies(serve(self.app, self.path, asks), asks)
        resource = self.of_options()
        if asks is not None or (resource is not None and own_options(resource) is None):
            return OPEN
        return self.actual_policies(serve(self.app, self.path, method), method)


def is_readable(root: Application, method: str, path: str, origin: str) -> bool | None:
    """Whether a page of *origin* reads the answer; it sends no cookies and no special headers."""
    if method not in SAFELISTED:
        granted = answer(root, Request("OPTIONS", path, (origin,), method))
        if granted is OPEN:
            return OPEN
        # Methods that are granted are named: no answer of a handler grants any.
        if granted.acam is None or granted.acao is None:
            return False
    actual = answer(root, Request(method, path, (origin,)))
    return OPEN if actual is OPEN else actual.acao in ("*", origin)


def kept(resource: Resource) -> Answer:
    """A handler of the application answers the preflight."""
    handler = own_options(resource).handler
    as_actual = told("actual", ["no-origins-allowed", "method", "origin"])
    return Answer(frozenset([STATUS[handler.ends]]), is_bare=True, told=NOTHING | as_actual)


def alike(found: Grant, grant: Grant) -> bool:
    """A browser sees no difference between the two."""
    return (
        found.public == grant.public
        and found.credentials == grant.credentials
        and found.options._replace(allow_credentials=False)
        == grant.options._replace(allow_credentials=False)
    )


def some(policy: Policy | None) -> list[Policy]:
    return [] if policy is None else [policy]


def known_resources(around: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """Those of a path of which a router tells the methods: it names no other one beside a `*`."""
    taking_all = [resource for resource in around if route_of(resource, "*") is not None]
    return tuple(taking_all[:1]) or around


def named_methods(resource: Resource) -> Iterator[str]:
    for route in resource.routes:
        if isinstance(route.handler, View):
            yield from dict(route.handler.methods)
        elif route.method != "*":
            yield route.method


def something_excluded(resource: Resource) -> bool:
    return resource.excluded or any(route.excluded for route in resource.routes)


def is_kept_by_own_handler(resource: Resource) -> bool:
    """It has an OPTIONS handler of its own, which was not given to `cors.add`."""
    route = own_options(resource)
    return route is not None and route.method == "OPTIONS" and route.added is None


def handler_of(served: Served, method: str) -> Handler:
    if served.route is None:
        return Handler()
    if isinstance(served.route.handler, Handler):
        return served.route.handler
    return served.route.handler.handler(method) or Handler()


def with_own_headers(plain: Answer, handler: Handler) -> Answer:
    """What the handler itself sets; an answer that crashed has lost it."""
    own = {name.lower(): value for name, value in handler.sets}
    if handler.ends == "crash":
        return plain
    vary = {name.strip().lower() for name in own.get("vary", "").split(",") if name}
    return plain._replace(
        acao=own.get("access-control-allow-origin"),
        acac=own.get("access-control-allow-credentials"),
        aceh=listed(own.get("access-control-expose-headers")),
        vary=frozenset(["*"]) if "*" in vary else plain.vary | vary,
    )


def listed(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(","))


def exposed(options: ResourceOptions, *, credentials: bool) -> tuple[str, ...] | str | None:
    if options.expose_headers == "*":
        return ALL_NAMES if credentials else ("*",)
    return tuple(sorted(options.expose_headers)) or None


def asked_names(value: str | None) -> frozenset[str] | None:
    """The names of Access-Control-Request-Headers, upper-case; `None` if one is no token."""
    names = {name.strip(" \t").upper() for name in (value or "").split(",")} - {""}
    if any(TOKEN.fullmatch(name) is None for name in names):
        return None
    return frozenset(names)
