"""A portrait of one entity: its state with the author of every field, and what each system holds, was asked, is owed.

An entity is named by its id, by a natural key (`product:handle:tee`, or `product:tee`), or by its record at a system
(`medusa:product:prod_01`), also one that is gone: the log knows whose it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.dossier import Dossier
from replicator.core.entity import Cell
from replicator.core.event import Event
from replicator.core.plan import plan
from replicator.core.replica import Replica
from replicator.core.view import View
from replicator.engine.shop import Shop
from replicator.errors import ReplicatorError
from replicator.log import claims, conflicts, deliveries, dossiers, events, past
from replicator.log.database import Database

NAME_PARTS_MAX = 3
ALL_PARTS = 3


class UnknownEntity(ReplicatorError):
    """Nothing of that name is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldState:
    """One field: its value, the dot that put it there, when (by the log's clock), and whether it is written."""

    key: str
    value: Any
    origin: str
    n: int
    since: datetime
    state: str  # settled | frozen | undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field of which a system knows, was asked, or is owed something else than another of these says."""

    key: str
    known: Any
    asked: Any
    wanted: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one system holds. `state`: the same as wanted | due | absent | not carried | held, in words."""

    system: str
    state: str
    remote_id: str | None = None
    version: int = 0
    sync_id: str | None = None
    writing: str | None = None
    held: str | None = None
    owed: str | None = None
    differences: Sequence[Difference] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A value that lost against a concurrent one; `decided_by` is who has looked at it."""

    id: int
    entity: str
    type: str
    key: str
    value: Any
    origin: str
    winner: Any
    winner_origin: str
    rule: str
    at: datetime
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """One entity, as the log has it and as every system has it."""

    id: str
    type: str
    exists: bool
    deleted_by: str | None
    keys: Mapping[str, str]
    fields: Sequence[FieldState]
    systems: Sequence[Held]
    conflicts: Sequence[Lost]
    as_of: int | None = None  # of the past: only its fields are told


async def find(conn: AsyncConnection, shop: Shop, name: str) -> str:
    """The id of the entity that is named. Raises UnknownEntity."""
    found = name if is_id(name) and await dossiers.load(conn, [name], lock=False) else None
    parts = name.split(":", NAME_PARTS_MAX - 1)
    if parts[0] in shop.rules:
        key = shop.rules[parts[0]].schema.key_name if len(parts) < ALL_PARTS else parts[1]
        found = next(iter((await claims.find(conn, [(parts[0], key, parts[-1])])).values()), None)
    elif parts[0] in shop.connectors and len(parts) == ALL_PARTS:
        system, kind, remote_id = parts
        named = (system, kind, remote_id)
        held = {**await events.bound(conn, [named]), **await dossiers.by_remote(conn, [named])}
        found = held.get(named)
    if found is None:
        raise UnknownEntity(
            f"nothing is known as {name!r}: name it by its id, as TYPE:FIELD:VALUE (product:handle:tee) "
            "or as SYSTEM:TYPE:ID (medusa:product:prod_01)"
        )
    return found


async def dossier_of(conn: AsyncConnection, entity: str) -> Dossier:
    """The dossier of an entity that is there."""
    state, rows = (await dossiers.load(conn, [entity], lock=False))[entity]
    return Dossier(entity=state, replicas=rows)


async def portray(database: Database, shop: Shop, name: str) -> Portrait:
    """The portrait of the entity that is named. Raises UnknownEntity."""
    async with database.look() as conn:
        entity = await find(conn, shop, name)
        dossier = await dossier_of(conn, entity)
        owed = {each.system: each for each in await deliveries.of_entity(conn, entity)}
        keys = dict(await claims.of_entity(conn, entity))
        kept = await conflicts.of_entity(conn, entity)
    state = dossier.entity
    return Portrait(
        id=entity,
        type=state.type,
        exists=state.exists,
        deleted_by=state.deleted.origin if state.deleted else None,
        keys=keys,
        fields=[_field(key, cell) for key, cell in sorted(state.cells.items())],
        systems=[_held(dossier, system, shop.view(system, state.type), owed.get(system)) for system in shop.connectors],
        conflicts=[lost(each) for each in kept],
    )


async def portray_past(database: Database, shop: Shop, name: str, said: str) -> Portrait:
    """The entity that is named, as it was at a position or time. Raises UnknownEntity, also where it was not there."""
    async with database.look() as conn:
        entity, position = await find(conn, shop, name), await past.place(conn, said)
        state = (await past.as_of(conn, [entity], position)).get(entity)
    if state is None:
        raise UnknownEntity(f"{name} was not there yet at position {position}")
    return Portrait(
        id=entity,
        type=state.type,
        exists=state.exists,
        deleted_by=state.deleted.origin if state.deleted else None,
        keys={},
        fields=[_field(key, cell) for key, cell in sorted(state.cells.items())],
        systems=(),
        conflicts=(),
        as_of=position,
    )


def lost(kept: conflicts.Kept) -> Lost:
    """A conflict as plain data."""
    return Lost(
        id=kept.id,
        entity=kept.entity,
        type=kept.type,
        key=kept.conflict.key,
        value=kept.conflict.loser,
        origin=kept.conflict.loser_dot.origin,
        winner=kept.conflict.winner,
        winner_origin=kept.conflict.winner_dot.origin,
        rule=kept.conflict.rule,
        at=kept.at,
        decided_by=kept.decided_by,
    )


def told(event: Event) -> dict[str, Any]:
    """An event as plain data, its draft and its place in the log in one."""
    draft = {each.name: getattr(event.draft, each.name) for each in fields(event.draft)}
    place = {"position": event.position, "recorded": event.recorded}
    return {**place, **draft, "erased": sorted(event.erased), "digest": event.digest, "chain": event.chain}


def _field(key: str, cell: Cell) -> FieldState:
    return FieldState(
        key=key,
        value=cell.value,
        origin=cell.dot.origin,
        n=cell.dot.n,
        since=datetime.fromtimestamp(cell.clock / 1_000_000, UTC),
        state="frozen" if cell.frozen else "undecided" if cell.undecided else "settled",
    )


def _held(dossier: Dossier, system: str, view: View | None, owed: deliveries.Delivery | None) -> Held:
    if view is None:
        return Held(system=system, state="not carried there")
    row = dossier.replica(system)
    planned = plan(dossier.entity, row, view)
    state = "as wanted" if row.present else "not there"
    if planned is not None:
        state = f"{planned.doing} is due"
    return Held(
        system=system,
        state="held" if row.held else state,
        remote_id=row.remote_id,
        version=row.version,
        sync_id=row.sync_id,
        writing=row.intent.sync_id if row.intent else None,
        held=row.held,
        owed=_owed(owed),
        differences=_differences(dossier, row, view),
    )


def _owed(owed: deliveries.Delivery | None) -> str | None:
    if owed is None:
        return None
    tried = f", {owed.attempts} attempts" if owed.attempts else ""
    return f"{owed.state}{tried}" + (f": {owed.last_error}" if owed.last_error else "")


def _differences(dossier: Dossier, row: Replica, view: View) -> list[Difference]:
    """Fields whose known, asked and wanted values are not all the same."""
    if not row.present:
        return []
    known, wanted = dict(row.known or {}), view.wanted(dossier.entity)
    found = [
        Difference(key=key, known=known.get(key), asked=row.asked.get(key), wanted=wanted.get(key, row.asked.get(key)))
        for key in sorted({*known, *row.asked, *wanted})
    ]
    return [each for each in found if not each.known == each.asked == each.wanted]


def is_id(name: str) -> bool:
    """Whether this has the form of an entity's id: only then may the database be asked for it."""
    try:
        return str(UUID(name)) == name.lower()
    except ValueError:
        return False
