"""Goal: what happened to an entity is told in order: who changed what where, what was written, what was turned away."""

import pytest

from replicator.engine import timeline
from replicator.engine.timeline import Timeline
from replicator.sandbox.faults import Fault
from tests.engine.shop import FROCK, SHOPS, Shop


async def told(shop: Shop, *, limit: int = 100, noise: bool = False) -> Timeline:
    dossier = await shop.dossier(f"product:{FROCK}")
    async with shop.app.database.look() as conn:
        rows = await timeline.read(conn, dossier.entity.id, limit=limit)
    return timeline.tell(dossier.entity.id, "product", rows, limit=limit, noise=noise)


async def test_an_edit_and_its_writes_follow_one_another(stocked: Shop) -> None:
    before = len((await told(stocked)).moments)
    await stocked.people.edit("directus", "product", FROCK, {"title": "New words"})
    await stocked.settle()
    edit, *written = (await told(stocked)).moments[before:]

    assert (edit.kind, edit.system, edit.what, edit.source) == ("event", "directus", "changed", "hook")
    assert [(each.key, each.before, each.after, each.effect) for each in edit.fields] == [
        ("title", "Dapper Frock", "New words", True)
    ]
    assert {(each.kind, each.system, each.landed) for each in written} == {
        ("write", "medusa", True),
        ("write", "strapi", True),
    }
    assert all(each.values == {"title": "New words"} and each.sync_id for each in written)


async def test_the_beginning_is_told_with_the_records_that_were_made(stocked: Shop) -> None:
    first, *rest = (await told(stocked)).moments

    assert (first.system, first.what, first.position) == ("dummyjson", "made", first.position)
    assert {(each.system, each.what) for each in rest} == {
        (name, what) for name in SHOPS for what in ("create", "bound")
    }


@pytest.mark.parametrize(
    "overrides", [{"systems": {"strapi": {"types": {"product": {"refuses": {"title": "revert"}}}}}}]
)
async def test_what_was_refused_is_a_moment_with_its_reason(stocked: Shop) -> None:
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Not there"})
    await stocked.settle()
    refused = [each for each in (await told(stocked)).moments if each.kind == "verdict"]

    assert [(each.system, each.what) for each in refused] == [("strapi", "refused")]
    assert "may not be changed there: title" in refused[0].reason


async def test_what_made_no_difference_is_counted_and_shown_when_asked_for(stocked: Shop) -> None:
    await stocked.people.edit("directus", "product", FROCK, {"title": "New words"})
    await stocked.settle()
    plain, noisy = await told(stocked), await told(stocked, noise=True)

    assert plain.left_out == len(noisy.moments) - len(plain.moments) > 0
    assert {each.what for each in noisy.moments} - {each.what for each in plain.moments} <= {
        "echo",
        "duplicate",
        "stale",
    }


async def test_a_write_that_was_not_made_says_what_was_answered(stocked: Shop) -> None:
    stocked.spoil("strapi", Fault(kind="500", count=1, method="PUT|POST|PATCH"))
    await stocked.people.edit("directus", "product", FROCK, {"title": "New words"})
    await stocked.settle()
    failed = [each for each in (await told(stocked)).moments if each.kind == "write" and each.landed is False]

    assert [each.system for each in failed] == ["strapi"]
    assert failed[0].reason


async def test_a_value_that_lost_is_told_without_effect(stocked: Shop) -> None:
    await stocked.people.edit("directus", "product", FROCK, {"title": "Won"})
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Lost"})
    await stocked.deliver_hooks()
    await stocked.intake("directus").step()
    await stocked.full_pass()
    fields = [each for moment in (await told(stocked)).moments for each in moment.fields if each.key == "title"]

    assert [(each.after, each.effect, each.rule) for each in fields][1:] == [
        ("Won", True, "causal"),
        ("Lost", False, "prefer"),
    ]
