"""Natural keys: (type, key, value) belongs to one entity, made sure of by the database.

Made in the transaction of the event, so that two workers cannot make two entities of one thing. A value that an entity
*changes to* while another holds it is no error: it has happened over there; the holder keeps the claim, and the clash
shows at the systems that want it unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.errors import ClaimTaken
from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The value an entity holds of a key now; None: it holds none any more. `fresh`: the entity is being made."""

    type: str
    key: str
    value: str | None
    entity: str
    fresh: bool = False


async def find(conn: AsyncConnection, wanted: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Who holds (type, key, value): those nobody holds are not in the answer."""
    if not wanted:
        return {}
    keys = [{"type": kind, "key": key, "value": value} for kind, key, value in wanted]
    found = await conn.execute(_FIND, {"rows": codec.rows(keys)})
    return {(row.type, row.key, row.value): row.entity for row in found}


_FIND = text("""
select c.type, c.key, c.value, c.entity
from jsonb_to_recordset(cast(:rows as jsonb)) as r(type text, key text, value text)
cross join lateral (
  select * from claims x where x.type = r.type and x.key = r.key and x.value = r.value limit 1) c
""")


async def follow(conn: AsyncConnection, claims: Sequence[Claim]) -> None:
    """Let go of what the entities held of these keys, and take what they hold now.

    Raises ClaimTaken, naming the value, where an entity that is being made wants what another has: it is the same
    thing.
    """
    if not claims:
        return
    ordered = sorted(claims, key=lambda each: (each.type, each.key, each.value or "", each.entity))
    batch = codec.rows(asdict(each) for each in ordered)
    if any(not each.fresh for each in ordered):
        await conn.execute(_DROP, {"rows": batch})
    await conn.execute(_MAKE, {"rows": batch})
    fresh = {
        (each.type, each.key, each.value): each.entity for each in ordered if each.fresh and each.value is not None
    }
    holders = await find(conn, [(kind, key, value) for kind, key, value in fresh if value is not None])
    for (kind, key, value), entity in holders.items():
        if entity != fresh[kind, key, value]:
            raise ClaimTaken(f"{kind} {key} {value!r} belongs to {entity} already")


_DROP = text("""
delete from claims c
using jsonb_to_recordset(cast(:rows as jsonb)) as r(type text, key text, entity uuid, fresh boolean)
where not r.fresh and c.entity = r.entity and c.type = r.type and c.key = r.key
  and c.entity = any(array(select (x->>'entity')::uuid from jsonb_array_elements(cast(:rows as jsonb)) x))
""")
_MAKE = text("""
insert into claims(type, key, value, entity)
select type, key, value, entity
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, type text, key text, value text, entity uuid)
where value is not null
order by ord
on conflict (type, key, value) do nothing
""")


async def of_entity(conn: AsyncConnection, entity: str) -> list[tuple[str, str]]:
    """The (key, value) pairs an entity holds."""
    statement = text("select key, value from claims where entity = cast(:entity as uuid) order by key, value")
    return [(row.key, row.value) for row in await conn.execute(statement, {"entity": entity})]
