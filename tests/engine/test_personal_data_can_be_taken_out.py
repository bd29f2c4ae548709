"""Goal: what a person has typed by mistake goes from the log and all that is kept beside it; the log still verifies."""

import pytest
from sqlalchemy import text

from replicator.core.event import Act
from replicator.engine import explain
from replicator.log import events
from replicator.log.database import Refused
from replicator.log.redaction import held, redact
from tests.engine.shop import FROCK, Shop
from tests.log.contents import everything

SECRET = "Call Ann at 555-0100"


async def typed(shop: Shop) -> str:
    """A secret is typed at two systems at once and cleared again: it is in events, writes, conflicts and hooks."""
    await shop.people.edit("strapi", "product", FROCK, {"subtitle": SECRET})
    await shop.settle()
    await shop.people.edit("directus", "product", FROCK, {"subtitle": "Harmless"})
    await shop.people.edit("medusa", "product", FROCK, {"subtitle": f"{SECRET}!"})
    await shop.full_pass()
    return (await shop.dossier(f"product:{FROCK}")).entity.id


async def erase(shop: Shop, entity: str) -> int:
    async with shop.app.database.unit() as conn:
        keys = (await held(conn, entity, ["subtitle"])).keys
        now = (await conn.execute(text("select now()"))).scalar_one()
        return await redact(conn, entity, keys, author="dpo", reason="a mistake", now=now)


async def test_a_secret_is_gone_everywhere_and_the_shop_goes_on(stocked: Shop) -> None:
    entity = await typed(stocked)
    await stocked.people.edit("directus", "product", FROCK, {"subtitle": None})
    await stocked.full_pass()
    before = await everything(stocked.app.database)
    position = await erase(stocked, entity)
    mark = stocked.mark()
    await stocked.full_pass()
    after = await everything(stocked.app.database)
    told = await stocked.events_of(entity)

    assert before.count(SECRET) > 5
    assert SECRET not in after
    assert stocked.writes(mark) == []
    assert [(each.position, each.draft.author) for each in told if each.draft.act is Act.REDACT] == [(position, "dpo")]
    async with stocked.app.database.look() as conn:
        assert (await events.verify(conn)).first_fault is None


async def test_why_says_that_a_value_was_erased(stocked: Shop) -> None:
    entity = await typed(stocked)
    await stocked.people.edit("directus", "product", FROCK, {"subtitle": None})
    await stocked.full_pass()
    await erase(stocked, entity)
    async with stocked.app.database.look() as conn:
        told = explain.explain(await explain.read(conn, stocked.app.shop, entity), "subtitle")

    assert any("its values were erased" in each.sentence for each in told.chain)


async def test_what_is_in_use_is_refused(stocked: Shop) -> None:
    entity = await typed(stocked)

    with pytest.raises(Refused, match="still in use"):
        await erase(stocked, entity)
