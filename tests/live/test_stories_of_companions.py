"""Goal: with our companions, it is known who made a change, and every hook is signed; without, changes arrive all the
same.

Each story ends with three full passes in which no system receives a write.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import TextClause, text

from tests.live.story import SHOPS, Story, until
from tests.live.telling import Terms
from tests.live.variants import ACCOMPANIED, FURNISHED, PLAIN, Variant

AUTHOR = text("select author from events where origin = :system and act = 'change' order by position desc limit 1")
SIGNED = text("select count(*) from inbox where system = :system and source = 'hook' and key is not null")
QUEUED = "RedisEventBusService:events-queue:id"  # how many events were ever put there
WAITING = """
select attempts, told->'metadata'->'actor'->>'actor_id' as actor from replicator_outbox order by id"""
MARY = """select id from "user" where email = 'mary@example.com'"""


class TestWith:
    """All three have ours."""

    @pytest.mark.parametrize("system", ["directus", "strapi"])
    async def test_the_author_of_an_edit_is_known(self, stocked: Story, system: str) -> None:
        await stocked.edit(system, "product", "linen-shirt", {"title": "Signed"})
        await stocked.reached("product", "linen-shirt", "title", "Signed")

        assert await asked(stocked, AUTHOR, system) == person(stocked, system)

    async def test_hooks_of_directus_are_signed(self, stocked: Story) -> None:
        before = await asked(stocked, SIGNED, "directus")
        await stocked.edit("directus", "product", "linen-shirt", {"title": "Signed"})
        await stocked.reached("product", "linen-shirt", "title", "Signed")

        assert await asked(stocked, SIGNED, "directus") > before


class TestMedusaTells:
    """Medusa has ours, on either of its event buses. Nobody is asked for changes: they are posted or unknown."""

    @pytest.fixture(params=[ACCOMPANIED, FURNISHED], ids=["in-memory", "in-redis"])
    def variant(self, request: pytest.FixtureRequest) -> Variant:
        variant = request.param
        assert isinstance(variant, Variant)
        return variant

    @pytest.fixture
    def terms(self) -> Terms:
        return Terms(polls=False)

    async def test_an_edit_is_posted_signed_and_reaches_the_others(self, stocked: Story, variant: Variant) -> None:
        queued, signed = await queued_ever(stocked), await asked(stocked, SIGNED, "medusa")
        await stocked.edit("medusa", "product", "linen-shirt", {"title": "Posted"})
        await stocked.reached("product", "linen-shirt", "title", "Posted")

        assert (await queued_ever(stocked) > queued) is variant.redis
        assert await asked(stocked, SIGNED, "medusa") > signed

    async def test_what_nobody_took_is_posted_until_somebody_does(self, stocked: Story) -> None:
        await until(partial(told_all, stocked), lambda: "Medusa has always something to tell")
        await stocked.web.stop()
        await stocked.edit("medusa", "product", "linen-shirt", {"title": "While nobody listened"})
        await until(partial(posted_in_vain, stocked), lambda: f"nothing is posted twice: {waiting(stocked)}")
        actors = {row["actor"] for row in waiting(stocked)}
        await stocked.web.start()
        await stocked.reached("product", "linen-shirt", "title", "While nobody listened")
        await until(partial(told_all, stocked), lambda: f"still waiting: {waiting(stocked)}")

        assert actors == {row["id"] for row in medusa_rows(stocked, MARY)}


async def queued_ever(story: Story) -> int:
    """How many events Medusa has put into its Redis; 0 where it has none."""
    address = story.ready["medusa"].server.instance.place.redis
    if address is None:
        return 0
    async with Redis.from_url(address) as redis:
        return int(await redis.get(QUEUED) or 0)


async def posted_in_vain(story: Story) -> bool:
    """Whether all that waits at Medusa was posted and is being posted again."""
    rows = waiting(story)
    return bool(rows) and all(row["attempts"] > 1 for row in rows)


async def told_all(story: Story) -> bool:
    """Whether nothing waits at Medusa."""
    return not waiting(story)


def waiting(story: Story) -> list[dict[str, Any]]:
    """What is still to be told, as Medusa keeps it."""
    return medusa_rows(story, WAITING)


def medusa_rows(story: Story, question: str) -> list[dict[str, Any]]:
    """What Medusa's database knows."""
    server = story.ready["medusa"].server
    return server.cluster.rows(server.database, question)


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
