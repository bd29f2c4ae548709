"""Replay: a system is written from the log, as of now or of a position. No writer beside the applier: this makes due.

An emptied target starts anew (its generation is raised, old remote ids stay in the log); one that holds what we know is
brought to where it should be. A target of its own, and whatever is written as of the past, is *pinned*: nothing else is
written there until it is resumed. What is left to write lies in `deliveries`, so a replay that was killed goes on where
it was, whoever goes on with it; people's edits go first. It makes no event: its echoes are recognised like any write's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.engine import operate, wanted
from replicator.engine.shop import Shop
from replicator.engine.wanted import Forecast, Scope
from replicator.errors import Busy, ConfigurationError, NotEmpty
from replicator.log import events, orders, runs, systems
from replicator.log.database import Database
from replicator.log.runs import Run

KIND = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants: `target` from the log, or into another installation of it (`into`); as of a position; only
    some types, or what holds some values.
    """

    target: str
    into: str | None = None
    as_of: int | None = None
    types: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def system(self) -> str:
        """The system that is written."""
        return self.into or self.target

    @property
    def pins(self) -> bool:
        """Whether nothing else is written there until it is resumed."""
        return self.into is not None or self.as_of is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come. `dead`: writes that were given up."""

    run: int
    system: str
    total: int
    left: int
    dead: int
    as_of: int | None
    state: str


async def preview(database: Database, shop: Shop, order: Order) -> Forecast:
    """What a replay would create, change and delete. Raises ConfigurationError, NotEmpty."""
    scope = await _scope(database, shop, order)
    async with database.look() as conn:
        return await wanted.forecast(conn, shop, scope)


async def begin(database: Database, shop: Shop, order: Order) -> Run:
    """Make due what is to be written, all in one transaction, or go on with the same replay where it was.

    Raises Busy where another replay into that system has not ended.
    """
    async with database.look() as conn:
        under_way = await runs.running(conn, KIND, order.system)
    if under_way:
        return _same(under_way[0], order)
    scope = await _scope(database, shop, order)
    async with database.unit() as conn:
        run = await runs.start(conn, KIND, order.system, _now())
        if scope.anew:
            await operate.start_anew(conn, order.system, _now())
        await systems.accept(conn, order.system)
        if order.pins:
            await systems.pin(conn, order.system, scope.position)
            await orders.clear(conn, order.system, _now())
        due = await wanted.order(conn, shop, scope, priority=operate.REBUILD_PRIORITY, reason=reason(run), now=_now())
        await runs.progress(conn, run, {"total": due.total, "due": due.counts, **_said(order)})
        (started,) = await runs.running(conn, KIND, order.system)
    return started


async def progress(conn: AsyncConnection, run: Run) -> Progress:
    """How far it is."""
    left = await orders.left(conn, str(run.system), reason(run.id))
    dead = left.get("dead", 0) + left.get("held", 0)
    return Progress(
        run=run.id,
        system=str(run.system),
        total=run.counts.get("total", 0),
        left=sum(left.values()) - dead,
        dead=dead,
        as_of=run.counts.get("as_of"),
        state=run.state,
    )


async def close(database: Database) -> int:
    """Note the end of every replay of which nothing is left to write, whoever wrote the last of it. How many."""
    closed = 0
    async with database.unit() as conn:
        for run in await runs.running(conn, KIND):
            now = await progress(conn, run)
            if now.left == 0:
                counts = {**run.counts, "dead": now.dead}
                await runs.finish(conn, run.id, "done", counts, _now())
                closed += 1
    return closed


async def cancel(database: Database, shop: Shop, system: str) -> int:
    """Write nothing more of a replay into this system: how many records were left. What was written stays, and stays
    known; a pinned system stays pinned. Raises ConfigurationError where none is under way.
    """
    operate.known(shop, system)
    async with database.unit() as conn:
        under_way = await runs.running(conn, KIND, system)
        if not under_way:
            raise ConfigurationError(f"no replay into {system} is under way")
        left = 0
        for run in under_way:
            left += await orders.forget(conn, system, reason(run.id), _now())
            await runs.finish(conn, run.id, "cancelled", {**run.counts, "left": left}, _now())
    return left


async def resume(database: Database, shop: Shop, system: str) -> int:
    """Write to a pinned system again, as of now: how many records are due there for that."""
    operate.known(shop, system)
    async with database.unit() as conn:
        if (await systems.load_all(conn))[system].as_of is None:
            return 0
        if await runs.running(conn, KIND, system):
            raise Busy(f"a replay into {system} is under way: `replicator cancel {system}` ends it")
        await systems.pin(conn, system, None)
        scope = Scope(system=system, position=await events.head(conn))
        due = await wanted.order(
            conn, shop, scope, priority=operate.REBUILD_PRIORITY, reason="the system is as of now again", now=_now()
        )
    return due.total


def reason(run: int) -> str:
    """How the deliveries of a replay are known."""
    return f"replay {run}"


async def _scope(database: Database, shop: Shop, order: Order) -> Scope:
    """Which records are written, and whether the target is empty. Raises ConfigurationError, NotEmpty."""
    _possible(shop, order)
    system = order.system
    async with database.look() as conn:
        standing, head = (await systems.load_all(conn))[system], await events.head(conn)
    anew = await operate.is_empty(shop, system)
    if not anew and not standing.matched:
        raise NotEmpty(f"{system} holds records that were not matched: `replicator pull {system} --match` comes first")
    if not anew and standing.held is not None:
        raise ConfigurationError(f"{system} is held: {standing.held}")
    return Scope(
        system=system,
        position=head if order.as_of is None else order.as_of,
        types=order.types,
        where=order.where,
        anew=anew,
    )


def _possible(shop: Shop, order: Order) -> None:
    for system in (order.target, order.system):
        operate.known(shop, system)
        if system not in shop.targets():
            raise ConfigurationError(f"{system} is a feed: it is only ever read")
    kinds = {shop.systems[order.target].kind, shop.systems[order.system].kind}
    if len(kinds) > 1:
        raise ConfigurationError(f"{order.target} and {order.into} are not of one kind")
    for name in order.types:
        if shop.view(order.system, name) is None:
            carried = ", ".join(kind for kind in shop.rules if shop.view(order.system, kind) is not None)
            raise ConfigurationError(f"{order.system} carries no {name}; it carries {carried}")
    fields = {name for rules in shop.rules.values() for name in rules.schema.fields}
    for name in order.where:
        if name not in fields:
            raise ConfigurationError(f"no type has a field {name}")


def _said(order: Order) -> dict[str, object]:
    return {"as_of": order.as_of, "types": list(order.types), "where": dict(order.where)}


def _same(run: Run, order: Order) -> Run:
    if any(run.counts.get(name) != said for name, said in _said(order).items()):
        raise Busy(
            f"another replay into {order.system} is under way: wait for it, or end it with "
            f"`replicator cancel {order.system}`"
        )
    return run


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
