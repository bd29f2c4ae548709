"""The ledger of writes: what we were about to do, committed before the call, and what came of it. Append-only.

A sync id names one intended write; its intent row says what it asked for and with which vector, so that a marker
seen later can be looked up and nobody can forge what it stands for. Several outcome rows are possible: unknown
first, landed later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import Document
from replicator.core.replica import Intent
from replicator.core.vector import Vector
from replicator.log import codec

ANSWER_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A write that is about to be made. `position`: of the entity's newest event; `batch_id`: of a bulk call."""

    system: str
    entity: str
    type: str
    intent: Intent
    batch_id: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a write. `landed`: None where we cannot know."""

    sync_id: str
    system: str
    entity: str
    type: str
    landed: bool | None
    status: int | None = None
    answer: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the ledger."""

    id: int
    kind: str  # intent | outcome
    sync_id: str
    system: str
    entity: str
    type: str
    batch_id: str | None
    doing: str | None
    asked: Document | None
    vector: Vector | None
    deadline: float | None
    position: int | None
    landed: bool | None
    status: int | None
    answer: str | None
    duration_ms: int | None
    at: datetime


async def intend(conn: AsyncConnection, intents: Sequence[Intended], now: datetime) -> None:
    """Note what is about to be written. Commit before the call."""
    if intents:
        batch = codec.rows(
            codec.intent_json(each.intent)
            | {
                "system": each.system,
                "entity": each.entity,
                "type": each.type,
                "batch_id": each.batch_id,
                "position": each.position,
            }
            for each in intents
        )
        await conn.execute(_INTEND, {"rows": batch, "now": now})


_INTEND = text("""
insert into writes(kind, sync_id, system, entity, type, batch_id, doing, asked, vector, deadline, position, at)
select 'intent', sync_id, system, entity, type, batch_id, doing, asked, vector, deadline, position, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, sync_id text, system text, entity uuid, type text,
  batch_id text, doing text, asked jsonb, vector jsonb, deadline double precision, position bigint)
order by ord
""")


async def outcome(conn: AsyncConnection, ends: Sequence[Outcome], now: datetime) -> None:
    """Note what came of writes."""
    if ends:
        batch = codec.rows(asdict(each) | {"answer": each.answer[:ANSWER_LENGTH_MAX]} for each in ends)
        await conn.execute(_OUTCOME, {"rows": batch, "now": now})


_OUTCOME = text("""
insert into writes(kind, sync_id, system, entity, type, landed, status, answer, duration_ms, at)
select 'outcome', sync_id, system, entity, type, landed, status, answer, duration_ms, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, sync_id text, system text, entity uuid, type text,
  landed boolean, status integer, answer text, duration_ms integer)
order by ord
""")


async def of_entity(conn: AsyncConnection, entity: str, *, limit: int = 100) -> list[Line]:
    """The newest lines of an entity, newest first."""
    found = await conn.execute(_OF_ENTITY, {"entity": entity, "limit": limit})
    return [Line(**row) for row in found.mappings()]


_OF_ENTITY = text("select * from writes where entity = cast(:entity as uuid) order by id desc limit :limit")


async def meant(conn: AsyncConnection, sync_ids: Sequence[str]) -> dict[str, str]:
    """For which entity each of these writes was; those that are not in the ledger are not in the answer."""
    if not sync_ids:
        return {}
    found = await conn.execute(_MEANT, {"ids": codec.dumps(list(sync_ids))})
    return {row.sync_id: row.entity for row in found}


_MEANT = text("""
select sync_id, entity from writes
where kind = 'intent' and sync_id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))))
""")


async def counts(conn: AsyncConnection) -> dict[str, dict[str, int]]:
    """System → `intent`, `landed`, `refused`, `unknown` → how many."""
    found: dict[str, dict[str, int]] = {}
    for row in await conn.execute(_COUNTS):
        found.setdefault(row.system, {})[row.what] = row.many
    return found


_COUNTS = text("""
select system, case when kind = 'intent' then kind when landed then 'landed' when landed is null then 'unknown'
  else 'refused' end as what, count(*) as many
from writes group by 1, 2 order by 1, 2
""")
