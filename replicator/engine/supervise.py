"""Supervise: the loops of every system, each with one life: start, started, stop (stop twice is fine).

One loop per system and kind, so that a failing or slow system never holds up another. A loop steps while there is
work, then waits to be woken or for a safety poll. An error nobody expected is logged and the loop goes on: what was
claimed comes back with its lease. Stopping drains: a step that has begun is finished, nothing new is begun.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Record
from replicator.engine import replay
from replicator.engine.apply import Apply
from replicator.engine.capture import Capture
from replicator.engine.intake import Intake
from replicator.engine.rounds import ROUNDS_SECONDS, Rounds
from replicator.engine.shop import Shop
from replicator.errors import Busy, RemoteError
from replicator.log import cursors, inbox, past, systems
from replicator.log.database import Database
from replicator.log.wake import Wake
from replicator.observe import log

Step = Callable[[], Awaitable[int]]

CLOCK_SECONDS = 1.0  # how exactly polls and listings keep their time
PRUNE_SECONDS = 3600.0
REPLAYS_SECONDS = 5.0  # whether one has been written to its end
GATHER_SECONDS = 0.2  # a person does not notice it; a burst of hooks becomes a few batches
HEALTHY_SECONDS = 30.0  # between health checks of a system that passes them
UNHEALTHY_SECONDS = 5.0  # between health checks of a system that fails them
STEP_FAILED_SECONDS = 1.0
RENEW_SHARE = 1 / 3  # of a lease, after which it is renewed


class Loop:
    """One step, again and again. `idle_seconds` between looks when there is nothing to do and nobody wakes it.

    A step that took a `full` batch is followed by the next at once; after a smaller one it waits `GATHER_SECONDS`, so
    that what trickles in is taken together: many small steps cost more than they hurry. Nothing is ever dropped for
    coming too soon.
    """

    def __init__(self, name: str, step: Step, *, idle_seconds: float, full: int = 1) -> None:
        self.name = name
        self._step, self._idle_seconds, self._full = step, idle_seconds, full
        self._awake, self._stopping = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """Look at once."""
        self._awake.set()

    async def stop(self) -> None:
        """Finish the step under way and end."""
        self._stopping.set()
        self._awake.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            pause = self._idle_seconds
            try:
                worked = await self._step()
                if worked:
                    pause = 0.0 if worked >= self._full else GATHER_SECONDS
            except Exception as error:  # noqa: BLE001 - a loop outlives what it stumbles over; the lease brings the work back
                log.error("loop.failed", loop=self.name, exc_info=error)
                pause = STEP_FAILED_SECONDS
            if pause and not self._stopping.is_set():
                await asyncio.sleep(min(pause, GATHER_SECONDS))
                await _either(self._awake, pause - GATHER_SECONDS)


async def _either(awake: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            await awake.wait()
    except TimeoutError:
        return


class Supervisor:
    """All loops of one process. Any number of processes share the work of one database."""

    def __init__(self, database: Database, shop: Shop, wake: Wake, *, worker: str, observe_only: bool = False) -> None:
        self.database, self.shop, self.worker = database, shop, worker
        self._wake = wake
        self._observe_only = observe_only
        self._loops: list[Loop] = []
        self._woken: list[Loop] = []  # those that wait for work, not for a time
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin all loops; back when they run."""
        engine = self.shop.engine
        for system in self.shop.connectors:
            intake = Intake(self.database, self.shop, system)
            self._add(f"intake:{system}", intake.step, engine.idle_seconds)
            self._add(f"capture:{system}", Schedule(self.database, self.shop, system).step, CLOCK_SECONDS, woken=False)
        for system in self.shop.targets():
            times = self.shop.systems[system].verify
            if times is not None:
                verifying = Rounds(self.database, self.shop, system, times)
                self._add(f"verify:{system}", verifying.step, ROUNDS_SECONDS, woken=False)
        for system in [] if self._observe_only else self.shop.targets():
            apply = Apply(self.database, self.shop, system, self.worker)
            self._add(
                f"apply:{system}", Healthy(self.database, self.shop, system, apply.step).step, engine.idle_seconds
            )
        self._add("prune", self._prune, PRUNE_SECONDS, woken=False)
        self._add("replays", self._close_replays, REPLAYS_SECONDS, woken=False)
        self._listening = asyncio.create_task(self._listen(), name="wake")
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Drain: every step that has begun is finished."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        loops, self._loops, self._woken = self._loops, [], []
        await asyncio.gather(*(loop.stop() for loop in loops))

    def _add(self, name: str, step: Step, idle_seconds: float, *, woken: bool = True) -> None:
        async def counted() -> int:
            worked = await step()
            if worked:
                self._wake.send()
            return worked

        loop = Loop(name, counted, idle_seconds=idle_seconds, full=self.shop.engine.batch)
        self._loops.append(loop)
        if woken:
            self._woken.append(loop)

    async def _listen(self) -> None:
        async for _ in self._wake.heard():
            for loop in self._woken:
                loop.wake()

    async def _close_replays(self) -> int:
        await replay.close(self.database)
        return 0

    async def _prune(self) -> int:
        async with self.database.unit() as conn:
            await inbox.prune(conn, _at(time.time() - self.shop.engine.retention_days * 86400))
            await past.snapshot(conn)
        return 0


class Healthy:
    """A step that is made only while the system is healthy and may be written to."""

    def __init__(self, database: Database, shop: Shop, system: str, step: Step) -> None:
        self._database, self._shop, self._system, self._inner = database, shop, system, step
        self._checked = float("-inf")
        self._ok = False

    async def step(self) -> int:
        """Check if need be, then step."""
        if time.monotonic() - self._checked >= (HEALTHY_SECONDS if self._ok else UNHEALTHY_SECONDS):
            self._checked = time.monotonic()
            self._ok = await self._check()
        return await self._inner() if self._ok else 0

    async def _check(self) -> bool:
        health = await self._shop.connectors[self._system].health()
        if not health.ok:
            log.error("system.unhealthy", system=self._system, error=health.message)
            return False
        await first_meeting(self._database, self._shop, self._system)
        return True


async def first_meeting(database: Database, shop: Shop, system: str) -> str | None:
    """Accept a system that is met for the first time if it is empty; otherwise say why nothing is written there."""
    async with database.look() as conn:
        if (await systems.load_all(conn))[system].matched:
            return None
    stranger = await _stranger(shop, system)
    if stranger is not None:
        reason = (
            f"{system} holds records already (the {stranger.type} {stranger.remote_id}, for one): nothing is written "
            f"there until they are matched; see `replicator pull {system} --match`"
        )
        log.warning("system.unmatched", system=system, reason=reason)
        return reason
    async with database.unit() as conn:
        await systems.accept(conn, system)
    return None


async def _stranger(shop: Shop, system: str) -> Record | None:
    """The first record there that bears no marker of ours. What is there from the start does not count, nor do parts
    that have no room for a marker: their wholes tell.
    """
    features = shop.connectors[system].features
    silent = {
        name
        for name, able in features.types.items()
        if able.standing or (not able.marker and shop.rules[name].schema.part_of is not None)
    }
    for listing, carried in features.listings.items():
        if silent.issuperset(carried):
            continue
        async for page in shop.connectors[system].pages(listing):
            for record in page.records:
                if record.marker is None and record.type not in silent:
                    return record
    return None


class Schedule:
    """When a system is polled and listed: every so many seconds, or at the times of a cron line (feeds)."""

    def __init__(self, database: Database, shop: Shop, system: str) -> None:
        self._capture = Capture(database, shop, system)
        self._settings = shop.systems[system]
        self._lease_seconds = shop.engine.lease_seconds
        self._away_seconds = shop.engine.away_seconds
        self._database, self._system = database, system

    async def step(self) -> int:
        """Poll or list if it is time; one worker at a time does."""
        now = time.time()
        held = _at(now + self._lease_seconds)
        async with self._database.unit() as conn:
            if self._settings.times is not None:  # a feed is read at its hours, and not because we were started
                await cursors.plan(conn, self._system, "@full", _at(self._next_full(now)))
            elif await self._is_away(conn, now) and await cursors.take(conn, self._system, "@away", _at(now), held):
                await cursors.hurry(conn, self._system, "@full", _at(now))
            full = await cursors.take(conn, self._system, "@full", _at(now), held)
            poll = not full and await cursors.take(
                conn, self._system, "@poll", _at(now), _at(now + self._settings.poll_seconds)
            )
        try:
            if full:
                return await self._full(held)
            if poll:
                return (await self._capture.poll()).changed
        except (Busy, RemoteError) as error:
            log.warning("capture.failed", system=self._system, error=str(error))
        return 0

    async def _is_away(self, conn: AsyncConnection, now: float) -> bool:
        return (await systems.load_all(conn))[self._system].away(_at(now), self._away_seconds)

    async def _full(self, held: datetime) -> int:
        """List everything. Its next time is set when it is done; until then it is under a lease, so that whoever dies
        over it leaves it to the next (a feed would else be read on its next day). A poll goes on from its cursor.
        """
        listing = asyncio.create_task(self._capture.full(), name=f"listing:{self._system}")
        try:
            while not listing.done():
                await asyncio.wait({listing}, timeout=self._lease_seconds * RENEW_SHARE)
                now, done = time.time(), listing.done() and listing.exception() is None
                following = _at(self._next_full(now) if done else now + self._lease_seconds)
                async with self._database.unit() as conn:
                    await cursors.move(conn, self._system, "@full", held, following)
                held = following
            return (await listing).changed
        finally:
            listing.cancel()
            await asyncio.gather(listing, return_exceptions=True)

    def _next_full(self, now: float) -> float:
        if self._settings.times is None:
            return now + self._settings.full_seconds
        local = datetime.fromtimestamp(now, ZoneInfo(self._settings.time_zone))
        following: float = croniter(self._settings.times, local).get_next(float)
        return following


def _at(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, ZoneInfo("UTC"))
