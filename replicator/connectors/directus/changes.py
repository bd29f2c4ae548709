"""Changes, asked for by the activity: of all collections at once, deletes and all.

Numbers of entries are given before commits, so a lower one can show after a higher. A question begins at the *floor*:
the newest entry behind which nothing can still be hidden, because it is older than a transaction lasts, by the clock of
the database or since we saw it first. What lies above it is asked for again and again, and told once. The cursor is
the floor and the *head*, the newest entry told, with its date: where the head is gone or is another entry, the database
is not the one that we read, and only a full listing can tell what is in it.

What leaves no entry (direct SQL, the database's own cascades, a junction row deleted by itself) only listings find.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

from replicator.connectors.base import Page, Record
from replicator.connectors.directus import activity
from replicator.connectors.directus.activity import Entry
from replicator.connectors.directus.layout import Layout
from replicator.connectors.directus.reading import Reading
from replicator.errors import CursorLost

ENTRIES = 500  # a question: half a second's work for the server, and never more items than this to be read again
NOWHERE = (0, 0)
CURSOR = re.compile(r"^(\d+):(\d+)@(\d+)$")


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
        place = _place(since)
        first, proven = place.floor, False
        while True:
            entries = await self._entries(first)
            last = len(entries) < ENTRIES
            proven = proven or _same(place.head, entries, last=last)
            fresh = [each for each in entries if each.number not in self._told and each.number > place.floor]
            place = _Place(self._settled(place.floor), max([place.head, *((each.number, each.at) for each in entries)]))
            yield Page(records=await self._records(fresh), cursor=str(place))
            # Only now is what the page said stored: a page that could not be is told again.
            self._told |= {each.number: (each.at, self._clock()) for each in fresh}
            if last:
                return
            first = entries[-1].number + 1

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
            return str(_Place(0, NOWHERE))
        before = _iso(newest[0].at - round(self._overlap_seconds * 1000))
        older = await self._reading.entries({**self._ours(), "timestamp": {"_lte": before}}, sort="-id", limit=1)
        return str(_Place(older[0].number if older else 0, (newest[0].number, newest[0].at)))

    def _settled(self, floor: int) -> int:
        """The floor raised over the entries that have lain above it for long enough."""
        newest = max((at for at, _ in self._told.values()), default=0)
        now, overlap = self._clock(), self._overlap_seconds
        settled = [
            number
            for number, (at, first_told) in self._told.items()
            if at + overlap * 1000 <= newest or first_told + overlap <= now
        ]
        floor = max([floor, *settled])
        self._told = {number: told for number, told in self._told.items() if number > floor}
        return floor

    async def _records(self, entries: Sequence[Entry]) -> list[Record]:
        """What these entries are about, as it is now, parents first: a record that was deleted is absent.

        One that is not there though no entry says so is left to a listing, which sees whether it is the only one.
        """
        deleted = {each.item for each in entries if each.action == activity.DELETE}
        records: list[Record] = []
        for type_name, ids in (await self._touched(entries)).items():
            found = {record.remote_id: record for record in await self._reading.by_ids(type_name, list(ids))}
            absent = {each: Record(type=type_name, remote_id=each, fields=None) for each in ids if each in deleted}
            shown = absent | found
            records += [shown[each] for each in ids if each in shown]
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a poll stands. As text it is a cursor: `17:23@1795217175260`."""

    floor: int
    head: tuple[int, int]  # number and date

    @override
    def __str__(self) -> str:
        return f"{self.floor}:{self.head[0]}@{self.head[1]}"


def _place(since: str) -> _Place:
    told = CURSOR.match(since)
    if told is None:
        raise CursorLost(f"{since!r} is no place in the activity")
    floor, number, at = map(int, told.groups())
    return _Place(floor, (number, at))


def _same(head: tuple[int, int], entries: Sequence[Entry], *, last: bool) -> bool:
    """Whether the head was seen again as it was, or needs not be. Raises CursorLost where it is not what it was."""
    if head == NOWHERE or head in [(each.number, each.at) for each in entries]:
        return True
    if last or entries[-1].number >= head[0]:
        raise CursorLost(
            f"entry {head[0]} of the activity is gone or another one: this is not the database that we read"
        )
    return False


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
