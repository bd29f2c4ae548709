"""The dossier: all we know of one entity, and the protocol over it: observe, plan, confirm.

A dossier is the entity's state and one replica row per system. Each step takes a dossier and returns the next one
with what has to be stored besides (events, conflicts, states seen). Steps of different entities never meet, so a unit
of work is a loop of these over rows that were loaded in bulk, and the simulator drives exactly what the engine
drives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from replicator.core.document import Document, Value
from replicator.core.entity import Entity, fold
from replicator.core.event import Draft
from replicator.core.gate import Verdict, judge
from replicator.core.history import Hidden, hidden, newest
from replicator.core.merge import Conflict, Edit, merge
from replicator.core.observation import Observation, content_name
from replicator.core.outcome import Outcome
from replicator.core.plan import Plan, plan
from replicator.core.replica import NO_PAST, Past, Replica, Seen, Signed
from replicator.core.schema import EntityType
from replicator.core.vector import advance, following
from replicator.core.view import View

EMPTY: Document = {}
UNJUDGED = frozenset({Outcome.STALE, Outcome.HELD, Outcome.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one type is replicated here: its schema, and the view of every system that carries it."""

    schema: EntityType
    views: Mapping[str, View]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """An entity and what every system holds of it.

    `pinned`: for systems that are kept as of a position of the log, the entity as it was then.
    """

    entity: Entity
    replicas: Mapping[str, Replica] = field(default_factory=dict)
    pinned: Mapping[str, Entity] = field(default_factory=dict)

    def wanted(self, system: str) -> Entity:
        """The entity as a system should hold it: as it is now, or as of the position that the system is kept at."""
        return self.pinned.get(system, self.entity)

    def replica(self, system: str) -> Replica:
        """The row of a system; an empty one where the system was never met."""
        row = self.replicas.get(system)
        return row or Replica(system=system, entity=self.entity.id, type=self.entity.type)

    def with_replica(self, row: Replica) -> Dossier:
        """The dossier with one row put in place."""
        return replace(self, replicas={**self.replicas, row.system: row})

    def due(self, rules: Rules) -> dict[str, Plan]:
        """What each system is to be written: empty when all hold what they should."""
        plans = {name: plan(self.wanted(name), self.replica(name), view) for name, view in rules.views.items()}
        return {name: planned for name, planned in plans.items() if planned is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a step may not make itself: the time (epoch seconds), the clock reading (µs), the id of an event, its
    cause.
    """

    now: float
    clock: int
    event_id: str
    cause: int | None = None
    source_time: datetime | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event that the system's own history told of, and the conflicts it made."""

    draft: Draft
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one observation did: the dossier after it, and what is to be stored besides. `told` came before `draft`."""

    dossier: Dossier
    outcome: Outcome
    reason: str
    told: tuple[Told, ...] = ()
    draft: Draft | None = None
    conflicts: tuple[Conflict, ...] = ()
    seen: Seen | None = None
    signed: Signed | None = None
    refused: Mapping[str, Value] = field(default_factory=dict)


def observe(
    dossier: Dossier,
    rules: Rules,
    system: str,
    observation: Observation,
    stamp: Stamp,
    past: Past = NO_PAST,
    *,
    made: Document = EMPTY,
) -> Judgement:
    """Judge one observation of this entity at `system`, and take what it says into the dossier.

    `made` are values that we make for a new entity whose origin gives none (its slug): they go into the same event.
    """
    view, before = rules.views[system], dossier.replica(system)
    if system in dossier.pinned:  # what is kept as of the past says nothing of what is there now
        view = replace(view, accepts_deletes=False)
    verdict = judge(dossier.entity, before, view, observation, stamp.now, past)
    dossier, told = (
        _tell(dossier, rules, system, observation, stamp) if verdict.outcome not in UNJUDGED else (dossier, ())
    )
    if told:
        verdict = judge(dossier.entity, dossier.replica(system), view, observation, stamp.now, past)
    if verdict.edit and made:
        verdict = replace(verdict, edit={**verdict.edit, **{key: (None, value) for key, value in made.items()}})
    row, entity = verdict.replica, dossier.entity
    draft: Draft | None = None
    conflicts: tuple[Conflict, ...] = ()
    if verdict.edit:
        draft, conflicts = _event(entity, rules, verdict, observation, stamp)
        entity = fold(entity, draft)
        row = replace(row, vector=advance(verdict.context, draft.dot))
    if verdict.outcome not in UNJUDGED and observation.fields is not None:
        row = replace(row, entry=newest(row, observation.history, answer=observation.began is None))
    seen, signed = _remembered(verdict, row)
    reason = f"{verdict.reason}; its own history told of {len(told)} more" if told else verdict.reason
    return Judgement(
        dossier=replace(dossier, entity=entity).with_replica(row),
        outcome=Outcome.EVENT if told else verdict.outcome,
        reason=reason,
        told=told,
        draft=draft,
        conflicts=conflicts,
        seen=seen,
        signed=signed,
        refused=verdict.refused,
    )


def _tell(
    dossier: Dossier, rules: Rules, system: str, observation: Observation, stamp: Stamp
) -> tuple[Dossier, tuple[Told, ...]]:
    """Take in the edits that were hidden before anyone read them.

    They move the state and, where no write of ours came after, what is known there: what is there now was made of
    that, also where it is what was there before (somebody thought better of it).
    """
    told: list[Told] = []
    for each in hidden(dossier.replica(system), rules.views[system], observation.history):
        entity, row = dossier.entity, dossier.replica(system)
        edit = Edit(
            origin=system,
            dot=following(entity.vector, system),
            context=each.context(row),
            clock=each.entry.clock,
            changes=each.changes,
        )
        draft, conflicts = drafted(entity, rules, edit, stamp)
        draft = _by_history(draft, each, observation.remote_id, row.generation)
        told.append(Told(draft, conflicts))
        stood = each.stood()
        seen = replace(
            row,
            known={**(row.known or {}), **stood},
            asked={**row.asked, **stood},
            vector=advance(row.vector, edit.dot),
        )
        dossier = replace(dossier, entity=fold(entity, draft)).with_replica(seen)
    return dossier, tuple(told)


def _by_history(draft: Draft, each: Hidden, remote_id: str, generation: int) -> Draft:
    return replace(
        draft,
        id=each.entry.event_id,
        remote_id=remote_id,
        generation=generation,
        author=each.entry.author,
        entry=str(each.entry.number),
        source_time=each.entry.time,
        note="told by the system's own history: no read could show it",
    )


def _event(
    entity: Entity, rules: Rules, verdict: Verdict, observation: Observation, stamp: Stamp
) -> tuple[Draft, tuple[Conflict, ...]]:
    row = verdict.replica
    edit = Edit(
        origin=row.system,
        dot=following(entity.vector, row.system),
        context=verdict.context,
        clock=stamp.clock,
        changes=verdict.edit,
    )
    draft, conflicts = drafted(entity, rules, edit, stamp)
    named = replace(draft, remote_id=observation.remote_id, generation=row.generation, author=observation.author)
    return named, conflicts


def drafted(entity: Entity, rules: Rules, edit: Edit, stamp: Stamp) -> tuple[Draft, tuple[Conflict, ...]]:
    """An edit as an event, merged with the present state, and the conflicts that made."""
    merged = merge(entity, rules.schema, edit)
    draft = Draft(
        id=stamp.event_id,
        type=entity.type,
        entity=entity.id,
        origin=edit.origin,
        n=edit.dot.n,
        context=edit.context,
        clock=edit.clock,
        changes=merged.changes,
        cause=stamp.cause,
        source_time=stamp.source_time,
        entry=stamp.entry,
    )
    return draft, merged.conflicts


def _remembered(verdict: Verdict, row: Replica) -> tuple[Seen | None, Signed | None]:
    if verdict.content is None:
        return None, None
    seen = Seen(digest=content_name(verdict.content), vector=row.vector, version=row.version)
    return seen, signed_state(row)


def signed_state(row: Replica) -> Signed | None:
    """The state to remember under the marker of the last write that landed."""
    if row.sync_id is None or row.known is None:
        return None
    return Signed(sync_id=row.sync_id, known=row.known, asked=row.asked, vector=row.vector)
