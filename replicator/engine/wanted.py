"""What a system should hold, as of now or of a position of the log: page by page, with what is to be done about it.

The same pass serves a forecast, a replay, the resuming of a system and the acceptance of one that was matched: it
looks at every entity, plans against the system's row, and says what is due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import field_name
from replicator.core.entity import Entity, not_yet
from replicator.core.plan import Plan, plan
from replicator.core.replica import Replica
from replicator.engine.references import targets_of
from replicator.engine.shop import Shop
from replicator.log import dossiers, orders, past
from replicator.log.deliveries import Due

PAGE = 500  # entities at once
SHOWN_MAX = 20  # of what is to be done, for people to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which records of which system, as of which position. `anew`: it was emptied, so nothing is there.

    Without `types` all, without `where` (field → value) whatever they hold.
    """

    system: str
    position: int
    types: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entity as it should be, the system's row of it, and what is to be written (None: nothing)."""

    entity: Entity
    row: Replica
    planned: Plan | None


@dataclass(slots=True)
class Forecast:
    """What would be written: type → what is done → how many; the first of them with fields before and after."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many records would be written."""
        return sum(many for done in self.counts.values() for many in done.values())

    def take(self, each: Wanted) -> None:
        """One more record."""
        if each.planned is None:
            return
        done = self.counts.setdefault(each.entity.type, {})
        done[each.planned.doing] = done.get(each.planned.doing, 0) + 1
        if len(self.shown) < SHOWN_MAX:
            known, fields = each.row.known or {}, each.planned.fields
            self.shown.append(
                {
                    "type": each.entity.type,
                    "entity": each.entity.id,
                    "doing": str(each.planned.doing),
                    "fields": {
                        key: [known.get(key), value] for key, value in fields.items() if known.get(key) != value
                    },
                }
            )


async def walk(conn: AsyncConnection, shop: Shop, scope: Scope) -> AsyncIterator[list[Wanted]]:
    """Every entity of the scope that the system should hold or holds, parents' types first, a page at a time."""
    system = scope.system
    chosen = await _chosen(conn, shop, scope) if scope.types or scope.where else None
    for kind, rules in shop.rules.items():
        view = rules.views.get(system)
        if view is None or view.feed:
            continue
        async for page in _states(conn, kind, scope.position):
            states = [each for each in page if chosen is None or each.id in chosen]
            rows = {} if scope.anew else await dossiers.rows_at(conn, system, [each.id for each in states])
            found = [(each, rows.get(each.id) or Replica(system=system, entity=each.id, type=kind)) for each in states]
            yield [Wanted(each, row, plan(each, row, view)) for each, row in found]


async def order(
    conn: AsyncConnection, shop: Shop, scope: Scope, *, priority: int, reason: str, now: datetime
) -> Forecast:
    """Make everything due that the scope wants written. What it is."""
    due = Forecast()
    async for page in walk(conn, shop, scope):
        planned = [each for each in page if each.planned is not None]
        for each in planned:
            due.take(each)
        await orders.make(conn, [_due(shop, scope, each.entity, priority, reason) for each in planned], now)
    return due


def _due(shop: Shop, scope: Scope, entity: Entity, priority: int, reason: str) -> Due:
    place = priority * 100 + shop.rank(entity.type)
    return Due(system=scope.system, entity=entity.id, type=entity.type, position=0, priority=place, reason=reason)


async def forecast(conn: AsyncConnection, shop: Shop, scope: Scope) -> Forecast:
    """What `order` would make due."""
    found = Forecast()
    async for page in walk(conn, shop, scope):
        for each in page:
            found.take(each)
    return found


async def _states(conn: AsyncConnection, kind: str, position: int) -> AsyncIterator[list[Entity]]:
    """All entities of a type as of a position, a page at a time; those made later are as good as deleted then."""
    after = ""
    while ids := await dossiers.page(conn, kind, after, PAGE):
        then = await past.as_of(conn, ids, position)
        yield [then.get(each) or not_yet(Entity(type=kind, id=each)) for each in ids]
        after = ids[-1]


async def _chosen(conn: AsyncConnection, shop: Shop, scope: Scope) -> set[str]:
    """The entities that are asked for; their parts, where no types were named; and all that these refer to."""
    refers: dict[str, set[str]] = {}
    parts: dict[str, list[str]] = defaultdict(list)
    chosen: list[str] = []
    for kind, rules in shop.rules.items():
        part_of, named = rules.schema.part_of, not scope.types or kind in scope.types
        async for page in _states(conn, kind, scope.position):
            for each in page:
                refers[each.id] = targets_of(rules.schema, {key: cell.value for key, cell in each.cells.items()})
                if named and part_of is not None:
                    parts[str(each.value(part_of))].append(each.id)
                if named and _matches(each, scope.where):
                    chosen.append(each.id)
    found: set[str] = set()
    whole = set(chosen)
    while chosen:
        entity = chosen.pop()
        if entity in found:
            continue
        found.add(entity)
        chosen += refers.get(entity, ())
        if entity in whole:
            whole.update(parts[entity])
            chosen += parts[entity]
    return found


def _matches(entity: Entity, where: Mapping[str, str]) -> bool:
    return all(
        any(_is(cell.value, value) for key, cell in entity.cells.items() if field_name(key) == name)
        for name, value in where.items()
    )


def _is(held: object, value: str) -> bool:
    if isinstance(held, Sequence) and not isinstance(held, str):
        return any(_is(each, value) for each in held)
    if isinstance(held, bool):
        return str(held).lower() == value.lower()
    return held is not None and str(held) == value
