"""Tokens of our accounts, kept for the other processes: systems limit log-ins (Strapi to ten a minute).

Here where no Redis is configured. A token that cannot be kept or found costs a log-in and nothing else, so a database
that does not answer is told and gone on without.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from replicator.errors import LogError
from replicator.log.database import Database
from replicator.observe import log

KEPT_MAX = timedelta(hours=12)  # shorter than any system keeps one; a token refused before is renewed anyway


class PostgresTokens:
    """The token of one system, in our database."""

    def __init__(self, database: Database, system: str) -> None:
        self._database = database
        self._system = system

    async def get(self) -> str | None:
        """The token last put, if any that is not too old."""
        try:
            async with self._database.look() as conn:
                found = await conn.execute(_GET, {"system": self._system, "after": _now() - KEPT_MAX})
                token: str | None = found.scalar_one_or_none()
                return token
        except LogError as error:
            log.warning("tokens.unreachable", error=str(error))
            return None

    async def put(self, token: str) -> None:
        """Keep a token for the others."""
        try:
            async with self._database.unit() as conn:
                await conn.execute(_PUT, {"system": self._system, "token": token, "now": _now()})
        except LogError as error:
            log.warning("tokens.unreachable", error=str(error))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One process at a time; without an answer from the database, everybody at once."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._database.turn(f"log-in {self._system}"))
            except LogError as error:
                log.warning("tokens.unreachable", error=str(error))
            yield


_GET = text("select token from tokens where system = :system and kept > :after")
_PUT = text("""
insert into tokens (system, token, kept) values (:system, :token, :now)
on conflict (system) do update set token = excluded.token, kept = excluded.kept
""")


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
