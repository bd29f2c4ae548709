"""Revert: put entities back to how they were, by new events of a person. The log is never cut.

It is looked at first (`preview`), then done in batches, each one unit like everything that makes events: drawn anew
under the locks of its entities, so that what somebody has changed since the preview stands. What was done is done: cut
off in the middle, it is ordered again, and what is as it was already gets no event. It can be reverted itself, by
choosing the person's events between the positions it tells.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.dossier import Dossier
from replicator.core.entity import Entity
from replicator.core.event import OPERATOR
from replicator.engine.changes import Change
from replicator.engine.reversal import Drawing, Reversal
from replicator.engine.shop import Shop
from replicator.engine.unit import Unit
from replicator.log import chosen, claims, dossiers, events
from replicator.log.chosen import Choice
from replicator.log.database import Database

BATCH = 100  # entities of one transaction: others wait for its locks
FEW = 20  # as many as a person may be waiting for
MANY_PRIORITY = 5  # behind what people do meanwhile

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a revert would do. `shown`: the first of them; `kinds`: how many are changed, deleted, …, all of them."""

    choice: Choice
    entities: Sequence[str]
    kinds: Mapping[str, int]
    shown: Sequence[Reversal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverted:
    """What a revert did. Its events are those of `operator` after `first` up to `last`; nothing done: both the same."""

    kinds: Mapping[str, int]
    refused: Sequence[Reversal]
    first: int
    last: int

    @property
    def undone_by(self) -> Choice | None:
        """The choice that reverts this."""
        return None if self.first == self.last else Choice(since=self.first, until=self.last, origin=OPERATOR)


async def preview(database: Database, shop: Shop, choice: Choice, *, shown: int) -> Preview:
    """What reverting the chosen events would do, as of now. At most `shown` reversals are kept, all are counted."""
    kinds: Counter[str] = Counter()
    kept: list[Reversal] = []
    async with database.look() as conn:
        entities = await chosen.touched(conn, choice, list(shop.rules))
        drawing = Drawing(conn, shop, choice, frozenset(entities))
        for batch in _batches(entities):
            drawn = await drawing.draw(batch)
            drawing.note(drawn)
            kinds.update(each.kind for each in drawn)
            kept += drawn[: shown - len(kept)]
    return Preview(choice=choice, entities=entities, kinds=kinds, shown=kept)


async def revert(database: Database, shop: Shop, seen: Preview, *, by: str, report: Report) -> Reverted:
    """Do what was previewed, batch by batch; `report` is told how many of how many entities are done."""
    kinds: Counter[str] = Counter()
    refused: list[Reversal] = []
    crossing: list[str] = []
    async with database.look() as conn:
        first = last = await events.head(conn)
    done, everything, back, gone = 0, frozenset(seen.entities), set[str](), set[str]()
    for batch in _batches(seen.entities):
        async with database.unit() as conn:
            drawing = Drawing(conn, shop, seen.choice, everything, back, gone)
            drawn = await _revert(drawing, batch, by)
            last = await events.head(conn)
        drawing.note(drawn)
        kinds.update(each.kind for each in drawn)
        refused += [each for each in drawn if each.refused is not None]
        crossing += [each.entity for each in drawn if each.crossing]
        done += len(batch)
        report(done, len(seen.entities))
    for batch in _batches(crossing):
        async with database.unit() as conn:
            await _claim(conn, shop, batch)
    made = sum(many for kind, many in kinds.items() if kind != "refused")
    return Reverted(kinds=kinds, refused=refused, first=first, last=last if made else first)


async def _revert(drawing: Drawing, batch: Sequence[str], by: str) -> list[Reversal]:
    unit = await Unit.open(drawing.conn, drawing.shop, time.time())
    await unit.desk.load(batch)
    drawn = await drawing.draw(batch)
    if parts := {each.entity for each in drawn} - set(batch):  # found, now locked: drawn as they are now
        await unit.desk.load(parts)
        drawn = [each for each in await drawing.draw(batch) if each.entity in unit.desk.dossiers]
    for each in drawn:
        if each.refused is None:
            values = {key: pair[1] for key, pair in each.changes.items()}
            unit.decide(each.entity, values, by=by, note=_note(drawing.choice))
    await unit.save(priority=0 if len(drawing.everything) <= FEW else MANY_PRIORITY)
    return drawn


async def _claim(conn: AsyncConnection, shop: Shop, batch: Sequence[str]) -> None:
    """Take the natural keys that others have given up after these entities had asked for them."""
    for entity, (state, _) in (await dossiers.load(conn, batch, lock=True)).items():
        nothing = Dossier(entity=Entity(type=state.type, id=entity))
        change = Change(before=nothing, after=Dossier(entity=state), rules=shop.rules[state.type], rank=0)
        await claims.follow(conn, change.claims())


def _batches(entities: Sequence[str]) -> Iterator[Sequence[str]]:
    return (entities[start : start + BATCH] for start in range(0, len(entities), BATCH))


def _note(choice: Choice) -> str:
    without = f", without the changes of {choice.origin}" if choice.origin else ""
    return f"put back to how it was at {choice.since}{without}"
