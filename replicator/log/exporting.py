"""The export: the whole log as lines, with what is needed to go on from it elsewhere. One moment, constant memory.

Besides events, what no event says goes along: how each system stands, what it holds under which id and was asked to
hold, which states of it were seen before, and the conflicts. Everything else (what entities are, natural keys, what is
due) is made from these again.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import cloudevents, systems
from replicator.log.cloudevents import BEGIN, CONFLICT, FORM, HEAD, REPLICA, SEEN, SIGNED, SYSTEM

ROWS_AT_ONCE = 500  # fetched: one by one takes half as long again


async def lines(conn: AsyncConnection, now: datetime) -> AsyncIterator[bytes]:
    """The lines of an export, in order. `conn` is a look: all that is read is of one moment."""
    await conn.execute(text("set local idle_in_transaction_session_timeout = 0"))  # whoever reads may take their time
    whose = await systems.installation(conn)
    end = (await conn.execute(text("select position, chain from log_head"))).one()
    sums = hashlib.sha256()
    count = 0
    async for each in _body(conn, whose, end.position, now):
        sums.update(each)
        count += 1
        yield each
    head = {"position": end.position, "chain": end.chain, "lines": count, "sha256": sums.hexdigest()}
    yield cloudevents.line(HEAD, f"head-{end.position}", whose, head)


async def _body(conn: AsyncConnection, whose: str, end: int, now: datetime) -> AsyncIterator[bytes]:
    begin = {"form": FORM, "installation": whose, "position": end}
    yield cloudevents.line(BEGIN, f"begin-{end}", whose, begin, {"time": now})
    for row in (await conn.execute(_SYSTEMS)).all():
        yield cloudevents.line(SYSTEM, f"system-{row.data['name']}", whose, row.data)
    async with conn.stream(_EVENTS) as rows:
        async for page in rows.partitions(ROWS_AT_ONCE):
            for row in page:
                yield cloudevents.event_line(row, whose)
    for kind, statement in _SIDE.items():
        async for each in _stream(conn, kind, statement, whose):
            yield each


async def _stream(conn: AsyncConnection, kind: str, statement: TextClause, whose: str) -> AsyncIterator[bytes]:
    async with conn.stream(statement) as rows:
        async for page in rows.partitions(ROWS_AT_ONCE):
            for row in page:
                yield cloudevents.line(kind, row.name, whose, row.data, {"subject": row.entity})


_SYSTEMS = text("select to_jsonb(s) as data from systems s order by name")
_EVENTS = text("select * from events order by position")
_SIDE = {
    REPLICA: text("""
        select 'replica-' || r.system || '-' || r.entity as name, r.entity, to_jsonb(r) - 'revision' as data
        from replicas r order by r.entity, r.system"""),
    SEEN: text("""
        select concat_ws('-', 'seen', s.system, s.entity, s.digest) as name, s.entity, to_jsonb(s) as data
        from states_seen s order by s.entity, s.system, s.digest"""),
    SIGNED: text("""
        select concat_ws('-', 'signed', s.system, s.entity, s.sync_id) as name, s.entity, to_jsonb(s) as data
        from states_signed s order by s.entity, s.system, s.sync_id"""),
    CONFLICT: text("""
        select 'conflict-' || c.id as name, c.entity, to_jsonb(c) - 'id' as data from conflicts c order by c.id"""),
}
