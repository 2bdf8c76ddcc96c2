"""What a preflight costs whose method no route serves: its name is the client's choice."""

from __future__ import annotations

import pytest
from core.plainly import work

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.policy import Layer, Policy
from aiohttp_cors.resource_policies import NOTHING, AddedRoute, ResourcePolicies

OPTIONS = ResourceOptions(allow_methods=["PURGE"])


def policies_of(origins: int) -> ResourcePolicies:
    """One added route for GET, under so many origins."""
    defaults = Layer({f"https://tenant-{n}.example": OPTIONS for n in range(origins)})
    get = AddedRoute(NOTHING, (), None)
    return ResourcePolicies(None, {"GET": get}, {}, lambda: defaults, Layer)


@pytest.mark.parametrize("method", ["GET", "PURGE", "CHICKEN"])
def test_a_method_that_no_route_serves_costs_the_same_among_ten_thousand_origins(
    method: str,
) -> None:
    few, many = policies_of(1), policies_of(10_000)
    for policies in (few, many):
        policies.unrouted(method)
    assert work(many.unrouted, method) == work(few.unrouted, method)


def test_methods_that_nobody_names_share_what_is_remembered() -> None:
    policies = policies_of(1)
    assert policies.unrouted("CHICKEN") is policies.unrouted("RABBIT") is None
    purge = policies.unrouted("PURGE")
    assert isinstance(purge, Policy)
    assert policies.unrouted("PURGE") is purge
