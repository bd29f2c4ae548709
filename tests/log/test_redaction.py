"""What is redacted is gone everywhere, the log still verifies, and the log says that it was done."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.entity import Entity, fold_all
from replicator.core.event import Act, Change, Draft, Rule
from replicator.core.replica import Doing, Intent, Signed
from replicator.log import claims, conflicts, deliveries, dossiers, events, inbox, writes
from replicator.log.database import Database, Refused
from replicator.log.redaction import Held, held, redact, refold
from tests.log.contents import everything
from tests.log.samples import NOW, at, conflict, draft, intended, outcome, replica, uid

SECRET = "Ann Example"
HISTORY = [
    draft(1, changes={"title": Change(None, "Mug"), "author": Change(None, SECRET)}),
    draft(2, changes={"author": Change(SECRET, f"{SECRET} II", Rule.CAUSAL)}),
    draft(3, changes={"author": Change(f"{SECRET} II", None, Rule.CAUSAL)}),
]
INTENT = Intent(sync_id="s", doing=Doing.UPDATE, asked={"author": SECRET}, vector={}, deadline=1.0)


def state(history: list[Draft]) -> Entity:
    return fold_all(Entity(type="product", id=uid(1)), history)


async def fill(conn: AsyncConnection, history: list[Draft], known: dict[str, Any]) -> None:
    """The secret in every place where a value can be."""
    row = replica(1, known=known, asked=known | {"author": None}, intent=INTENT, turns={"author=12345678": 2})
    await dossiers.save(conn, [state(history)], [row], parents={}, now=NOW)
    signed = Signed(sync_id="s", known={"author": SECRET}, asked={"author": SECRET}, vector={})
    await dossiers.keep_states(conn, [], [("medusa", uid(1), signed)])
    await writes.intend(conn, [intended(INTENT)], NOW)
    await writes.outcome(conn, [replace(outcome("s", landed=True), answer=f"wrote {SECRET}")], NOW)
    await conflicts.add(conn, [(uid(1), "product", conflict("author", SECRET), draft(1).id)], NOW)
    await deliveries.make_due(conn, [deliveries.Due(system="medusa", entity=uid(1), type="product", position=1)], NOW)
    await deliveries.park(conn, "medusa", uid(1), f"{SECRET} is no author")
    await claims.follow(conn, [claims.Claim(type="product", key="author", value=SECRET, entity=uid(1))])
    by_remote = inbox.Delivery(
        system="medusa", source="poll", kind="record", type="product", remote_id="medusa_1", body={"author": SECRET}
    )
    by_event = replace(by_remote, remote_id="prod_1")
    by_entity = replace(by_remote, remote_id="other")
    receipts = await inbox.receive(conn, [by_remote, by_event, by_entity], NOW)
    told = inbox.Settlement(id=receipts[2].id, outcome="event", reason="", entity=uid(1))
    await inbox.settle(conn, [told], NOW)
    await events.append(conn, history, NOW)


async def erase(database: Database, *keys: str) -> int:
    async with database.unit() as conn:
        return await redact(conn, uid(1), keys or ["author"], author="dpo", reason='on request "4\\2"', now=at(9))


async def test_a_redacted_value_is_gone_from_every_table(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"title": "Mug", "author": None})
    assert (await everything(database)).count(SECRET) >= 15

    position = await erase(database)

    left = await everything(database)
    assert SECRET not in left
    assert "Mug" in left
    assert position == 4


async def test_the_log_verifies_and_tells_of_the_redaction(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})

    position = await erase(database)

    async with database.look() as conn:
        assert await events.verify(conn) == events.Verified(4, 4, None)
        [told] = await events.read(conn, position - 1, 9)
        assert (told.draft.act, told.draft.author, told.recorded) == (Act.REDACT, "dpo", at(9))
        assert told.draft.note == 'on request "4\\2" (author)'


async def test_the_state_kept_is_still_the_fold_of_the_log(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})

    await erase(database)

    async with database.look() as conn:
        kept = (await dossiers.load(conn, [uid(1)], lock=False))[uid(1)][0]
        assert replace(kept, position=0) == await refold(conn, uid(1))
        assert kept.value("title") == "Mug"
        assert kept.position == 3


async def test_a_record_not_yet_judged_is_read_again_instead(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})

    await erase(database)

    async with database.unit() as conn:
        rows = await inbox.claim(conn, "medusa", 10, at(10), 60)
    assert [(row.kind, row.body) for row in rows] == [("hint", None), ("hint", None)]


async def test_a_second_redaction_and_a_retried_append_find_the_log_in_order(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})
    await erase(database)

    async with database.unit() as conn:
        assert await events.append(conn, HISTORY, at(10)) == [1, 2, 3]
    await erase(database, "author", "subtitle")

    async with database.look() as conn:
        assert await events.verify(conn) == events.Verified(5, 5, None)


async def test_values_of_a_deleted_entity_can_be_redacted_as_they_are(database: Database) -> None:
    gone = [*HISTORY[:1], draft(2, changes={"*": Change(before=True, after=False)})]
    async with database.unit() as conn:
        await fill(conn, gone, {"author": None})

    await erase(database)

    assert SECRET not in await everything(database)


@pytest.mark.parametrize(
    ("history", "known", "keys", "why"),
    [
        (HISTORY[:2], {"author": None}, ["author"], "still in use"),
        (HISTORY, {"author": SECRET}, ["author"], "still held by medusa"),
        (HISTORY, {"author": None}, ["*"], "existence"),
    ],
)
async def test_what_is_in_use_is_not_redacted(
    database: Database, history: list[Draft], known: dict[str, Any], keys: list[str], why: str
) -> None:
    async with database.unit() as conn:
        await fill(conn, history, known)

    with pytest.raises(Refused, match=why):
        await erase(database, *keys)

    async with database.look() as conn:
        assert await events.head(conn) == len(history)


async def test_an_entity_that_is_not_there_is_not_redacted(database: Database) -> None:
    with pytest.raises(Refused, match="no entity"):
        await erase(database)


async def test_what_would_go_is_counted_first(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})

    async with database.look() as conn:
        assert await held(conn, uid(1), ["author"]) == Held(keys=["author"], events=3, writes=1, conflicts=1)
        assert (await held(conn, uid(1), [])).keys == ["author", "title"]
        assert (await held(conn, uid(1), ["colour"])).keys == []
    await erase(database)
    async with database.look() as conn:
        assert await held(conn, uid(1), ["author"]) == Held(keys=["author"], events=0, writes=0, conflicts=0)


async def test_a_field_stands_for_all_its_qualifications(database: Database) -> None:
    told = [draft(1, changes={"note@de": Change(None, "a"), "note@fr": Change(None, "b"), "notes": Change(None, "c")})]
    async with database.unit() as conn:
        await fill(conn, told, {})

    async with database.look() as conn:
        assert (await held(conn, uid(1), ["note"])).keys == ["note@de", "note@fr"]
        assert (await held(conn, uid(1), ["note@fr"])).keys == ["note@fr"]


@pytest.mark.parametrize("near", ["whole", "part"])
async def test_what_was_told_of_its_whole_and_its_parts_goes_too(database: Database, near: str) -> None:
    whole, part = (2, 1) if near == "whole" else (1, 2)
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})
        other = Entity(type="product", id=uid(2))
        states = [state(HISTORY), other]
        await dossiers.save(conn, states, [replica(2)], parents={uid(part): uid(whole)}, now=NOW)
        nested = inbox.Delivery(
            system="medusa", source="hook", kind="hint", type="product", remote_id="medusa_2", body={"in": [SECRET]}
        )
        await inbox.receive(conn, [nested], NOW)

    await erase(database)

    assert SECRET not in await everything(database)


async def test_an_erased_value_is_told_as_erased(database: Database) -> None:
    async with database.unit() as conn:
        await fill(conn, HISTORY, {"author": None})
    await erase(database)

    async with database.look() as conn:
        told = await events.read(conn, 0, 9)
    assert [sorted(each.erased) for each in told] == [["author"], ["author"], ["author"], []]
