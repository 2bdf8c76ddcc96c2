"""Where users import `ResourceOptions` from."""

from __future__ import annotations

from .protocol.resource_options import ResourceOptions

__all__ = ("ResourceOptions",)
