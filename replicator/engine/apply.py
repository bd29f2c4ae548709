"""Apply: from what is due at a system to records there. Claim, guard, plan, intend, write, confirm; one system at a
time.

Three short transactions and two calls, and no lock is held across a call. The guard's read is judged first, so that
an unseen edit becomes an event before anything is written over it. The intent is committed before the call, so that
after a crash at any point we know what may have landed. Of the answer, what we asked for is confirmed and everything
else is judged: somebody may have edited in between. Failures are outcomes: each says whether, when and how the write
is tried again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from replicator.connectors.base import Ambiguous, Failed, Locator, Record, Trouble, WriteResult
from replicator.core.dossier import Dossier
from replicator.core.outcome import Outcome
from replicator.core.plan import given_up, intend, plan
from replicator.engine.batch import Batch, Item, compose
from replicator.engine.confirm import Paid, marker_of, settle
from replicator.engine.desk import Noted, Read
from replicator.engine.identifiers import new_id
from replicator.engine.pins import pinned, places
from replicator.engine.recognise import whose
from replicator.engine.references import outward, targets_of
from replicator.engine.shop import Shop
from replicator.engine.unit import Unit
from replicator.errors import ClaimTaken, RemoteError
from replicator.log import deliveries, dossiers, systems, writes
from replicator.log.database import Database
from replicator.log.dossiers import Place
from replicator.observe import log, reached

AGAIN_SECONDS = 0.2  # something has just changed: look again soon
WAIT_SECONDS = 1.0  # something it refers to is not there yet
REST_SECONDS = 5.0  # the system cannot be read
CALL_SHARE = 0.8  # of the lease, after which a call is cut off; the rest is for confirming


@dataclass(slots=True)
class _Guarded:
    """What the guard's read found for the entities of a batch: records to judge, and deliveries that cannot go on.

    `stale`: more is known of these than was when the read began, also of one that found nothing.
    """

    noted: Noted
    reads: list[Read] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Apply:
    """The applier of one system. `step` pays one batch and says how many deliveries it took."""

    database: Database
    shop: Shop
    system: str
    worker: str

    async def step(self) -> int:
        """Pay one batch of what is due; 0 when nothing was, or the system is not to be written to."""
        engine = self.shop.engine
        now, ends = time.time(), time.monotonic() + self.shop.engine.lease_seconds * CALL_SHARE
        async with self.database.unit() as conn:
            standing = await systems.load_all(conn)
            ours = standing[self.system]
            if not ours.writable or ours.away(_at(now), engine.away_seconds):
                return 0
            due = await deliveries.claim(conn, self.system, engine.batch, _at(now), engine.lease_seconds, self.worker)
            loaded = await dossiers.load(conn, [each.entity for each in due], lock=False)
            found = {entity: Dossier(entity=state, replicas=rows) for entity, (state, rows) in loaded.items()}
            held = await pinned(conn, standing, found)
            named = await places(conn, standing[self.system], sorted(self._named_by(held)))
            noted = Noted(await dossiers.note_revision(conn) if due else 0, time.time())
        if not due:
            return 0
        reached("apply.claimed")
        try:
            guarded = await self._guard(held, named, noted)
        except RemoteError as error:
            log.warning("apply.unreadable", system=self.system, error=str(error))
            await self._later(due, REST_SECONDS, str(error))
            return 0
        reached("apply.guarded")
        try:
            batch = await self._plan(due, guarded, now + engine.lease_seconds)
        except ClaimTaken as error:
            await self._later(due, AGAIN_SECONDS, str(error))
            return len(due)
        reached("apply.intended")
        if batch.writes:
            results, seconds = await self._write(batch, ends)
            reached("apply.written")
            await self._confirm(due, batch, results, seconds)
            reached("apply.confirmed")
        return len(due)

    async def _guard(self, held: dict[str, Dossier], named: Mapping[str, Place], noted: Noted) -> _Guarded:
        """Read every record that is about to be written, in bulk: by its id, or by what it would be known by."""
        guarded = _Guarded(noted)
        by_type: dict[str, list[Dossier]] = {}
        for dossier in held.values():
            by_type.setdefault(dossier.entity.type, []).append(dossier)
        for type_name, group in by_type.items():
            wanted = [(dossier, self._locator(dossier, named)) for dossier in group]
            wanted = [(dossier, locator) for dossier, locator in wanted if locator is not None]
            found = await self.shop.connectors[self.system].read([locator for _, locator in wanted if locator])
            for (dossier, _), answer in zip(wanted, found, strict=True):
                self._found(guarded, type_name, dossier, answer, noted)
        return guarded

    def _locator(self, dossier: Dossier, named: Mapping[str, Place]) -> Locator | None:
        entity, row = dossier.wanted(self.system), dossier.replica(self.system)
        if row.remote_id is not None:
            return Locator(type=entity.type, remote_id=row.remote_id)
        if not entity.exists:
            return None
        schema = self.shop.rules[entity.type].schema
        inside = {name: entity.value(name) for name in schema.key}
        key, missing = outward(schema, inside, named)
        known = missing is None and schema.named(inside) is not None
        return Locator(type=entity.type, entity=entity.id, key=key if known else {})

    def _named_by(self, held: Mapping[str, Dossier]) -> set[str]:
        """The entities that are part of the natural keys of these: the product of a variant's option."""
        named: set[str] = set()
        for dossier in held.values():
            entity = dossier.wanted(self.system)
            schema = self.shop.rules[entity.type].schema
            named |= targets_of(schema, {name: entity.value(name) for name in schema.key})
        return named

    def _found(
        self, guarded: _Guarded, type_name: str, dossier: Dossier, answer: Record | Ambiguous | None, noted: Noted
    ) -> None:
        entity, row = dossier.entity.id, dossier.replica(self.system)
        if isinstance(answer, Ambiguous):
            guarded.stopped[entity] = f"several records there could be it: {', '.join(answer.remote_ids)}"
        elif answer is not None:
            guarded.reads.append(Read(system=self.system, record=answer, noted=noted, entity=entity))
        elif row.remote_id is not None:
            gone = Record(type=type_name, remote_id=row.remote_id, fields=None)
            guarded.reads.append(Read(system=self.system, record=gone, noted=noted, entity=entity))

    async def _plan(self, due: Sequence[deliveries.Delivery], guarded: _Guarded, deadline: float) -> Batch:
        """Judge what the guard saw, then plan what is still due, and record the intents."""
        now = time.time()
        async with self.database.unit() as conn:
            unit = await Unit.open(conn, self.shop, now)
            await unit.desk.load([each.entity for each in due])
            guarded = await self._strangers(unit, guarded)
            judged = await unit.judge(guarded.reads if self.shop.provenance else [])
            guarded.stale = {str(each.entity) for each in judged if each.outcome is Outcome.STALE}
            items, paid, blocked = self._items(unit, due, guarded, deadline)
            referred = {entity for item in items for entity in targets_of(item.schema, item.planned.whole)}
            batch = compose(items, await places(conn, unit.desk.standing[self.system], sorted(referred)))
            for item, _ in batch.writes:
                unit.put(item.row)
            await writes.intend(conn, [_intended(self.system, item) for item, _ in batch.writes], _at(now))
            await deliveries.done(conn, paid)
            blocked |= {entity: (reason, now + WAIT_SECONDS) for entity, reason in batch.waiting.items()}
            for entity, (reason, until) in blocked.items():
                await deliveries.later(conn, self.system, [entity], _at(until), reason, counted=False)
            await unit.save()
        return batch

    async def _strangers(self, unit: Unit, guarded: _Guarded) -> _Guarded:
        """Set aside records that answer to our name but are not ours: a copy of it does not matter, and whoever has our
        natural key has to move first. Intake finds out whose they are, from a hook or a listing.
        """
        mine: list[Read] = []
        for read, another in zip(guarded.reads, await whose(unit.desk, guarded.reads), strict=True):
            if another is None:
                mine.append(read)
            elif not another.copied:
                reason = f"its key is held there by another record ({read.record.remote_id})"
                guarded.stopped[str(read.entity)] = reason
        return _Guarded(guarded.noted, mine, guarded.stopped)

    def _items(
        self, unit: Unit, due: Sequence[deliveries.Delivery], guarded: _Guarded, deadline: float
    ) -> tuple[list[Item], list[deliveries.Delivery], dict[str, tuple[str, float]]]:
        """What is to be written, what has been paid already, and what has to wait until when."""
        items: list[Item] = []
        paid: list[deliveries.Delivery] = []
        blocked: dict[str, tuple[str, float]] = {}
        for each in due:
            dossier, rules = unit.met(each.entity, self.system), self.shop.rules[each.type]
            row, view = dossier.replica(self.system), rules.views[self.system]
            wanted = dossier.wanted(self.system)
            planned = plan(wanted, row, view)
            if planned is None:
                paid.append(each)
                if row.intent is not None and unit.desk.now >= row.intent.deadline:
                    unit.put(given_up(row, until=None))  # it did not land, and cannot any more
            elif each.entity in guarded.stopped:
                blocked[each.entity] = (guarded.stopped[each.entity], unit.desk.now + REST_SECONDS)
            elif row.intent is not None and unit.desk.now < row.intent.deadline:
                blocked[each.entity] = ("an earlier write may still land", row.intent.deadline)
            elif each.entity in guarded.stale or row.revision > guarded.noted.revision:
                blocked[each.entity] = ("more is known of it than when it was read", unit.desk.now + AGAIN_SECONDS)
            else:
                intended = replace(intend(row, planned, sync_id=new_id(), deadline=deadline), revision=unit.revision)
                items.append(
                    Item(
                        entity=each.entity,
                        schema=rules.schema,
                        rank=self.shop.rank(each.type),
                        planned=planned,
                        row=intended,
                        marker=marker_of(self.shop, wanted, intended, unit.desk.now) if view.marks else None,
                    )
                )
        return items, paid, blocked

    async def _write(self, batch: Batch, ends: float) -> tuple[list[WriteResult], float]:
        """Make the call. Whatever happens to it becomes a result: what got no answer may have landed.

        It is cut off at `ends`, however long the guard's read took: at the deadline another worker may write.
        """
        started = time.monotonic()
        calls = [write for _, write in batch.writes]
        try:
            async with asyncio.timeout(ends - started):
                results = await self.shop.connectors[self.system].write(calls)
        except (TimeoutError, RemoteError) as error:
            reason = str(error) or "no answer in time"
            results = [Failed(trouble=Trouble.UNKNOWN, message=reason) for _ in calls]
        return results, time.monotonic() - started

    async def _confirm(
        self, due: Sequence[deliveries.Delivery], batch: Batch, results: Sequence[WriteResult], seconds: float
    ) -> None:
        by_entity = {each.entity: each for each in due}
        paid = [
            Paid(item=item, delivery=by_entity[item.entity], result=result)
            for (item, _), result in zip(batch.writes, results, strict=True)
        ]
        async with self.database.unit() as conn:
            unit = await Unit.open(conn, self.shop, time.time())
            await settle(unit, self.system, paid, seconds)

    async def _later(self, due: Sequence[deliveries.Delivery], seconds: float, reason: str) -> None:
        """Wait for something: that is not an attempt."""
        async with self.database.unit() as conn:
            entities, until = [each.entity for each in due], _at(time.time() + seconds)
            await deliveries.later(conn, self.system, entities, until, reason, counted=False)


def _intended(system: str, item: Item) -> writes.Intended:
    intent = item.row.intent
    if intent is None:
        msg = "a write without an intent"
        raise AssertionError(msg)
    return writes.Intended(system=system, entity=item.entity, type=item.schema.name, intent=intent)


def _at(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
