"""SIGKILL in the middle of a batch: what was asked for lands after the death of who asked, and is not made twice."""

import signal

import pytest

from replicator.sandbox.faults import Fault
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site

CALLS = {"medusa": "/admin/products/batch", "directus": "/items/products", "strapi": "/api/products"}


@pytest.mark.parametrize("system", CALLS)
async def test_it_is_seen_to_have_landed(site: Site, system: str) -> None:
    site.spoil(system, Fault(kind="delay", method="POST", path=CALLS[system], seconds=0.6))
    writer = site.born()
    await site.offer("dummyjson")
    request = await site.under_way(system)

    writer.signal(signal.SIGKILL)
    await writer.died()
    assert request.status is None
    site.born()
    await site.quiet()

    assert (request.status in (200, 201), request.answered) == (True, False)
    everything_was_imported(site)
    await nothing_is_wrong(site)
