"""What is due: an entity at a system that does not yet hold what it should. One row per (system, entity).

`position` says how much of the entity's history is to be written. Made due again at the same position, a row stays
as it is, back-off and all; `done` removes it only if nothing newer is due. A claim is a lease; whoever dies leaves
the row to the next. States: `due`, `waiting` (for a reference, or its time; no attempt was made), `held` (until a
  person looks),
`dead` (too many attempts; revived by anything newer, or by `retry`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec

ERROR_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An entity that is due at a system. `position`: how far its history is; where that is not newer, the row's
    next.
    """

    system: str
    entity: str
    type: str
    position: int
    priority: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of `deliveries`."""

    system: str
    entity: str
    type: str
    position: int
    priority: int
    state: str
    attempts: int
    due_at: datetime
    lease_until: datetime | None
    lease_by: str | None
    last_error: str | None
    last_status: int | None
    created: datetime
    reason: str


async def make_due(conn: AsyncConnection, dues: Sequence[Due], now: datetime) -> None:
    """Make entities due. Where something newer is to be written, what failed before is tried afresh."""
    if dues:
        ordered = sorted(dues, key=lambda each: (each.entity, each.system))
        await conn.execute(_MAKE_DUE, {"rows": codec.rows(map(asdict, ordered)), "now": now})


_MAKE_DUE = text("""
insert into deliveries as d (entity, system, type, position, priority, state, due_at, created, reason)
select entity, system, type, position, priority, 'due', :now, :now, reason
from jsonb_to_recordset(cast(:rows as jsonb)) as r(
  ord integer, entity uuid, system text, type text, position bigint, priority smallint, reason text)
order by ord
on conflict (entity, system) do update set
  position = excluded.position,
  priority = least(excluded.priority, d.priority),
  state = case d.state when 'held' then 'held' else 'due' end,
  due_at = case d.state when 'due' then d.due_at else excluded.due_at end,
  attempts = 0,
  reason = excluded.reason
where excluded.position > d.position
""")


async def make_all_due(conn: AsyncConnection, system: str, priorities: Mapping[str, int], now: datetime) -> int:
    """Make every living entity of these types (type → priority) due at a system that was emptied. How many."""
    carried = codec.rows({"type": name, "priority": priority} for name, priority in sorted(priorities.items()))
    made = await conn.execute(_MAKE_ALL_DUE, {"system": system, "rows": carried, "now": now})
    return made.rowcount


_MAKE_ALL_DUE = text("""
insert into deliveries as d (entity, system, type, position, priority, state, due_at, created, reason)
select e.id, :system, e.type, (select coalesce(sum(v.value::bigint), 0) from jsonb_each_text(e.vector) v), r.priority,
  'due', :now, :now, 'the system is rebuilt'
from jsonb_to_recordset(cast(:rows as jsonb)) as r(type text, priority smallint) join entities e on e.type = r.type
where e.deleted is null and e.cells <> '{}'
order by e.id
on conflict (entity, system) do update set position = greatest(excluded.position, d.position),
  priority = excluded.priority, state = 'due', due_at = excluded.due_at, attempts = 0, lease_until = null,
  lease_by = null, reason = excluded.reason
""")


async def claim(
    conn: AsyncConnection, system: str, limit: int, now: datetime, lease_seconds: float, worker: str
) -> list[Delivery]:
    """Take due entities of a system for the time of the lease, by priority, then by age. None while it is paused or
    held.
    """
    wanted = {"system": system, "limit": limit, "now": now, "worker": worker}
    until = now + timedelta(seconds=lease_seconds)
    claimed = await conn.execute(_CLAIM, wanted | {"until": until})
    rows = [Delivery(**row) for row in claimed.mappings()]
    return sorted(rows, key=lambda row: (row.priority, row.due_at, row.entity))


_CLAIM = text("""
with taken as (
  select entity, system from deliveries
  where system = :system and state in ('due', 'waiting') and due_at <= :now
    and (lease_until is null or lease_until <= :now)
    and exists (select from systems s where s.name = :system and not s.paused and s.held is null)
  order by priority, due_at limit :limit for update skip locked)
update deliveries d set lease_until = :until, lease_by = :worker
from taken where d.entity = taken.entity and d.system = taken.system
returning d.*
""")


async def done(conn: AsyncConnection, paid: Sequence[Delivery]) -> None:
    """These are paid. What has become due since the claim stays due and is free at once."""
    if paid:
        batch = codec.rows(
            {"system": each.system, "entity": each.entity, "position": each.position}
            for each in sorted(paid, key=lambda each: each.entity)
        )
        await conn.execute(_DELETE, {"rows": batch})
        await conn.execute(_FREE, {"rows": batch})


# The list of ids beside the join makes it an index probe, whatever the planner thinks of the size of a JSON array.
_DELETE = text("""
delete from deliveries d
using jsonb_to_recordset(cast(:rows as jsonb)) as r(system text, entity uuid, position bigint)
where d.entity = r.entity and d.system = r.system and d.position <= r.position
  and d.entity = any(array(select (x->>'entity')::uuid from jsonb_array_elements(cast(:rows as jsonb)) x))
""")
_FREE = text("""
update deliveries d set lease_until = null, lease_by = null
from jsonb_to_recordset(cast(:rows as jsonb)) as r(system text, entity uuid)
where d.entity = r.entity and d.system = r.system
  and d.entity = any(array(select (x->>'entity')::uuid from jsonb_array_elements(cast(:rows as jsonb)) x))
""")


async def unneeded(conn: AsyncConnection, paid: Sequence[tuple[str, str]], now: datetime) -> None:
    """Let go of (system, entity) that are not due any more and that nobody has claimed."""
    if paid:
        batch = codec.rows({"system": system, "entity": entity} for system, entity in sorted(paid))
        await conn.execute(_UNNEEDED, {"rows": batch, "now": now})


_UNNEEDED = text("""
delete from deliveries d
using jsonb_to_recordset(cast(:rows as jsonb)) as r(system text, entity uuid)
where d.entity = r.entity and d.system = r.system and (d.lease_until is null or d.lease_until <= :now)
  and d.entity = any(array(select (x->>'entity')::uuid from jsonb_array_elements(cast(:rows as jsonb)) x))
""")


async def later(
    conn: AsyncConnection,
    system: str,
    entities: Sequence[str],
    due_at: datetime,
    error: str,
    *,
    counted: bool,
    status: int | None = None,
) -> None:
    """Try claimed ones again at their time. `counted`: it was an attempt; else they only wait for something."""
    if entities:
        told = {"system": system, "ids": codec.dumps(sorted(entities)), "due_at": due_at, "counted": counted}
        await conn.execute(_LATER, told | {"error": error[:ERROR_LENGTH_MAX], "status": status})


_LATER = text("""
update deliveries set due_at = :due_at, last_error = :error, last_status = :status,
  attempts = attempts + case when :counted then 1 else 0 end,
  state = case when state = 'held' then 'held' when :counted then 'due' else 'waiting' end,
  lease_until = null, lease_by = null
where system = :system and entity = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid))
""")


async def wake_waiting(conn: AsyncConnection, system: str, now: datetime) -> None:
    """Something has its first record at this system: look again at all that waits there.

    A delivery does not say which reference it waits for (there may be several), so all waiting ones are looked at.
    """
    await conn.execute(_WAKE, {"system": system, "now": now})


_WAKE = text("update deliveries set due_at = :now where system = :system and state = 'waiting' and due_at > :now")


async def park(conn: AsyncConnection, system: str, entity: str, error: str, status: int | None = None) -> None:
    """Give up on this one until something newer is due, or a person says `retry`."""
    told = {"system": system, "entity": entity, "error": error[:ERROR_LENGTH_MAX], "status": status}
    await conn.execute(_PARK, told)


_PARK = text("""
update deliveries set state = 'dead', last_error = :error, last_status = :status, attempts = attempts + 1,
  lease_until = null, lease_by = null
where system = :system and entity = cast(:entity as uuid)
""")


async def counts(conn: AsyncConnection) -> dict[str, dict[str, int]]:
    """System → state → how many."""
    found: dict[str, dict[str, int]] = {}
    for row in await conn.execute(_COUNTS):
        found.setdefault(row.system, {})[row.state] = row.many
    return found


_COUNTS = text("select system, state, count(*) as many from deliveries group by system, state order by system, state")


async def dead(conn: AsyncConnection, *, system: str | None = None, limit: int = 100) -> list[Delivery]:
    """Those given up on, with their last error, oldest first."""
    found = await conn.execute(_DEAD, {"system": system, "limit": limit})
    return [Delivery(**row) for row in found.mappings()]


_DEAD = text("""
select * from deliveries
where state in ('dead', 'held') and (cast(:system as text) is null or system = :system)
order by created, entity limit :limit
""")


async def retry(conn: AsyncConnection, now: datetime, *, system: str | None = None, entity: str | None = None) -> int:
    """Make dead and held deliveries due again, all or those of a system or entity. How many."""
    return (await conn.execute(_RETRY, {"now": now, "system": system, "entity": entity})).rowcount


_RETRY = text("""
update deliveries set state = 'due', due_at = :now, attempts = 0, lease_until = null, lease_by = null
where state in ('dead', 'held') and (cast(:system as text) is null or system = :system)
  and (cast(:entity as uuid) is null or entity = cast(:entity as uuid))
""")


async def of_entity(conn: AsyncConnection, entity: str) -> list[Delivery]:
    """What is due of one entity."""
    statement = text("select * from deliveries where entity = cast(:entity as uuid) order by system")
    return [Delivery(**row) for row in (await conn.execute(statement, {"entity": entity})).mappings()]


async def next_due(conn: AsyncConnection, system: str) -> datetime | None:
    """When the next delivery of a system may be claimed."""
    due: datetime | None = (await conn.execute(_NEXT, {"system": system})).scalar_one()
    return due


_NEXT = text("""
select min(greatest(due_at, lease_until)) from deliveries where system = :system and state in ('due', 'waiting')
""")
