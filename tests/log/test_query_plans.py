"""The hot statements find their rows by an index, on tables as full as a shop's; no plan reads a whole table.

The statements are those of the modules, caught as they are sent, so a changed statement is checked as it is.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.vector import Dot
from replicator.log import chosen, claims, codec, deliveries, dossiers, events, inbox, inbox_state, losses, past, writes
from replicator.log.database import Database
from tests.log.samples import NOW, uid

ROWS = 20_000
HANDFULS = ("systems", "log_head")
FILL = [
    """insert into entities(id, type, cells, vector, parent, updated)
       select uid, 'product', '{}', '{"medusa": 1}', uid, now() from many""",
    """insert into replicas(entity, system, type, generation, remote_id, known, asked, vector, version, revision, turns)
       select uid, system, 'product', 1, system || n, '{}', '{}', '{}', 1, 1, '{}'
       from many, unnest(array['medusa', 'strapi']) system""",
    """insert into states_seen select uid, 'medusa', 'd' || n, '{}', 1 from many""",
    """insert into states_signed select uid, 'medusa', 's' || n, '{}', '{}', '{}' from many""",
    """insert into snapshots select uid, n, 1, '{}', null, '{}' from many""",
    """insert into claims select 'product', 'handle', 'h' || n, uid from many""",
    """insert into writes(kind, sync_id, system, entity, type, at)
       select kind, 's' || n, 'medusa', uid, 'product', now() from many, unnest(array['intent', 'outcome']) kind""",
    """insert into deliveries(entity, system, type, position, priority, state, due_at, created, reason)
       select uid, 'medusa', 'product', 1, n % 3, 'due', '2026-01-01', '2026-01-01', '' from many""",
    """insert into inbox(system, source, kind, rank, type, remote_id, key, digest, headers, received, due, outcome,
      waits_for,
         entity, settled)
       select 'medusa', 'hook', 'hint', 0, 'product', 'r' || n, 'k' || n, '', '{}', '2026-01-01', '2026-01-01',
         case when n % 10 > 1 then 'event' end, case when n % 10 = 1 then 'medusa/product/w' || n end, uid,
         case when n % 10 > 1 then timestamptz '2026-01-01' end from many""",
    """insert into events(position, id, schema, act, type, entity, origin, n, context, changes, digests, salts,
         remote_id, generation, entry, clock, note, recorded, digest, chain)
       select n, uid, 1, 'change', 'product', uid, 'medusa', 1, '{}', jsonb_build_object('*', jsonb_build_object(
         'before', null, 'after', true, 'rule', 'first', 'wins', true, 'depth', 0)), '{}', '{}',
         'medusa' || n, 1, 'e' || n, 1, '', now(), '', '' from many""",
]
MANY = """
with many as (
  select n, cast('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') as uuid) as uid from generate_series(1, {}) n)
"""
Call = Callable[[AsyncConnection], Awaitable[Any]]
ID = uid(77)
CALLS: dict[str, Call] = {
    "claim inbox rows": lambda conn: inbox.claim(conn, "medusa", 50, NOW, 60),
    "settle inbox rows": lambda conn: inbox.settle(
        conn, [inbox.Settlement(id=each, outcome="echo", reason="") for each in range(50)], NOW
    ),
    "release what waits": lambda conn: inbox.release(conn, ["medusa/product/w11"], NOW),
    "inbox rows of an entity": lambda conn: inbox_state.of_entity(conn, ID),
    "next inbox row": lambda conn: inbox_state.next_due(conn, "medusa"),
    "prune": lambda conn: inbox.prune(conn, NOW, limit=100),
    "claim deliveries": lambda conn: deliveries.claim(conn, "medusa", 50, NOW, 60, "w"),
    "pay deliveries": lambda conn: deliveries.done(conn, [deliveries.Delivery(**DELIVERY)]),
    "events after a position": lambda conn: events.read(conn, 10_000, 500),
    "events of an entity": lambda conn: events.read(conn, 0, 500, entity=ID),
    "entries already taken": lambda conn: events.entries(conn, "medusa", 1, ["e5", "e6"]),
    "dossiers": lambda conn: dossiers.load(conn, [uid(each) for each in range(100)], lock=True),
    "owners of remote ids": lambda conn: dossiers.by_remote(
        conn, [("medusa", "product", f"medusa{each}") for each in range(100)]
    ),
    "last owners of remote ids": lambda conn: events.bound(
        conn, [("medusa", "product", f"medusa{each}") for each in range(100)]
    ),
    "whom writes were for": lambda conn: writes.meant(conn, [f"s{each}" for each in range(100)]),
    "pasts": lambda conn: dossiers.pasts(conn, [("medusa", uid(each), f"d{each}", f"s{each}") for each in range(100)]),
    "places": lambda conn: dossiers.places(conn, "medusa", [uid(each) for each in range(100)]),
    "parts": lambda conn: dossiers.parts(conn, [ID]),
    "recent deletions": lambda conn: losses.gone_lately(conn, "medusa", NOW),
    "holders of keys": lambda conn: claims.find(conn, [("product", "handle", f"h{each}") for each in range(100)]),
    "change of keys": lambda conn: claims.follow(
        conn, [claims.Claim(type="product", key="handle", value=f"n{each}", entity=uid(each)) for each in range(50)]
    ),
    "unneeded deliveries": lambda conn: deliveries.unneeded(conn, [("medusa", ID)], NOW),
    "postponed deliveries": lambda conn: deliveries.later(conn, "medusa", [ID], NOW, "", counted=True),
    "writes of an entity": lambda conn: writes.of_entity(conn, ID),
    "states as of a position": lambda conn: past.as_of(conn, [uid(each) for each in range(1, 101)], 50),
    "a page of a type's entities": lambda conn: dossiers.page(conn, "product", "", 100),
    "the position at a time": lambda conn: past.position_at(conn, NOW),
    "the last change of an entity": lambda conn: chosen.last_change(conn, ID, ROWS),
    "parts of many": lambda conn: chosen.parts(conn, [uid(each) for each in range(50)], alive=True),
    "parts and theirs": lambda conn: chosen.living_parts(conn, ID),
    "erased values": lambda conn: chosen.erased(conn, [(uid(each), "*", Dot("medusa", 1)) for each in range(50)]),
}
DELIVERY: dict[str, Any] = {
    "system": "medusa",
    "entity": ID,
    "type": "product",
    "position": 1,
    "priority": 0,
    "state": "due",
    "attempts": 0,
    "due_at": NOW,
    "lease_until": NOW,
    "lease_by": "w",
    "last_error": None,
    "last_status": None,
    "created": NOW,
    "reason": "",
}


@pytest.fixture
async def full(database: Database) -> Database:
    async with database.unit() as conn:
        await conn.execute(text("reset role"))
        await conn.execute(text("insert into systems(name, kind) values ('medusa', 'medusa')"))
        for statement in FILL:
            await conn.exec_driver_sql(f"{MANY.format(ROWS)} {statement}".replace("%", "%%"))
        await conn.execute(text("analyze"))
    return database


async def test_hot_statements_read_by_index(full: Database) -> None:
    """One database for all of them: filling it takes longer than all the plans."""
    scans: dict[str, list[str]] = {}
    for name, call in CALLS.items():
        async with full.unit() as conn:
            async with conn.begin_nested() as trial:
                sent = await sent_by(conn, call)
                await trial.rollback()
            plans = [await plan(conn, statement, parameters) for statement, parameters in sent]
        assert sent, name
        scans[name] = [scan for each in plans for scan in whole_table_reads(each)]

    assert {name: found for name, found in scans.items() if found} == {}


async def test_a_whole_table_read_would_be_seen(full: Database) -> None:
    async with full.unit() as conn:
        bare = await plan(conn, "select * from inbox where reason = 'x'", {})

    assert whole_table_reads(bare) == ["inbox"]


async def sent_by(conn: AsyncConnection, call: Call) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(conn.sync_connection, "before_cursor_execute", note)
    await call(conn)
    event.remove(conn.sync_connection, "before_cursor_execute", note)
    return sent


async def plan(conn: AsyncConnection, statement: str, parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the driver's own
    explained = await conn.exec_driver_sql(f"explain (format json) {statement}", parameters)
    raw = explained.scalar_one()
    found: dict[str, Any] = (codec.loads(raw) if isinstance(raw, str) else raw)[0]["Plan"]
    return found


def whole_table_reads(node: dict[str, Any]) -> list[str]:
    """The tables of a plan that are read from end to end; those with a handful of rows may be."""
    whole = node["Node Type"] == "Seq Scan" and node["Relation Name"] not in HANDFULS
    here = [node["Relation Name"]] if whole else []
    return here + [table for inner in node.get("Plans", []) for table in whole_table_reads(inner)]
