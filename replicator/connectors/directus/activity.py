"""What Directus' own history tells: its activity (who did what to which item, by which call) and revisions. Pure.

Both are written in the item's transaction. The entry that made the content of a row is the one whose revision bears
the very date that the row bears: no clocks are compared, an entry newer than our reading is left aside, and a row that
was changed past the history (by SQL, by a cascade) keeps its last date and is still compared, content by content. On
the same item entries are numbered in the order of their commits, because the row is locked when the number is given.

Without revisions, or a right to read them, the row itself names its last writer; our own writes it cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicator.connectors.base import Attribution
from replicator.connectors.directus import shape
from replicator.connectors.directus.layout import Layout
from replicator.connectors.directus.signing import sync_id_of
from replicator.connectors.revision import Revision
from replicator.core.document import Value
from replicator.core.schema import Kind
from replicator.errors import BadAnswer, CanonicalError

PUBLIC = "public"  # the author of what was written without an account
COLUMNS = "id,action,user,user_agent,timestamp,collection,item,revisions.delta"
DELETE = "delete"
WRITES = ("create", "update", DELETE)
UNTOLD = frozenset({Kind.REFERENCE, Kind.REFERENCES, Kind.MONEY})  # left out there, or not to be told key by key


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One write of one item. `delta`: what was sent, and the dates it was given; None where no revision is kept."""

    number: int
    action: str
    user: str | None
    agent: str | None
    at: int  # ms, when its transaction began, by the clock of the database
    collection: str
    item: str
    delta: Mapping[str, object] | None


def entry(row: shape.Row) -> Entry:
    """An entry from a row of the activity. Raises BadAnswer where it is none."""
    match row:
        case {"id": int(number), "action": str(action), "collection": str(collection), "item": str(item)}:
            user, agent = row.get("user"), row.get("user_agent")
            return Entry(
                number=number,
                action=action,
                user=user if isinstance(user, str) else None,
                agent=agent if isinstance(agent, str) else None,
                at=shape.milliseconds(row.get("timestamp")),
                collection=collection,
                item=item,
                delta=_delta(row.get("revisions")),
            )
        case _:
            raise BadAnswer("a row of the activity names no item")


def _delta(revisions: object) -> Mapping[str, object] | None:
    match revisions:
        case [{"delta": Mapping() as delta}, *_]:
            return delta
        case _:
            return None


def leading(row: shape.Row, entries: Sequence[Entry]) -> list[Entry]:
    """The entries of one item that led to this row, oldest first, the last one having made it; none if that is not
    told.
    """
    ordered = sorted(entries, key=lambda each: each.number)
    updated = shape.milliseconds(row.get("date_updated"))
    for place in reversed(range(len(ordered))):
        each = ordered[place]
        if each.action == "create" if not updated else _dated(each, updated):
            return ordered[: place + 1]
    return []


def _dated(each: Entry, updated: int) -> bool:
    delta = each.delta or {}
    return each.action == "update" and shape.milliseconds(delta.get("date_updated")) == updated


def attribution(row: shape.Row, led: Sequence[Entry], ours: str) -> Attribution | None:
    """Who made this content: one of our writes, somebody else, or unknown."""
    if not led:
        return shape.by_row(row, ours)
    last = led[-1]
    if last.user != ours:
        return Attribution(author=last.user or PUBLIC)
    told = sync_id_of(last.agent, last.item)
    return Attribution(sync_id=told) if told is not None else None


def history(layout: Layout, type_name: str, row: shape.Row, led: Sequence[Entry], ours: str) -> tuple[Revision, ...]:
    """The changes that led to a row, as far as revisions tell what they were. The date of the first, the row has."""
    return tuple(
        Revision(
            number=each.number,
            fields=_fields(layout, type_name, each.delta),
            ours=each.user == ours,
            author=None if each.user == ours else each.user or PUBLIC,
            version=shape.version({**row, "date_updated": None} if each.action == "create" else each.delta),
            at=each.at / 1000,
        )
        for each in led
        if each.delta is not None
    )


def _fields(layout: Layout, type_name: str, delta: Mapping[str, object]) -> dict[str, Value]:
    told: dict[str, Value] = {}
    for name, field in layout.types[type_name].fields.items():
        column = layout.column(type_name, name)
        if field.kind in UNTOLD or column not in delta or layout.pictured(type_name, name):
            continue
        try:
            told |= shape.values(field, delta[column], None)
        except CanonicalError:  # sent in a form that no row would show
            continue
    return told
