"""Records that could be several entities, or an entity that has another record there: a person says which they are.

They are found by what the gate said of them last; deciding binds them, and they are in this list no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One such record, and why it is held."""

    system: str
    type: str
    remote_id: str
    reason: str
    since: datetime


async def undecided(conn: AsyncConnection, system: str | None = None, *, limit: int = 100) -> list[Undecided]:
    """Those of a system, or all; by type."""
    found = await conn.execute(_UNDECIDED, {"system": system, "limit": limit})
    return [Undecided(**row) for row in found.mappings()]


_UNDECIDED = text("""
select system, type, remote_id, reason, since from (
  select distinct on (i.system, i.type, i.remote_id) i.system, i.type, i.remote_id, i.reason, i.outcome,
    i.received as since
  from inbox i
  where i.settled is not null and i.kind in ('hint', 'record') and i.remote_id is not null
    and (cast(:system as text) is null or i.system = :system)
  order by i.system, i.type, i.remote_id, i.id desc) newest
where outcome = 'held'
  and (reason like 'it matches several by %' or reason like '%, which has another record there already')
  and not exists (select from replicas r
    where r.system = newest.system and r.type = newest.type and r.remote_id = newest.remote_id)
order by system, type, remote_id limit :limit
""")


async def counted(conn: AsyncConnection, system: str) -> dict[str, tuple[int, int]]:
    """Type → how many records of a system are things that others hold too, and how many are there alone."""
    return {row.type: (row.matched, row.own) for row in await conn.execute(_COUNTED, {"system": system})}


_COUNTED = text("""
select r.type, count(*) filter (where elsewhere.is) as matched, count(*) filter (where not elsewhere.is) as own
from replicas r cross join lateral (
  select exists (select from events e where e.entity = r.entity and e.origin <> r.system and e.act = 'change') as is
) elsewhere
where r.system = :system and r.remote_id is not null group by r.type order by r.type
""")
