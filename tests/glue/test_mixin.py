"""`CorsViewMixin` and `custom_cors`: with the requests that unit tests make, and with real ones."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import warnings
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from aiohttp import web

from aiohttp_cors import (
    APP_CONFIG_KEY,
    CorsConfigWarning,
    CorsViewMixin,
    ResourceOptions,
    custom_cors,
    setup,
)
from aiohttp_cors.preflight_handler import _PreflightHandler

from .asking import (
    A,
    B,
    MakeClient,
    answer,
    ask,
    bare,
    granted,
    preflight,
    readable,
    refused,
    unreadable,
)

DEFAULT = ResourceOptions(max_age=1)
OF_CLASS = ResourceOptions(max_age=2)
OF_METHOD = ResourceOptions(max_age=3)


class Plain(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


class WithConfig(web.View, CorsViewMixin):
    cors_config = {A: OF_CLASS}

    async def get(self) -> web.Response:
        return await answer(self.request)

    @custom_cors({A: OF_METHOD})
    async def put(self) -> web.Response:
        return await answer(self.request)


def application(**options: Any) -> web.Application:
    app = web.Application()
    setup(app, **options)
    return app


class ConfigDict:
    """What cannot be subscripted."""


def unit_request(app: Any, **headers: str) -> mock.Mock:
    request = mock.Mock()
    request.app = app
    request.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request.config_dict = ConfigDict()
    return request


ASKING = {"Origin": A, "Access_Control_Request_Method": "GET"}


@pytest.mark.parametrize("app", [{}, web.Application()])
def test_without_setup_there_is_no_config(app: Any) -> None:
    text = r"^aiohttp_cors\.setup\(\) was not called for this application$"
    with pytest.raises(ValueError, match=text):
        Plain.get_request_config(unit_request(app), "GET")


def test_without_setup_of_any_application_there_is_no_config() -> None:
    request = unit_request({})
    request.config_dict = {}
    with pytest.raises(ValueError, match="setup"):
        Plain.get_request_config(request, "GET")


def test_the_setup_of_the_application_above_counts() -> None:
    request = unit_request({})
    request.config_dict = {APP_CONFIG_KEY: application(defaults={A: DEFAULT})[APP_CONFIG_KEY]}
    assert Plain.get_request_config(request, "GET") == {A: DEFAULT}


@pytest.mark.parametrize(
    ("view", "method", "config"),
    [
        (Plain, "GET", {A: DEFAULT, B: DEFAULT}),
        (WithConfig, "GET", {A: OF_CLASS, B: DEFAULT}),
        (WithConfig, "get", {A: OF_CLASS, B: DEFAULT}),
        (WithConfig, "PUT", {A: OF_METHOD, B: DEFAULT}),
    ],
)
def test_the_config_of_a_view_is_found_layer_by_layer(
    view: type[CorsViewMixin], method: str, config: dict[str, ResourceOptions]
) -> None:
    request = unit_request(application(defaults={A: DEFAULT, B: DEFAULT}))
    assert view.get_request_config(request, method) == config
    assert view(request).get_request_config(request, method) == config  # type: ignore[call-arg]


def test_a_method_that_a_view_lacks_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"^'DELETE'$"):
        Plain.get_request_config(unit_request(application(defaults={A: DEFAULT})), "DELETE")


async def test_a_view_answers_a_preflight_of_a_unit_test() -> None:
    request = unit_request(application(defaults={A: DEFAULT}), **ASKING)
    response = await Plain(request).options()
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == A
    assert response.headers["Access-Control-Allow-Methods"] == "GET"
    assert response.headers["Access-Control-Max-Age"] == "1"


async def test_header_names_of_a_unit_test_are_allowed() -> None:
    options = ResourceOptions(allow_headers=["X-A", "X-B"])
    request = unit_request(
        application(defaults={A: options}), **ASKING, Access_Control_Request_Headers="x-b,x-a"
    )
    response = await Plain(request).options()
    assert response.headers["Access-Control-Allow-Headers"] == "X-B,X-A"


@pytest.mark.parametrize("kind", [mock.Mock, mock.MagicMock])
async def test_a_view_with_an_empty_config_is_forbidden(kind: type[mock.Mock]) -> None:
    request = kind()
    request.app = application()
    request.headers = {"Origin": A, "Access-Control-Request-Method": "GET"}
    with pytest.raises(web.HTTPForbidden) as raised:
        await Plain(request).options()
    assert raised.value.text == "CORS preflight request failed: no origins are allowed"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "origin header is not specified"),
        ({"Origin": A}, "'Access-Control-Request-Method' header is not specified"),
        (ASKING | {"Origin": B}, f"origin '{B}' is not allowed"),
        (
            ASKING | {"Access_Control_Request_Method": "DELETE"},
            f"request method 'DELETE' is not allowed for '{A}' origin",
        ),
        (ASKING | {"Access_Control_Request_Headers": "test"}, "headers are not allowed: TEST"),
    ],
)
async def test_a_refusal_of_a_unit_test_is_raised(headers: dict[str, str], text: str) -> None:
    request = unit_request(application(defaults={A: DEFAULT}), **headers)
    with pytest.raises(web.HTTPForbidden) as raised:
        await Plain(request).options()
    assert text in raised.value.text  # type: ignore[operator]
    assert not [n for n in raised.value.headers if n.lower().startswith("access-control-")]


async def test_the_config_of_a_view_may_be_overridden() -> None:
    class Own(web.View, CorsViewMixin):
        @classmethod
        def get_request_config(cls, request: Any, request_method: str) -> Any:
            return {B: OF_CLASS}

        async def get(self) -> web.Response:
            raise NotImplementedError

    view = Own(unit_request({}, **ASKING))
    assert await view._get_config(view.request, B, "GET") == {B: OF_CLASS}


def test_the_mixin_is_a_preflight_handler_without_state() -> None:
    assert issubclass(CorsViewMixin, _PreflightHandler)
    assert "__init__" not in CorsViewMixin.__dict__
    assert "__init__" not in _PreflightHandler.__dict__
    view = Plain(unit_request({}))
    assert vars(view).keys() == vars(web.View(view.request)).keys()
    assert inspect.iscoroutinefunction(view.options)
    assert inspect.iscoroutinefunction(view._get_config)
    assert inspect.ismethod(Plain.get_request_config)


# ---------------------------------------------------------------------------------------------
# custom_cors
# ---------------------------------------------------------------------------------------------


def test_the_decorated_function_is_the_same_one_and_a_coroutine_function() -> None:
    async def get(request: web.Request) -> web.Response:
        raise NotImplementedError

    decorated = custom_cors({A: OF_METHOD})(get)
    assert decorated is get
    assert inspect.iscoroutinefunction(decorated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert asyncio.iscoroutinefunction(decorated)
    assert get.get_cors_config == {A: OF_METHOD}  # type: ignore[attr-defined]


def test_the_config_is_stored_under_the_name_of_the_function() -> None:
    assert WithConfig.put.put_cors_config == {A: OF_METHOD}  # type: ignore[attr-defined]


def test_a_wrong_config_is_told_where_it_is_written() -> None:
    with pytest.warns(CorsConfigWarning, match="'a.example'") as told:
        custom_cors({"a.example": OF_METHOD})
    assert [warning.filename for warning in told] == [__file__]
    with pytest.raises(ValueError, match="ResourceOptions"):
        custom_cors({A: 5})  # type: ignore[dict-item]


def cors_preserving(handler: Any) -> Any:
    @functools.wraps(handler)
    async def wrapper(*args: Any) -> Any:
        return await handler(*args)

    return wrapper


async def test_a_decorator_around_it_keeps_it(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={B: DEFAULT})
    cors.add(app.router.add_get("/", cors_preserving(custom_cors({A: OF_METHOD})(answer_a))))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == readable()


async def answer_a(request: web.Request) -> web.Response:
    return await answer(request)


# ---------------------------------------------------------------------------------------------
# Views on a server
# ---------------------------------------------------------------------------------------------


class MixinFirst(CorsViewMixin, web.View):
    async def get(self) -> web.Response:
        return await answer(self.request)


class MixinLast(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


@pytest.mark.parametrize("view", [MixinFirst, MixinLast])
async def test_both_orders_of_bases_work(aiohttp_client: MakeClient, view: type[web.View]) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_view("/", view))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET") == granted()
    assert await preflight(client, "/", "PUT") == refused()
    assert await preflight(client, "/", "GET", B) == refused()
    assert await ask(client, "GET", "/") == readable()
    assert await ask(client, "PUT", "/") == readable(405)


@pytest.mark.parametrize("view", [MixinFirst, MixinLast])
@pytest.mark.parametrize("with_setup", [False, True])
async def test_the_mixin_is_inert_where_its_view_was_not_added(
    aiohttp_client: MakeClient, view: type[web.View], with_setup: bool
) -> None:
    app = web.Application()
    app.router.add_view("/", view)
    if with_setup:
        cors = setup(app, defaults={A: ResourceOptions()})
        cors.add(app.router.add_get("/other", answer))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == bare()
    assert await preflight(client, "/", "GET") == bare(405)
    async with client.options("/") as response:
        assert response.headers["Allow"] == "GET"


async def test_a_view_knows_its_config_while_it_serves(aiohttp_client: MakeClient) -> None:
    seen = []

    class Knowing(web.View, CorsViewMixin):
        cors_config = {A: OF_CLASS}

        async def get(self) -> web.Response:
            seen.append(self.get_request_config(self.request, "GET"))
            return web.Response()

    app = web.Application()
    cors = setup(app, defaults={A: DEFAULT, B: DEFAULT})
    cors.add(app.router.add_view("/added", Knowing), {B: OF_METHOD})
    app.router.add_view("/not-added", Knowing)
    client = await aiohttp_client(app)
    for path in ("/added", "/not-added"):
        await ask(client, "GET", path)
    assert seen == [{A: OF_CLASS, B: OF_METHOD}, {A: OF_CLASS, B: DEFAULT}]


async def test_a_refused_preflight_of_a_view_keeps_its_vary(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_view("/", MixinLast))
    client = await aiohttp_client(app)
    async with client.options("/") as response:
        assert response.status == 403
        assert response.content_type == "text/plain"
        text = await response.text()
    assert text == "CORS preflight request failed: origin header is not specified in the request"


async def test_a_view_that_overrides_options_may_still_call_the_mixin(
    aiohttp_client: MakeClient,
) -> None:
    class Own(CorsViewMixin, web.View):
        async def get(self) -> web.Response:
            return await answer(self.request)

        async def options(self) -> web.StreamResponse:
            response = await super().options()
            response.headers["X-Own"] = "1"
            return response

    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions()})
    cors.add(app.router.add_view("/", Own))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET") == granted()
    assert await preflight(client, "/", "GET", B) == refused()
    assert await ask(client, "GET", "/") == readable()


MODES = [{}, {"preflight_first": True}, {"everywhere": True}]


@pytest.mark.parametrize("mode", MODES)
async def test_a_view_that_overrides_its_request_config_is_asked_for_each_request(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    class OfTenant(Plain):
        known = {B: OF_CLASS}

        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            if request_method == "PUT":
                raise KeyError(request_method)
            return cls.known

        async def put(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    cors = setup(app, defaults={A: ResourceOptions(allow_credentials=True)}, **mode)
    cors.add(app.router.add_view("/", OfTenant))
    client = await aiohttp_client(app)
    for _ in range(2):
        assert await ask(client, "GET", "/", A) == unreadable()
        assert await preflight(client, "/", "GET", A) == refused()
        assert await ask(client, "GET", "/", B) == readable(origin=B)
        assert await preflight(client, "/", "GET", B) == granted(origin=B, ACMA="2")
        assert await preflight(client, "/", "PUT", B) == refused()
        assert await ask(client, "PUT", "/", B) == bare()
        # A method that is not there is everywhere's to grant, by what the view says.
        unrouted = granted("DELETE", B, ACMA="2") if mode.get("everywhere") else refused()
        assert await preflight(client, "/", "DELETE", B) == unrouted
        assert await preflight(client, "/", "DELETE", A) == refused()
    OfTenant.known = {A: OF_METHOD}
    assert await ask(client, "GET", "/", A) == readable()
    assert await preflight(client, "/", "GET", A) == granted(ACMA="3")
    assert await preflight(client, "/", "GET", B) == refused()


async def test_an_overriding_view_may_start_from_what_it_has_anyway(
    aiohttp_client: MakeClient,
) -> None:
    class More(WithConfig):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return {**super().get_request_config(request, request_method), B: OF_METHOD}

    app = web.Application()
    cors = setup(app, defaults={B: DEFAULT, "https://c.example": DEFAULT})
    cors.add(app.router.add_view("/", More))
    client = await aiohttp_client(app)
    ages = {A: "2", B: "3", "https://c.example": "1"}
    for origin, age in ages.items():
        assert await preflight(client, "/", "GET", origin) == granted(origin=origin, ACMA=age)
        assert await ask(client, "GET", "/", origin) == readable(origin=origin)


@pytest.mark.parametrize("failure", [RuntimeError("no database"), None])
async def test_a_view_whose_request_config_fails_is_refused_to_everybody(
    aiohttp_client: MakeClient, failure: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Plain):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            if failure is not None:
                raise failure
            return {A: "no options"}

    app = web.Application()
    setup(app, defaults={A: DEFAULT}).add(app.router.add_view("/", Failing))
    client = await aiohttp_client(app)
    assert await ask(client, "GET", "/") == unreadable()
    assert await preflight(client, "/", "GET") == refused()
    told = [record for record in caplog.records if record.exc_info is not None]
    text = f"{Failing!r} is refused to everybody: its get_request_config failed"
    assert [record.getMessage() for record in told] == [text] * 2


async def test_a_view_that_overrides_the_config_of_preflights_is_asked(
    aiohttp_client: MakeClient,
) -> None:
    class Own(Plain):
        async def _get_config(self, request: Any, origin: str, request_method: str) -> Any:
            return {B: OF_CLASS}

    app = web.Application()
    cors = setup(app, defaults={A: DEFAULT})
    cors.add(app.router.add_view("/added", Own))
    app.router.add_view("/not-added", Own)
    client = await aiohttp_client(app)
    assert await preflight(client, "/added", "GET", A) == refused()
    assert await preflight(client, "/added", "GET", B) == granted(origin=B, ACMA="2")
    assert await preflight(client, "/not-added", "GET", B) == bare(405)


# -- What is wrong with a view's own config -------------------------------------------------------

WRONG_KEY = "https://a.example/"


def view_of_config(config: Any) -> type[web.View]:
    class Own(web.View, CorsViewMixin):
        cors_config = config

        async def get(self) -> web.Response:
            return await answer(self.request)

    return Own


def implied(how: str, view: type[web.View]) -> web.Application:
    """An application with *view* under CORS, of which no route was added itself."""
    app = web.Application()
    cors = setup(app, defaults={B: DEFAULT}, everywhere=how == "everywhere")
    if how == "resource":
        cors.add(app.router.add_view("/", view).resource)
    elif how == "resource first":
        resource = cors.add(app.router.add_resource("/"))
        resource.add_route("GET", view)
    elif how == "everywhere":
        app.router.add_view("/", view)
        cors.exclude(app.router.add_view("/out", view_of_config({"https://b.example/": {}})))
    return app


IMPLIED = pytest.mark.parametrize("how", ["resource", "resource first", "everywhere"])


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the garbage collector, which may log a traceback meanwhile.

    Tracebacks parse code, and Python up to 3.11.7 cannot parse any meanwhile (gh-106905), as
    `inspect` does to find a class.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@IMPLIED
async def test_a_key_that_never_matches_is_told_at_the_start_where_the_view_is_written(
    aiohttp_client: MakeClient, how: str
) -> None:
    view = view_of_config({WRONG_KEY: DEFAULT})
    app = implied(how, view)
    with pytest.warns(CorsConfigWarning, match="trailing slash") as told:
        client = await aiohttp_client(app)
    (warning,) = told
    first = inspect.getsourcelines(view)[1]
    assert (warning.filename, warning.lineno) == (__file__, first)
    assert await ask(client, "GET", "/", A) == unreadable()


@IMPLIED
async def test_a_view_config_of_a_wrong_type_stops_the_start(how: str) -> None:
    with pytest.raises(ValueError, match="ResourceOptions"):
        await web.AppRunner(implied(how, view_of_config({A: 5}))).setup()


async def test_of_the_views_of_an_application_that_was_taken_out_nothing_is_told(
    aiohttp_client: MakeClient,
) -> None:
    app, middle, part = web.Application(), web.Application(), web.Application()
    cors = setup(app, defaults={B: DEFAULT}, everywhere=True)
    part.router.add_view("/", view_of_config({WRONG_KEY: DEFAULT}))
    middle.add_subapp("/part", part)
    app.add_subapp("/middle", middle)
    cors.exclude(middle)
    await aiohttp_client(app)


async def test_origins_that_an_application_brings_that_was_taken_out_are_none(
    aiohttp_client: MakeClient,
) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, everywhere=True)
    part.router.add_view("/", view_of_config({A: DEFAULT}))
    app.add_subapp("/part", part)
    cors.exclude(part)
    with pytest.warns(CorsConfigWarning, match="without origins lets no page read anything"):
        await aiohttp_client(app)


async def test_a_view_without_source_is_told_of_too(aiohttp_client: MakeClient) -> None:
    view = type("Made", (Plain,), {"cors_config": {WRONG_KEY: DEFAULT}, "__module__": "nowhere"})
    with pytest.warns(CorsConfigWarning, match="trailing slash"):
        await aiohttp_client(implied("resource", view))


async def test_where_warnings_are_errors_a_key_that_comes_later_fails_no_request(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    view: Any = view_of_config({A: DEFAULT})
    client = await aiohttp_client(implied("resource", view))
    assert await ask(client, "GET", "/", A) == readable()
    view.cors_config = {A: DEFAULT, WRONG_KEY: DEFAULT}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            assert await ask(client, "GET", "/", A) == readable()
            assert await preflight(client, "/", "GET", A) == granted(ACMA="1")
    assert [record.getMessage() for record in caplog.records] == [
        (
            "the origin 'https://a.example/' can never match, it has a trailing slash: "
            "write 'https://a.example' instead [C001]"
        )
    ]


async def test_a_view_whose_config_goes_wrong_later_is_refused_to_everybody(
    aiohttp_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    view: Any = view_of_config({A: DEFAULT})
    client = await aiohttp_client(implied("resource", view))
    assert await ask(client, "GET", "/", A) == readable()
    view.cors_config = {A: 5}
    assert await ask(client, "GET", "/", A) == unreadable()
    assert await ask(client, "GET", "/", B) == unreadable()
    told = [record for record in caplog.records if record.exc_info is not None]
    assert told[0].getMessage() == f"{view!r} is refused to everybody: its options are wrong"


async def test_a_view_with_a_config_of_its_own_is_asked_about_the_origin_and_tells_of_refusals(
    aiohttp_client: MakeClient,
) -> None:
    asked: list[tuple[str, str]] = []
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    class Asked(Plain):
        async def _get_config(self, request: web.Request, origin: str, request_method: str) -> Any:
            asked.append((origin, request_method))
            return {}

    async def receive(request: web.Request, refused: Any) -> None:
        told.put_nowait((request.path, refused.origin))

    app = web.Application()
    cors = setup(app, defaults={A: DEFAULT})
    cors.on_refused.append(receive)
    cors.add(app.router.add_view("/", Asked))
    client = await aiohttp_client(app)
    assert await preflight(client, "/", "GET") == refused()
    assert asked == [(A, "GET")]
    assert await asyncio.wait_for(told.get(), 3) == ("/", A)
