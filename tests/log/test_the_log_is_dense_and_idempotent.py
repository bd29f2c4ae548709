"""Positions are dense and in order; the same event is stored once, another of the same id never."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from replicator.core.event import Change, Draft
from replicator.errors import DedupeMismatch
from replicator.log import events
from replicator.log.database import Database, Refused
from tests.log.samples import NOW, draft, uid


async def test_what_was_appended_is_read_back_in_order(database: Database) -> None:
    drafts = [draft(1), draft(2, n=2, source_time=None, cause=None, author=None), draft(1, entity=2, id=uid(77))]
    async with database.unit() as conn:
        assert await events.append(conn, drafts, NOW) == [1, 2, 3]

    async with database.look() as conn:
        stored = await events.read(conn, 0, 10)

        assert [each.draft for each in stored] == drafts
        assert [each.position for each in stored] == [1, 2, 3]
        assert {each.recorded for each in stored} == {NOW}
        assert await events.head(conn) == 3


async def test_reading_goes_on_after_a_position_and_can_be_narrowed(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(n, entity=n % 3) for n in range(1, 10)], NOW)

    async with database.look() as conn:
        assert [each.position for each in await events.read(conn, 4, 3)] == [5, 6, 7]
        assert [each.position for each in await events.read(conn, 1, 9, entity=uid(1))] == [4, 7]
        assert await events.read(conn, 0, 9, origin="strapi") == []
        assert len(await events.read(conn, 0, 9, kind="product", origin="medusa")) == 9


async def test_an_event_appended_twice_keeps_its_position(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1), draft(2)], NOW)

    async with database.unit() as conn:
        again = await events.append(conn, [draft(2), draft(3), draft(1)], datetime(2027, 1, 1, tzinfo=UTC))

    assert again == [2, 3, 1]
    async with database.look() as conn:
        assert [each.draft for each in await events.read(conn, 0, 9)] == [draft(1), draft(2), draft(3)]
        assert (await events.verify(conn)).first_fault is None


@pytest.mark.parametrize(
    "other",
    [
        replace(draft(1), clock=1),
        replace(draft(1), note="another"),
        replace(draft(1), context={"directus": 2, "strapi": 1}),
        replace(draft(1), changes={"title": Change(None, "Title 1")}),
        replace(draft(1), changes={**draft(1).changes, "images": Change(None, ["a", "b"])}),
    ],
)
async def test_an_event_id_with_other_content_is_an_error(database: Database, other: Draft) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1)], NOW)

    with pytest.raises(DedupeMismatch):
        async with database.unit() as conn:
            await events.append(conn, [draft(2), other], NOW)

    async with database.look() as conn:
        assert await events.head(conn) == 1


async def test_a_list_that_only_contains_the_old_one_is_other_content(database: Database) -> None:
    first = replace(draft(1), changes={"images": Change(None, ["a"])})
    async with database.unit() as conn:
        await events.append(conn, [first], NOW)

    with pytest.raises(DedupeMismatch):
        async with database.unit() as conn:
            await events.append(conn, [replace(first, changes={"images": Change(None, ["a", "b"])})], NOW)


async def test_one_id_twice_in_one_batch_is_one_event(database: Database) -> None:
    async with database.unit() as conn:
        assert await events.append(conn, [draft(1), draft(2), draft(1)], NOW) == [1, 2, 1]

    with pytest.raises(DedupeMismatch):
        async with database.unit() as conn:
            await events.append(conn, [draft(3), replace(draft(3), note="another")], NOW)


async def test_a_dot_belongs_to_one_event(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1)], NOW)

    with pytest.raises(Refused):
        async with database.unit() as conn:
            await events.append(conn, [draft(2, n=1)], NOW)


async def test_an_entry_of_a_history_is_taken_once_a_generation(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1, entry="e1"), draft(2, entry="e1", generation=2)], NOW)
        assert await events.entries(conn, "medusa", 1, ["e1", "e2"]) == {"e1": 1}

    with pytest.raises(Refused):
        async with database.unit() as conn:
            await events.append(conn, [draft(3, entry="e1")], NOW)


async def test_an_event_is_found_by_its_id(database: Database) -> None:
    async with database.unit() as conn:
        await events.append(conn, [draft(1), draft(2)], NOW)

        found = await events.of_id(conn, draft(2).id)

        assert found is not None
        assert found.draft == draft(2)
        assert await events.of_id(conn, uid(5)) is None
