"""Entities and replica rows come back as they were saved, in bulk."""

from dataclasses import replace

import pytest

from replicator.core.entity import Entity
from replicator.core.event import EXISTENCE, Change
from replicator.core.replica import NO_PAST, Doing, Intent, Past, Replica, Seen, Signed
from replicator.core.vector import Dot
from replicator.errors import CanonicalError
from replicator.log import dossiers, events, losses, systems, writes
from replicator.log.database import Database, Refused
from tests.log.samples import NOW, at, draft, entity, intended, outcome, replica, uid

INTENT = Intent(sync_id="s1", doing=Doing.UPDATE, asked={"title": None}, vector={"medusa": 3}, deadline=1.5, over=True)


async def save(database: Database, entities: list[Entity], rows: list[Replica], **parents: str) -> None:
    async with database.unit() as conn:
        await dossiers.save(conn, entities, rows, parents=parents, now=NOW)


async def test_a_dossier_comes_back_as_it_was(database: Database) -> None:
    dead = replace(entity(2, title=None, tags=["a", "b"], stock=3, big=2**70), deleted=Dot("strapi", 4))
    rows = [
        replica(1, sync_id="s0", intent=INTENT, version=9, turns={"title=x": 2}, held="look", asked={"title": None}),
        replica(1, "strapi", remote_id=None, known=None),
        replica(2, vector={"medusa": 1}, generation=3),
    ]
    await save(database, [entity(1), dead], rows)

    async with database.unit() as conn:
        for lock in (False, True):
            loaded = await dossiers.load(conn, [uid(2), uid(1), uid(9)], lock=lock)

            assert loaded == {
                uid(1): (entity(1), {"medusa": rows[0], "strapi": rows[1]}),
                uid(2): (dead, {"medusa": rows[2]}),
            }


async def test_saving_again_replaces(database: Database) -> None:
    await save(database, [entity(1)], [replica(1)])

    await save(database, [entity(1, title="Cup")], [replica(1, known={"title": "Cup"}, revision=2)])

    async with database.look() as conn:
        state, rows = (await dossiers.load(conn, [uid(1)], lock=False))[uid(1)]
    assert state == entity(1, title="Cup")
    assert rows == {"medusa": replica(1, known={"title": "Cup"}, revision=2)}


async def test_an_entity_knows_the_position_of_its_newest_event(database: Database) -> None:
    await save(database, [entity(1)], [])
    async with database.unit() as conn:
        await events.append(conn, [draft(1, entity=2), draft(2), draft(3), draft(4, entity=2)], NOW)

    async with database.look() as conn:
        assert (await dossiers.load(conn, [uid(1)], lock=False))[uid(1)][0].position == 3


async def test_two_rows_may_swap_their_records_but_not_share_one(database: Database) -> None:
    await save(database, [], [replica(1), replica(2)])

    await save(database, [], [replica(1, remote_id="medusa_2"), replica(2, remote_id="medusa_1")])

    async with database.look() as conn:
        wanted = [
            ("medusa", "product", "medusa_1"),
            ("medusa", "product", "medusa_9"),
            ("strapi", "product", "medusa_1"),
        ]
        assert await dossiers.by_remote(conn, wanted) == {wanted[0]: uid(2)}
    with pytest.raises(Refused):
        await save(database, [], [replica(3, remote_id="medusa_1")])


async def test_a_text_that_postgres_cannot_keep_is_refused_before_it_gets_there(database: Database) -> None:
    for text in ("a\x00b", "\ud800"):
        with pytest.raises(CanonicalError):
            await save(database, [entity(1, title=text)], [])

    await save(database, [entity(1, title="a\\u0000b")], [])  # a backslash and letters


async def test_revisions_order_what_is_stored_and_what_is_read(database: Database) -> None:
    async with database.unit() as conn:
        assert await dossiers.note_revision(conn) == 0
        first = await dossiers.draw_revision(conn)
        assert await dossiers.note_revision(conn) == first
        assert await dossiers.draw_revision(conn) > first


async def test_the_past_of_a_row_is_found_by_digest_and_by_marker(database: Database) -> None:
    seen, again = Seen(digest="1:a", vector={"x": 1}, version=3), Seen(digest="1:a", vector={"x": 2}, version=4)
    old = Signed(sync_id="s1", known={"title": "a"}, asked={}, vector={})
    new = replace(old, known={"title": "b"})
    async with database.unit() as conn:
        await dossiers.keep_states(conn, [("medusa", uid(1), seen)], [("medusa", uid(1), old)])
        await dossiers.keep_states(
            conn, [("medusa", uid(1), again)], [("medusa", uid(1), old), ("medusa", uid(1), new)]
        )
        intents = [replace(INTENT, sync_id="lost"), replace(INTENT, sync_id="landed")]
        await writes.intend(conn, [intended(each) for each in intents], NOW)
        for sync_id, landed in (("lost", None), ("lost", False), ("landed", None), ("landed", True)):
            await writes.outcome(conn, [outcome(sync_id, landed=landed)], NOW)

    async with database.look() as conn:
        found = await dossiers.pasts(
            conn,
            [
                ("medusa", uid(1), "1:b", None),
                ("medusa", uid(1), "1:a", "s1"),
                ("strapi", uid(1), "1:a", "s1"),
                ("medusa", uid(1), "1:b", "lost"),
                ("medusa", uid(1), "1:b", "landed"),
            ],
        )

    assert found == [NO_PAST, Past(seen=seen, signed=new), NO_PAST, Past(abandoned={"title": None}), NO_PAST]


async def test_where_entities_are_and_which_parts_they_have(database: Database) -> None:
    gone = replace(entity(3), deleted=Dot("medusa", 2))
    await save(database, [entity(1), entity(2), gone], [replica(2)], **{uid(2): uid(1), uid(3): uid(1)})

    async with database.look() as conn:
        found = await dossiers.places(conn, "medusa", [uid(1), uid(2), uid(3), uid(9)])
        assert found == {uid(1): (None, True), uid(2): ("medusa_2", True), uid(3): (None, False)}
        assert await dossiers.parts(conn, [uid(1)]) == [uid(2)]
        assert await losses.living(conn, "medusa") == {"product": 1}


async def test_a_raised_generation_retires_what_was_known_of_a_system(database: Database) -> None:
    await save(database, [entity(1)], [replica(1, vector={"medusa": 1}), replica(1, "strapi")])
    async with database.unit() as conn:
        await systems.ensure(conn, {"medusa": "medusa"})
        await dossiers.keep_states(conn, [("medusa", uid(1), Seen(digest="d", vector={}, version=1))], [])

        assert await systems.raise_generation(conn, "medusa") == 2

        rows = (await dossiers.load(conn, [uid(1)], lock=False))[uid(1)][1]
        assert rows["medusa"] == Replica(
            system="medusa", entity=uid(1), type="product", generation=2, revision=rows["medusa"].revision
        )
        assert rows["medusa"].revision > 0
        assert rows["strapi"] == replica(1, "strapi")
        assert await dossiers.pasts(conn, [("medusa", uid(1), "d", None)]) == [NO_PAST]


async def test_deletions_of_the_last_hour_are_counted(database: Database) -> None:
    deletion = {EXISTENCE: Change(before=True, after=False)}
    async with database.unit() as conn:
        await events.append(conn, [draft(1, changes=deletion), draft(2)], NOW)

        assert await losses.gone_lately(conn, "medusa", at(-1)) == {"product": 1}
        assert await losses.gone_lately(conn, "medusa", at(1)) == {}
        assert await losses.gone_lately(conn, "strapi", at(-1)) == {}
