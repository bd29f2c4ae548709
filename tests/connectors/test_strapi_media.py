"""Goal: where a shop says so, pictures lie in Strapi's media library, and a read gives the addresses they came from."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from replicator.connectors.base import Level, Trouble
from replicator.connectors.strapi import Layout
from replicator.connectors.strapi.media import shown
from replicator.errors import BadAnswer
from tests.connectors.conformance import Conformance
from tests.connectors.rig import Rig, create, read, troubles, update, written
from tests.connectors.samples import sample
from tests.connectors.strapi_shop import Shop, served

A, B, C = (f"https://images.example/{name}.png" for name in "abc")


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with served(Layout(media=frozenset({"product"}))) as shop:
        shop.played.records.companion = True
        yield shop


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


class TestStrapiWithMedia(Conformance):
    """The suite, where pictures are files."""


async def test_a_picture_is_fetched_once_whoever_names_it(shop: Shop, rig: Rig) -> None:
    for number, images in enumerate(([A, B], [B, A, C]), start=1):
        await written(rig, [create(rig, "product", {**sample("product", number), "thumbnail": A, "images": images})])
    files = [row.values["caption"] for row in shop.played.records.tables.rows("file")]

    assert sorted(map(str, files)) == [A, B, C]


async def test_their_order_is_kept_and_changed(rig: Rig) -> None:
    write = create(rig, "product", {**sample("product", 1), "images": [B, A]})
    remote_id = (await written(rig, [write]))[0]
    before = (await read(rig, "product", remote_id)).fields or {}
    await written(rig, [update(rig, write, remote_id, {"images": [C, A, B], "thumbnail": None})])
    after = (await read(rig, "product", remote_id)).fields or {}

    assert before["images"] == [B, A]
    assert (after["images"], after["thumbnail"]) == ([C, A, B], None)


async def test_a_picture_that_a_person_uploaded_has_an_address_and_is_not_fetched_from_it(shop: Shop, rig: Rig) -> None:
    tables = shop.played.records.tables
    tables.insert("file", shop.world.now(), {"name": "own.png", "caption": None, "url": "/uploads/own.png"}, {})
    own = f"{shop.url}/uploads/own.png"
    write = create(rig, "product", {**sample("product", 1), "images": [own]})
    remote_id = (await written(rig, [write]))[0]
    fields = (await read(rig, "product", remote_id)).fields or {}

    assert fields["images"] == [own]
    assert own not in [row.values["caption"] for row in tables.rows("file")]


async def test_without_the_companion_it_is_said_and_the_write_is_refused(shop: Shop, rig: Rig) -> None:
    shop.played.records.companion = False
    findings = {one.subject: one for one in await rig.connector.provision(apply=False)}
    results = await rig.connector.write([create(rig, "product", sample("product", 1))])

    assert findings["companion"].level is Level.ERROR
    assert troubles(results) == [Trouble.REFUSED]


@pytest.mark.parametrize("raw", ["a.png", {"caption": None}, {"id": 1}])
def test_what_is_no_file_is_a_bad_answer(raw: object) -> None:
    with pytest.raises(BadAnswer):
        shown(Layout(), raw)
