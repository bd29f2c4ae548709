"""How systems stand, how far undertakings are, and what waits for a person."""

from replicator.log import conflicts, cursors, dossiers, runs, systems, writes
from replicator.log.database import Database
from replicator.log.systems import Standing
from tests.log.samples import NOW, at, conflict, draft, outcome, replica, uid

MEDUSA = Standing(name="medusa", kind="medusa")


async def test_a_configured_system_is_new_until_accepted(database: Database) -> None:
    async with database.unit() as conn:
        await systems.ensure(conn, {"medusa": "medusa", "other": "directus"})
        await systems.ensure(conn, {"medusa": "medusa"})
        assert await systems.load_all(conn) == {"medusa": MEDUSA, "other": Standing(name="other", kind="directus")}
        assert not MEDUSA.writable

        await systems.accept(conn, "medusa")
        await systems.accept(conn, "medusa", "there")
        await systems.accept(conn, "medusa", "there")

        accepted = (await systems.load_all(conn))["medusa"]
        assert accepted == Standing(name="medusa", kind="medusa", matched=True, accepted=frozenset({"there"}))
        assert accepted.writable


async def test_a_held_system_keeps_its_first_reason_until_released(database: Database) -> None:
    async with database.unit() as conn:
        await systems.ensure(conn, {"medusa": "medusa"})
        await systems.accept(conn, "medusa")
        await systems.hold(conn, "medusa", "suddenly empty")
        await systems.hold(conn, "medusa", "again")
        held = (await systems.load_all(conn))["medusa"]
        assert (held.held, held.writable) == ("suddenly empty", False)

        await systems.release(conn, "medusa", believe=True)

        released = (await systems.load_all(conn))["medusa"]
        assert (released.held, released.believed, released.writable) == (None, True, True)


async def test_a_paused_system_is_not_written(database: Database) -> None:
    async with database.unit() as conn:
        await systems.ensure(conn, {"medusa": "medusa"})
        await systems.accept(conn, "medusa")
        await systems.pause(conn, "medusa")
        assert not (await systems.load_all(conn))["medusa"].writable
        await systems.resume(conn, "medusa")
        assert (await systems.load_all(conn))["medusa"].writable


async def test_the_installation_is_one_for_good(database: Database) -> None:
    async with database.unit() as conn:
        first = await systems.installation(conn)
        assert len(first) == len(uid(1))
        assert await systems.installation(conn) == first


async def test_a_listing_is_taken_by_one_each_time(database: Database) -> None:
    async with database.unit() as conn:
        assert await cursors.take(conn, "medusa", "full", NOW, at(60))
        assert not await cursors.take(conn, "medusa", "full", at(59), at(120))
        assert await cursors.take(conn, "medusa", "full", at(60), at(120))
        assert await cursors.take(conn, "medusa", "poll", at(60), at(120))


async def test_a_cursor_goes_on_where_it_stood(database: Database) -> None:
    async with database.unit() as conn:
        assert await cursors.cursor(conn, "medusa", "products") is None
        await cursors.take(conn, "medusa", "products", NOW, at(60))
        assert await cursors.cursor(conn, "medusa", "products") is None
        for place in ("a", "b"):
            await cursors.advance(conn, "medusa", "products", place)
        assert await cursors.cursor(conn, "medusa", "products") == "b"
        assert not await cursors.take(conn, "medusa", "products", NOW, at(60))


async def test_what_a_full_listing_did_not_show_is_suspected(database: Database) -> None:
    async with database.unit() as conn:
        known = [replica(number, revision=0) for number in range(4)]
        elsewhere = [replica(9, "strapi", revision=0), replica(8, remote_id=None, known=None, revision=0)]
        await dossiers.save(conn, [], known + elsewhere, parents={}, now=NOW)
        run = await runs.start(conn, "listing", "medusa", NOW)
        revision = await dossiers.draw_revision(conn)
        await dossiers.save(conn, [], [replica(3, revision=revision)], parents={}, now=NOW)
        for page in (["medusa_0", "new"], ["medusa_1"]):
            await runs.listed(conn, run, [("product", remote_id) for remote_id in page])

        assert await runs.count_missing(conn, run, "medusa", ["tag"]) == {}
        assert await runs.count_missing(conn, run, "medusa", ["product", "tag"]) == {"product": 1}
        assert await runs.suspect_missing(conn, run, "medusa", ["product"], NOW) == 1

        await runs.finish(conn, run, "done", {"read": 3, "held": None}, at(5))
        kept = await runs.last(conn, "listing", "medusa")
        assert kept is not None
        assert (kept.kind, kept.state, kept.finished, kept.counts) == (
            "listing",
            "done",
            at(5),
            {"read": 3, "held": None},
        )


async def test_a_conflict_is_open_until_a_person_decides(database: Database) -> None:
    async with database.unit() as conn:
        found = [(uid(1), "product", conflict("title", loser), draft(1).id) for loser in ("a", None)]
        await conflicts.add(conn, found, NOW)
        first, second = await conflicts.open_ones(conn)
        assert (first.conflict, first.entity, first.event, first.at) == (
            conflict("title", "a"),
            uid(1),
            draft(1).id,
            NOW,
        )
        assert second.conflict.loser is None
        assert await conflicts.count_open(conn) == 2

        assert await conflicts.decide(conn, [first.id], by="ann", event=draft(2).id, now=at(5)) == 1
        assert await conflicts.decide(conn, [first.id], by="bob", event=None, now=at(6)) == 0

        assert [each.id for each in await conflicts.open_ones(conn)] == [second.id]
        assert [each.decided_by for each in await conflicts.of_entity(conn, uid(1))] == ["ann", None]


async def test_the_ledger_counts_what_came_of_writes(database: Database) -> None:
    async with database.unit() as conn:
        ends = [outcome("a", landed=True), outcome("b", landed=False), outcome("c", landed=None)]
        await writes.outcome(conn, ends, NOW)

        assert await writes.counts(conn) == {"medusa": {"landed": 1, "refused": 1, "unknown": 1}}
        assert [line.sync_id for line in await writes.of_entity(conn, uid(1), limit=2)] == ["c", "b"]
