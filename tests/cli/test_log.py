"""`log verify`, `log snapshot` and `redact`: the log is whole, states are kept, and what must go goes."""

import asyncio

from sqlalchemy import text

from replicator.log.database import Database
from tests.cli.desk import Desk, products


def test_a_log_in_order_is_said_to_be_whole(desk: Desk) -> None:
    desk.say("pull", "feed")

    said, told = desk.say("log", "verify"), desk.say("log", "verify", "--json").json

    assert (said.code, told["first_fault"], told["count"] >= 8) == (0, None, True)
    assert told["count"] == told["head"]
    assert "the log is whole" in said.out
    assert desk.say("log", "verify", "--after", "5", "--json").json["count"] == told["head"] - 5


def test_a_damaged_log_fails_and_the_first_fault_is_named(desk: Desk) -> None:
    async def damage() -> None:
        database = Database(desk.environment["REPLICATOR_DATABASE_URL"])
        async with database.unit() as conn:
            await conn.execute(text("reset role"))
            await conn.execute(text("alter table events disable trigger all"))
            await conn.execute(text("update events set author = 'x' where position = 3"))
        await database.close()

    desk.say("pull", "feed")
    asyncio.run(damage())

    said = desk.say("log", "verify")

    assert said.code == 1
    assert "event 3: its header was changed" in said.out


def test_snapshots_are_made_and_thrown_away(desk: Desk) -> None:
    desk.say("pull", "feed")

    assert desk.say("log", "snapshot", "--json").json == {"made": 0, "forgotten": 0}
    many = desk.head()  # an event of each
    assert desk.say("log", "snapshot", "--every", "1", "--json").json == {"made": many, "forgotten": 0}
    assert desk.say("log", "snapshot", "--forget", "--json").json == {"made": 0, "forgotten": many}


def test_values_are_erased_when_it_was_agreed_to(desk: Desk) -> None:
    desk.say("pull", "feed")
    desk.stock(products(1, 2, 3, brand="Ann Example, 555-0100"))
    desk.say("pull", "feed")
    desk.stock(products(1, 2, 3, brand=None))
    desk.say("pull", "feed")
    counted = desk.say("redact", "product:mug-1", "brand", "--reason", "a mistake", "--dry-run", "--json").json
    asked = desk.say("redact", "product:mug-1", "brand", "--reason", "a mistake")
    done = desk.say("--by", "dpo", "redact", "product:mug-1", "brand", "--reason", "a mistake", "--yes")
    told = desk.say("events", "--entity", "product:mug-1", "--json").json["events"]
    shown = desk.say("events", "--entity", "product:mug-1").out

    assert (counted["held"]["keys"], counted["held"]["events"], counted["position"]) == (["brand"], 2, None)
    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert "erased; the log says so" in done.out
    assert [each["erased"] for each in told][1:] == [["brand"], ["brand"], []]
    assert (told[-1]["act"], told[-1]["author"], told[-1]["note"]) == ("redact", "dpo", "a mistake (brand)")
    assert "brand: (erased)" in shown
    assert "Ann" not in shown
    assert desk.say("log", "verify").code == 0


def test_what_is_in_use_or_was_never_there_is_refused(desk: Desk) -> None:
    desk.say("pull", "feed")

    used = desk.say("redact", "product:mug-1", "title", "--reason", "a mistake", "--yes")
    never = desk.say("redact", "product:mug-1", "colour", "--reason", "a mistake", "--yes")

    assert (used.code, "clear it first" in used.err) == (1, True)
    assert never.code == 2
