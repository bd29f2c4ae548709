"""The connector of Strapi, spoken over real HTTP to the played one: the shared suite, and what is Strapi's own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import Ambiguous, Failed, Hint, Locator, Record, Trouble, Written
from replicator.connectors.client import Client, StaticToken
from replicator.connectors.strapi import Strapi, read_webhook
from replicator.errors import BadAnswer
from replicator.sandbox.strapi.types import Attribute
from tests.connectors.conformance import Conformance
from tests.connectors.rig import Rig, at_once, create, delete, listed, made_family, troubles, update, written
from tests.connectors.samples import sample
from tests.connectors.strapi_shop import Shop, served


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with served() as shop:
        yield shop


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


class TestStrapi(Conformance):
    """The suite."""


class TestStrapiWithTheCompanion(Conformance):
    """The suite, where Strapi itself says who wrote and what changed."""

    @pytest.fixture
    def rig(self, shop: Shop) -> Rig:
        shop.played.records.companion = True
        return shop.rig()


async def test_records_of_one_millisecond_fill_pages_without_loss(shop: Shop) -> None:
    rig = shop.rig()
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(250)])
    rows = shop.played.records.tables.rows("product-tag")
    for row in rows[20:]:
        row.updated_at = rows[20].updated_at

    assert len(await listed(rig)) == len({each.remote_id for each in await listed(rig)}) == 250


async def test_a_change_committed_with_an_earlier_time_is_still_seen(shop: Shop) -> None:
    rig = shop.rig()
    first, second = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(2)])
    cursors = [page.cursor async for page in rig.connector.pages("tag")]
    rows = {row.document_id: row for row in shop.played.records.tables.rows("product-tag")}
    rows[first].values["value"] = "late"
    pages = [page async for page in rig.connector.pages("tag", cursors[0])]

    assert rows[first].updated_at <= rows[second].updated_at
    assert cursors[1:] == [None]
    assert [each.fields for page in pages for each in page.records if each.remote_id == first] == [{"value": "late"}]


async def test_many_records_are_read_in_few_calls(shop: Shop) -> None:
    rig = shop.rig()
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(120)])
    before = len(shop.world.ledger.requests)
    found = await rig.connector.read([Locator(type="tag", remote_id=each) for each in ids])
    asked = shop.world.ledger.requests[before:]

    assert len(found) == 120
    assert len(asked) == 3
    assert max(len(each.path) for each in asked) < 8000


async def test_several_records_of_one_key_are_for_a_person_to_tell_apart(shop: Shop) -> None:
    shop.played.records.index = False  # a shop's own content types need not have one
    shop.played.records.meeting = asyncio.Barrier(2)
    rig = shop.rig()
    results = await rig.connector.write([create(rig, "category", sample("category", 1)) for _ in range(2)])
    found = await rig.connector.read([Locator(type="category", key={"handle": "category-1"})])

    assert troubles(results) == [None, None]
    assert isinstance(found[0], Ambiguous)
    assert sorted(found[0].remote_ids) == sorted(each.remote_id for each in results if isinstance(each, Written))


async def test_a_key_is_asked_for_only_where_the_entity_leads_nowhere(shop: Shop) -> None:
    rig = shop.rig()
    one, other = create(rig, "tag", sample("tag", 1)), create(rig, "tag", sample("tag", 2))
    ids = await written(rig, [one, other])
    found = await rig.connector.read(
        [
            Locator(type="tag", entity=one.entity, key={"value": "tag 2"}),
            Locator(type="tag", entity="unknown", key={"value": "tag 2"}),
            Locator(type="tag", entity="unknown", key={"value": "TAG 2"}),
        ]
    )

    assert [each.remote_id if isinstance(each, Record) else each for each in found] == [*ids, None]


async def test_the_loser_of_a_race_for_an_entity_is_not_written_twice(shop: Shop) -> None:
    """Both pass Strapi's own check; the index answers the later one 500, and its record is found by the entity."""
    shop.played.records.meeting = asyncio.Barrier(2)
    rig = shop.rig()
    write = create(rig, "tag", sample("tag", 1))
    results = await asyncio.gather(rig.connector.write([write]), rig.connector.write([write]))

    assert [troubles(each) for each in results] == [[None], [None]]
    assert rig.living("tag") == ["tag 1"]


async def test_a_repetition_that_clashes_with_its_own_record_is_there(shop: Shop) -> None:
    """In a race Strapi may see the clash of one attribute and not yet that of another."""
    kinds = dict(shop.played.records.types)
    blind = {**kinds["product-tag"].attributes, "entity_id": Attribute(kind="string")}
    shop.played.records.types = {**kinds, "product-tag": replace(kinds["product-tag"], attributes=blind)}
    rig = shop.rig()
    write = create(rig, "tag", sample("tag", 1))
    ids = await written(rig, [write])

    assert await written(rig, [write]) == ids
    assert rig.living("tag") == ["tag 1"]


async def test_an_entity_that_another_write_has_made_is_read_first(shop: Shop) -> None:
    rig = shop.rig()
    write = create(rig, "tag", sample("tag", 1))
    await written(rig, [write])
    other = create(rig, "tag", sample("tag", 2), write.entity)

    assert troubles(await rig.connector.write([other])) == [Trouble.RETRY]
    assert rig.living("tag") == ["tag 1"]


async def test_a_500_is_tried_again_and_an_account_without_rights_is_not(shop: Shop) -> None:
    rig = shop.rig()
    made = (await made_family(rig))["product"]
    change = update(rig, made[0], made[1], {"title": "changed"})
    shop.fault("500")
    failed = (await rig.connector.write([change]))[0]
    reader = Client(shop.url, auth=StaticToken(shop.played.accounts.read_only_token), sleep=at_once)
    refused = await Strapi(shop.settings, reader).write([change, delete(*made)])
    await reader.aclose()

    assert (isinstance(failed, Failed) and failed.trouble) is Trouble.RETRY
    assert troubles(refused) == [Trouble.ACCOUNT, Trouble.ACCOUNT]


async def test_a_reference_to_a_record_that_was_deleted_waits(shop: Shop) -> None:
    rig = shop.rig()
    fields = {**sample("product", 1), "tags": ["absent00000000000000000"]}

    assert troubles(await rig.connector.write([create(rig, "product", fields)])) == [Trouble.WAIT]


async def test_a_hook_whose_entry_was_gone_says_so_and_names_nobody(shop: Shop) -> None:
    rig = shop.rig()
    shop.played.records.announcer.lag_seconds = 0.05
    write = create(rig, "tag", sample("tag", 1))
    remote_id = (await written(rig, [write]))[0]
    await written(rig, [delete(write, remote_id)])
    await shop.played.records.announcer.settle()
    deleted, created = shop.told.sent

    assert read_webhook({}, deleted) == [Hint("tag", remote_id, "deleted")]
    with pytest.raises(BadAnswer, match="without its entry"):
        read_webhook({}, created)
