"""Goal: an edit at one system is written to each other system exactly once, and to nobody after that."""

import pytest

from replicator.core.event import Rule
from tests.engine.shop import FROCK, FROCK_SKU, SHOPS, Shop

PASSES = 3


@pytest.mark.parametrize(
    ("system", "type_name", "key", "field", "value"),
    [
        ("medusa", "product", FROCK, "title", "A frock for all seasons"),
        ("directus", "product", FROCK, "description", None),
        ("strapi", "product", FROCK, "subtitle", "Now in green"),
        ("medusa", "category", "tops", "description", "Everything above the waist"),
        ("directus", "variant", FROCK_SKU, "title", "One size"),
    ],
    ids=["at Medusa", "at Directus", "at Strapi", "of a category", "of a variant"],
)
async def test_an_edit_costs_one_write_at_each_other_system(
    stocked: Shop, system: str, type_name: str, key: str, field: str, value: str | None
) -> None:
    mark = stocked.mark()
    before = await stocked.counts()
    await stocked.people.edit(system, type_name, key, {field: value})
    await stocked.settle()
    for _ in range(PASSES):
        await stocked.full_pass()
    after = await stocked.counts()

    assert stocked.everywhere(type_name, key, field) in ([value] * 3, [value or ""] * 3)
    assert sorted(stocked.writes(mark)) == sorted((name, type_name, key, "update") for name in SHOPS if name != system)
    assert after.events - before.events == 1
    assert (await stocked.audited()).details == []


@pytest.mark.parametrize("system", SHOPS)
@pytest.mark.parametrize(
    ("part", "key", "field", "value"),
    [("stock", f"{FROCK_SKU} / Main warehouse", "quantity", 7), ("price", f"{FROCK_SKU} / usd", "amount", "30.5")],
    ids=["stock", "price"],
)
async def test_stock_and_price_are_carried_from_wherever_they_are_edited(
    stocked: Shop, system: str, part: str, key: str, field: str, value: int | str
) -> None:
    mark = stocked.mark()
    await stocked.people.edit(system, part, key, {field: float(value) if part == "price" else value})
    await stocked.settle()
    for _ in range(PASSES):
        await stocked.full_pass()

    assert stocked.everywhere(part, key, field) == [value] * 3
    assert sorted(stocked.writes(mark)) == sorted((name, part, key, "update") for name in SHOPS if name != system)
    assert (await stocked.audited()).details == []


async def test_concurrent_edits_of_different_fields_are_merged(stocked: Shop) -> None:
    people = stocked.people
    await people.edit("medusa", "product", FROCK, {"title": "Title from the shop"})
    await people.edit("directus", "product", FROCK, {"description": "Words from the editors"})
    await people.edit("strapi", "product", FROCK, {"subtitle": "Subtitle from marketing"})
    await stocked.full_pass()
    report = await stocked.audited()

    assert stocked.everywhere("product", FROCK, "title") == ["Title from the shop"] * 3
    assert stocked.everywhere("product", FROCK, "description") == ["Words from the editors"] * 3
    assert stocked.everywhere("product", FROCK, "subtitle") == ["Subtitle from marketing"] * 3
    assert await stocked.conflicts() == []
    assert report.details == []


@pytest.mark.parametrize("first", [("medusa", "strapi", "directus"), ("directus", "strapi", "medusa")])
async def test_of_concurrent_edits_of_one_field_one_wins_everywhere_and_the_losers_are_kept(
    stocked: Shop, first: tuple[str, ...]
) -> None:
    for system in SHOPS:
        await stocked.people.edit(system, "product", FROCK, {"title": f"Title of {system}"})
    await stocked.deliver_hooks()
    for system in first:
        while await stocked.intake(system).step():
            pass
    await stocked.full_pass()
    kept = await stocked.conflicts()
    report = await stocked.audited()

    assert stocked.everywhere("product", FROCK, "title") == ["Title of directus"] * 3
    assert {each.loser for each in kept} == {"Title of medusa", "Title of strapi"}
    assert {(each.key, each.rule) for each in kept} == {("title", Rule.PREFER)}
    assert report.details == []


async def test_edits_of_a_set_are_joined_member_by_member(stocked: Shop) -> None:
    people = stocked.people
    await people.create("directus", "tag", {"value": "linen"})
    await people.create("strapi", "tag", {"value": "summer"})
    await stocked.full_pass()
    linen = await people.find("directus", "tag", "linen")
    summer = await people.find("strapi", "tag", "summer")
    await people.edit(
        "directus", "product", FROCK, {"tags": {"create": [{"tags_id": linen}], "update": [], "delete": []}}
    )
    await people.edit("strapi", "product", FROCK, {"tags": {"connect": [{"documentId": summer}]}})
    await stocked.full_pass()
    report = await stocked.audited()

    assert stocked.everywhere("product", FROCK, "tags") == [["linen", "summer", "tops"]] * 3
    assert report.details == []


async def test_a_value_that_somebody_typed_there_too_is_not_written_there(stocked: Shop) -> None:
    mark = stocked.mark()
    await stocked.people.edit("medusa", "product", FROCK, {"title": "The same words"})
    await stocked.people.edit("strapi", "product", FROCK, {"title": "The same words"})
    await stocked.full_pass()

    assert stocked.everywhere("product", FROCK, "title") == ["The same words"] * 3
    assert stocked.writes(mark) == [("directus", "product", FROCK, "update")]
    assert await stocked.conflicts() == []
