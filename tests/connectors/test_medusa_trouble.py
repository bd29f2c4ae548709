"""Trouble with Medusa: halves that fail, answers that are lost, what has to wait. Nothing is made twice."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import (
    Failed,
    Level,
    Locator,
    Record,
    Trouble,
    Written,
)
from replicator.connectors.client import Client
from replicator.connectors.medusa import Medusa, MedusaSettings, connect
from replicator.connectors.medusa.api import auth_of
from replicator.errors import ConfigurationError
from tests.connectors.medusa_hand import Hand, at_once, now, played, posts, shops, spoil
from tests.connectors.rig import (
    Rig,
    create,
    delete,
    made_family,
    read,
    repeated,
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


async def test_one_bad_variant_keeps_nobody_else_back(rig: Rig) -> None:
    await written(rig, shops(rig, 1))
    writes = shops(rig, 3, start=200)
    taken = create(rig, "variant", {**writes[3].fields, "sku": "SKU-100"})
    other = {**sample("variant", 3), "sku": "beside", "options": {"Size": "XL"}, "product": writes[3].fields["product"]}
    results = await rig.connector.write([*writes[:3], taken, create(rig, "variant", other), *writes[4:]])

    assert troubles(results) == [None, None, None, Trouble.CLASH, None, None, None]
    assert sorted(rig.living("variant")) == ["SKU-100", "SKU-200", "SKU-202", "beside"]


@pytest.mark.parametrize("fault", ["429", "500", "lost", "drop"])
async def test_products_whose_answer_was_lost_are_completed_not_made_again(hand: Hand, rig: Rig, fault: str) -> None:
    writes = shops(rig, 3)
    spoil(hand, fault, "/products/batch", count=1 if fault != "429" else 4)
    results = await repeated(rig, writes)

    assert troubles(results) == [None for _ in writes]
    assert sorted(rig.living("product")) == ["product-100", "product-101", "product-102"]
    assert sorted(rig.living("variant")) == ["SKU-100", "SKU-101", "SKU-102"]
    for write, result in zip(writes, results, strict=True):
        assert isinstance(result, Written)
        record = await read(rig, write.type, result.remote_id)
        assert record.marker == write.marker
        assert record.fields is not None
        assert record.fields.get("stock", 7) == 7


@pytest.mark.parametrize("fault", ["500", "drop", "lost"])
async def test_a_new_variant_whose_stock_was_not_set_is_not_taken_for_complete(
    hand: Hand, rig: Rig, fault: str
) -> None:
    writes = shops(rig, 1)
    spoil(hand, fault, "/location-levels/batch")
    (product, variant) = await rig.connector.write(writes)
    (between,) = await rig.connector.read([Locator(type="variant", keys={"sku": "SKU-100"})])
    assert isinstance(product, Written)
    there = replace(writes[1], fields={**writes[1].fields, "product": product.remote_id})
    again = await rig.connector.write([there])

    assert isinstance(variant, Failed)
    assert variant.trouble in (Trouble.RETRY, Trouble.UNKNOWN)
    assert isinstance(between, Record)
    assert between.marker == (writes[1].marker if fault == "lost" else None)
    assert troubles(again) == [None]
    assert isinstance(again[0], Written)
    after = await read(rig, "variant", again[0].remote_id)
    assert (after.marker, (after.fields or {})["stock"]) == (writes[1].marker, 7)
    assert rig.living("variant") == ["SKU-100"]


async def test_a_marker_is_left_only_when_the_stock_is_there(hand: Hand, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["variant"]
    change = update(rig, write, remote_id, {"stock": 3, "title": "Changed"})
    since = now(hand)
    await written(rig, [change])
    asked = posts(hand, since)
    spoil(hand, "500", "/variants/batch")
    failed = await rig.connector.write([update(rig, write, remote_id, {"stock": 9, "title": "Again"})])
    after = await read(rig, "variant", remote_id)

    assert [path.rpartition("/")[0].partition("/prod")[0] for path in asked] == ["/inventory-items/location-levels", ""]
    assert troubles(failed) == [Trouble.RETRY]
    assert after.marker == change.marker
    assert (after.fields or {})["stock"] == 9


async def test_without_a_location_stock_waits_and_provisioning_mends_it(hand: Hand, rig: Rig) -> None:
    hand.shop.medusa.tables.clear(settings=True)
    other = Medusa(hand.settings, Client(hand.settings.url, auth=auth_of(hand.settings), sleep=at_once))
    before = await other.provision(apply=False)
    product, variant = await other.write(shops(rig, 1))
    after = await other.provision(apply=True)
    await other.aclose()

    assert (before[0].subject, before[0].level) == ("stock location", Level.ERROR)
    assert isinstance(product, Written)
    assert isinstance(variant, Failed)
    assert (variant.trouble, variant.field) == (Trouble.WAIT, "stock")
    assert after[0].level is Level.OK
    assert [one.level for one in after[1:]] == [Level.WARNING]


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
