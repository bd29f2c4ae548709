"""Trouble with Medusa: halves that fail, answers that are lost, what has to wait. Nothing is made twice."""

from dataclasses import replace

import pytest

from replicator.connectors.base import (
    Failed,
    Level,
    Trouble,
    Written,
)
from replicator.connectors.medusa import MedusaSettings, connect
from replicator.errors import ConfigurationError
from tests.connectors.medusa_hand import Hand, now, pending, posts, shops, spoil
from tests.connectors.medusa_person import Person
from tests.connectors.rig import (
    Rig,
    beside,
    create,
    delete,
    expected,
    made_family,
    read,
    repeated,
    touched,
    troubles,
    update,
    written,
)
from tests.connectors.samples import sample


@pytest.fixture
def rig(hand: Hand) -> Rig:
    return hand.rig()


async def test_one_bad_part_keeps_nobody_else_back(rig: Rig) -> None:
    await written(rig, shops(rig, 1))
    writes = shops(rig, 3, start=200)
    chosen = {"product": pending(writes[6]), "options": [pending(writes[9])]}
    taken = create(rig, "variant", {**sample("variant", 100), **chosen})
    price = create(rig, "price", {"variant": pending(taken), "currency": "eur", "amount": "1"})
    results = await rig.connector.write([*writes, taken, price])

    assert troubles(results) == [*(None for _ in writes), Trouble.CLASH, Trouble.WAIT]
    assert sorted(rig.living("variant")) == ["SKU-100", "SKU-200", "SKU-201", "SKU-202"]
    assert len(rig.living("option_value")) == 8
    assert len(rig.living("price")) == 4


@pytest.mark.parametrize("fault", ["429", "500", "lost", "drop"])
async def test_products_whose_answer_was_lost_are_completed_not_made_again(hand: Hand, rig: Rig, fault: str) -> None:
    writes = shops(rig, 3)
    spoil(hand, fault, "/products/batch", count=1 if fault != "429" else 4)
    results = await repeated(rig, writes)

    assert troubles(results) == [None for _ in writes]
    assert sorted(rig.living("product")) == ["product-100", "product-101", "product-102"]
    assert sorted(rig.living("variant")) == ["SKU-100", "SKU-101", "SKU-102"]
    assert len(rig.living("price")) == 3
    for write, result in zip(writes, results, strict=True):
        assert isinstance(result, Written)
        assert (await read(rig, write.type, result.remote_id)).marker == write.marker


@pytest.mark.parametrize("fault", ["500", "drop", "lost"])
async def test_stock_that_was_not_set_is_set_again(hand: Hand, rig: Rig, fault: str) -> None:
    made = await made_family(rig)
    write = await beside(rig, made, "stock", 2)
    spoil(hand, fault, "/location-levels/batch")
    (first,) = await rig.connector.write([write])
    (again,) = await rig.connector.write([write])

    assert isinstance(first, Failed)
    assert first.trouble in (Trouble.RETRY, Trouble.UNKNOWN)
    assert isinstance(again, Written)
    assert ((await read(rig, "stock", again.remote_id)).fields or {})["quantity"] == 7


@pytest.mark.parametrize("type_name", ["price", "stock", "metafield"])
async def test_what_somebody_has_just_made_is_not_written_over(hand: Hand, rig: Rig, type_name: str) -> None:
    made = await made_family(rig)
    write, remote_id = made[type_name]
    field, value = touched(rig, type_name)
    await hand.edit(type_name, remote_id, field, value)
    remote = {each.entity: one for each, one in made.values()}
    late = create(rig, type_name, expected(rig, type_name, write.fields, remote))
    (failed,) = await rig.connector.write([late])

    assert isinstance(failed, Failed)
    assert failed.trouble is Trouble.CLASH
    assert ((await read(rig, type_name, remote_id)).fields or {})[field] == value


async def test_stock_of_a_kit_is_refused_with_a_word(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    person = Person(hand.shop.http)
    other = (await person.post("/inventory-items", {"title": "Handle"}))["inventory_item"]["id"]
    path = f"/products/{made['product'][1]}/variants/{made['variant'][1]}/inventory-items"
    await person.post(path, {"inventory_item_id": other, "required_quantity": 2})
    (failed,) = await rig.connector.write([await beside(rig, made, "stock", 2)])

    assert isinstance(failed, Failed)
    assert (failed.trouble, "several inventory items" in failed.message) == (Trouble.REFUSED, True)


async def test_a_part_stays_in_its_whole(rig: Rig) -> None:
    made, others = await made_family(rig), await made_family(rig, 2)
    wholes = {"option": "product", "option_value": "option", "price": "variant", "stock": "variant"}
    for name, whole in {**wholes, "metafield": "product"}.items():
        (moved,) = await rig.connector.write([update(rig, *made[name], {whole: others[whole][1]})])

        assert isinstance(moved, Failed)
        assert (name, moved.trouble, moved.field) == (name, Trouble.REFUSED, whole)


async def test_what_tells_variants_apart_is_not_taken_from_them(rig: Rig) -> None:
    writes = shops(rig, 1)
    product, _, small, _, first, _ = await written(rig, writes)
    color = create(rig, "option", {"product": product, "title": "Color"})
    values = [create(rig, "option_value", {"option": pending(color), "value": each}) for each in ("Red", "Blue")]
    color_id, red, blue = await written(rig, [color, *values])
    await written(rig, [update(rig, writes[4], first, {"options": [small, red]})])
    twin = create(rig, "variant", {**sample("variant", 7), "product": product, "options": [small, blue]})
    (twin_id,) = await written(rig, [twin])
    early = await rig.connector.write([delete(color, color_id)])
    kept = await read(rig, "variant", first)
    await written(rig, [delete(twin, twin_id), delete(color, color_id)])

    assert troubles(early) == [Trouble.WAIT]
    assert (kept.fields or {})["options"] == sorted([small, red])


async def test_the_companion_is_told_where_to_post_once(hand: Hand) -> None:
    url, secret = "http://receiver.invalid/hooks/shop", "whsec_c2VjcmV0"
    other = connect(replace(hand.settings, hook_url=url, hook_secret=secret))
    before = await other.provision(apply=False)
    after = await other.provision(apply=True)
    since = now(hand)
    again = await other.provision(apply=True)
    await other.aclose()

    assert [one[-1].level for one in (before, after, again)] == [Level.ERROR, Level.OK, Level.OK]
    assert [target.url for target in hand.shop.told.targets] == [url]
    assert posts(hand, since) == []
    assert hand.shop.medusa.announcer.secret == secret


async def test_a_new_login_when_tokens_are_void_and_a_word_when_refused(hand: Hand) -> None:
    healthy = await hand.connector.health()
    hand.shop.medusa.accounts.restart()
    again = await hand.connector.health()
    wrong = connect(replace(hand.settings, password="wrong"))
    refused = await wrong.health()
    key = connect(replace(hand.settings, secret_key=hand.shop.medusa.accounts.key))
    by_key = await key.health()
    await wrong.aclose()
    await key.aclose()

    assert (healthy.ok, again.ok, by_key.ok) == (True, True, True)
    assert (refused.ok, "Invalid email or password" in refused.message) == (False, True)
    with pytest.raises(ConfigurationError):
        connect(MedusaSettings(url=hand.settings.url))


async def test_parents_with_children_wait_to_be_deleted(rig: Rig) -> None:
    parent = create(rig, "category", sample("category", 1))
    child = create(rig, "category", {**sample("category", 2), "parent": f"entity:{parent.entity}"})
    top, below = await written(rig, [parent, child])
    early = await rig.connector.write([delete(parent, top)])
    both = await rig.connector.write([delete(child, below), delete(parent, top)])

    assert troubles(early) == [Trouble.WAIT]
    assert troubles(both) == [None, None]


async def test_a_variant_stays_in_its_product(rig: Rig) -> None:
    made, others = await made_family(rig), await made_family(rig, 2)
    moved = await rig.connector.write([update(rig, *made["variant"], {"product": others["product"][1]})])
    absent = await rig.connector.write([create(rig, "variant", {**sample("variant", 9), "product": "prod_x"})])

    assert [(one.trouble, one.field) for one in moved if isinstance(one, Failed)] == [(Trouble.REFUSED, "product")]
    assert troubles(absent) == [Trouble.WAIT]
