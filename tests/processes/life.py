"""One process of a test, from the test's side."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.processes.mortal import FORKING, Fate, live

T = TypeVar("T")
SECONDS_MAX = 40.0  # nothing here takes so long, unless it never ends
LOOK_SECONDS = 0.03


async def until(look: Callable[[], Awaitable[T]], wrong: Callable[[], str]) -> T:
    """Look until something is seen, and return it: what other processes do gives no signal to wait for."""
    end = time.monotonic() + SECONDS_MAX
    while not (seen := await look()):
        assert time.monotonic() < end, wrong()
        await asyncio.sleep(LOOK_SECONDS)
    return seen


class Life:
    """A replicator process. Alive until it dies of its fate, is stopped, or the test ends."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], said: Path, fate: tuple[str | None, int]
    ) -> None:
        self._said = said
        self._orders, theirs = FORKING.Pipe()
        self._process = FORKING.Process(target=live, args=(words, dict(environment), said, theirs, Fate(*fate)))
        self._process.start()
        theirs.close()

    def dies_at(self, step: str, times: int = 1) -> None:
        """From now on, it dies at the n-th reach of that step."""
        self._orders.send((step, times))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended meanwhile."""
        if self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    async def ready(self) -> dict[str, Any]:
        """What it says when it is ready, if it was started with `--json`."""

        async def said() -> str:
            return next((line for line in self.said().splitlines() if line.startswith('{"ready"')), "")

        told: dict[str, Any] = json.loads(await until(said, self.said))
        return told

    def ended(self) -> bool:
        """Whether it has ended."""
        return not self._process.is_alive()

    async def end(self, seconds_max: float = SECONDS_MAX) -> int | None:
        """How it ended, once it has: its exit code, or a signal's number as a negative one."""
        await asyncio.to_thread(self._process.join, seconds_max)
        assert self._process.exitcode is not None, f"it lives on, and said: {self.said()}"
        return self._process.exitcode

    async def died(self, seconds_max: float = SECONDS_MAX) -> None:
        """Back when its fate has met it."""
        code = await self.end(seconds_max)
        assert code == -signal.SIGKILL, f"it ended with {code}, and said: {self.said()}"

    async def stop(self) -> None:
        """Ask it to stop; it must do so in good order."""
        self.signal(signal.SIGTERM)
        code = await self.end()
        assert code == 0, f"it ended with {code}, and said: {self.said()}"

    def bury(self) -> None:
        """Let nothing of it stay."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._orders.close()

    def said(self) -> str:
        """What it said so far."""
        return self._said.read_text(errors="replace") if self._said.exists() else ""
