"""The key of an application's `CorsConfig`, and which of several decides; a leaf of the glue."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiohttp import web

if TYPE_CHECKING:
    from .cors_config import CorsConfig

APP_CONFIG_KEY: web.AppKey[CorsConfig] = web.AppKey(
    "aiohttp_cors_config", cast("type[CorsConfig]", object)
)


def configs_of(request: web.Request) -> list[CorsConfig]:
    """The configs of the applications that serve *request*, the innermost first."""
    found = (app.get(APP_CONFIG_KEY) for app in reversed(request.match_info.apps))
    return [config for config in found if config is not None]


def deciding_config(request: web.Request) -> CorsConfig | None:
    """The innermost config that covers the route of *request*.

    An application and its sub-applications may each have one; the outer ones leave a response
    alone that an inner one decides on.
    """
    for app in reversed(request.match_info.apps):
        config = app.get(APP_CONFIG_KEY)
        if config is not None and config.covers(request):
            return config
    return None
