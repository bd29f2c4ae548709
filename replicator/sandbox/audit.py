"""The audit: loops, lost edits, duplicates and differences, counted from the ledger and from what the systems show.

**record**: one thing across systems. Records are put together by natural key, by remote id, and for what a source
offers by sku, because the source knows nothing of the handles that the replicator makes. **edit**: a write by a person,
a new version of what a source offers, or what a system has had from its start; an operator's act counts once per record
there. **loop**: a write of the replicator beyond one per edit and other system. Excepted: the repetition of a write
whose answer we lost, and a write that takes back an edit which lost. **lost edit**: a person's value that the
replicator was shown, and that is neither current, nor replaced by a person who saw it, nor gone with its record, nor
told as conflict or refusal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from replicator.sandbox.ledger import FEED, OPERATOR, REPLICATOR, Entry, Ledger
from replicator.sandbox.records import Records, plain
from replicator.sandbox.world import Shown

END = "end"
EXISTENCE = "*"
SETS = ("categories", "tags")  # concurrent edits of these are joined member by member
DETAILS_MAX = 200  # more than a person reads; the counts are complete


@dataclass(frozen=True, slots=True)
class Excused:
    """What the replicator itself lists: values told as conflict or refusal, and fields left different on purpose."""

    values: frozenset[tuple[str, str, str, str]] = frozenset()
    fields: frozenset[tuple[str, str, str]] = frozenset()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Excused:
        """From `{"conflicts": [{"type", "key", "field", "value"}], "refused": likewise, "frozen": without value}`."""
        valued = [*told.get("conflicts", []), *told.get("refused", [])]
        return cls(
            values=frozenset((each["type"], each["key"], each["field"], plain(each["value"])) for each in valued),
            fields=frozenset((each["type"], each["key"], each["field"]) for each in told.get("frozen", [])),
        )


@dataclass(slots=True)
class Report:
    """The counts, and what they are made of."""

    loops: int = 0
    lost_edits: int = 0
    duplicates: int = 0
    diverged: int = 0
    details: list[dict[str, object]] = field(default_factory=list)

    def found(self, kind: str, count: int = 1, **told: object) -> None:
        """Count a finding of that kind."""
        setattr(self, kind, getattr(self, kind) + count)
        if len(self.details) < DETAILS_MAX:
            self.details.append({"kind": kind, "count": count, **told})


def audit(ledger: Ledger, shown: Mapping[str, list[Shown]], excused: Excused) -> Report:
    """Everything that is wrong."""
    report = Report()
    records = Records(ledger.entries, shown)
    _loops(ledger, records, report)
    _lost_edits(ledger.entries, records, excused, report)
    _duplicates(ledger.entries, shown, report)
    _diverged(records, excused, report)
    return report


def _loops(ledger: Ledger, records: Records, report: Report) -> None:
    end = ledger.marks.get(END)
    acts = [entry for entry in ledger.entries if entry.account == OPERATOR]
    for record, entries in records.entries.items():
        ours = [each for each in entries if each.account == REPLICATOR and each.action != "cascade"]
        for system in sorted({each.system for each in ours}):
            here = [each for each in ours if each.system == system]
            before = [each for each in here if end is None or each.n < end]
            allowed = sum(1 for each in entries if each.system != system and _is_edit(each))
            allowed += len(_there_from_the_start(records, record) - {system})
            allowed += sum(1 for act in acts if act.system == system and act.n > entries[0].n)
            allowed += sum(1 for each in before if each.request is not None and not each.request.answered)
            allowed += sum(1 for each in entries if each.system == system and _taken_back(each, entries))
            excess = max(0, len(before) - allowed)
            after = len(here) - len(before)
            if excess or after:
                report.found(
                    "loops",
                    excess + after,
                    system=system,
                    record=records.name(record),
                    writes=len(before),
                    allowed=allowed,
                    after_end=after,
                )


def _there_from_the_start(records: Records, record: int) -> set[str]:
    """The systems that show it and where nobody made it: a fresh Medusa has its store and its currencies."""
    made = {each.system for each in records.entries[record] if each.action == "create"}
    return set(records.living.get(record, {})) - made


def _is_edit(entry: Entry) -> bool:
    return (entry.by_person or entry.account == FEED) and (bool(entry.changes) or entry.action != "update")


def _taken_back(edit: Entry, entries: list[Entry]) -> bool:
    """Whether an edit here lost: we replaced its value although nobody edited the field elsewhere since."""
    if not edit.by_person:
        return False
    for name, (_, value) in edit.changes.items():
        for later in entries:
            if later.n <= edit.n or name not in later.changes:
                continue
            if later.system != edit.system and _is_edit(later):
                break  # a newer edit elsewhere has its own allowance
            if later.system == edit.system:
                if later.account == REPLICATOR and later.changes[name][0] == value:
                    return True
                break
    return False


def _lost_edits(entries: Iterable[Entry], records: Records, excused: Excused, report: Report) -> None:
    for entry in entries:
        if not entry.by_person or entry.action in ("delete", "cascade"):
            continue
        record = records.of(entry)
        for name in sorted(entry.observed & set(entry.changes)):
            if not _kept(entry, name, records, record) and not _told(entry, name, records, record, excused):
                report.found(
                    "lost_edits",
                    system=entry.system,
                    record=records.name(record),
                    field=name,
                    value=plain(entry.changes[name][1]),
                    entry=entry.n,
                )


def _kept(entry: Entry, name: str, records: Records, record: int) -> bool:
    """Whether the value is current, or went with the record, or was replaced by a person who saw it."""
    before, after = entry.changes[name]
    current = records.shown_at(record, entry.system)
    if current is None:
        return any(each.n > entry.n and each.by_person and each.action == "delete" for each in records.entries[record])
    later = [
        each.changes[name]
        for each in records.entries[record]
        if each.n > entry.n and each.by_person and name in each.changes
    ]
    if name in SETS:
        return _members_kept((before, after), current.fields.get(name), later)
    return current.fields.get(name) == after or any(seen == after for seen, _ in later)


def _members_kept(change: tuple[object, object], current: object, later: list[tuple[object, object]]) -> bool:
    """Each member that was added is there and each removed is not, unless somebody later turned that round."""
    before, after, now = _set(change[0]), _set(change[1]), _set(current)
    removed_later = {member for seen, left in later for member in _set(seen) - _set(left)}
    added_later = {member for seen, left in later for member in _set(left) - _set(seen)}
    return (after - before) <= (now | removed_later) and not ((before - after) & (now - added_later))


def _set(value: object) -> set[object]:
    return set(value) if isinstance(value, list | tuple) else set()


def _told(entry: Entry, name: str, records: Records, record: int, excused: Excused) -> bool:
    value = plain(entry.changes[name][1])
    return any(
        (entry.type, key, each, value) in excused.values for key in records.keys(record) for each in (name, EXISTENCE)
    ) or any((entry.type, key, name) in excused.fields for key in records.keys(record))


def _duplicates(entries: Iterable[Entry], shown: Mapping[str, list[Shown]], report: Report) -> None:
    made_by_us = {
        (each.system, each.type, each.remote_id)
        for each in entries
        if each.account == REPLICATOR and each.action == "create"
    }
    for system, living in shown.items():
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in living:
            if each.key:
                groups[each.type, f"key {each.key}"].append(each.remote_id)
            if each.type == "product" and (system, each.type, each.remote_id) in made_by_us:
                place = f"title {each.fields.get('title')} in {plain(each.fields.get('categories'))}"
                groups[each.type, place].append(each.remote_id)
        for (type_, what), remote_ids in groups.items():
            if len(set(remote_ids)) > 1:
                told = {"system": system, "type": type_, "what": what, "remote_ids": sorted(set(remote_ids))}
                report.found("duplicates", len(set(remote_ids)) - 1, **told)


def _diverged(records: Records, excused: Excused, report: Report) -> None:
    for record, at in sorted(records.living.items()):
        type_, key = records.name(record)
        carriers = records.carriers(type_)
        missing = sorted(carriers - set(at))
        if missing and not any((type_, each, EXISTENCE) in excused.fields for each in records.keys(record)):
            report.found("diverged", len(missing), record=(type_, key), field=EXISTENCE, missing=missing)
        for name in sorted({name for each in at.values() for name in each.fields}):
            values = {system: each.fields[name] for system, each in at.items() if name in each.fields}
            apart = len({plain(value) for value in values.values()}) - 1
            if apart > 0 and not any((type_, each, name) in excused.fields for each in records.keys(record)):
                told = {system: plain(value) for system, value in values.items()}
                report.found("diverged", apart, record=(type_, key), field=name, values=told)
