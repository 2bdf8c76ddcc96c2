"""What to write about preflights that do not get to this library, as all commands say it."""

from __future__ import annotations

from .survey import Place

_FIRST = "aiohttp_cors.setup(app, preflight_first=True)"


def own_options_fix(own: Place, place: Place) -> str:
    """What to do about the application's OPTIONS handler *own*, which has preflights of *place*."""
    steps = [] if place.answered_first else [f"write {_FIRST}"]
    if own.path == place.path:
        steps.append(f"cors.add() the route of {own.name} too")
    if not steps:
        return "remove the handler"
    return f"remove the handler; or, if it serves more than preflights, {' and '.join(steps)}"


def middleware_fix(place: Place) -> str:
    """What to do about a middleware that answers preflights of *place*."""
    if place.answered_first:
        return (
            "call aiohttp_cors.setup() after that middleware is added, so that it comes behind, or "
            "let it pass OPTIONS requests on"
        )
    return (
        f"write {_FIRST}, on the outermost application and on each within that has a setup of its "
        "own"
    )
