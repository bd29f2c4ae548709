"""Goal: a system is rebuilt from the log, as of now or of any moment, by the one applier; nobody else hears of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from replicator.engine import replay
from replicator.engine.replay import Order
from replicator.engine.supervise import Schedule
from replicator.engine.verify import Verify
from replicator.errors import Busy, ConfigurationError, NotEmpty
from replicator.log import events, past, runs
from replicator.log.runs import Run
from tests.engine.shop import FROCK, OTHER, STANDING, STOCKED, Shop

OLD = "directus-old"
PARTS = ("variant", "price", "stock", "stock_location")  # and where the stock is


async def run(shop: Shop, order: Order) -> Run:
    """A replay, with all that follows from it."""
    started = await replay.begin(shop.app.database, shop.app.shop, order)
    await shop.settle()
    await replay.close(shop.app.database)
    return started


async def changes_since(shop: Shop, position: int) -> list[str]:
    """The acts of the events after a position, other than that a record was made there."""
    async with shop.app.database.look() as conn:
        return [each.draft.act for each in await events.read(conn, position, 1000) if each.draft.act != "bind"]


def views(shop: Shop, system: str) -> dict[tuple[str, str], dict[str, object]]:
    return {(kind, key): fields for kind in shop.app.shop.rules for key, fields in shop.shown(system, kind).items()}


@pytest.mark.parametrize(
    ("system", "written"),
    [("directus", STOCKED), ("strapi", STOCKED), ("medusa", STOCKED - STANDING + 2)],  # it keeps what only it can make
)
async def test_an_emptied_system_is_as_it_was(stocked: Shop, system: str, written: int) -> None:
    before, position = views(stocked, system), await stocked.head()
    stocked.world.systems[system].empty()
    started = await run(stocked, Order(target=system))
    await stocked.full_pass()

    assert views(stocked, system) == before
    assert started.counts["total"] == written
    assert await changes_since(stocked, position) == []
    assert (await stocked.standing(system)).as_of is None


async def test_what_stands_there_from_the_start_is_met_again_by_itself(stocked: Shop) -> None:
    """No write tells of it, and a verification would call it a stranger until somebody lists the system."""
    schedule = Schedule(stocked.app.database, stocked.app.shop, "medusa")
    await schedule.step()  # its next listing would be in an hour
    stocked.world.systems["medusa"].empty()
    await run(stocked, Order(target="medusa"))
    await schedule.step()
    await stocked.settle()

    assert (await Verify(stocked.app.database, stocked.app.shop, "medusa").run()).findings == []


@pytest.mark.parametrize("copies", [(OLD,)])
async def test_another_installation_shows_how_it_was(stocked: Shop) -> None:
    before, position = views(stocked, "directus"), await stocked.head()
    moment = datetime.fromtimestamp(stocked.clock.now(), UTC)
    stocked.clock.ahead += 60
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Since then"})
    await stocked.people.delete("medusa", "product", OTHER)
    await stocked.people.create("directus", "tag", {"value": "newer"})
    await stocked.full_pass("medusa", "directus", "strapi")
    async with stocked.app.database.look() as conn:
        as_of = await past.place(conn, moment.isoformat())
    present, mark = views(stocked, "directus"), stocked.mark()
    head = await stocked.head()
    await run(stocked, Order(target="directus", into=OLD, as_of=as_of))
    await stocked.full_pass()

    assert as_of == position
    assert views(stocked, OLD) == before != present == views(stocked, "directus")
    assert stocked.writes(mark) == []
    assert await changes_since(stocked, head) == []


@pytest.mark.parametrize("copies", [(OLD,)])
async def test_nothing_else_is_written_there_until_it_is_resumed(stocked: Shop) -> None:
    await run(stocked, Order(target="directus", into=OLD))
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Later"})
    await stocked.people.create("medusa", "tag", {"value": "newer"})
    await stocked.people.delete("directus", "product", OTHER)
    await stocked.full_pass()
    kept, tags, products = stocked.shown(OLD, "product")[FROCK]["title"], *both(stocked)
    due = await replay.resume(stocked.app.database, stocked.app.shop, OLD)
    await stocked.full_pass()

    assert (kept, "newer" in tags, OTHER in products) == ("Dapper Frock", False, True)
    assert due >= 3
    assert views(stocked, OLD) == views(stocked, "directus")


def both(shop: Shop) -> tuple[Sequence[str], Sequence[str]]:
    return list(shop.shown(OLD, "tag")), list(shop.shown(OLD, "product"))


@pytest.mark.parametrize("copies", [(OLD,)])
async def test_an_edit_made_there_is_an_edit_like_any_other(stocked: Shop) -> None:
    await run(stocked, Order(target="directus", into=OLD))
    record = stocked.copies[OLD].world.systems["directus"]
    dossier = await stocked.dossier(f"product:{FROCK}")
    await stocked.copies[OLD].people.edit("directus", "product", FROCK, {"subtitle": "Seen in the past"})
    await stocked.full_pass()

    assert record.shown() != []
    assert dossier.replica(OLD).present
    assert stocked.everywhere("product", FROCK, "subtitle") == ["Seen in the past"] * 3


async def test_a_system_that_is_full_is_brought_back_in_place(stocked: Shop) -> None:
    before, position = views(stocked, "strapi"), await stocked.head()
    await stocked.people.edit("directus", "product", FROCK, {"title": "Since then"})
    await stocked.people.create("directus", "tag", {"value": "newer"})
    await stocked.full_pass()
    seen = await replay.preview(stocked.app.database, stocked.app.shop, Order(target="strapi", as_of=position))
    head, mark = await stocked.head(), stocked.mark()
    await run(stocked, Order(target="strapi", as_of=position))

    assert seen.counts == {"product": {"update": 1}, "tag": {"delete": 1}}
    assert [each["fields"] for each in seen.shown if each["type"] == "product"] == [
        {"title": ["Since then", "Dapper Frock"]}
    ]
    assert views(stocked, "strapi") == before
    assert sorted(stocked.writes(mark)) == [
        ("strapi", "product", FROCK, "update"),
        ("strapi", "tag", "newer", "delete"),
    ]
    assert await changes_since(stocked, head) == []


@pytest.mark.parametrize("copies", [(OLD,)])
@pytest.mark.parametrize(
    ("order", "written"),
    [
        (Order(target="directus", into=OLD, types=("tag",)), {"tag"}),
        (Order(target="directus", into=OLD, types=("category", "tag")), {"tag", "category"}),
        (Order(target="directus", into=OLD, where={"handle": FROCK}), {"tag", "category", "product", *PARTS}),
    ],
)
async def test_what_is_asked_for_is_written_with_what_it_refers_to(
    stocked: Shop, order: Order, written: set[str]
) -> None:
    await run(stocked, order)
    found = views(stocked, OLD)

    assert {kind for kind, _ in found} == written
    assert [key for kind, key in found if kind == "product"] == ([FROCK] if order.where else [])


async def test_a_dry_run_writes_nothing(stocked: Shop) -> None:
    stocked.world.systems["directus"].empty()
    mark, standing = stocked.mark(), await stocked.standing("directus")
    seen = await replay.preview(stocked.app.database, stocked.app.shop, Order(target="directus"))
    await stocked.settle()

    assert seen.total == STOCKED
    assert stocked.writes(mark) == []
    assert await stocked.standing("directus") == standing


async def test_people_go_first(stocked: Shop) -> None:
    stocked.world.systems["strapi"].empty()
    await replay.begin(stocked.app.database, stocked.app.shop, Order(target="strapi"))
    await stocked.people.edit("directus", "product", FROCK, {"title": "Just now"})
    await stocked.list_all("directus")
    while await stocked.intake("directus").step():
        pass
    owed = {name: (await stocked.owed(f"product:{name}"))["strapi"].priority for name in (FROCK, OTHER)}
    await stocked.full_pass()

    assert owed[FROCK] < owed[OTHER]
    assert stocked.everywhere("product", FROCK, "title") == ["Just now"] * 3


async def test_said_twice_it_goes_on_where_it_was(stocked: Shop) -> None:
    stocked.world.systems["strapi"].empty()
    first = await replay.begin(stocked.app.database, stocked.app.shop, Order(target="strapi"))
    await stocked.apply("strapi").step()
    second = await replay.begin(stocked.app.database, stocked.app.shop, Order(target="strapi"))
    with pytest.raises(Busy):
        await replay.begin(stocked.app.database, stocked.app.shop, Order(target="strapi", types=("tag",)))
    await stocked.settle()
    closed = await replay.close(stocked.app.database)
    async with stocked.app.database.look() as conn:
        newest = await runs.last(conn, "replay", "strapi")

    assert newest is not None
    assert (second.id, closed, newest.state) == (first.id, 1, "done")
    assert len(views(stocked, "strapi")) == STOCKED


@pytest.mark.parametrize("overrides", [{"engine": {"batch": 2}}])
async def test_a_cancelled_replay_leaves_what_it_has_written(stocked: Shop) -> None:
    stocked.world.systems["strapi"].empty()
    await replay.begin(stocked.app.database, stocked.app.shop, Order(target="strapi"))
    await stocked.apply("strapi").step()
    left = await replay.cancel(stocked.app.database, stocked.app.shop, "strapi")
    await stocked.full_pass()
    written = len(views(stocked, "strapi"))
    await run(stocked, Order(target="strapi"))

    assert left == STOCKED - 2
    assert written == 2
    assert views(stocked, "strapi").keys() == views(stocked, "directus").keys()


@pytest.mark.parametrize("copies", [(OLD,)])
async def test_what_cannot_be_is_refused(stocked: Shop) -> None:
    refused = [
        (Order(target="dummyjson"), ConfigurationError),
        (Order(target="nowhere"), ConfigurationError),
        (Order(target="strapi", into=OLD), ConfigurationError),
        (Order(target="strapi", types=("hat",)), ConfigurationError),
        (Order(target="strapi", where={"hat": "red"}), ConfigurationError),
    ]
    for order, error in refused:
        with pytest.raises(error):
            await replay.preview(stocked.app.database, stocked.app.shop, order)
    await stocked.copies[OLD].people.create("directus", "tag", {"value": "a stranger"})
    with pytest.raises(NotEmpty):
        await replay.begin(stocked.app.database, stocked.app.shop, Order(target="directus", into=OLD))
    with pytest.raises(ConfigurationError):
        await replay.cancel(stocked.app.database, stocked.app.shop, "strapi")
