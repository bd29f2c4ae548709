"""Goal: what a person says should be put back is put back there; who was away is listed before anything is written."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from replicator import observe
from replicator.engine import operate
from replicator.engine.capture import Capture
from replicator.engine.supervise import Schedule
from replicator.engine.survey import survey
from replicator.errors import ReplicatorError
from replicator.log import census, cursors
from tests.engine.backups import SINCE, put_back_after_a_product_was_deleted, put_back_after_a_tag_was_made
from tests.engine.shop import FROCK, OTHER, SHOPS, STOCKED, Shop
from tests.engine.stage import catalogue

DAY = 86_400
MANY = [catalogue(*range(1, 71))]  # three pages of the source


async def heal(shop: Shop, system: str) -> None:
    await operate.release(shop.app.database, shop.app.shop, system, heal=True)
    await shop.full_pass()
    await shop.full_pass()


@pytest.mark.parametrize("system", SHOPS)
async def test_what_a_restored_backup_lacks_is_put_back_there(stocked: Shop, system: str) -> None:
    before = await put_back_after_a_tag_was_made(stocked, system)
    held = (await stocked.standing(system)).held
    await heal(stocked, system)
    after, standing = await stocked.counts(), await stocked.standing(system)

    assert "--heal" in str(held)
    assert ["newer" in stocked.shown(name, "tag") for name in SHOPS] == [True] * 3
    assert stocked.everywhere("product", FROCK, "title") == [SINCE] * 3
    assert after.events == before.events
    assert (standing.held, standing.healing) == (None, False)


@pytest.mark.parametrize("system", ["directus", "strapi"])
async def test_what_a_restored_backup_brings_back_is_deleted_there_again(stocked: Shop, system: str) -> None:
    before = await put_back_after_a_product_was_deleted(stocked, system)
    await heal(stocked, system)
    after, standing = await stocked.counts(), await stocked.standing(system)

    assert [OTHER in stocked.shown(name, "product") for name in SHOPS] == [False] * 3
    assert stocked.everywhere("product", FROCK, "title") == [SINCE] * 3
    assert after.events == before.events
    assert (standing.held, standing.healing) == (None, False)


async def test_an_emptied_system_can_be_healed(stocked: Shop) -> None:
    before = stocked.shown("strapi", "product")
    stocked.world.systems["strapi"].empty()
    await stocked.full_pass()
    await heal(stocked, "strapi")

    assert stocked.shown("strapi", "product") == before
    assert (await stocked.standing("strapi")).generation == 1


async def test_how_many_records_went_back_is_said_once(stocked: Shop) -> None:
    backup = stocked.world.systems["strapi"].dump()
    for key in (FROCK, OTHER):
        await stocked.people.edit("directus", "product", key, {"title": f"Since the backup: {key}"})
    await stocked.full_pass()
    stocked.world.systems["strapi"].load(backup)
    with capture_logs() as said:
        await stocked.full_pass()
        status = await survey(stocked.app.database, stocked.app.shop)
        await stocked.full_pass()
        await stocked.full_pass()
    later = await survey(stocked.app.database, stocked.app.shop)

    assert {each.name: each.went_back for each in status.systems}["strapi"] == 2
    assert [each["records"] for each in said if each["event"] == "system.restored"] == [2]
    assert {each.name: each.went_back for each in later.systems}["strapi"] == 0


async def empty_values(shop: Shop) -> None:
    for kind, keys in (("product", (FROCK, OTHER)), ("category", tuple(shop.shown("directus", "category")))):
        for key in keys:
            await shop.people.edit("directus", kind, key, {"description": None})


@pytest.mark.parametrize("overrides", [{"engine": {"absent_floor": 1}}])
async def test_values_emptied_in_masses_are_held(stocked: Shop) -> None:
    for key in tuple(stocked.shown("directus", "category")):
        await stocked.people.edit("directus", "category", key, {"description": "Words"})
    await stocked.full_pass()
    words = stocked.everywhere("product", FROCK, "description")
    before = await stocked.counts()
    await empty_values(stocked)
    await stocked.full_pass()
    standing, after = await stocked.standing("directus"), await stocked.counts()
    kept = [stocked.shown(name, "product")[FROCK]["description"] for name in ("medusa", "strapi")]
    await heal(stocked, "directus")

    assert "2 of 2 records of the type product have had values emptied there at once" in str(standing.held)
    assert after.events <= before.events + 1
    assert kept == [words[0]] * 2
    assert stocked.everywhere("product", FROCK, "description") == words


@pytest.mark.parametrize("overrides", [{"engine": {"absent_floor": 1}}])
async def test_values_emptied_in_masses_are_taken_if_it_was_meant(stocked: Shop) -> None:
    await empty_values(stocked)
    for key in (FROCK, OTHER):
        await stocked.people.edit("directus", "product", key, {"brand": None, "thumbnail": None})
    await stocked.full_pass()
    await operate.release(stocked.app.database, stocked.app.shop, "directus")
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "description") in ([None] * 3, ["", None, None])


async def test_who_was_away_for_long_is_listed_before_it_is_written_to(stocked: Shop) -> None:
    await stocked.list_all(*SHOPS)
    await stocked.settle()
    stocked.clock.ahead += DAY + 60
    mark = stocked.mark()
    await stocked.people.edit("directus", "product", FROCK, {"title": "After the night"})
    await stocked.list_all("directus")
    await stocked.settle()
    early = stocked.writes(mark)
    await Capture(stocked.app.database, stocked.app.shop, "medusa").poll()
    await stocked.settle()
    polled = stocked.writes(mark)
    schedule = Schedule(stocked.app.database, stocked.app.shop, "medusa")
    await schedule.step()
    await stocked.settle()

    assert early == polled == []
    assert stocked.writes(mark) == [("medusa", "product", FROCK, "update")]
    assert (await stocked.standing("medusa")).heard is not None


@pytest.mark.parametrize(
    ("system", "listing", "cursor"),
    [("directus", "directus_activity", "0:1000000@1"), ("strapi", "changes", "{0}"), ("medusa", "products", "{0}/{0}")],
)
async def test_a_cursor_that_is_ahead_of_its_source_starts_a_full_listing(
    stocked: Shop, system: str, listing: str, cursor: str
) -> None:
    capture = Capture(stocked.app.database, stocked.app.shop, system)
    await stocked.list_all(system)
    usual = await capture.poll()
    ahead = (stocked.world.now() + timedelta(hours=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    async with stocked.app.database.unit() as conn:
        assert await cursors.cursor(conn, system, listing) is not None
        await cursors.advance(conn, system, listing, cursor.format(ahead))
    with capture_logs() as said:
        found, again = await capture.poll(), await capture.poll()

    assert [each["event"] for each in said if each["event"] == "capture.lost"] == ["capture.lost"]
    assert (found.read, again.read) == (STOCKED, usual.read)


@pytest.mark.parametrize("products", MANY)
async def test_a_listing_that_was_cut_off_goes_on_behind_its_last_page(shop: Shop) -> None:
    capture = Capture(shop.app.database, shop.app.shop, "dummyjson")
    pages: list[str] = []

    def die(step: str) -> None:
        pages.append(step)
        if pages.count("capture.stored") == 2:
            raise ReplicatorError("killed")

    observe.watch(die)
    try:
        with pytest.raises(ReplicatorError):
            await capture.full()
    finally:
        observe.watch(None)
    asked = len(shop.world.ledger.requests)
    await capture.full()
    pages_left = len(shop.world.ledger.requests) - asked
    whole = await capture.full()
    while await shop.intake("dummyjson").step():
        pass
    async with shop.app.database.look() as conn:
        known = (await census.records(conn))["dummyjson"]

    assert pages_left == 1
    assert sum(known.values()) == whole.read > 200
