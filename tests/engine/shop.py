"""A whole shop for one test: the played systems, people at them, and a replicator that is stepped by hand.

No loop runs: `settle` takes the steps of intake and apply of all systems until nothing is left to do, and moves the
clock on where something is only to be done later. What is claimed of writes is counted by the sandbox's own ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from replicator.app import App
from replicator.cli.lost import lost_values
from replicator.core.dossier import Dossier
from replicator.core.event import Event
from replicator.core.merge import Conflict
from replicator.engine import portrait
from replicator.engine.apply import Apply
from replicator.engine.capture import Capture, Summary
from replicator.engine.intake import Intake
from replicator.log import conflicts, deliveries, events, inbox_state, ledger_counts, systems, writes
from replicator.sandbox.audit import Excused, Report, audit
from replicator.sandbox.faults import Fault
from replicator.sandbox.ledger import REPLICATOR
from replicator.sandbox.people import People
from replicator.sandbox.strapi import Strapi
from replicator.sandbox.world import World
from tests.engine.clock import Clock

SHOPS = ("medusa", "directus", "strapi")
FROCKS = (162, 166)  # two products of one category and one tag
WATCHES = (95, 98, 190)  # the last two have the same title
FROCK, FROCK_SKU = "dapper-frock", "TOP-QUE-FRO-162"
OTHER, OTHER_SKU = "quiet-frock", "TOP-ILV-FRO-166"
STANDING = 7  # records that Medusa has from its start: two currencies, two providers, profile, location and store
STOCKED = 10 + STANDING  # of a stocked shop: two frocks with variant, price and stock, their tag, their category
ROUNDS_MAX = 200  # a story that is not quiet by then never will be


@dataclass(frozen=True, slots=True)
class Copy:
    """A further installation of Directus, and people at it."""

    world: World
    people: People


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A replicator that is stepped by hand, and what it replicates between."""

    app: App
    world: World
    people: People
    clock: Clock
    begun: int  # of the ledger: what came before it was setting up
    copies: Mapping[str, Copy] = field(default_factory=dict)

    async def settle(self) -> None:
        """Until all hooks are delivered, everything is judged, and nothing is due."""
        for _ in range(ROUNDS_MAX):
            await self.deliver_hooks()
            began = self.clock.now()
            if not await self._round() and not await self._moved_on(began):
                return
        raise AssertionError(f"never quiet: {await self.open_work()}")

    async def deliver_hooks(self) -> None:
        """All hooks that were sent are delivered."""
        played = self.world.systems["strapi"]
        if isinstance(played, Strapi):
            await played.records.announcer.settle()
        for hooks in self.world.hooks.values():
            await hooks.settle()

    def switch_hooks(self, *, off: bool) -> None:
        for hooks in self.world.hooks.values():
            hooks.switches.off = off

    async def list_all(self, *names: str) -> dict[str, Summary]:
        """A full listing of these systems, not yet judged."""
        return {name: await Capture(self.app.database, self.app.shop, name).full() for name in names}

    async def full_pass(self, *names: str) -> None:
        """List these systems (all, if none is named) in full, and settle what is found."""
        await self.settle()
        await self.list_all(*(names or self.app.shop.connectors))
        await self.settle()

    def intake(self, system: str) -> Intake:
        return Intake(self.app.database, self.app.shop, system)

    def apply(self, system: str) -> Apply:
        return Apply(self.app.database, self.app.shop, system, "the test")

    async def _round(self) -> int:
        worked = sum([await self.intake(name).step() for name in self.app.shop.connectors])
        return worked + sum([await self.apply(name).step() for name in self.app.shop.targets()])

    async def _moved_on(self, began: float) -> bool:
        """Move the clock on to the next thing that is due later. False where there is none, nor came due meanwhile."""
        async with self.app.database.look() as conn:
            moments = [await inbox_state.next_due(conn, name) for name in self.app.shop.connectors]
            moments += [await deliveries.next_due(conn, name) for name in self.app.shop.targets()]
        new = [each.timestamp() for each in moments if each is not None and each.timestamp() > began]
        if new and min(new) > self.clock.now():
            self.clock.move_to(min(new) + 0.001)
        return bool(new)

    async def open_work(self) -> dict[str, Any]:
        """What is not done: inbox rows by system (open, of them waiting), deliveries by system and state."""
        async with self.app.database.look() as conn:
            return {"inbox": await inbox_state.open_counts(conn), "deliveries": await deliveries.counts(conn)}

    # What the log says.

    async def head(self) -> int:
        """The log's last position."""
        async with self.app.database.look() as conn:
            return await events.head(conn)

    async def counts(self) -> ledger_counts.Counts:
        async with self.app.database.look() as conn:
            return await ledger_counts.load(conn)

    async def dossier(self, name: str) -> Dossier:
        """Of an entity named as people name it: `product:handle:tee`, `medusa:product:prod_01`."""
        async with self.app.database.look() as conn:
            return await portrait.dossier_of(conn, await portrait.find(conn, self.app.shop, name))

    async def events_of(self, entity: str) -> Sequence[Event]:
        async with self.app.database.look() as conn:
            return await events.read(conn, 0, 1000, entity=entity)

    async def conflicts(self) -> Sequence[Conflict]:
        async with self.app.database.look() as conn:
            return [each.conflict for each in await conflicts.open_ones(conn, limit=1000)]

    async def standing(self, system: str) -> systems.Standing:
        async with self.app.database.look() as conn:
            return (await systems.load_all(conn))[system]

    async def heard(self, name: str) -> list[tuple[str, str | None, str | None]]:
        """What was heard of an entity, oldest first: (source, outcome, reason)."""
        entity = (await self.dossier(name)).entity.id
        async with self.app.database.look() as conn:
            rows = await inbox_state.of_entity(conn, entity)
        return [(row.source, row.outcome, row.reason) for row in reversed(rows)]

    async def owed(self, name: str) -> dict[str, deliveries.Delivery]:
        """What is due of an entity, by system."""
        entity = (await self.dossier(name)).entity.id
        async with self.app.database.look() as conn:
            return {each.system: each for each in await deliveries.of_entity(conn, entity)}

    async def intents(self, name: str, system: str) -> list[str]:
        """The sync ids of the writes of an entity that were made or tried at a system, oldest first."""
        entity = (await self.dossier(name)).entity.id
        async with self.app.database.look() as conn:
            lines = await writes.of_entity(conn, entity)
        return [each.sync_id for each in reversed(lines) if each.kind == "intent" and each.system == system]

    async def retry_dead(self) -> int:
        """What `replicator retry` does."""
        async with self.app.database.unit() as conn:
            return await deliveries.retry(conn, datetime.fromtimestamp(self.clock.now(), UTC))

    async def dead(self) -> list[deliveries.Delivery]:
        async with self.app.database.look() as conn:
            return await deliveries.dead(conn)

    # What the systems show, and what the sandbox's ledger says.

    def shown(self, system: str, type_name: str) -> dict[str, dict[str, object]]:
        """The records of a type that a system shows: natural key → fields."""
        played = self.copies[system].world.systems["directus"] if system in self.copies else self.world.systems[system]
        return {each.key: each.fields for each in played.shown() if each.type == type_name}

    def everywhere(self, type_name: str, key: str, name: str) -> list[object]:
        """The value of one field at every shop."""
        return [self.shown(system, type_name).get(key, {}).get(name) for system in SHOPS]

    def mark(self) -> int:
        """This moment, for `writes`."""
        return self.world.ledger.mark("here")

    def writes(self, since: int | None = None) -> list[tuple[str, str, str, str]]:
        """The records that the replicator wrote, as the systems saw it: (system, type, key, action).

        Since the story began, or since a mark.
        """
        mark = self.begun if since is None else since
        return [
            (each.system, each.type, each.key, each.action)
            for each in self.world.ledger.entries
            if each.n > mark and each.account == REPLICATOR
        ]

    def spoil(self, system: str, fault: Fault) -> None:
        self.world.faults[system].rules.append(fault)

    async def audited(self, *, refused: Sequence[Mapping[str, Any]] = ()) -> Report:
        """What the sandbox counts, given what the replicator lists."""
        told = await lost_values(self.app)
        shown = {name: system.shown() for name, system in self.world.systems.items()}
        return audit(self.world.ledger, shown, Excused.read({"conflicts": told, "refused": list(refused)}))
