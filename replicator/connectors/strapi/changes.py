"""Changes of all types at once: by the companion's own record of them, or, where it is not installed, by time.

The companion writes a row for every change, deletes too, with who made it, in the change's own transaction. Numbers of
rows are given before commits, so a lower one can show after a higher: a question begins at the *floor*, the newest row
behind which nothing can still be hidden, and what lies above it is asked for again and told once. The cursor is the
floor and the *head*, the newest row told, with its time: where that row is gone or another, the database is not the one
that we read, and only a full listing can tell what is in it.

A plain Strapi tells when each document last changed and not what was deleted: a cursor is the newest such time.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override

from replicator.connectors.base import Attribution, Locator, Page, Record
from replicator.connectors.client import Client
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.reading import Reader, rows_of
from replicator.errors import BadAnswer, CursorLost

CHANGES = "/api/changes"
ROWS = 100  # a question, and never more documents than this to be read again
OVERLAP = timedelta(seconds=10)  # longer than any transaction there takes
CURSOR = re.compile(r"^(\d+):(\d+)@(\S*)$")
BEGINNING = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the companion's: what was done, to which document, and by whom."""

    number: int
    at: str
    type_name: str | None  # None: of a type we do not carry
    remote_id: str
    action: str
    actor: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the telling goes on."""

    floor: int = 0
    head: int = 0
    at: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.floor}:{self.head}@{self.at}"


class Changes:
    """The changes of one Strapi."""

    def __init__(
        self, client: Client, layout: Layout, reader: Reader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._layout = layout
        self._reader = reader
        self._clock = clock
        self._told: dict[int, tuple[str, float]] = {}  # rows above the floor: number → (their time, when first told)

    async def pages(self, since: str | None) -> AsyncIterator[Page]:
        """What changed since a cursor; without one nothing but the cursor of this moment. Raises CursorLost."""
        if since is None:
            yield Page(records=[], cursor=str(await self._mark()) if self._layout.writer else await self._newest())
            return
        told = self._noted(since) if self._layout.writer else self._changed(since)
        async for page in told:
            yield page

    async def _noted(self, since: str) -> AsyncIterator[Page]:
        place = _place(since)
        first = min(place.floor + 1, place.head) if place.head else 0
        proven = place.head == 0
        while True:
            rows = await self._rows([("filters[id][$gte]", str(first)), ("sort", "id:asc")])
            proven = proven or _same(place, rows)
            if not proven and (len(rows) < ROWS or rows[-1].number > place.head):
                raise CursorLost(f"change {place.head} is not what it was: the database is another one")
            fresh = [each for each in rows if each.number not in self._told and each.number > place.floor]
            place = Place(self._settled(place.floor), *_head(place, rows))
            yield Page(records=await self._records(fresh), cursor=str(place))
            # Only now is what the page said stored: a page that could not be is told again.
            self._told |= {each.number: (each.at, self._clock()) for each in fresh}
            if len(rows) < ROWS:
                return
            first = rows[-1].number + 1

    async def _changed(self, since: str) -> AsyncIterator[Page]:
        """What plain documents say of themselves. The cursor moves when all types were asked, not before.

        The document that it stands at is told again each time, so that nothing told says that it is there no more.
        """
        if CURSOR.match(since):
            raise CursorLost("the companion is not there any more: changes are told by time from now on")
        newest, told = since, since == BEGINNING
        for each in self._layout.carried():
            async for page in self._reader.pages(each.name, since):
                newest = max(newest, page.cursor or since)
                if page.records:
                    told = True
                    yield replace(page, cursor=since)
        if not told:
            raise CursorLost(f"nothing was changed at {since}: what was is deleted, or the database was put back")
        yield Page(records=[], cursor=newest)

    async def _mark(self) -> Place:
        """The place of this moment: its floor is the newest row that is older than the newest of all by the overlap."""
        self._told.clear()
        newest = await self._rows([("sort", "id:desc"), ("pagination[pageSize]", "1")])
        if not newest:
            return Place()
        before = _iso(datetime.fromisoformat(newest[0].at) - OVERLAP)
        older = [("filters[createdAt][$lte]", before), ("sort", "id:desc"), ("pagination[pageSize]", "1")]
        settled = await self._rows(older)
        return Place(settled[0].number if settled else 0, newest[0].number, newest[0].at)

    async def _newest(self) -> str:
        times = [await self._reader.newest(each.name) for each in self._layout.carried()]
        return max((each for each in times if each is not None), default=BEGINNING)

    def _settled(self, floor: int) -> int:
        """The floor raised over the rows that have lain above it for long enough."""
        newest = max((datetime.fromisoformat(at) for at, _ in self._told.values()), default=None)
        now = self._clock()
        settled = [
            number
            for number, (at, first_told) in self._told.items()
            if (newest is not None and datetime.fromisoformat(at) + OVERLAP <= newest)
            or first_told + OVERLAP.total_seconds() <= now
        ]
        floor = max([floor, *settled])
        self._told = {number: told for number, told in self._told.items() if number > floor}
        return floor

    async def _records(self, rows: Sequence[Row]) -> list[Record]:
        """What these rows are about, as it is now, parents first; of what is gone, who deleted it."""
        records: list[Record] = []
        for each in self._layout.carried():
            last = {row.remote_id: row for row in rows if row.type_name == each.name}
            if not last:
                continue
            found = await self._reader.read([Locator(type=each.name, remote_id=remote_id) for remote_id in last])
            for record in found:
                if isinstance(record, Record):
                    gone = record.fields is None and last[record.remote_id].action == "delete"
                    records.append(self._deleted(record, last[record.remote_id]) if gone else record)
        return records

    def _deleted(self, record: Record, row: Row) -> Record:
        ours = row.actor == self._layout.writer
        return record if ours else replace(record, attribution=Attribution(author=row.actor))

    async def _rows(self, params: list[tuple[str, str]]) -> list[Row]:
        sized = params if any(name == "pagination[pageSize]" for name, _ in params) else [*params, *_SIZE]
        answer = await self._client.request("GET", CHANGES, params=sized)
        return [self._row(raw) for raw in rows_of(answer)]

    def _row(self, raw: Mapping[str, Any]) -> Row:
        try:
            return Row(
                number=int(raw["id"]),
                at=str(raw["createdAt"]),
                type_name=self._layout.type_of(str(raw["model_uid"]).rpartition(".")[2]),
                remote_id=str(raw["entity_document_id"]),
                action=str(raw["action"]),
                actor=str(raw["actor"]),
            )
        except KeyError as error:
            raise BadAnswer(f"a change of Strapi has no {error.args[0]}") from error


_SIZE = [("pagination[pageSize]", str(ROWS))]


def _place(cursor: str) -> Place:
    found = CURSOR.match(cursor)
    if found is None:
        raise CursorLost("the companion was installed: changes are told by number from now on")
    return Place(int(found[1]), int(found[2]), found[3])


def _same(place: Place, rows: Sequence[Row]) -> bool:
    return any((row.number, row.at) == (place.head, place.at) for row in rows)


def _head(place: Place, rows: Sequence[Row]) -> tuple[int, str]:
    return max([(place.head, place.at), *((row.number, row.at) for row in rows)])


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
