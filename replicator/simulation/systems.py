"""Model systems: the outside world of the simulation, which knows nothing of us.

A system holds records. People edit them; calls of ours land at once, later, or never; last night's dump is put back.
Each value carries the number of the person's edit that put it there: the truth that `audit` compares our log with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from replicator.core.document import Value, money
from replicator.core.marker import Marker
from replicator.core.replica import Doing
from replicator.simulation.annals import Kept, kept

STARTS = 1000  # the time at which every history begins: later than any clock is behind, so that its times are times
KEY = "sku"  # the natural key: unique among the records of a system; only an old state brought back changes it


class Cause(StrEnum):
    """Why an edit, or who made it, cannot be told by markers: what is counted and never hidden."""

    OLD_COPY = "an old copy was saved again"
    LATE = "a write landed after its deadline"
    COPIED = "a record was copied before anyone had looked at it"
    UNHEARD = "no marker, and nobody heard what became of a write"
    MIXED = "a dump was put back and changed before anyone looked"
    UNSEEN = "a dump was put back in a state never seen"
    COUNTED = "a dump was put back where versions only count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What a system can do. `clocked`: its versions are times (False: they count writes, None: there are none)."""

    name: str
    marks: bool = False
    tells: bool = False  # it names the author of the present content
    keeps: bool = False  # it keeps every change with its author
    lowers: bool = False  # it gives titles back in lower case
    rounds: bool = False  # it gives prices back in whole units
    clocked: bool | None = True
    ahead: int = 0  # by how much its clock is ahead of ours
    halves: bool = False  # a record being created can be seen half-made


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record at one moment. `by`: key → the edit that put its value there (absent: we did)."""

    remote_id: str
    fields: Mapping[str, Value]
    by: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    marker: Marker | None = None
    wrote: str | None = None
    dump: int = 0  # how many dumps had been put back, with this one (0: it is from none)
    lacking: str = ""  # what the answer did not have at all: a key, or the `history`
    mixed: bool = False  # it was changed after that, so that it is neither the dump nor what was there before
    known: bool = False  # it was judged at least once
    scars: frozenset[tuple[Cause, int]] = frozenset()  # what happened to it since it was last judged, numbered
    history: tuple[Kept, ...] = ()  # how it came to be so, where its system keeps that


@dataclass(slots=True, kw_only=True)
class Call:
    """A write of ours on its way. `shows` and `lands` are times; `answers`: whether we hear what became of it."""

    doing: Doing
    remote_id: str | None
    fields: Mapping[str, Value]
    marker: Marker
    deadline: float  # until which it may land
    revision: int = 0  # that its intent was stored with
    lands: float = math.inf
    answers: bool = True
    shows: float = math.inf
    shown: str | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call: the record as it stands then, or why it was not carried out."""

    record: Record | None = None
    refused: str | None = None


class System:
    """One system: its records, what was deleted and by whom, its dumps, and the calls on their way to it."""

    def __init__(self, ability: Ability, prefix: str = "") -> None:
        self.ability, self.prefix = ability, prefix or ability.name  # of remote ids
        self.records: dict[str, Record] = {}
        self.erased: dict[str, int | None] = {}  # remote id → the edit that deleted it (None: we did)
        self.late: set[str] = set()  # records that we deleted after the deadline of the call
        self.gone: set[int] = set()  # edits whose values were replaced here since; a dump may bring them back
        self.backups: dict[int, Record] = {}  # by the step that took them
        self.calls: list[Call] = []
        self.made = 0
        self.changes = 0
        self.hurts = 0
        self.restores = 0
        self.written = 0  # writes of ours that were carried out

    def normal(self, key: str, value: Value) -> Value:
        """The form in which this system keeps a value."""
        if self.ability.lowers and key == "title" and isinstance(value, str):
            return value.lower()
        if self.ability.rounds and key.startswith("price") and isinstance(value, Mapping):
            return money(str(value["amount"]).partition(".")[0], str(value["currency"]))
        return value

    def holder(self, key: Value) -> Record | None:
        """The record with this natural key."""
        return next((each for each in self.records.values() if each.fields.get(KEY) == key), None)

    def by_person(self, remote_id: str | None, fields: Mapping[str, Value], edits: Mapping[str, int], now: int) -> str:
        """A person makes a record or changes one. Of the fields, those in `edits` are meant."""
        present = self.records.get(remote_id) if remote_id else None
        present = present or self._empty()
        if present.wrote is not None and not present.known and not self.ability.marks:
            present = self._scarred(present, Cause.UNHEARD)  # now not even the system itself tells that we made it
        values = {key: self.normal(key, value) for key, value in fields.items()}
        by = {key: edit for key, edit in present.by.items() if key not in values}
        return self._keep(replace(present, fields={**present.fields, **values}, by={**by, **edits}, wrote=None), now)

    def bring_back_marker(self, copy: Record) -> None:
        """An old copy was saved, and with it the marker it had."""
        self._put(replace(self.records[copy.remote_id], marker=copy.marker))
        self.scar(copy.remote_id, Cause.OLD_COPY)

    def copied(self, remote_id: str, fields: Mapping[str, Value], edits: Mapping[str, int], now: int) -> str:
        """A person makes a copy of a record, marker and all, with another natural key."""
        marker, known = self.records[remote_id].marker, self.records[remote_id].known
        made = replace(self._empty(), fields=dict(fields), by=dict(edits), marker=marker)
        kept = self._keep(made, now)
        for each in () if known else (remote_id, kept):
            self.scar(each, Cause.COPIED)
        return kept

    def scar(self, remote_id: str, cause: Cause) -> None:
        """Note on a record what happened to it, until it is judged."""
        present = self.records.get(remote_id)
        if present is not None:
            self.records[remote_id] = self._scarred(present, cause)

    def healed(self, judged: Record) -> None:
        """What had happened to a record when it was read has been judged."""
        present = self.records.get(judged.remote_id)
        if present is not None:
            scars = frozenset(each for each in present.scars if each not in judged.scars or each[0] is Cause.LATE)
            self.records[judged.remote_id] = replace(present, scars=scars, known=True)

    def erase(self, remote_id: str, edit: int | None) -> None:
        """The record is deleted, by a person's edit or (None) by us."""
        self.gone |= set(self.records.pop(remote_id).by.values())
        self.erased[remote_id] = edit

    def back_up(self, remote_id: str, step: int) -> None:
        """A dump is taken of one record."""
        self.backups[step] = self.records[remote_id]

    def restore(self, backup: Record) -> bool:
        """A dump is put back, marker, version and all; not over another record with the same natural key."""
        holder = self.holder(backup.fields[KEY])
        if holder is not None and holder.remote_id != backup.remote_id:
            return False
        self.restores += 1
        over = self.records.get(backup.remote_id)
        mixed = backup.mixed or (over is not None and over.dump > 0)
        self._put(replace(backup, dump=self.restores, mixed=mixed))
        return True

    def advance(self, now: int) -> list[str]:
        """Carry out the calls that are due; the records touched, of which hooks tell."""
        touched = []
        for call in list(self.calls):
            if call.shows <= now and call.shown is None and self.holder(call.fields.get(KEY)) is None:
                call.shown = self._keep(self._ours(self._empty(), call, only=(KEY, "title")), now)
                if not (call.answers or self.ability.marks or self.ability.tells):
                    self.scar(call.shown, Cause.UNHEARD)
                if call.lands >= call.deadline:
                    self.scar(call.shown, Cause.LATE)
                touched.append(call.shown)
            if call.lands <= now:
                self.calls.remove(call)
                answer = self.land(call, now)
                call.answer = answer if call.answers else None
                touched += [each for each in (call.remote_id, answer.record and answer.record.remote_id) if each]
        return touched

    def land(self, call: Call, now: int) -> Answer:
        """Carry out a call, and note what cannot be told afterwards: that it came too late, or that nobody heard of it
        and no sign is left.
        """
        answer = self._carry_out(call, now)
        touched = answer.record.remote_id if answer.record else call.remote_id or ""
        if now >= call.deadline:
            self.scar(touched, Cause.LATE)
            self.late |= {touched} if call.doing is Doing.DELETE else set()
        if not (call.answers or self.ability.marks or self.ability.tells):
            self.scar(touched, Cause.UNHEARD)
        return answer

    def _carry_out(self, call: Call, now: int) -> Answer:
        if call.doing is Doing.CREATE:
            holder = self.holder(call.fields.get(KEY))
            if holder is not None and holder.remote_id != call.shown:
                return Answer(refused="clash")
            self.written += 1
            made = self._keep(self._ours(holder or self._empty(), call), now)
            return Answer(self.records[made])
        present = self.records.get(call.remote_id or "")
        if call.doing is Doing.DELETE:
            if present is not None:
                self.written += 1
                self.erase(present.remote_id, None)
            return Answer()
        if present is None:
            return Answer(refused="gone")
        holder = self.holder(call.fields[KEY]) if KEY in call.fields else None
        if holder is not None and holder.remote_id != present.remote_id:
            return Answer(refused="clash")
        self.written += 1
        return Answer(self.records[self._keep(self._ours(present, call), now)])

    def _ours(self, present: Record, call: Call, only: tuple[str, ...] | None = None) -> Record:
        values = {key: self.normal(key, value) for key, value in call.fields.items() if only is None or key in only}
        return replace(
            present,
            fields={**present.fields, **values},
            by={key: edit for key, edit in present.by.items() if key not in values},
            marker=call.marker if self.ability.marks else None,
            wrote=call.marker.sync_id,
        )

    def _scarred(self, present: Record, cause: Cause) -> Record:
        self.hurts += 1
        return replace(present, scars=present.scars | {(cause, self.hurts)})

    def _empty(self) -> Record:
        self.made += 1
        return Record(remote_id=f"{self.prefix}-{self.made}", fields={})

    def _keep(self, record: Record, now: int) -> str:
        following = record.version + 1  # no two states of a record in the same millisecond
        counted = {None: 0, True: max(now + self.ability.ahead, following), False: following}[self.ability.clocked]
        record = replace(record, version=counted, mixed=record.dump > 0)
        self._put(replace(record, history=self._history(record, now)))
        return record.remote_id

    def _history(self, record: Record, now: int) -> tuple[Kept, ...]:
        if not self.ability.keeps:
            return ()
        self.changes += 1
        present = self.records.get(record.remote_id)
        before = ({}, {}) if present is None else (present.fields, present.by)
        made = kept(
            before,
            (record.fields, record.by),
            number=self.changes,
            version=record.version,
            time=now + self.ability.ahead,
            wrote=record.wrote,
        )
        return (*record.history, made)

    def _put(self, record: Record) -> None:
        before = self.records.get(record.remote_id)
        if before is not None:
            self.gone |= {edit for key, edit in before.by.items() if record.by.get(key) != edit}
        self.records[record.remote_id] = record
