"""What must hold when all is quiet, whoever died on the way: counted by the sandbox, and read from the log."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from replicator.log import conflicts, deliveries, dossiers, events
from replicator.log.redaction import refold
from replicator.sandbox.audit import END, Excused, audit
from tests.processes.site import PRODUCTS, SHOPS, Site


async def nothing_is_wrong(site: Site) -> None:
    """No edit lost, no record twice, no write too many, all views equal; the log is whole and tells what is kept."""
    site.world.ledger.mark(END)
    await site.quiet()  # once more: nobody may be written to
    shown = {name: system.shown() for name, system in site.world.systems.items()}
    report = audit(site.world.ledger, shown, await _told(site))
    assert (report.loops, report.lost_edits, report.duplicates, report.diverged) == (0, 0, 0, 0), report.details
    async with site.app.database.look() as conn:
        assert await deliveries.dead(conn) == []
    await _who_waits_waits_for_what_is_gone(site)
    await _the_log_is_whole(site)
    await _every_write_is_accounted_for(site)


def everything_was_imported(site: Site) -> None:
    """All that the source offers is at every shop."""
    for name in SHOPS:
        assert len(site.shown(name, "product")) == len(PRODUCTS), name
        assert len(site.shown(name, "variant")) == len(PRODUCTS), name


async def _told(site: Site) -> Excused:
    """The values that lost, as the replicator lists them."""
    async with site.app.database.look() as conn:
        kept = await conflicts.open_ones(conn, limit=1000)
        known = await dossiers.load(conn, [each.entity for each in kept], lock=False)
    told = []
    for each in kept:
        key = known[each.entity][0].value(site.app.shop.rules[each.type].schema.key[0])
        told.append({"type": each.type, "key": key, "field": each.conflict.key, "value": each.conflict.loser})
    return Excused.read({"conflicts": told})


async def _who_waits_waits_for_what_is_gone(site: Site) -> None:
    """Nothing waits for a record ("system/type/remote id") that its system shows."""
    async with site.app.database.look() as conn:
        waiting = text("select waits_for from inbox where outcome is null and waits_for is not null")
        awaited = set((await conn.execute(waiting)).scalars())
    there = {
        f"{name}/{each.type}/{each.remote_id}" for name, system in site.world.systems.items() for each in system.shown()
    }
    assert awaited & there == set()


async def _the_log_is_whole(site: Site) -> None:
    """It verifies; folding it gives the state that is kept; it knows whose every record is."""
    async with site.app.database.look() as conn:
        verified = await events.verify(conn)
        assert verified.first_fault is None
        ids = {each.draft.entity for each in await events.read(conn, 0, verified.count)}
        kept = await dossiers.load(conn, sorted(ids), lock=False)
        assert set(kept) == ids
        for entity, (state, rows) in kept.items():
            assert await refold(conn, entity) == replace(state, position=0)
            for row in rows.values():
                if row.remote_id is not None:
                    assert await events.bound(conn, row.system, row.type, row.remote_id) == entity


async def _every_write_is_accounted_for(site: Site) -> None:
    """No intent is open, and nothing is under a lease."""
    async with site.app.database.look() as conn:
        ids = {each.draft.entity for each in await events.read(conn, 0, await events.head(conn))}
        kept = await dossiers.load(conn, sorted(ids), lock=False)
    assert [row for _, rows in kept.values() for row in rows.values() if row.intent is not None] == []
    assert await site.ask("select count(*) from deliveries") == 0
