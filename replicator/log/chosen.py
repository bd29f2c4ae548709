"""Chosen events: what a choice of them touched, and whether the values they gave are still in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.event import Act, Event
from replicator.core.vector import Dot
from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Changes with a position above `since`, up to `until`; of one entity, type or origin if one is named."""

    since: int
    until: int
    entity: str | None = None
    type: str | None = None
    origin: str | None = None

    def covers(self, event: Event) -> bool:
        """Whether this event of a chosen entity is among them."""
        made = event.draft.act is Act.CHANGE and self.origin in (None, event.draft.origin)
        return made and self.since < event.position <= self.until


async def touched(conn: AsyncConnection, choice: Choice, types: Sequence[str]) -> list[str]:
    """The entities that the chosen events changed, in the order of `types`: parents first."""
    wanted = {
        "since": choice.since,
        "until": choice.until,
        "entity": choice.entity,
        "type": choice.type,
        "origin": choice.origin,
        "types": codec.dumps(list(types)),
    }
    return [row.entity for row in await conn.execute(_TOUCHED, wanted)]


_TOUCHED = text("""
select e.entity from events e
join jsonb_array_elements_text(cast(:types as jsonb)) with ordinality as known(type, rank) on known.type = e.type
where e.position > :since and e.position <= :until and e.act = 'change'
  and (cast(:entity as uuid) is null or e.entity = cast(:entity as uuid))
  and (cast(:type as text) is null or e.type = :type) and (cast(:origin as text) is null or e.origin = :origin)
group by e.entity, known.rank order by known.rank, e.entity
""")


async def last_change(conn: AsyncConnection, entity: str, until: int) -> int:
    """The position of the newest change of an entity up to `until`; 0 where there is none."""
    position: int = (await conn.execute(_LAST_CHANGE, {"entity": entity, "until": until})).scalar_one()
    return position


_LAST_CHANGE = text("""
select coalesce(max(position), 0) from events
where entity = cast(:entity as uuid) and act = 'change' and position <= :until
""")


async def parts(conn: AsyncConnection, wholes: Sequence[str], *, alive: bool) -> list[str]:
    """The parts of these entities: those that live, or those that are deleted."""
    if not wholes:
        return []
    found = await conn.execute(_PARTS, {"wholes": codec.dumps(list(wholes)), "alive": alive})
    return [row.id for row in found]


_PARTS = text("""
select id from entities where (deleted is null) = :alive
  and parent = any(array(select jsonb_array_elements_text(cast(:wholes as jsonb))::uuid)) order by id
""")


async def living_parts(conn: AsyncConnection, whole: str) -> list[str]:
    """All living parts of an entity, and theirs."""
    return [row.id for row in await conn.execute(_LIVING_PARTS, {"whole": whole})]


_LIVING_PARTS = text("""
with recursive tree(id) as (
  select id from entities where parent = cast(:whole as uuid) and deleted is null
  union
  select e.id from tree join entities e on e.parent = tree.id and e.deleted is null)
select id from tree order by id
""")


async def erased(conn: AsyncConnection, wanted: Sequence[tuple[str, str, Dot]]) -> set[tuple[str, str]]:
    """Of (entity, key, dot of the event that gave its value): the entities and keys whose value was erased there."""
    if not wanted:
        return set()
    rows = [{"entity": entity, "key": key, "origin": dot.origin, "n": dot.n} for entity, key, dot in wanted]
    return {(row.entity, row.key) for row in await conn.execute(_ERASED, {"rows": codec.rows(rows)})}


_ERASED = text("""
select r.entity, r.key from jsonb_to_recordset(cast(:rows as jsonb)) as r(entity uuid, key text, origin text, n bigint)
join events e on e.entity = r.entity and e.origin = r.origin and e.n = r.n and e.n > 0
where e.salts->r.key = 'null'
""")
