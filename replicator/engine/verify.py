"""Verify: a full listing of a system against the fold of the log: equal, differing, missing, extra.

Nothing is believed at first sight: pages shift and people go on working, so whatever seems wrong is read again by its
id, and compared with what the log says by then. Repairing makes no write and no event of its own: what shows an edit
that nobody told us of goes through the gate like any hint, everything else becomes due.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Locator, Record
from replicator.engine import repair
from replicator.engine.comparison import Comparison, Difference, Finding
from replicator.engine.operate import known
from replicator.engine.shop import Shop
from replicator.engine.wanted import Scope, walk
from replicator.errors import Busy, ConfigurationError
from replicator.log import dossiers, events, runs, systems
from replicator.log.database import Database
from replicator.observe import DETECTED, DIFFERENCES, log

KIND = "verification"
KEPT_MAX = 100  # findings that are kept, and shown; all are counted and, if asked, repaired
SECOND_LOOKS = 3  # at a record that changes while it is looked at
READ_MAX = 100  # records asked for at once


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found. `left`: fields that were refused and stand there. `repaired`: findings that are being mended."""

    system: str
    position: int
    equal: int = 0
    differing: int = 0
    missing: int = 0
    extra: int = 0
    left: int = 0
    repaired: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as the log says."""
        return not (self.differing or self.missing or self.extra)


@dataclass(frozen=True, slots=True)
class Verify:
    """The verification of one system."""

    database: Database
    shop: Shop
    system: str

    async def run(self, *, as_of: int | None = None, mend: bool = False) -> Report:
        """Compare everything. Without `as_of`: with the log's head, or with what the system is kept as of.

        Raises ConfigurationError, Busy where another process verifies it, RemoteError where it cannot be read.
        """
        known(self.shop, self.system)
        if self.system not in self.shop.targets():
            raise ConfigurationError(f"{self.system} is a feed: it says what it says, there is nothing to verify")
        async with self.database.alone(f"verifying {self.system}") as ours:
            if not ours:
                raise Busy(f"another process is verifying {self.system} at this moment")
            return await self._run(as_of, mend=mend)

    async def _run(self, as_of: int | None, *, mend: bool) -> Report:
        started, now = time.monotonic(), _now()
        async with self.database.unit() as conn:
            pin = (await systems.load_all(conn))[self.system].as_of
            if mend and as_of not in (None, pin):
                raise ConfigurationError(f"{self.system} is not kept as of {as_of}: that would undo what came after")
            await runs.abandon(conn, KIND, self.system, now)
            before = await runs.last(conn, KIND, self.system)
            run = await runs.start(conn, KIND, self.system, now)
            position = as_of if as_of is not None else pin
            report = Report(system=self.system, position=await events.head(conn) if position is None else position)
        try:
            await self._compare(run, report, latest=position is None, mend=mend)
        except BaseException as error:
            async with self.database.unit() as conn:
                await runs.finish(conn, run, "failed", {}, _now(), str(error) or type(error).__name__)
            raise
        report.seconds = round(time.monotonic() - started, 2)
        async with self.database.unit() as conn:
            await runs.finish(conn, run, "done", _kept(report), _now())
        self._tell(report, None if before is None else before.started)
        return report

    async def _compare(self, run: int, report: Report, *, latest: bool, mend: bool) -> None:
        suspects: list[Locator] = []
        async for page in self._pages():
            async with self.database.unit() as conn:
                await runs.listed(conn, run, [(each.type, each.remote_id) for each in page])
                comparison = await self._comparison(conn, report, latest=latest)
                for record, compared in zip(page, await comparison.compare(conn, page), strict=True):
                    if compared.finding is None:
                        report.equal, report.left = report.equal + 1, report.left + compared.left
                    else:
                        suspects.append(Locator(type=record.type, remote_id=record.remote_id))
        lost = await self._not_shown(run, report, latest=latest)
        suspects += [Locator(type=each.type, remote_id=each.remote_id) for each in lost if each.remote_id is not None]
        never = [each for each in lost if each.remote_id is None]
        await self._take(report, never, mend=mend)
        for kind in dict.fromkeys(each.type for each in suspects):
            group = list(dict.fromkeys(each.remote_id for each in suspects if each.type == kind))
            for start in range(0, len(group), READ_MAX):
                some = [Locator(type=kind, remote_id=each) for each in group[start : start + READ_MAX]]
                await self._take(report, await self._second_look(some, report, latest=latest), mend=mend)

    async def _pages(self) -> AsyncIterator[list[Record]]:
        connector = self.shop.connectors[self.system]
        for listing in connector.features.listings:
            async for page in connector.pages(listing):
                yield [each for each in page.records if self.shop.view(self.system, each.type) is not None]

    async def _comparison(self, conn: AsyncConnection, report: Report, *, latest: bool) -> Comparison:
        """With what the log says now, or as of the position that was asked for."""
        if latest:
            report.position = await events.head(conn)
        return Comparison(self.shop, self.system, report.position)

    async def _not_shown(self, run: int, report: Report, *, latest: bool) -> list[Finding]:
        """What should be there, and was on no page."""
        lost: list[Finding] = []
        async with self.database.look() as conn:
            comparison = await self._comparison(conn, report, latest=latest)
            async for page in walk(conn, self.shop, Scope(system=self.system, position=report.position)):
                ids = [each.entity.id for each in page if each.entity.exists]
                shown = await runs.shown(conn, run, self.system, ids)
                lost += await comparison.missing(conn, [each for each in ids if each not in shown])
        return lost

    async def _second_look(self, wanted: Sequence[Locator], report: Report, *, latest: bool) -> list[Finding]:
        """Read records by their id, again while we learn more of them meanwhile; what is still wrong."""
        found: list[Finding] = []
        for turn in range(SECOND_LOOKS):
            async with self.database.look() as conn:
                noted = await dossiers.note_revision(conn)
            answers = await self.shop.connectors[self.system].read(wanted)
            records = [each for each in answers if isinstance(each, Record)]
            async with self.database.look() as conn:
                comparison = await self._comparison(conn, report, latest=latest)
                compared = list(zip(records, await comparison.compare(conn, records), strict=True))
                named = [each.finding.entity for _, each in compared if each.finding and each.finding.entity]
                rows = await dossiers.rows_at(conn, self.system, named)
            moved = {entity for entity, row in rows.items() if row.revision > noted and turn + 1 < SECOND_LOOKS}
            wanted = []
            for record, each in compared:
                if each.finding is None:
                    report.equal += record.fields is not None
                    report.left += each.left
                elif each.finding.entity in moved:
                    wanted.append(Locator(type=record.type, remote_id=record.remote_id))
                else:
                    found.append(each.finding)
            if not wanted:
                break
        return found

    async def _take(self, report: Report, found: Sequence[Finding], *, mend: bool) -> None:
        for each in found:
            match each.kind:
                case Difference.DIFFERING:
                    report.differing += 1
                case Difference.MISSING:
                    report.missing += 1
                case Difference.EXTRA:
                    report.extra += 1
        report.findings += found[: max(0, KEPT_MAX - len(report.findings))]
        if mend:
            report.repaired += await repair.mend(self.database, self.shop, self.system, found)

    def _tell(self, report: Report, before: datetime | None) -> None:
        now = time.time()
        for each in report.findings:
            age = now - each.since if each.since is not None else None
            if before is not None:
                age = min(now - before.timestamp(), age if age is not None else math.inf)
            if age is not None:
                DETECTED.labels(self.system).observe(max(0.0, age))
        for kind in Difference:
            DIFFERENCES.labels(self.system, str(kind)).set(getattr(report, kind))
        log.info(
            "verify.done",
            system=self.system,
            equal=report.equal,
            differing=report.differing,
            missing=report.missing,
            extra=report.extra,
        )


def _kept(report: Report) -> dict[str, object]:
    """What is kept of a report: of values only where they differ, for values can be erased from everything kept."""
    findings = [{**asdict(each), "fields": sorted(each.fields)} for each in report.findings]
    return {**asdict(report), "findings": findings}


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
