"""The past: what entities were as of a position of the log, folded from the nearest state that is kept.

Three things can spare a fold the beginning of the log. An entity that nothing has happened to since then is as its row
says. A snapshot is the state after one of its events: folding goes on from the newest one before the position. Without
either it is folded from its first event. Snapshots are made from the log and can be thrown away at any time; erasing
values from the log throws away those of that entity.

Whatever is asked for, it is read in batches and folded as it arrives: no history is ever in memory as a whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.entity import Entity, fold
from replicator.core.event import Act, Event
from replicator.errors import ConfigurationError
from replicator.log import codec, events

EVENTS_AT_ONCE = 500  # fetched: one by one takes half as long again
SNAPSHOT_EVENTS = 100  # of one entity since its last snapshot: below that, folding costs less than another row


async def as_of(conn: AsyncConnection, ids: Sequence[str], position: int) -> dict[str, Entity]:
    """These entities as they were as of a position; those that were not there yet are not in the answer.

    The `position` of each is that of the newest event folded in.
    """
    states, behind = {}, []
    for row in await conn.execute(_NEAREST, {"ids": codec.dumps(list(ids)), "position": position}):
        states[row.id] = codec.entity_of(row)
        if row.newest is not None and row.newest > row.position:
            behind.append({"entity": row.id, "after": row.position})
    async for event in _between(conn, behind, position):
        state = states[event.draft.entity]
        states[state.id] = folded(state, event)
    return {entity: state for entity, state in states.items() if state.vector}


_NEAREST = text("""
select e.id, e.type, newest.position as newest, coalesce(near.cells, '{}') as cells, near.deleted,
  coalesce(near.vector, '{}') as vector, coalesce(near.position, 0) as position
from entities e
left join lateral (
  select v.position from events v where v.entity = e.id and v.act <> 'redact' order by v.position desc limit 1
) newest on true
left join lateral (
  select e.cells, e.deleted, e.vector, newest.position where newest.position <= :position
  union all (
    select s.cells, s.deleted, s.vector, s.position from snapshots s
    where s.entity = e.id and s.position <= :position and newest.position > :position
    order by s.position desc limit 1)
) near on true
where e.id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid))
order by e.id
""")


def folded(state: Entity, event: Event) -> Entity:
    """The state after one more event of the log; what only says that values were erased changes nothing."""
    if event.draft.act is Act.REDACT:
        return state
    after = fold(state, event.draft)
    return Entity(
        type=after.type,
        id=after.id,
        cells=after.cells,
        deleted=after.deleted,
        vector=after.vector,
        position=event.position,
    )


async def history(conn: AsyncConnection, ids: Sequence[str], after: int, until: int) -> AsyncIterator[Event]:
    """The events of these entities with a position above `after`, up to `until`: entity by entity, each in order."""
    async for event in _between(conn, [{"entity": each, "after": after} for each in ids], until):
        yield event


async def _between(conn: AsyncConnection, starts: Sequence[dict[str, object]], until: int) -> AsyncIterator[Event]:
    if not starts:
        return
    async with conn.stream(_HISTORY, {"rows": codec.rows(starts), "until": until}) as rows:
        async for page in rows.partitions(EVENTS_AT_ONCE):
            for row in page:
                yield codec.event_of(row)


_HISTORY = text("""
select v.* from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, entity uuid, after bigint)
cross join lateral (
  select * from events x where x.entity = r.entity and x.position > r.after and x.position <= :until) v
order by r.ord, v.position
""")


async def place(conn: AsyncConnection, said: str) -> int:
    """The position that a person names: by its number, or as of a time (ISO 8601; without a zone it is UTC).

    Raises ConfigurationError for what is neither, and for a position that the log has not reached.
    """
    if said.isdecimal():
        head = await events.head(conn)
        if int(said) > head:
            raise ConfigurationError(f"the log has {head} events: there is no position {said}")
        return int(said)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise ConfigurationError(f"{said!r} is neither a position nor a time such as 2026-11-21T12:00Z") from error
    return await position_at(conn, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


async def position_at(conn: AsyncConnection, moment: datetime) -> int:
    """The position that the log had reached at a moment; 0 before its first event.

    Found by halving: positions are dense, and later ones are recorded later (but for the length of a transaction).
    """
    position: int = (await conn.execute(_AT, {"moment": moment})).scalar_one()
    return position


_AT = text("""
with recursive search(low, high) as (
  select cast(0 as bigint), position from log_head
  union all
  select case when e.recorded <= :moment then e.position else low end,
    case when e.recorded <= :moment then high else e.position - 1 end
  from search join events e on e.position = (low + high + 1) / 2
  where low < high)
select max(low) from search
""")


async def snapshot(conn: AsyncConnection, *, every: int = SNAPSHOT_EVENTS) -> int:
    """Keep the present state of every entity that has had `every` events since its last snapshot. How many."""
    return (await conn.execute(_SNAPSHOT, {"every": every})).rowcount


_SNAPSHOT = text("""
insert into snapshots(entity, position, events, cells, deleted, vector)
select e.id, newest.position, long.events, e.cells, e.deleted, e.vector
from entities e
cross join lateral (select coalesce(sum(value::bigint), 0) as events from jsonb_each_text(e.vector)) long
left join lateral (
  select s.events from snapshots s where s.entity = e.id order by s.position desc limit 1) last on true
cross join lateral (
  select v.position from events v where v.entity = e.id and v.act <> 'redact' order by v.position desc limit 1) newest
where long.events >= :every and long.events - coalesce(last.events, 0) >= :every
on conflict do nothing
""")


async def forget_snapshots(conn: AsyncConnection) -> int:
    """Throw all snapshots away. How many there were."""
    return (await conn.execute(text("delete from snapshots"))).rowcount
