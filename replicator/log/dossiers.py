"""Dossiers: the state of entities and what every system holds of them, loaded and saved in bulk.

Locks go entities first, in the order of their ids, then replica rows: two units over the same entities wait for each
other and never deadlock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.entity import Entity
from replicator.core.replica import NO_PAST, Past, Replica, Seen, Signed
from replicator.log import codec


class Place(NamedTuple):
    """Where an entity is at one system: its remote id there, if it has one; and whether it exists at all."""

    remote_id: str | None
    exists: bool


async def load(
    conn: AsyncConnection, entities: Sequence[str], *, lock: bool
) -> dict[str, tuple[Entity, dict[str, Replica]]]:
    """The entities and, by system, their replica rows; ids that are not stored are not in the answer."""
    if not entities:
        return {}
    ids = {"ids": codec.dumps(list(entities))}
    loaded: dict[str, tuple[Entity, dict[str, Replica]]] = {}
    for row in await conn.execute(_ENTITIES[lock], ids):
        loaded[row.id] = (codec.entity_of(row), {})
    for row in await conn.execute(_REPLICAS[lock], ids):
        loaded[row.entity][1][row.system] = codec.replica_of(row)
    return loaded


_ENTITIES_TEXT = """
select e.id, e.type, e.cells, e.deleted, e.vector, (
  select v.position from events v where v.entity = e.id and v.act <> 'redact' order by v.position desc limit 1
) as position
from entities e where e.id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid)) order by e.id
"""
_REPLICAS_TEXT = """
select r.* from replicas r
where r.entity = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid)) order by r.entity, r.system
"""
_ENTITIES = {False: text(_ENTITIES_TEXT), True: text(_ENTITIES_TEXT + " for update of e")}
_REPLICAS = {False: text(_REPLICAS_TEXT), True: text(_REPLICAS_TEXT + " for update of r")}


async def save(
    conn: AsyncConnection,
    entities: Sequence[Entity],
    replicas: Sequence[Replica],
    *,
    parents: Mapping[str, str],
    now: datetime,
) -> None:
    """Store entities and rows as they are now. `parents`: the aggregates that entities are parts of."""
    if entities:
        ordered = sorted(entities, key=lambda each: each.id)
        batch = codec.rows(codec.entity_row(each) | {"parent": parents.get(each.id)} for each in ordered)
        await conn.execute(_SAVE_ENTITIES, {"rows": batch, "now": now})
    if replicas:
        rows = sorted(replicas, key=lambda each: (each.remote_id is not None, each.entity, each.system))
        await conn.execute(_SAVE_REPLICAS, {"rows": codec.rows(map(codec.replica_row, rows))})


_SAVE_ENTITIES = text("""
insert into entities as e (id, type, cells, deleted, vector, parent, updated)
select id, type, cells, deleted, vector, parent, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, id uuid, type text, cells jsonb, deleted jsonb,
  vector jsonb, parent uuid)
order by ord
on conflict (id) do update set cells = excluded.cells, deleted = excluded.deleted, vector = excluded.vector,
  parent = excluded.parent, updated = excluded.updated
""")
_SAVE_REPLICAS = text("""
insert into replicas as x (entity, system, type, generation, remote_id, known, asked, vector, sync_id, intent, version,
  revision, turns, entry, held)
select entity, system, type, generation, remote_id, known, asked, vector, sync_id, intent, version,
  revision, turns, entry, held
from jsonb_to_recordset(cast(:rows as jsonb)) as r(
  ord integer, entity uuid, system text, type text, generation integer, remote_id text, known jsonb, asked jsonb,
  vector jsonb, sync_id text, intent jsonb, version bigint, revision bigint, turns jsonb, entry bigint,
  held text)
order by ord
on conflict (entity, system) do update set generation = excluded.generation, remote_id = excluded.remote_id,
  known = excluded.known, asked = excluded.asked, vector = excluded.vector, sync_id = excluded.sync_id,
  intent = excluded.intent, version = excluded.version, revision = excluded.revision, turns = excluded.turns,
  entry = excluded.entry, held = excluded.held
""")


async def draw_revision(conn: AsyncConnection) -> int:
    """A revision above all that were noted or drawn so far."""
    revision: int = (await conn.execute(text("select nextval('revisions')"))).scalar_one()
    return revision


async def note_revision(conn: AsyncConnection) -> int:
    """The newest revision drawn: what a read notes before it starts. 0 before the first."""
    revision: int = (await conn.execute(_NOTE)).scalar_one()
    return revision


_NOTE = text("select case when is_called then last_value else 0 end from revisions")


async def keep_states(
    conn: AsyncConnection, seen: Sequence[tuple[str, str, Seen]], signed: Sequence[tuple[str, str, Signed]]
) -> None:
    """Remember states: (system, entity, state). One seen before keeps its first vector; one signed anew is replaced."""
    if seen:
        await conn.execute(_KEEP_SEEN, {"rows": codec.rows(codec.seen_row(*each) for each in seen)})
    if signed:
        newest = {(system, entity, each.sync_id): (system, entity, each) for system, entity, each in signed}
        await conn.execute(_KEEP_SIGNED, {"rows": codec.rows(codec.signed_row(*each) for each in newest.values())})


_KEEP_SEEN = text("""
insert into states_seen(entity, system, digest, vector, version)
select entity, system, digest, vector, version from jsonb_to_recordset(cast(:rows as jsonb))
  as r(entity uuid, system text, digest text, vector jsonb, version bigint)
on conflict do nothing
""")
_KEEP_SIGNED = text("""
insert into states_signed(entity, system, sync_id, known, asked, vector)
select entity, system, sync_id, known, asked, vector from jsonb_to_recordset(cast(:rows as jsonb))
  as r(entity uuid, system text, sync_id text, known jsonb, asked jsonb, vector jsonb)
on conflict (entity, system, sync_id) do update
  set known = excluded.known, asked = excluded.asked, vector = excluded.vector
""")


async def pasts(conn: AsyncConnection, wanted: Sequence[tuple[str, str, str, str | None]]) -> list[Past]:
    """The past of (system, entity, digest, sync id or None), in the order asked for."""
    if not wanted:
        return []
    names = ("system", "entity", "digest", "sync_id")
    batch = codec.rows(dict(zip(names, each, strict=True)) for each in wanted)
    found = [NO_PAST] * len(wanted)
    for row in await conn.execute(_PASTS, {"rows": batch}):
        seen = signed = None
        if row.seen_vector is not None:
            seen = Seen(digest=row.digest, vector=row.seen_vector, version=row.seen_version)
        if row.signed_vector is not None:
            signed = Signed(sync_id=row.sync_id, known=row.known, asked=row.asked, vector=row.signed_vector)
        found[row.ord - 1] = Past(seen=seen, signed=signed, abandoned=row.abandoned)
    return found


_PASTS = text("""
select r.ord, r.digest, r.sync_id, seen.vector as seen_vector, seen.version as seen_version,
  signed.known, signed.asked, signed.vector as signed_vector, written.asked as abandoned
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, system text, entity uuid, digest text, sync_id text)
left join lateral (
  select * from states_seen s where s.entity = r.entity and s.system = r.system and s.digest = r.digest limit 1
) seen on true
left join lateral (
  select * from states_signed s where s.entity = r.entity and s.system = r.system and s.sync_id = r.sync_id limit 1
) signed on true
left join lateral (
  select w.asked from writes w
  where w.sync_id = r.sync_id and w.kind = 'intent' and w.entity = r.entity and w.system = r.system
    and not exists (select from writes o where o.sync_id = r.sync_id and o.kind = 'outcome' and o.landed
      and o.entity = r.entity and o.system = r.system)
  order by w.id desc limit 1) written on true
""")


async def by_remote(conn: AsyncConnection, wanted: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Whose record (system, type, remote id) is, in the system's present generation."""
    if not wanted:
        return {}
    names = ("system", "type", "remote_id")
    batch = codec.rows(dict(zip(names, each, strict=True)) for each in wanted)
    found = await conn.execute(_BY_REMOTE, {"rows": batch})
    return {(row.system, row.type, row.remote_id): row.entity for row in found}


_BY_REMOTE = text("""
select x.system, x.type, x.remote_id, x.entity
from jsonb_to_recordset(cast(:rows as jsonb)) as r(system text, type text, remote_id text)
cross join lateral (
  select * from replicas p where p.system = r.system and p.type = r.type and p.remote_id = r.remote_id limit 1) x
""")


async def rows_at(conn: AsyncConnection, system: str, entities: Sequence[str]) -> dict[str, Replica]:
    """The rows of entities at one system, without locks: to see what a listing need not bring up again."""
    if not entities:
        return {}
    found = await conn.execute(_ROWS_AT, {"system": system, "ids": codec.dumps(list(entities))})
    return {row.entity: codec.replica_of(row) for row in found}


_ROWS_AT = text("""
select * from replicas r
where r.system = :system and r.entity = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid))
""")


async def places(conn: AsyncConnection, system: str, entities: Sequence[str]) -> dict[str, Place]:
    """Where entities are at a system: for references. Entities that were never stored are not in the answer."""
    if not entities:
        return {}
    found = await conn.execute(_PLACES, {"system": system, "ids": codec.dumps(list(entities))})
    return {row.id: Place(row.remote_id, row.lives) for row in found}


_PLACES = text("""
select e.id, e.deleted is null and e.cells <> '{}' as lives, r.remote_id
from entities e left join replicas r on r.entity = e.id and r.system = :system
where e.id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid))
""")


async def parts(conn: AsyncConnection, wholes: Sequence[str]) -> list[str]:
    """The living entities that are part of these, in the order in which they were made."""
    found = await conn.execute(_PARTS, {"wholes": codec.dumps(list(wholes))})
    return [row.id for row in found]


_PARTS = text("""
select id from entities
where deleted is null and parent = any(array(select jsonb_array_elements_text(cast(:wholes as jsonb))::uuid))
order by id
""")


async def at_rest(conn: AsyncConnection, system: str, limit: int) -> list[Replica]:
    """Records at a system that were written by us last and that no call of ours is changing."""
    found = await conn.execute(_AT_REST, {"system": system, "limit": limit})
    return [codec.replica_of(row) for row in found]


_AT_REST = text("""
select * from replicas
where system = :system and remote_id is not null and known is not null and sync_id is not null and intent is null
  and held is null
order by revision desc limit :limit
""")


async def page(conn: AsyncConnection, kind: str, after: str, limit: int) -> list[str]:
    """The ids of a type's entities in order, dead ones too, from behind `after` ('' from the first)."""
    return [row.id for row in await conn.execute(_PAGE, {"kind": kind, "after": after, "limit": limit})]


_PAGE = text("""
select id from entities where type = :kind and (:after = '' or id > cast(nullif(:after, '') as uuid))
order by id limit :limit
""")


async def knows(conn: AsyncConnection, system: str, types: Sequence[str]) -> bool:
    """Whether a system holds any record of these types, as far as we know."""
    there: bool = (await conn.execute(_KNOWS, {"system": system, "types": codec.dumps(list(types))})).scalar_one()
    return there


_KNOWS = text("""
select exists (select from replicas where system = :system and remote_id is not null
  and type = any(array(select jsonb_array_elements_text(cast(:types as jsonb)))))
""")
