"""The databases of the real systems: a cluster of their own for every run, in our embedded Postgres.

Nothing here must survive a power cut, so fsync is off. A *dump* is a file that pg_restore takes: seeds are kept so
between runs, and a story restores an older one.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from replicator.log.binaries import find_binaries
from replicator.log.embedded import PrivatePostgres
from tests.live.pinned import Broken

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a system reaches its database."""

    socket_folder: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str


class Cluster:
    """A Postgres server. `start` it from the main thread: it dies with the thread that did."""

    def __init__(self, home: Path) -> None:
        self._server = PrivatePostgres(home, settings=FAST)
        self._url = ""

    def start(self) -> None:
        """Start it; it makes its own data if there are none."""
        self._url = self._server.start()

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()

    def access(self, database: str) -> Access:
        """What a system is told."""
        url = make_url(self._url)
        return Access(
            socket_folder=str(url.query["host"]),
            port=int(str(url.query["port"])),
            user=str(url.username),
            password=str(url.password),
            database=database,
        )

    def url(self, database: str) -> str:
        """A database's URL."""
        return make_url(self._url).set(database=database).render_as_string(hide_password=False)

    def create(self, database: str) -> None:
        """A new, empty database in the place of whatever stood there."""
        self.drop(database)
        with psycopg.connect(self._url, autocommit=True) as connection:
            made = SQL("create database {} template template0 encoding 'UTF8'")
            connection.execute(made.format(Identifier(database)))

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(database)))

    def dump(self, database: str, file: Path) -> None:
        """Write all of a database into a file, as of one moment, while it is used."""
        fresh = file.with_suffix(".new")
        self._run("pg_dump", "--format=custom", "--no-owner", f"--file={fresh}", database=database)
        fresh.rename(file)

    def restore(self, database: str, file: Path) -> None:
        """Make a database what it was when it was dumped. Nothing may be connected that wants to stay so."""
        self.create(database)
        self._run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database}", str(file), database=database)

    def rows(self, database: str, question: str) -> list[dict[str, Any]]:
        """The answer to a question that we wrote."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(question.encode())
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor] if names else []

    def _run(self, program: str, *words: str, database: str) -> None:
        access = self.access(database)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PG") or key == "PG_BIN"},
            "PGHOST": access.socket_folder,
            "PGPORT": str(access.port),
            "PGUSER": access.user,
            "PGPASSWORD": access.password,
            "PGDATABASE": access.database,
        }
        command = [str(find_binaries(os.environ) / program), *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise Broken(f"{program} failed: {done.stderr.strip()}")
