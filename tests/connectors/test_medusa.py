"""The connector of Medusa, spoken over real HTTP to the played one: the shared suite, and what is Medusa's own."""

import time

import pytest

from replicator.connectors.base import (
    Ambiguous,
    Locator,
    Written,
)
from replicator.connectors.client import Client
from replicator.connectors.medusa.aggregate_reading import pages
from replicator.connectors.medusa.api import auth_of
from replicator.connectors.medusa.reading import Reader
from tests.connectors.conformance import Conformance
from tests.connectors.medusa_hand import Hand, now, posts, shops
from tests.connectors.rig import (
    Rig,
    create,
    made_family,
    read,
    troubles,
    written,
)
from tests.connectors.samples import sample


@pytest.fixture
def rig(hand: Hand) -> Rig:
    return hand.rig()


class TestMedusa(Conformance):
    """The suite."""


async def test_many_new_products_go_out_in_few_calls_below_the_limit(hand: Hand, rig: Rig) -> None:
    writes = shops(rig, 120)
    long = {**sample("product", 1), "description": "x" * 60_000}
    writes += [create(rig, "product", {**long, "handle": f"long-{n}"}) for n in range(2)]
    since = now(hand)
    results = await rig.connector.write(writes)

    assert troubles(results) == [None for _ in writes]
    assert all(isinstance(one, Written) and one.record is not None for one in results)
    assert posts(hand, since) == ["/products/batch"] * 5
    assert sorted(rig.living("variant")) == sorted(f"SKU-{n}" for n in range(100, 220))
    assert len(rig.living("option_value")) == 240
    assert len(rig.living("price")) == 120


async def test_a_product_without_thumbnail_does_not_get_its_first_image(rig: Rig) -> None:
    fields = {**sample("product", 1), "thumbnail": None}
    (remote_id,) = await written(rig, [create(rig, "product", fields)])

    assert ((await read(rig, "product", remote_id)).fields or {})["thumbnail"] is None


async def test_two_records_with_one_external_id_are_for_a_person_to_tell_apart(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["product"]
    copy = await hand.shop.product("copy", external_id=write.entity)
    (found,) = await rig.connector.read([Locator(type="product", entity=write.entity)])

    assert found == Ambiguous("product", tuple(sorted((remote_id, copy["id"]))))


async def test_a_poll_finds_deleted_products_and_changed_variants(hand: Hand, rig: Rig) -> None:
    made, others = await made_family(rig), await made_family(rig, 2)
    cursors = [page.cursor async for page in rig.connector.pages("products")]
    await hand.edit("variant", made["variant"][1], "title", "Changed")
    await hand.remove("product", others["product"][1])
    records = [one async for page in rig.connector.pages("products", cursors[-1]) for one in page.records]
    titles = [(one.fields or {}).get("title") for one in records if one.remote_id == made["variant"][1]]

    assert "Changed" in titles
    assert [one.fields for one in records if one.remote_id == others["product"][1]] == [None]


async def test_a_poll_finds_a_changed_price(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    cursors = [page.cursor async for page in rig.connector.pages("products")]
    await hand.edit("price", made["price"][1], "amount", "3")
    records = [one async for page in rig.connector.pages("products", cursors[-1]) for one in page.records]

    assert "3" in [(one.fields or {}).get("amount") for one in records if one.remote_id == made["price"][1]]


async def test_a_product_that_somebody_is_just_making_is_looked_at_again(hand: Hand, rig: Rig) -> None:
    await written(rig, [create(rig, "product", sample("product", 1))])
    made = await hand.shop.product("mug")  # as it is seen before its variants are there
    client = Client(hand.settings.url, auth=auth_of(hand.settings))
    reader = Reader(client, hand.settings.choices)
    young = [page async for page in pages(reader, None, time.time)]
    grown = [page async for page in pages(reader, young[-1].cursor, lambda: time.time() + 61)]
    await client.aclose()

    assert [one.remote_id for page in young for one in page.records if one.type == "product"] != []
    assert made["id"] not in [one.remote_id for page in young for one in page.records]
    assert made["id"] in [one.remote_id for page in grown for one in page.records]
    assert str(young[-1].cursor).split("/")[0] == made["updated_at"]


async def test_rows_of_one_stamp_fill_pages_without_loss(hand: Hand, rig: Rig) -> None:
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(250)])
    rows = list(hand.shop.medusa.tables.rows("tags"))
    for row in rows[20:]:
        row["updated_at"] = rows[20]["updated_at"]
    ids = [one.remote_id async for page in rig.connector.pages("tags") for one in page.records]

    assert len(ids) == len(set(ids)) == 250
