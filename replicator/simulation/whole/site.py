"""A played system of the second tier: its records of every type, and the batches of our writes on their way to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from replicator.connectors.base import Action, Failed, Trouble, Write, WriteResult, Written, settle_references
from replicator.core.marker import Marker
from replicator.core.replica import Doing
from replicator.simulation.hub import Fate
from replicator.simulation.systems import Ability, Answer, Call, Record, System
from replicator.simulation.whole.kinds import KINDS

LEASE_SECONDS = 30.0
DOING = {Action.CREATE: Doing.CREATE, Action.UPDATE: Doing.UPDATE, Action.DELETE: Doing.DELETE}


@dataclass(slots=True, kw_only=True)
class Batch:
    """Writes of ours on their way. Times in ms; `results` are there once they have landed, if we are to hear of it."""

    writes: Sequence[Write]
    lands: float
    deadline: float
    answers: bool
    results: list[WriteResult] | None = None
    created: dict[str, str] = field(default_factory=dict)  # entity → remote id
    landed: dict[str, Record] = field(default_factory=dict)  # entity → the record as it was then


class Site:
    """One system: a model system for each type, which share its abilities."""

    def __init__(self, ability: Ability) -> None:
        self.ability = ability
        self.types = {name: System(ability, f"{ability.name}-{name}") for name in KINDS}
        self.batches: list[Batch] = []
        self.touched: list[tuple[str, str]] = []  # (type, remote id): of which hooks tell

    def send(self, writes: Sequence[Write], fate: Fate, now: int, deadline: float) -> Batch:
        """A batch goes out."""
        lands = math.inf if fate.lands is None else now + fate.lands * 1000.0
        if fate.lands is not None and fate.lands < LEASE_SECONDS:  # it is not the call's fate to be late
            lands = max(now, min(lands, deadline - 1))
        batch = Batch(writes=writes, lands=lands, deadline=deadline, answers=fate.answers)
        self.batches.append(batch)
        return batch

    def advance(self, now: int) -> None:
        """What is due lands."""
        for batch in [each for each in self.batches if each.lands <= now]:
            self.batches.remove(batch)
            results = [self._land(each, batch, now) for each in batch.writes]
            batch.results = results if batch.answers else None

    def erase(self, kind: str, remote_id: str, edits: dict[str, int] | None) -> None:
        """A record is deleted, and its parts with it: by edits of a person (part → edit), or (None) by us."""
        for part in self.parts(remote_id) if kind == "thing" else []:
            self.types["part"].erase(part, edits[part] if edits else None)
            self.touched.append(("part", part))
        if remote_id in self.types[kind].records:
            self.types[kind].erase(remote_id, edits[remote_id] if edits else None)
        self.touched.append((kind, remote_id))

    def parts(self, remote_id: str) -> list[str]:
        """The parts of a thing."""
        return [each.remote_id for each in self.types["part"].records.values() if each.fields.get("thing") == remote_id]

    def _land(self, write: Write, batch: Batch, now: int) -> WriteResult:
        fields, missing = settle_references(write.fields, batch.created)
        if missing is not None:
            return Failed(trouble=Trouble.WAIT, message=f"there is no {missing}")
        call = Call(
            doing=DOING[write.action],
            remote_id=write.remote_id,
            fields=fields,
            marker=write.marker or _unmarked(write),
            deadline=batch.deadline,
            answers=batch.answers,
        )
        system = self.types[write.type]
        parts = self.parts(write.remote_id) if write.action is Action.DELETE and write.remote_id else []
        answer = system.land(call, now)
        if answer.record is not None:
            batch.created[write.entity] = answer.record.remote_id
            batch.landed[write.entity] = answer.record
            self.touched.append((write.type, answer.record.remote_id))
        elif answer.refused is None and write.remote_id is not None:
            for part in parts if write.type == "thing" else []:
                self.types["part"].erase(part, None)
                self.touched.append(("part", part))
            self.touched.append((write.type, write.remote_id))
        return _result(write, answer)


def _result(write: Write, answer: Answer) -> WriteResult:
    """What we are told. The record in it is put into our form by whoever reads the answer."""
    if answer.refused is not None:
        return Failed(trouble=Trouble(answer.refused), message=answer.refused, status=409)
    return Written(remote_id=answer.record.remote_id if answer.record else str(write.remote_id))


def _unmarked(write: Write) -> Marker:
    """Who wrote it, where the type has no room for a marker: the system itself may still know."""
    return Marker(
        sync_id=write.sync_id,
        source="",
        written_at="",
        entity=write.entity,
        system="",
        generation=1,
        installation="",
    )
