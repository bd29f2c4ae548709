"""Goal: what people do at one real system reaches the others, once, and then there is silence.

Each story ends with three full passes in which no system receives a write.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.live.story import SHOPS, Story
from tests.live.wares import NEW


@pytest.mark.parametrize("system", SHOPS)
async def test_what_is_made_at_one_is_made_at_the_others(story: Story, system: str) -> None:
    await story.create(system, "product", NEW[system])
    await story.reached("product", "linen-shirt", "title", "Linen Shirt")


@pytest.mark.parametrize("system", SHOPS)
async def test_an_edit_reaches_the_others(stocked: Story, system: str) -> None:
    await stocked.edit(system, "product", "linen-shirt", {"title": f"From {system}"})
    await stocked.reached("product", "linen-shirt", "title", f"From {system}")
    await stocked.settled()

    assert await stocked.open_conflicts() == []


async def test_edits_of_different_fields_at_the_same_time_all_survive(stocked: Story) -> None:
    changes = {"medusa": "title", "directus": "subtitle", "strapi": "description"}
    await asyncio.gather(
        *(stocked.edit(system, "product", "linen-shirt", {name: f"By {system}"}) for system, name in changes.items())
    )
    await stocked.settled()

    for system, name in changes.items():
        assert await stocked.everywhere("product", "linen-shirt", name) == [f"By {system}"] * 3
    assert await stocked.open_conflicts() == []


async def test_of_edits_of_one_field_at_the_same_time_one_wins_and_the_others_are_shown(stocked: Story) -> None:
    titles = {system: f"By {system}" for system in SHOPS}
    await asyncio.gather(
        *(stocked.edit(system, "product", "linen-shirt", {"title": title}) for system, title in titles.items())
    )
    await stocked.settled()
    (winner,) = set(map(str, await stocked.everywhere("product", "linen-shirt", "title")))
    lost = {str(value) for name, value in await stocked.open_conflicts() if name == "title"}

    assert winner in titles.values()
    assert lost <= set(titles.values()) - {winner}
    assert lost


@pytest.mark.parametrize("system", SHOPS)
async def test_a_deleted_product_goes_everywhere_with_its_variants(stocked: Story, system: str) -> None:
    await stocked.remove(system, "product", "linen-shirt")
    await stocked.settled()

    assert [await stocked.count(name, "product", "variant") for name in SHOPS] == [6, 6, 6]
    assert await stocked.everywhere("product", "linen-shirt", "title") == [None, None, None]
    assert await stocked.everywhere("variant", "LIN-S", "title") == [None, None, None]


@pytest.mark.parametrize("system", SHOPS)
async def test_a_product_is_taken_off_sale_and_put_back(stocked: Story, system: str) -> None:
    for status in ("draft", "published"):
        await stocked.edit(system, "product", "linen-shirt", {"status": status})
        await stocked.reached("product", "linen-shirt", "status", status)
