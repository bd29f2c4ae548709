"""The replicator: the simulation's hub around the real core, told of the same changes as the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial

from benchmarks.study.shop import WRITE_TICKS, Shop
from replicator.core.document import Value
from replicator.core.schema import Policy
from replicator.simulation.audit import Audit
from replicator.simulation.hub import Fate, Hub
from replicator.simulation.systems import Call
from replicator.simulation.world import World

END = object()


class Provenance:
    """Readers and deliveries in virtual time: one step of theirs is one tick."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        rules = World([each.ability for each in shop.systems.values()], Policy.LATEST).rules
        self._hub = Hub(rules, shop.systems, Audit(rules, shop.systems))
        self._writing: set[tuple[str, str]] = set()
        for name, system in shop.systems.items():
            for remote_id in sorted(system.records):
                deque(self._hub.look(name, remote_id), maxlen=0)

    def hook(self, system: str, remote_id: str) -> None:
        """Read the record and judge it; then write what is due."""
        self._go_on(self._hub.look(system, remote_id))

    def kept(self) -> set[Value]:
        """The values that lost against a concurrent one: in `conflicts`, both values and a place to decide."""
        return {each.loser for each in self._hub.tables.conflicts}

    def _go_on(self, steps: Iterator[None], claim: tuple[str, str] | None = None) -> None:
        self._hub.now = self._shop.now
        self._advance()
        if next(steps, END) is not END:
            self._shop.at(self._shop.now + 1, partial(self._go_on, steps, claim))
            return
        self._writing -= {claim} if claim else set()
        for told in self._hub.hints:  # what could not be judged is read again
            self._shop.at(self._shop.now + 1, partial(self._go_on, self._hub.look(*told)))
        self._hub.hints.clear()
        for due in self._hub.due():
            if due not in self._writing:
                self._writing.add(due)
                steps = self._hub.deliver(*due, Fate(lands=WRITE_TICKS))
                self._shop.at(self._shop.now + 1, partial(self._go_on, steps, due))

    def _advance(self) -> None:
        """Calls that are due land; the shop is told of each."""
        for name, system in self._shop.systems.items():
            landing = [call for call in system.calls if call.lands <= self._shop.now]
            before = {call.remote_id: system.records[call.remote_id].fields for call in landing if call.remote_id}
            system.advance(self._shop.now)
            for call in landing:
                self._landed(name, call, before)

    def _landed(self, name: str, call: Call, before: Mapping[str, Mapping[str, Value]]) -> None:
        assert call.remote_id is not None, "all records are there, and nobody deletes one"
        self._shop.wrote(name, before[call.remote_id], self._shop.systems[name].records[call.remote_id])
