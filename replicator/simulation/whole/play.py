"""A history of the second tier as data, and the stage it is played on: one database, emptied before each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from replicator.log import migrate, systems
from replicator.log.columns import metadata
from replicator.simulation.audit import Fault
from replicator.simulation.script import Step
from replicator.simulation.systems import Ability
from replicator.simulation.whole.moment import Moment
from replicator.simulation.whole.rest import close
from replicator.simulation.whole.watched import WatchedDatabase, watching
from replicator.simulation.whole.world import WholeWorld

KEPT = ("installation", "log_head")
_REFUSES_TO_BE_EMPTIED: LiteralString = """
select r.relname, t.tgname from pg_trigger t join pg_class r on r.oid = t.tgrelid
where not t.tgisinternal and (t.tgtype & 32) <> 0
"""
SECONDS_MAX = 300  # of real time; a history that takes longer hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSetting:
    """What a history starts from."""

    abilities: tuple[Ability, ...]
    keeps_deleted: str = ""
    seed: int = 0  # of the ids that are made


@dataclass(frozen=True, slots=True)
class WholeResult:
    """What happened in a history, and what went wrong."""

    setting: WholeSetting
    steps: tuple[Step, ...]
    world: WholeWorld
    faults: list[Fault]

    @property
    def sums(self) -> dict[str, int]:
        """How much happened."""
        audits = self.world.audits.values()
        writes = sum(system.written for audit in audits for system in audit.systems.values())
        return {"edits": sum(len(audit.edits) for audit in audits), "writes": writes, **self.world.counted}

    def unexcused(self) -> list[Fault]:
        """The faults that no excuse is known for."""
        return [each for each in self.faults if not each.excuse]


Act = Callable[..., Awaitable[None]]


async def _person(world: WholeWorld, act: str, number: int, kind: str, *words: Any) -> None:  # noqa: ANN401 - as the step has them
    persons = world.persons[kind]
    match act:
        case "erase":
            world.erase(kind, *words)
        case "back up":
            system, remote_id = words
            persons.back_up(system, remote_id, number)
        case _:
            getattr(persons, act.replace(" ", "_"))(*words)


async def _tell(world: WholeWorld, _number: int, kind: str, system: str, remote_id: str, how: str) -> None:
    await world.tell(kind, system, remote_id, repeat=how == "repeated", lost=how == "lost")


ACTS: Mapping[str, Act] = {
    "tell": _tell,
    "judge": lambda world, number, system, doom: world.judge(system, number, doom),
    "pay": lambda world, number, system, doom: world.pay(system, number, doom),
    "list": lambda world, number, system, doom: world.read(system, number, doom, full=True),
    "poll": lambda world, number, system, doom: world.read(system, number, doom, full=False),
    "go on": lambda world, _number, task: world.runner.go_on(task),
    "kill": lambda world, _number, task: world.kill(task),
    "tick": lambda world, _number, seconds: world.tick(seconds),
}
PEOPLE = frozenset({"make", "edit", "erase", "copy", "undo", "back up", "restore", "bring back"})


async def perform(world: WholeWorld, step: Step) -> None:
    """Let one thing happen."""
    if step.act in PEOPLE:
        await _person(world, step.act, step.number, *step.words)
    else:
        await ACTS[step.act](world, step.number, *step.words)


class Stage:
    """A database on which histories are played, one after another."""

    def __init__(self, database: WatchedDatabase, installation: str) -> None:
        self.database, self._installation = database, installation

    async def play(self, setting: WholeSetting, steps: Iterable[Step | tuple[Any, ...]]) -> WholeResult:
        """Play a history from the beginning to its end."""
        played = tuple(Step(*step) for step in steps)

        async def all_of_them(world: WholeWorld) -> tuple[Step, ...]:
            for step in played:
                await perform(world, step)
            return played

        return await self.improvise(setting, all_of_them)

    async def improvise(
        self, setting: WholeSetting, driver: Callable[[WholeWorld], Awaitable[tuple[Step, ...]]]
    ) -> WholeResult:
        """Let a driver make a history up as it goes; what it did is what it returns."""
        await asyncio.to_thread(self._empty)
        moment = Moment(setting.seed)
        with watching(), moment.reigning():
            world = WholeWorld(setting.abilities, self.database, moment, self._installation, setting.keeps_deleted)
            await self._meet(world)
            steps = await driver(world)
            return WholeResult(setting, steps, world, await close(world))

    async def _meet(self, world: WholeWorld) -> None:
        async with self.database.unit() as conn:
            await systems.ensure(conn, {name: each.kind for name, each in world.shop.systems.items()})
            for name in world.sites:
                await systems.accept(conn, name)

    def _empty(self) -> None:
        """Everything goes, also what is append-only: this database is for nothing else."""
        tables = SQL(", ").join(Identifier(name) for name in metadata.tables if name not in KEPT)
        with psycopg.connect(self.database.conninfo) as conn:
            for table, trigger in conn.execute(_REFUSES_TO_BE_EMPTIED).fetchall():
                conn.execute(SQL("drop trigger {} on {}").format(Identifier(trigger), Identifier(table)))
            conn.execute(SQL("truncate {} restart identity").format(tables))
            conn.execute("update log_head set position = 0, chain = ''")
            conn.execute("alter sequence revisions restart")


@asynccontextmanager
async def staged(url: str) -> AsyncIterator[Stage]:
    """A stage on a database of that URL, which is emptied."""
    await asyncio.to_thread(migrate.upgrade, url)
    database = WatchedDatabase(url)
    try:
        async with database.look() as conn:
            installation = await systems.installation(conn)
        yield Stage(database, installation)
    finally:
        await database.close()
