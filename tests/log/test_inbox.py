"""Deliveries are kept as they came, claimed by one, settled once."""

from dataclasses import replace

import pytest

from replicator.errors import DedupeMismatch
from replicator.log import dossiers, inbox, inbox_state
from replicator.log.database import Database
from replicator.log.inbox import Delivery, Receipt, Settlement
from tests.log.samples import NOW, at, entity, uid

HOOK = Delivery(
    system="medusa",
    source="hook",
    kind="hint",
    type="product",
    remote_id="prod_1",
    key="evt_1",
    digest="d1",
    body={"id": "prod_1", "price": 19.99},
    headers={"content-type": "application/json"},
)


def hint(number: int, **changed: object) -> Delivery:
    plain = replace(HOOK, key=None, remote_id=f"prod_{number}")
    return replace(plain, **changed)  # type: ignore[arg-type] # given by name, each of its kind


async def receive(database: Database, *deliveries: Delivery, seconds: float = 0) -> list[Receipt]:
    async with database.unit() as conn:
        return await inbox.receive(conn, deliveries, at(seconds))


async def claim(database: Database, limit: int = 10, *, seconds: float = 0, lease: float = 60) -> list[inbox.Row]:
    async with database.unit() as conn:
        return await inbox.claim(conn, "medusa", limit, at(seconds), lease)


async def test_a_delivery_is_kept_as_it_came(database: Database) -> None:
    receipts = await receive(database, HOOK, replace(HOOK, system="strapi"), hint(2, body=None, began=5))

    rows = await claim(database)

    assert [receipt.id for receipt in receipts if not receipt.duplicate][::2] == [row.id for row in rows]
    first, second = rows
    assert (first.system, first.key, first.body, first.headers, first.received) == (
        "medusa",
        "evt_1",
        HOOK.body,
        HOOK.headers,
        NOW,
    )
    assert (second.body, second.began, second.attempts) == (None, 5, 1)


async def test_a_key_that_comes_again_is_the_first_row(database: Database) -> None:
    first = (await receive(database, HOOK))[0]

    again = await receive(database, hint(2), HOOK, replace(HOOK, system="strapi"), hint(3))

    assert [receipt.duplicate for receipt in again] == [False, True, False, False]
    assert again[1] == Receipt(first.id, duplicate=True)
    assert again[1].accepted() == first.id


async def test_a_key_that_comes_twice_at_once_is_one_row(database: Database) -> None:
    first, second, third = await receive(database, HOOK, HOOK, hint(2))

    assert second == Receipt(first.id, duplicate=True)
    assert third.id != first.id
    assert len(await claim(database)) == 2


async def test_a_key_that_comes_again_with_other_content_is_an_error_of_that_delivery_alone(
    database: Database,
) -> None:
    first = (await receive(database, HOOK))[0]

    mismatched, other = await receive(database, replace(HOOK, digest="d2"), hint(2))

    assert mismatched == Receipt(first.id, duplicate=False, mismatch=True)
    with pytest.raises(DedupeMismatch):
        mismatched.accepted()
    assert other.accepted() > first.id
    assert len(await claim(database)) == 2


async def test_a_body_that_postgres_cannot_keep_does_not_stop_the_others(database: Database) -> None:
    await receive(database, hint(1, body={"a\x00": ["\x00"]}), hint(2))

    rows = await claim(database)

    assert rows[0].body == {"a\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}"]}


async def test_two_workers_claim_different_rows(database: Database) -> None:
    await receive(database, *map(hint, range(10)))

    async with database.unit() as one, database.unit() as other:
        mine = await inbox.claim(one, "medusa", 6, NOW, 60)
        theirs = await inbox.claim(other, "medusa", 6, NOW, 60)

    assert [len(mine), len(theirs)] == [6, 4]
    assert {row.id for row in mine} & {row.id for row in theirs} == set()
    assert await claim(database) == []


async def test_a_lease_that_ends_frees_its_rows(database: Database) -> None:
    await receive(database, hint(1))
    await claim(database, lease=60)

    assert await claim(database, seconds=59) == []
    assert [row.attempts for row in await claim(database, seconds=60)] == [2]


async def test_all_hints_of_one_record_are_taken_together(database: Database) -> None:
    await receive(database, hint(1), hint(2), hint(1), hint(3), hint(1, kind="record"), hint(1))

    rows = await claim(database, limit=1)

    assert [(row.remote_id, row.kind) for row in rows] == [("prod_1", "hint")] * 3


async def test_what_people_do_goes_before_what_a_listing_found(database: Database) -> None:
    await receive(database, hint(1, source="listing"), hint(2))

    assert [row.remote_id for row in await claim(database, limit=1)] == ["prod_2"]


async def test_a_settled_row_keeps_its_outcome(database: Database) -> None:
    row = (await receive(database, hint(1)))[0].id
    verdict = Settlement(id=row, outcome="event", reason="an edit", entity=uid(1), event=uid(2))
    async with database.unit() as conn:
        await inbox.settle(conn, [verdict], at(1))
        await inbox.settle(conn, [replace(verdict, outcome="echo", reason="late")], at(2))
        await inbox.postpone(conn, [row], at(3), "late")

        [kept] = await inbox_state.of_entity(conn, uid(1))

    assert (kept.outcome, kept.reason, kept.event, kept.settled) == ("event", "an edit", uid(2), at(1))
    assert await claim(database, seconds=100) == []


async def test_a_row_that_waits_for_a_record_is_due_when_that_arrives(database: Database) -> None:
    row = (await receive(database, hint(1)))[0].id
    name = "medusa/category/pcat_1"
    async with database.unit() as conn:
        waiting = Settlement(id=row, outcome="held", reason="its category is not known", waits_for=name)
        await inbox.settle(conn, [waiting], NOW)
        assert await inbox_state.open_counts(conn) == {"medusa": (1, 1)}
        assert await inbox_state.next_due(conn, "medusa") is None
    assert await claim(database, seconds=100) == []

    async with database.unit() as conn:
        assert await inbox.release(conn, ["medusa/category/pcat_2", name], at(5)) == 1
        assert await inbox_state.next_due(conn, "medusa") == at(5)

    assert [each.waits_for for each in await claim(database, seconds=5)] == [None]


async def test_a_postponed_row_is_due_at_its_time_or_when_a_person_hurries_it(database: Database) -> None:
    rows = await receive(database, hint(1), hint(2))
    async with database.unit() as conn:
        await inbox.postpone(conn, [rows[0].id], at(50), "later")
    assert [row.remote_id for row in await claim(database)] == ["prod_2"]

    async with database.unit() as conn:
        await inbox.hurry(conn, "medusa", at(1))

    assert "prod_1" in {row.remote_id for row in await claim(database, seconds=1)}


async def test_what_was_heard_of_a_system_that_is_no_more_is_not_judged(database: Database) -> None:
    await receive(database, hint(1), hint(2, system="strapi"))
    async with database.unit() as conn:
        assert await inbox.discard(conn, "medusa", "rebuilt", NOW) == 1
        assert await inbox_state.open_counts(conn) == {"strapi": (1, 0)}


async def test_a_deletion_is_noted_for_the_parts_of_those_that_have_parts(database: Database) -> None:
    async with database.unit() as conn:
        await dossiers.save(conn, [entity(1), entity(2), entity(3)], [], parents={uid(2): uid(1)}, now=NOW)

        await inbox.cascade(conn, [("product", uid(1), "medusa"), ("product", uid(3), "medusa")], NOW)

    assert [(row.kind, row.entity) for row in await claim(database)] == [("cascade", uid(1))]


async def test_old_settled_rows_go_and_open_ones_stay(database: Database) -> None:
    rows = await receive(database, hint(1), hint(2), hint(3))
    async with database.unit() as conn:
        for row, seconds in ((rows[0], 1), (rows[1], 20)):
            await inbox.settle(conn, [Settlement(id=row.id, outcome="echo", reason="", entity=uid(1))], at(seconds))

        assert await inbox.prune(conn, at(10)) == 1
        assert [row.id for row in await inbox_state.of_entity(conn, uid(1))] == [rows[1].id]
        assert await inbox_state.open_counts(conn) == {"medusa": (1, 0)}
