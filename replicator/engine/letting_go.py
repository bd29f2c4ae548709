"""Letting go: a system that drops its references to what is deleted makes no edit.

Deleting a category, ours to do or anybody's, empties the columns that named it (`on delete set null`, a junction's
cascade). Of that nobody is the author, and it says nothing that the deletion has not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from replicator.core.document import Document, Value, members
from replicator.core.replica import Replica
from replicator.engine.desk import Desk, Recognised
from replicator.log import dossiers


async def let_go(desk: Desk, recognised: Sequence[Recognised]) -> None:
    """Forget, of what a record is known to hold, the references to the dead that it shows no more."""
    dropped = {(each.entity, each.read.system): dict(_dropped(desk, each)) for each in recognised}
    named = sorted({entity for fields in dropped.values() for lost in fields.values() for entity in lost})
    if not named:
        return
    there = await dossiers.places(desk.conn, recognised[0].read.system, named)
    dead = {entity for entity, place in there.items() if not place.exists}
    for (entity, system), fields in dropped.items():
        if entity is not None and any(lost & dead for lost in fields.values()):
            dossier = desk.dossiers[entity]
            row = dossier.replica(system)
            known = {**(row.known or {}), **{name: _without((row.known or {})[name], dead) for name in fields}}
            desk.add(dossier.with_replica(replace(row, known=known)))


def _dropped(desk: Desk, each: Recognised) -> Iterator[tuple[str, set[str]]]:
    """The references that a record is known to hold and does not show: field → entities."""
    row: Replica | None = desk.dossiers[each.entity].replica(each.read.system) if each.entity in desk.dossiers else None
    if row is None or row.known is None or each.fields is None:
        return
    schema = desk.shop.rules[each.read.record.type].schema
    shown: Document = each.fields
    for name in schema.references:
        if name != schema.part_of and name in shown and (lost := _all(row.known.get(name)) - _all(shown[name])):
            yield name, lost


def _all(value: Value) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list | tuple) else {str(value)} if value else set()


def _without(value: Value, dead: set[str]) -> Value:
    if isinstance(value, list | tuple):
        return members([str(each) for each in value if each not in dead])
    return None if value in dead else value
