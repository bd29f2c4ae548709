"""SIGTERM drains: what was begun is finished and confirmed, nothing new is begun, and nothing stays claimed."""

import signal
from collections.abc import Sequence

import psycopg
import pytest

from replicator.cli.run import EXIT_INTERRUPTED
from replicator.log.migrate import LOCK
from replicator.sandbox.faults import Fault
from tests.processes.life import until
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site

HALF_DONE = """
select (select count(*) from deliveries where lease_until is not null or lease_by is not null)
  + (select count(*) from inbox where outcome is null and waits_for is null and attempts > 0 and reason is null)
  + (select count(*) from writes i where kind = 'intent'
     and not exists (select from writes o where o.kind = 'outcome' and o.sync_id = i.sync_id))
"""
DELAY = Fault(kind="delay", method="POST", path="/admin/products/batch", seconds=0.8)


@pytest.mark.parametrize("told", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]])
async def test_a_write_under_way_is_finished(site: Site, told: Sequence[signal.Signals]) -> None:
    site.spoil("medusa", DELAY)
    worker = site.born()
    await site.offer("dummyjson")
    request = await site.under_way("medusa")

    for number in told:
        worker.signal(number)

    assert await worker.end() == 0, worker.said()
    assert (request.status, request.answered) == (200, True)
    assert await site.ask(HALF_DONE) == 0
    assert await site.ask("select count(*) from deliveries") > 0  # it did not stay to do all of it


async def test_a_second_interrupt_ends_at_once_and_costs_nothing(site: Site) -> None:
    site.spoil("medusa", DELAY)
    worker = site.born()
    await site.offer("dummyjson")
    request = await site.under_way("medusa")

    async def interrupted() -> bool:  # again and again: two that come together are one to the kernel
        worker.signal(signal.SIGINT)
        return worker.ended()

    await until(interrupted, worker.said)
    assert await worker.end() == EXIT_INTERRUPTED
    assert request.status is None
    site.born()
    await site.quiet()
    everything_was_imported(site)
    await nothing_is_wrong(site)


async def test_one_that_has_not_started_yet_starts_nothing(site: Site, database_url: str) -> None:
    """It is told to stop while it waits for another that brings the database up to date."""
    await site.offer("dummyjson")
    with psycopg.connect(database_url) as other:
        other.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        worker = site.born()

        async def waits() -> int:
            return await site.ask("select count(*) from pg_locks where locktype = 'advisory' and not granted")

        await until(waits, worker.said)
        worker.signal(signal.SIGTERM)

    assert await worker.end() == 0, worker.said()
    assert await site.ask(HALF_DONE) == 0
    assert await site.ask("select count(*) from inbox") == 0
