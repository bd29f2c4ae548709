"""Each rule is there for something: taken out, the histories find what goes wrong.

A rule whose absence nothing notices would be one that no test protects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from typing_extensions import override

from replicator.core import base, dossier
from replicator.core.dossier import Rules
from replicator.core.entity import Entity
from replicator.core.outcome import Outcome
from replicator.core.plan import Plan, plan
from replicator.core.replica import Intent, Replica
from replicator.core.view import View
from replicator.simulation import hub as hub_module
from replicator.simulation.audit import Audit
from replicator.simulation.histories import run
from replicator.simulation.hub import Hub
from replicator.simulation.systems import Call, Record, System
from replicator.simulation.tables import Noted

HISTORIES_MAX = 150  # most are caught within the first few


def found(what: str, hub: type[Hub] = Hub) -> bool:
    """Whether any of the histories shows such a fault, and no excuse for it."""
    return any(fault.what == what for seed in range(HISTORIES_MAX) for fault in run(seed, hub=hub).audit.unexcused())


class TakesEveryReadForFresh(Hub):
    @override
    def note(self) -> Noted:
        return Noted(10**9, self.now)


class WritesWithoutLooking(Hub):
    @override
    def guard(self, system: str, remote_id: str, record: Record | None, began: Noted) -> bool:
        return True


class RecordsNoIntent(Hub):
    """The intent is in the worker's memory only: nobody else knows of it, and a crash loses it."""

    def __init__(self, rules: Rules, systems: Mapping[str, System], audit: Audit) -> None:
        super().__init__(rules, systems, audit)
        self.memory: dict[str, Intent] = {}

    @override
    def begin(self, system: str, entity: str, drawn: int) -> Call | None:
        call = super().begin(system, entity, drawn)
        row = self.tables.dossiers[entity].replica(system)
        if call is not None and row.intent is not None:
            self.memory[call.marker.sync_id] = row.intent
            self.tables.writes.pop(call.marker.sync_id)
            self._replace(replace(row, intent=None))
        return call

    @override
    def end(self, system: str, entity: str, call: Call, drawn: int) -> None:
        row = self.tables.dossiers[entity].replica(system)
        self._replace(replace(row, intent=self.memory[call.marker.sync_id]))
        super().end(system, entity, call, drawn)

    def _replace(self, row: Replica) -> None:
        self.tables.dossiers[row.entity] = self.tables.dossiers[row.entity].with_replica(row)


class BelievesTheWholeAnswer(Hub):
    @override
    def take_in(self, system: str, remote_id: str, record: Record | None, began: Noted | None, drawn: int) -> Outcome:
        if began is not None or record is None:
            return super().take_in(system, remote_id, record, began, drawn)
        stored = self.tables.dossiers[self.tables.bound[system, remote_id]]
        known = self.observation(system, stored.entity.id, remote_id, record, began).fields
        self._put(stored, replace(stored.replica(system), known=known), drawn)
        return Outcome.ECHO


@pytest.mark.parametrize(
    ("weak", "what"),
    [
        pytest.param(TakesEveryReadForFresh, "phantom", id="a read begun before the row changed is stale"),
        pytest.param(WritesWithoutLooking, "phantom", id="the record is judged before it is written"),
        pytest.param(RecordsNoIntent, "phantom", id="the intent is recorded before the call"),
        pytest.param(BelievesTheWholeAnswer, "diverged", id="of an answer only what we asked for is ours"),
    ],
)
def test_a_replicator_without_this_rule_is_caught(weak: type[Hub], what: str) -> None:
    assert found(what, weak)


def test_without_what_was_asked_beside_what_is_known_it_writes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def known_only(entity: Entity, replica: Replica, view: View) -> Plan | None:
        return plan(entity, replace(replica, asked=replica.known or {}), view)

    monkeypatch.setattr(dossier, "plan", known_only)
    monkeypatch.setattr(hub_module, "plan", known_only)

    assert found("loops")


def test_without_waiting_for_our_own_calls_half_made_records_become_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replica, "under_way", lambda _row, _at: False)

    assert found("phantom")


def test_without_versions_a_restored_dump_becomes_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_went_back", lambda *_: False)

    assert found("phantom")
