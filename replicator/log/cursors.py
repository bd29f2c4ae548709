"""Where the reading of each listing stands, and when it is read next: one process at a time does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def cursor(conn: AsyncConnection, system: str, listing: str) -> str | None:
    """Where the poll of a listing goes on; None before the first page was read."""
    found = await conn.execute(_CURSOR, {"system": system, "listing": listing})
    cursor: str | None = found.scalar_one_or_none()
    return cursor


_CURSOR = text("select cursor from cursors where system = :system and listing = :listing")


async def advance(conn: AsyncConnection, system: str, listing: str, cursor: str) -> None:
    """What lies before `cursor` is stored: in the same transaction as this."""
    await conn.execute(_ADVANCE, {"system": system, "listing": listing, "cursor": cursor})


_ADVANCE = text("""
insert into cursors(system, listing, cursor) values (:system, :listing, :cursor)
on conflict (system, listing) do update set cursor = excluded.cursor
""")


async def take(conn: AsyncConnection, system: str, listing: str, now: datetime, following: datetime) -> bool:
    """Whether it is time, and ours to do: then it is time again at `following`, for whoever asks first."""
    taken = await conn.execute(_TAKE, {"system": system, "listing": listing, "now": now, "following": following})
    return taken.rowcount > 0


_TAKE = text("""
insert into cursors as c (system, listing, next_due) values (:system, :listing, :following)
on conflict (system, listing) do update set next_due = excluded.next_due
where c.next_due is null or c.next_due <= :now
""")


async def plan(conn: AsyncConnection, system: str, listing: str, following: datetime) -> None:
    """It is first time at `following`; where a time is set already, that stays."""
    await conn.execute(_PLAN, {"system": system, "listing": listing, "following": following})


_PLAN = text("""
insert into cursors as c (system, listing, next_due) values (:system, :listing, :following)
on conflict (system, listing) do update set next_due = excluded.next_due where c.next_due is null
""")


async def hurry(conn: AsyncConnection, system: str, listing: str, now: datetime) -> None:
    """It is time now, for whoever asks first."""
    statement = text("update cursors set next_due = :now where system = :system and listing = :listing")
    await conn.execute(statement, {"system": system, "listing": listing, "now": now})


async def move(conn: AsyncConnection, system: str, listing: str, held: datetime, following: datetime) -> None:
    """It is time again at `following`, unless that was changed since it was `held`: taken by another, or ordered."""
    moved = {"system": system, "listing": listing, "held": held, "following": following}
    await conn.execute(_MOVE, moved)


_MOVE = text("""
update cursors set next_due = :following where system = :system and listing = :listing and next_due = :held
""")
