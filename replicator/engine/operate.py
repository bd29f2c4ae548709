"""Operate: what a person orders of a system. Release one that is held, accept another installation's markers there,
rebuild one that was emptied from the log, pause it, have it listed now.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.engine.shop import Shop
from replicator.errors import ConfigurationError, NotEmpty
from replicator.log import cursors, deliveries, inbox, runs, systems
from replicator.log.database import Database

REBUILD_PRIORITY = 9  # behind everything that people do meanwhile


async def release(database: Database, shop: Shop, system: str, *, believe: bool = True, heal: bool = False) -> None:
    """Go on with a held system and believe what it shows: what is gone there was meant to go.

    With `heal` it is put right there: what is gone is written again, what is back is deleted again, what was emptied is
    filled. Without either, it is looked at again, and held again if the same is still seen.
    """
    known(shop, system)
    async with database.unit() as conn:
        await systems.release(conn, system, believe=believe and not heal, heal=heal)
        await cursors.hurry(conn, system, "@full", _now())
        await inbox.hurry(conn, system, _now())


async def accept(database: Database, shop: Shop, system: str, installation: str) -> None:
    """Go on with a system that was held because another installation's markers were seen there: that one is accepted.

    Raises ConfigurationError where the system was never matched: accepting a marker is not accepting its records.
    """
    known(shop, system)
    async with database.unit() as conn:
        if not (await systems.load_all(conn))[system].matched:
            msg = f"{system} was not matched yet; that comes first (`replicator pull {system} --match`)"
            raise ConfigurationError(msg)
        await systems.accept(conn, system, installation)
        await inbox.hurry(conn, system, _now())


async def pause(database: Database, shop: Shop, system: str, *, paused: bool) -> None:
    """Write nothing to a system, or write again. It is read all the while, and what is due stays due."""
    known(shop, system)
    async with database.unit() as conn:
        await (systems.pause if paused else systems.resume)(conn, system)


async def list_now(database: Database, shop: Shop, system: str) -> None:
    """List a system in full as soon as a worker is free for it."""
    known(shop, system)
    async with database.unit() as conn:
        await cursors.hurry(conn, system, "@full", _now())


async def rebuild(database: Database, shop: Shop, system: str) -> int:
    """Write an emptied system anew from the log: how many records are due there now.

    Its generation is raised: rows, vectors and states seen start anew, old remote ids are retired (the log keeps
    them), and what was heard of it before is not judged any more. Nothing is an event: rebuilding changes no state.
    """
    known(shop, system)
    now = _now()
    carried = {name: shop.rank(name) for name, rules in shop.rules.items() if system in rules.views}
    priorities = {name: REBUILD_PRIORITY * 100 + rank for name, rank in carried.items()}
    async with database.unit() as conn:
        await start_anew(conn, system, now)
        return await deliveries.make_all_due(conn, system, priorities, now)


async def start_anew(conn: AsyncConnection, system: str, now: datetime) -> None:
    """A system is empty, and known to be: raise its generation, and judge nothing that was heard before.

    What is there from the start, and is never written, only a listing makes known again.
    """
    await systems.raise_generation(conn, system)
    await systems.listened(conn, system, now, away=None)
    await runs.abandon(conn, "listing", system, now)
    await inbox.discard(conn, system, "heard before the system was emptied and rebuilt", now)
    await cursors.hurry(conn, system, "@full", now)


async def is_empty(shop: Shop, system: str) -> bool:
    """Whether nothing is there that a rebuilt system would hold twice."""
    try:
        await _must_be_empty(shop, system)
    except NotEmpty:
        return False
    return True


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def known(shop: Shop, system: str) -> None:
    """Raise ConfigurationError where there is no such system."""
    if system not in shop.connectors:
        msg = f"there is no system {system!r}; there are {', '.join(shop.connectors)}"
        raise ConfigurationError(msg)


async def _must_be_empty(shop: Shop, system: str) -> None:
    """Refuse to write everything anew beside what is there: that would make every record twice. Raises NotEmpty."""
    connector = shop.connectors[system]
    types = connector.features.types
    for listing in connector.features.listings:
        async for page in connector.pages(listing):
            first = next((record for record in page.records if not types[record.type].standing), None)
            if first is not None:
                raise NotEmpty(
                    f"{system} is not empty (it holds the {first.type} {first.remote_id}, for one): only an emptied "
                    f"system is rebuilt; to go on with this one, `replicator release {system}`"
                )
