"""Hooks: how a system tells others that something happened.

As the real ones do: once, without retry, forgotten when it fails.

Deliveries to one target go out one after another in the order in which they were sent, unless a switch makes
them worse.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from replicator.sandbox.ledger import Ledger

TIMEOUT_SECONDS = 10.0  # none of the played systems waits longer for a receiver
HELD_SECONDS_MAX = 0.5  # a shuffle that never fills up lets go of what it holds


@dataclass(frozen=True, slots=True)
class Target:
    """Where hooks go: an address and headers sent along with each."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Switches:
    """What is wrong with the hooks of one system.

    `early` is looked at by the systems that can tell of a write before it is made.
    """

    off: bool = False
    drop: float = 0.0  # the share that never arrives
    repeat: int = 1  # how often each is delivered
    shuffle: int = 0  # hold so many, then deliver them in random order
    delay: float = 0.0  # seconds before each delivery
    early: bool = False


@dataclass(frozen=True, slots=True)
class _Delivery:
    target: Target
    body: bytes
    headers: Mapping[str, str]
    about: tuple[str, str]
    values: Mapping[str, object] | None


class Hooks:
    """The hooks of one system. `targets` are set by the system, when one is registered, or by control."""

    def __init__(self, system: str, ledger: Ledger, rng: random.Random) -> None:
        self.targets: list[Target] = []
        self.switches = Switches()
        self._system = system
        self._ledger = ledger
        self._rng = rng
        self._held: list[_Delivery] = []
        self._queue: asyncio.Queue[_Delivery] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    def send(
        self,
        body: Mapping[str, object] | bytes,
        headers: Mapping[str, str],
        about: tuple[str, str],
        *,
        values: Mapping[str, object] | None = None,
        targets: list[Target] | None = None,
    ) -> None:
        """Tell all targets (or those given), fire and forget.

        `about` = (type, remote id) of the record it is about. `values` (catalog field → value) where the body
        itself carries them: then its edits count as told to the replicator.
        """
        if self.switches.off:
            return
        raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        for target in self.targets if targets is None else targets:
            for _ in range(self.switches.repeat):
                if self._rng.random() >= self.switches.drop:
                    self._hold(_Delivery(target, raw, headers, about, values))

    async def settle(self) -> None:
        """Deliver everything that is held or waiting, and wait for it."""
        self._release()
        await self._queue.join()

    async def aclose(self) -> None:
        """Stop delivering; what is waiting is forgotten, as at a real restart."""
        for timer in self._timers:
            timer.cancel()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None

    def forget(self) -> None:
        """As after a fresh installation: no targets, nothing wrong, nothing waiting."""
        self.targets = []
        self.switches = Switches()
        self._held.clear()

    def _hold(self, delivery: _Delivery) -> None:
        self._held.append(delivery)
        if len(self._held) >= self.switches.shuffle:
            self._release()
        elif len(self._held) == 1:
            timer = asyncio.get_running_loop().call_later(HELD_SECONDS_MAX, self._release)
            self._timers = {each for each in self._timers if not each.cancelled()} | {timer}

    def _release(self) -> None:
        if self.switches.shuffle:
            self._rng.shuffle(self._held)
        for delivery in self._held:
            self._queue.put_nowait(delivery)
        self._held.clear()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._worker is None and not self._queue.empty():
            self._worker = asyncio.get_running_loop().create_task(self._deliver(), name=f"hooks of {self._system}")

    async def _deliver(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                delivery = await self._queue.get()
                try:
                    await asyncio.sleep(self.switches.delay)
                    await self._post(client, delivery)
                finally:
                    self._queue.task_done()

    async def _post(self, client: httpx.AsyncClient, delivery: _Delivery) -> None:
        headers = {"content-type": "application/json", **delivery.headers, **delivery.target.headers}
        try:
            answer = await client.post(delivery.target.url, content=delivery.body, headers=headers)
        except httpx.HTTPError:
            return  # a receiver that is away is the sender's everyday: none of the played systems tries again
        if answer.is_success:
            type_, remote_id = delivery.about
            self._ledger.reported(system=self._system, type=type_, remote_id=remote_id, values=delivery.values)
