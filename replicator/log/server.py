"""Which database server it is, what our role may do there, and what its clock says: for `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server. `number` is its version as Postgres counts (180001); `may_change`: our role may update events."""

    number: int
    version: str
    role: str
    now: datetime
    may_change: bool


async def about(conn: AsyncConnection) -> Server:
    """The server at the other end."""
    return Server(**(await conn.execute(_ABOUT)).mappings().one())


_ABOUT = text("""
select current_setting('server_version_num')::integer as number, current_setting('server_version') as version,
  current_user as role, clock_timestamp() as now, has_table_privilege('public.events', 'UPDATE') as may_change
""")
