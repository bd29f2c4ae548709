"""Erasure: values of one entity vanish from the log and from everything kept beside it; the log still verifies.

The database does it, in its function `redact`, the only way through the triggers that keep the log append-only. What it
leaves of the entity's state is then folded anew, so that state and log keep telling the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.entity import Entity, fold_all
from replicator.log import codec, dossiers, events

PAGE = 1000


async def redact(
    conn: AsyncConnection, entity: str, keys: Sequence[str], *, author: str, reason: str, now: datetime
) -> int:
    """Erase the values of `keys`; the position of the event that says so. The last thing of its unit, like an append.

    Raises Refused while a value is in use: clear it first (or delete the entity), let that be written everywhere, then
    redact. The reason is kept for good: it should not repeat what is erased.
    """
    wanted = {"entity": entity, "keys": codec.dumps(sorted(set(keys))), "author": author, "reason": reason, "at": now}
    await conn.execute(_BODIES, {"entity": entity})
    position: int = (await conn.execute(_REDACT, wanted)).scalar_one()
    folded = await refold(conn, entity)
    await conn.execute(_STATE, {"entity": entity, "cells": codec.dumps(codec.entity_row(folded)["cells"])})
    return position


# What was told of its whole, or of its parts, may tell of it as well: systems nest one in the other.
_BODIES = text("""
with near(id) as (
  select parent from entities where id = cast(:entity as uuid)
  union select id from entities where parent = cast(:entity as uuid))
update inbox i set body = null, kind = case when i.outcome is null and i.type is not null then 'hint' else i.kind end
where i.body is not null and (i.entity in (select id from near) or (i.system, i.type, i.remote_id) in (
  select r.system, r.type, r.remote_id from replicas r join near on near.id = r.entity
  union select e.origin, e.type, e.remote_id from events e join near on near.id = e.entity))
""")
_REDACT = text("""
select redact(cast(:entity as uuid), array(select jsonb_array_elements_text(cast(:keys as jsonb))), :author, :reason,
  :at)
""")
_STATE = text("update entities set cells = cast(:cells as jsonb) where id = cast(:entity as uuid)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is kept of some keys of an entity: how many events, writes and conflicts have a value of them."""

    keys: Sequence[str]
    events: int
    writes: int
    conflicts: int


async def held(conn: AsyncConnection, entity: str, fields: Sequence[str]) -> Held:
    """What would be erased: of these fields (`title` stands for `title@de`, too), or of all where none is named."""
    wanted = {"entity": entity, "fields": codec.dumps(list(fields))}
    keys = [row.key for row in await conn.execute(_KEYS, wanted)]
    row = (await conn.execute(_HELD, {"entity": entity, "keys": codec.dumps(keys)})).one()
    return Held(keys=keys, events=row.events, writes=row.writes, conflicts=row.conflicts)


_KEYS = text("""
select distinct k.key from events e cross join lateral jsonb_object_keys(e.changes) k(key)
where e.entity = cast(:entity as uuid) and k.key <> '*'
  and (cast(:fields as jsonb) = '[]' or cast(:fields as jsonb) @> to_jsonb(k.key)
    or cast(:fields as jsonb) @> to_jsonb(split_part(k.key, '@', 1)))
order by 1
""")
_HELD = text("""
with wanted(key) as (select jsonb_array_elements_text(cast(:keys as jsonb)))
select
  (select count(*) from events e where e.entity = cast(:entity as uuid)
    and exists (select from wanted w where e.salts->w.key <> 'null')) as events,
  (select count(*) from writes x where x.entity = cast(:entity as uuid)
    and exists (select from wanted w where x.asked->w.key <> 'null')) as writes,
  (select count(*) from conflicts c where c.entity = cast(:entity as uuid) and c.key in (select key from wanted)
    and (c.winner->'value' <> 'null' or c.loser->'value' <> 'null')) as conflicts
""")


async def refold(conn: AsyncConnection, entity: str) -> Entity:
    """The state of an entity, folded from the log alone."""
    stored = (await dossiers.load(conn, [entity], lock=False))[entity][0]
    folded, after = Entity(type=stored.type, id=entity), 0
    while page := await events.read(conn, after, PAGE, entity=entity):
        folded = fold_all(folded, [each.draft for each in page])
        after = page[-1].position
    return folded
