"""Tokens shared between processes: systems limit log-ins (Strapi to ten a minute), so several workers make one.

Kept in Redis where it is configured, for a bounded time. Without it each process logs in once for itself. A token
that is lost costs a log-in and nothing else.
"""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import RedisError

from replicator.observe import log

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
