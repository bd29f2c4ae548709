"""Goal: a field that a system may not change is put right there or left there; either way nobody else hears of it."""

import pytest

from replicator.engine.survey import survey
from tests.engine.shop import FROCK, SHOPS, Shop

OURS = {"systems": {"strapi": {"types": {"product": {"refuses": {"title": "revert", "subtitle": "leave"}}}}}}

ours = pytest.mark.parametrize("overrides", [OURS])


@ours
async def test_what_may_not_be_changed_there_is_put_right_there(stocked: Shop) -> None:
    before, mark = await stocked.counts(), stocked.mark()
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Not yours to name"})
    await stocked.full_pass()
    await stocked.full_pass()
    after, heard = await stocked.counts(), await stocked.heard(f"product:{FROCK}")

    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock"] * 3
    assert stocked.writes(mark) == [("strapi", "product", FROCK, "update")]
    assert after.events == before.events
    assert ("hook", "refused", "may not be changed there: title") in heard


@ours
async def test_what_is_left_there_stands_there_and_is_shown(stocked: Shop) -> None:
    before, mark = await stocked.counts(), stocked.mark()
    await stocked.people.edit("strapi", "product", FROCK, {"subtitle": "For this site only"})
    await stocked.full_pass()
    await stocked.full_pass()
    after, heard = await stocked.counts(), await stocked.heard(f"product:{FROCK}")
    (left,) = (await survey(stocked.app.database, stocked.app.shop)).left

    assert stocked.everywhere("product", FROCK, "subtitle") == [None, None, "For this site only"]
    assert stocked.writes(mark) == []
    assert after.events == before.events
    assert ("hook", "refused", "may not be changed there: subtitle") in heard
    assert (left.system, left.key, left.known, left.asked) == ("strapi", "subtitle", "For this site only", None)


@ours
async def test_what_the_others_say_is_written_there_all_the_same(stocked: Shop) -> None:
    await stocked.people.edit("strapi", "product", FROCK, {"subtitle": "For this site only"})
    await stocked.settle()
    await stocked.people.edit("directus", "product", FROCK, {"title": "Named by us", "subtitle": "For all of you"})
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "title") == ["Named by us"] * 3
    assert stocked.everywhere("product", FROCK, "subtitle") == ["For all of you"] * 3
    assert (await survey(stocked.app.database, stocked.app.shop)).left == []


@ours
async def test_of_one_edit_what_is_allowed_is_carried(stocked: Shop) -> None:
    mark = stocked.mark()
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Not yours", "description": "But this is"})
    await stocked.full_pass()
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock"] * 3
    assert stocked.everywhere("product", FROCK, "description") == ["But this is"] * 3
    assert sorted(stocked.writes(mark)) == sorted((name, "product", FROCK, "update") for name in SHOPS)


TITLE_ALONE = "changed there: title (compared with the state as last known)"
EDITORS = {"systems": {"strapi": {"types": {"product": {"edits": ["title", "subtitle"]}}}}}


@pytest.mark.parametrize("overrides", [EDITORS])
async def test_editors_of_title_and_subtitle_change_nothing_else(stocked: Shop) -> None:
    wishes = {"title": "Theirs to name", "description": "Not theirs to describe"}
    await stocked.people.edit("strapi", "product", FROCK, wishes)
    was = stocked.everywhere("product", FROCK, "description")[0]
    await stocked.full_pass()
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "title") == ["Theirs to name"] * 3
    assert stocked.everywhere("product", FROCK, "description") == [was] * 3
    assert ("hook", "event", TITLE_ALONE) in await stocked.heard(f"product:{FROCK}")
