"""Deliveries that a person has ordered: of a replay, say. They are known by their reason, so that what is left of them
can be counted and let go of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec
from replicator.log.deliveries import Due


async def make(conn: AsyncConnection, dues: Sequence[Due], now: datetime) -> None:
    """Make entities due because a person says so, whatever was tried before. What people do goes first all the same."""
    if dues:
        ordered = sorted(dues, key=lambda each: (each.entity, each.system))
        await conn.execute(_MAKE, {"rows": codec.rows(map(asdict, ordered)), "now": now})


_MAKE = text("""
insert into deliveries as d (entity, system, type, position, priority, state, due_at, created, reason)
select r.entity, r.system, r.type, (select coalesce(sum(v.value::bigint), 0) from jsonb_each_text(e.vector) v),
  r.priority, 'due', :now, :now, r.reason
from jsonb_to_recordset(cast(:rows as jsonb)) as r(
  ord integer, entity uuid, system text, type text, priority smallint, reason text)
join entities e on e.id = r.entity
order by r.ord
on conflict (entity, system) do update set position = greatest(excluded.position, d.position),
  priority = least(excluded.priority, d.priority), state = 'due', due_at = excluded.due_at, attempts = 0,
  reason = excluded.reason
""")


async def left(conn: AsyncConnection, system: str, reason: str) -> dict[str, int]:
    """State → how many deliveries are left of those that were made for this reason."""
    found = await conn.execute(_LEFT, {"system": system, "reason": reason})
    return {row.state: row.many for row in found}


_LEFT = text("""
select state, count(*) as many from deliveries where system = :system and reason = :reason group by state
""")


async def clear(conn: AsyncConnection, system: str, now: datetime) -> None:
    """Let go of all that is due at a system and that nobody is writing at this moment."""
    await conn.execute(_CLEAR, {"system": system, "now": now})


_CLEAR = text("delete from deliveries where system = :system and (lease_until is null or lease_until <= :now)")


async def forget(conn: AsyncConnection, system: str, reason: str, now: datetime) -> int:
    """Let go of what was made due for this reason and that nobody is writing at this moment. How many."""
    return (await conn.execute(_FORGET, {"system": system, "reason": reason, "now": now})).rowcount


_FORGET = text("""
delete from deliveries where system = :system and reason = :reason and (lease_until is null or lease_until <= :now)
""")
