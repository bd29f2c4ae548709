"""Goal: of a type with draft & publish, what is published counts, and what an editor has begun is the editor's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import Failed, Trouble, Write
from replicator.connectors.strapi import Layout
from tests.connectors.conformance import Conformance
from tests.connectors.rig import Rig, create, made_family, read, troubles, update, written
from tests.connectors.samples import sample
from tests.connectors.strapi_shop import Shop, served

DRAFTED = Layout(drafted=frozenset({"product"}))


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with served(DRAFTED) as shop:
        shop.played.records.companion = True
        yield shop


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


class TestStrapiWithDrafts(Conformance):
    """The suite, where products are drafted and published."""


async def product(rig: Rig, status: str) -> tuple[Write, str]:
    write = create(rig, "product", {**sample("product", 1), "status": status})
    return write, (await written(rig, [write]))[0]


async def shown(rig: Rig, remote_id: str, *names: str) -> list[object]:
    fields = (await read(rig, "product", remote_id)).fields or {}
    return [fields[name] for name in names]


@pytest.mark.parametrize("status", ["draft", "published"])
async def test_a_product_is_made_in_its_state_and_moved_from_one_to_the_other(rig: Rig, status: str) -> None:
    write, remote_id = await product(rig, status)
    seen = await shown(rig, remote_id, "status")
    other = "draft" if status == "published" else "published"
    change = update(rig, write, remote_id, {"status": other, "title": "Moved"})
    await written(rig, [change])
    record = await read(rig, "product", remote_id)

    assert seen == [status]
    assert await shown(rig, remote_id, "status", "title") == [other, "Moved"]
    assert record.marker == change.marker
    assert record.attribution is not None
    assert record.attribution.sync_id == change.sync_id


async def test_a_draft_that_is_begun_is_not_told_and_not_published_by_us(shop: Shop, rig: Rig) -> None:
    write, remote_id = await product(rig, "published")
    await shop.save("product", remote_id, {"title": "Half-written"})
    begun = await shown(rig, remote_id, "title", "status")
    change = update(rig, write, remote_id, {"subtitle": "ours"})
    waits = (await rig.connector.write([change]))[0]
    await shop.act("product", remote_id, "discard")
    done = await rig.connector.write([change])

    assert begun == ["Product 1", "published"]
    assert isinstance(waits, Failed)
    assert (waits.trouble, (waits.retry_after or 0) > 1) == (Trouble.WAIT, True)
    assert troubles(done) == [None]
    assert await shown(rig, remote_id, "title", "subtitle") == ["Product 1", "ours"]


async def test_what_a_person_publishes_or_takes_back_is_theirs(shop: Shop, rig: Rig) -> None:
    _, remote_id = await product(rig, "published")
    before = await read(rig, "product", remote_id)
    await shop.act("product", remote_id, "unpublish")
    taken_back = await read(rig, "product", remote_id)
    await shop.act("product", remote_id, "publish")
    published = await read(rig, "product", remote_id)

    assert before.attribution is not None
    assert before.attribution.author is None
    for record, status in ((taken_back, "draft"), (published, "published")):
        assert record.fields is not None
        assert record.attribution is not None
        assert (record.fields["status"], record.attribution.author) == (status, "admin:editor@example.test")


async def test_a_write_that_does_not_say_the_state_leaves_it(rig: Rig) -> None:
    write, remote_id = await product(rig, "published")
    change = update(rig, write, remote_id, {"title": "New"})
    silent = {name: value for name, value in change.whole.items() if name != "status"}
    results = await rig.connector.write([replace(change, whole=silent)])

    assert troubles(results) == [None]
    assert await shown(rig, remote_id, "status", "title") == ["published", "New"]


async def test_without_the_companion_nothing_published_is_taken_back(shop: Shop, rig: Rig) -> None:
    shop.played.records.companion = False
    write, remote_id = await product(rig, "published")
    refused = (await rig.connector.write([update(rig, write, remote_id, {"status": "draft"})]))[0]

    assert isinstance(refused, Failed)
    assert (refused.trouble, refused.field) == (Trouble.REFUSED, "status")
    assert await shown(rig, remote_id, "status") == ["published"]


async def test_a_variant_of_a_mere_draft_still_names_its_product(rig: Rig) -> None:
    _, remote_id = await product(rig, "draft")
    variant = create(rig, "variant", {**sample("variant", 1), "product": remote_id})
    variant_id = (await written(rig, [variant]))[0]
    fields = (await read(rig, "variant", variant_id)).fields or {}

    assert fields["product"] == remote_id


async def test_drafts_that_we_do_not_know_of_are_found_by_provisioning(shop: Shop, rig: Rig) -> None:
    await product(rig, "published")
    await written(rig, [create(rig, "tag", sample("tag", 1))])
    next(iter(shop.played.records.tables.rows("product-tag"))).published_at = None
    shop.played.records.tables.rows("product")[0].published_at = shop.world.now()
    findings = {one.subject: one.message for one in await rig.connector.provision(apply=False)}

    assert findings["product-tags"] == "draft & publish is on"
    assert findings["products"] == "draft & publish is off"


async def test_all_other_types_are_as_they_were(rig: Rig) -> None:
    made = await made_family(rig)

    assert {(await read(rig, name, remote_id)).missing for name, (_, remote_id) in made.items()} == {()}
