"""Goal: a person's decision about a conflict is an event, reaches every system, and is about what the person saw."""

import pytest

from replicator.core.event import EXISTENCE, OPERATOR, Rule
from replicator.engine import decision
from replicator.engine.decision import Choice, Decided, Moved, Seen
from replicator.errors import ConfigurationError
from replicator.log import conflicts
from tests.engine.shop import FROCK, FROCK_SKU, OTHER, SHOPS, Shop

WON, LOST = "Words of directus", "Words of medusa"
ASK = [{"types": {"product": {"fields": {"title": {"policy": "manual"}}}}}]


@pytest.fixture
async def disputed(stocked: Shop) -> Shop:
    """Two people have typed two titles without knowing of each other."""
    await stocked.people.edit("directus", "product", FROCK, {"title": WON})
    await stocked.people.edit("medusa", "product", FROCK, {"title": LOST})
    await stocked.full_pass()
    return stocked


async def see(shop: Shop) -> Seen:
    async with shop.app.database.look() as conn:
        first = (await conflicts.open_ones(conn, limit=1))[0]
        return await decision.see(conn, first.id)


async def decide(shop: Shop, seen: Seen, choice: Choice, said: str | None = None) -> Decided:
    async with shop.app.database.look() as conn:
        value = None if said is None else await decision.read_value(conn, shop.app.shop, seen.kept, said)
    done = await decision.decide(shop.app.database, shop.app.shop, seen, choice, value=value, by="ann")
    await shop.settle()
    return done


async def test_what_is_there_is_kept_without_an_event(disputed: Shop) -> None:
    mark = disputed.mark()
    done = await decide(disputed, await see(disputed), Choice.KEEP)

    assert (done.event, done.value) == (None, WON)
    assert await disputed.conflicts() == []
    assert disputed.writes(mark) == []


async def test_the_value_that_lost_is_taken_and_written_everywhere_once(disputed: Shop) -> None:
    mark = disputed.mark()
    done = await decide(disputed, await see(disputed), Choice.TAKE)
    entity = (await disputed.dossier(f"product:{FROCK}")).entity
    told = [each.draft for each in await disputed.events_of(entity.id) if each.draft.id == done.event]
    await disputed.full_pass()

    assert disputed.everywhere("product", FROCK, "title") == [LOST] * 3
    assert sorted(disputed.writes(mark)) == [(name, "product", FROCK, "update") for name in sorted(SHOPS)]
    assert [(each.origin, each.author, each.changes["title"].rule) for each in told] == [
        (OPERATOR, "ann", Rule.DECISION)
    ]
    assert await disputed.conflicts() == []


async def test_a_third_value_is_taken(disputed: Shop) -> None:
    await decide(disputed, await see(disputed), Choice.VALUE, "42")

    assert disputed.everywhere("product", FROCK, "title") == ["42"] * 3


async def test_the_decision_knows_what_the_person_saw(disputed: Shop) -> None:
    before = (await disputed.dossier(f"product:{FROCK}")).entity
    done = await decide(disputed, await see(disputed), Choice.TAKE)
    [told] = [each.draft for each in await disputed.events_of(before.id) if each.draft.id == done.event]

    assert told.context == before.vector


async def test_nothing_is_decided_about_what_the_person_has_not_seen(disputed: Shop) -> None:
    seen = await see(disputed)
    await disputed.people.edit("strapi", "product", FROCK, {"title": "A third hand"})
    await disputed.settle()

    with pytest.raises(Moved, match="look at conflict"):
        await decide(disputed, seen, Choice.TAKE)
    assert disputed.everywhere("product", FROCK, "title") == ["A third hand"] * 3
    assert (await see(disputed)).moved


@pytest.mark.parametrize("overrides", ASK)
@pytest.mark.parametrize(("choice", "title"), [(Choice.KEEP, 0), (Choice.TAKE, 1)])
async def test_an_undecided_field_is_settled_and_written(disputed: Shop, choice: Choice, title: int) -> None:
    seen = await see(disputed)
    values = (seen.kept.conflict.winner, seen.kept.conflict.loser)
    done = await decide(disputed, seen, choice)
    await disputed.full_pass()

    assert seen.state == "undecided"
    assert done.event is not None
    assert disputed.everywhere("product", FROCK, "title") == [values[title]] * 3
    assert (await disputed.dossier(f"product:{FROCK}")).entity.cells["title"].settled


async def test_a_deletion_that_lost_can_be_taken_with_the_parts(stocked: Shop) -> None:
    await stocked.people.delete("directus", "product", FROCK)
    await stocked.people.edit("medusa", "product", FROCK, {"title": "Still on sale"})
    await stocked.deliver_hooks()
    await stocked.intake("medusa").step()
    await stocked.full_pass()
    seen = await see(stocked)
    done = await decide(stocked, seen, Choice.TAKE)
    await stocked.full_pass()

    assert (seen.kept.conflict.key, done.value) == (EXISTENCE, False)
    assert [sorted(stocked.shown(name, "product")) for name in SHOPS] == [[OTHER]] * 3
    assert [FROCK_SKU in stocked.shown(name, "variant") for name in SHOPS] == [False] * 3


async def test_all_open_conflicts_of_the_field_are_settled_by_one_decision(stocked: Shop) -> None:
    for system in SHOPS:
        await stocked.people.edit(system, "product", FROCK, {"title": f"Words of {system}"})
    await stocked.full_pass()
    open_before = len(await stocked.conflicts())
    done = await decide(stocked, await see(stocked), Choice.KEEP)

    assert (open_before, len(done.settled)) == (2, 2)
    assert await stocked.conflicts() == []


async def test_what_was_decided_or_never_was_is_not_decided_again(disputed: Shop) -> None:
    seen = await see(disputed)
    await decide(disputed, seen, Choice.TAKE)

    async with disputed.app.database.look() as conn:
        with pytest.raises(ConfigurationError, match="was decided by ann"):
            await decision.see(conn, seen.kept.id)
        with pytest.raises(ConfigurationError, match="no conflict 4711"):
            await decision.see(conn, 4711)
