"""The names, the signatures and the module paths that user code relies on."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import warnings
from unittest import mock

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import (
    APP_CONFIG_KEY,
    CorsConfig,
    CorsConfigWarning,
    CorsSecurityWarning,
    CorsWarning,
    ResourceOptions,
    setup,
)
from aiohttp_cors.abc import AbstractRouterAdapter
from aiohttp_cors.preflight_handler import _PreflightHandler


@pytest.mark.parametrize(
    "name",
    [
        "setup",
        "CorsConfig",
        "ResourceOptions",
        "CorsViewMixin",
        "custom_cors",
        "APP_CONFIG_KEY",
        "CorsWarning",
        "CorsConfigWarning",
        "CorsSecurityWarning",
        "__title__",
        "__version__",
        "__author__",
        "__email__",
        "__summary__",
        "__uri__",
        "__copyright__",
        "__license__",
    ],
)
def test_a_public_name_is_there_and_listed(name: str) -> None:
    assert hasattr(aiohttp_cors, name)
    assert name in aiohttp_cors.__all__


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("cors_config", "CorsConfig"),
        ("resource_options", "ResourceOptions"),
        ("mixin", "CorsViewMixin"),
        ("mixin", "custom_cors"),
        ("abc", "AbstractRouterAdapter"),
        ("urldispatcher_router_adapter", "ResourcesUrlDispatcherRouterAdapter"),
        ("preflight_handler", "_PreflightHandler"),
    ],
)
def test_a_module_path_stays_importable(module: str, name: str) -> None:
    assert inspect.isclass(
        found := getattr(importlib.import_module(f"aiohttp_cors.{module}"), name)
    ) or callable(found)
    assert getattr(aiohttp_cors, name, found) is found


def test_the_config_key_is_an_app_key() -> None:
    assert isinstance(APP_CONFIG_KEY, web.AppKey)


def test_warnings_are_user_warnings_of_two_kinds() -> None:
    assert issubclass(CorsWarning, UserWarning)
    assert issubclass(CorsConfigWarning, CorsWarning)
    assert issubclass(CorsSecurityWarning, CorsWarning)
    assert not issubclass(CorsConfigWarning, CorsSecurityWarning)


def test_setup_takes_an_application_and_keywords() -> None:
    parameters = inspect.signature(setup).parameters
    keywords = {
        name: parameter.default
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert list(parameters) == ["app", *keywords]
    assert keywords == {
        "defaults": None,
        "everywhere": False,
        "preflight_first": None,
        "protect": False,
        "debug": False,
    }


def test_cors_config_takes_an_application_and_keywords() -> None:
    parameters = inspect.signature(CorsConfig).parameters
    keywords = [
        name
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert list(parameters) == ["app", *keywords]
    assert set(keywords) == {
        "defaults",
        "router_adapter",
        "everywhere",
        "preflight_first",
        "protect",
        "debug",
    }
    assert parameters["defaults"].default is None
    assert parameters["router_adapter"].default is None
    assert parameters["protect"].default is False


def test_add_takes_an_entity_a_config_and_webview() -> None:
    parameters = inspect.signature(CorsConfig.add).parameters
    assert [(p.name, p.default) for p in parameters.values()][1:] == [
        ("routing_entity", inspect.Parameter.empty),
        ("config", None),
        ("webview", False),
        ("inherit", True),
    ]
    assert parameters["inherit"].kind is inspect.Parameter.KEYWORD_ONLY


def test_setup_returns_the_config_of_the_application() -> None:
    app = web.Application()
    cors = setup(app)
    assert isinstance(cors, CorsConfig)
    assert app[APP_CONFIG_KEY] is cors


def test_a_failed_setup_leaves_the_application_as_it_was() -> None:
    app = web.Application()
    with pytest.raises(ValueError, match="ResourceOptions"):
        setup(app, defaults={"https://a.example": 1}, everywhere=True)  # type: ignore[dict-item]
    assert APP_CONFIG_KEY not in app
    assert not app.middlewares
    assert not app.on_response_prepare


def test_the_router_adapter_has_six_abstract_methods() -> None:
    assert AbstractRouterAdapter.__abstractmethods__ == {
        "add_preflight_handler",
        "is_preflight_request",
        "is_cors_enabled_on_request",
        "set_config_for_routing_entity",
        "get_preflight_request_config",
        "get_non_preflight_request_config",
    }


async def test_a_preflight_handler_without_a_config_is_not_implemented() -> None:
    with pytest.raises(NotImplementedError):
        await _PreflightHandler()._get_config(mock.Mock(), "https://a.example", "GET")
    assert inspect.iscoroutinefunction(_PreflightHandler._get_config)
    assert list(inspect.signature(_PreflightHandler._get_config).parameters) == [
        "self",
        "request",
        "origin",
        "request_method",
    ]


# ---------------------------------------------------------------------------------------------
# ResourceOptions
# ---------------------------------------------------------------------------------------------


def test_options_have_five_fields() -> None:
    options = ResourceOptions()
    assert ResourceOptions._fields == (
        "allow_credentials",
        "expose_headers",
        "allow_headers",
        "max_age",
        "allow_methods",
    )
    assert options._asdict().keys() == set(ResourceOptions._fields)
    assert not options.allow_credentials
    assert options.max_age is None
    assert options.allow_methods is None
    assert (options.expose_headers, options.allow_headers) == (frozenset(), frozenset())


def test_options_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        ResourceOptions(True)  # type: ignore[misc]


def test_options_are_tuples_that_hash_and_cannot_change() -> None:
    options = ResourceOptions(allow_headers=["X-A"], max_age=5)
    assert isinstance(options, tuple)
    assert {options: 1}[ResourceOptions(allow_headers=("x-a",), max_age=5)] == 1
    with pytest.raises(AttributeError):
        options.max_age = 6  # type: ignore[misc]


@pytest.mark.parametrize(
    "options",
    [
        ResourceOptions(),
        ResourceOptions(
            allow_credentials=True,
            expose_headers=["X-A"],
            allow_headers="*",
            max_age=0,
            allow_methods=["put"],
        ),
    ],
)
def test_options_survive_copies(options: ResourceOptions) -> None:
    for same in (
        copy.copy(options),
        copy.deepcopy(options),
        pickle.loads(pickle.dumps(options)),  # noqa: S301 - its own
    ):
        assert same == options
        assert type(same) is ResourceOptions


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ({"expose_headers": ["foo"]}, "expose_headers", {"foo"}),
        ({"expose_headers": "*"}, "expose_headers", "*"),
        ({"expose_headers": ["*"]}, "expose_headers", "*"),
        ({"allow_headers": "*"}, "allow_headers", "*"),
        ({"allow_headers": ["*"]}, "allow_headers", "*"),
        ({"allow_headers": {"x-a"}}, "allow_headers", {"X-A"}),
        ({"allow_methods": ["get"]}, "allow_methods", frozenset({"GET"})),
        ({"allow_methods": []}, "allow_methods", frozenset()),
        ({"allow_methods": "*"}, "allow_methods", "*"),
        ({"allow_methods": ["*"]}, "allow_methods", "*"),
        ({"allow_methods": {"put"}}, "allow_methods", frozenset({"PUT"})),
        ({}, "allow_methods", None),
        ({"max_age": 0}, "max_age", 0),
    ],
)
def test_options_are_normalised(arguments: dict, field: str, value: object) -> None:
    assert getattr(ResourceOptions(**arguments), field) == value


@pytest.mark.parametrize(
    "arguments",
    [
        {"allow_methods": "GET"},
        {"allow_methods": 1},
        {"allow_methods": [1]},
        {"allow_headers": "X-A"},
        {"allow_headers": None},
        {"expose_headers": "X-A"},
        {"expose_headers": [b"X-A"]},
        {"allow_credentials": "yes"},
        {"allow_credentials": 1},
        {"max_age": True},
        {"max_age": -1},
        {"max_age": "5"},
        {"max_age": 1.5},
    ],
)
def test_a_wrong_type_is_a_value_error(arguments: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        ResourceOptions(**arguments)


@pytest.mark.parametrize(
    ("allow_methods", "method", "allowed"),
    [
        (None, "GET", False),
        ([], "GET", False),
        (["put"], "PUT", True),
        (["put"], "put", True),
        (["put"], "GET", False),
        ("*", "CHICKEN", True),
    ],
)
def test_options_tell_whether_they_name_a_method(
    allow_methods: object, method: str, allowed: bool
) -> None:
    assert ResourceOptions(allow_methods=allow_methods).is_method_allowed(method) is allowed  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------
# Warnings of a configuration
# ---------------------------------------------------------------------------------------------


def test_a_key_that_never_matches_is_told_at_the_callers_line() -> None:
    app = web.Application()
    with pytest.warns(CorsConfigWarning, match="'https://a.example/'") as told:
        setup(app, defaults={"https://a.example/": ResourceOptions()})
    assert [warning.filename for warning in told] == [__file__]


def test_a_key_of_a_route_that_never_matches_is_told_at_the_callers_line() -> None:
    app = web.Application()
    cors = setup(app)
    with pytest.warns(CorsConfigWarning, match="'a.example'") as told:
        cors.add(app.router.add_resource("/"), {"a.example": ResourceOptions()})
    assert [warning.filename for warning in told] == [__file__]


def test_everybodys_cookies_are_told_of() -> None:
    with pytest.warns(CorsSecurityWarning, match=r"'\*'"):
        setup(web.Application(), defaults={"*": ResourceOptions(allow_credentials=True)})


def test_a_filter_turns_warnings_into_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", CorsWarning)
        with pytest.raises(CorsConfigWarning):
            setup(web.Application(), defaults={"https://a.example/": ResourceOptions()})


@pytest.mark.parametrize("config", [[("https://a.example", ResourceOptions())], "*", 5])
def test_a_config_that_is_no_mapping_is_a_value_error(config: object) -> None:
    app = web.Application()
    cors = setup(app)
    with pytest.raises(ValueError, match="mapping"):
        cors.add(app.router.add_resource("/"), config)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [5, None, b"https://a.example"])
def test_a_key_of_a_wrong_type_is_a_value_error(key: object) -> None:
    with pytest.raises(ValueError, match="origin"):
        setup(web.Application(), defaults={key: ResourceOptions()})


def test_options_may_be_a_plain_mapping() -> None:
    cors = setup(
        web.Application(),
        defaults={"https://a.example": {"max_age": 5, "allow_methods": ["put"]}},
    )
    assert cors.defaults == {"https://a.example": ResourceOptions(max_age=5, allow_methods=["PUT"])}
