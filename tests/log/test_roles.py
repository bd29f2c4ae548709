"""Whoever runs on the log has no more rights than the work takes, also where a plain owner has made the tables."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url, text

from replicator.log import migrate
from replicator.log.database import Database
from replicator.log.throwaway import throwaway_postgres


@pytest.fixture(scope="module")
def owner_url() -> Iterator[str]:
    """A server of its own, for roles belong to all databases: one that only an ordinary owner has touched."""
    with throwaway_postgres() as server:
        url = server.start()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role shop login createrole password 'shop'")
            connection.execute("create database shop owner shop")
        owner = make_url(url).set(username="shop", password="shop", database="shop")
        yield owner.render_as_string(hide_password=False)


async def test_an_owner_who_may_make_roles_runs_as_the_application(owner_url: str) -> None:
    """Since Postgres 16 whoever makes a role may not act as it unless that is granted, too."""
    migrate.upgrade(owner_url)
    database = Database(owner_url)
    try:
        async with database.unit() as conn:
            assert (await conn.execute(text("select current_user"))).scalar_one() == "replicator_app"
    finally:
        await database.close()


async def test_whoever_looks_does_not_see_the_tokens(database: Database) -> None:
    async with database.look() as conn:
        asked = text("select has_table_privilege('replicator_read', :name, 'select')")
        seen = [(await conn.execute(asked, {"name": name})).scalar_one() for name in ("public.events", "public.tokens")]

    assert seen == [True, False]
