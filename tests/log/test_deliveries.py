"""What is due is claimed by one worker, paid once, and never forgotten."""

from dataclasses import replace

from replicator.core.vector import Dot
from replicator.log import deliveries, dossiers, systems
from replicator.log.database import Database
from replicator.log.deliveries import Delivery, Due
from tests.log.samples import NOW, at, entity, uid

DUE = Due(system="medusa", entity=uid(1), type="product", position=3, priority=5, reason="an edit")


async def setup(database: Database, *dues: Due) -> None:
    async with database.unit() as conn:
        await systems.ensure(conn, {"medusa": "medusa"})
        await deliveries.make_due(conn, dues or [DUE], NOW)


async def claim(database: Database, *, seconds: float = 0, limit: int = 10, worker: str = "w1") -> list[Delivery]:
    async with database.unit() as conn:
        return await deliveries.claim(conn, "medusa", limit, at(seconds), 60, worker)


async def row(database: Database) -> Delivery | None:
    async with database.look() as conn:
        return next(iter(await deliveries.of_entity(conn, uid(1))), None)


async def later(database: Database, *, counted: bool, status: int | None = None) -> None:
    async with database.unit() as conn:
        await deliveries.later(conn, "medusa", [uid(1)], at(100), "no answer", counted=counted, status=status)


async def make_due(database: Database, position: int, seconds: float = 10) -> None:
    async with database.unit() as conn:
        await deliveries.make_due(conn, [replace(DUE, position=position)], at(seconds))


async def done(database: Database, *paid: Delivery) -> None:
    async with database.unit() as conn:
        await deliveries.done(conn, paid)


async def test_a_claim_is_a_lease(database: Database) -> None:
    await setup(database)

    [claimed] = await claim(database)

    assert (claimed.system, claimed.entity, claimed.position, claimed.lease_by) == ("medusa", uid(1), 3, "w1")
    assert claimed.lease_until == at(60)
    assert await claim(database, seconds=59) == []
    assert [each.lease_by for each in await claim(database, seconds=60, worker="w2")] == ["w2"]


async def test_two_workers_claim_different_entities(database: Database) -> None:
    await setup(database, *(replace(DUE, entity=uid(n)) for n in range(10)))

    async with database.unit() as one, database.unit() as other:
        mine = await deliveries.claim(one, "medusa", 6, NOW, 60, "w1")
        theirs = await deliveries.claim(other, "medusa", 6, NOW, 60, "w2")

    assert [len(mine), len(theirs)] == [6, 4]
    assert {each.entity for each in mine} & {each.entity for each in theirs} == set()


async def test_what_people_did_goes_first_and_the_oldest_of_that(database: Database) -> None:
    await setup(database, replace(DUE, entity=uid(1), priority=9))
    async with database.unit() as conn:
        await deliveries.make_due(conn, [replace(DUE, entity=uid(3))], at(2))
        await deliveries.make_due(conn, [replace(DUE, entity=uid(2))], at(1))

    assert [each.entity for each in await claim(database, seconds=5, limit=2)] == [uid(2), uid(3)]


async def test_a_paused_or_held_system_is_not_claimed_from(database: Database) -> None:
    await setup(database)
    async with database.unit() as conn:
        await systems.pause(conn, "medusa")
    assert await claim(database) == []
    async with database.unit() as conn:
        await systems.resume(conn, "medusa")
        await systems.hold(conn, "medusa", "look at it")
    assert await claim(database) == []
    async with database.unit() as conn:
        await systems.release(conn, "medusa")

    assert len(await claim(database)) == 1


async def test_a_paid_delivery_goes(database: Database) -> None:
    await setup(database)

    await done(database, *await claim(database))

    assert await row(database) is None


async def test_what_became_due_meanwhile_stays_and_is_free_at_once(database: Database) -> None:
    await setup(database)
    claimed = await claim(database)
    await make_due(database, 4, seconds=1)
    assert await claim(database, seconds=2) == []

    await done(database, *claimed)

    assert [each.position for each in await claim(database, seconds=2)] == [4]


async def test_made_due_again_at_the_same_position_nothing_changes(database: Database) -> None:
    await setup(database)
    await claim(database)
    await later(database, counted=True, status=503)
    before = await row(database)

    await make_due(database, 3)

    assert await row(database) == before
    assert before is not None
    assert (before.attempts, before.due_at, before.last_error, before.last_status) == (1, at(100), "no answer", 503)


async def test_something_newer_starts_afresh_but_not_before_its_time(database: Database) -> None:
    await setup(database)
    await later(database, counted=True)

    await make_due(database, 4)

    after = await row(database)
    assert after is not None
    assert (after.state, after.attempts, after.due_at) == ("due", 0, at(100))


async def test_waiting_is_no_attempt_and_ends_when_something_arrives(database: Database) -> None:
    await setup(database)
    await later(database, counted=False)
    waiting = await row(database)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
    assert await claim(database, seconds=5) == []

    async with database.unit() as conn:
        await deliveries.wake_waiting(conn, "medusa", at(5))

    assert len(await claim(database, seconds=5)) == 1


async def test_the_dead_wait_for_something_newer(database: Database) -> None:
    await setup(database)
    async with database.unit() as conn:
        await deliveries.park(conn, "medusa", uid(1), "refused" * 1000, 400)
        assert [each.last_status for each in await deliveries.dead(conn)] == [400]
        assert await deliveries.counts(conn) == {"medusa": {"dead": 1}}
    await make_due(database, 3)
    assert await claim(database, seconds=1000) == []

    await make_due(database, 4)

    assert [each.attempts for each in await claim(database, seconds=10)] == [0]


async def test_the_dead_are_tried_again_when_a_person_says_so(database: Database) -> None:
    await setup(database, DUE, replace(DUE, entity=uid(2)))
    async with database.unit() as conn:
        for number in (1, 2):
            await deliveries.park(conn, "medusa", uid(number), "refused")

        assert await deliveries.retry(conn, at(5), system="strapi") == 0
        assert await deliveries.retry(conn, at(5), entity=uid(2)) == 1
        assert await deliveries.next_due(conn, "medusa") == at(5)

    assert [each.entity for each in await claim(database, seconds=5)] == [uid(2)]


async def test_a_rebuilt_system_is_due_all_that_lives(database: Database) -> None:
    await setup(database)
    gone = replace(entity(3), deleted=Dot("medusa", 2))
    async with database.unit() as conn:
        await deliveries.park(conn, "medusa", uid(1), "refused")
        await dossiers.save(conn, [entity(1), entity(2), gone], [], parents={}, now=NOW)

        assert await deliveries.make_all_due(conn, "medusa", {"product": 7, "tag": 1}, NOW) == 2

    assert [(each.entity, each.priority) for each in await claim(database)] == [(uid(1), 7), (uid(2), 7)]
