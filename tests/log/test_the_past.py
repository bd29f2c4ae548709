"""The state as of any position is the fold of the events up to it, from whatever kept state the folding begins."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from replicator.core.entity import Entity, fold, fold_all
from replicator.core.event import EXISTENCE, Act, Change, Draft, Rule
from replicator.errors import ConfigurationError
from replicator.log import dossiers, events, past
from replicator.log.database import Database
from replicator.log.redaction import redact
from tests.log.samples import NOW, at, draft, uid

ENTITIES = (1, 2, 3)
TURNS = 6
PAGE = 2  # ids at once, so that there are several pages


def history() -> list[Draft]:
    """Three products that are edited in turns; the third is deleted at the end, the second binds a record."""
    drafts = []
    for turn in range(1, TURNS + 1):
        for number in ENTITIES:
            changes = {"title": Change(None, f"{number}.{turn}", Rule.CAUSAL)}
            given: dict[str, object] = {"entity": number, "n": turn, "changes": changes}
            if number == 2 and turn == 3:
                given |= {"act": Act.BIND, "changes": {}}
            if number == 3 and turn == TURNS:
                given |= {"changes": {EXISTENCE: Change(before=True, after=False)}}
            drafts.append(draft(turn * 10 + number, **given))  # type: ignore[arg-type] # given by name, each of its kind
    return drafts


def expected(drafts: Sequence[Draft], position: int) -> dict[str, Entity]:
    """The plain fold: event by event from the first."""
    states: dict[str, Entity] = {}
    for place, each in enumerate(drafts[:position], start=1):
        state = states.get(each.entity, Entity(type="product", id=each.entity))
        states[each.entity] = replace(fold(state, each), position=place)
    return states


async def store(database: Database, drafts: Sequence[Draft], moment: datetime = NOW) -> None:
    """Append events, and keep the state after them."""
    async with database.unit() as conn:
        ids = sorted({each.entity for each in drafts})
        kept = {key: pair[0] for key, pair in (await dossiers.load(conn, ids, lock=True)).items()}
        states = [
            fold_all(
                kept.get(entity, Entity(type="product", id=entity)), [each for each in drafts if each.entity == entity]
            )
            for entity in ids
        ]
        await dossiers.save(conn, states, [], parents={}, now=moment)
        await events.append(conn, drafts, moment)


async def as_of(database: Database, position: int) -> dict[str, Entity]:
    """All that was there then, read as the engine reads it: a page of ids after the other."""
    found: dict[str, Entity] = {}
    async with database.look() as conn:
        for kind in ("tag", "product"):
            after = ""
            while ids := await dossiers.page(conn, kind, after, PAGE):
                found |= await past.as_of(conn, ids, position)
                after = ids[-1]
    return found


@pytest.mark.parametrize("every", [1, 2, 100])
async def test_every_position_gives_the_fold_of_what_was_there_then(database: Database, every: int) -> None:
    drafts = history()
    for start in range(0, len(drafts), 5):
        await store(database, drafts[start : start + 5])
        async with database.unit() as conn:
            await past.snapshot(conn, every=every)

    for position in range(len(drafts) + 1):
        assert await as_of(database, position) == expected(drafts, position), position


async def test_snapshots_are_made_after_so_many_events_and_not_twice(database: Database) -> None:
    await store(database, history()[:6])  # two events of each

    async with database.unit() as conn:
        assert await past.snapshot(conn, every=3) == 0
        assert await past.snapshot(conn, every=2) == 3
        assert await past.snapshot(conn, every=1) == 0


async def test_folding_goes_on_from_the_snapshot_and_nothing_before_it_is_read(database: Database) -> None:
    drafts = history()
    await store(database, drafts[:9])
    async with database.unit() as conn:
        await past.snapshot(conn, every=1)
    await store(database, drafts[9:])

    async with database.look() as conn:
        ids = [uid(each) for each in ENTITIES]
        read = [each.position async for each in past.history(conn, ids, 9, 12)]
        found = await past.as_of(conn, ids, 12)

    assert sorted(read) == [10, 11, 12]
    assert found == expected(drafts, 12)


async def test_snapshots_can_be_thrown_away(database: Database) -> None:
    drafts = history()
    await store(database, drafts[:9])
    async with database.unit() as conn:
        await past.snapshot(conn, every=1)
    await store(database, drafts[9:])

    async with database.unit() as conn:
        assert await past.forget_snapshots(conn) == 3

    assert await as_of(database, 12) == expected(drafts, 12)


async def test_what_is_erased_from_the_log_is_in_no_snapshot(database: Database) -> None:
    author = draft(1, changes={"author": Change(None, "Ann Example")})
    cleared = draft(2, changes={"author": Change("Ann Example", None, Rule.CAUSAL)})
    await store(database, [author, draft(3, entity=2, n=1)])
    async with database.unit() as conn:
        assert await past.snapshot(conn, every=1) == 2
    await store(database, [cleared])

    async with database.unit() as conn:
        await redact(conn, uid(1), ["author"], author="dpo", reason="on request", now=at(9))

    was = await as_of(database, 1)
    assert was[uid(1)].value("author") is None
    async with database.unit() as conn:
        assert await past.forget_snapshots(conn) == 1  # that of the other entity


async def test_a_time_is_the_position_that_the_log_had_then(database: Database) -> None:
    drafts = history()
    for place, start in enumerate(range(0, len(drafts), 4)):
        await store(database, drafts[start : start + 4], at(place * 10))

    async with database.look() as conn:
        found = [await past.position_at(conn, at(seconds)) for seconds in (-1, 0, 9.9, 10, 25, 1000)]
        said = await past.place(conn, at(25).isoformat())

    assert found == [0, 4, 4, 8, 12, len(drafts)]
    assert said == 12


async def test_a_time_without_a_zone_is_utc(database: Database) -> None:
    await store(database, history())

    async with database.look() as conn:
        before = await past.place(conn, "2026-11-21T12:00:00")
        after = await past.place(conn, "2026-11-21T12:00:01")

    assert (before, after) == (0, 18)


@pytest.mark.parametrize(("said", "told"), [("19", "18 events"), ("yesterday", "neither a position nor a time")])
async def test_what_names_no_place_in_the_log_is_refused(database: Database, said: str, told: str) -> None:
    await store(database, history())

    async with database.look() as conn:
        with pytest.raises(ConfigurationError, match=told):
            await past.place(conn, said)


async def test_a_number_is_a_position(database: Database) -> None:
    await store(database, history())

    async with database.look() as conn:
        assert [await past.place(conn, said) for said in ("0", "7", "18")] == [0, 7, 18]


async def test_an_empty_log_has_no_past(database: Database) -> None:
    async with database.look() as conn:
        assert await past.position_at(conn, NOW) == 0
    assert await as_of(database, 0) == {}
