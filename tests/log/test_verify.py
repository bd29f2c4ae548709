"""Verifying finds whatever was changed behind the database's back, and names the first place."""

import pytest
from sqlalchemy import text

from replicator.log import events
from replicator.log.database import Database
from tests.log.samples import NOW, draft

FORGERIES = {
    """update events set changes = jsonb_set(changes, '{title,after}', '"x"')""": "event 3: a value of title",
    "update events set changes = jsonb_set(changes, '{title,wins}', 'false')": "event 3: its header",
    "update events set author = 'x'": "event 3: its header",
    "update events set recorded = recorded + interval '1 microsecond'": "event 3: its header",
    "update events set changes = changes - 'title'": "event 3: its digests",
    "update events set chain = 'x'": "event 3: the chain",
    "update events set digest = 'x'": "event 3: its header",
    "delete from events": "position 3 is missing",
}


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.unit() as conn:
        await events.append(conn, [draft(number) for number in range(1, 6)], NOW)
    return database


@pytest.mark.parametrize(("forgery", "fault"), FORGERIES.items())
async def test_a_forgery_is_found(filled: Database, forgery: str, fault: str) -> None:
    async with filled.unit() as conn:
        await conn.execute(text("reset role"))
        await conn.execute(text("alter table events disable trigger all"))
        await conn.execute(text(f"{forgery} where position = 3"))

    async with filled.look() as conn:
        found = (await events.verify(conn)).first_fault

    assert found is not None
    assert found.startswith(fault)


async def test_an_end_that_was_cut_off_is_found(filled: Database) -> None:
    async with filled.unit() as conn:
        await conn.execute(text("reset role"))
        await conn.execute(text("alter table events disable trigger all"))
        await conn.execute(text("delete from events where position = 5"))

        assert (await events.verify(conn)).first_fault == "the log ends at 4, its head says 5"


async def test_a_log_in_order_verifies_from_anywhere(filled: Database) -> None:
    async with filled.look() as conn:
        assert [(await events.verify(conn, after=after)).count for after in (0, 2, 5)] == [5, 3, 0]
        assert [(await events.verify(conn, after=after)).first_fault for after in (0, 2, 5)] == [None] * 3


async def test_an_empty_log_verifies(database: Database) -> None:
    async with database.look() as conn:
        assert await events.verify(conn) == events.Verified(0, 0, None)
