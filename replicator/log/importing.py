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
    """Take over how systems stand. The markers of the installation they come from count there from now on.

    What the export does not tell, being of an older program, is as for a new system.
    """
    names = codec.rows({"name": each["name"], "kind": each["kind"]} for each in told)
    await conn.execute(_NEW_SYSTEMS, {"rows": names})
    here = {row.data["name"]: row.data for row in await conn.execute(_TAKE_SYSTEMS, {"rows": names})}
    merged = [{**here[each["name"]], **each, "accepted": sorted({*each["accepted"], installation})} for each in told]
    await conn.execute(_PUT_SYSTEMS, {"rows": codec.dumps(merged)})


_NEW_SYSTEMS = text("""
insert into systems(name, kind)
select name, kind from jsonb_to_recordset(cast(:rows as jsonb)) as r(name text, kind text) on conflict do nothing
""")
_TAKE_SYSTEMS = text("""
delete from systems s using jsonb_to_recordset(cast(:rows as jsonb)) as r(name text) where s.name = r.name
returning to_jsonb(s) as data
""")
_PUT_SYSTEMS = text("insert into systems select * from jsonb_populate_recordset(null::systems, cast(:rows as jsonb))")


async def replicas(conn: AsyncConnection, told: Sequence[Mapping[str, Any]], revision: int) -> None:
    """Take over what systems hold, as known at `revision`."""
    await conn.execute(_REPLICAS, {"rows": codec.dumps([{**each, "revision": revision} for each in told])})


_REPLICAS = text("insert into replicas select * from jsonb_populate_recordset(null::replicas, cast(:rows as jsonb))")


async def states(conn: AsyncConnection, seen: Sequence[Mapping[str, Any]], signed: Sequence[Mapping[str, Any]]) -> None:
    """Take over the states that were seen before."""
    await conn.execute(_SEEN, {"rows": codec.dumps(list(seen))})
    await conn.execute(_SIGNED, {"rows": codec.dumps(list(signed))})


_SEEN = text("""
insert into states_seen select * from jsonb_populate_recordset(null::states_seen, cast(:rows as jsonb))
""")
_SIGNED = text("""
insert into states_signed select * from jsonb_populate_recordset(null::states_signed, cast(:rows as jsonb))
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
