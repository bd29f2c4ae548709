"""The auditor: compares what the replicator made of each observation with the truth, which only the systems know.

Each person's edit has a number, and each value in a record carries the number of the edit that put it there. So an
event that nobody authored, an edit that was swallowed and an edit told twice are seen at the moment they are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from replicator.core.document import Document, Value, field_name
from replicator.core.dossier import Dossier, Judgement, Rules
from replicator.core.entity import Entity, fold_all
from replicator.core.event import EXISTENCE, Act
from replicator.core.gate import TURNS_MAX
from replicator.core.outcome import Outcome
from replicator.core.plan import Plan
from replicator.core.replica import Doing
from replicator.core.view import Refusal, View
from replicator.simulation.annals import covered
from replicator.simulation.systems import KEY, Cause, Record, System
from replicator.simulation.tables import Tables

UNJUDGED = (Outcome.STALE, Outcome.REJECTED, Outcome.HELD)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something went wrong. `excuse`: why neither markers nor versions can tell such a thing; it is counted."""

    what: str
    system: str
    details: str
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's edit: at which system, of which key, to what."""

    system: str
    key: str
    value: Value


@dataclass(slots=True)
class Audit:
    """The edits, those that were heard of, and the faults found."""

    rules: Rules
    systems: Mapping[str, System]
    edits: list[Edit] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)  # edits that were in a record when it was judged
    told: set[int] = field(default_factory=set)  # edits that are in the log
    faults: list[Fault] = field(default_factory=list)
    writes: Counter[str] = field(default_factory=Counter)
    looked: set[tuple[str, int]] = field(default_factory=set)  # dumps that were judged since they were put back
    taken: dict[tuple[str, str], int] = field(default_factory=dict)  # record → the newest entry of its history judged
    inward: Callable[[str, Value], Value] = lambda _system, value: value  # what a value there means to us

    def edited(self, system: str, key: str, value: Value) -> int:
        """A person edits; the number of that edit."""
        self.edits.append(Edit(system, key, value))
        return len(self.edits) - 1

    def wrote(self, system: str, planned: Plan) -> None:
        """A write was begun."""
        self.writes[f"{planned.doing} {system}"] += 1

    def fault(self, what: str, system: str, details: str, excuse: str = "") -> None:
        """Note what went wrong."""
        self.faults.append(Fault(what, system, details, excuse))

    def unexcused(self) -> list[Fault]:
        """The faults that no excuse is known for."""
        return [each for each in self.faults if not each.excuse]

    # ── At every observation ─────────────────────────────────────────────────────────────────────────────────────────

    def judged(
        self,
        before: Dossier,
        system: str,
        remote_id: str,
        record: Record | None,
        judgement: Judgement,
        *,
        answer: bool = False,
    ) -> None:
        """Each change of the event must be somebody's, and not told before; each edit in the record must be told, and
        so must each that its history tells of. The `answer` to a write tells no history.
        """
        if judgement.outcome in UNJUDGED:
            after = judgement.dossier
            if (after.entity, after.replica(system)) != (before.entity, before.replica(system)):
                self.fault("not judged, but not without effect", system, judgement.reason)
            return
        scar, dumped = self._scar(system, remote_id, record, answer=answer), self._excuse(before, system, record)
        excuse = scar or dumped
        if record is not None and record.history and not answer:
            self._judged_history(before, system, record, judgement, excuse)
        stamps = self._stamps(before, system, remote_id, record)
        changes = judgement.draft.changes if judgement.draft else {}
        for key, change in changes.items():
            stamp = stamps.get(key)
            revived = key == EXISTENCE and change.after is True  # it follows from the other changes
            if not revived and (stamp is None or stamp in self.told):
                self.fault("phantom", system, f"{before.entity.id}.{key}: {change} ({judgement.reason})", excuse)
            if not change.wins and all(each.key != key for each in judgement.conflicts):
                self.fault("lost without a conflict", system, f"{before.entity.id}.{key}: {change}")
        self.told |= {stamp for key in changes if (stamp := stamps.get(key)) is not None}
        told = {*changes, *judgement.refused}
        for key, stamp in stamps.items():
            if stamp is not None and stamp not in self.heard:
                self.heard.add(stamp)
                value = record.fields.get(key) if record else False
                gone = stamp in self.systems[system].gone  # it was replaced there since; a dump has brought it back
                if (
                    not gone
                    and not told & {key, EXISTENCE}
                    and not self._no_news(before, judgement, system, (key, value))
                ):
                    counts = Cause.COUNTED if self.systems[system].ability.clocked is False else ""
                    details = f"{before.entity.id}.{key}={value!r} ({judgement.reason})"
                    self.fault("swallowed", system, details, scar or counts)

    def _judged_history(self, before: Dossier, system: str, record: Record, judgement: Judgement, excuse: str) -> None:
        """Each edit that its history tells of, and that nobody can see any more, must be told, once."""
        by = {(str(each.number), key): edit for each in record.history for key, edit in each.by.items()}
        for told in judgement.told:
            for key, change in told.draft.changes.items():
                stamp = by.get((str(told.draft.entry), key))
                revived = key == EXISTENCE and change.after is True
                if not revived and (stamp is None or stamp in self.told):
                    self.fault("phantom", system, f"{before.entity.id}.{key}: {change} (told by history)", excuse)
                if not change.wins and all(each.key != key for each in told.conflicts):
                    self.fault("lost without a conflict", system, f"{before.entity.id}.{key}: {change}")
                self.told |= set() if stamp is None else {stamp}
        view, place = self.rules.views[system], (system, record.remote_id)
        since = self.taken.get(place)
        self.taken[place] = record.history[-1].number
        if since is None or record.lacking == "history":
            return  # what was covered before it was seen is no news, and what it covers now nobody will ever tell
        for key, value, edit in covered(record.history, since):
            news = edit not in self.heard and key in view.reads and key not in view.refuses
            self.heard.add(edit)
            if news and edit not in self.told:
                self.fault("swallowed", system, f"{before.entity.id}.{key}={value!r} (told by its history)", excuse)

    def _stamps(self, before: Dossier, system: str, remote_id: str, record: Record | None) -> dict[str, int | None]:
        if record is not None:
            return dict(record.by)
        row = before.replica(system)
        gone = row.present and row.remote_id == remote_id
        return {EXISTENCE: self.systems[system].erased.get(remote_id)} if gone else {}

    def _scar(self, system: str, remote_id: str, record: Record | None, *, answer: bool) -> str:
        """What happened to this record since it was last judged; it has been judged now, with its history if it has one
        and this is not the `answer` to a write.
        """
        if record is None:
            return Cause.LATE if remote_id in self.systems[system].late else ""
        if not (answer and record.history):
            self.systems[system].healed(record)
        return min((cause for cause, _ in record.scars), default="")

    def _excuse(self, before: Dossier, system: str, record: Record | None) -> str:
        """Why an event that nobody authored could not be told from an edit by anyone without the system's history."""
        row, dump = before.replica(system), 0 if record is None else record.dump
        self.looked -= {each for each in self.looked if each[0] == system and each[1] > dump}  # read before those
        if record is None:
            return ""
        first = record.dump > 0 and (system, record.dump) not in self.looked
        self.looked.add((system, record.dump))
        if first and record.mixed:
            return Cause.MIXED
        # Where a history is kept, an answer that showed more is not judged: a dump may come before its read.
        answered = self.systems[system].ability.keeps and record.version > row.version
        if first and (answered or not row.present):
            return Cause.UNSEEN
        counts = self.systems[system].ability.clocked is False and (record.dump or not row.present)
        return Cause.COUNTED if counts else ""

    def _no_news(self, before: Dossier, judgement: Judgement, system: str, edit: tuple[str, Value]) -> bool:
        (key, value), view, row = edit, self.rules.views[system], before.replica(system)
        if key == EXISTENCE:
            return not before.entity.exists or (row.intent is not None and row.intent.doing is Doing.DELETE)
        if field_name(key) not in view.reads:
            return True
        asked: Document = row.intent.asked if row.intent else {}
        entity = judgement.dossier.entity if judgement.told else before.entity
        same = [entity.value(key), asked.get(key)]
        if all(key not in told.draft.changes for told in judgement.told):  # else it is another than what was known
            same.append(row.known.get(key) if row.known else None)
        return any(value in (each, view.normal(key, each)) for each in same)

    # ── At the end ───────────────────────────────────────────────────────────────────────────────────────────────────

    def at_the_end(self, tables: Tables, outcomes: Mapping[str, int]) -> None:
        """Convergence, one record per entity and system, dots told once, the log folding to what was kept."""
        twins = self.undecided(tables)
        for dossier in tables.dossiers.values():
            entity = dossier.entity
            told = [draft for draft in tables.log if draft.entity == entity.id]
            if fold_all(Entity(type=entity.type, id=entity.id), told) != replace(entity, position=0):
                self.fault("fold differs", "", entity.id)
            if len({draft.dot for draft in told}) != len(told):
                self.fault("a dot twice", "", entity.id)
            for system, view in self.rules.views.items():
                if not view.feed and entity.value(KEY) not in twins:
                    self._converged(dossier, system, view)
        living = {dossier.entity.value(KEY) for dossier in tables.dossiers.values()}
        for name, each in self.systems.items():
            for record in each.records.values():
                known = (name, record.remote_id) in tables.bound or record.fields.get(KEY) in living
                if not known and not self.dangles(name, record):
                    self.fault("a record of nobody's", name, f"{record.remote_id}, {record.fields.get(KEY)}")
            keys = Counter(str(record.fields.get(KEY)) for record in each.records.values())
            for key in (key for key, n in keys.items() if n > 1):
                self.fault("duplicate record", name, key)
        self._writes(tables, outcomes)

    def undecided(self, tables: Tables) -> set[Value]:
        """Natural keys that wait for a person: two entities have one, or a record that is nobody's has somebody's; and
        those that stay taken because of that.
        """
        strangers = {
            record.fields.get(KEY)
            for name, system in self.systems.items()
            for record in system.records.values()
            if (name, record.remote_id) not in tables.bound
        }
        stuck = tables.twins() | strangers
        while True:
            taken = {
                record.fields.get(KEY)
                for name, system in self.systems.items()
                for record in system.records.values()
                if (bound := tables.bound.get((name, record.remote_id))) is not None
                and tables.dossiers[bound].entity.value(KEY) in stuck
            }
            if taken <= stuck:
                return stuck
            stuck |= taken

    def dangles(self, system: str, record: Record) -> bool:
        """Whether a record refers to what was deleted there before anybody had read it: it waits, and is listed."""
        named = [record.fields.get(key) for key in self.rules.schema.references]
        return any(value is not None and self.inward(system, value) is None for value in named)

    def _converged(self, dossier: Dossier, system: str, view: View) -> None:
        row, entity = dossier.replica(system), dossier.entity
        record = self.systems[system].records.get(row.remote_id or "")
        whole = view.schema.part_of
        if record is None and whole is not None and self.inward("", entity.value(whole)) is None:
            return  # a part that belongs to nothing is made nowhere
        if (record is not None) != entity.exists:
            self.fault("diverged", system, f"{entity.id} exists: {entity.exists}, there: {record is not None}")
        if record is None or not entity.exists:
            return
        for key, value in view.wanted(entity).items():
            left = view.refuses.get(field_name(key)) is Refusal.LEAVE
            tired = any(turn.startswith(f"{key}=") and n > TURNS_MAX for turn, n in row.turns.items())
            there, wanted = self.inward(system, record.fields.get(key)), self.inward("", value)
            if there != view.normal(key, wanted) and not left and not tired:
                self.fault("diverged", system, f"{entity.id}.{key}: {wanted!r} wanted, {there!r} there")

    def _writes(self, tables: Tables, outcomes: Mapping[str, int]) -> None:
        """An event causes at most one write per system; what was put back, or refused, one more."""
        events = sum(draft.act is Act.CHANGE for draft in tables.log)
        written = sum(system.written for system in self.systems.values())
        writable = sum(not view.feed for view in self.rules.views.values())
        reasons = events * writable + outcomes.get(Outcome.REGRESSION, 0) + outcomes.get(Outcome.REFUSED, 0)
        if written > reasons:
            self.fault("more writes than reasons", "", f"{written} writes, {events} events, {reasons} reasons")
