"""The defaults of an application, as a mapping that its author reads and changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .protocol.policy import Options, OriginKey
from .protocol.resource_options import ResourceOptions
from .registry import Registry


class Defaults(MutableMapping[OriginKey, ResourceOptions]):
    """The defaults of an application, to read and to change: a mapping that is used as a dict is.

    Each change takes effect at once.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As `dict.update`, at once."""
        self._registry.defaults = {**self, **dict(*args, **kwargs)}

    def copy(self) -> dict[OriginKey, ResourceOptions]:
        """A plain dict of the same, which may be changed by itself."""
        return dict(self)

    def __or__(self, other: Mapping[OriginKey, Any]) -> dict[OriginKey, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[OriginKey, Any]) -> dict[OriginKey, Any]:
        return {**other, **self}

    def __ior__(self, other: Mapping[OriginKey, Any]) -> Defaults:
        self.update(other)
        return self

    def __getitem__(self, key: OriginKey) -> ResourceOptions:
        return self._registry.defaults[key]

    def __setitem__(self, key: OriginKey, options: Options) -> None:
        self._registry.defaults = {**self, key: options}

    def __delitem__(self, key: OriginKey) -> None:
        kept = dict(self)
        del kept[key]
        self._registry.defaults = kept

    def __iter__(self) -> Iterator[OriginKey]:
        return iter(self._registry.defaults)

    def __len__(self) -> int:
        return len(self._registry.defaults)

    def __repr__(self) -> str:
        return repr(dict(self))
