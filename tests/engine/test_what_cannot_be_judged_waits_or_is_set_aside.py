"""Goal: a record that cannot be judged is neither guessed at nor lost, and keeps nobody else from being judged."""

from datetime import UTC, datetime

import pytest

from replicator.log import inbox
from replicator.sandbox.directus import Directus
from tests.engine.shop import FROCK, OTHER, Shop


async def told(shop: Shop, delivery: inbox.Delivery) -> None:
    """Something came that nobody of ours would send."""
    async with shop.app.database.unit() as conn:
        await inbox.receive(conn, [delivery], datetime.fromtimestamp(shop.clock.now(), UTC))


async def test_what_refers_to_something_unknown_is_held_until_that_is_read(shop: Shop) -> None:
    people = shop.people
    shop.switch_hooks(off=True)
    await people.create("directus", "category", {"name": "Clothes", "handle": "clothes", "active": True})
    parent = await people.find("directus", "category", "clothes")
    child = {"name": "Shirts", "handle": "shirts", "active": True, "parent": parent}
    await people.create("directus", "category", child)
    remote_id = await people.find("directus", "category", "shirts")
    await told(shop, inbox.hint("directus", "hook", "category", remote_id))
    await shop.intake("directus").step()
    held, events = await shop.open_work(), (await shop.counts()).events
    await shop.settle()

    assert held["inbox"]["directus"] == (2, 1)  # the child waits, and its parent is asked for
    assert events == 0
    assert shop.everywhere("category", "shirts", "parent") == ["clothes"] * 3


async def test_a_record_that_lacks_a_key_is_rejected_and_kept(stocked: Shop) -> None:
    played = stocked.world.systems["directus"]
    assert isinstance(played, Directus)
    await stocked.people.edit("directus", "product", FROCK, {"title": "With a column less"})
    del played.schema.collections["products"].fields["subtitle"]
    await stocked.full_pass("directus")
    heard = await stocked.heard(f"product:{FROCK}")

    assert "the answer has no subtitle: a dropped column or a missing right" in [reason for _, _, reason in heard]
    assert [outcome for source, outcome, _ in heard if source == "hook"] == ["rejected"]
    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock", "With a column less", "Dapper Frock"]


async def test_when_the_key_is_back_the_edit_is_found(stocked: Shop) -> None:
    played = stocked.world.systems["directus"]
    assert isinstance(played, Directus)
    fields = played.schema.collections["products"].fields
    column = fields.pop("subtitle")
    await stocked.people.edit("directus", "product", FROCK, {"title": "With a column less"})
    await stocked.settle()
    fields["subtitle"] = column
    await stocked.full_pass("directus")

    assert stocked.everywhere("product", FROCK, "title") == ["With a column less"] * 3
    assert (await stocked.audited()).details == []


@pytest.mark.parametrize("overrides", [{"engine": {"attempts_max": 2}}])
async def test_a_delivery_that_breaks_us_is_set_aside_and_the_others_pass(stocked: Shop) -> None:
    broken = inbox.Delivery(
        system="strapi", source="listing", kind="record", type="product", remote_id="?", body={}, began=0
    )
    await told(stocked, broken)
    await stocked.people.edit("strapi", "product", OTHER, {"title": "Harmless"})
    await stocked.settle()
    counts = await stocked.counts()

    assert stocked.everywhere("product", OTHER, "title") == ["Harmless"] * 3
    assert counts.outcomes["rejected"] == 1
    assert (await stocked.open_work())["inbox"] == {}


async def test_a_type_that_a_system_does_not_carry_is_rejected(shop: Shop) -> None:
    await told(shop, inbox.hint("strapi", "hook", "customer", "42"))
    await shop.settle()

    assert (await shop.counts()).outcomes == {"rejected": 1}
    assert shop.writes() == []
