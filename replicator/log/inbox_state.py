"""The inbox for people and housekeeping: what is open, what came of a record, and letting go of old rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec
from replicator.log.inbox import Row


async def open_counts(conn: AsyncConnection) -> dict[str, tuple[int, int]]:
    """By system: how many rows are open, and how many of them wait for another record."""
    return {row.system: (row.open, row.waiting) for row in await conn.execute(_OPEN)}


_OPEN = text("""
select system, count(*) as open, count(waits_for) as waiting from inbox where outcome is null group by system
""")


async def of_entity(conn: AsyncConnection, entity: str, *, limit: int = 100) -> list[Row]:
    """The newest deliveries that spoke of an entity, newest first."""
    found = await conn.execute(_OF_ENTITY, {"entity": entity, "limit": limit})
    return [Row(**row) for row in found.mappings()]


_OF_ENTITY = text("select * from inbox where entity = cast(:entity as uuid) order by id desc limit :limit")


async def of_ids(conn: AsyncConnection, ids: Sequence[int]) -> dict[int, Row]:
    """Rows by their id; those that were let go of are not in the answer."""
    found = await conn.execute(_OF_IDS, {"ids": codec.dumps(list(ids))})
    return {row["id"]: Row(**row) for row in found.mappings()}


_OF_IDS = text("""
select * from inbox where id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::bigint))
""")


async def next_due(conn: AsyncConnection, system: str) -> datetime | None:
    """When the next open row of a system is due."""
    due: datetime | None = (await conn.execute(_NEXT, {"system": system})).scalar_one()
    return due


_NEXT = text("""
select min(due) from inbox where system = :system and outcome is null and waits_for is null
""")


async def went_back(conn: AsyncConnection, systems: Sequence[str], since: datetime) -> bool:
    """Whether a record of any of these systems was seen to have gone back to an older state since then."""
    told = {"systems": codec.dumps(list(systems)), "since": since}
    back: bool = (await conn.execute(_WENT_BACK, told)).scalar_one()
    return back


_WENT_BACK = text("""
select exists (
  select from inbox where settled is not null and settled >= :since and outcome = 'regression'
  and system = any(array(select jsonb_array_elements_text(cast(:systems as jsonb)))))
""")
