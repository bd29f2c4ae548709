"""The replicator's part of the simulation: readers and deliveries around the real core.

Both are generators that pause between any two steps, so that the driver can interleave, delay and crash them. What
happens between two pauses is one transaction. Everything that is decided here is decided by `replicator.core`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from replicator.core import clock
from replicator.core.dossier import Dossier, Rules, Stamp, observe
from replicator.core.entity import Entity
from replicator.core.gate import confirmed
from replicator.core.identity import Candidate, Match, identify
from replicator.core.outcome import Outcome
from replicator.core.plan import given_up, intend, plan
from replicator.core.replica import Doing, Replica
from replicator.simulation.audit import UNJUDGED, Audit
from replicator.simulation.reading import bears_our_name, is_copy, marker_of, observed
from replicator.simulation.systems import KEY, STARTS, Answer, Call, Cause, Record, System
from replicator.simulation.tables import Noted, Tables

DEADLINE_STEPS = 30  # until then a call may still land
TIMEOUT_STEPS = 15  # so long we wait for its answer


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a call: after how many steps it lands (None: never), and whether an answer comes back."""

    lands: int | None = 1
    answers: bool = True
    refused: bool = False  # throttled: certainly not carried out


class Hub:
    """Readers and deliveries over the tables. `now` is set by the driver."""

    def __init__(self, rules: Rules, systems: Mapping[str, System], audit: Audit) -> None:
        self.rules, self.systems, self.audit = rules, systems, audit
        self.tables = Tables()
        self.hints: list[tuple[str, str]] = []
        self.outcomes: Counter[str] = Counter()
        self.now = STARTS
        self.serial = 0

    # ── Steps that pause ─────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, system: str, remote_id: str, *, lacking: str = "") -> Iterator[None]:
        """A hint is followed: the record is read, which takes time, and judged. `lacking`: a key left out of it."""
        began = self.note()
        yield
        record = self.systems[system].records.get(remote_id)
        if record is not None:
            record = replace(record, lacking=lacking)
        yield
        yield
        if self.take_in(system, remote_id, record, began) in UNJUDGED:
            self.hints.append((system, remote_id))

    def deliver(self, system: str, entity: str, fate: Fate) -> Iterator[None]:
        """An entity is written to a system it is due at: guard, plan, intent, call, confirm."""
        if entity not in self.tables.dossiers or not self._may_write(system, entity):
            return
        began = self.note()
        remote_id, record = self._find(system, entity)
        yield
        if remote_id is None:
            if self.tables.dossiers[entity].replica(system).revision > began.revision:
                return  # that there was none is no news any more: somebody knows better
        elif not self.guard(system, entity, remote_id, record, began):
            return
        guarded = self.tables.dossiers[entity].replica(system).revision
        yield
        if self.tables.dossiers[entity].replica(system).revision != guarded:
            return  # we slept, and somebody else has judged it, or has begun to write
        call = self.begin(system, entity, self._draw())
        if call is None:
            return
        yield
        sent = self.now
        if fate.refused or sent + TIMEOUT_STEPS > call.deadline:
            call.answer = Answer(refused="busy")  # throttled, or we slept so long that it must not be sent any more
        else:
            self._send(system, call, fate)
        yield
        while call.answer is None and self.now < sent + TIMEOUT_STEPS:
            yield
        self.end(system, entity, call, self._draw())

    # ── The transactions between them ────────────────────────────────────────────────────────────────────────────────

    def note(self) -> Noted:
        """What is noted before a read starts."""
        return Noted(self.tables.revision, self.now)

    def _draw(self) -> int:
        """The next number of the one counter that orders knowledge, drawn when a transaction starts."""
        self.tables.revision += 1
        return self.tables.revision

    def stamp(self, changed: int = 0) -> Stamp:
        """The time, and names that nobody else has. `changed`: when the system says that it was changed."""
        self.serial += 1
        reading = clock.tick(0, self.now, changed or None)
        return Stamp(now=self.now, clock=reading, event_id=f"v{self.serial}")

    def _may_write(self, system: str, entity: str) -> bool:
        """Not while an earlier write to that record may still land."""
        return not self.tables.dossiers[entity].replica(system).under_way(self.now)

    def due(self) -> list[tuple[str, str]]:
        """What is due where, and may be written."""
        due = [(system, name) for name, each in self.tables.dossiers.items() for system in each.due(self.rules)]
        return [(system, entity) for system, entity in due if self._may_write(system, entity)]

    def guard(self, system: str, entity: str, remote_id: str, record: Record | None, began: Noted) -> bool:
        """The record is judged before it is written, so that unseen edits become events first."""
        known = self.tables.dossiers[self.tables.bound.get((system, remote_id), entity)]
        return self._judge(known, system, remote_id, record, began) not in UNJUDGED

    def take_in(self, system: str, remote_id: str, record: Record | None, began: Noted | None) -> Outcome:
        """A record is read, of which we may have to find out whose it is."""
        dossier = self._whose(system, remote_id, record, began)
        if dossier is None:
            return Outcome.ECHO
        if isinstance(dossier, Outcome):
            return dossier
        return self._judge(dossier, system, remote_id, record, began)

    def _judge(
        self, dossier: Dossier, system: str, remote_id: str, record: Record | None, began: Noted | None
    ) -> Outcome:
        """One observation is judged, and what it says is stored."""
        drawn = self._draw()
        observation = observed(
            self.rules.views[system], self.systems[system].ability, dossier.entity.id, remote_id, (record, began)
        )
        past = self.tables.past(system, dossier, self.rules.views[system], observation)
        timed = record is not None and self.systems[system].ability.clocked
        stamp = self.stamp(observation.version if timed else 0)
        judgement = observe(dossier, self.rules, system, observation, stamp, past)
        self.outcomes[judgement.outcome] += 1
        self.audit.judged(dossier, system, remote_id, record, judgement, answer=began is None)
        self.tables.keep(dossier, judgement, system, drawn, self.stamp())
        return judgement.outcome

    def begin(self, system: str, entity: str, drawn: int) -> Call | None:
        """Plan, and record the intent before the call; None where nothing is to be written any more."""
        dossier = self.tables.dossiers[entity]
        row = dossier.replica(system)
        if row.under_way(self.now):
            return None  # another worker has begun a write since we looked: our claim had run out
        planned = plan(dossier.entity, row, self.rules.views[system])
        if planned is None:  # the guard has just seen that an earlier call did not land, and it cannot land any more
            self._put(dossier, given_up(row, until=None), drawn)
            return None
        self.serial += 1
        row = intend(row, planned, sync_id=f"w{self.serial}", deadline=self.now + DEADLINE_STEPS)
        sync_id = row.intent.sync_id if row.intent else ""
        self._put(dossier, row, drawn)
        self.tables.writes[sync_id] = planned.fields
        self.audit.wrote(system, planned)
        return Call(
            doing=planned.doing,
            remote_id=row.remote_id,
            fields=planned.fields,
            marker=marker_of(sync_id, system, entity),
            deadline=self.now + DEADLINE_STEPS,
            revision=drawn,
        )

    def _send(self, system: str, call: Call, fate: Fate) -> None:
        """The call goes out. It lands before its deadline, unless its fate is late; a create may show half-made."""
        call.answers = fate.answers
        if fate.lands is not None:
            late = fate.lands >= DEADLINE_STEPS
            call.lands = self.now + fate.lands
            call.lands = call.lands if late else min(call.lands, call.deadline - 1)
            halves = self.systems[system].ability.halves and call.doing is Doing.CREATE
            call.shows = self.now + 1 if halves else math.inf
        self.systems[system].calls.append(call)

    def end(self, system: str, entity: str, call: Call, drawn: int) -> None:
        """The call has come back, or has not: confirm it, or give it up."""
        dossier = self.tables.dossiers[entity]
        row = dossier.replica(system)
        if row.intent is None or (row.intent.sync_id, row.intent.deadline) != (call.marker.sync_id, call.deadline):
            return  # seen to have landed, or another call, perhaps a retry of it, has taken its place: no more to say
        answer = call.answer
        judged = row.revision != call.revision  # after the deadline, while we slept: what is known now is newer
        if answer is None or answer.refused or judged:
            unknown = answer is None and not judged
            self._put(dossier, given_up(row, until=row.intent.deadline if unknown else None), drawn)
            self.hints += [(system, row.remote_id)] if row.remote_id else []
            return
        row = confirmed(row, self.rules.views[system])
        if answer.record is None:
            self._put(dossier, row, drawn)
            return
        self._put(dossier, replace(row, remote_id=answer.record.remote_id), drawn)
        if self.take_in(system, answer.record.remote_id, answer.record, None) in UNJUDGED:
            self.hints.append((system, answer.record.remote_id))

    def unheard(self, system: str, entity: str) -> None:
        """The worker that was writing this died: where nothing else tells what landed, nobody will ever know."""
        here = self.systems[system]
        for call in here.calls:
            if call.marker.entity == entity:
                call.answers = False
        if entity not in self.tables.dossiers:
            return
        row = self.tables.dossiers[entity].replica(system)
        there = here.holder(self.tables.dossiers[entity].entity.value(KEY))
        if row.intent is not None and there is not None and not (here.ability.marks or here.ability.tells):
            here.scar(there.remote_id, Cause.UNHEARD)

    def _put(self, dossier: Dossier, row: Replica, drawn: int) -> None:
        """Store one row."""
        self.tables.store(dossier, dossier.with_replica(row), row.system, drawn, self.stamp())

    # ── What the core asks for ───────────────────────────────────────────────────────────────────────────────────────

    def _find(self, system: str, entity: str) -> tuple[str | None, Record | None]:
        """The record to be written: by its id; for a create by our marker or its natural key, if not another's."""
        dossier, records = self.tables.dossiers[entity], self.systems[system].records
        remote_id = dossier.replica(system).remote_id
        if remote_id is not None:
            return remote_id, records.get(remote_id)
        if not dossier.entity.exists:
            return None, None  # deleted since it was claimed: who has its key now is somebody else
        for each in records.values():
            unsigned = (each.marker is None or each.marker.entity == entity) and not (
                self._shared(entity) or self._anothers(each, entity, system)
            )
            same = self._is_ours(each, dossier, system, self.now) and not is_copy(each, dossier, system)
            same = same or (unsigned and each.fields.get(KEY) == dossier.entity.value(KEY))
            if same and self.tables.bound.get((system, each.remote_id), entity) == entity:
                return each.remote_id, each
        return None, None

    def _shared(self, entity: str) -> bool:
        """Whether another living entity has the same natural key: whose a record of that key is, it does not tell."""
        key = self.tables.dossiers[entity].entity.value(KEY)
        others = [each.entity for name, each in self.tables.dossiers.items() if name != entity]
        return any(each.exists and each.value(KEY) == key for each in others)

    def _anothers(self, record: Record, entity: str, system: str) -> bool:
        """Whether a system that names its writers says that a write for another entity made it."""
        intents = [each.replica(system).intent for name, each in self.tables.dossiers.items() if name != entity]
        made = {each.sync_id for each in intents if each is not None}
        return self.systems[system].ability.tells and record.wrote in made

    def _whose(
        self, system: str, remote_id: str, record: Record | None, began: Noted | None
    ) -> Dossier | Outcome | None:
        """The dossier of a record: known, recognised, or new; None for an absent one that nobody knew."""
        bound = self.tables.bound.get((system, remote_id))
        if bound is not None or record is None:
            return self.tables.dossiers[bound] if bound else None
        found = identify(
            [
                Candidate(entity=name, match=match, exists=each.entity.exists, elsewhere=elsewhere)
                for name, each in self.tables.dossiers.items()
                for match, same, elsewhere in (
                    (
                        Match.OURS,
                        self._is_ours(record, each, system, began.at if began else self.now),
                        each.replica(system).present or is_copy(record, each, system),
                    ),
                    (Match.KEY, record.fields.get(KEY) == each.entity.value(KEY), each.replica(system).present),
                )
                if same
            ]
        )
        if found.match is Match.HELD:
            self.outcomes["held by identity"] += 1
            return None
        if found.copied and began is not None and record.marker is not None:
            named = self.tables.dossiers[record.marker.entity].replica(system)
            if named.revision > began.revision:
                return Outcome.STALE  # it may have been the very record of which we now know another
        name = found.entity or f"e{len(self.tables.dossiers)}"
        return self.tables.dossiers.get(name) or Dossier(entity=Entity(type=self.rules.schema.name, id=name))

    def _is_ours(self, record: Record, dossier: Dossier, system: str, at: float) -> bool:
        """Whether a record that nobody knows, read at that time, was made by us for this entity."""
        return bears_our_name(record, dossier, system, at, tells=self.systems[system].ability.tells)
