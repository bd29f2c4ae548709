"""Goal: a record that a person makes at any system is made at the others, once, and the log knows which is which."""

from typing import Any

import pytest

from replicator.connectors.base import Locator, Record
from replicator.core.event import Act
from tests.engine.shop import FROCK, SHOPS, Shop

PLAIN = {"title": "Linen Shirt", "handle": "linen-shirt", "status": "published"}
NEW: dict[str, dict[str, Any]] = {
    "medusa": {
        **PLAIN,
        "options": [{"title": "Size", "values": ["S"]}],
        "variants": [
            {
                "title": "Small",
                "sku": "LIN-S",
                "options": {"Size": "S"},
                "prices": [{"currency_code": "usd", "amount": 20.5}],
            }
        ],
    },
    "directus": {**PLAIN, "images": []},
    "strapi": PLAIN,
}


@pytest.mark.parametrize("system", SHOPS)
async def test_a_new_record_is_made_once_at_each_other_system(shop: Shop, system: str) -> None:
    await shop.people.create(system, "product", NEW[system])
    await shop.settle()
    await shop.full_pass(*SHOPS)
    report = await shop.audited()

    others = [name for name in SHOPS if name != system]
    made = [(name, "product", "linen-shirt", "create") for name in others]
    assert [each for each in shop.writes() if each[1] == "product"] == made
    assert shop.everywhere("product", "linen-shirt", "title") == ["Linen Shirt"] * 3
    assert report.details == []


async def test_which_record_is_which_is_in_the_log(shop: Shop) -> None:
    system = "medusa"
    await shop.people.create(system, "product", NEW[system])
    await shop.settle()
    dossier = await shop.dossier("product:linen-shirt")
    told = [each.draft for each in await shop.events_of(dossier.entity.id)]

    made, *bindings = told
    assert (made.act, made.origin) == (Act.CHANGE, system)
    assert made.remote_id == await shop.people.find(system, "product", "linen-shirt")
    assert {each.act for each in bindings} == {Act.BIND}
    assert {(each.origin, each.remote_id) for each in bindings} == {
        (name, await shop.people.find(name, "product", "linen-shirt")) for name in SHOPS if name != system
    }


async def test_the_parts_of_a_new_record_come_with_it(shop: Shop) -> None:
    await shop.people.create("medusa", "product", NEW["medusa"])
    await shop.settle()

    assert shop.everywhere("variant", "LIN-S", "product") == ["linen-shirt"] * 3
    assert shop.everywhere("price", "LIN-S / usd", "amount") == ["20.5"] * 3
    assert shop.everywhere("option_value", "linen-shirt / Size / S", "value") == ["S"] * 3
    assert shop.everywhere("variant", "LIN-S", "options") == [["linen-shirt / Size / S"]] * 3


async def test_a_part_without_its_whole_is_made_nowhere_until_it_has_one(stocked: Shop) -> None:
    await stocked.people.create("directus", "variant", {"sku": "LOOSE", "title": "Loose"})
    await stocked.full_pass()
    alone = [sorted(stocked.shown(name, "variant")) for name in ("medusa", "strapi")]
    whole = await stocked.people.find("directus", "product", FROCK)
    await stocked.people.edit("directus", "variant", "LOOSE", {"product": whole})
    await stocked.full_pass()

    assert all("LOOSE" not in each for each in alone)
    assert stocked.everywhere("variant", "LOOSE", "product") == [FROCK] * 3


async def test_a_tree_is_made_in_one_batch_parents_first(shop: Shop) -> None:
    people = shop.people
    await people.create("directus", "category", {"name": "Clothes", "handle": "clothes", "active": True})
    clothes = await people.find("directus", "category", "clothes")
    await people.create(
        "directus", "category", {"name": "Shirts", "handle": "shirts", "active": True, "parent": clothes}
    )
    await shop.settle()
    report = await shop.audited()

    assert shop.everywhere("category", "shirts", "parent") == ["clothes"] * 3
    assert [each for each in shop.writes() if each[0] == "medusa"] == [
        ("medusa", "category", "clothes", "create"),
        ("medusa", "category", "shirts", "create"),
    ]
    assert report.details == []


async def test_a_cycle_is_made_without_the_reference_and_closed_after(shop: Shop) -> None:
    people = shop.people
    await people.create("directus", "category", {"name": "Hen", "handle": "hen", "active": True})
    await people.create("directus", "category", {"name": "Egg", "handle": "egg", "active": True})
    hen, egg = [await people.find("directus", "category", key) for key in ("hen", "egg")]
    await people.edit("directus", "category", "hen", {"parent": egg})
    await people.edit("directus", "category", "egg", {"parent": hen})
    await people.create("directus", "category", {"name": "Phoenix", "handle": "phoenix", "active": True})
    phoenix = await people.find("directus", "category", "phoenix")
    await people.edit("directus", "category", "phoenix", {"parent": phoenix})
    await shop.settle()
    shop.switch_hooks(off=True)
    mark = shop.mark()
    await shop.full_pass("directus", "strapi")

    shown = shop.shown("strapi", "category")
    assert {key: each["parent"] for key, each in shown.items()} == {"hen": "egg", "egg": "hen", "phoenix": "phoenix"}
    assert shop.writes(mark) == []


async def test_a_copy_of_a_record_is_a_new_one_whatever_marker_it_has(stocked: Shop) -> None:
    original = await stocked.dossier(f"product:{FROCK}")
    locator = Locator(type="product", remote_id=original.replica("strapi").remote_id)
    (record,) = await stocked.app.shop.connectors["strapi"].read([locator])
    assert isinstance(record, Record)
    assert record.marker is not None
    copied = {**NEW["strapi"], "handle": "frock-copy", "sync": record.marker.dump()}
    await stocked.people.create("strapi", "product", copied)
    await stocked.full_pass()
    report = await stocked.audited()
    copy = await stocked.dossier("product:frock-copy")

    assert record.marker.entity == original.entity.id
    assert copy.entity.id != original.entity.id
    assert stocked.everywhere("product", "frock-copy", "title") == ["Linen Shirt"] * 3
    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock"] * 3
    assert report.details == []
