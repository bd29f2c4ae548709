"""A system does not answer for long: what happened meanwhile comes there once, in order, and nothing comes back."""

from datetime import UTC, datetime

from replicator.engine.supervise import Schedule
from replicator.log import inbox
from replicator.sandbox.faults import Fault
from replicator.sandbox.ledger import REPLICATOR
from tests.engine.shop import FROCK, OTHER, SHOPS, Shop

FOR_EVER = 1_000_000
QUARTER_SECONDS = 900
EDITS = 5
DAY_SECONDS = 86_400
MONTHS_SECONDS = 90 * DAY_SECONDS  # longer than anything is kept that is not kept for good


async def test_after_a_quarter_of_an_hour_no_older_value_follows_a_newer_one(stocked: Shop) -> None:
    kill(stocked, "medusa")
    began = len(stocked.world.ledger.entries)
    for number in range(EDITS):
        await stocked.people.edit("directus", "product", FROCK, {"title": f"Title {number}"})
        await work(stocked)
        stocked.clock.ahead += QUARTER_SECONDS / EDITS
    dead = titles(stocked, "medusa", began)
    stocked.world.faults["medusa"].rules.clear()
    await stocked.settle()

    assert dead == []
    assert titles(stocked, "medusa", began) == [f"Title {EDITS - 1}"]
    assert titles(stocked, "strapi", began) == [f"Title {number}" for number in range(EDITS)]
    assert (await stocked.audited()).details == []


async def test_after_months_nothing_that_was_deleted_comes_back(stocked: Shop) -> None:
    kill(stocked, "directus")
    await stocked.people.delete("medusa", "product", FROCK)
    await stocked.people.edit("strapi", "product", OTHER, {"title": "Still here"})
    await work(stocked)
    stocked.clock.ahead += MONTHS_SECONDS
    async with stocked.app.database.unit() as conn:
        await inbox.prune(conn, datetime.fromtimestamp(stocked.clock.now() - DAY_SECONDS, UTC))
    there = sorted(stocked.shown("directus", "product"))
    stocked.world.faults["directus"].rules.clear()
    for system in SHOPS:  # each was not heard of for months, and is listed before it is written to
        await Schedule(stocked.app.database, stocked.app.shop, system).step()
    await stocked.settle()
    await stocked.full_pass(*SHOPS)

    assert there == [FROCK, OTHER]
    assert [sorted(stocked.shown(system, "product")) for system in SHOPS] == [[OTHER]] * len(SHOPS)
    assert stocked.everywhere("product", OTHER, "title") == ["Still here"] * len(SHOPS)
    assert (await stocked.audited()).details == []


def kill(shop: Shop, system: str) -> None:
    shop.spoil(system, Fault(kind="drop", count=FOR_EVER, account=REPLICATOR))


async def work(shop: Shop) -> None:
    """What can be done is done; nobody waits for the dead."""
    await shop.deliver_hooks()
    for system in SHOPS:
        while await shop.intake(system).step():
            pass
    for system in SHOPS:
        while await shop.apply(system).step():
            pass


def titles(shop: Shop, system: str, began: int) -> list[object]:
    """The titles that we have given to the frock there since then, in order."""
    ours = [each for each in shop.world.ledger.entries[began:] if (each.system, each.account) == (system, REPLICATOR)]
    return [each.changes["title"][1] for each in ours if each.key == FROCK and "title" in each.changes]
