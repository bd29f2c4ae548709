"""A clock that a test moves on: nothing here ever waits for time to pass."""

from __future__ import annotations

import time

import pytest

from replicator.connectors import directus
from replicator.connectors.client import Client


class Clock:
    """The time as the engine sees it: the real one, and as much ahead as was moved on."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._real = time.time

    def now(self) -> float:
        return self._real() + self.ahead

    def move_to(self, moment: float) -> None:
        self.ahead += max(0.0, moment - self.now())

    async def sleep(self, seconds: float) -> None:
        """What waits between the repetitions of a request: the time is over at once."""
        self.ahead += seconds

    @classmethod
    def set(cls, patch: pytest.MonkeyPatch) -> Clock:
        """The clock that the engine and the connectors go by while a test runs."""
        clock = cls()
        patch.setattr(time, "time", clock.now)
        for built in (Client.__init__, directus.connect):
            defaults = built.__kwdefaults__
            assert defaults is not None
            patch.setitem(defaults, "sleep", clock.sleep)
        return clock
