"""Goal: an export taken in elsewhere folds to the same state, knows every record, and makes no write but those due."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from replicator.app import opened
from replicator.engine.importing import Imported, import_log
from replicator.errors import ConfigurationError, LogDamaged
from replicator.log import events, exporting
from replicator.log.redaction import held, redact
from tests.engine.clock import Clock
from tests.engine.shop import FROCK, FROCK_SKU, OTHER, SHOPS, Shop
from tests.log.wholeness import the_log_is_whole

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Elsewhere = Callable[[], AbstractAsyncContextManager[Shop]]
STATE = "select id, type, cells, deleted, vector, parent from entities order by id"
ROWS = """
select entity, system, type, generation, remote_id, known, asked, vector, sync_id, version from replicas order by 1, 2
"""
CLAIMS = "select * from claims order by 1, 2, 3"
SEEN = "select * from states_seen order by 1, 2, 3"
SIGNED = "select * from states_signed order by 1, 2, 3"


@pytest.fixture
def elsewhere(shop: Shop, other_database_url: str, clock: Clock) -> Elsewhere:
    """A new installation, with nothing in it, between the same systems."""

    @asynccontextmanager
    async def made() -> AsyncIterator[Shop]:
        settings = shop.app.settings.model_copy(update={"database": SecretStr(other_database_url)})
        async with opened(settings) as app:
            yield Shop(app=app, world=shop.world, people=shop.people, clock=clock, begun=shop.begun)

    return made


async def exported(shop: Shop) -> list[bytes]:
    async with shop.app.database.look() as conn:
        return [line async for line in exporting.lines(conn, NOW)]


async def taken_in(shop: Shop, lines: Sequence[bytes]) -> Imported:
    return await import_log(shop.app.database, shop.app.shop, lines, report=lambda _many: None)


async def rows(shop: Shop, statement: str) -> list[Any]:
    async with shop.app.database.look() as conn:
        return [tuple(row) for row in await conn.execute(text(statement))]


async def live_a_little(shop: Shop) -> None:
    """Edits, a conflict, a deletion: a history with something of everything."""
    await shop.people.edit("directus", "product", FROCK, {"title": "Won"})
    await shop.people.edit("medusa", "product", FROCK, {"title": "Lost"})
    await shop.full_pass()
    await shop.people.delete("strapi", "product", OTHER)
    await shop.full_pass()


async def test_it_folds_to_the_same_state_and_knows_the_same(stocked: Shop, elsewhere: Elsewhere) -> None:
    await live_a_little(stocked)
    lines = await exported(stocked)
    async with elsewhere() as new:
        done = await taken_in(new, lines)

        for statement in (STATE, ROWS, CLAIMS, SEEN, SIGNED):
            assert await rows(new, statement) == await rows(stocked, statement)
        async with new.app.database.look() as conn, stocked.app.database.look() as was:
            assert await events.read(conn, 0, 1000) == await events.read(was, 0, 1000)
            assert (await events.verify(conn)).first_fault is None
        assert await new.conflicts() == await stocked.conflicts() != []
        assert (done.due, done.installation) == (0, stocked.app.shop.installation)


async def test_it_goes_on_without_a_write_and_then_like_the_old_one(stocked: Shop, elsewhere: Elsewhere) -> None:
    await live_a_little(stocked)
    lines = await exported(stocked)
    stocked.switch_hooks(off=True)
    async with elsewhere() as new:
        await taken_in(new, lines)
        mark, position = stocked.mark(), (await new.counts()).events
        await new.full_pass()
        quiet, events_after = new.writes(mark), (await new.counts()).events
        await new.people.edit("strapi", "product", FROCK, {"subtitle": "Made after the move"})
        made = {"title": "New", "handle": "new", "status": "published", "images": []}
        await new.people.create("directus", "product", made)
        await new.full_pass()
        await new.full_pass()
        report = await new.audited()
        await the_log_is_whole(new.app.database)

        assert (quiet, events_after) == ([], position)
        assert new.everywhere("product", FROCK, "subtitle") == ["Made after the move"] * 3
        assert new.everywhere("product", "new", "title") == ["New"] * 3
        assert (report.duplicates, report.lost_edits) == (0, 0)


async def test_what_people_did_between_the_two_is_found(stocked: Shop, elsewhere: Elsewhere) -> None:
    lines = await exported(stocked)
    stocked.switch_hooks(off=True)
    await stocked.people.edit("directus", "product", FROCK, {"title": "While nobody looked"})
    async with elsewhere() as new:
        await taken_in(new, lines)
        await new.full_pass()

        assert new.everywhere("product", FROCK, "title") == ["While nobody looked"] * 3


async def test_what_was_due_is_written_by_the_new_one(stocked: Shop, elsewhere: Elsewhere) -> None:
    stocked.switch_hooks(off=True)
    await stocked.people.edit("directus", "product", FROCK, {"title": "Still to be told"})
    await stocked.list_all("directus")
    while await stocked.intake("directus").step():
        pass
    lines, mark = await exported(stocked), stocked.mark()
    async with elsewhere() as new:
        done = await taken_in(new, lines)
        await new.full_pass()

        assert done.due == 2
        assert sorted(new.writes(mark)) == [(name, "product", FROCK, "update") for name in ("medusa", "strapi")]
        assert new.everywhere("product", FROCK, "title") == ["Still to be told"] * 3


async def test_a_system_stands_as_it_stood(stocked: Shop, elsewhere: Elsewhere) -> None:
    async with stocked.app.database.unit() as conn:
        await conn.execute(text("update systems set paused = true, generation = 3 where name = 'strapi'"))
    lines = await exported(stocked)
    async with elsewhere() as new:
        await taken_in(new, lines)
        standing = await new.standing("strapi")

        assert (standing.paused, standing.generation, standing.matched) == (True, 3, True)
        assert stocked.app.shop.installation in standing.accepted


async def test_deliveries_are_numbered_on_so_that_no_event_names_another_as_its_cause(
    stocked: Shop, elsewhere: Elsewhere
) -> None:
    lines = await exported(stocked)
    async with elsewhere() as new:
        await taken_in(new, lines)
        await new.list_all("directus")
        [(newest_cause,)] = await rows(new, "select max(cause) from events")
        await new.people.edit("directus", "product", FROCK, {"title": "Later"})
        await new.list_all("directus")
        [(oldest_row,)] = await rows(new, "select min(id) from inbox")

        assert oldest_row > newest_cause


async def test_what_was_erased_is_not_in_the_export_and_the_export_still_holds(
    stocked: Shop, elsewhere: Elsewhere
) -> None:
    for value in ("Call Ann at 555-0100", None):
        await stocked.people.edit("directus", "product", FROCK, {"subtitle": value})
        await stocked.full_pass()
    entity = (await stocked.dossier(f"product:{FROCK}")).entity.id
    before = b"".join(await exported(stocked))
    async with stocked.app.database.unit() as conn:
        keys = (await held(conn, entity, ["subtitle"])).keys
        await redact(conn, entity, keys, author="dpo", reason="a mistake", now=NOW)
    lines = await exported(stocked)
    async with elsewhere() as new:
        await taken_in(new, lines)

        assert b"555-0100" in before
        assert b"555-0100" not in b"".join(lines)
        async with new.app.database.look() as conn:
            assert (await events.verify(conn)).first_fault is None


async def test_every_line_is_a_cloudevent_and_the_sequence_is_the_position(stocked: Shop) -> None:
    told = [orjson.loads(line) for line in await exported(stocked)]
    log = [each for each in told if "sequence" in each]

    assert {each["specversion"] for each in told} == {"1.0"}
    assert len({(each["source"], each["id"]) for each in told}) == len(told)
    assert all(name.isalnum() and name.islower() for each in told for name in each)
    assert [int(each["sequence"]) for each in log] == list(range(1, len(log) + 1))
    assert sorted(each["sequence"] for each in log) == [each["sequence"] for each in log]
    assert {each["type"] for each in log} >= {"replicator.change.product", "replicator.bind.product"}


def forged(lines: list[bytes], place: int, old: bytes, new: bytes) -> list[bytes]:
    assert old in lines[place]
    return [*lines[:place], lines[place].replace(old, new), *lines[place + 1 :]]


DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "cut off after a line": (lambda lines: lines[:-1], "the file is cut off"),
    "cut off within a line": (lambda lines: [*lines[:20], lines[20][:-40]], "line 21: it is cut off"),
    "empty": (lambda _lines: [], "line 0 is the last one"),
    "a value": (lambda lines: forged(lines, 5, b'"after":"', b'"after":"x'), "line 6: event 1: a value of"),
    "an author": (lambda lines: forged(lines, 5, b'"author":null', b'"author":"x"'), "line 6: event 1: its header"),
    "a digest": (lambda lines: forged(lines, 5, b'"digest":"', b'"digest":"0'), "line 6: event 1: its header"),
    "a chain": (lambda lines: forged(lines, 6, b'"chain":"', b'"chain":"0'), "line 7: event 2: the chain"),
    "an event is missing": (lambda lines: [*lines[:6], *lines[7:]], "line 7: position 2 is missing"),
    "an event twice": (lambda lines: [*lines[:7], *lines[6:]], "line 8: position 3 is missing"),
    "what is no event": (lambda lines: forged(lines, -2, b'"known":{', b'"known":{"x":1,'), "it says sha256"),
    "a line besides": (lambda lines: [*lines, lines[-1]], "it follows the last line"),
    "no JSON": (lambda lines: [*lines[:3], b"{nonsense\n", *lines[3:]], "line 4: it is no JSON"),
    "no event": (lambda lines: [*lines[:3], b'{"hello": 1}\n', *lines[3:]], "line 4: it is no CloudEvent"),
    "no beginning": (lambda lines: lines[1:], "line 1: an export begins with"),
    "another form": (lambda lines: forged(lines, 0, b'"form":1', b'"form":2'), "line 1: it is of form 2"),
    "another head": (lambda lines: forged(lines, -1, b'"position":', b'"position":1'), "it says position"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_export_is_refused_with_its_line_and_nothing_is_taken_in(
    stocked: Shop, elsewhere: Elsewhere, damage: str
) -> None:
    change, told = DAMAGES[damage]
    lines = change(await exported(stocked))
    async with elsewhere() as new:
        with pytest.raises(LogDamaged, match=told):
            await taken_in(new, lines)

        async with new.app.database.look() as conn:
            assert await events.head(conn) == 0
        assert await rows(new, STATE) == []


async def test_nothing_is_taken_into_a_log_that_has_something(stocked: Shop) -> None:
    with pytest.raises(ConfigurationError, match="not empty"):
        await taken_in(stocked, await exported(stocked))


async def test_an_empty_log_is_exported_and_taken_in(shop: Shop, elsewhere: Elsewhere) -> None:
    lines = await exported(shop)
    async with elsewhere() as new:
        done = await taken_in(new, lines)

    assert (done.position, done.chain) == (0, "")


async def test_old_records_are_found_by_their_names_there(stocked: Shop, elsewhere: Elsewhere) -> None:
    lines = await exported(stocked)
    names = [f"product:{FROCK}", f"variant:{FROCK_SKU}"]
    names += [f"{name}:product:{await stocked.people.find(name, 'product', FROCK)}" for name in SHOPS]
    async with elsewhere() as new:
        await taken_in(new, lines)

        assert [(await new.dossier(name)).entity.id for name in names] == [
            (await stocked.dossier(name)).entity.id for name in names
        ]
