"""Counts over the whole log: how many events, echoes, writes and conflicts. For summaries, not for decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What happened so far. `events`: changes, without notes of which record is which; `outcomes`: of deliveries."""

    events: int
    bindings: int
    outcomes: Mapping[str, int]
    writes: int
    conflicts: int


async def load(conn: AsyncConnection) -> Counts:
    """Count everything."""
    acts = {
        row.act: row.many for row in await conn.execute(text("select act, count(*) as many from events group by act"))
    }
    settled = text("select outcome, count(*) as many from inbox where outcome is not null group by outcome")
    landed = text("select count(*) from writes where kind = 'outcome' and landed")
    return Counts(
        events=acts.get("change", 0),
        bindings=acts.get("bind", 0),
        outcomes={row.outcome: row.many for row in await conn.execute(settled)},
        writes=(await conn.execute(landed)).scalar_one(),
        conflicts=(await conn.execute(text("select count(*) from conflicts"))).scalar_one(),
    )
