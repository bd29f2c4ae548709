"""UPDATE, DELETE and TRUNCATE of events and of the ledger are refused by the database, also to their owner."""

import pytest
from sqlalchemy import text

from replicator.errors import LogError
from replicator.log import events, writes
from replicator.log.database import Database, Refused
from tests.log.samples import NOW, draft, outcome

ATTACKS = [
    "update events set note = 'x'",
    "update events set changes = '{}'",
    "update events set salts = jsonb_set(salts, '{title}', 'null')",
    "delete from events",
    "truncate events",
    "update writes set status = 200",
    "delete from writes",
    "truncate writes",
]


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.unit() as conn:
        await writes.outcome(conn, [outcome("s", landed=True)], NOW)
        await events.append(conn, [draft(1)], NOW)
    return database


async def as_owner(database: Database, *statements: str) -> None:
    async with database.unit() as conn:
        await conn.execute(text("reset role"))
        for statement in statements:
            await conn.execute(text(statement))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_the_owner_is_refused(filled: Database, attack: str) -> None:
    with pytest.raises(Refused, match="append-only"):
        await as_owner(filled, attack)


@pytest.mark.parametrize("attack", ["update events set note = 'x'", "truncate events"])
async def test_the_owner_is_refused_as_a_replication_process(filled: Database, attack: str) -> None:
    with pytest.raises(Refused, match="append-only"):
        await as_owner(filled, "set session_replication_role = replica", attack)


async def test_a_function_that_calls_itself_redact_is_refused(filled: Database) -> None:
    evil = """
        create function evil.redact(uuid, text[], text, text, timestamptz) returns void language plpgsql as
        $$ begin update public.events set note = 'x'; end $$"""

    with pytest.raises(Refused, match="append-only"):
        await as_owner(filled, "create schema evil", evil, "select evil.redact(null, null, null, null, null)")


async def test_a_statement_that_imitates_the_stack_may_still_change_nothing_but_erase(filled: Database) -> None:
    imitation = """
        do $$ begin
          update public.events set note = 'x' /* public.redact(uuid,text[],text,text,timestamp with time zone) */;
        end $$"""

    with pytest.raises(Refused, match="append-only"):
        await as_owner(filled, imitation)


async def test_the_application_runs_without_the_right(filled: Database) -> None:
    async with filled.unit() as conn:
        assert (await conn.execute(text("select current_user"))).scalar_one() == "replicator_app"


@pytest.mark.parametrize(
    "attack", [*ATTACKS, "insert into events(position) values (5)", "update log_head set position = 9"]
)
async def test_what_the_application_may_not_do(filled: Database, attack: str) -> None:
    with pytest.raises(LogError, match="permission denied"):
        await as_application(filled, attack)


async def as_application(database: Database, statement: str) -> None:
    async with database.unit() as conn:
        await conn.execute(text(statement))
