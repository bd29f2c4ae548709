"""Changes, asked for by the activity: of all collections at once, deletes and all.

Numbers of entries are given before commits, so a lower one can show after a higher. A question begins at the *floor*:
the newest entry behind which nothing can still be hidden, because it is older than a transaction lasts, by the clock of
the database or since we saw it first. What lies above it is asked for again and again, and told once. The cursor is
the floor with its date: where that entry is gone or is another one, the database is not the one that we read, and only
a full listing can tell what is in it.

What leaves no entry (direct SQL, the database's own cascades, a junction row deleted by itself) only listings find.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime

from replicator.connectors.base import Page, Record
from replicator.connectors.directus import activity
from replicator.connectors.directus.activity import Entry
from replicator.connectors.directus.layout import Layout
from replicator.connectors.directus.reading import Reading
from replicator.errors import CursorLost

ENTRIES = 500  # a question: half a second's work for the server, and never more items than this to be read again
NOWHERE = (0, 0)


class Changes:
    """The changes of one Directus. `overlap_seconds`: longer than any transaction there takes."""

    def __init__(
        self, layout: Layout, reading: Reading, overlap_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._layout = layout
        self._reading = reading
        self._overlap_seconds = overlap_seconds
        self._clock = clock
        self._told: dict[int, tuple[int, float]] = {}  # entries above the floor: number → (its date, when first told)

    async def pages(self, since: str | None) -> AsyncIterator[Page]:
        """What changed since a cursor; without one nothing but the cursor of this moment. Raises CursorLost."""
        if since is None:
            yield Page(records=[], cursor=await self._mark())
            return
        floor = _place(since)
        last = None
        while True:
            entries = await self._entries(floor[0] if last is None else last + 1)
            if last is None:
                _same(floor, entries)
            fresh = [each for each in entries if each.number not in self._told and each.number != floor[0]]
            floor = self._settled(floor)
            yield Page(records=await self._records(fresh), cursor=_cursor(floor))
            # Only now is what the page said stored: a page that could not be is told again.
            self._told |= {each.number: (each.at, self._clock()) for each in fresh}
            if len(entries) < ENTRIES:
                return
            last = entries[-1].number

    async def _entries(self, first: int) -> list[Entry]:
        condition = {**self._ours(), "id": {"_gte": first}}
        return await self._reading.entries(condition, sort="id", limit=ENTRIES)

    def _ours(self) -> dict[str, object]:
        return {"collection": {"_in": self._layout.collections_all()}, "action": {"_in": list(activity.WRITES)}}

    async def _mark(self) -> str:
        """The floor of this moment: the newest entry that is older than the newest of all by the overlap."""
        self._told.clear()
        newest = await self._reading.entries(self._ours(), sort="-id", limit=1)
        if not newest:
            return _cursor(NOWHERE)
        before = _iso(newest[0].at - round(self._overlap_seconds * 1000))
        older = await self._reading.entries({**self._ours(), "timestamp": {"_lte": before}}, sort="-id", limit=1)
        return _cursor((older[0].number, older[0].at) if older else NOWHERE)

    def _settled(self, floor: tuple[int, int]) -> tuple[int, int]:
        """The floor raised over the entries that have lain above it for long enough."""
        newest = max((at for at, _ in self._told.values()), default=0)
        now, overlap = self._clock(), self._overlap_seconds
        settled = [
            (number, at)
            for number, (at, first_told) in self._told.items()
            if at + overlap * 1000 <= newest or first_told + overlap <= now
        ]
        floor = max([floor, *settled])
        self._told = {number: told for number, told in self._told.items() if number > floor[0]}
        return floor

    async def _records(self, entries: Sequence[Entry]) -> list[Record]:
        """What these entries are about, as it is now, parents first: a record that is not there any more is absent."""
        records: list[Record] = []
        for type_name, ids in (await self._touched(entries)).items():
            found = {record.remote_id: record for record in await self._reading.by_ids(type_name, list(ids))}
            absent = {each: Record(type=type_name, remote_id=each, fields=None) for each in ids}
            records += [found.get(each, absent[each]) for each in ids]
        return records

    async def _touched(self, entries: Sequence[Entry]) -> Mapping[str, Mapping[str, None]]:
        touched: dict[str, dict[str, None]] = {each.name: {} for each in self._layout.carried()}
        between: dict[str, dict[str, None]] = {}
        for each in entries:
            type_name = self._layout.type_of(each.collection)
            into = between.setdefault(each.collection, {}) if type_name is None else touched[type_name]
            into[each.item] = None
        for collection, ids in between.items():
            owner = self._layout.owner_of(collection)
            if owner is not None:
                type_name, junction = owner
                touched[type_name] |= dict.fromkeys(await self._reading.owners(collection, junction.ours, list(ids)))
        return {name: ids for name, ids in touched.items() if ids}


def _same(floor: tuple[int, int], entries: Sequence[Entry]) -> None:
    """Refuse to go on from an entry that is not there any more, or is another one."""
    if floor == NOWHERE or (entries and (entries[0].number, entries[0].at) == floor):
        return
    raise CursorLost(f"entry {floor[0]} of the activity is gone or another one: this is not the database that we read")


def _cursor(floor: tuple[int, int]) -> str:
    return f"{floor[0]}@{floor[1]}"


def _place(since: str) -> tuple[int, int]:
    number, _, at = since.partition("@")
    try:
        return int(number), int(at)
    except ValueError as error:
        raise CursorLost(f"{since!r} is no place in the activity") from error


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
