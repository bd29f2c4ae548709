"""Capture: from a system to the inbox. Polls for changes, full listings, and what a full listing no longer shows.

A page's records are compared with what is known of them; only those that differ become inbox rows, so that a listing
of an unchanged shop costs reading and nothing else. The revision is noted before each page is asked for. A listing is
resumable by page; a page that cannot be read leaves the others and is gone on from. A record that a full listing does
not show is not believed gone (pages shift): it is a suspect, and read by its id. A listing that misses too many at
once holds the system.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Page, Record
from replicator.core.replica import Replica
from replicator.engine import observed
from replicator.engine.desk import Noted
from replicator.engine.doubt import RESTORED_RUN, too_many_gone
from replicator.engine.references import RemoteKey, inward, mentioned
from replicator.engine.shop import Shop
from replicator.errors import Busy, CursorLost, RemoteError, Unreachable
from replicator.log import cursors, dossiers, inbox, inbox_state, losses, runs, systems
from replicator.log.database import Database
from replicator.observe import log, reached

RESUMED_WITHIN = timedelta(hours=1)  # a listing cut off longer ago is begun anew: too much has changed behind its pages


@dataclass(slots=True)
class Summary:
    """What a pass over a system found: records read, those not as known, pages that failed, seconds it took."""

    system: str
    read: int = 0
    changed: int = 0
    missing: int = 0
    returned: int = 0  # records of ours that we do not know there any more
    errors: int = 0
    silent: bool = False  # it does not answer: it was not asked for the rest
    seconds: float = 0.0
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """The capture of one system."""

    database: Database
    shop: Shop
    system: str

    async def poll(self) -> Summary:
        """Ask for what has changed since the last time, where the system can tell. One that lost the place to tell it,
        or whose cursor is ahead of it, is listed in full: its database was restored. Raises Busy where another process
        does that.
        """
        features = self.shop.connectors[self.system].features
        summary, started = Summary(self.system), time.monotonic()
        for listing in features.listings:
            if listing in features.since:
                async with self.database.look() as conn:
                    since = await cursors.cursor(conn, self.system, listing)
                if since is None:
                    continue
                if await self._is_lost(listing, since, summary):
                    log.warning("capture.lost", system=self.system, listing=listing, cursor=since)
                    return await self.full()
            if summary.silent:
                break
        summary.seconds = time.monotonic() - started
        if not summary.errors:
            async with self.database.unit() as conn:
                away = timedelta(seconds=self.shop.engine.away_seconds)
                await systems.listened(conn, self.system, _now(), away=away)
        return summary

    async def _is_lost(self, listing: str, since: str, summary: Summary) -> bool:
        """Ask for the changes; whether there is no place to tell them from any more."""
        before = summary.read + summary.errors
        try:
            await self._walk(listing, since, summary, run=None)
        except CursorLost:
            return True
        return summary.read + summary.errors == before and await self._is_behind(listing)

    async def _is_behind(self, listing: str) -> bool:
        """Whether a listing that showed nothing should have shown the record its cursor stands at: the database was put
        back to a time before it, or that record was deleted.
        """
        features = self.shop.connectors[self.system].features
        if listing not in features.repeats:
            return False
        async with self.database.look() as conn:
            return await dossiers.knows(conn, self.system, features.listings[listing])

    async def full(self) -> Summary:
        """List everything; what is known and not shown becomes a suspect. Raises Busy where another process does it."""
        async with self.database.alone(f"listing {self.system}") as ours:
            if not ours:
                raise Busy(f"another process is listing {self.system} at this moment")
            return await self._full()

    async def _full(self) -> Summary:
        summary, started = Summary(self.system), time.monotonic()
        run = await self._run(summary)
        for listing in self.shop.connectors[self.system].features.listings:
            place = run.places.get(listing, "")
            if place is not None:  # it is not through
                await self._walk(listing, place or None, summary, run=run.id)
            if summary.silent:
                break
        summary.seconds = time.monotonic() - started
        await self._suspects(run, summary)
        return summary

    async def _run(self, summary: Summary) -> runs.Run:
        """The listing that was cut off not long ago, to go on with behind its last page; else a new one."""
        async with self.database.unit() as conn:
            cut_off = await runs.running(conn, "listing", self.system)
            if cut_off and _now() - cut_off[0].started < RESUMED_WITHIN:
                summary.read, summary.changed = cut_off[0].counts.get("read", 0), cut_off[0].counts.get("changed", 0)
                summary.returned = cut_off[0].counts.get("returned", 0)
                return cut_off[0]
            await runs.abandon(conn, "listing", self.system, _now())
            await runs.start(conn, "listing", self.system, _now())
            return (await runs.running(conn, "listing", self.system))[0]

    async def _walk(self, listing: str, since: str | None, summary: Summary, run: int | None) -> None:
        """Read a listing page by page; each page and its cursor are stored in one transaction."""
        pages = self.shop.connectors[self.system].pages(listing, since)
        while True:
            async with self.database.look() as conn:
                noted = Noted(await dossiers.note_revision(conn), time.time())
            try:
                page = await anext(pages, None)
            except CursorLost:
                raise
            except RemoteError as error:
                summary.errors += 1
                summary.silent = isinstance(error, Unreachable)
                log.warning("capture.failed", system=self.system, listing=listing, error=str(error))
                return
            if page is None:
                break
            reached("capture.page")
            await self._store(listing, page, noted, summary, run)
            reached("capture.stored")
            if page.cursor is None:
                break
        if run is not None:
            async with self.database.unit() as conn:
                await runs.reach(conn, run, listing, None)

    async def _store(self, listing: str, page: Page, noted: Noted, summary: Summary, run: int | None) -> None:
        source = "poll" if run is None else "listing"
        records = [each for each in page.records if self.shop.view(self.system, each.type) is not None]
        async with self.database.unit() as conn:
            changed = await self._changed(conn, records, summary)
            deliveries = [
                inbox.Delivery(
                    system=self.system,
                    source=source,
                    kind="record",
                    type=each.type,
                    remote_id=each.remote_id,
                    body=observed.dump(each) | {"at": noted.at},
                    began=noted.revision,
                )
                for each in changed
            ]
            await inbox.receive(conn, deliveries, _now())
            summary.read += len(records)
            summary.changed += len(changed)
            if run is not None:
                await runs.listed(conn, run, [(each.type, each.remote_id) for each in records])
                await runs.progress(conn, run, asdict(summary))
                if page.cursor is not None:
                    await runs.reach(conn, run, listing, page.cursor)
            if page.cursor is not None:
                await cursors.advance(conn, self.system, listing, page.cursor)
        log.debug("capture.page", system=self.system, listing=listing, records=len(records), changed=len(changed))

    async def _changed(self, conn: AsyncConnection, records: Sequence[Record], summary: Summary) -> list[Record]:
        """The records of a page that are not as known: those that are cost nothing more."""
        keys = {RemoteKey(self.system, each.type, each.remote_id) for each in records}
        for each in records:
            if each.fields is not None:
                keys |= mentioned(self.system, self.shop.rules[each.type].schema, each.fields)
        owners = {RemoteKey(*key): entity for key, entity in (await dossiers.by_remote(conn, sorted(keys))).items()}
        listed = {owners[key] for each in records if (key := self._key(each)) in owners}
        known = await dossiers.rows_at(conn, self.system, sorted(listed))
        summary.returned += sum(each.marker is not None and self._key(each) not in owners for each in records)
        return [each for each in records if not self._as_known(each, owners, known)]

    def _key(self, record: Record) -> RemoteKey:
        return RemoteKey(self.system, record.type, record.remote_id)

    def _as_known(self, record: Record, owners: Mapping[RemoteKey, str], known: Mapping[str, Replica]) -> bool:
        row = known.get(owners.get(self._key(record), ""))
        if (
            not self.shop.provenance
            or row is None
            or row.known is None
            or record.fields is None
            or record.missing
            or row.intent is not None
            or _has_news(record, row)
        ):
            return False
        rules = self.shop.rules[record.type]
        fields, unknown = inward(self.system, rules.schema, record.fields, owners)
        signed = record.marker.sync_id if record.marker else None
        if (
            unknown is not None
            or record.version > row.version
            or (rules.views[self.system].marks and signed != row.sync_id)
        ):
            return False
        content, missing = rules.views[self.system].complete(fields, row.known)
        return not missing and content == dict(row.known)

    async def _suspects(self, run: runs.Run, summary: Summary) -> None:
        """Ask after every record that the listing did not show; if they are too many, hold the system instead."""
        carried = [name for name, rules in self.shop.rules.items() if self.system in rules.views]
        state = "failed" if summary.errors else "done"
        async with self.database.unit() as conn:
            if not summary.errors:
                standing = (await systems.load_all(conn))[self.system]
                missing = await runs.count_missing(conn, run.id, self.system, carried)
                summary.missing = missing.total()
                summary.held = await self._doubt(conn, standing, summary, missing)
                await systems.listened(conn, self.system, _now(), away=None)
                await self._restored(conn, run)
                if summary.held is None:
                    await runs.suspect_missing(conn, run.id, self.system, carried, _now())
                else:
                    state = "held"
                    log.error("system.held", system=self.system, reason=summary.held)
                    await systems.hold(conn, self.system, summary.held)
            await runs.finish(conn, run.id, state, asdict(summary), _now(), summary.held)

    async def _restored(self, conn: AsyncConnection, run: runs.Run) -> None:
        """Say how many records went back to an older state, now that a listing begun after the first has shown all."""
        for each in await runs.running(conn, RESTORED_RUN, self.system):
            if each.started < run.started:
                log.warning("system.restored", system=self.system, records=each.counts["records"])
                await runs.finish(conn, each.id, "done", each.counts, _now())

    async def _doubt(
        self, conn: AsyncConnection, standing: systems.Standing, summary: Summary, missing: Counter[str]
    ) -> str | None:
        answered = standing.believed or standing.healing
        settled = not missing and standing.held is None and not (standing.healing and summary.returned)
        due = await inbox_state.next_due(conn, self.system)
        settled = settled and (due is None or due > _now())  # what was doubted lies there until it is judged
        if answered and settled:
            await systems.release(conn, self.system)  # what was answered has been taken in: doubt again from now on
        if answered:
            return None
        engine, living = self.shop.engine, await losses.living(conn, self.system)
        return too_many_gone(missing, living, share_max=engine.absent_share_max, floor=engine.absent_floor)


def _has_news(record: Record, row: Replica) -> bool:
    """Whether its system's history tells of changes by others that were not taken in; they need not show any more."""
    return row.entry is not None and any(each.number > row.entry and not each.ours for each in record.history)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
