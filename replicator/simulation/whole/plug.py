"""The connector of a played system: the real contract, over a system in memory, with a pause at every call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from replicator.connectors.base import (
    Ambiguous,
    Attribution,
    Failed,
    Features,
    Finding,
    Health,
    Locator,
    Page,
    Record,
    Trouble,
    Write,
    WriteResult,
    Written,
)
from replicator.simulation import systems
from replicator.simulation.whole.kinds import KINDS, features
from replicator.simulation.whole.moment import Moment
from replicator.simulation.whole.runner import CURRENT, Doom, pause
from replicator.simulation.whole.site import LEASE_SECONDS, Batch, Site

PAGE_RECORDS = 2
OVERLAP_MS = 2000


class Plug:
    """A connector. `reads` keeps what each record truly was when it was read, by the number that its author bears."""

    def __init__(self, site: Site, moment: Moment, reads: dict[str, systems.Record]) -> None:
        self.features: Features = features(site.ability)
        self._site, self._moment, self._reads = site, moment, reads

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """Pages by offset: what is made or deleted between two of them shifts the rest."""
        offset, cursor = 0, str(self._moment.ms + self._site.ability.ahead * 1000) if self.features.since else None
        while True:
            await pause()
            records = sorted(self._site.types[listing].records.values(), key=lambda each: each.remote_id)
            if since is not None:
                records = [each for each in records if each.version >= int(since) - OVERLAP_MS]
            page = [self._read(listing, each) for each in records[offset : offset + PAGE_RECORDS]]
            offset += PAGE_RECORDS
            await pause()
            last = offset >= len(records)
            yield Page(records=page, cursor=cursor if last else since or "0")
            if last:
                return

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """Each record as it is at one moment."""
        await pause()
        found = [self._find(each) for each in locators]
        await pause()
        return list(found)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Send them, and wait for the answer if there will be one."""
        running = CURRENT.get()
        doom = running.doom if running is not None else Doom()
        await pause()
        if doom.fate.refused:
            return [Failed(trouble=Trouble.RETRY, message="busy", status=429, retry_after=5) for _ in writes]
        began = running.began if running is not None else self._moment.seconds
        batch = self._site.send(writes, doom.fate, self._moment.ms, (began + LEASE_SECONDS) * 1000)
        if running is None:
            self._site.advance(self._moment.ms)
        else:
            running.calls.append(batch)
        while batch.results is None:
            await pause()
        return [self._answered(write, each, batch) for write, each in zip(writes, batch.results, strict=True)]

    async def provision(self, *, apply: bool) -> list[Finding]:
        """Nothing is missing here."""
        del apply
        return []

    async def health(self) -> Health:
        """It is always up; what fails are calls."""
        return Health(ok=True, message="up")

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _find(self, locator: Locator) -> Record | None:
        there = self._site.types[locator.type]
        if locator.remote_id is not None:
            record = there.records.get(locator.remote_id)
            return self._read(locator.type, record) if record else self._absent(locator.type, locator.remote_id)
        marked = [each for each in there.records.values() if each.marker and each.marker.entity == locator.entity]
        record = marked[0] if len(marked) == 1 else there.holder(next(iter(locator.key.values()), None))
        return self._read(locator.type, record) if record else None

    def _answered(self, write: Write, result: WriteResult, batch: Batch) -> WriteResult:
        record = batch.landed.get(write.entity)
        if record is None or isinstance(result, Failed):
            return result
        return Written(remote_id=record.remote_id, record=self._read(write.type, record))

    def _absent(self, kind: str, remote_id: str) -> Record:
        return Record(type=kind, remote_id=remote_id, fields=None)

    def _read(self, kind: str, record: systems.Record) -> Record:
        name = f"read {len(self._reads)}"
        self._reads[name] = record
        plain = [each for each in self.features.types[kind].reads if not KINDS[kind].fields[each].qualified]
        tells = self._site.ability.tells
        shown = {key: each for key, each in record.fields.items() if each is not None or "@" not in key}
        return Record(
            type=kind,
            remote_id=record.remote_id,
            fields={**dict.fromkeys(plain), **shown},
            version=record.version,
            marker=record.marker,
            attribution=Attribution(sync_id=record.wrote if tells else None, author=name),
        )
