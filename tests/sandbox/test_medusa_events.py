"""The played Medusa tells what happened as the real one was seen to (2.21): events, stamps, stock, half-made rows."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from replicator.connectors.signature import key, standard
from replicator.sandbox.hooks import Target
from tests.sandbox.medusa_shop import SECRET, Shop

MUG = [  # all records of a product with one variant
    ("option", "mug / Size"),
    ("option_value", "mug / Size / L"),
    ("option_value", "mug / Size / M"),
    ("option_value", "mug / Size / S"),
    ("price", "M-S / usd"),
    ("product", "mug"),
    ("variant", "M-S"),
]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.enter()
    yield shop
    await shop.http.aclose()


def names(shop: Shop) -> list[str]:
    """The names of the events told, in order; what was told is forgotten."""
    told = [str(event["name"]) for event in events(shop)]
    shop.told.sent.clear()
    return told


def events(shop: Shop) -> list[dict[str, Any]]:
    """The events told, in order."""
    return [event for sent in shop.told.sent for event in json.loads(sent.body)["events"]]


def listen(shop: Shop) -> None:
    shop.told.targets.append(Target("http://receiver.invalid/"))


async def test_option_values_are_added_per_product(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    (option,) = product["options"]
    path = f"/products/{product['id']}"
    big = {"title": "XL", "sku": "M-XL", "options": {"Size": "XL"}, "prices": []}

    await shop.post(f"/product-options/{option['id']}", {"values": ["S", "M", "L", "XL"]})
    refused = await shop.post(f"{path}/variants", big, 400)
    await shop.post(
        f"{path}/options/batch", {"update": [{"product_option_id": option["id"], "add": [{"value": "XL"}]}]}
    )
    made = await shop.post(f"{path}/variants", big)
    used = next(value["id"] for value in option["values"] if value["value"] == "S")
    taken = {"update": [{"product_option_id": option["id"], "remove": [used]}]}

    assert refused["message"] == "Option value XL does not exist for option Size"
    assert [one["sku"] for one in made["product"]["variants"]] == ["M-S", "M-XL"]
    assert "variant(s) are using it: M-S" in (await shop.post(f"{path}/options/batch", taken, 400))["message"]


async def test_stock_is_kept_per_location_and_told_late(shop: Shop) -> None:
    location = (await shop.post("/stock-locations", {"name": " Default "}))["stock_location"]
    product = await shop.product("mug", "M-S")
    item = product["variants"][0]["inventory_items"][0]["inventory_item_id"]
    level = {"inventory_item_id": item, "location_id": location["id"], "stocked_quantity": 9}
    path = "/inventory-items/location-levels/batch"
    await shop.post(path, {"create": [level]})
    changed = await shop.post(path, {"update": [{**level, "stocked_quantity": 11}]})
    (found,) = (await shop.get("/inventory-items", id=item))["inventory_items"]

    assert (changed["updated"][0]["stocked_quantity"], changed["updated"][0]["available_quantity"]) == (11, 9)
    assert found["location_levels"][0]["available_quantity"] == 11
    assert "already exists" in (await shop.post(path, {"create": [level]}, 400))["message"]
    assert "too small" in (await shop.post(path, {"update": [{**level, "stocked_quantity": -1}]}, 400))["message"]


async def test_updated_at_does_not_move_with_lists_and_variants(shop: Shop) -> None:
    category = (await shop.post("/product-categories", {"name": "Cups"}))["product_category"]
    product = await shop.product("mug", "M-S")
    path, variant = f"/products/{product['id']}", product["variants"][0]["id"]
    listen(shop)
    await shop.post(path, {"categories": [{"id": category["id"]}]})
    await shop.post(path, {"title": product["title"]})
    by_update = names(shop)
    await shop.post(f"{path}/variants/{variant}", {"title": "Small"})
    by_variant = names(shop)
    await shop.post(f"/product-categories/{category['id']}/products", {"remove": [product["id"]]})
    by_members = names(shop)
    after = (await shop.get(path))["product"]

    assert after["updated_at"] == product["updated_at"]
    assert after["variants"][0]["updated_at"] > variant_stamp(product)
    assert by_update == ["product.updated", "product.updated"]
    assert by_variant == ["product.product-variant.updated", "product-variant.updated"]
    assert by_members == ["product.updated"]


def variant_stamp(product: dict[str, list[dict[str, str]]]) -> str:
    return product["variants"][0]["updated_at"]


async def test_events_name_an_id_and_the_workflows_come_last(shop: Shop) -> None:
    listen(shop)
    product = await shop.product("mug", "M-S")
    bodies, posts = events(shop), len(shop.told.sent)
    await shop.post("/products", {"title": "x", "handle": "mug", "options": [{"title": "A", "values": []}]}, 400)

    assert bodies[-1]["name"] == "product.created"
    assert bodies[-1]["data"] == {"id": product["id"]}
    assert [body["seq"] for body in bodies] == list(range(1, len(bodies) + 1))
    assert len({body["metadata"]["eventGroupId"] for body in bodies}) == 1
    assert [body["about"] for body in bodies if body["name"] == "pricing.price.created"] == [[price_of(product)]]
    assert all("actor" not in body["metadata"] for body in bodies)
    assert len(shop.told.sent) == posts == 1


def price_of(product: dict[str, Any]) -> dict[str, object]:
    """The only price of a product, as it is named."""
    everybody = {"shipping_option_id": None, "min_quantity": None, "max_quantity": None, "region_id": None}
    return {"variant_id": product["variants"][0]["id"], "currency_code": "usd", **everybody}


async def test_the_companion_signs_and_can_stamp_who_it_was(shop: Shop) -> None:
    await shop.post("/replicator/companion", {"url": "http://receiver.invalid/", "secret": SECRET, "actor": True})
    shop.http.headers.update(await shop.log_in("person_") | {"x-request-id": "operation 7"})
    await shop.post("/product-tags", {"value": "signed"})
    (sent,), (event,) = shop.told.sent, events(shop)
    actor = event["metadata"]["actor"]

    assert standard(sent.headers, sent.body, keys=[key(SECRET)], now=datetime.now(UTC)).startswith("msg_")
    assert (actor["actor_type"], actor["request_id"]) == ("user", "operation 7")
    assert [target.url for target in shop.told.targets] == ["http://receiver.invalid/"]


async def test_the_echo_is_out_before_the_answer(shop: Shop) -> None:
    listen(shop)
    shop.medusa.announcer.lead_seconds = 3600.0
    writing = asyncio.create_task(shop.product("mug"))
    await shop.told.heard.wait()
    unanswered = not writing.done()
    writing.cancel()

    assert unanswered


async def test_new_products_are_seen_half_made(shop: Shop) -> None:
    shop.medusa.catalogue.half_made_seconds = 0.05
    writing = asyncio.create_task(shop.product("mug", "M-S"))
    seen = []
    while not writing.done():
        found = (await shop.get("/products"))["products"]
        seen += [[len(variant["prices"]) for variant in one["variants"]] for one in found]
        await asyncio.sleep(0.01)

    assert seen[0] == []
    assert [0] in seen
    assert [len(variant["prices"]) for variant in (await writing)["variants"]] == [1]


async def test_the_ledger_has_every_record_written(shop: Shop) -> None:
    await shop.product("mug", "M-S")
    await shop.enter("person_")
    (product,) = (await shop.get("/products"))["products"]
    await shop.post(f"/products/{product['id']}", {"title": "Cup"})
    await shop.enter()
    await shop.get("/products")
    *made, last = shop.world.ledger.entries

    assert sorted((one.type, one.key) for one in made) == MUG
    assert {(one.account, one.action) for one in made} == {("replicator", "create")}
    assert (last.account, last.type, last.key, last.action) == ("person:mary", "product", "mug", "update")
    assert last.changes == {"title": ("Mug", "Cup")}
    assert last.observed == {"title"}


async def test_an_operator_wipes_and_restores_without_a_word(shop: Shop) -> None:
    await shop.product("mug", "M-S")
    dump = shop.medusa.dump()
    listen(shop)
    shop.medusa.empty()
    emptied = shop.medusa.shown()
    shop.medusa.load(dump)
    back = sorted((one.type, one.key) for one in shop.medusa.shown())

    assert [one for one in emptied if one.type in dict(MUG)] == []
    assert set(MUG) <= set(back)
    assert shop.told.sent == []
