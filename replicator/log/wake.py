"""Wake-ups: whoever has stored something tells all processes that there may be work.

A NOTIFY inside a unit would serialise all commits of the cluster, so it is sent after the commit, from a connection
of its own, at most one in `GAP_SECONDS`; many tellings in between are one. Notifications get lost when a connection
breaks, so every listener is woken every `poll_seconds` besides: nothing depends on a wake-up but its speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from psycopg import AsyncConnection, OperationalError

from replicator.log.database import Database
from replicator.log.line import Watched

CHANNEL = "replicator"
GAP_SECONDS = 0.005
POLL_SECONDS = 1.0
REST_SECONDS = 1.0  # before a broken connection is made anew


class Wake:
    """The bell of one process. `start`, `send` after commits, `heard` to be woken, `stop` (twice is fine)."""

    def __init__(self, database: Database, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._conninfo = database.conninfo
        self._poll_seconds = poll_seconds
        self._told = asyncio.Event()
        self._bells: set[asyncio.Event] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen and be ready to tell; back when it listens."""
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening), name="wake:listen"),
            asyncio.create_task(self._speak(), name="wake:speak"),
        ]
        await listening.wait()

    async def stop(self) -> None:
        """Let go of both connections."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def send(self) -> None:
        """Tell everybody, soon: something was committed."""
        self._told.set()

    async def heard(self) -> AsyncGenerator[None]:
        """One item for each time there may be work: told by anybody, or the safety poll."""
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            while True:
                with suppress(TimeoutError):  # nobody told us anything: look all the same
                    async with asyncio.timeout(self._poll_seconds):
                        await bell.wait()
                bell.clear()
                yield
        finally:
            self._bells.discard(bell)

    async def _listen(self, listening: asyncio.Event) -> None:
        while True:
            with suppress(OperationalError):  # the connection broke: made anew; the poll covers what was missed
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    listening.set()
                    async for _ in connection.notifies():
                        for bell in self._bells:
                            bell.set()
            listening.set()
            await asyncio.sleep(REST_SECONDS)

    async def _speak(self) -> None:
        while True:
            with suppress(OperationalError):  # as above; what was to be told is told by the poll
                async with await Watched.connect(self._conninfo, autocommit=True) as connection:
                    while True:
                        await self._told.wait()
                        self._told.clear()
                        await connection.execute("select pg_notify(%s, '')", [CHANNEL])
                        await asyncio.sleep(GAP_SECONDS)
            await asyncio.sleep(REST_SECONDS)
