"""What an import writes that is no event: how systems stand, what they hold and have shown, and conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec


async def is_fresh(conn: AsyncConnection) -> bool:
    """Whether nothing has ever come into this log, and nothing was made of it."""
    fresh: bool = (await conn.execute(_FRESH)).scalar_one()
    return fresh


_FRESH = text("""
select position = 0 and not exists (select from entities) and not exists (select from replicas)
  and not exists (select from conflicts) and not exists (select from deliveries) from log_head
""")


async def begin(conn: AsyncConnection) -> None:
    """Whoever gives the lines may take their time: this transaction is not ended for it."""
    await conn.execute(text("set local idle_in_transaction_session_timeout = 0"))


async def systems(conn: AsyncConnection, told: Sequence[Mapping[str, Any]], installation: str) -> None:
    """Take over how systems stand. The markers of the installation they come from count there from now on."""
    rows = codec.rows({**each, "accepted": [*each["accepted"], installation]} for each in told)
    await conn.execute(_SYSTEMS, {"rows": rows})


_SYSTEMS = text("""
insert into systems(name, kind, generation, status, paused, held, believed, accepted)
select name, kind, generation, status, paused, held, believed, accepted
from jsonb_to_recordset(cast(:rows as jsonb)) as r(name text, kind text, generation integer, status text,
  paused boolean, held text, believed boolean, accepted jsonb)
on conflict (name) do update set generation = excluded.generation, status = excluded.status, paused = excluded.paused,
  held = excluded.held, believed = excluded.believed, accepted = excluded.accepted
""")


async def replicas(conn: AsyncConnection, told: Sequence[Mapping[str, Any]], revision: int) -> None:
    """Take over what systems hold, as known at `revision`."""
    await conn.execute(_REPLICAS, {"rows": codec.rows(told), "revision": revision})


_REPLICAS = text("""
insert into replicas(entity, system, type, generation, remote_id, known, asked, vector, sync_id, intent, version,
  revision, turns, held)
select entity, system, type, generation, remote_id, known, asked, vector, sync_id, intent, version, :revision, turns,
  held
from jsonb_to_recordset(cast(:rows as jsonb)) as r(entity uuid, system text, type text, generation integer,
  remote_id text, known jsonb, asked jsonb, vector jsonb, sync_id text, intent jsonb, version bigint, turns jsonb,
  held text)
""")


async def states(conn: AsyncConnection, seen: Sequence[Mapping[str, Any]], signed: Sequence[Mapping[str, Any]]) -> None:
    """Take over the states that were seen before."""
    await conn.execute(_SEEN, {"rows": codec.rows(seen)})
    await conn.execute(_SIGNED, {"rows": codec.rows(signed)})


_SEEN = text("""
insert into states_seen(entity, system, digest, vector, version)
select entity, system, digest, vector, version
from jsonb_to_recordset(cast(:rows as jsonb)) as r(entity uuid, system text, digest text, vector jsonb, version bigint)
""")
_SIGNED = text("""
insert into states_signed(entity, system, sync_id, known, asked, vector)
select entity, system, sync_id, known, asked, vector
from jsonb_to_recordset(cast(:rows as jsonb)) as r(entity uuid, system text, sync_id text, known jsonb, asked jsonb,
  vector jsonb)
""")


async def conflicts(conn: AsyncConnection, told: Sequence[Mapping[str, Any]]) -> None:
    """Take over conflicts; they are numbered anew."""
    await conn.execute(_CONFLICTS, {"rows": codec.rows(told)})


_CONFLICTS = text("""
insert into conflicts(entity, type, key, event, loser, winner, rule, at, decided_by, decided_at, decided_event)
select entity, type, key, event, loser, winner, rule, at, decided_by, decided_at, decided_event
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, entity uuid, type text, key text, event uuid,
  loser jsonb, winner jsonb, rule text, at timestamptz, decided_by text, decided_at timestamptz, decided_event uuid)
order by ord
""")


async def reserve_causes(conn: AsyncConnection) -> None:
    """Deliveries received from now on are numbered above those that events name as their causes: those are not here."""
    await conn.execute(_CAUSES)


_CAUSES = text("""
select setval('inbox_id_seq', greatest((select last_value from inbox_id_seq), cause))
from (select max(cause) as cause from events) told where cause is not null
""")


async def all_entities(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The ids of entities, in their order, which is nearly that of their making."""
    return [row.id for row in await conn.execute(_ENTITIES, {"after": after, "limit": limit})]


_ENTITIES = text("""
select id from entities where :after = '' or id > cast(nullif(:after, '') as uuid) order by id limit :limit
""")
