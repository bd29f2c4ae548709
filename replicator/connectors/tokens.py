"""Tokens shared between processes: systems limit log-ins (Strapi to ten a minute), so several workers make one.

Kept in Redis where it is configured, for a bounded time; where it is not, Postgres keeps them (`log.tokens`). A token
that is lost costs a log-in and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from replicator.observe import log

TURN_SECONDS_MAX = 30  # a log-in that takes longer than this is not waited for
TOKEN_SECONDS_MAX = 43_200  # shorter than any system keeps one; a token refused before is renewed anyway


class RedisTokens:
    """The token of one system, in Redis."""

    def __init__(self, redis: Redis, system: str, installation: str) -> None:
        self._redis = redis
        self._key = f"replicator:{installation}:token:{system}"

    async def get(self) -> str | None:
        """The token last put, if any."""
        try:
            found = await self._redis.get(self._key)
        except RedisError as error:
            log.warning("tokens.unreachable", error=str(error))
            return None
        return found.decode() if isinstance(found, bytes) else found

    async def put(self, token: str) -> None:
        """Keep a token for the others."""
        try:
            await self._redis.set(self._key, token, ex=TOKEN_SECONDS_MAX)
        except RedisError as error:
            log.warning("tokens.unreachable", error=str(error))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One process at a time; without an answer from Redis, everybody at once."""
        lock = self._redis.lock(f"{self._key}:turn", timeout=TURN_SECONDS_MAX, blocking_timeout=TURN_SECONDS_MAX)
        try:
            held = await lock.acquire()
        except RedisError as error:
            log.warning("tokens.unreachable", error=str(error))
            held = False
        try:
            yield
        finally:
            if held:
                with suppress(RedisError):  # it ends by itself
                    await lock.release()
