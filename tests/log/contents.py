"""Whatever a database holds, to look for what should no longer be anywhere in it."""

from __future__ import annotations

from sqlalchemy import text

from replicator.log.database import Database


async def everything(database: Database) -> str:
    """All rows of all tables, as one text."""
    async with database.look() as conn:
        tables = (await conn.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        rows = [await conn.execute(text(f"select to_jsonb(t)::text from {table} t")) for table in tables]  # noqa: S608 - from the catalogue
        return "\n".join(line for result in rows for line in result.scalars())
