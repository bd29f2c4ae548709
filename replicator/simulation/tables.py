"""What the simulated replicator stores: dictionaries for tables, and the two ways in which they change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from replicator.core.decision import bind
from replicator.core.document import Document, Value
from replicator.core.dossier import Dossier, Judgement, Stamp, signed_state
from replicator.core.event import Draft
from replicator.core.merge import Conflict
from replicator.core.observation import Observation, content_name
from replicator.core.replica import Past, Seen, Signed
from replicator.core.view import View
from replicator.simulation.systems import KEY


class Noted(NamedTuple):
    """What is noted before a read: the counter that orders knowledge, and the time."""

    revision: int
    at: float


@dataclass(slots=True)
class Tables:
    """The log, the dossiers it folds to, and what the gate needs of the past."""

    dossiers: dict[str, Dossier] = field(default_factory=dict)
    log: list[Draft] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    seen: dict[tuple[str, str, str], Seen] = field(default_factory=dict)  # by system, entity, digest
    signed: dict[str, Signed] = field(default_factory=dict)  # by sync id
    writes: dict[str, Document] = field(default_factory=dict)  # sync id → what it asked for, while never confirmed
    bound: dict[tuple[str, str], str] = field(default_factory=dict)  # (system, remote id) → entity, retired ones too
    revision: int = 0

    def keep(self, before: Dossier, judgement: Judgement, system: str, drawn: int, stamp: Stamp) -> None:
        """Store what one observation did."""
        name = before.entity.id
        if judgement.draft is None and name not in self.dossiers:
            return  # a record of nobody's that could not be read: nothing is known of it
        for told in judgement.told:
            self.log.append(told.draft)
            self.conflicts += told.conflicts
        if judgement.draft is not None:
            self.log.append(judgement.draft)
        self.conflicts += judgement.conflicts
        if judgement.seen is not None:
            self.seen.setdefault((system, name, judgement.seen.digest), judgement.seen)
        self.store(before, judgement.dossier, system, drawn, None if judgement.draft else stamp)

    def store(self, before: Dossier, after: Dossier, system: str, drawn: int, stamp: Stamp | None) -> None:
        """Store a dossier after a step. With a stamp, a new remote id becomes an event: the log must know it."""
        old, row = before.replica(system), after.replica(system)
        if row.remote_id is not None and row.remote_id != old.remote_id:
            self.bound[system, row.remote_id] = row.entity
            if stamp is not None:
                after, draft = bind(after, system, stamp)
                self.log.append(draft)
                row = after.replica(system)
        if row != old:
            row = replace(row, revision=max(old.revision, drawn))
        signed = signed_state(row)
        if signed is not None:
            self.signed[signed.sync_id] = signed
            self.writes.pop(signed.sync_id, None)
        self.dossiers[row.entity] = after.with_replica(row)

    def past(self, system: str, dossier: Dossier, view: View, observation: Observation) -> Past:
        """What is remembered of that content and of that marker."""
        if observation.fields is None:
            return Past()
        content, _ = view.complete(observation.fields, dossier.replica(system).known)
        signed = observation.marker.sync_id if observation.marker else ""
        return Past(
            seen=self.seen.get((system, dossier.entity.id, content_name(content))),
            signed=self.signed.get(signed),
            abandoned=self.writes.get(signed),
        )

    def twins(self) -> set[Value]:
        """Natural keys that two living entities have: one was made anew and the other came back. A person must say."""
        keys = Counter(str(each.entity.value(KEY)) for each in self.dossiers.values() if each.entity.exists)
        return {key for key, n in keys.items() if n > 1}
