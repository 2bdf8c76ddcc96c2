"""A configuration that changes while the application runs takes effect at once."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiohttp_cors import (
    CorsConfig,
    CorsConfigWarning,
    CorsViewMixin,
    ResourceOptions,
    custom_cors,
    setup,
)

from .asking import (
    A,
    B,
    Client,
    MakeClient,
    agrees,
    answer,
    ask,
    granted,
    preflight,
    readable,
    reason,
    refused,
)

C = "https://c.example"
OPTIONS = ResourceOptions()
MODES = [{}, {"preflight_first": True}, {"everywhere": True}]
PATHS = ["/function", "/view", "/resource", "/files/file.txt"]


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await answer(self.request)


def application(folder: Path, mode: dict[str, bool]) -> tuple[web.Application, CorsConfig]:
    (folder / "file.txt").write_text("file")
    app = web.Application()
    cors = setup(app, defaults={A: OPTIONS}, **mode)
    cors.add(app.router.add_get("/function", answer))
    cors.add(app.router.add_view("/view", View))
    resource = cors.add(app.router.add_resource("/resource"))
    cors.add(resource.add_route("GET", answer))
    cors.add(app.router.add_static("/files", folder))
    app.router.add_get("/not-added", answer)
    return app, cors


def assign(cors: CorsConfig) -> None:
    cors.defaults = {B: OPTIONS}


def replace(cors: CorsConfig) -> None:
    cors.defaults[B] = OPTIONS
    del cors.defaults[A]


def update(cors: CorsConfig) -> None:
    cors.defaults.clear()
    cors.defaults.update({B: {"max_age": None}})


def update_by_names(cors: CorsConfig) -> None:
    del cors.defaults[A]
    cors.defaults.update(**{B: OPTIONS})


@pytest.mark.parametrize("change", [assign, replace, update, update_by_names])
@pytest.mark.parametrize("mode", MODES)
async def test_defaults_are_read_live(
    aiohttp_client: MakeClient,
    tmp_path: Path,
    mode: dict[str, bool],
    change: Callable[[CorsConfig], None],
) -> None:
    app, cors = application(tmp_path, mode)
    paths = [*PATHS, "/not-added", "/unknown"] if "everywhere" in mode else PATHS
    client = await aiohttp_client(app)
    for path in paths:
        assert await agrees(client, path, "GET", A)
        assert not await agrees(client, path, "GET", B)
    change(cors)
    assert cors.defaults == {B: OPTIONS}
    for path in paths:
        assert await agrees(client, path, "GET", B), path
        assert not await agrees(client, path, "GET", A), path


@pytest.mark.parametrize("mode", MODES)
async def test_defaults_may_become_constant_and_back(
    aiohttp_client: MakeClient, tmp_path: Path, mode: dict[str, bool]
) -> None:
    app, cors = application(tmp_path, mode)
    client = await aiohttp_client(app)
    for _ in range(2):
        cors.defaults = {"*": OPTIONS}
        for path in PATHS:
            assert await ask(client, "GET", path, None) == (200, {"ACAO": "*"})
        cors.defaults = {A: OPTIONS}
        for path in PATHS:
            assert await ask(client, "GET", path, A) == readable()
            assert await preflight(client, path, "GET") == granted()


def test_defaults_are_a_mapping_to_change() -> None:
    cors = setup(web.Application(), defaults={A: OPTIONS})
    defaults = cors.defaults
    assert isinstance(defaults, MutableMapping)
    assert dict(defaults) == {A: OPTIONS}
    assert repr(defaults) == repr({A: OPTIONS})
    assert len(defaults) == 1
    assert A in defaults
    defaults[B] = {"max_age": 5}  # type: ignore[assignment]
    assert cors.defaults == {A: OPTIONS, B: ResourceOptions(max_age=5)}
    assert defaults.pop(A) == OPTIONS
    assert list(cors.defaults) == [B]
    with pytest.raises(KeyError):
        del defaults[A]


def test_defaults_are_joined_and_copied_as_a_dict_is() -> None:
    cors = setup(web.Application(), defaults={A: OPTIONS})
    longer = ResourceOptions(max_age=5)
    assert cors.defaults | {A: longer, B: OPTIONS} == {A: longer, B: OPTIONS}
    assert {A: longer, B: OPTIONS} | cors.defaults == {A: OPTIONS, B: OPTIONS}
    copied = cors.defaults.copy()
    copied[B] = OPTIONS
    assert cors.defaults == {A: OPTIONS}
    cors.defaults |= {B: longer}
    assert cors.defaults == {A: OPTIONS, B: longer}


def test_a_mapping_given_as_defaults_is_not_changed() -> None:
    given = {A: OPTIONS}
    cors = setup(web.Application(), defaults=given)
    cors.defaults[B] = OPTIONS
    assert given == {A: OPTIONS}


@pytest.mark.parametrize("wrong", [{5: OPTIONS}, {A: 5}, 5, 0, "", [], ()])
def test_wrong_defaults_are_a_value_error_and_change_nothing(wrong: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of each kind
        setup(web.Application(), defaults=wrong)
    cors = setup(web.Application(), defaults={A: OPTIONS})
    with pytest.raises(ValueError):  # noqa: PT011 - of each kind
        cors.defaults = wrong
    assert cors.defaults == {A: OPTIONS}


def test_new_defaults_that_never_match_are_told_where_they_are_written() -> None:
    cors = setup(web.Application())
    with pytest.warns(CorsConfigWarning, match="'a.example'") as told:
        cors.defaults = {"a.example": OPTIONS}
    assert [warning.filename for warning in told] == [__file__]
    cors.defaults.clear()
    with pytest.warns(CorsConfigWarning, match="'b.example'") as told:
        cors.defaults["b.example"] = OPTIONS
    assert [warning.filename for warning in told] == [__file__]
    with pytest.warns(CorsConfigWarning, match="'c.example'") as told:
        cors.defaults.setdefault("c.example", OPTIONS)
    assert [warning.filename for warning in told] == [__file__]


@pytest.mark.parametrize("mode", MODES)
async def test_another_view_config_counts_from_the_next_request_on(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    class Changing(web.View, CorsViewMixin):
        cors_config: Any = {A: OPTIONS}

        async def get(self) -> web.Response:
            return await answer(self.request)

    async def known(client: Client) -> set[str]:
        return {origin for origin in (A, B, C) if await agrees(client, "/", "GET", origin)}

    app = web.Application()
    cors = setup(app, **mode)
    cors.add(app.router.add_view("/", Changing))
    client = await aiohttp_client(app)
    assert await known(client) == {A}
    Changing.cors_config = {B: OPTIONS}
    assert await known(client) == {B}
    Changing.cors_config = {**Changing.cors_config, C: OPTIONS}
    assert await known(client) == {B, C}
    Changing.cors_config = {B: ResourceOptions(expose_headers=["X"])}
    assert await ask(client, "GET", "/", B) == readable(origin=B, ACEH="X")
    Changing.cors_config = {}
    assert await known(client) == set()
    Changing.cors_config = None
    assert await known(client) == set()
    cors.defaults = {A: OPTIONS}
    assert await known(client) == {A}


async def test_who_is_known_at_a_view_is_read_live(aiohttp_client: MakeClient) -> None:
    class Changing(web.View, CorsViewMixin):
        cors_config: Any = {A: OPTIONS}

        async def get(self) -> web.Response:
            raise NotImplementedError

    app = web.Application()
    setup(app).add(app.router.add_view("/", Changing))
    client = await aiohttp_client(app)
    for known, unknown in [(A, B), (B, A)]:
        Changing.cors_config = {known: OPTIONS}
        assert await preflight(client, "/", "GET", known) == granted(origin=known)
        assert f"origin '{unknown}' is not" in await reason(client, "/", "GET", unknown)
        for origin in (known, unknown):  # nobody has a method that the view does not define
            assert f"method 'PUT' is not allowed for '{origin}'" in await reason(
                client, "/", "PUT", origin
            )


@pytest.mark.parametrize("wrong", [{A: 5}, {5: OPTIONS}, {A: {"no_option": 1}}, 5])
async def test_a_view_config_that_goes_wrong_drops_no_connection(
    aiohttp_client: MakeClient, wrong: Any
) -> None:
    class Changing(web.View, CorsViewMixin):
        cors_config: Any = {A: OPTIONS}

        async def get(self) -> web.Response:
            return await answer(self.request)

    app = web.Application()
    setup(app).add(app.router.add_view("/", Changing))
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)
    Changing.cors_config = wrong
    for _ in range(2):
        assert "ACAO" not in (await ask(client, "GET", "/")).cors
        for method in ("GET", "PUT"):
            assert (await preflight(client, "/", method)).status == 403
    Changing.cors_config = {A: OPTIONS}
    assert await agrees(client, "/", "GET", A)


@pytest.mark.parametrize("mode", MODES)
async def test_a_later_add_takes_effect_at_once(
    aiohttp_client: MakeClient, mode: dict[str, bool]
) -> None:
    app = web.Application()
    cors = setup(app, defaults={A: OPTIONS}, **mode)
    resource = app.router.add_resource("/")
    get = resource.add_route("GET", answer)
    put = resource.add_route("PUT", answer)
    cors.add(get)
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)
    assert not await agrees(client, "/", "GET", B)
    assert await agrees(client, "/", "PUT", A) is ("everywhere" in mode)
    cors.add(put, {B: OPTIONS})
    assert await agrees(client, "/", "PUT", A)
    assert await agrees(client, "/", "PUT", B)
    assert not await agrees(client, "/", "GET", B)
    cors.add(resource, {C: OPTIONS})
    assert await agrees(client, "/", "PUT", C)
    assert await agrees(client, "/", "GET", C)


async def test_a_later_route_takes_effect_at_once(aiohttp_client: MakeClient) -> None:
    @custom_cors({B: OPTIONS})
    async def for_more(request: web.Request) -> web.Response:
        return await answer(request)

    app = web.Application()
    cors = setup(app, defaults={A: OPTIONS}, everywhere=True)
    resource = cors.add(app.router.add_resource("/"))
    resource.add_route("GET", answer)
    client = await aiohttp_client(app)
    for _ in range(2):  # the second time is answered from memory
        for method in ("GET", "HEAD"):
            assert await preflight(client, "/", method) == granted(method)
            assert not await agrees(client, "/", method, B)
        assert await preflight(client, "/", "PUT") == granted("PUT")
        assert await preflight(client, "/", "PUT", B) == refused()
    for method in ("HEAD", "PUT"):
        resource.add_route(method, for_more)
        assert await agrees(client, "/", method, B)
    assert not await agrees(client, "/", "GET", B)


async def test_an_exclusion_takes_effect_at_once(aiohttp_client: MakeClient) -> None:
    app, part = web.Application(), web.Application()
    cors = setup(app, defaults={A: OPTIONS}, everywhere=True)
    route = app.router.add_get("/", answer)
    part.router.add_get("/x", answer)
    app.add_subapp("/part", part)
    client = await aiohttp_client(app)
    for path, entity in (("/", route), ("/part/x", part)):
        assert await agrees(client, path, "GET", A)
        cors.exclude(entity)
        assert await ask(client, "GET", path) == (200, {})
        assert await preflight(client, path, "GET") == (405, {})


async def test_a_predicate_that_flips_takes_effect_at_once(aiohttp_client: MakeClient) -> None:
    known: set[str] = set()

    def is_known(origin: str, request: web.Request) -> bool:
        return origin in known

    app = web.Application()
    cors = setup(app, defaults={is_known: OPTIONS})
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    for _ in range(2):
        assert not await agrees(client, "/", "GET", A)
        known.add(A)
        assert await agrees(client, "/", "GET", A)
        known.clear()


async def test_a_custom_cors_is_that_of_the_time_of_adding(aiohttp_client: MakeClient) -> None:
    config = {A: OPTIONS}

    @custom_cors(config)
    async def get(request: web.Request) -> web.Response:
        return await answer(request)

    config.clear()
    app = web.Application()
    setup(app).add(app.router.add_get("/", get))
    client = await aiohttp_client(app)
    assert await agrees(client, "/", "GET", A)


async def test_defaults_that_were_replaced_are_not_kept(aiohttp_client: MakeClient) -> None:
    app = web.Application()
    cors = setup(app)
    cors.add(app.router.add_get("/", answer))
    client = await aiohttp_client(app)
    layers = []
    for number in range(3):
        cors.defaults = {A: OPTIONS, f"https://{number}.example": OPTIONS}
        layers.append(weakref.ref(cors.registry.defaults))
        assert await agrees(client, "/", "GET", A)
    gc.collect()
    assert [layer() is None for layer in layers] == [True, True, False]
