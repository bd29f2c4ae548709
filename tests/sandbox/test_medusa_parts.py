"""The played Medusa keeps options, prices and inventory as the real one was seen to (2.21.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.medusa_shop import Shop

LEVELS = "/inventory-items/location-levels/batch"
Row = dict[str, Any]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.enter()
    yield shop
    await shop.http.aclose()


async def options_of(shop: Shop, product: Row) -> dict[str, list[str]]:
    (row,) = (await shop.get("/products", id=product["id"]))["products"]
    return {one["title"]: sorted(value["value"] for value in one["values"]) for one in row["options"]}


async def variant_of(shop: Shop, product: Row) -> Row:
    fields = "*prices,*options,*options.option,*inventory_items"
    (row,) = (await shop.get("/product-variants", id=product["variants"][0]["id"], fields=fields))["variants"]
    found: Row = row
    return found


async def test_an_option_added_to_a_product_is_for_all_unless_it_is_said_to_be_its_own(shop: Shop) -> None:
    mug, cup = await shop.product("mug"), await shop.product("cup")
    new = {"title": "Material", "values": ["Clay"]}

    async def add(product: Row, option: object, status: int = 200) -> Row:
        return await shop.post(f"/products/{product['id']}/options/batch", {"add": [option]}, status)

    made = (await add(mug, new))["product"]["options"][-1]
    assert made["is_exclusive"] is False
    assert (await add(cup, new, 400))["message"] == "Product option with title: Material, already exists."
    await add(cup, made["id"])
    await add(cup, {**new, "is_exclusive": True})
    assert "already assigned" in (await add(cup, mug["options"][0]["id"], 400))["message"]
    await shop.post(f"/product-options/{made['id']}", {"title": "Stuff"})
    assert list(await options_of(shop, mug)) == ["Size", "Stuff"]
    assert list(await options_of(shop, cup)) == ["Size", "Stuff", "Material"]


async def test_a_variant_has_a_value_of_every_option_or_none(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    path = f"/products/{product['id']}"
    await shop.post(f"{path}/options/batch", {"add": [{"title": "Color", "values": ["Red"], "is_exclusive": True}]})

    async def choose(status: int = 200, **options: str) -> Row:
        body = {"update": [{"id": product["variants"][0]["id"], "options": options}]}
        return await shop.post(f"{path}/variants/batch", body, status)

    assert "there were 1 provided" in (await choose(400, Size="S"))["message"]
    empty = {"create": [{"title": "None", "prices": [], "options": {}}]}
    assert (await shop.post(f"{path}/variants/batch", empty, 500))["type"] == "unknown_error"
    both = (await choose(Size="S", Color="Red"))["updated"][0]
    none = (await choose())["updated"][0]

    assert [len(one["options"]) for one in (both, none)] == [2, 0]


async def test_what_a_variant_has_is_not_taken_away(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    path, size = f"/products/{product['id']}", product["options"][0]["id"]
    refused = await shop.post(f"{path}/options/batch", {"remove": [size]}, 400)
    body = {"update": [{"id": product["variants"][0]["id"], "options": {}}]}
    await shop.post(f"{path}/variants/batch", body)
    await shop.post(f"{path}/options/batch", {"remove": [size]})

    assert refused["message"] == "Cannot unassign product option from product which has variants for that option"
    assert await options_of(shop, product) == {}


async def test_a_value_is_renamed_where_it_is(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    option = product["options"][0]
    small = next(one["id"] for one in option["values"] if one["value"] == "S")
    await shop.post(f"/product-options/{option['id']}/values/{small}", {"value": "Small"})
    taken = await shop.post(f"/product-options/{option['id']}/values/{small}", {"value": "M"}, 400)
    missing = await shop.post(f"/product-options/{option['id']}/values/optval_x", {"value": "M"}, 404)

    assert [one["value"] for one in (await variant_of(shop, product))["options"]] == ["Small"]
    assert "value: M, already exists." in taken["message"]
    assert "was not found for option" in missing["message"]


async def test_a_price_under_its_id_may_get_another_currency(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    path, (price,) = f"/products/{product['id']}/variants", product["variants"][0]["prices"]
    body = {"prices": [{"id": price["id"], "currency_code": "eur", "amount": 7}]}
    await shop.post(f"{path}/{product['variants'][0]['id']}", body)
    told = [(one.type, one.key, one.action) for one in shop.world.ledger.entries if one.type == "price"]

    assert [(one["id"], one["currency_code"]) for one in (await variant_of(shop, product))["prices"]] == [
        (price["id"], "eur")
    ]
    assert told == [
        ("price", "M-S / usd", "create"),
        ("price", "M-S / usd", "cascade"),
        ("price", "M-S / eur", "create"),
    ]


async def test_prices_alone_move_the_stamp_of_their_variant(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    row = shop.medusa.tables.get("variants", product["variants"][0]["id"])
    assert row is not None
    row["updated_at"] = "2026-01-01T00:00:00.000Z"
    await shop.post(f"/products/{product['id']}/variants/{row['id']}", {"prices": []})

    assert row["updated_at"] > product["created_at"]
    assert [one.type for one in shop.world.ledger.entries][-1] == "price"


async def test_a_variant_that_is_not_counted_loses_its_inventory_item(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    variant = product["variants"][0]
    path = f"/products/{product['id']}/variants"
    (item,) = (await variant_of(shop, product))["inventory_items"]
    link = {"inventory_item_id": item["inventory_item_id"], "required_quantity": 1}

    async def count(counted: object, status: int = 200) -> Row:
        return await shop.post(f"{path}/{variant['id']}", {"manage_inventory": counted}, status)

    await count(False)
    lost = (await variant_of(shop, product))["inventory_items"]
    assert "Inventory item with sku: M-S, already exists." in (await count(True, 400))["message"]
    await shop.post(f"{path}/inventory-items/batch", {"create": [{**link, "variant_id": variant["id"]}]})
    await count(True)

    assert lost == []
    assert len((await variant_of(shop, product))["inventory_items"]) == 1


async def test_a_level_with_goods_goes_by_force_only(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    (item,) = (await variant_of(shop, product))["inventory_items"]
    level = {"inventory_item_id": item["inventory_item_id"], "location_id": "sloc_nowhere", "stocked_quantity": 3}
    (made,) = (await shop.post(LEVELS, {"create": [level]}))["created"]
    refused = await shop.post(LEVELS, {"delete": [made["id"]]}, 400)
    await shop.post(LEVELS, {"delete": [made["id"]], "force": True})
    told = [(one.type, one.action) for one in shop.world.ledger.entries if one.type == "stock"]

    assert "Use force flag to delete anyway." in refused["message"]
    assert told == [("stock", "create"), ("stock", "delete")]


async def test_keys_of_the_metadata_are_records_but_for_our_own(shop: Shop) -> None:
    product = await shop.product("mug", metadata={"care": "hand", "external_id": "7"})
    await shop.post(f"/products/{product['id']}", {"metadata": {"care": "", "origin": {"land": "de"}}})
    told = [(one.type, one.key, one.action) for one in shop.world.ledger.entries if one.type == "metafield"]

    assert told == [
        ("metafield", "mug / care", "create"),
        ("metafield", "mug / care", "cascade"),
        ("metafield", "mug / origin", "create"),
    ]
    assert [one.fields["value"] for one in shop.medusa.shown() if one.type == "metafield"] == [{"land": "de"}]
