"""The connector of Directus, spoken over real HTTP to the played one: the shared suite, and what is Directus' own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from replicator.connectors.base import (
    PENDING,
    Ambiguous,
    Failed,
    Level,
    Locator,
    Trouble,
    Written,
)
from replicator.connectors.directus import api, files
from replicator.sandbox.hooks import Target
from tests.connectors.conformance import Conformance
from tests.connectors.directus_shop import HOOK, Shop, served
from tests.connectors.rig import Rig, create, made_family, new_id, read, troubles, update, written
from tests.connectors.samples import sample


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async for one in served(bare=False):
        one.told.targets.append(Target(HOOK))
        yield one


@pytest.fixture
async def bare() -> AsyncIterator[Shop]:
    async for one in served(bare=True):
        yield one


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


class TestDirectus(Conformance):
    """The suite."""


async def test_several_records_of_one_key_are_told_apart_by_a_person(shop: Shop, rig: Rig) -> None:
    # A shop's own column need not be unique.
    (shop.played.schema.collection("variants").fields["sku"].schema or {})["is_unique"] = False
    two = [create(rig, "variant", {**sample("variant", 1), "product": None}) for _ in range(2)]
    ids = await written(rig, two)
    found = await rig.connector.read([Locator(type="variant", key={"sku": "SKU-1"})])

    assert found == [Ambiguous("variant", tuple(sorted(ids)))]


async def test_a_column_that_was_dropped_is_missing_and_not_null(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    del shop.played.schema.collection("products").fields["brand"]
    record = await read(rig, "product", made["product"][1])

    assert record.missing == ("brand",)
    assert record.fields is not None
    assert "brand" not in record.fields


async def test_a_price_column_that_says_nonsense_is_missing_and_not_empty(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    await shop.patch("shipping_option", made["shipping_option"][1], {"prices": {"usd": "cheap"}})

    assert (await read(rig, "shipping_option", made["shipping_option"][1])).missing == ("price",)


async def test_links_that_stay_keep_their_junction_rows(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    more = await made_family(rig, 2)
    write, product = made["product"]
    kept = list(shop.played.tables.every("products_tags"))[:1]
    await written(rig, [update(rig, write, product, {"tags": sorted([made["tag"][1], more["tag"][1]])})])
    rows = shop.played.tables.where("products_tags", "products_id", product)

    assert kept[0] in rows
    assert {row["tags_id"] for row in rows} == {made["tag"][1], more["tag"][1]}


async def test_a_link_made_twice_is_one_member_and_is_put_right(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    write, product = made["product"]
    await shop.patch("product", product, {"tags": {"create": [{"tags_id": made["tag"][1]}]}})
    twice = await read(rig, "product", product)
    await written(rig, [update(rig, write, product, {"tags": [made["tag"][1]]})])

    assert twice.fields is not None
    assert twice.fields["tags"] == [made["tag"][1]]
    assert len(shop.played.tables.where("products_tags", "products_id", product)) == 1


async def test_children_follow_their_parents_in_one_batch(rig: Rig) -> None:
    parents = [create(rig, "category", sample("category", n)) for n in (1, 2)]
    child = create(rig, "category", {**sample("category", 3), "parent": PENDING + parents[1].entity})
    grandchild = create(rig, "category", {**sample("category", 4), "parent": PENDING + child.entity})
    ids = await written(rig, [*parents, child, grandchild])
    last = await read(rig, "category", ids[3])

    assert last.fields is not None
    assert last.fields["parent"] == child.entity


async def test_one_bad_item_among_many_costs_few_calls(shop: Shop, rig: Rig) -> None:
    writes = [create(rig, "tag", sample("tag", n)) for n in range(100)]
    writes[41] = create(rig, "tag", {"value": "x" * 256})
    before = shop.calls()
    results = await rig.connector.write(writes)
    failed = [one for one in results if isinstance(one, Failed)]

    assert [(one.trouble, one.field) for one in failed] == [(Trouble.REFUSED, "value")]
    assert results.index(failed[0]) == 41
    assert len(shop.living("tag")) == 99
    assert shop.calls() - before <= 15


async def test_a_batch_whose_answer_was_lost_is_recognised_as_a_whole(shop: Shop, rig: Rig) -> None:
    writes = [create(rig, "tag", sample("tag", n)) for n in range(30)]
    shop.fault("lost")
    first = await rig.connector.write(writes)
    before = shop.calls()
    second = await rig.connector.write(writes)

    assert set(troubles(first)) == {Trouble.UNKNOWN}
    assert set(troubles(second)) == {None}
    assert all(isinstance(one, Written) and one.record is not None for one in second)
    assert shop.calls() - before == 1


async def test_a_create_over_another_writes_record_clashes(rig: Rig) -> None:
    first = create(rig, "tag", sample("tag", 1))
    other = create(rig, "tag", {"value": "other"}, first.entity)
    await written(rig, [first])
    (result,) = await rig.connector.write([other])

    assert isinstance(result, Failed)
    assert (result.trouble, result.field) == (Trouble.CLASH, "id")


async def test_a_listing_goes_on_behind_a_cursor(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(25)])
    monkeypatch.setattr(api, "PAGE_RECORDS", 10)
    pages = [page async for page in rig.connector.pages("tags")]
    rest = [page async for page in rig.connector.pages("tags", pages[0].cursor)]

    assert [len(page.records) for page in pages] == [10, 10, 5]
    assert [page.total for page in pages] == [25, 25, 25]
    assert [one.remote_id for page in pages for one in page.records] == sorted(ids)
    assert rest == pages[1:]
    assert [page.cursor for page in pages] == ["10", "20", None]


async def test_without_the_right_the_account_is_to_blame(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["tag"]
    for right in shop.played.tables.every("directus_permissions"):
        if (right["collection"], right["action"]) == ("tags", "update"):
            shop.played.tables.put("directus_permissions", right["id"], None)
    results = await rig.connector.write([update(rig, write, remote_id, {"value": "new"})])
    findings = await rig.connector.provision(apply=False)

    assert troubles(results) == [Trouble.ACCOUNT]
    assert [(one.subject, one.message) for one in findings if one.level is Level.ERROR and one.subject == "rights"] == [
        ("rights", "our account may not: update tags")
    ]


async def test_a_bare_directus_is_provisioned_from_nothing(bare: Shop) -> None:
    rig = bare.rig()
    before = await rig.connector.provision(apply=False)
    none_made = bare.calls()
    made = await rig.connector.provision(apply=True)
    after = await rig.connector.provision(apply=False)
    family = await made_family(rig)
    product = family["product"][1]
    await bare.edit("product", product, "title", "told")

    assert {one.level for one in before} == {Level.ERROR, Level.WARNING}
    assert none_made == 0
    assert {one.level for one in made} == {Level.OK}
    assert {one.level for one in after} == {Level.OK}
    assert ("product", product) in [(hint.type, hint.remote_id) for hint in await bare.hints()]
    assert bare.told.headers[-1]["x-sync-secret"] == "s3cret"


async def test_without_an_administrator_it_is_said_what_is_missing(shop: Shop) -> None:
    del shop.played.schema.collections["variants"]
    shop.played.schema.relations = [one for one in shop.played.schema.relations if one.collection != "variants"]
    connector = shop.another()
    findings = await connector.provision(apply=True)
    await connector.aclose()

    assert [one.subject for one in findings if one.level is Level.ERROR] == [
        "collection variants",
        "relation variants.product",
        "rights",
    ]
    assert all("admin_token" in one.mend for one in findings if one.level is not Level.OK)


async def test_the_wrong_token_is_unwell_and_does_not_raise(shop: Shop) -> None:
    rig = replace(shop.rig(), connector=shop.another(token="nobody"))
    health = await rig.connector.health()
    results = await rig.connector.write([create(rig, "tag", sample("tag", 1))])

    assert not health.ok
    assert troubles(results) == [Trouble.ACCOUNT]
    await rig.connector.aclose()


async def test_nothing_is_read_for_no_locators(rig: Rig) -> None:
    assert await rig.connector.read([]) == []
    assert await rig.connector.read([Locator(type="tag", entity=new_id(), key={"value": None})]) == [None]


async def test_a_collection_that_records_less_is_warned_of(shop: Shop) -> None:
    await shop.connector.provision(apply=True)
    shop.played.schema.collection("products").meta["accountability"] = None
    shop.played.schema.collection("tags").meta["accountability"] = "activity"
    findings = await shop.connector.provision(apply=True)

    assert [(one.subject, one.message.partition(":")[0]) for one in findings if one.level is Level.WARNING] == [
        ("collection tags", "its revisions are not recorded"),
        ("collection products", "its changes are not recorded"),
    ]


async def test_where_the_extension_tells_no_flow_is_made(bare: Shop) -> None:
    told: dict[str, dict[str, Any]] = {"schema": {"name": files.NAME, "type": "hook"}, "meta": {"enabled": True}}
    bare.played.extensions.append(told)
    findings = await bare.connector.provision(apply=True)
    with_it = list(bare.played.tables.every("directus_flows"))
    told["meta"]["enabled"] = False
    await bare.connector.provision(apply=True)

    assert [one.message for one in findings if one.subject == "flow"] == [
        "changes are told to us by the hook extension, signed and until taken"
    ]
    assert with_it == []
    assert len(list(bare.played.tables.every("directus_flows"))) == 1
