"""History: edits that no read has shown, told by a system that keeps a history of its own.

A read shows what stands there now. What stood there between two reads, and above all what somebody typed while a write
of ours to that field was on its way, it cannot show; a system that keeps every change with its author can. So what a
later change has hidden is taken from the history: if somebody else hid it, as an edit like any other before theirs; if
*we* hid it, as one that knew nothing of what we wrote, so that it is concurrent with that and neither is lost.

What the history leaves out (references, cascades, direct SQL) only reads can show; they go on as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from replicator.core.document import Document, Value
from replicator.core.replica import Replica
from replicator.core.vector import Vector
from replicator.core.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of a record, as its system keeps it. `number` grows from each to the next; `fields`: after it;
    `version`: of the record after it.

    `ours`: made by our account. `event_id` and `clock` are for the event that it may become.
    """

    number: int
    fields: Document
    ours: bool
    author: str | None
    event_id: str
    clock: int
    version: int = 0
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """An edit that no read will show: key → (before, after). `ours`: the keys in which a write of ours replaced it."""

    entry: Entry
    changes: Mapping[str, tuple[Value, Value]]
    ours: frozenset[str]

    def context(self, row: Replica) -> Vector:
        """What its author had seen. One entry is one event: where we replaced a part of it, none of it knew of our
        write; of what is written at its own system its author knew all.
        """
        if not self.ours:
            return row.vector
        return {row.system: row.vector[row.system]} if row.system in row.vector else {}

    def stood(self) -> Document:
        """What of it stood there until somebody else replaced it: what comes after it was changed from that."""
        return {key: after for key, (_, after) in self.changes.items() if key not in self.ours}


def hidden(row: Replica, view: View, history: Sequence[Entry]) -> list[Hidden]:
    """The edits in `history` that came after the entry which made what is known, and were hidden by a later one.

    The history ends with the change that made the content that was read with it.
    """
    known = row.entry if row.entry is not None else _made(row, history)
    if known is None or row.known is None:
        return []
    later = [each for each in history if each.number > known]
    standing, found = _before(row, history, later), list[Hidden]()
    for index, each in enumerate(later):
        values = {key: value for key, value in each.fields.items() if key in view.reads}
        edit = {key: (standing.get(key), value) for key, value in values.items() if standing.get(key) != value}
        standing |= values
        edit = _covered(edit, later[index + 1 :], view)
        if edit and not each.ours:
            found.append(Hidden(each, edit, _replaced(edit, later[index + 1 :])))
    return found


def _made(row: Replica, history: Sequence[Entry]) -> int | None:
    """The entry that made what is known, where that was shown without a history: it bears the same version."""
    return next((each.number for each in reversed(history) if each.version == row.version > 0), None)


def _before(row: Replica, history: Sequence[Entry], later: Sequence[Entry]) -> dict[str, Value]:
    """What stood there before `later`: what is known, but for what we wrote since, of which only the history tells."""
    ours = {key for each in later if each.ours for key in each.fields}
    earlier = {key: value for each in history if each not in later for key, value in each.fields.items()}
    return {**(row.known or {}), **{key: earlier.get(key) for key in ours}}


def _covered(
    edit: Mapping[str, tuple[Value, Value]], after: Sequence[Entry], view: View
) -> dict[str, tuple[Value, Value]]:
    """The part of an edit that something later covers; what may not be changed there is left to reads."""
    covering = {key for each in after for key in each.fields}
    return {key: change for key, change in edit.items() if key in covering and key not in view.refuses}


def _replaced(edit: Mapping[str, tuple[Value, Value]], after: Sequence[Entry]) -> frozenset[str]:
    """The keys that we wrote at any time after it: what came between did not know of that write either."""
    return frozenset(key for each in after if each.ours for key in each.fields if key in edit)


def newest(row: Replica, history: Sequence[Entry], *, answer: bool) -> int | None:
    """The newest entry known, once a read is taken in; None: not told. The `answer` to a write tells none, and shows
    nothing that was not known.
    """
    return history[-1].number if history else row.entry if answer else None
