"""A story between the real systems: the replicator runs as it would for an owner, people work at each system.

Nothing is stepped: its loops run, its web door takes the hooks, its requests pass a proxy that counts what is written.
What a system holds is read through our connectors, which the conformance suite has proven there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from replicator.app import App
from replicator.catalog import CATALOG
from replicator.connectors.base import Record
from replicator.core.document import Value
from replicator.core.schema import Kind
from replicator.engine.capture import Capture
from replicator.errors import Busy
from replicator.log import conflicts
from replicator.web.serve import Web
from tests.live.between import Between
from tests.live.hands import Hand
from tests.live.lying import remote_ids
from tests.live.ready import Ready
from tests.processes.site import open_work

SHOPS = ("medusa", "directus", "strapi")
SECONDS_MAX = 90.0
LOOK_SECONDS = 0.1
PASSES_MAX = 12  # full passes until nothing is new

Shown = Mapping[tuple[str, str], Mapping[str, Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The replicator between the systems, and the people there."""

    app: App
    web: Web
    ready: Mapping[str, Ready]
    between: Mapping[str, Between]
    hands: Mapping[str, Hand]

    # What people do.

    async def create(self, system: str, type_name: str, fields: Mapping[str, Any]) -> str:
        """A person makes a record; its remote id."""
        return await self.hands[system].create(type_name, fields)

    async def edit(self, system: str, type_name: str, key: str, changes: Mapping[str, Any]) -> None:
        """A person changes a record."""
        await self.hands[system].edit(type_name, self.remote_id(system, type_name, key), changes)

    async def remove(self, system: str, type_name: str, key: str) -> None:
        """A person deletes a record."""
        await self.hands[system].remove(type_name, self.remote_id(system, type_name, key))

    def remote_id(self, system: str, type_name: str, key: str) -> str:
        """The one record with this natural key."""
        found = remote_ids(self.ready[system].server, type_name, key)
        assert len(found) == 1, f"{system} has {len(found)} of {type_name} {key}"
        return found[0]

    # What befalls the systems.

    def kill(self, system: str) -> None:
        """As a power cut would."""
        self.ready[system].server.instance.kill()

    async def revive(self, system: str) -> None:
        """Start it again, in this thread, with whose end it ends."""
        instance = self.ready[system].server.instance
        instance.start()
        await asyncio.to_thread(instance.await_ready)

    async def back_up(self, system: str, file: Path) -> None:
        """Write all that a system holds into a file."""
        await asyncio.to_thread(self.ready[system].server.dump, file)

    async def restore(self, system: str, file: Path) -> None:
        """Give a system what it held when it was backed up."""
        server = self.ready[system].server
        await asyncio.to_thread(server.instance.stop)
        await asyncio.to_thread(server.cluster.restore, server.database, file)
        await self.revive(system)

    # What becomes of it.

    async def shown(self, system: str) -> Shown:
        """All records of a system by natural key; references, too, are told by the key of what they point to."""
        records = await self._records(system)
        keys = _keys(records)
        return {(one.type, keys[one.type, one.remote_id]): _told(one, keys) for one in records}

    async def count(self, system: str, *types: str) -> int:
        """How many records of these types a system shows."""
        return sum(name in types for name, _ in await self.shown(system))

    async def _records(self, system: str) -> list[Record]:
        connector = self.app.shop.connectors[system]
        return [
            record
            for listing in connector.features.listings
            async for page in connector.pages(listing)
            for record in page.records
            if record.fields is not None
        ]

    async def part(self, system: str, type_name: str, sku: str) -> Record:
        """The one price or stock of a variant."""
        variant = self.remote_id(system, "variant", sku)
        found = [each for each in await self._records(system) if each.type == type_name]
        (one,) = [each for each in found if (each.fields or {}).get("variant") == variant]
        return one

    async def edit_part(self, system: str, type_name: str, sku: str, changes: Mapping[str, Any]) -> None:
        """A person changes the price or the stock of a variant."""
        await self.hands[system].edit(type_name, (await self.part(system, type_name, sku)).remote_id, changes)

    async def count_stock(self, system: str, sku: str, quantity: int) -> None:
        """A person says how many there are of a variant."""
        if system == "medusa":
            await self.edit(system, "variant", sku, {"stock": quantity})
        else:
            await self.edit_part(system, "stock", sku, {"quantity": quantity})

    async def of_parts(self, type_name: str, sku: str, name: str) -> list[Value]:
        """The value of one field of a variant's price or stock at every system."""
        return [((await self.part(system, type_name, sku)).fields or {}).get(name) for system in SHOPS]

    async def everywhere(self, type_name: str, key: str, name: str) -> list[Value]:
        """The value of one field at every system; None where the record is not."""
        return [(await self.shown(system)).get((type_name, key), {}).get(name) for system in SHOPS]

    async def reached(self, type_name: str, key: str, name: str, value: Value) -> None:
        """Wait until a value is everywhere, without any listing: by hooks and polls alone."""
        seen: list[Value] = []

        async def same() -> bool:
            seen[:] = await self.everywhere(type_name, key, name)
            return seen == [value] * len(SHOPS)

        await until(same, lambda: f"{type_name} {key}: {name} should be {value!r} everywhere and is {seen}")

    async def settled(self) -> None:
        """List the systems until a pass finds nothing new; each time, wait until all is judged and written."""
        for _ in range(PASSES_MAX):
            await self.idle()
            before = await self._done()
            await self.listed()
            await self.idle()
            if await self._done() == before:
                return
        raise AssertionError(f"there is always something new: {await self._done()}")

    async def listed(self) -> None:
        """A full listing of every system, judged or not."""
        wrong = "somebody else lists all the time"
        await asyncio.gather(*(until(partial(self._full, each), lambda: wrong) for each in self.app.shop.connectors))
        self.app.wake.send()

    async def idle(self) -> None:
        """Nothing is unjudged, nothing is due, no listing is under way."""
        left: dict[str, object] = {}

        async def done() -> bool:
            left.clear()
            left.update(await open_work(self.app.database))
            return not left

        await until(done, lambda: f"never done: {left}")

    async def quiet(self, passes: int = 3) -> None:
        """Full passes of capture, intake and apply in which no system receives a write: not by our count, not by its
        own rows.
        """
        await self.settled()
        before = self.witness()
        for _ in range(passes):
            await self.listed()
            await self.idle()
        assert self.witness() == before

    def witness(self) -> dict[str, tuple[list[str], dict[str, tuple[int, int]]]]:
        """All that was ever written: what passed us, and the stamp of every row that lies there."""
        return {
            name: (
                list(self.between[name].writes),
                each.kept.fingerprint(),
            )
            for name, each in self.ready.items()
        }

    async def agreed(self) -> None:
        """All systems show the same records, with the same values in what they carry, each in its declared form."""
        shown = {system: await self.shown(system) for system in SHOPS}
        first, *others = SHOPS
        for other in others:
            assert sorted(shown[first]) == sorted(shown[other]), f"{first} and {other} have other records"
            differences = [
                (name, key, fields[key], shown[other][name][key])
                for name, fields in shown[first].items()
                for key in sorted(fields.keys() & shown[other][name].keys())
                if self._in_form((first, other), name[0], key, fields[key])
                != self._in_form((first, other), name[0], key, shown[other][name][key])
            ]
            assert differences == [], f"{first} and {other} show otherwise: {differences}"

    def _in_form(self, systems: tuple[str, str], type_name: str, key: str, value: Value) -> Value:
        """A value as it is after it was at both systems."""
        for system in systems:
            value = self.app.shop.connectors[system].features.types[type_name].normal(key, value)
        return value

    async def open_conflicts(self) -> list[tuple[str, Value]]:
        """What was decided and a person has not looked at: field and the value that lost."""
        async with self.app.database.look() as conn:
            return [(one.conflict.key, one.conflict.loser) for one in await conflicts.open_ones(conn, limit=1000)]

    async def _full(self, system: str) -> bool:
        try:
            await Capture(self.app.database, self.app.shop, system).full()
        except Busy:
            return False
        return True

    async def _done(self) -> tuple[int, int]:
        async with self.app.database.look() as conn:
            asked = "select (select position from log_head), (select count(*) from writes)"
            row = (await conn.execute(text(asked))).one()
            return int(row[0]), int(row[1])


def _keys(records: Sequence[Record]) -> dict[tuple[str, str], str]:
    """The natural key of each; what a key refers to is told by its own, so that it is one at all systems."""
    keys: dict[tuple[str, str], str] = {}
    for name, schema in CATALOG.items():  # parents first
        for one in records:
            if one.type == name:
                told = {**(one.fields or {}), **_told(one, keys)}
                keys[name, one.remote_id] = schema.named(told) or one.remote_id
    return keys


def _told(record: Record, keys: Mapping[tuple[str, str], str]) -> dict[str, Value]:
    """A record's fields with references told by natural key."""
    told: dict[str, Value] = {}
    for key, value in (record.fields or {}).items():
        field = CATALOG[record.type].field(key)
        if field.kind is Kind.REFERENCE and isinstance(value, str):
            told[key] = keys.get((str(field.target), value), value)
        elif field.kind is Kind.REFERENCES and isinstance(value, list | tuple):
            told[key] = sorted(keys.get((str(field.target), str(each)), str(each)) for each in value)
        else:
            told[key] = value
    return told


async def until(look: Callable[[], Awaitable[bool]], wrong: Callable[[], str]) -> None:
    """Look until it is so: real systems give no signal to wait for."""
    end = time.monotonic() + SECONDS_MAX
    while not await look():
        assert time.monotonic() < end, wrong()
        await asyncio.sleep(LOOK_SECONDS)
