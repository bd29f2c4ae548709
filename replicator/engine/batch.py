"""A batch of writes: which of the due entities are written now, in which order, and what each is given. Pure.

Parents come before what refers to them; a reference to a record made earlier in the same batch is named, not known
(PENDING). In a cycle, or where a type refers to itself, a record is made without the reference and updated after.
Deletes come last, children first. What refers to something that has no record there yet waits: that is not an
attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from replicator.connectors.base import Action, Write
from replicator.core.document import Value
from replicator.core.marker import Marker
from replicator.core.plan import Plan
from replicator.core.replica import Doing, Replica
from replicator.core.schema import EntityType
from replicator.engine.references import Unplaced, outward
from replicator.log.dossiers import Place

ACTIONS = {Doing.CREATE: Action.CREATE, Doing.UPDATE: Action.UPDATE, Doing.DELETE: Action.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entity that is due: its plan, its row with the intent, the marker to leave."""

    entity: str
    schema: EntityType
    rank: int
    planned: Plan
    row: Replica
    marker: Marker | None


@dataclass(frozen=True, slots=True)
class Batch:
    """The writes of one call, in order, each with the item it pays; and what has to wait, with the reason."""

    writes: Sequence[tuple[Item, Write]]
    waiting: Mapping[str, str]


def compose(items: Sequence[Item], places: Mapping[str, Place]) -> Batch:
    """Order the items and translate their references. `places`: where every entity that is referred to stands."""
    kept = sorted((item for item in items if item.planned.doing is not Doing.DELETE), key=lambda item: item.rank)
    deletes = sorted((item for item in items if item.planned.doing is Doing.DELETE), key=lambda item: -item.rank)
    writes: list[tuple[Item, Write]] = []
    pending: set[str] = set()
    open_items, waiting = list(kept), dict[str, str]()
    while open_items:
        placed, left, waiting = _round(open_items, places, pending)
        if not placed and not (placed := _broken_cycle(left, places, pending)):
            break
        writes += placed
        done = {item.entity for item, _ in placed}
        pending |= {item.entity for item, write in placed if write.action is Action.CREATE}
        open_items = [item for item in open_items if item.entity not in done]
    unpaid = {item.entity for item in open_items}
    writes += [(item, _write(item, {}, {})) for item in deletes]
    return Batch(writes, {entity: reason for entity, reason in waiting.items() if entity in unpaid})


def _round(
    items: Sequence[Item], places: Mapping[str, Place], pending: set[str]
) -> tuple[list[tuple[Item, Write]], list[tuple[Item, Unplaced]], dict[str, str]]:
    """What can be written now, given what is there or was made earlier in this batch."""
    placed: list[tuple[Item, Write]] = []
    left: list[tuple[Item, Unplaced]] = []
    for item in items:
        fields, missing = outward(item.schema, item.planned.fields, places, pending)
        whole, missing_whole = outward(item.schema, item.planned.whole, places, pending)
        if missing is None and missing_whole is None:
            placed.append((item, _write(item, fields, whole)))
        else:
            left.append((item, missing or missing_whole or Unplaced("", "")))
    waiting = {
        item.entity: f"{missing.field} refers to {missing.entity}, which is not there yet" for item, missing in left
    }
    return placed, left, waiting


def _broken_cycle(
    left: Sequence[tuple[Item, Unplaced]], places: Mapping[str, Place], pending: set[str]
) -> list[tuple[Item, Write]]:
    """Of records that wait for one another, make the first without the reference; it stays due for the rest."""
    entities = {item.entity for item, _ in left}
    for item, missing in left:
        if missing.entity in entities and item.planned.doing is Doing.CREATE and missing.field != item.schema.part_of:
            bare = _without(item, missing.field)
            fields, still = outward(item.schema, bare.planned.fields, places, pending)
            if still is None:
                return [(bare, _write(bare, fields, fields))]
    return []


def _without(item: Item, field: str) -> Item:
    fields: dict[str, Value] = {key: value for key, value in item.planned.fields.items() if key != field}
    intent = item.row.intent
    row = item.row if intent is None else replace(item.row, intent=replace(intent, asked=fields))
    return replace(item, planned=replace(item.planned, fields=fields, whole=fields), row=row)


def _write(item: Item, fields: Mapping[str, Value], whole: Mapping[str, Value]) -> Write:
    intent = item.row.intent
    return Write(
        type=item.schema.name,
        action=ACTIONS[item.planned.doing],
        entity=item.entity,
        sync_id=intent.sync_id if intent else "",
        remote_id=item.row.remote_id,
        fields=fields,
        whole=whole,
        marker=item.marker,
    )
