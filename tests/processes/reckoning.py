"""What must hold when all is quiet, whoever died on the way: counted by the sandbox, and read from the log."""

from __future__ import annotations

from sqlalchemy import text

from replicator.cli.lost import lost_values
from replicator.log import deliveries, dossiers, events
from replicator.sandbox.audit import END, Excused, audit
from tests.log.wholeness import the_log_is_whole
from tests.processes.site import PRODUCTS, SHOPS, Site


async def nothing_is_wrong(site: Site) -> None:
    """No edit lost, no record twice, no write too many, all views equal; the log is whole and tells what is kept."""
    site.world.ledger.mark(END)
    await site.quiet()  # once more: nobody may be written to
    shown = {name: system.shown() for name, system in site.world.systems.items()}
    report = audit(site.world.ledger, shown, Excused.read({"conflicts": await lost_values(site.app)}))
    assert (report.loops, report.lost_edits, report.duplicates, report.diverged) == (0, 0, 0, 0), report.details
    async with site.app.database.look() as conn:
        assert await deliveries.dead(conn) == []
    await _who_waits_waits_for_what_is_gone(site)
    await the_log_is_whole(site.app.database)
    await _every_write_is_accounted_for(site)


def everything_was_imported(site: Site) -> None:
    """All that the source offers is at every shop."""
    for name in SHOPS:
        assert len(site.shown(name, "product")) == len(PRODUCTS), name
        assert len(site.shown(name, "variant")) == len(PRODUCTS), name


async def _who_waits_waits_for_what_is_gone(site: Site) -> None:
    """Nothing waits for a record ("system/type/remote id") that its system shows."""
    async with site.app.database.look() as conn:
        waiting = text("select waits_for from inbox where outcome is null and waits_for is not null")
        awaited = set((await conn.execute(waiting)).scalars())
    there = {
        f"{name}/{each.type}/{each.remote_id}" for name, system in site.world.systems.items() for each in system.shown()
    }
    assert awaited & there == set()


async def _every_write_is_accounted_for(site: Site) -> None:
    """No intent is open, and nothing is under a lease."""
    async with site.app.database.look() as conn:
        ids = {each.draft.entity for each in await events.read(conn, 0, await events.head(conn))}
        kept = await dossiers.load(conn, sorted(ids), lock=False)
    assert [row for _, rows in kept.values() for row in rows.values() if row.intent is not None] == []
    assert await site.ask("select count(*) from deliveries") == 0
