"""Import: a log that was exported becomes the log of this installation, which is empty. All of it, or nothing.

One transaction. Events are checked as they come (position, digests, chain) and appended with their seals; states are
folded from them batch by batch; at the end natural keys and what is due follow from states and rows. So it goes on
where the other one stopped, under the ids that the records have, and writes only what was due there too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.dossier import Dossier
from replicator.core.entity import Entity
from replicator.engine.changes import Change
from replicator.engine.shop import Shop
from replicator.errors import ConfigurationError, LogDamaged
from replicator.log import claims, cloudevents, codec, deliveries, dossiers, events, importing, past
from replicator.log.cloudevents import BEGIN, CONFLICT, FORM, HEAD, REPLICA, SEEN, SIDE, SIGNED, SYSTEM, Misread
from replicator.log.database import Database
from replicator.log.seal import link

BATCH = 500  # lines stored at once
PRIORITY = 9  # what was due there is due here, behind what people do

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came in: how many events, replica rows and conflicts, up to which position, from which installation."""

    installation: str
    position: int
    chain: str
    replicas: int
    conflicts: int
    due: int


@dataclass(slots=True)
class _Gathered:
    """Lines of one kind that wait to be stored together."""

    events: list[codec.Row] = field(default_factory=list)
    side: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: {kind: [] for kind in SIDE})

    @property
    def many(self) -> int:
        """How many wait."""
        return len(self.events) + sum(map(len, self.side.values()))


class Reader:
    """Reads the lines of an export one by one, checks each, and stores them in batches over one connection."""

    def __init__(self, conn: AsyncConnection, shop: Shop, revision: int) -> None:
        self._conn, self._shop, self._revision = conn, shop, revision
        self._sums = hashlib.sha256()
        self._gathered = _Gathered()
        self._whose = ""
        self._position, self._chain = 0, ""
        self._counts = dict.fromkeys(SIDE, 0)
        self.head: Mapping[str, Any] | None = None
        self.lines = 0

    async def take(self, raw: bytes) -> None:
        """The next line. Raises Misread."""
        if self.head is not None:
            raise Misread("it follows the last line, which names the head of the log")
        told = cloudevents.read(raw)
        if told["type"] == HEAD:
            await self._end(told["data"])
            return
        if (self.lines == 0) != (told["type"] == BEGIN):
            raise Misread("an export begins with the line that says whose it is, and has one such line")
        self._note(told)
        self._sums.update(raw)
        self.lines += 1
        if self._gathered.many >= BATCH:
            await self._store()

    def _note(self, told: Mapping[str, Any]) -> None:
        kind, data = told["type"], told["data"]
        if kind == BEGIN:
            if data.get("form") != FORM:
                raise Misread(f"it is of form {data.get('form')}; this program reads form {FORM}")
            self._whose = str(data.get("installation"))
        elif kind in SIDE:
            self._gathered.side[kind].append(data)
            self._counts[kind] += 1
        else:
            row = cloudevents.event_row(told)
            if row.type not in self._shop.rules:
                raise Misread(f"it is of the type {row.type}, which this installation does not have")
            self._chain = link(self._chain, row.position, row.digest)
            fault = events.fault(row, self._position, self._chain)
            if fault is not None:
                raise Misread(fault)
            self._position = row.position
            self._gathered.events.append(row)

    async def _end(self, head: Mapping[str, Any]) -> None:
        """The last line has come: it must say what we have read."""
        found = {
            "position": self._position,
            "chain": self._chain,
            "lines": self.lines,
            "sha256": self._sums.hexdigest(),
        }
        for name, value in found.items():
            if head.get(name) != value:
                raise Misread(f"it says {name} {head.get(name)}; what was read has {value}")
        await self._store()
        self.head = head

    async def _store(self) -> None:
        gathered, self._gathered = self._gathered, _Gathered()
        now = datetime.now(UTC)
        if gathered.events:
            ids = sorted({row.entity for row in gathered.events})
            states = {each: pair[0] for each, pair in (await dossiers.load(self._conn, ids, lock=False)).items()}
            for row in gathered.events:
                state = states.get(row.entity, Entity(type=row.type, id=row.entity))
                states[row.entity] = past.folded(state, codec.event_of(row))
            changes = [self._change(Dossier(entity=each)) for each in states.values()]
            parents = {each.entity.id: parent for each in changes if (parent := each.parent()) is not None}
            await dossiers.save(self._conn, list(states.values()), [], parents=parents, now=now)
            await events.restore(self._conn, gathered.events)
        if gathered.side[SYSTEM]:
            await importing.systems(self._conn, gathered.side[SYSTEM], self._whose)
        if gathered.side[REPLICA]:
            await importing.replicas(self._conn, gathered.side[REPLICA], self._revision)
        if gathered.side[SEEN] or gathered.side[SIGNED]:
            await importing.states(self._conn, gathered.side[SEEN], gathered.side[SIGNED])
        if gathered.side[CONFLICT]:
            await importing.conflicts(self._conn, gathered.side[CONFLICT])

    def _change(self, dossier: Dossier) -> Change:
        kind = dossier.entity.type
        return Change(before=None, after=dossier, rules=self._shop.rules[kind], rank=self._shop.rank(kind))

    async def conclude(self) -> Imported:
        """Make what follows from states and rows: natural keys, and what is due."""
        due, after = 0, ""
        while ids := await importing.all_entities(self._conn, after, BATCH):
            loaded = await dossiers.load(self._conn, ids, lock=False)
            changes = [self._change(Dossier(entity=state, replicas=rows)) for state, rows in loaded.values()]
            held = [replace(claim, fresh=False) for each in changes for claim in each.claims()]
            await claims.follow(self._conn, held)
            owed = [each for change in changes for each in change.due(PRIORITY)]
            await deliveries.make_due(self._conn, owed, datetime.now(UTC))
            due, after = due + len(owed), ids[-1]
        await importing.reserve_causes(self._conn)
        return Imported(
            installation=self._whose,
            position=self._position,
            chain=self._chain,
            replicas=self._counts[REPLICA],
            conflicts=self._counts[CONFLICT],
            due=due,
        )


async def import_log(database: Database, shop: Shop, lines: Iterable[bytes], *, report: Report) -> Imported:
    """Take in an export, line by line. Raises LogDamaged naming the line that is wrong, and then has taken in nothing;
    ConfigurationError where this log is not empty.
    """
    async with database.unit() as conn:
        await importing.begin(conn)
        if not await importing.is_fresh(conn):
            raise ConfigurationError("this log is not empty: an export is taken in by a new installation only")
        reader = Reader(conn, shop, await dossiers.draw_revision(conn))
        number = 0
        for number, raw in enumerate(lines, start=1):
            try:
                await reader.take(raw)
            except (Misread, KeyError, TypeError, AttributeError) as error:
                raise LogDamaged(f"line {number}: {error}") from error
            if number % BATCH == 0:
                report(number)
        if reader.head is None:
            raise LogDamaged(
                f"line {number} is the last one and does not name the head of the log: the file is cut off"
            )
        return await reader.conclude()
