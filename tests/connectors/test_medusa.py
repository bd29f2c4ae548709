"""The connector of Medusa, spoken over real HTTP to the played one: the shared suite, and what is Medusa's own."""

from collections.abc import AsyncIterator

import pytest

from replicator.connectors.base import (
    Ambiguous,
    Failed,
    Locator,
    Trouble,
    Written,
)
from replicator.core.document import Value
from tests.connectors.conformance import Conformance
from tests.connectors.medusa_hand import Hand, now, played, posts, shops
from tests.connectors.rig import (
    Rig,
    create,
    made_family,
    read,
    sample,
    troubles,
    update,
    written,
)


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    async with played() as hand:
        yield hand


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
    asked = posts(hand, since)

    assert troubles(results) == [None for _ in writes]
    assert all(isinstance(one, Written) and one.record is not None for one in results)
    assert asked.count("/products/batch") == 4
    assert len(asked) == 4 + 3
    assert sorted(rig.living("variant")) == sorted(f"SKU-{n}" for n in range(100, 220))


async def test_what_the_shop_keeps_beside_ours_stays(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    shop, product = hand.shop, made["product"][1]
    write, remote_id = made["variant"]
    path = f"/products/{product}/variants/{remote_id}"
    (row,) = (await shop.get("/product-variants", id=remote_id))["variants"]
    ours = {"id": row["prices"][0]["id"], "amount": 9.99, "currency_code": "usd"}
    large = {"amount": 5, "currency_code": "usd", "min_quantity": 10}
    await shop.post(path, {"prices": [ours, large], "metadata": {"erp": "v"}})
    category = made["category"]
    await shop.post(f"/product-categories/{category[1]}", {"metadata": {"erp": "c"}})
    await written(
        rig,
        [
            update(rig, write, remote_id, {"price@usd": {"amount": "8", "currency": "usd"}}),
            update(rig, *category, {"name": "Renamed"}),
            update(rig, *made["product"], {"title": "Renamed"}),
        ],
    )
    (after,) = (await shop.get("/product-variants", id=remote_id))["variants"]
    (kept,) = (await shop.get("/product-categories", id=category[1]))["product_categories"]
    found = await read(rig, "variant", remote_id)

    assert sorted((one["amount"], one["min_quantity"]) for one in after["prices"]) == [(5, 10), (8, None)]
    assert ours["id"] in [one["id"] for one in after["prices"]]
    assert (after["metadata"]["erp"], kept["metadata"]["erp"]) == ("v", "c")
    assert (found.fields or {})["price@usd"] == {"amount": "8", "currency": "usd"}
    assert rig.living("variant") == ["SKU-1"]


async def test_options_grow_before_variants_use_them_and_shrink_after(rig: Rig) -> None:
    made = await made_family(rig)
    product, variant = made["product"], made["variant"]
    green: Value = [{"title": "Size", "values": ["XXL"]}]
    early = await rig.connector.write([update(rig, *product, {"options": green})])
    await written(rig, [update(rig, *variant, {"options": {"Size": "XXL"}})])
    late = await rig.connector.write([update(rig, *product, {"options": green})])
    record = await read(rig, "product", product[1])

    assert [(one.trouble, one.field) for one in early if isinstance(one, Failed)] == [(Trouble.WAIT, "options")]
    assert troubles(late) == [None]
    assert (record.fields or {})["options"] == green


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


async def test_rows_of_one_stamp_fill_pages_without_loss(hand: Hand, rig: Rig) -> None:
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(250)])
    rows = list(hand.shop.medusa.tables.rows("tags"))
    for row in rows[20:]:
        row["updated_at"] = rows[20]["updated_at"]
    ids = [one.remote_id async for page in rig.connector.pages("tags") for one in page.records]

    assert len(ids) == len(set(ids)) == 250
