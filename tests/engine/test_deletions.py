"""Goal: what a person deletes is gone everywhere, with its parts; an edit beats a deletion that did not know it."""

from datetime import UTC, datetime

import pytest

from replicator.connectors.base import Locator, Record
from replicator.core.event import EXISTENCE, Rule
from replicator.engine import observed, operate
from replicator.log import inbox
from replicator.sandbox.catalogue import generated
from tests.engine.shop import FROCK, FROCK_SKU, OTHER, OTHER_SKU, SHOPS, Shop

MANY = [product for product in generated(0) if product["category"] == "groceries"][:14]


@pytest.mark.parametrize("system", SHOPS)
async def test_a_deletion_reaches_the_others_with_the_parts(stocked: Shop, system: str) -> None:
    mark = stocked.mark()
    await stocked.people.delete(system, "product", FROCK)
    await stocked.settle()
    await stocked.full_pass()
    report = await stocked.audited()

    assert [sorted(stocked.shown(name, "product")) for name in SHOPS] == [[OTHER]] * 3
    assert [sorted(stocked.shown(name, "variant")) for name in SHOPS] == [[OTHER_SKU]] * 3
    assert {each[3] for each in stocked.writes(mark)} <= {"delete", "cascade"}
    assert (report.lost_edits, report.duplicates, report.diverged) == (0, 0, 0)


@pytest.mark.parametrize("first", ["directus", "medusa"])
async def test_an_edit_beats_a_concurrent_deletion_and_the_conflict_is_kept(stocked: Shop, first: str) -> None:
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Still on sale"})
    await stocked.deliver_hooks()
    await stocked.intake(first).step()
    await stocked.full_pass()
    kept = await stocked.conflicts()
    report = await stocked.audited()

    assert stocked.everywhere("product", FROCK, "title") == ["Still on sale"] * 3
    assert [(each.key, each.rule, each.winner, each.loser) for each in kept if each.key == EXISTENCE] == [
        (EXISTENCE, Rule.UPDATE_WINS, True, False)
    ]
    assert (report.loops, report.lost_edits, report.duplicates) == (0, 0, 0)


async def test_an_edit_of_a_part_does_not_outlive_the_whole(stocked: Shop) -> None:
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.people.edit("strapi", "stock", f"{FROCK_SKU} / Main warehouse", {"quantity": 3})
    await stocked.full_pass()
    await stocked.full_pass()

    assert [sorted(stocked.shown(name, "product")) for name in SHOPS] == [[OTHER]] * 3
    assert [sorted(stocked.shown(name, "variant")) for name in SHOPS] == [[OTHER_SKU]] * 3


async def test_what_was_deleted_may_be_made_anew_and_is_another_entity(stocked: Shop) -> None:
    before = await stocked.dossier(f"product:{FROCK}")
    await stocked.people.delete("strapi", "product", FROCK)
    await stocked.settle()
    again = {"title": "Frock again", "handle": FROCK, "status": "published", "images": []}
    await stocked.people.create("directus", "product", again)
    await stocked.settle()
    after = await stocked.dossier(f"product:{FROCK}")

    assert after.entity.id != before.entity.id
    assert stocked.everywhere("product", FROCK, "title") == ["Frock again"] * 3


@pytest.mark.parametrize("overrides", [{"systems": {"strapi": {"accepts_deletes": False}}}])
async def test_where_deletions_do_not_count_the_record_is_made_again(stocked: Shop) -> None:
    await stocked.people.delete("strapi", "product", FROCK)
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock"] * 3
    assert stocked.everywhere("variant", FROCK_SKU, "product") == [FROCK] * 3
    assert "refused" in [outcome for _, outcome, _ in await stocked.heard(f"product:{FROCK}")]


async def test_what_was_made_and_deleted_before_we_knew_of_it_is_no_loss(stocked: Shop) -> None:
    for number in range(12):
        await stocked.people.create("directus", "tag", {"value": f"short-lived {number}"})
        await stocked.people.delete("directus", "tag", f"short-lived {number}")
    await stocked.full_pass()

    assert (await stocked.standing("directus")).held is None


async def test_parts_that_went_with_their_whole_are_lost_once(stocked: Shop) -> None:
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.full_pass()
    await stocked.full_pass()

    assert [(await stocked.standing(name)).held for name in SHOPS] == [None] * 3


async def test_what_was_not_there_before_it_was_made_is_not_lost(stocked: Shop) -> None:
    """As in the middle of a rebuild: a poll saw that it is gone, and before that is judged it is there again."""
    shown = stocked.world.systems["directus"].shown()
    before = [
        inbox.Delivery(
            system="directus",
            source="poll",
            kind="record",
            type=each.type,
            remote_id=each.remote_id,
            body=observed.dump(Record(type=each.type, remote_id=each.remote_id, fields=None)) | {"at": 0.0},
            began=0,
        )
        for each in shown
    ]
    async with stocked.app.database.unit() as conn:
        await inbox.receive(conn, before, datetime.now(UTC))
    await stocked.settle()

    assert (await stocked.standing("directus")).held is None
    assert stocked.world.systems["directus"].shown() == shown


async def test_a_late_read_beside_a_deletion_is_no_sign_of_a_backup(stocked: Shop) -> None:
    """It shows an older version because it was read before our last write, not because a dump was put back."""
    ids = {each.key: each.remote_id for each in stocked.world.systems["directus"].shown() if each.type == "product"}
    wanted = [Locator(type="product", remote_id=ids[FROCK])]
    (late,) = await stocked.app.shop.connectors["directus"].read(wanted)
    assert isinstance(late, Record)
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Written since"})
    await stocked.settle()
    await stocked.people.delete("directus", "product", OTHER)
    heard = [
        inbox.Delivery(
            system="directus",
            source="poll",
            kind="record",
            type="product",
            remote_id=ids[FROCK],
            body=observed.dump(late) | {"at": 0.0},
            began=0,
        ),
        inbox.hint("directus", "hook", "product", ids[OTHER]),
    ]
    async with stocked.app.database.unit() as conn:
        await inbox.receive(conn, heard, datetime.now(UTC))
    await stocked.settle()

    assert (await stocked.standing("directus")).held is None
    assert [OTHER in stocked.shown(name, "product") for name in SHOPS] == [False] * 3


@pytest.mark.parametrize("products", [MANY])
async def test_more_deletions_than_a_set_share_are_held_until_a_person_confirms(stocked: Shop) -> None:
    gone = sorted(stocked.shown("directus", "product"))[:11]
    mark = stocked.mark()
    for key in gone:
        await stocked.people.delete("directus", "product", key)
    await stocked.full_pass()
    standing, written = await stocked.standing("directus"), stocked.writes(mark)
    await operate.release(stocked.app.database, stocked.app.shop, "directus")
    await stocked.full_pass()
    await stocked.full_pass()

    assert standing.held is not None
    assert "are gone there at once" in standing.held
    assert written == []
    assert [sorted(set(gone) & set(stocked.shown(name, "product"))) for name in SHOPS] == [[]] * 3
    assert [len(stocked.shown(name, "product")) for name in SHOPS] == [3] * 3
    assert (await stocked.standing("directus")).believed is False


async def test_letting_go_of_what_was_deleted_is_no_edit(stocked: Shop) -> None:
    """Each system drops its references to the category by itself: of that nobody is the author."""
    before = await stocked.counts()
    await stocked.people.delete("medusa", "category", "tops")
    await stocked.full_pass()
    await stocked.full_pass()
    after = await stocked.counts()

    assert stocked.everywhere("product", FROCK, "categories") == [[]] * 3
    assert after.events - before.events == 1
    assert (await stocked.audited()).details == []
