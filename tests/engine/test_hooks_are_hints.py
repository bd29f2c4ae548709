"""Goal: hooks make it quick, and nothing more: lost, late, repeated or out of order, they change no outcome."""

import pytest

from replicator.core.event import Act
from replicator.engine.capture import Capture
from tests.engine.shop import FROCK, SHOPS, Shop


async def test_what_no_hook_told_is_found_by_a_listing(stocked: Shop) -> None:
    for hooks in stocked.world.hooks.values():
        hooks.switches.drop = 1.0
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Nobody was told"})
    await stocked.settle()
    before = stocked.everywhere("product", FROCK, "title")
    await stocked.full_pass("strapi")

    assert before == ["Dapper Frock", "Dapper Frock", "Nobody was told"]
    assert stocked.everywhere("product", FROCK, "title") == ["Nobody was told"] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_poll_finds_what_has_changed_since_the_last(stocked: Shop, system: str) -> None:
    await stocked.full_pass(system)
    stocked.switch_hooks(off=True)
    await stocked.people.edit(system, "product", FROCK, {"title": "Found by asking"})
    await Capture(stocked.app.database, stocked.app.shop, system).poll()
    await stocked.settle()

    assert stocked.everywhere("product", FROCK, "title") == ["Found by asking"] * 3


async def test_hooks_repeated_and_out_of_order_change_nothing(stocked: Shop) -> None:
    for name in ("directus", "strapi"):
        switches = stocked.world.hooks[name].switches
        switches.repeat, switches.shuffle = 3, 4
    before, mark = await stocked.counts(), stocked.mark()
    for number in range(3):
        await stocked.people.edit("directus", "product", FROCK, {"title": f"Edited {number}"})
    await stocked.settle()
    after = await stocked.counts()
    report = await stocked.audited()

    assert stocked.everywhere("product", FROCK, "title") == ["Edited 2"] * 3
    assert after.events - before.events == 3  # Directus keeps a history, which tells of each
    assert after.outcomes["duplicate"] >= 8
    assert set(after.outcomes) <= {"event", "echo", "duplicate"}
    assert sorted(name for name, *_ in stocked.writes(mark)) == ["medusa", "strapi"]
    assert report.details == []


async def test_our_own_writes_come_back_as_echoes(stocked: Shop) -> None:
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Told by all"})
    await stocked.settle()
    heard = await stocked.heard(f"product:{FROCK}")

    assert {outcome for source, outcome, _ in heard if source == "hook"} == {"event", "echo"}
    changes = [
        each
        for each in await stocked.events_of((await stocked.dossier(f"product:{FROCK}")).entity.id)
        if each.draft.act is Act.CHANGE
    ]
    assert [each.draft.origin for each in changes] == ["dummyjson", "medusa"]


async def test_a_read_that_began_before_a_write_of_ours_is_repeated(stocked: Shop) -> None:
    """A listing is read; then we write what it had shown; then it is judged: that is old news, not an edit."""
    stocked.switch_hooks(off=True)
    await stocked.people.edit("medusa", "product", FROCK, {"title": "The first"})
    await stocked.full_pass("medusa")
    await stocked.people.edit("medusa", "product", FROCK, {"title": "The second"})
    await stocked.people.edit("directus", "product", FROCK, {"subtitle": "A reason to be listed"})
    await stocked.list_all("directus")
    await stocked.list_all("medusa")
    while await stocked.intake("medusa").step():
        pass
    assert await stocked.apply("directus").step() == 1
    mark = stocked.mark()
    await stocked.settle()
    heard = await stocked.heard(f"product:{FROCK}")

    assert [outcome for source, outcome, _ in heard if source == "listing"].count("stale") == 1
    assert stocked.everywhere("product", FROCK, "title") == ["The second"] * 3
    assert stocked.everywhere("product", FROCK, "subtitle") == ["A reason to be listed"] * 3
    assert "directus" not in {name for name, *_ in stocked.writes(mark)}
    assert (await stocked.audited()).details == []
