"""A listing's next time: whoever holds it moves it on, unless somebody has changed it since."""

from datetime import datetime, timedelta

from replicator.log import cursors
from replicator.log.database import Database
from tests.log.samples import NOW


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_a_listing_that_nobody_renews_is_free_when_its_lease_is_over(database: Database) -> None:
    async with database.unit() as conn:
        assert await cursors.take(conn, "medusa", "@full", NOW, at(60))
        assert not await cursors.take(conn, "medusa", "@full", at(59), at(119))
        assert await cursors.take(conn, "medusa", "@full", at(60), at(120))


async def test_one_that_is_renewed_is_not(database: Database) -> None:
    async with database.unit() as conn:
        await cursors.take(conn, "medusa", "@full", NOW, at(60))
        await cursors.move(conn, "medusa", "@full", at(60), at(80))

        assert not await cursors.take(conn, "medusa", "@full", at(79), at(139))


async def test_one_that_is_ordered_meanwhile_is_made_again(database: Database) -> None:
    async with database.unit() as conn:
        await cursors.take(conn, "medusa", "@full", NOW, at(60))
        await cursors.hurry(conn, "medusa", "@full", at(5))
        await cursors.move(conn, "medusa", "@full", at(60), at(3600))

        assert await cursors.take(conn, "medusa", "@full", at(6), at(66))
