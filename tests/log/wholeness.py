"""What holds of every log, whatever was done to it."""

from __future__ import annotations

from dataclasses import replace

from replicator.log import dossiers, events
from replicator.log.database import Database
from replicator.log.redaction import refold


async def the_log_is_whole(database: Database) -> None:
    """It verifies; folding it gives the state that is kept; it knows whose every record is."""
    async with database.look() as conn:
        verified = await events.verify(conn)
        assert verified.first_fault is None
        ids = {each.draft.entity for each in await events.read(conn, 0, verified.count)}
        kept = await dossiers.load(conn, sorted(ids), lock=False)
        assert set(kept) == ids
        for entity, (state, rows) in kept.items():
            assert await refold(conn, entity) == replace(state, position=0)
            named = [(row.system, row.type, row.remote_id) for row in rows.values() if row.remote_id is not None]
            assert await events.bound(conn, named) == dict.fromkeys(named, entity)
