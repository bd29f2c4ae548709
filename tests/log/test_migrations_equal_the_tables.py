"""`log/tables.py` says what is stored; the migrations make it. They must not drift apart."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from replicator.log import migrate, tables

metadata = tables.events.metadata

OBJECTS = {
    "columns": """
        select table_name, column_name, data_type, is_nullable, column_default, is_identity, identity_generation
        from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version' order by 1,
          2""",
    "indexes": """
        select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version' order by 1""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'alembic_version'
          and contype <> 'n' order by 1, 2""",
    "sequences": "select sequencename from pg_sequences where schemaname = 'public' order by 1",
}


def objects(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {kind: [tuple(row) for row in connection.execute(text(query))] for kind, query in OBJECTS.items()}


def connect(url: str) -> Connection:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool).connect()


@pytest.mark.parametrize("kind", OBJECTS)
def test_migrations_make_exactly_the_tables_in_code(kind: str, database_url: str, empty_database: str) -> None:
    with connect(database_url) as migrated, connect(empty_database) as made:
        metadata.create_all(made)

        assert objects(migrated)[kind] == objects(made)[kind]


def test_alembic_finds_nothing_to_migrate(database_url: str) -> None:
    with connect(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, metadata) == []


def test_down_and_up_again_is_the_same_database(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    with connect(empty_database) as connection:
        before = objects(connection)

    migrate.downgrade(empty_database)
    with connect(empty_database) as connection:
        assert {kind: rows for kind, rows in objects(connection).items() if rows} == {}
        left = connection.execute(text("select proname from pg_proc where pronamespace = 'public'::regnamespace")).all()
        assert left == []
    assert migrate.current(empty_database) is None

    migrate.upgrade(empty_database)
    with connect(empty_database) as connection:
        assert objects(connection) == before


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    with connect(database_url) as connection:
        before = connection.execute(text("select id from installation")).scalar_one()

    migrate.upgrade(database_url)

    with connect(database_url) as connection:
        assert connection.execute(text("select id from installation")).scalar_one() == before
