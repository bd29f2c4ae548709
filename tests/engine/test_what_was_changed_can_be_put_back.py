"""Goal: a revert makes new events that put back what was chosen, reach every system once, and can be reverted too."""

from collections.abc import Mapping
from typing import Any

import pytest

from replicator.core.event import EXISTENCE, OPERATOR, Rule
from replicator.engine import revert as engine
from replicator.engine.revert import Preview, Reverted
from replicator.log import chosen, events
from replicator.log.chosen import Choice
from tests.engine.shop import FROCK, FROCK_SKU, OTHER, SHOPS, Shop

TITLE = "Dapper Frock"


async def seen(shop: Shop, choice: Choice) -> Preview:
    return await engine.preview(shop.app.database, shop.app.shop, choice, shown=100)


async def put_back(shop: Shop, since: int, **chosen_by: Any) -> Reverted:  # noqa: ANN401 - the fields of a choice
    choice = Choice(**{"since": since, "until": await shop.head(), **chosen_by})
    previewed = await seen(shop, choice)
    done = await engine.revert(shop.app.database, shop.app.shop, previewed, by="ann", report=lambda _many, _all: None)
    await shop.settle()
    return done


async def edited(shop: Shop, system: str, key: str, changes: Mapping[str, Any], type_name: str = "product") -> None:
    await shop.people.edit(system, type_name, key, dict(changes))
    await shop.settle()


async def test_one_entity_is_as_it_was_everywhere_and_is_written_once(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Wrong", "brand": "Wrong too"})
    await edited(stocked, "strapi", OTHER, {"title": "Another"})
    entity, mark = (await stocked.dossier(f"product:{FROCK}")).entity.id, stocked.mark()
    done = await put_back(stocked, before, entity=entity)

    assert stocked.everywhere("product", FROCK, "title") == [TITLE] * 3
    assert stocked.everywhere("product", OTHER, "title") == ["Another"] * 3
    assert sorted(stocked.writes(mark)) == [(name, "product", FROCK, "update") for name in sorted(SHOPS)]
    assert dict(done.kinds) == {"changed": 1}


async def test_the_log_says_who_put_back_what_and_why(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Wrong"})
    await put_back(stocked, before)
    dossier = await stocked.dossier(f"product:{FROCK}")

    [told] = [each.draft for each in await stocked.events_of(dossier.entity.id) if each.draft.origin == OPERATOR]
    assert (told.author, told.note) == ("ann", f"put back to how it was at {before}")
    assert {key: (each.before, each.after, each.rule) for key, each in told.changes.items()} == {
        "title": ("Wrong", TITLE, Rule.DECISION)
    }


async def test_a_preview_changes_nothing(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Wrong"})
    after = await stocked.head()
    previewed = await seen(stocked, Choice(since=before, until=after))

    [drawn] = previewed.shown
    assert (drawn.kind, drawn.name, drawn.changes) == ("changed", f"handle {FROCK}", {"title": ("Wrong", TITLE)})
    assert await stocked.head() == after


async def test_a_revert_can_be_reverted(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Right after all"})
    await stocked.people.delete("strapi", "product", OTHER)
    await stocked.settle()
    done = await put_back(stocked, before)
    restored = stocked.everywhere("product", OTHER, "title")
    assert done.undone_by is not None
    again = await seen(stocked, done.undone_by)
    await engine.revert(stocked.app.database, stocked.app.shop, again, by="bob", report=lambda _many, _all: None)
    await stocked.settle()
    await stocked.full_pass()

    assert None not in restored
    assert stocked.everywhere("product", FROCK, "title") == ["Right after all"] * 3
    assert [sorted(stocked.shown(name, "product")) for name in SHOPS] == [[FROCK]] * 3


async def test_what_a_system_changed_is_undone_and_what_others_changed_after_stands(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "strapi", FROCK, {"title": "By strapi", "subtitle": "By strapi"})
    await edited(stocked, "directus", FROCK, {"title": "By directus"})
    await put_back(stocked, before, origin="strapi")

    assert stocked.everywhere("product", FROCK, "title") == ["By directus"] * 3
    assert stocked.everywhere("product", FROCK, "subtitle")[1:] == [None] * 2


async def test_a_deletion_is_taken_back_with_the_parts(stocked: Shop) -> None:
    before = await stocked.head()
    original = await stocked.dossier(f"product:{FROCK}")
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.full_pass()
    gone = [FROCK in stocked.shown(name, "product") for name in SHOPS]
    mark = stocked.mark()
    done = await put_back(stocked, before, entity=original.entity.id)
    await stocked.full_pass()
    report = await stocked.audited()
    again = await stocked.dossier(f"product:{FROCK}")

    assert gone == [False] * 3
    assert done.kinds["brought back"] >= 2
    assert again.entity.id == original.entity.id
    assert stocked.everywhere("product", FROCK, "title") == [TITLE] * 3
    assert stocked.everywhere("variant", FROCK_SKU, "product") == [FROCK] * 3
    assert sum(each[1] == "product" for each in stocked.writes(mark)) == 3
    assert (report.duplicates, report.diverged) == (0, 0)


async def test_what_was_made_is_deleted_with_its_parts(stocked: Shop) -> None:
    before = await stocked.head()
    await stocked.people.create("strapi", "tag", {"value": "new"})
    await stocked.settle()
    entity = (await stocked.dossier(f"product:{FROCK}")).entity.id
    done = await put_back(stocked, before)
    made = await put_back(stocked, 0, entity=entity)
    await stocked.full_pass()

    assert dict(done.kinds) == {"deleted": 1}
    assert made.kinds["deleted"] >= 2
    assert [sorted(stocked.shown(name, "tag")) for name in SHOPS if "new" in stocked.shown(name, "tag")] == []
    assert [sorted(stocked.shown(name, "product")) for name in SHOPS] == [[OTHER]] * 3
    assert [FROCK_SKU in stocked.shown(name, "variant") for name in SHOPS] == [False] * 3


@pytest.mark.parametrize("batch", [1, 100])
async def test_no_part_outlives_a_whole_that_is_taken_back(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(engine, "BATCH", batch)
    before = await stocked.head()
    await stocked.people.create(
        "directus", "product", {"title": "New", "handle": "new", "status": "published", "images": []}
    )
    await stocked.settle()
    whole = await stocked.people.find("strapi", "product", "new")
    await stocked.people.create("strapi", "variant", {"sku": "NEW-1", "title": "One", "product": whole})
    await stocked.full_pass("strapi")
    variant = (await stocked.dossier("variant:NEW-1")).entity.id
    await edited(stocked, "directus", "NEW-1", {"title": "Uno"}, "variant")
    until = await stocked.head()
    previewed = await seen(stocked, Choice(since=before, until=until, origin="directus"))
    done = await put_back(stocked, before, origin="directus")
    events_of_it = await stocked.events_of(variant)

    assert dict(previewed.kinds) == dict(done.kinds) == {"deleted": 2}
    assert events_of_it[-1].draft.changes[EXISTENCE].after is False
    assert "new" not in stocked.shown("strapi", "product")


async def test_tags_that_others_added_since_stay(stocked: Shop) -> None:
    for name in ("linen", "summer"):
        await stocked.people.create("directus", "tag", {"value": name})
    await stocked.settle()
    before = await stocked.head()
    linen = await stocked.people.find("directus", "tag", "linen")
    summer = await stocked.people.find("strapi", "tag", "summer")
    await edited(stocked, "strapi", FROCK, {"tags": {"connect": [{"documentId": summer}]}})
    await edited(stocked, "directus", FROCK, {"tags": {"create": [{"tags_id": linen}], "update": [], "delete": []}})
    both = stocked.everywhere("product", FROCK, "tags")
    await put_back(stocked, before, origin="strapi")

    assert both == [["linen", "summer", "tops"]] * 3
    assert stocked.everywhere("product", FROCK, "tags") == [["linen", "tops"]] * 3


async def test_an_edit_made_after_the_preview_stands(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Wrong", "subtitle": "Wrong"})
    previewed = await seen(stocked, Choice(since=before, until=await stocked.head()))
    await edited(stocked, "strapi", FROCK, {"title": "Typed meanwhile"})
    await engine.revert(stocked.app.database, stocked.app.shop, previewed, by="ann", report=lambda _many, _all: None)
    await stocked.settle()

    assert stocked.everywhere("product", FROCK, "title") == ["Typed meanwhile"] * 3
    assert stocked.everywhere("product", FROCK, "subtitle")[1:] == [None] * 2


async def test_a_revert_that_was_cut_off_goes_on_where_it_was(stocked: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    before = await stocked.head()
    for key in (FROCK, OTHER):
        await edited(stocked, "directus", key, {"title": f"Wrong {key}"})
    until = await stocked.head()
    told: list[int] = []

    def killed(many: int, _all: int) -> None:
        told.append(many)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await engine.revert(
            stocked.app.database,
            stocked.app.shop,
            await seen(stocked, Choice(since=before, until=until)),
            by="ann",
            report=killed,
        )
    left = await seen(stocked, Choice(since=before, until=until))
    done = await put_back(stocked, before)

    assert told == [1]
    assert (sum(left.kinds.values()), dict(done.kinds)) == (1, {"changed": 1})
    assert stocked.everywhere("product", FROCK, "title") == [TITLE] * 3


async def test_a_key_that_is_anothers_by_now_is_not_taken_from_it(stocked: Shop) -> None:
    before = await stocked.head()
    entity = (await stocked.dossier(f"product:{FROCK}")).entity.id
    await stocked.people.delete("strapi", "product", FROCK)
    await stocked.settle()
    again = {"title": "Frock again", "handle": FROCK, "status": "published", "images": []}
    await stocked.people.create("directus", "product", again)
    await stocked.settle()
    holder = await stocked.dossier(f"product:{FROCK}")
    after = await stocked.head()
    done = await put_back(stocked, before, entity=entity)

    [refused] = [each for each in done.refused if each.type == "product"]
    assert refused.refused == f"handle '{FROCK}' belongs to {holder.entity.id} by now"
    assert all(each.refused for each in done.refused)
    assert (done.first, done.last, await stocked.head()) == (after, after, after)


async def test_keys_that_were_swapped_are_swapped_back(stocked: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    before = await stocked.head()
    one, two = [(await stocked.dossier(f"product:{key}")).entity.id for key in (FROCK, OTHER)]
    for key, other in ((FROCK, "parked"), (OTHER, FROCK), ("parked", OTHER)):
        await edited(stocked, "directus", key, {"handle": other})
    swapped = [(await stocked.dossier(f"product:{key}")).entity.id for key in (OTHER, FROCK)]
    done = await put_back(stocked, before)

    assert swapped == [one, two]
    assert dict(done.kinds) == {"changed": 2}
    assert [(await stocked.dossier(f"product:{key}")).entity.id for key in (FROCK, OTHER)] == [one, two]


async def test_a_part_without_its_whole_is_left_as_it_is(stocked: Shop) -> None:
    variant = (await stocked.dossier(f"variant:{FROCK_SKU}")).entity.id
    before = await stocked.head()
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.full_pass()
    done = await put_back(stocked, before, entity=variant)

    refused = {each.entity: str(each.refused) for each in done.refused}
    assert "is not there" in refused[variant]


async def test_the_last_change_of_an_entity_can_be_named_without_its_position(stocked: Shop) -> None:
    await edited(stocked, "directus", FROCK, {"title": "First"})
    await edited(stocked, "strapi", FROCK, {"title": "Second"})
    entity = (await stocked.dossier(f"product:{FROCK}")).entity.id
    async with stocked.app.database.look() as conn:
        last = await chosen.last_change(conn, entity, await events.head(conn))
    await put_back(stocked, last - 1, entity=entity)

    assert stocked.everywhere("product", FROCK, "title") == ["First"] * 3


async def test_a_type_alone_is_put_back(stocked: Shop) -> None:
    before = await stocked.head()
    await edited(stocked, "directus", FROCK, {"title": "Wrong"})
    tag = next(iter(stocked.shown("directus", "tag")))
    await edited(stocked, "directus", tag, {"value": "renamed"}, "tag")
    done = await put_back(stocked, before, type="tag")

    assert dict(done.kinds) == {"changed": 1}
    assert tag in stocked.shown("strapi", "tag")
    assert stocked.everywhere("product", FROCK, "title") == ["Wrong"] * 3


async def test_existence_is_said_in_the_event_that_brings_back(stocked: Shop) -> None:
    before = await stocked.head()
    entity = (await stocked.dossier(f"product:{OTHER}")).entity.id
    await stocked.people.delete("strapi", "product", OTHER)
    await stocked.settle()
    await put_back(stocked, before, entity=entity)

    [told] = [each.draft for each in await stocked.events_of(entity) if each.draft.origin == OPERATOR]
    assert (told.changes[EXISTENCE].before, told.changes[EXISTENCE].after) == (False, True)
