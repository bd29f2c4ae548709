"""A product and its parts in Medusa: each is written where Medusa keeps it, and nothing is lost with another."""

import pytest

from replicator.connectors.base import (
    Failed,
    Trouble,
)
from tests.connectors.medusa_hand import Hand, now, pending, posts, shops
from tests.connectors.medusa_person import Person
from tests.connectors.rig import (
    Rig,
    beside,
    create,
    delete,
    listed,
    made_family,
    read,
    troubles,
    update,
    written,
)
from tests.connectors.samples import sample


@pytest.fixture
def rig(hand: Hand) -> Rig:
    return hand.rig()


async def test_what_the_shop_keeps_beside_ours_stays(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    person, product = Person(hand.shop.http), made["product"][1]
    variant, priced = made["variant"][1], made["price"][1]
    row = await person.variant(variant)
    ours = {name: row["prices"][0][name] for name in ("id", "amount", "currency_code", "rules")}
    group = {"amount": 5, "currency_code": "usd", "rules": {"customer.groups.id": "cusgroup_1"}}
    path = f"/products/{product}/variants/{variant}"
    await person.post(path, {"prices": [ours, group], "metadata": {"erp": "v"}})
    await person.post(f"/product-categories/{made['category'][1]}", {"metadata": {"erp": "c"}})
    await written(
        rig,
        [
            update(rig, made["price"][0], priced, {"amount": "8"}),
            update(rig, *made["category"], {"name": "Renamed"}),
            update(rig, *made["product"], {"title": "Renamed"}),
            update(rig, *made["variant"], {"title": "Renamed"}),
        ],
    )
    after = await person.variant(variant)
    (kept,) = (await hand.shop.get("/product-categories", id=made["category"][1]))["product_categories"]

    assert sorted(one["amount"] for one in after["prices"]) == [5, 8]
    assert ours["id"] in [one["id"] for one in after["prices"]]
    assert (after["metadata"]["erp"], kept["metadata"]["erp"]) == ("v", "c")
    assert ((await read(rig, "price", priced)).fields or {})["amount"] == "8"
    assert rig.living("variant") == ["SKU-1"]


async def test_one_price_changes_and_nothing_else_is_written(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    more = [await beside(rig, made, "price", number) for number in (5, 6, 7)]
    await written(rig, more)
    before = {one["id"]: one["amount"] for one in (await Person(hand.shop.http).variant(made["variant"][1]))["prices"]}
    since, entries = now(hand), len(hand.shop.world.ledger.entries)
    await written(rig, [update(rig, *made["price"], {"amount": "12.5"})])
    after = {one["id"]: one["amount"] for one in (await Person(hand.shop.http).variant(made["variant"][1]))["prices"]}

    assert posts(hand, since) == [f"/products/{made['product'][1]}/variants/batch"]
    assert [(one.type, one.remote_id) for one in hand.shop.world.ledger.entries[entries:]] == [
        ("price", made["price"][1])
    ]
    assert sorted(after) == sorted(before)
    assert sorted(after.values()) == [9.99, 9.99, 9.99, 12.5]


async def test_prices_of_several_variants_of_a_product_go_out_together(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    second = await beside(rig, made, "variant", 3)
    (other,) = await written(rig, [second])
    since = now(hand)
    prices = [
        create(rig, "price", {"variant": variant, "currency": currency, "amount": "1"})
        for variant in (made["variant"][1], other)
        for currency in ("eur", "gbp")
    ]
    await written(rig, prices)

    assert posts(hand, since) == [f"/products/{made['product'][1]}/variants/batch"]
    assert len(rig.living("price")) == 5


async def test_a_price_in_another_currency_is_another_record_under_the_same_id(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["price"]
    (before,) = (await Person(hand.shop.http).variant(made["variant"][1]))["prices"]
    (moved,) = await written(rig, [update(rig, write, remote_id, {"currency": "eur"})])
    (after,) = (await Person(hand.shop.http).variant(made["variant"][1]))["prices"]

    assert moved == remote_id.replace("/usd", "/eur")
    assert ((await read(rig, "price", moved)).fields or {})["currency"] == "eur"
    assert (await read(rig, "price", remote_id)).fields is None
    assert before["id"] == after["id"]


async def test_a_product_without_options_gets_one_that_is_not_told(rig: Rig) -> None:
    product = create(rig, "product", sample("product", 1))
    variants = [
        create(rig, "variant", {**sample("variant", n), "product": pending(product), "options": []}) for n in (1, 2)
    ]
    first, *_ = ids = await written(rig, [product, *variants])
    shown = [(one.type, one.remote_id) for one in await listed(rig) if one.type in ("option", "variant")]

    assert shown == [("variant", ids[1]), ("variant", ids[2])]
    assert [(await read(rig, "variant", each)).fields for each in ids[1:]] == [
        {**(variant.fields), "product": first} for variant in variants
    ]


async def test_a_real_option_takes_the_place_of_the_one_that_says_nothing(hand: Hand, rig: Rig) -> None:
    product = create(rig, "product", sample("product", 1))
    plain = create(rig, "variant", {**sample("variant", 1), "product": pending(product), "options": []})
    product_id, variant_id = await written(rig, [product, plain])
    option = create(rig, "option", {"product": product_id, "title": "Size"})
    value = create(rig, "option_value", {"option": pending(option), "value": "S"})
    option_id, value_id = await written(rig, [option, value])
    unchosen = await read(rig, "variant", variant_id)
    await written(rig, [update(rig, plain, variant_id, {"options": [value_id]})])
    chosen = await read(rig, "variant", variant_id)
    (row,) = (await hand.shop.get("/products", id=product_id))["products"]

    assert [(one["title"], [each["value"] for each in one["values"]]) for one in row["options"]] == [("Size", ["S"])]
    assert option_id == f"{product_id}/{row['options'][0]['id']}"
    assert ((unchosen.fields or {})["options"], (chosen.fields or {})["options"]) == ([], [value_id])


async def test_options_and_values_in_use_go_and_what_is_left_of_a_choice_stays(hand: Hand, rig: Rig) -> None:
    writes = shops(rig, 1)
    product_id, size, small, medium, variant_id, _ = await written(rig, writes)
    color = create(rig, "option", {"product": product_id, "title": "Color"})
    red = create(rig, "option_value", {"option": pending(color), "value": "Red"})
    color_id, red_id = await written(rig, [color, red])
    await written(rig, [update(rig, writes[4], variant_id, {"options": [small, red_id]})])
    await written(rig, [delete(red, red_id)])
    without_red = await read(rig, "variant", variant_id)
    await written(rig, [delete(color, color_id)])
    without_color = await read(rig, "variant", variant_id)
    (row,) = (await hand.shop.get("/products", id=product_id))["products"]

    assert (without_red.fields or {})["options"] == [small]
    assert (without_color.fields or {})["options"] == [small]
    assert [one["title"] for one in row["options"]] == ["Size"]
    assert [(await read(rig, "option_value", each)).fields is None for each in (small, medium, red_id)] == [
        False,
        False,
        True,
    ]
    assert (await read(rig, "option", size)).fields is not None


async def test_a_shared_option_is_not_renamed_for_others(hand: Hand, rig: Rig) -> None:
    first, second = [await hand.shop.product(handle) for handle in ("mug", "cup")]
    made = await hand.shop.post("/product-options", {"title": "Material", "values": ["Clay"]})
    for product in (first, second):
        await hand.shop.post(f"/products/{product['id']}/options/batch", {"add": [made["product_option"]["id"]]})
    option = f"{first['id']}/{made['product_option']['id']}"
    known = create(rig, "option", {"product": first["id"], "title": "Material"})
    refused = await rig.connector.write([update(rig, known, option, {"title": "Stuff"})])
    await written(rig, [delete(known, option)])
    other = await read(rig, "option", option.replace(first["id"], second["id"]))

    assert [(one.trouble, one.field) for one in refused if isinstance(one, Failed)] == [(Trouble.REFUSED, "title")]
    assert (other.fields or {})["title"] == "Material"


async def test_stock_is_kept_whether_it_is_counted_or_not(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    write, variant_id = made["variant"]
    await written(rig, [update(rig, write, variant_id, {"manage_inventory": False})])
    uncounted = await read(rig, "stock", made["stock"][1])
    await written(rig, [update(rig, *made["stock"], {"quantity": 3})])
    await Person(hand.shop.http).edit("variant", variant_id, "manage_inventory", value=False)
    await written(rig, [update(rig, write, variant_id, {"manage_inventory": True})])
    counted = await read(rig, "stock", made["stock"][1])

    assert (uncounted.fields or {})["quantity"] == 7
    assert (counted.fields or {})["quantity"] == 3


async def test_a_variant_that_was_never_counted_can_have_stock(rig: Rig) -> None:
    made = await made_family(rig)
    second = await beside(rig, made, "variant", 3)
    uncounted = create(rig, "variant", {**second.fields, "manage_inventory": False})
    (variant_id,) = await written(rig, [uncounted])
    location = made["stock_location"][1]
    (stock,) = await written(rig, [create(rig, "stock", {"variant": variant_id, "location": location, "quantity": 5})])

    assert ((await read(rig, "stock", stock)).fields or {})["quantity"] == 5
    assert ((await read(rig, "variant", variant_id)).fields or {})["manage_inventory"] is False


async def test_stock_that_is_moved_is_another_record(rig: Rig) -> None:
    made = await made_family(rig)
    (other,) = await written(rig, [await beside(rig, made, "stock_location", 9)])
    (moved,) = await written(rig, [update(rig, *made["stock"], {"location": other})])

    assert moved == f"{made['variant'][1]}/{other}"
    assert ((await read(rig, "stock", moved)).fields or {})["quantity"] == 7
    assert (await read(rig, "stock", made["stock"][1])).fields is None


async def test_metafields_of_many_products_go_out_together(hand: Hand, rig: Rig) -> None:
    ids = await written(rig, [create(rig, "product", sample("product", n)) for n in range(3)])
    since = now(hand)
    fields = [{"product": one, "key": key, "value": 1} for one in ids for key in ("a", "b")]
    await written(rig, [create(rig, "metafield", each) for each in fields])

    assert posts(hand, since) == ["/products/batch"]
    assert len(rig.living("metafield")) == 6


async def test_a_deleted_product_takes_its_parts_along_in_one_call(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    since = now(hand)
    parts = ("metafield", "stock", "price", "variant", "option_value", "option", "product")
    results = await rig.connector.write([delete(*made[name]) for name in parts])

    assert troubles(results) == [None for _ in parts]
    assert posts(hand, since) == ["/products/batch"]
