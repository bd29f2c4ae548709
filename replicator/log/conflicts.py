"""Concurrent values: who lost, who won, by which rule, and what a person decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import Value
from replicator.core.event import Rule
from replicator.core.merge import Conflict
from replicator.core.vector import Dot
from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A conflict as it is kept. `event` is the event that brought the second value."""

    id: int
    entity: str
    type: str
    event: str
    conflict: Conflict
    at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


async def add(conn: AsyncConnection, found: Sequence[tuple[str, str, Conflict, str]], now: datetime) -> None:
    """Keep conflicts: (entity, type, conflict, id of the event)."""
    kept = [
        {
            "entity": entity,
            "type": kind,
            "key": each.key,
            "event": event,
            "loser": {"value": each.loser, "dot": [*each.loser_dot]},
            "winner": {"value": each.winner, "dot": [*each.winner_dot]},
            "rule": each.rule,
        }
        for entity, kind, each, event in found
    ]
    await conn.execute(_ADD, {"rows": codec.rows(kept), "now": now})


_ADD = text("""
insert into conflicts(entity, type, key, event, loser, winner, rule, at)
select entity, type, key, event, loser, winner, rule, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(
  ord integer, entity uuid, type text, key text, event uuid, loser jsonb, winner jsonb, rule text)
order by ord
""")


async def open_ones(conn: AsyncConnection, *, after: int = 0, limit: int = 100) -> list[Kept]:
    """Those nobody has decided about yet, oldest first."""
    return [_kept(row) for row in await conn.execute(_OPEN, {"after": after, "limit": limit})]


_OPEN = text("select * from conflicts where decided_at is null and id > :after order by id limit :limit")


async def of_id(conn: AsyncConnection, conflict: int) -> Kept | None:
    """The conflict of that number, decided or not."""
    found = (await conn.execute(text("select * from conflicts where id = :id"), {"id": conflict})).first()
    return None if found is None else _kept(found)


async def of_entity(conn: AsyncConnection, entity: str) -> list[Kept]:
    """All of one entity, decided or not."""
    statement = text("select * from conflicts where entity = cast(:entity as uuid) order by id")
    return [_kept(row) for row in await conn.execute(statement, {"entity": entity})]


async def decide(conn: AsyncConnection, ids: Sequence[int], *, by: str, event: str | None, now: datetime) -> int:
    """A person has looked; `event` is their decision, where it changed a value. How many were still open."""
    decided = await conn.execute(_DECIDE, {"ids": codec.dumps(list(ids)), "by": by, "event": event, "now": now})
    return decided.rowcount


_DECIDE = text("""
update conflicts set decided_by = :by, decided_at = :now, decided_event = cast(:event as uuid)
where decided_at is null and id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::bigint))
""")


async def count_open(conn: AsyncConnection) -> int:
    """How many wait for a person."""
    count: int = (await conn.execute(text("select count(*) from conflicts where decided_at is null"))).scalar_one()
    return count


def _kept(row: codec.Row) -> Kept:
    conflict = Conflict(
        key=row.key,
        rule=Rule(row.rule),
        winner=_value(row.winner),
        winner_dot=Dot(*row.winner["dot"]),
        loser=_value(row.loser),
        loser_dot=Dot(*row.loser["dot"]),
    )
    return Kept(
        id=row.id,
        entity=row.entity,
        type=row.type,
        event=row.event,
        conflict=conflict,
        at=row.at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _value(side: dict[str, Value]) -> Value:
    return side["value"]
