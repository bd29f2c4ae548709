"""The runner: tasks that pause, each going on only when it is told to, so that no two ever run at once.

A task pauses where it calls a system. It can be killed there, or at a step of its own (`reached`), or lose its
connection at the end of a transaction: whatever its doom is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from replicator.errors import ReplicatorError
from replicator.simulation.hub import Fate

TURNS = 8  # of the event loop, in which a timer that is due gets through to the task that waits for it


AT_ONCE = Fate(lands=0)


class Died(BaseException):
    """The process is no more. Nothing may catch this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doom:
    """What will happen to a task: the fate of its call, the step at which it dies, the transaction that breaks."""

    fate: Fate = AT_ONCE
    dies_at: str | None = None
    breaks: int = 0  # the n-th transaction (from 1) is not committed; 0: none


@dataclass(slots=True)
class Running:
    """A task at work. `gate` is what it waits for while it pauses; `began` when it did, in epoch seconds."""

    doom: Doom
    began: float
    task: asyncio.Task[Any] | None = None
    gate: asyncio.Future[None] | None = None
    still: asyncio.Event = field(default_factory=asyncio.Event)
    units: int = 0
    calls: list[Any] = field(default_factory=list)  # under way at some system


CURRENT: ContextVar[Running | None] = ContextVar("CURRENT", default=None)


async def pause() -> None:
    """Wait until told to go on. What runs outside of the runner does not wait."""
    running = CURRENT.get()
    if running is None:
        return
    running.gate = asyncio.get_running_loop().create_future()
    running.still.set()
    try:
        await running.gate
    finally:
        running.gate = None
        running.still.clear()


def reached(step: str) -> None:
    """A step was reached: whoever is doomed there dies."""
    running = CURRENT.get()
    if running is not None and running.doom.dies_at == step:
        raise Died(step)


def breaks() -> bool:
    """Whether the connection breaks now, at the end of a transaction."""
    running = CURRENT.get()
    if running is None:
        return False
    running.units += 1
    return running.units == running.doom.breaks


class Runner:
    """The tasks at work, by number."""

    def __init__(self) -> None:
        self.running: dict[int, Running] = {}
        self.errors: list[BaseException] = []  # that nobody expected

    async def begin(self, number: int, work: Coroutine[Any, Any, Any], doom: Doom, now: float) -> None:
        """Start a task; back when it pauses for the first time, or has ended."""
        running = self.running[number] = Running(doom, now)
        token = CURRENT.set(running)
        running.task = asyncio.create_task(work)
        CURRENT.reset(token)
        running.task.add_done_callback(lambda _task: running.still.set())
        await running.still.wait()
        await self._bury()

    async def go_on(self, number: int) -> None:
        """Let a task go on to its next pause, or to its end."""
        running = self.running.get(number)
        if running is not None and running.gate is not None and not running.gate.done():
            running.still.clear()
            running.gate.set_result(None)
            await running.still.wait()
        await self._bury()

    async def kill(self, number: int) -> Running | None:
        """End a task where it is: nothing of it is done any more."""
        running = self.running.pop(number, None)
        if running is not None and running.task is not None:
            running.task.cancel()
            with suppress(asyncio.CancelledError, Died, ReplicatorError):
                await running.task
        return running

    async def catch_up(self) -> None:
        """The time was moved: whose time is up goes on by itself, until it pauses again or ends."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for running in list(self.running.values()):
            if running.gate is None or running.gate.done():
                await running.still.wait()
        await self._bury()

    async def _bury(self) -> None:
        for number, running in list(self.running.items()):
            if running.task is not None and running.task.done():
                del self.running[number]
                error = None if running.task.cancelled() else running.task.exception()
                if error is not None and not isinstance(error, Died | ReplicatorError):
                    self.errors.append(error)
