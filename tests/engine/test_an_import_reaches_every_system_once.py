"""Goal: what a source offers is at every system after one import, and importing it again costs nothing."""

import pytest

from replicator.sandbox.dummyjson import DummyJson
from replicator.sandbox.faults import Fault
from tests.engine.shop import FROCK_SKU, OTHER_SKU, SHOPS, WATCHES, Shop
from tests.engine.stage import catalogue


@pytest.mark.parametrize("products", [catalogue(*WATCHES)])
async def test_a_catalogue_is_imported_into_three_systems(shop: Shop) -> None:
    await shop.full_pass("dummyjson")
    report = await shop.audited()
    counts = await shop.counts()

    for system in SHOPS:
        assert len(shop.shown(system, "variant")) == 3
        assert sorted(shop.shown(system, "category")) == ["mens-watches", "womens-watches"]
        assert sorted(shop.shown(system, "product")) == ["amber-diver", "mellow-chronograph", "mellow-chronograph-190"]
    records = len(shop.world.systems["directus"].shown())
    met = 1  # where the stock is: Medusa had that before
    assert (counts.events, counts.writes, counts.bindings) == (records, 3 * records - met, 3 * records)
    assert report.details == []


async def test_a_second_import_makes_no_event_and_no_write(stocked: Shop) -> None:
    before, mark = await stocked.counts(), stocked.mark()
    summaries = await stocked.list_all("dummyjson")
    await stocked.settle()
    after = await stocked.counts()

    assert (summaries["dummyjson"].read, summaries["dummyjson"].changed) == (11, 0)
    assert (after.events, after.bindings, after.writes) == (before.events, before.bindings, before.writes)
    assert stocked.writes(mark) == []


@pytest.mark.parametrize("overrides", [{"engine": {"lease_seconds": 5}}])
async def test_an_import_through_failing_calls_makes_nothing_twice(shop: Shop) -> None:
    shop.spoil("dummyjson", Fault(kind="500", count=2, path="/products"))
    shop.spoil("medusa", Fault(kind="lost", method="POST", path="/admin/products/batch"))
    shop.spoil("directus", Fault(kind="lost", method="POST", path="/items/products"))
    shop.spoil("strapi", Fault(kind="lost", method="POST", path="/api/products"))
    await shop.full_pass("dummyjson")
    report = await shop.audited()

    assert [len(shop.shown(system, "product")) for system in SHOPS] == [2, 2, 2]
    assert report.details == []


async def test_a_new_price_of_one_variant_writes_that_price_and_nothing_else(stocked: Shop) -> None:
    source, mark = stocked.world.systems["dummyjson"], stocked.mark()
    assert isinstance(source, DummyJson)
    source.change(162, {"price": 31.99})
    await stocked.full_pass("dummyjson")

    assert stocked.everywhere("price", f"{FROCK_SKU} / usd", "amount") == ["31.99"] * 3
    assert stocked.everywhere("price", f"{OTHER_SKU} / usd", "amount") == ["43.99"] * 3
    assert stocked.writes(mark) == [(system, "price", f"{FROCK_SKU} / usd", "update") for system in SHOPS]


async def test_what_people_have_deleted_is_not_brought_back_by_the_feed(stocked: Shop) -> None:
    source = stocked.world.systems["dummyjson"]
    assert isinstance(source, DummyJson)
    await stocked.people.delete("directus", "product", "dapper-frock")
    await stocked.full_pass("directus")
    mark = stocked.mark()
    source.change(162, {"price": 31.99, "description": "Now in green"})
    await stocked.full_pass("dummyjson")

    assert [sorted(stocked.shown(system, "product")) for system in SHOPS] == [["quiet-frock"]] * 3
    assert [sorted(stocked.shown(system, "variant")) for system in SHOPS] == [[OTHER_SKU]] * 3
    assert stocked.writes(mark) == []
    assert (await stocked.heard("dummyjson:product:162"))[-1][1] == "refused"


async def test_what_a_feed_no_longer_offers_is_gone_everywhere(stocked: Shop) -> None:
    source = stocked.world.systems["dummyjson"]
    offered = source.dump()
    assert isinstance(offered, dict)
    source.load({number: product for number, product in offered.items() if number != 162})
    await stocked.full_pass("dummyjson")

    assert [sorted(stocked.shown(system, "product")) for system in SHOPS] == [["quiet-frock"]] * 3
    assert [sorted(stocked.shown(system, "variant")) for system in SHOPS] == [[OTHER_SKU]] * 3
