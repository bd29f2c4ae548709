"""Intake: from the inbox to the log. Claim, read again what was only hinted at, judge, settle; one system at a time.

A hint is merged only with a read that has not begun: rows are claimed before the read, so a hint that comes later has
a row of its own. Records are read in bulk, the revision is noted before; judging and settling are one transaction. A
row that cannot be judged for a fault of ours is tried alone, and rejected after a bounded number of attempts: the
others flow past it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Ambiguous, Locator, Record
from replicator.core.backoff import delay
from replicator.core.outcome import Outcome
from replicator.engine.desk import Noted, Read
from replicator.engine.doubt import RESTORED, RESTORED_RUN, too_many_blanked, too_many_gone
from replicator.engine.heard import Heard, Key, gather
from replicator.engine.shop import Shop
from replicator.engine.unit import Settled, Unit
from replicator.errors import ClaimTaken, RemoteError
from replicator.log import dossiers, inbox, losses, runs, systems
from replicator.log.database import Database
from replicator.observe import OUTCOMES, log, reached

STALE_SECONDS = 0.2  # a stale read is repeated after this; a write under way takes about as long
REST_SECONDS = 3.0  # after a read that failed
GONE_WINDOW = timedelta(hours=1)  # deletions within it count together, so that many small batches do not pass for few
IMPORT_PRIORITY = 5  # what was found by listing waits behind what people have just done


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of one system. `step` handles one batch and says how many rows it took."""

    database: Database
    shop: Shop
    system: str

    async def step(self) -> int:
        """Claim and settle one batch of inbox rows; 0 when there was nothing to do."""
        engine = self.shop.engine
        async with self.database.unit() as conn:
            if (await systems.load_all(conn))[self.system].held:
                return 0
            rows = await inbox.claim(conn, self.system, engine.batch, _now(), engine.lease_seconds)
            if not rows:
                return await inbox.release_known(conn, self.system, _now())
            noted = Noted(await dossiers.note_revision(conn), time.time())
        reached("intake.claimed")
        try:
            answers = await self._read(rows)
        except RemoteError as error:
            log.warning("intake.unreadable", system=self.system, rows=len(rows), error=str(error))
            await self._postpone(rows, REST_SECONDS, f"the record could not be read: {error}")
            return 0
        reached("intake.read")
        await self._settle_all(rows, answers, noted)
        reached("intake.settled")
        return len(rows)

    async def _read(self, rows: Sequence[inbox.Row]) -> dict[Key, Record | Ambiguous | None]:
        """What the hints of a batch speak of, in bulk, one call per type."""
        answers: dict[Key, Record | Ambiguous | None] = {}
        for type_name in sorted({str(row.type) for row in rows if row.kind == "hint"} & self._carried()):
            ids = sorted({str(row.remote_id) for row in rows if row.kind == "hint" and row.type == type_name})
            found = await self.shop.connectors[self.system].read(
                [Locator(type=type_name, remote_id=each) for each in ids]
            )
            answers.update({(type_name, remote_id): each for remote_id, each in zip(ids, found, strict=True)})
        return answers

    def _carried(self) -> frozenset[str]:
        return frozenset(name for name, rules in self.shop.rules.items() if self.system in rules.views)

    async def _settle_all(
        self, rows: Sequence[inbox.Row], answers: Mapping[Key, Record | Ambiguous | None], noted: Noted
    ) -> None:
        try:
            await self._settle(rows, answers, noted)
        except ClaimTaken as error:  # another worker made the same thing just now: judged again, it is recognised
            await self._postpone(rows, STALE_SECONDS, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is: the row is parked with it, the others flow past
            if len(rows) > 1:
                for row in rows:
                    await self._settle_all([row], answers, noted)
            else:
                await self._poisoned(rows[0], error)

    async def _settle(
        self, rows: Sequence[inbox.Row], answers: Mapping[Key, Record | Ambiguous | None], noted: Noted
    ) -> None:
        heard = gather(self.system, rows, answers, noted, self._carried())
        async with self.database.unit() as conn:
            unit = await Unit.open(conn, self.shop, time.time())
            doubt = await self._doubt(unit, heard)
            if doubt is not None:
                await self._hold(conn, doubt)
                await inbox.postpone(conn, [row.id for row in rows], _now(), doubt)
                return
            doubted = any(row.reason == RESTORED for row in rows)
            judged = await unit.judge([each.read for each in heard if each.read is not None], doubted=doubted)
            doubt = await self._emptied(unit)
            if doubt is not None:  # nothing of what was judged is kept
                await self._hold(conn, doubt)
                await inbox.postpone(conn, [row.id for row in rows], _now(), doubt)
                return
            await self._tally(conn, judged)
            settlements = await self._cascade(unit, [row for row in rows if row.kind == "cascade"])
            settlements += await self._spread(conn, heard, judged)
            if self.system in unit.desk.foreign:
                await self._hold(conn, unit.desk.foreign[self.system])
            listed = any(row.source in ("poll", "listing") for row in rows)
            await unit.save(settlements, priority=IMPORT_PRIORITY if listed else 0)
        self._count(judged)

    async def _spread(
        self, conn: AsyncConnection, heard: Sequence[Heard], judged: Sequence[Settled]
    ) -> list[inbox.Settlement]:
        """Give every row its outcome; what was stale is read again, what is unknown is asked for."""
        verdicts = {id(each.read): each for each in judged}
        settlements: list[inbox.Settlement] = []
        stale: dict[float, list[int]] = {}  # until when → rows
        asked: list[inbox.Delivery] = []
        for each in heard:
            settled = verdicts.get(id(each.read))
            if settled is not None and settled.waits_for is not None:
                wanted = settled.waits_for
                asked.append(inbox.hint(self.system, "listing", wanted.type, wanted.remote_id))
            if settled is not None and settled.outcome is Outcome.STALE:
                hints = [row for row in each.rows if row.kind == "hint"]
                until = max(settled.until or 0.0, time.time() + STALE_SECONDS)
                stale.setdefault(until, []).extend(row.id for row in hints)
                first, each.rows = each.rows[0], [row for row in each.rows if row.kind != "hint"]
                if not hints:
                    asked.append(inbox.hint(self.system, "listing", str(first.type), str(first.remote_id)))
            elif settled is not None and settled.reason == RESTORED:
                await inbox.postpone(conn, [row.id for row in each.rows], _now(), RESTORED)
                await self._hold(conn, RESTORED)
                each.rows = []
            settlements += each.settlements(settled) if each.rows else []
        for until, ids in stale.items():
            again = datetime.fromtimestamp(until, UTC)
            await inbox.postpone(conn, ids, again, "read before our newest knowledge of it")
        await inbox.receive(conn, asked, _now() + timedelta(seconds=STALE_SECONDS))
        return settlements

    async def _doubt(self, unit: Unit, heard: Sequence[Heard]) -> str | None:
        """Why so many absences are not believed; None if they are few, or a person has confirmed them."""
        absent = [each.read for each in heard if each.read is not None and each.read.record.fields is None]
        if not absent or self._answered(unit):
            return None
        gone = await self._lost(unit.desk.conn, absent)
        recent = await losses.gone_lately(unit.desk.conn, self.system, _now() - GONE_WINDOW)
        living = await losses.living(unit.desk.conn, self.system)
        engine = self.shop.engine
        return too_many_gone(
            gone + recent if gone else gone,
            living + recent,
            share_max=engine.absent_share_max,
            floor=engine.absent_floor,
        )

    async def _lost(self, conn: AsyncConnection, absent: Sequence[Read]) -> Counter[str]:
        """How many records would go: the living of those that we know to be there. What was made and deleted over there
        before we knew of it is no loss, nor is what is deleted already, by us or with its whole, nor what was made
        after somebody had looked for it.
        """
        began = {
            (self.system, each.record.type, each.record.remote_id): each.noted.revision for each in absent if each.noted
        }
        known = await dossiers.by_remote(conn, list(began))
        entities = sorted(set(known.values()))
        places = await dossiers.places(conn, self.system, entities)
        rows = await dossiers.rows_at(conn, self.system, entities)
        return Counter(
            key[1]
            for key, entity in known.items()
            if places[entity].exists and entity in rows and rows[entity].revision <= began[key]
        )

    async def _emptied(self, unit: Unit) -> str | None:
        """Why so many values that were emptied are not believed; None if they are few, or a person has answered."""
        blanked = unit.blanked(self.system)
        if not blanked or self._answered(unit):
            return None
        recent = await losses.blanked_lately(unit.desk.conn, self.system, _now() - GONE_WINDOW)
        living = await losses.living(unit.desk.conn, self.system)
        engine = self.shop.engine
        return too_many_blanked(blanked + recent, living, share_max=engine.absent_share_max, floor=engine.absent_floor)

    def _answered(self, unit: Unit) -> bool:
        standing = unit.desk.standing[self.system]
        return standing.believed or standing.healing

    async def _cascade(self, unit: Unit, rows: Sequence[inbox.Row]) -> list[inbox.Settlement]:
        """Delete the parts of what was deleted: they are gone with it, whether or not that system took them along."""
        settlements: list[inbox.Settlement] = []
        for row in rows:
            parts = await dossiers.parts(unit.desk.conn, [str(row.entity)])
            await unit.desk.load(parts)
            for part in parts:
                unit.cascade(part, self.system, row.id)
            reason = f"its aggregate was deleted: {len(parts)} parts with it"
            settlements.append(inbox.Settlement(id=row.id, outcome=Outcome.EVENT, reason=reason, entity=row.entity))
        return settlements

    async def _tally(self, conn: AsyncConnection, judged: Sequence[Settled]) -> None:
        """Count what went back to an older state: `status` shows it, and it is told when a listing has shown all."""
        back = sum(each.outcome is Outcome.REGRESSION for each in judged)
        if back:
            await runs.tally(conn, RESTORED_RUN, self.system, back, _now())

    async def _hold(self, conn: AsyncConnection, reason: str) -> None:
        log.error("system.held", system=self.system, reason=reason)
        await systems.hold(conn, self.system, reason)

    async def _poisoned(self, row: inbox.Row, error: Exception) -> None:
        log.error("intake.poison", system=self.system, row=row.id, attempts=row.attempts, exc_info=error)
        reason = f"it cannot be judged: {type(error).__name__}: {error}"
        if row.attempts < self.shop.engine.attempts_max:
            await self._postpone([row], delay(row.attempts, jitter=0.0), reason)
            return
        async with self.database.unit() as conn:
            rejected = inbox.Settlement(id=row.id, outcome=Outcome.REJECTED, reason=reason)
            await inbox.settle(conn, [rejected], _now())

    async def _postpone(self, rows: Sequence[inbox.Row], seconds: float, reason: str) -> None:
        async with self.database.unit() as conn:
            await inbox.postpone(conn, [row.id for row in rows], _now() + timedelta(seconds=seconds), reason)

    def _count(self, judged: Sequence[Settled]) -> None:
        outcomes = Counter(each.outcome for each in judged)
        for outcome, count in outcomes.items():
            OUTCOMES.labels(self.system, outcome).inc(count)
        log.debug("intake.settled", system=self.system, outcomes={str(name): count for name, count in outcomes.items()})


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
