"""A state of a real system to which each test returns, without a restart, in a fraction of a second.

It is a copy of the rows, in a schema beside them. What a system needs for itself (its sessions, its settings, who may
log in) is left alone; numbers once drawn stay drawn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tests.live.cluster import Cluster

LEFT = re.compile(
    r"^(strapi_|admin_|up_|i18n_|auth_identity|provider_identity|user$|api_key|invite|workflow_execution|replicator_)"
    r"|migrations?$|^directus_(?!activity$|revisions$|files$|notifications$)"
)
COLUMNS = """select column_name from information_schema.columns
where table_schema = 'public' and table_name = %s and is_generated = 'NEVER' order by ordinal_position"""

Print = dict[str, tuple[int, int]]
"""Table → how many rows it has, and what was last written to each."""


@dataclass(slots=True)
class Kept:
    """The states of one database, by name."""

    cluster: Cluster
    database: str
    _prints: dict[str, Print] = field(default_factory=dict)

    def keep(self, name: str) -> None:
        """Keep what is there now."""
        with self._connected() as connection:
            connection.execute(SQL("create schema {}").format(Identifier(name)))
            for table in self._tables(connection):
                told = SQL("create table {} as table {}").format(Identifier(name, table), Identifier("public", table))
                connection.execute(told)
        self._prints[name] = self.fingerprint()

    def put_back(self, name: str) -> None:
        """Make it what was kept: past all foreign keys and triggers, for what they speak of is put back as well."""
        known, now = self._prints[name], self.fingerprint()
        changed = sorted(table for table in known if known[table] != now.get(table))
        with self._connected() as connection:
            connection.execute("set session_replication_role = replica")
            for table in changed:
                connection.execute(SQL("delete from {}").format(Identifier("public", table)))
                if known[table][0]:
                    self._copy(connection, name, table)
        if changed:
            self._prints[name] = self.fingerprint()

    def fingerprint(self) -> Print:
        """What was last written to each row: it changes with every write, also one of equal values."""
        with self._connected() as connection:
            asked = SQL(" union all ").join(map(_print, self._tables(connection)))
            return {name: (int(count), int(stamp)) for name, count, stamp in connection.execute(asked)}

    def _copy(self, connection: psycopg.Connection, name: str, table: str) -> None:
        columns = [Identifier(row[0]) for row in connection.execute(COLUMNS, [table])]
        told = SQL("insert into {} ({}) overriding system value select {} from {}")
        named = SQL(", ").join(columns)
        connection.execute(told.format(Identifier("public", table), named, named, Identifier(name, table)))

    def _tables(self, connection: psycopg.Connection) -> list[str]:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        return [row[0] for row in names if not LEFT.search(row[0])]

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.url(self.database))


def _print(table: str) -> Composed:
    one = SQL("select {name}::text, count(*), coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from {table}")
    return one.format(name=table, table=Identifier("public", table))
