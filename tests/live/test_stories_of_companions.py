"""Goal: with our companions, it is known who made a change, and every hook is signed; without, changes arrive all the
same.

Each story ends with three full passes in which no system receives a write.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import TextClause, text

from tests.live.story import SHOPS, Story
from tests.live.variants import PLAIN, Variant

AUTHOR = text("select author from events where origin = :system and act = 'change' order by position desc limit 1")
SIGNED = text("select count(*) from inbox where system = :system and source = 'hook' and key is not null")


class TestWith:
    """All three have ours."""

    @pytest.mark.parametrize("system", ["directus", "strapi"])
    async def test_the_author_of_an_edit_is_known(self, stocked: Story, system: str) -> None:
        await stocked.edit(system, "product", "linen-shirt", {"title": "Signed"})
        await stocked.reached("product", "linen-shirt", "title", "Signed")

        assert await asked(stocked, AUTHOR, system) == person(stocked, system)

    @pytest.mark.parametrize("system", ["medusa", "directus"])
    async def test_hooks_are_signed(self, stocked: Story, system: str) -> None:
        before = await asked(stocked, SIGNED, system)
        await stocked.edit(system, "product", "linen-shirt", {"title": "Signed"})
        await stocked.reached("product", "linen-shirt", "title", "Signed")

        assert await asked(stocked, SIGNED, system) > before


async def asked(story: Story, question: TextClause, system: str) -> Any:  # noqa: ANN401 - whatever was asked for
    """What the replicator's database knows."""
    async with story.app.database.look() as conn:
        return (await conn.execute(question, {"system": system})).scalar_one()


def person(story: Story, system: str) -> str:
    """As whom a person is known there."""
    server = story.ready[system].server
    if system == "strapi":
        return f"admin:{server.access['person_email']}"
    (row,) = server.cluster.rows(server.database, "select id::text from directus_users where first_name = 'Mary'")
    return str(row["id"])


class TestWithout:
    """None of the three has ours."""

    @pytest.fixture
    def variant(self) -> Variant:
        return PLAIN

    @pytest.mark.parametrize("system", SHOPS)
    async def test_an_edit_reaches_the_others(self, stocked: Story, system: str) -> None:
        await stocked.edit(system, "product", "linen-shirt", {"title": f"From {system}"})
        await stocked.reached("product", "linen-shirt", "title", f"From {system}")

    @pytest.mark.parametrize("system", SHOPS)
    async def test_a_deletion_and_a_count_reach_the_others(self, stocked: Story, system: str) -> None:
        await stocked.remove(system, "product", "shirt-3")
        await stocked.count_stock(system, "LIN-S", 7)
        await stocked.settled()

        assert await stocked.everywhere("product", "shirt-3", "title") == [None] * 3
        assert await stocked.of_parts("stock", "LIN-S", "quantity") == [7] * 3
