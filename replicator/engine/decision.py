"""Decisions: what a person says about a conflict. Looked at first, then decided under locks, as an event.

A decision's context is what the person saw: where the field has changed between the look and the decision, nothing is
decided, and the person looks again. It settles all open conflicts of that field, frozen and undecided ones too. Where
it changes nothing and there is nothing to settle, it is noted without an event.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import Value, canonical, decimal, members
from replicator.core.entity import Entity
from replicator.core.event import EXISTENCE
from replicator.core.schema import Field, Kind
from replicator.core.vector import Dot
from replicator.engine.portrait import dossier_of, find
from replicator.engine.shop import Shop
from replicator.engine.unit import Unit
from replicator.errors import CanonicalError, ConfigurationError, LogError
from replicator.log import chosen, codec, conflicts
from replicator.log.conflicts import Kept
from replicator.log.database import Database


class Choice(StrEnum):
    """What a person can say."""

    KEEP = "keep"  # what is there stays
    TAKE = "take"  # the value that lost
    VALUE = "value"  # another one


class Moved(LogError):
    """The field is not as the person saw it any more: look again, then decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A conflict as a person sees it: with the field as it is now, and what put it there."""

    kept: Kept
    exists: bool
    present: Value
    dot: Dot | None
    state: str  # settled | frozen | undecided

    @property
    def moved(self) -> bool:
        """Whether neither of the two values is there any more: somebody has changed it since."""
        return self.dot not in (self.kept.conflict.winner_dot, self.kept.conflict.loser_dot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided. `event`: the event that says so, if it took one; `settled`: the conflicts it settles."""

    entity: str
    key: str
    value: Any
    event: str | None
    settled: Sequence[int]


async def see(conn: AsyncConnection, conflict: int) -> Seen:
    """A conflict that nobody has decided about. Raises ConfigurationError where there is none of that number."""
    kept = await conflicts.of_id(conn, conflict)
    if kept is None:
        raise ConfigurationError(f"there is no conflict {conflict}: `replicator conflicts` lists those that are open")
    if kept.decided_at is not None:
        raise ConfigurationError(f"conflict {conflict} was decided by {kept.decided_by} at {kept.decided_at:%F %T}")
    return _seen(kept, (await dossier_of(conn, kept.entity)).entity)


async def decide(
    database: Database, shop: Shop, seen: Seen, choice: Choice, *, value: Value = None, by: str
) -> Decided:
    """Do what the person says of what they saw. Raises Moved where it has changed meanwhile."""
    kept, key = seen.kept, seen.kept.conflict.key
    async with database.unit() as conn:
        unit = await Unit.open(conn, shop, time.time())
        await unit.desk.load([kept.entity])
        entity = unit.desk.dossiers[kept.entity].entity
        if _seen(kept, entity) != seen:
            raise Moved(f"{key} of {kept.entity} has changed since you looked: look at conflict {kept.id} again")
        wanted = {Choice.KEEP: seen.present, Choice.TAKE: kept.conflict.loser, Choice.VALUE: value}[choice]
        note = f"conflict {kept.id} was decided"
        event = unit.decide(kept.entity, {key: wanted}, by=by, note=note)
        if key == EXISTENCE and wanted is False and event is not None:
            parts = await chosen.living_parts(conn, kept.entity)
            await unit.desk.load(parts)
            for part in parts:
                unit.decide(part, {EXISTENCE: False}, by=by, note=f"{note}: deleted with what it is a part of")
        open_ones = [each.id for each in await conflicts.of_entity(conn, kept.entity) if _is_open(each, key)]
        now = datetime.fromtimestamp(unit.desk.now, UTC)
        await conflicts.decide(conn, open_ones, by=by, event=event, now=now)
        await unit.save()
    return Decided(entity=kept.entity, key=key, value=wanted, event=event, settled=open_ones)


async def read_value(conn: AsyncConnection, shop: Shop, kept: Kept, said: str) -> Value:
    """The value that a person types for the field of a conflict: JSON, or plain text where the field holds text;
    references are named as entities are. Raises ConfigurationError for what is none.
    """
    key = kept.conflict.key
    try:
        parsed = codec.loads(said)
    except ValueError:
        parsed = said
    if key == EXISTENCE:
        if not isinstance(parsed, bool):
            raise ConfigurationError("existence is true or false")
        return parsed
    field = shop.rules[kept.type].schema.field(key)
    try:
        value = await _of_kind(conn, shop, field, parsed, said)
        canonical(value)
    except (CanonicalError, TypeError) as error:
        raise ConfigurationError(f"{said!r} is no value of {key} ({field.kind}): {error}") from error
    return value


async def _of_kind(conn: AsyncConnection, shop: Shop, field: Field, parsed: Any, said: str) -> Value:  # noqa: ANN401 - any JSON
    if parsed is None:
        return None
    if field.kind is Kind.REFERENCE:
        return await find(conn, shop, said)
    if field.kind is Kind.REFERENCES:
        return members([await find(conn, shop, str(each)) for each in _must(list, parsed)])
    if field.kind is Kind.DECIMAL:
        return decimal(said)
    if field.kind is Kind.TEXT:
        return parsed if isinstance(parsed, str) else said
    shape = {Kind.INTEGER: int, Kind.FLAG: bool, Kind.TEXTS: list, Kind.MONEY: dict}.get(field.kind, object)
    value: Value = _must(shape, parsed)
    return value


def _must(shape: type, parsed: Any) -> Any:  # noqa: ANN401 - any JSON in, the same out
    if not isinstance(parsed, shape) or (shape is int and isinstance(parsed, bool)):
        raise CanonicalError(f"it must be {shape.__name__}")
    return parsed


def _seen(kept: Kept, entity: Entity) -> Seen:
    key = kept.conflict.key
    if key == EXISTENCE:
        there = kept.conflict.winner_dot if entity.exists else entity.deleted
        return Seen(kept=kept, exists=entity.exists, present=entity.exists, dot=there, state="settled")
    cell = entity.cells.get(key)
    state = "settled" if cell is None or cell.settled else "frozen" if cell.frozen else "undecided"
    return Seen(
        kept=kept, exists=entity.exists, present=entity.value(key), dot=None if cell is None else cell.dot, state=state
    )


def _is_open(kept: Kept, key: str) -> bool:
    return kept.decided_at is None and kept.conflict.key == key
