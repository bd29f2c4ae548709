"""One instance of a real system: it is started, stopped, killed, and is the same again afterwards."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from tests.live.pinned import Broken
from tests.live.spawned import Spawned
from tests.live.systems.contract import Place, System

READY_SECONDS_MAX = 180.0  # on a busy machine; 10 to 30 s are usual
LOOK_SECONDS = 0.1


class Instance:
    """A system in its place. Start it from the main thread: it dies with the thread that did."""

    def __init__(self, system: System, place: Place, log: Path) -> None:
        self.system = system
        self.place = place
        self.log = log
        self._running: Spawned | None = None

    def start(self) -> None:
        """Start it; `await_ready` says when it serves."""
        self._running = Spawned(self.system.serving(self.place), self.log)

    def await_ready(self) -> None:
        """Wait until it serves. Raises Broken with what it said."""
        end = time.monotonic() + READY_SECONDS_MAX
        while not self._answers():
            code = None if self._running is None else self._running.ended()
            if self._running is None or code is not None or time.monotonic() > end:
                raise Broken(f"{self.system.project.name} does not serve (it ended with {code}):\n{self.said()}")
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Ask it to stop, and see that it does. Twice is fine."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def kill(self) -> None:
        """As a power cut would end it."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def restart(self) -> None:
        """Stop it if it runs, start it, and wait."""
        self.stop()
        self.start()
        self.await_ready()

    def said(self) -> str:
        """The end of its log."""
        return "" if self._running is None else self._running.said()

    def _answers(self) -> bool:
        try:
            return httpx.get(self.place.url + self.system.health, timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False
