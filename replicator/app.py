"""The composition root: the one place that builds things. Everything else is handed what it needs."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from replicator.catalog import CATALOG
from replicator.connectors import registry
from replicator.connectors.auth import TokenStore
from replicator.connectors.base import Connector
from replicator.core.schema import EntityType
from replicator.engine.shop import Shop, extended, rules_of
from replicator.engine.supervise import Supervisor
from replicator.errors import ConfigurationError, LogError
from replicator.log import migrate, systems
from replicator.log.database import Database
from replicator.log.embedded import PrivatePostgres
from replicator.log.tokens import PostgresTokens
from replicator.log.wake import Wake
from replicator.observe import log
from replicator.settings import Settings

REVIVE_SECONDS = 1.0  # between looks whether our Postgres is still there


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A replicator that is set up: its database is migrated and open, its connectors are built."""

    settings: Settings
    database: Database
    shop: Shop
    wake: Wake

    def supervisor(self, *, observe_only: bool = False) -> Supervisor:
        """The loops, ready to start. `observe_only` writes nothing to any system."""
        worker = f"{socket.gethostname()}:{os.getpid()}"
        return Supervisor(self.database, self.shop, self.wake, worker=worker, observe_only=observe_only)


@asynccontextmanager
async def opened(
    settings: Settings, *, connectors: Mapping[str, Connector] | None = None, provenance: bool = True
) -> AsyncIterator[App]:
    """Build everything and tear it down again. Without a configured database, the embedded Postgres runs meanwhile.

    `connectors` replaces those that the settings ask for: a test's, or another transport's. Without `provenance` every
    echo is taken for an edit: only the demo does that, to show what comes of it.
    """
    async with AsyncExitStack() as stack:
        url = await _database_url(settings, stack)
        await asyncio.to_thread(migrate.upgrade, url)
        database = Database(url)
        stack.push_async_callback(database.close)
        async with database.unit() as conn:
            await systems.ensure(conn, {name: each.kind for name, each in settings.systems.items()})
            installation = await systems.installation(conn)
        catalog = extended(CATALOG, settings.types)
        store = _token_stores(settings, installation, database, stack)
        built = connectors or {
            name: registry.connect(name, each, _carried(catalog, settings, name), store(name))
            for name, each in settings.systems.items()
        }
        for connector in built.values():
            stack.push_async_callback(connector.aclose)
        shop = Shop(
            installation=installation,
            connectors=built,
            systems=settings.systems,
            rules=rules_of(
                catalog, {name: each.features for name, each in built.items()}, settings.systems, settings.types
            ),
            engine=settings.engine,
            provenance=provenance,
        )
        wake = Wake(database)
        stack.push_async_callback(wake.stop)
        await wake.start()
        yield App(settings=settings, database=database, shop=shop, wake=wake)


async def _database_url(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database is not None:
        return settings.database.get_secret_value()
    embedded = PrivatePostgres(settings.home / "postgres")
    url = embedded.start()  # not in a thread: the server dies with the thread that started it
    stack.callback(embedded.stop)
    if embedded.alive:
        watch = asyncio.create_task(_revive(embedded), name="postgres")
        stack.callback(watch.cancel)
    return url


async def _revive(server: PrivatePostgres) -> None:
    """Start our Postgres again whenever it has ended: killed for its memory, or for want of room on its disk.

    All waits meanwhile, as for the first start: nobody could do anything without it.
    """
    while True:
        await asyncio.sleep(REVIVE_SECONDS)
        if not server.alive:
            try:
                server.start()
            except LogError as error:  # its disk is still full, or what was left of it has not ended yet: tried again
                log.error("postgres.ended", error=str(error))
            else:
                log.warning("postgres.revived")


def _carried(catalog: Mapping[str, EntityType], settings: Settings, system: str) -> dict[str, EntityType]:
    """The types that a system is to carry: what it is not to have is neither asked of it nor made there."""
    told = {name: each.systems for name, each in settings.types.items() if each.systems is not None}
    return {name: schema for name, schema in catalog.items() if system in told.get(name, (system,))}


def _token_stores(
    settings: Settings, installation: str, database: Database, stack: AsyncExitStack
) -> Callable[[str], TokenStore]:
    """Where the log-in of each system is kept for other processes: in Redis if it is configured, else in Postgres."""
    if settings.redis is None:
        return lambda system: PostgresTokens(database, system)
    try:
        from redis.asyncio import Redis  # noqa: PLC0415 - an extra: only who configures Redis needs it

        from replicator.connectors.tokens import RedisTokens  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ConfigurationError("redis is configured but not installed: pip install 'replicator[redis]'") from error
    redis = Redis.from_url(settings.redis.get_secret_value())
    stack.push_async_callback(redis.aclose)
    return lambda system: RedisTokens(redis, system, installation)
