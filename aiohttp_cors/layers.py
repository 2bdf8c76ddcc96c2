"""The layers that configs become: of equal ones there is one, and its author is told once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from .protocol import diagnostics
from .protocol.diagnostics import CorsWarning, Finding
from .protocol.policy import Layer, Options

logger = logging.getLogger("aiohttp_cors")

NOTHING = Layer({})
NOBODY = Layer({}, inherit=False)


class Layers:
    """Makes the layers of one application."""

    def __init__(self) -> None:
        self._equal: WeakValueDictionary[object, Layer] = WeakValueDictionary()
        self._told: set[Finding] = set()

    def of(self, config: Mapping[Any, Options], *, inherit: bool = True) -> Layer:
        """The layer of *config*.

        :raises ValueError: for a key or options of a wrong type.
        """
        if type(config) is Layer:
            return config
        if config == {}:
            return NOTHING if inherit else NOBODY
        layer = Layer(config, inherit=inherit)
        known = self._equal.setdefault((inherit, *layer.items()), layer)
        if known is layer:
            diagnostics.warn(self.untold(layer))
        return known

    def of_handler(self, config: Mapping[Any, Options], handler: object) -> Layer:
        """The layer of a *config* that *handler* brings, while requests are served.

        None fails for it: where it is wrong, the handler is refused to everybody.
        """
        try:
            return self.of(config)
        except CorsWarning as warning:  # an error, as its receiver wants it
            logger.warning("%s", warning)
            return self.of(config)  # which tells it once
        except ValueError:
            logger.exception("%r is refused to everybody: its options are wrong", handler)
            return NOBODY

    def untold(self, layer: Layer) -> list[Finding]:
        """What is wrong with *layer* that nobody was told yet."""
        findings = [finding for finding in layer.findings if finding not in self._told]
        self._told.update(findings)
        return findings
