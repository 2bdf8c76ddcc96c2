"""Origins from pydantic-settings.

CORS_ORIGINS="https://app.example" python examples/origins_from_pydantic.py
"""

import re
from typing import Annotated

from aiohttp import web
from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import aiohttp_cors
from aiohttp_cors import ResourceOptions


class CorsSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CORS_", env_ignore_empty=True)

    # NoDecode: commas between, where pydantic-settings would want JSON.
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    origin_regex: re.Pattern[str] | None = None
    max_age: int = 600

    @field_validator("origins", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [text.strip() for text in value.split(",") if text.strip()]

    def defaults(self) -> dict[str | re.Pattern[str], ResourceOptions]:
        keys: list[str | re.Pattern[str]] = [*self.origins]
        if self.origin_regex is not None:
            keys.append(self.origin_regex)
        options = ResourceOptions(allow_headers=("Content-Type",), max_age=self.max_age)
        return dict.fromkeys(keys, options)


async def items(request: web.Request) -> web.Response:
    return web.json_response(["tea", "milk"])


def make_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/items", items)
    aiohttp_cors.setup(app, everywhere=True, defaults=CorsSettings().defaults())
    return app


if __name__ == "__main__":
    web.run_app(make_app())
