"""Goal: a write that fails is tried again, waits or is given up, as it should; nothing is made twice or held up."""

import pytest

from replicator.connectors.client import REPEATS
from replicator.core.event import Act
from replicator.engine.capture import Capture
from replicator.sandbox.faults import Fault
from tests.engine.shop import FROCK, OTHER, SHOPS, STOCKED, Shop

TAGS = {"medusa": "/admin/product-tags", "directus": "/items/tags", "strapi": "/api/product-tags"}
FOR_EVER = 1_000_000
QUICK = {"engine": {"lease_seconds": 5, "attempts_max": 3}}


@pytest.mark.parametrize("system", SHOPS)
@pytest.mark.parametrize("overrides", [QUICK])
async def test_a_create_whose_answer_was_lost_is_recognised_not_made_again(shop: Shop, system: str) -> None:
    shop.spoil(system, Fault(kind="lost", method="POST", path=TAGS[system]))
    author = next(name for name in SHOPS if name != system)
    await shop.people.create(author, "tag", {"value": "linen"})
    await shop.settle()
    await shop.full_pass(*SHOPS)
    row = (await shop.dossier("tag:linen")).replica(system)

    assert [each for each in shop.writes() if each[:2] == (system, "tag")] == [(system, "tag", "linen", "create")]
    assert await shop.intents("tag:linen", system) == [row.sync_id]
    assert (await shop.audited()).details == []


@pytest.mark.parametrize("system", SHOPS)
@pytest.mark.parametrize("overrides", [QUICK])
async def test_a_create_that_never_arrived_is_repeated_under_its_sync_id(shop: Shop, system: str) -> None:
    shop.spoil(system, Fault(kind="drop", method="POST", path=TAGS[system]))
    author = next(name for name in SHOPS if name != system)
    await shop.people.create(author, "tag", {"value": "linen"})
    await shop.settle()
    row = (await shop.dossier("tag:linen")).replica(system)

    assert [each for each in shop.writes() if each[:2] == (system, "tag")] == [(system, "tag", "linen", "create")]
    assert await shop.intents("tag:linen", system) == [row.sync_id, row.sync_id]


@pytest.mark.parametrize(("system", "status"), [("directus", "429"), ("strapi", "503")])
async def test_being_told_to_wait_is_no_attempt(stocked: Shop, system: str, status: str) -> None:
    stocked.spoil(system, Fault(kind=status, count=REPEATS + 1, method="PATCH|PUT"))
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Patience"})
    await stocked.deliver_hooks()
    while await stocked.intake("medusa").step():
        pass
    await stocked.apply(system).step()
    owed = (await stocked.owed(f"product:{FROCK}"))[system]
    await stocked.settle()

    assert (owed.state, owed.attempts, owed.last_status) == ("waiting", 0, int(status))
    assert stocked.everywhere("product", FROCK, "title") == ["Patience"] * 3
    assert (await stocked.audited()).details == []


@pytest.mark.parametrize("overrides", [QUICK])
async def test_what_fails_again_and_again_is_parked_and_the_others_flow_past(stocked: Shop) -> None:
    poison = await stocked.people.find("strapi", "product", FROCK)
    stocked.spoil("strapi", Fault(kind="500", count=FOR_EVER, method="PUT", path=f"/api/products/{poison}"))
    await stocked.people.edit("directus", "product", FROCK, {"title": "Poison"})
    await stocked.people.edit("directus", "product", OTHER, {"title": "Harmless"})
    await stocked.settle()
    (parked,) = await stocked.dead()

    assert (parked.system, parked.type, parked.attempts, parked.last_status) == ("strapi", "product", 3, 500)
    assert stocked.everywhere("product", OTHER, "title") == ["Harmless"] * 3
    assert stocked.everywhere("product", FROCK, "title") == ["Poison", "Poison", "Dapper Frock"]


@pytest.mark.parametrize("overrides", [QUICK])
async def test_what_was_parked_is_written_when_a_person_says_retry(stocked: Shop) -> None:
    poison = await stocked.people.find("strapi", "product", FROCK)
    fault = Fault(kind="500", count=FOR_EVER, method="PUT", path=f"/api/products/{poison}")
    stocked.spoil("strapi", fault)
    await stocked.people.edit("directus", "product", FROCK, {"title": "Poison"})
    await stocked.settle()
    stocked.world.faults["strapi"].rules.clear()
    await stocked.full_pass()
    left_alone = stocked.everywhere("product", FROCK, "title")
    revived = await stocked.retry_dead()
    await stocked.settle()

    assert left_alone == ["Poison", "Poison", "Dapper Frock"]
    assert revived == 1
    assert stocked.everywhere("product", FROCK, "title") == ["Poison"] * 3
    assert (await stocked.audited()).details == []


async def test_what_is_refused_is_parked_at_once_with_what_was_said(stocked: Shop) -> None:
    await stocked.people.edit("directus", "product", FROCK, {"handle": "no address!"})
    await stocked.settle()
    (parked,) = await stocked.dead()

    assert (parked.system, parked.attempts, parked.last_status) == ("medusa", 1, 400)
    assert "Invalid product handle 'no address!'" in str(parked.last_error)
    assert "no address!" in stocked.shown("strapi", "product")


async def test_what_is_parked_is_tried_again_when_it_changes(stocked: Shop) -> None:
    await stocked.people.edit("directus", "product", FROCK, {"handle": "no address!"})
    await stocked.settle()
    await stocked.people.edit("directus", "product", "no address!", {"handle": "an-address"})
    await stocked.settle()

    assert await stocked.dead() == []
    assert stocked.everywhere("product", "an-address", "title") == ["Dapper Frock"] * 3


@pytest.mark.parametrize("overrides", [QUICK])
async def test_a_system_that_fails_does_not_hold_up_the_others(stocked: Shop) -> None:
    stocked.spoil("medusa", Fault(kind="drop", count=FOR_EVER))
    await stocked.people.edit("directus", "product", FROCK, {"title": "Never mind the shop"})
    await stocked.deliver_hooks()
    for system in SHOPS:
        while await stocked.intake(system).step():
            pass
    worked = [await stocked.apply(system).step() for system in SHOPS]
    meanwhile = stocked.everywhere("product", FROCK, "title")
    stocked.world.faults["medusa"].rules.clear()
    await stocked.settle()

    assert worked == [0, 0, 1]
    assert meanwhile == ["Dapper Frock", "Never mind the shop", "Never mind the shop"]
    assert stocked.everywhere("product", FROCK, "title") == ["Never mind the shop"] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_system_that_does_not_answer_is_not_asked_for_the_rest(stocked: Shop, system: str) -> None:
    """Each listing would wait its time: with twenty of them a worker that is told to stop would wait for minutes."""
    await stocked.list_all(system)
    stocked.spoil(system, Fault(kind="drop", count=FOR_EVER))
    capture = Capture(stocked.app.database, stocked.app.shop, system)
    polled, listed = await capture.poll(), await capture.full()
    stocked.world.faults[system].rules.clear()
    again = await capture.full()

    assert (polled.errors, polled.silent, listed.errors, listed.silent) == (1, True, 1, True)
    assert (again.errors, again.read) == (0, STOCKED)


async def test_a_create_of_what_was_deleted_since_is_not_taken_for_what_was_made_in_its_place(shop: Shop) -> None:
    """Nobody heard that it had landed; then it was deleted, and made anew: what the first one held is nobody's edit."""
    shop.switch_hooks(off=True)
    shop.spoil("directus", Fault(kind="lost", method="POST", path="/items/categories"))
    await shop.people.create("medusa", "category", {"name": "Linen", "handle": "linen", "description": "The first"})
    await shop.list_all("medusa")
    while await shop.intake("medusa").step():
        pass
    await shop.apply("directus").step()
    await shop.people.delete("medusa", "category", "linen")
    await shop.people.create("medusa", "category", {"name": "Linen", "handle": "linen"})
    await shop.list_all("medusa")
    await shop.settle()
    await shop.full_pass()
    await shop.full_pass()
    told = await shop.events_of((await shop.dossier("category:linen")).entity.id)

    assert [shop.shown(name, "category")["linen"]["description"] or "" for name in SHOPS] == [""] * 3
    assert {each.draft.origin for each in told if each.draft.act is Act.CHANGE} == {"medusa"}
