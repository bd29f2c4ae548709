"""Goal: pictures lie in the media library where a shop wants that, and their addresses come back as written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import Level, Trouble
from replicator.connectors.directus import Directus, Layout, connect
from replicator.connectors.directus.layout import FILES
from replicator.core.document import Document
from tests.connectors.directus_shop import Shop, served
from tests.connectors.rig import Rig, at_once, create, made_family, read, repeated, troubles, update, written
from tests.connectors.samples import sample

A, B, C = (f"https://images.example/{name}.png" for name in "abc")


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A Directus that was provisioned for pictures in its library."""
    async for one in served(bare=True):
        settings = replace(one.settings, layout=Layout(media=frozenset({"product"})))
        await one.connector.aclose()
        one.connector = connect(settings, sleep=at_once)
        await one.connector.provision(apply=True)
        yield one


@pytest.fixture
def connector(shop: Shop) -> Directus:
    return shop.connector


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


def files(shop: Shop) -> list[str]:
    return sorted(row["description"] or "" for row in shop.played.tables.every(FILES))


async def pictures(rig: Rig, remote_id: str) -> Document:
    fields = (await read(rig, "product", remote_id)).fields

    assert fields is not None
    return {name: fields[name] for name in ("images", "thumbnail")}


async def test_provisioning_makes_the_gallery_and_changes_nothing_the_second_time(
    shop: Shop, connector: Directus
) -> None:
    before = shop.calls()
    findings = await connector.provision(apply=True)
    fields = shop.played.schema.collection("products").fields

    assert {one.level for one in findings} == {Level.OK}
    assert shop.calls() == before
    assert (fields["images"].type, fields["thumbnail"].type) == ("alias", "uuid")


async def test_pictures_are_fetched_once_and_their_addresses_come_back_in_order(shop: Shop, rig: Rig) -> None:
    one, other = (create(rig, "product", {**sample("product", n), "images": [B, A, B], "thumbnail": A}) for n in (1, 2))
    ids = await written(rig, [one, other])

    assert [await pictures(rig, each) for each in ids] == [{"images": [B, A, B], "thumbnail": A}] * 2
    assert files(shop) == [A, B]


async def test_pictures_are_moved_added_and_taken_away_and_rows_that_stay_are_kept(shop: Shop, rig: Rig) -> None:
    write = create(rig, "product", {**sample("product", 1), "images": [A, B], "thumbnail": A})
    (product,) = await written(rig, [write])
    kept = {row["id"] for row in shop.played.tables.every("products_files")}
    await written(rig, [update(rig, write, product, {"images": [C, B, A], "thumbnail": None})])
    moved = await pictures(rig, product)
    rows = {row["id"] for row in shop.played.tables.every("products_files")}
    await written(rig, [update(rig, write, product, {"images": [C]})])

    assert moved == {"images": [C, B, A], "thumbnail": None}
    assert kept < rows
    assert (await pictures(rig, product))["images"] == [C]


async def test_a_picture_that_a_person_uploaded_has_the_address_of_its_asset(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    write, product = made["product"]
    uploaded = await shop.person.post("/files", json={"storage": "local", "type": "image/png", "title": "Mine"})
    own = uploaded.json()["data"]["id"]
    await shop.patch("product", product, {"images": {"create": [{"directus_files_id": own, "sort": 99}]}})
    shown = await pictures(rig, product)
    before = len(files(shop))
    await written(rig, [update(rig, write, product, {"thumbnail": f"{shop.url}/assets/{own}"})])

    assert isinstance(shown["images"], list)
    assert shown["images"][-1] == f"{shop.url}/assets/{own}"
    assert shown["images"][:-1] == sample("product", 1)["images"]
    assert (await pictures(rig, product))["thumbnail"] == f"{shop.url}/assets/{own}"
    assert len(files(shop)) == before


async def test_a_dead_address_keeps_no_product_back(shop: Shop, rig: Rig) -> None:
    dead = "http://nowhere.invalid/picture.png"
    write = create(rig, "product", {**sample("product", 1), "images": [dead], "thumbnail": dead})
    (product,) = await written(rig, [write])

    assert await pictures(rig, product) == {"images": [dead], "thumbnail": dead}
    assert files(shop) == [dead]


async def test_what_is_no_address_is_declared_not_to_be_kept(rig: Rig) -> None:
    normal = rig.connector.features.types["product"].normal
    write = create(rig, "product", {**sample("product", 1), "images": ["no address", A], "thumbnail": "neither"})
    (product,) = await written(rig, [write])

    assert await pictures(rig, product) == {
        "images": normal("images", ["no address", A]),
        "thumbnail": normal("thumbnail", "neither"),
    }


@pytest.mark.parametrize("fault", ["drop", "lost"])
async def test_trouble_makes_no_picture_twice(shop: Shop, rig: Rig, fault: str) -> None:
    write = create(rig, "product", {**sample("product", 1), "images": [A], "thumbnail": A})
    shop.fault(fault)
    results = await repeated(rig, [write])

    assert troubles(results) == [None]
    assert files(shop) == [A]


async def test_without_the_right_to_files_the_account_is_to_blame(shop: Shop, rig: Rig) -> None:
    for right in shop.played.tables.every("directus_permissions"):
        if (right["collection"], right["action"]) == (FILES, "create"):
            shop.played.tables.put("directus_permissions", right["id"], None)
    results = await rig.connector.write([create(rig, "product", sample("product", 1))])
    findings = await rig.connector.provision(apply=False)

    assert troubles(results) == [Trouble.ACCOUNT]
    assert [one.message for one in findings if one.level is Level.ERROR] == [
        "our account may not: create directus_files"
    ]
