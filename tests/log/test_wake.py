"""Whoever waits is woken soon after a commit, and in any case after a while."""

import asyncio

import psycopg
import pytest

from replicator.log.database import Database
from replicator.log.wake import Wake

LONG = 3600.0


async def test_a_telling_wakes_every_listener(database: Database) -> None:
    here, there = Wake(database, poll_seconds=LONG), Wake(database, poll_seconds=LONG)
    await here.start()
    await there.start()
    listeners = [asyncio.ensure_future(anext(wake.heard())) for wake in (here, there, there)]
    await asyncio.sleep(0)

    here.send()

    await asyncio.gather(*listeners)
    await here.stop()
    await there.stop()


async def test_many_tellings_are_few_notifications(database: Database, database_url: str) -> None:
    wake = Wake(database, poll_seconds=LONG)
    await wake.start()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as ear:
        await ear.execute("listen replicator")
        for _ in range(1000):
            wake.send()
        heard = [each async for each in ear.notifies(timeout=5, stop_after=1)]

    assert len(heard) == 1
    await wake.stop()


async def test_without_a_telling_the_poll_wakes(database: Database) -> None:
    wake = Wake(database, poll_seconds=0.01)
    await wake.start()

    heard = wake.heard()
    for _ in range(3):
        await anext(heard)

    await heard.aclose()
    await wake.stop()
    await wake.stop()


async def test_a_broken_connection_is_made_anew(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicator.log.wake.REST_SECONDS", 0.01)
    wake = Wake(database, poll_seconds=LONG)
    await wake.start()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
        await other.execute("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'")
        told = asyncio.ensure_future(anext(wake.heard()))
        while not told.done():  # ends as soon as it listens again; the test's own time limit is the bound
            await other.execute("select pg_notify('replicator', '')")
            await asyncio.wait([told], timeout=0.01)

    await wake.stop()
