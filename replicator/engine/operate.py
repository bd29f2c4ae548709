"""Operate: what a person orders. Release a held system, rebuild an emptied one from the log, accept one that was
matched.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from replicator.engine.shop import Shop
from replicator.errors import ConfigurationError
from replicator.log import deliveries, inbox, systems
from replicator.log.database import Database

REBUILD_PRIORITY = 9  # behind everything that people do meanwhile


async def release(database: Database, shop: Shop, system: str) -> None:
    """Go on with a held system and believe what it shows: what is gone there was meant to go."""
    _known(shop, system)
    async with database.unit() as conn:
        await systems.release(conn, system, believe=True)
        await inbox.hurry(conn, system, datetime.fromtimestamp(time.time(), UTC))


async def rebuild(database: Database, shop: Shop, system: str) -> int:
    """Write an emptied system anew from the log: how many records are due there now.

    Its generation is raised: rows, vectors and states seen start anew, old remote ids are retired (the log keeps
    them), and what was heard of it before is not judged any more. Nothing is an event: rebuilding changes no state.
    """
    _known(shop, system)
    now = datetime.fromtimestamp(time.time(), UTC)
    carried = {name: shop.rank(name) for name, rules in shop.rules.items() if system in rules.views}
    priorities = {name: REBUILD_PRIORITY * 100 + rank for name, rank in carried.items()}
    async with database.unit() as conn:
        await systems.raise_generation(conn, system)
        await inbox.discard(conn, system, "heard before the system was emptied and rebuilt", now)
        return await deliveries.make_all_due(conn, system, priorities, now)


def _known(shop: Shop, system: str) -> None:
    if system not in shop.connectors:
        msg = f"there is no system {system!r}; there are {', '.join(shop.connectors)}"
        raise ConfigurationError(msg)
