"""The database for tests: one server and one migrated template a session, a fresh copy of it for every test.

Which server: REPLICATOR_TEST_DATABASE_URL, else a container if Docker answers, else the private Postgres (without
fsync: no test survives a power cut). Nothing is started unless a test asks for a database.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url
from testcontainers.community.postgres import PostgresContainer

from replicator.log import migrate
from replicator.log.database import Database
from replicator.log.throwaway import UNSAFE, throwaway_postgres

MANY = {"max_connections": "200"}


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The URL of a server on which databases can be made."""
    given = os.environ.get("REPLICATOR_TEST_DATABASE_URL")
    if given:
        yield given
    elif _docker_answers():
        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with throwaway_postgres(UNSAFE | MANY) as server:
            yield server.start()


@pytest.fixture(scope="session")
def database_template(database_server: str) -> Iterator[str]:
    """The name of a database that was migrated and is copied for every test."""
    name = f"replicator_template_{uuid4().hex[:12]}"
    with made_database(database_server, name) as url:
        migrate.upgrade(url)
        yield name


@pytest.fixture
def empty_database(database_server: str) -> Iterator[str]:
    """The URL of a database without tables."""
    with made_database(database_server, f"replicator_empty_{uuid4().hex[:12]}") as url:
        yield url


@pytest.fixture
def database_url(database_server: str, database_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    with made_database(database_server, f"replicator_test_{uuid4().hex[:12]}", database_template) as url:
        yield url


@pytest.fixture
def other_database_url(database_server: str, database_template: str) -> Iterator[str]:
    """The URL of another fresh, migrated database: for what moves from one to the other."""
    with made_database(database_server, f"replicator_other_{uuid4().hex[:12]}", database_template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    database = Database(database_url, connections=20)
    yield database
    await database.close()


@contextmanager
def made_database(server: str, name: str, template: str = "template0") -> Iterator[str]:
    """A database of that name while the block runs."""
    with psycopg.connect(server, autocommit=True) as connection:
        statement = SQL("create database {} template {} encoding 'UTF8'")
        connection.execute(statement.format(Identifier(name), Identifier(template)))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def _docker_answers() -> bool:
    """Asked through its command: the Python client leaves a socket open when nobody answers."""
    command = shutil.which("docker")
    return (
        command is not None
        and subprocess.run([command, "info"], check=False, capture_output=True, timeout=20).returncode == 0
    )
