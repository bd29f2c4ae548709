"""What the database holds, counted for people: records, passes, ages of what waits, fields that are not settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def records(conn: AsyncConnection) -> dict[str, dict[str, int]]:
    """System → type → how many records it holds, as far as we know."""
    found: dict[str, dict[str, int]] = {}
    for row in await conn.execute(_RECORDS):
        found.setdefault(row.system, {})[row.type] = row.many
    return found


_RECORDS = text("""
select system, type, count(*) as many from replicas where remote_id is not null group by system, type order by 1, 2
""")


async def entities(conn: AsyncConnection) -> dict[str, int]:
    """Type → how many there are."""
    return {row.type: row.many for row in await conn.execute(_ENTITIES)}


_ENTITIES = text("""
select type, count(*) as many from entities where deleted is null and cells <> '{}' group by type order by type
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Since when the oldest thing of a system waits that could be worked on; None where nothing does."""

    inbox: datetime | None = None
    deliveries: datetime | None = None


async def oldest(conn: AsyncConnection, now: datetime) -> dict[str, Waiting]:
    """By system, since when work is due that nobody has claimed. Work of held and paused systems is not due."""
    return {
        row.name: Waiting(inbox=row.inbox, deliveries=row.deliveries)
        for row in await conn.execute(_OLDEST, {"now": now})
    }


_OLDEST = text("""
select s.name,
  case when s.held is null then (
    select min(i.due) from inbox i
    where i.system = s.name and i.outcome is null and i.waits_for is null and i.due <= :now) end as inbox,
  case when s.held is null and not s.paused and s.status = 'accepted' then (
    select min(greatest(d.due_at, d.lease_until)) from deliveries d
    where d.system = s.name and d.state in ('due', 'waiting') and d.due_at <= :now
      and (d.lease_until is null or d.lease_until <= :now)) end as deliveries
from systems s order by s.name
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What became of the deliveries that a pass brought in, by outcome; of the events, what they did."""

    outcomes: dict[str, int]
    created: int = 0
    updated: int = 0
    deleted: int = 0


async def newest_row(conn: AsyncConnection) -> int:
    """The newest row of the inbox: those of a pass that begins now come after it."""
    newest: int = (await conn.execute(text("select coalesce(max(id), 0) from inbox"))).scalar_one()
    return newest


async def passed(conn: AsyncConnection, system: str, after: int) -> Passed:
    """What became of what came in by reading a system, after that row of the inbox."""
    outcomes: dict[str, int] = {}
    created = deleted = events = 0
    for row in await conn.execute(_PASSED, {"system": system, "after": after}):
        outcomes[row.outcome] = row.many
        created, deleted, events = created + row.created, deleted + row.deleted, events + row.events
    return Passed(outcomes=outcomes, created=created, deleted=deleted, updated=events - created - deleted)


_PASSED = text("""
select coalesce(i.outcome, 'open') as outcome, count(*) as many, count(e.id) as events,
  count(*) filter (where (e.changes->'*'->'after') = 'false') as deleted,
  count(*) filter (where (e.changes->'*'->'after') is distinct from 'false' and e.act = 'change'
    and not exists (select from events x where x.entity = e.entity and x.position < e.position)) as created
from inbox i left join events e on e.id = i.event
where i.id > :after and i.system = :system and i.source in ('poll', 'listing') group by 1 order by 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The newest full listing of a system that has ended."""

    system: str
    state: str  # done | failed | held
    started: datetime
    finished: datetime
    read: int
    changed: int
    error: str | None


async def listings(conn: AsyncConnection) -> dict[str, Listing]:
    """By system, its newest full listing."""
    return {row.system: Listing(**row) for row in (await conn.execute(_LISTINGS)).mappings()}


_LISTINGS = text("""
select s.name as system, r.state, r.started, r.finished, coalesce((r.counts->>'read')::integer, 0) as read,
  coalesce((r.counts->>'changed')::integer, 0) as changed, r.error
from systems s cross join lateral (
  select * from runs x where x.system = s.name and x.kind = 'listing' and x.finished is not null
  order by x.id desc limit 1) r
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A field of an entity that is not written anywhere until a person decides."""

    entity: str
    type: str
    key: str
    why: str  # frozen | undecided


async def unsettled(conn: AsyncConnection, *, limit: int = 100) -> list[Unsettled]:
    """Fields that wait for a person. Each has an open conflict: that is how they are found."""
    return [Unsettled(**row) for row in (await conn.execute(_UNSETTLED, {"limit": limit})).mappings()]


_UNSETTLED = text("""
select distinct e.id as entity, e.type, c.key,
  case when (e.cells->c.key->>'frozen')::boolean then 'frozen' else 'undecided' end as why
from conflicts c join entities e on e.id = c.entity
where c.decided_at is null
  and ((e.cells->c.key->>'frozen')::boolean or (e.cells->c.key->>'undecided')::boolean)
order by e.type, e.id, c.key limit :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A field that a system holds otherwise than it was asked to."""

    entity: str
    system: str
    type: str
    key: str
    known: Any
    asked: Any


async def differing(
    conn: AsyncConnection, wanted: Sequence[tuple[str, str, str]], *, limit: int = 100
) -> list[Differing]:
    """Of (system, type, field): where what a system holds is not what we asked it to hold."""
    found: list[Differing] = []
    for system, kind, field in wanted:
        room = {"system": system, "type": kind, "field": field, "limit": limit - len(found)}
        found += [Differing(**row) for row in (await conn.execute(_DIFFERING, room)).mappings()]
    return found


_DIFFERING = text("""
select r.entity, r.system, r.type, k.key, k.value as known, r.asked->k.key as asked
from replicas r cross join lateral jsonb_each(r.known) k
where r.system = :system and r.type = :type and r.known is not null and split_part(k.key, '@', 1) = :field
  and k.value is distinct from r.asked->k.key
order by r.entity limit :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A record that is neither judged nor written until a person has looked."""

    entity: str
    system: str
    type: str
    reason: str


async def held_records(conn: AsyncConnection, *, limit: int = 100) -> list[HeldRecord]:
    """Records that are held, and why."""
    return [HeldRecord(**row) for row in (await conn.execute(_HELD, {"limit": limit})).mappings()]


_HELD = text("""
select entity, system, type, held as reason from replicas where held is not null order by system, entity limit :limit
""")
