"""Goal: with the companion one question tells all changes, deletions with their author; without it, time does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from replicator.connectors.base import Attribution, Record
from replicator.connectors.client import Client, StaticToken
from replicator.connectors.strapi import Layout
from replicator.connectors.strapi.account import introduced
from replicator.connectors.strapi.changes import OVERLAP, Changes
from replicator.connectors.strapi.reading import Reader
from replicator.errors import CursorLost
from tests.connectors.rig import at_once, create, listed, made_family, written
from tests.connectors.samples import sample
from tests.connectors.strapi_shop import Shop, served

EDITOR = "admin:editor@example.test"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with served() as shop:
        yield shop


class Told:
    """What a poller is told, poll by poll, by a clock of its own."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self.cursor: str | None = None
        self.seconds = 0.0

    async def begun(self) -> None:
        """Take the cursor of this moment, and hear once what had just happened before it."""
        await self.next()
        await self.next()

    async def next(self) -> list[Record]:
        """The records that one poll is told of."""
        records: list[Record] = []
        async for page in self.changes.pages(self.cursor):
            records += page.records
            self.cursor = page.cursor or self.cursor
        return records


@pytest.fixture
async def told(shop: Shop) -> AsyncIterator[Told]:
    shop.played.records.companion = True
    client = Client(shop.url, auth=StaticToken(shop.played.access["token"]), sleep=at_once)
    layout = (await introduced(client, Layout())).layout
    made = Told(Changes(client, layout, Reader(client, layout), clock=lambda: made.seconds))
    yield made
    await client.aclose()


def named(records: Sequence[Record]) -> list[tuple[str, str]]:
    return [(one.type, one.remote_id) for one in records]


async def test_a_deletion_is_told_with_its_author_and_an_edit_with_its_content(shop: Shop, told: Told) -> None:
    made = await made_family(shop.rig())
    await told.begun()
    tag, product = made["tag"][1], made["product"][1]
    await shop.edit("product", product, "title", "by a person")
    await shop.remove("tag", tag)
    records = await told.next()

    assert named(records) == [("tag", tag), ("product", product)]
    assert (records[0].fields, records[0].attribution) == (None, Attribution(author=EDITOR))
    assert records[1].fields is not None
    assert (records[1].fields["title"], records[1].attribution) == ("by a person", Attribution(author=EDITOR))


async def test_all_types_are_asked_for_at_once_and_nothing_is_told_twice(shop: Shop, told: Told) -> None:
    await told.next()
    await made_family(shop.rig())
    first = await told.next()
    before = len(shop.world.ledger.requests)
    again = await told.next()

    assert len(first) == len(Layout().carried())
    assert again == []
    assert len(shop.world.ledger.requests) == before + 1


async def test_a_change_committed_late_under_a_lower_number_is_still_told(shop: Shop, told: Told) -> None:
    rig = shop.rig()
    await written(rig, [create(rig, "tag", sample("tag", 1))])
    await told.begun()
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in (2, 3)])
    rows = shop.played.records.tables.rows("change")
    late = next(row for row in rows if row.values["entity_document_id"] == ids[0])
    shop.played.records.tables.remove("change", late.document_id, [])
    seen = named(await told.next())
    tables = shop.played.records.tables.dump()
    tables[0]["change"] = {row.document_id: row for row in sorted([*rows], key=lambda row: row.id)}
    shop.played.records.tables.load(tables)

    assert seen == [("tag", ids[1])]
    assert named(await told.next()) == [("tag", ids[0])]


async def test_what_was_told_long_enough_ago_is_not_asked_for_again(shop: Shop, told: Told) -> None:
    rig = shop.rig()
    await told.next()
    await written(rig, [create(rig, "tag", sample("tag", 1))])
    await told.next()
    told.seconds = OVERLAP.total_seconds()
    await told.next()
    floor = str(told.cursor).partition(":")[0]

    assert floor == "1"
    assert await told.next() == []


async def test_a_database_that_is_another_one_is_listed_in_full(shop: Shop, told: Told) -> None:
    rig = shop.rig()
    backup = shop.played.dump()
    await written(rig, [create(rig, "tag", sample("tag", 1))])
    await told.next()
    shop.played.load(backup)
    with pytest.raises(CursorLost):
        await told.next()
    await written(rig, [create(rig, "tag", sample("tag", 2))])

    with pytest.raises(CursorLost):  # the number is there again, and is of another change
        await told.next()


async def test_a_cursor_of_the_other_kind_leads_to_a_full_listing(shop: Shop) -> None:
    connector = shop.connector
    shop.played.records.companion = True
    numbered = [page.cursor async for page in connector.pages("changes")][-1]
    shop.played.records.companion = False
    timed = [page.cursor async for page in connector.pages("changes")][-1]
    with pytest.raises(CursorLost):
        [page async for page in connector.pages("changes", numbered)]
    shop.played.records.companion = True
    await listed(shop.rig())

    with pytest.raises(CursorLost):
        [page async for page in connector.pages("changes", timed)]


async def test_without_the_companion_a_change_is_told_by_its_time(shop: Shop) -> None:
    made = await made_family(shop.rig())
    cursors = [page.cursor async for page in shop.connector.pages("changes")]
    await shop.edit("price", made["price"][1], "amount", "12.5")
    pages = [page async for page in shop.connector.pages("changes", cursors[-1])]
    found = {(one.type, one.remote_id): one for page in pages for one in page.records}
    fields = found["price", made["price"][1]].fields

    assert len(cursors) == 1
    assert fields is not None
    assert fields["amount"] == "12.5"
    assert str(pages[-1].cursor) > str(cursors[0])
