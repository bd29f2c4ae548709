"""The way to the database: units that write, looks that only read.

A *unit* is one READ COMMITTED transaction: it loads rows in bulk with locks, judges them in memory, saves in bulk, and
appends to the log last. It is written or not; where the connection breaks during the commit we cannot know, so every
unit must be one that can be done again. Errors of the driver become ours here (`TRANSLATIONS`), with what the
  database said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from psycopg import Connection
from psycopg.types.string import TextLoader
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from replicator.errors import ConfigurationError, DedupeMismatch, LogError
from replicator.log import codec
from replicator.log.line import STATEMENT_SECONDS_MAX, Watched, dialled

CONNECTIONS = 10
IDLE_SECONDS_MAX = 60  # a unit that holds locks and does nothing is ended: others wait for it
APP_ROLE = """
select set_config('role', rolname, false) from pg_roles
where rolname = 'replicator_app' and pg_has_role(current_user, oid,
    case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end)
  and to_regclass('public.events') is not null and has_table_privilege(oid, 'public.events', 'SELECT')
"""


_ALONE = text("select pg_try_advisory_lock(hashtextextended(:errand, 0))")
_TURN = text("select pg_advisory_lock(hashtextextended(:errand, 0))")
_NOT_ALONE = text("select pg_advisory_unlock(hashtextextended(:errand, 0))")


class Interrupted(LogError):
    """The database gave the unit up (deadlock, time limit, lost connection): do it again."""


class Refused(LogError):
    """A rule of the database refuses: append-only, a redaction of what is in use, a row that must be unique."""


TRANSLATIONS: dict[str, type[LogError]] = {
    "RP001": Refused,  # append-only
    "RP002": DedupeMismatch,  # an event id with other content
    "RP003": Refused,  # redact
    "23505": Refused,  # unique
    "23514": Refused,  # check
    "40001": Interrupted,  # serialisation
    "40P01": Interrupted,  # deadlock
    "55P03": Interrupted,  # lock not available
    "57014": Interrupted,  # statement time limit
    "57P01": Interrupted,  # the server stops
    "57P02": Interrupted,
    "57P03": Interrupted,  # the server starts
    "25P03": Interrupted,  # idle too long
    "08006": Interrupted,  # connection lost
}


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str, *, connections: int = CONNECTIONS) -> None:
        self.url = dialled(url)
        if self.url.get_backend_name() != "postgresql" or not url.startswith("postgres"):
            raise ConfigurationError("the database must be Postgres: postgresql://user@host/name")
        limits = f"-c statement_timeout={STATEMENT_SECONDS_MAX}s"
        limits += f" -c idle_in_transaction_session_timeout={IDLE_SECONDS_MAX}s"
        self._engine = create_async_engine(
            self.url,
            pool_size=connections,
            max_overflow=0,
            isolation_level="READ COMMITTED",
            json_deserializer=codec.loads,
            # Plans are made for the tables as they are now: one cached while they were empty would scan them later.
            connect_args={
                "options": f"{limits} -c jit=off -c timezone=UTC -c plan_cache_mode=force_custom_plan",
                "async_creator_fn": Watched.connect,
            },
        )
        event.listen(self._engine.sync_engine, "connect", _prepare)

    @property
    def conninfo(self) -> str:
        """The address for the driver itself, password included."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by an error."""
        with translated():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """Reading only; one moment of the database for all that is read."""
        with translated():
            async with self._engine.connect() as connection:
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                yield await connection.execution_options(**options)

    @asynccontextmanager
    async def alone(self, errand: str) -> AsyncIterator[bool]:
        """Keep an errand to ourselves while the block runs; False where another process has it.

        The database lets go of it when the connection ends, so nobody who died keeps it.
        """
        with translated():
            async with self._engine.connect() as connection:
                held = await connection.execution_options(isolation_level="AUTOCOMMIT")
                got = bool((await held.execute(_ALONE, {"errand": errand})).scalar_one())
                try:
                    yield got
                finally:
                    if got:
                        await held.execute(_NOT_ALONE, {"errand": errand})

    @asynccontextmanager
    async def turn(self, errand: str) -> AsyncIterator[None]:
        """Keep an errand to ourselves while the block runs, after waiting for whoever has it."""
        with translated():
            async with self._engine.connect() as connection:
                held = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await held.execute(_TURN, {"errand": errand})
                try:
                    yield
                finally:
                    await held.execute(_NOT_ALONE, {"errand": errand})

    async def close(self) -> None:
        """Let go of all connections."""
        await self._engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver, as errors of ours."""
    try:
        yield
    except DBAPIError as error:
        said = error.orig
        state = getattr(said, "sqlstate", None)
        diagnosis = getattr(said, "diag", None)
        message = getattr(diagnosis, "message_primary", None) or str(said)
        detail = getattr(diagnosis, "message_detail", None)
        kind = TRANSLATIONS.get(state or "", Interrupted if error.connection_invalidated or state is None else LogError)
        raise kind(f"{message} ({detail})" if detail else message) from error


def _prepare(connection: Connection, _entry: ConnectionPoolEntry) -> None:
    """Set up a new connection (SQLAlchemy's own, which behaves like the driver's): ids as text, few rights."""
    connection.adapters.register_loader("uuid", TextLoader)
    cursor = connection.cursor()
    cursor.execute(APP_ROLE)
    cursor.close()
    connection.commit()
