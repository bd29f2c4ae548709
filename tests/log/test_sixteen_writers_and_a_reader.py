"""No reader misses an event, however the writers' transactions overlap: positions become visible in order, dense."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text

from replicator.log import dossiers, events
from replicator.log.database import Database
from tests.log.samples import NOW, draft, entity, uid

WRITERS, UNITS = 16, 12


@pytest.fixture
async def unrelated(database_server: str) -> AsyncIterator[None]:
    """A transaction that writes in another database of the cluster, and stays open."""
    async with await psycopg.AsyncConnection.connect(database_server) as connection:
        await connection.execute("create temporary table unrelated as select 1")
        yield
        await connection.rollback()


async def write(database: Database, writer: int) -> None:
    """Units with business rows first and the append last; every third one is slow, and its batch larger."""
    for turn in range(UNITS):
        number = writer * 1000 + turn * 10
        async with database.unit() as conn:
            await dossiers.save(conn, [entity(number)], [], parents={}, now=NOW)
            if turn % 3 == 0:
                await conn.execute(text("select pg_sleep(0.01)"))
            drafts = [draft(number + each, entity=number) for each in range(1 + turn % 3)]
            await events.append(conn, drafts, NOW)
            if turn % 5 == 0:
                await conn.execute(text("select pg_sleep(0.01)"))  # slow after the append: others wait


async def read(database: Database, writing: asyncio.Event) -> list[int]:
    """Poll from a checkpoint until the writers have ended and nothing more comes."""
    seen: list[int] = []
    while True:
        ended = writing.is_set()
        async with database.look() as conn:
            page = await events.read(conn, seen[-1] if seen else 0, 50)
        seen += [each.position for each in page]
        if ended and not page:
            return seen
        await asyncio.sleep(0)


async def test_a_polling_reader_sees_every_position_once_and_in_order(database: Database, unrelated: None) -> None:
    del unrelated
    ended = asyncio.Event()
    readers = [asyncio.create_task(read(database, ended)) for _ in range(2)]

    await asyncio.gather(*(write(database, writer) for writer in range(1, WRITERS + 1)))
    ended.set()

    expected = WRITERS * sum(1 + turn % 3 for turn in range(UNITS))
    for reader in readers:
        assert await reader == list(range(1, expected + 1))
    async with database.look() as conn:
        assert await events.verify(conn) == events.Verified(expected, expected, None)


async def test_an_append_that_is_rolled_back_leaves_no_gap(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1)], NOW)
    with pytest.raises(ZeroDivisionError):
        await append_and_fail(database)

    async with database.unit() as conn:
        assert await events.append(conn, [draft(3)], NOW) == [2]
        assert [each.draft.id for each in await events.read(conn, 0, 9)] == [draft(1).id, draft(3).id]


async def append_and_fail(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(2, entity=2)], NOW)
        raise ZeroDivisionError


async def test_two_units_over_the_same_entities_wait_for_each_other(database: Database) -> None:
    """Locks go in the order of ids, whatever order is asked for, so neither is given up."""
    ids = [uid(number) for number in range(20)]
    async with database.unit() as conn:
        await dossiers.save(conn, [entity(number) for number in range(20)], [], parents={}, now=NOW)

    async def lock(order: list[str]) -> int:
        async with database.unit() as conn:
            loaded = await dossiers.load(conn, order, lock=True)
            await conn.execute(text("select pg_sleep(0.01)"))
            return len(loaded)

    assert await asyncio.gather(*(lock(ids if each % 2 else ids[::-1]) for each in range(8))) == [20] * 8
