"""Losses: how many records of each type a system holds, has lost lately, or has had values emptied of.

They are told by type, because a product lost is lost among the products, however many prices there are.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def living(conn: AsyncConnection, system: str) -> Counter[str]:
    """How many records a system holds, as far as we know."""
    return await _counted(conn, _LIVING, system=system)


_LIVING = text("""
select type, count(*) as n from replicas where system = :system and remote_id is not null group by type
""")


async def gone_lately(conn: AsyncConnection, system: str, since: datetime) -> Counter[str]:
    """How many deletions were taken from a system since then."""
    return await _counted(conn, _GONE, system=system, since=since)


_GONE = text("""
select type, count(*) as n from events
where origin = :system and recorded >= :since and (changes->'*'->'after') = 'false' group by type
""")


async def blanked_lately(conn: AsyncConnection, system: str, since: datetime) -> Counter[str]:
    """How many events of a system have emptied a value since then."""
    return await _counted(conn, _BLANKED, system=system, since=since)


_BLANKED = text("""
select type, count(*) as n from events
where origin = :system and recorded >= :since
  and changes @? '$.* ? (@.after == null || @.after == "" || @.after.size() == 0)' group by type
""")


async def _counted(conn: AsyncConnection, statement: TextClause, **said: object) -> Counter[str]:
    return Counter({str(row.type): int(row.n) for row in await conn.execute(statement, said)})
