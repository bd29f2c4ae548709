"""What arrives while a batch is stored is the next batch; a full queue is told; nobody fails for a neighbour."""

import asyncio

import pytest
from sqlalchemy import text

from replicator.core.outcome import Outcome
from replicator.log.database import Database, Refused
from replicator.log.inbox import Delivery
from replicator.web.batching import Batching, Call, Full


def call(number: int, *, source: str = "hook") -> Call:
    return Call([Delivery(system="cms", source=source, kind="hint", type="product", remote_id=f"p{number}")])


async def remote_ids(database: Database) -> list[str]:
    async with database.look() as conn:
        return list((await conn.execute(text("select remote_id from inbox order by id"))).scalars())


async def test_a_full_queue_is_told_and_what_was_taken_is_stored(database: Database) -> None:
    batching = Batching(database, waiting_max=1)
    batching.start()
    async with database.unit() as conn:
        await conn.execute(text("lock table inbox in access exclusive mode"))
        first = asyncio.create_task(batching.store(call(1)))
        waiting = text("select count(*) from pg_locks where not granted and relation = 'inbox'::regclass")
        while not (await conn.execute(waiting)).scalar_one():
            pass
        second = asyncio.create_task(batching.store(call(2)))
        await asyncio.sleep(0)  # the second takes the only place

        with pytest.raises(Full):
            await batching.store(call(3))

    await asyncio.gather(first, second)
    await batching.stop()
    assert await remote_ids(database) == ["p1", "p2"]


async def test_a_call_that_cannot_be_stored_fails_alone(database: Database) -> None:
    batching = Batching(database)
    batching.start()

    answers = await asyncio.gather(
        batching.store(call(1)),
        batching.store(call(2, source="nowhere")),
        batching.store(call(3)),
        return_exceptions=True,
    )

    await batching.stop()
    assert isinstance(answers[1], Refused)
    assert await remote_ids(database) == ["p1", "p3"]


async def test_stopping_stores_what_was_taken_and_takes_nothing_more(database: Database) -> None:
    batching = Batching(database)
    batching.start()
    taken = [asyncio.create_task(batching.store(call(number))) for number in range(3)]
    await asyncio.sleep(0)  # all three are in the queue

    await batching.stop()
    await batching.stop()

    assert [len(await each) for each in taken] == [1, 1, 1]
    with pytest.raises(Full):
        await batching.store(call(4))


async def test_what_is_settled_as_it_comes_has_its_outcome_in_the_same_transaction(database: Database) -> None:
    batching = Batching(database)
    batching.start()

    await batching.store(Call(call(1).deliveries, Outcome.REJECTED, "unreadable"))

    await batching.stop()
    async with database.look() as conn:
        rows = (await conn.execute(text("select outcome, reason from inbox"))).all()
    assert [tuple(row) for row in rows] == [("rejected", "unreadable")]
