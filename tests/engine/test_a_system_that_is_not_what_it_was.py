"""Goal: a system that was emptied, copied, restored, or full when it was met, spreads nothing until a person looks."""

from typing import Any

import pytest

from replicator.connectors.base import Locator, Record
from replicator.core.event import Act
from replicator.engine import operate
from replicator.engine.supervise import first_meeting
from tests.engine.backups import SINCE, put_back_after_a_product_was_deleted, put_back_after_a_tag_was_made
from tests.engine.shop import FROCK, OTHER, SHOPS, STOCKED, Shop


@pytest.mark.parametrize("system", ["directus"])
async def test_a_system_that_is_suddenly_empty_is_held(stocked: Shop, system: str) -> None:
    stocked.world.systems[system].empty()
    mark, before = stocked.mark(), await stocked.counts()
    await stocked.full_pass()
    standing, after = await stocked.standing(system), await stocked.counts()

    assert f"{STOCKED} of {STOCKED} records are gone there at once" in str(standing.held)
    assert stocked.writes(mark) == []
    assert after.events == before.events


@pytest.mark.parametrize("system", SHOPS)
async def test_an_emptied_system_is_written_anew_from_the_log_without_events(stocked: Shop, system: str) -> None:
    views = {each.key: each.fields for each in stocked.world.systems[system].shown()}
    stocked.world.systems[system].empty()
    await stocked.list_all(system)
    before, generation = await stocked.counts(), (await stocked.standing(system)).generation
    due = await operate.rebuild(stocked.app.database, stocked.app.shop, system)
    await stocked.full_pass()
    after, standing = await stocked.counts(), await stocked.standing(system)

    assert due == STOCKED
    assert {each.key: each.fields for each in stocked.world.systems[system].shown()} == views
    assert after.events == before.events
    assert (standing.held, standing.generation) == (None, generation + 1)


async def test_a_rebuilt_system_is_one_of_many_again(stocked: Shop) -> None:
    stocked.world.systems["strapi"].empty()
    await operate.rebuild(stocked.app.database, stocked.app.shop, "strapi")
    await stocked.settle()
    await stocked.people.edit("strapi", "product", FROCK, {"title": "After the fire"})
    await stocked.people.edit("directus", "product", OTHER, {"title": "Elsewhere"})
    await stocked.people.create("medusa", "tag", {"value": "made after the fire"})
    await stocked.full_pass()
    await stocked.full_pass()

    assert (await stocked.standing("strapi")).held is None
    assert "made after the fire" in stocked.shown("strapi", "tag")
    assert stocked.everywhere("product", FROCK, "title") == ["After the fire"] * 3
    assert stocked.everywhere("product", OTHER, "title") == ["Elsewhere"] * 3


async def test_a_marker_of_another_installation_holds_the_system_until_it_is_accepted(stocked: Shop) -> None:
    marker = {**await _marker(stocked, "strapi", FROCK), "installation": "another"}
    await stocked.people.edit("strapi", "product", FROCK, {"title": "From the copy", "sync": marker})
    await stocked.people.edit("directus", "product", OTHER, {"title": "Meanwhile"})
    await stocked.full_pass()
    standing, meanwhile = await stocked.standing("strapi"), stocked.everywhere("product", OTHER, "title")
    copied = stocked.everywhere("product", FROCK, "title")
    await operate.accept(stocked.app.database, stocked.app.shop, "strapi", "another")
    await stocked.full_pass()

    assert "its marker is of another installation (another): the database was copied" in str(standing.held)
    assert meanwhile == ["Meanwhile", "Meanwhile", "Quiet Frock"]
    assert copied == ["Dapper Frock", "Dapper Frock", "From the copy"]
    assert stocked.everywhere("product", OTHER, "title") == ["Meanwhile"] * 3
    assert stocked.everywhere("product", FROCK, "title") == ["From the copy"] * 3


@pytest.mark.parametrize("unmet", [SHOPS])
async def test_a_system_that_holds_records_when_it_is_first_met_is_not_written_to(shop: Shop) -> None:
    await shop.people.create("strapi", "tag", {"value": "older than us"})
    reasons = {name: await first_meeting(shop.app.database, shop.app.shop, name) for name in SHOPS}
    await shop.full_pass()
    standing = await shop.standing("strapi")

    assert "strapi holds records already (the tag " in str(reasons["strapi"])
    assert (reasons["medusa"], reasons["directus"], standing.matched) == (None, None, False)
    assert sorted(shop.shown("strapi", "product")) == []
    assert sorted(shop.shown("medusa", "product")) == sorted(shop.shown("directus", "product")) == [FROCK, OTHER]
    assert "strapi" not in {name for name, *_ in shop.writes()}


@pytest.mark.parametrize("system", SHOPS)
async def test_a_restored_backup_is_healed_and_spreads_nothing(stocked: Shop, system: str) -> None:
    backup = stocked.world.systems[system].dump()
    author = next(name for name in SHOPS if name != system)
    await stocked.people.edit(author, "product", FROCK, {"title": "Since the backup"})
    await stocked.people.edit(system, "product", OTHER, {"subtitle": "Typed since the backup"})
    await stocked.full_pass()
    before, mark = await stocked.counts(), stocked.mark()
    stocked.world.systems[system].load(backup)
    await stocked.full_pass()
    await stocked.full_pass()
    after = await stocked.counts()

    assert after.outcomes["regression"] >= 2
    assert after.events == before.events
    assert stocked.everywhere("product", FROCK, "title") == ["Since the backup"] * 3
    assert stocked.everywhere("product", OTHER, "subtitle") == ["Typed since the backup"] * 3
    assert sorted(stocked.writes(mark)) == [(system, "product", key, "update") for key in (FROCK, OTHER)]


@pytest.mark.parametrize("system", ["medusa", "directus"])
async def test_what_a_restored_backup_lacks_is_not_taken_for_deleted(stocked: Shop, system: str) -> None:
    await put_back_after_a_tag_was_made(stocked, system)
    await stocked.full_pass()
    standing = await stocked.standing(system)
    await operate.release(stocked.app.database, stocked.app.shop, system, believe=False)
    await stocked.full_pass()
    again = await stocked.standing(system)
    await operate.release(stocked.app.database, stocked.app.shop, system)
    kept = ["newer" in stocked.shown(name, "tag") for name in SHOPS]
    await stocked.full_pass()

    assert "went back to an older state" in str(standing.held)
    assert again.held == standing.held
    assert kept == [name != system for name in SHOPS]
    assert ["newer" in stocked.shown(name, "tag") for name in SHOPS] == [False] * 3
    assert stocked.everywhere("product", FROCK, "title") == [SINCE] * 3


@pytest.mark.parametrize("system", ["medusa", "strapi"])
async def test_what_a_restored_backup_brings_back_is_not_taken_for_new(stocked: Shop, system: str) -> None:
    before = await put_back_after_a_product_was_deleted(stocked, system)
    after, standing = await stocked.counts(), await stocked.standing(system)

    assert "went back to an older state" in str(standing.held)
    assert after.events == before.events
    assert [OTHER in stocked.shown(name, "product") for name in SHOPS] == [name == system for name in SHOPS]


async def test_which_records_a_rebuilt_system_had_before_stays_in_the_log(stocked: Shop) -> None:
    dossier = await stocked.dossier(f"product:{FROCK}")
    stocked.world.systems["medusa"].empty()
    await operate.rebuild(stocked.app.database, stocked.app.shop, "medusa")
    await stocked.settle()
    bindings = [
        (each.draft.generation, each.draft.remote_id)
        for each in await stocked.events_of(dossier.entity.id)
        if each.draft.act is Act.BIND and each.draft.origin == "medusa"
    ]

    assert bindings == [
        (1, dossier.replica("medusa").remote_id),
        (2, await stocked.people.find("medusa", "product", FROCK)),
    ]


async def _marker(shop: Shop, system: str, key: str) -> dict[str, Any]:
    remote_id = await shop.people.find(system, "product", key)
    (record,) = await shop.app.shop.connectors[system].read([Locator(type="product", remote_id=remote_id)])
    assert isinstance(record, Record)
    assert record.marker is not None
    return record.marker.dump()
