"""The log: append-only, dense positions from 1, in order. Everything else can be made from it again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.event import Draft, Event
from replicator.errors import DedupeMismatch, LogDamaged
from replicator.log import codec
from replicator.log.seal import SCHEMA, digests_of, event_digest, link, seal
from replicator.log.tables import events as log

VERIFY_PAGE = 1000


async def append(
    conn: AsyncConnection,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    salts: Callable[[int], bytes] = secrets.token_bytes,
) -> list[int]:
    """Append in order; the position of each. The *last* statement of its unit: it holds up all other appends till
    the commit.

    A draft whose id is in the log already, with the same content, gets the position it has. Raises DedupeMismatch
    for other content, and Refused where the dot or the source's entry is another event's: the unit was judged from
    stale rows.
    """
    if not drafts:
        return []
    distinct: dict[str, Draft] = {}
    for draft in drafts:
        if distinct.setdefault(draft.id, draft) != draft:
            raise DedupeMismatch(f"event {draft.id} is given twice, with other content")
    batch = codec.rows(_sealed(draft, now, salts) for draft in distinct.values())
    places = dict(zip(distinct, (await conn.execute(_APPEND, {"rows": batch})).scalars(), strict=True))
    return [places[draft.id] for draft in drafts]


_APPEND = text("select place from log_append(cast(:rows as jsonb)) order by ord")


async def read(
    conn: AsyncConnection,
    after: int,
    limit: int,
    *,
    entity: str | None = None,
    kind: str | None = None,
    origin: str | None = None,
) -> list[Event]:
    """Events with a position above `after`, in order; of one entity, type or origin if asked."""
    statement = select(log).where(log.c.position > after, *_of(entity, kind, origin)).order_by(log.c.position)
    return [codec.event_of(row) for row in await conn.execute(statement.limit(limit))]


async def newest(
    conn: AsyncConnection,
    limit: int,
    *,
    entity: str | None = None,
    kind: str | None = None,
    origin: str | None = None,
) -> list[Event]:
    """The newest events, in order; of one entity, type or origin if asked."""
    statement = select(log).where(*_of(entity, kind, origin)).order_by(log.c.position.desc()).limit(limit)
    return [codec.event_of(row) for row in await conn.execute(statement)][::-1]


def _of(entity: str | None, kind: str | None, origin: str | None) -> list[ColumnElement[bool]]:
    wanted = ((log.c.entity, entity), (log.c.type, kind), (log.c.origin, origin))
    return [column == value for column, value in wanted if value is not None]


async def bound(conn: AsyncConnection, wanted: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Whose record (system, type, remote id) was last, by the log alone: also of those that are gone, and of ids of
    earlier generations.
    """
    if not wanted:
        return {}
    names = ("system", "type", "remote_id")
    batch = codec.rows(dict(zip(names, each, strict=True)) for each in wanted)
    return {(row.system, row.type, row.remote_id): row.entity for row in await conn.execute(_BOUND, {"rows": batch})}


_BOUND = text("""
select r.system, r.type, r.remote_id, last.entity
from jsonb_to_recordset(cast(:rows as jsonb)) as r(system text, type text, remote_id text)
cross join lateral (
  select e.entity from events e where e.origin = r.system and e.type = r.type and e.remote_id = r.remote_id
  order by e.position desc limit 1) last
""")


async def of_id(conn: AsyncConnection, event: str) -> Event | None:
    """The event of an id: inbox rows and conflicts name events by it."""
    found = (await conn.execute(text("select * from events where id = cast(:id as uuid)"), {"id": event})).first()
    return None if found is None else codec.event_of(found)


async def entries(conn: AsyncConnection, origin: str, generation: int, wanted: Sequence[str]) -> dict[str, int]:
    """Which entries of a system's own history are in the log already, and where."""
    if not wanted:
        return {}
    names = {"origin": origin, "generation": generation, "entries": codec.dumps(list(wanted))}
    return {row.entry: row.position for row in await conn.execute(_ENTRIES, names)}


_ENTRIES = text("""
select entry, position from events where origin = :origin and generation = :generation and entry is not null
  and entry = any(array(select jsonb_array_elements_text(cast(:entries as jsonb))))
""")


async def head(conn: AsyncConnection) -> int:
    """The last position; 0 while the log is empty."""
    position: int = (await conn.execute(text("select position from log_head"))).scalar_one()
    return position


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found: how many events, the last position, and the first fault, if there is one."""

    count: int
    head: int
    first_fault: str | None


async def verify(conn: AsyncConnection, *, after: int = 0) -> Verified:
    """Check positions, value digests (of what was not erased), event digests and the chain, from `after` to the head.

    Read in one look: what is appended meanwhile is not part of it.
    """
    end = (await conn.execute(text("select position, chain from log_head"))).one()
    start = await conn.execute(text("select chain from events where position = :after"), {"after": after})
    chain: str = start.scalar_one_or_none() or ""
    place, count = after, 0
    pages = select(log).order_by(log.c.position).limit(VERIFY_PAGE)
    while page := (await conn.execute(pages.where(log.c.position > place))).all():
        for row in page:
            chain = link(chain, row.position, row.digest)
            if (found := fault(row, place, chain)) is not None:
                return Verified(count, end.position, found)
            place, count = row.position, count + 1
    if (place, chain) != (end.position, end.chain) and end.position > after:
        return Verified(count, end.position, f"the log ends at {place}, its head says {end.position}")
    return Verified(count, end.position, None)


def fault(row: codec.Row, before: int, chain: str) -> str | None:
    """What is wrong with the event that follows position `before`; `chain` is what its chain should be."""
    if row.position != before + 1:
        return f"position {before + 1} is missing"
    event = codec.event_of(row)
    changes, salts = event.draft.changes, row.salts
    if set(row.digests) != set(changes) or set(salts) != set(changes):
        return f"event {row.position}: its digests are not those of its changes"
    digests: Mapping[str, tuple[str, str]] = {key: tuple(pair) for key, pair in row.digests.items()}
    for key, change in changes.items():
        if salts[key] is not None and digests_of(change, salts[key]) != digests[key]:
            return f"event {row.position}: a value of {key} was changed"
    if row.schema != SCHEMA or event_digest(event.draft, event.recorded, digests) != row.digest:
        return f"event {row.position}: its header was changed"
    return None if row.chain == chain else f"event {row.position}: the chain is broken"


async def restore(conn: AsyncConnection, rows: Sequence[codec.Row]) -> None:
    """Append events that are sealed already, at their own positions: those of an export, into an empty log.

    Raises LogDamaged where they come to stand elsewhere.
    """
    sealed = [
        codec.draft_row(codec.event_of(row).draft)
        | {name: getattr(row, name) for name in ("schema", "digests", "salts", "digest", "recorded")}
        for row in rows
    ]
    places = list((await conn.execute(_APPEND, {"rows": codec.rows(sealed)})).scalars())
    if places != [row.position for row in rows]:
        raise LogDamaged(f"event {rows[0].position} came to stand at {places[0]}: the log is not empty")


def _sealed(draft: Draft, now: datetime, salts: Callable[[int], bytes]) -> dict[str, object]:
    sealed = seal(draft, now, salts)
    return codec.draft_row(draft) | {
        "schema": SCHEMA,
        "digests": sealed.digests,
        "salts": sealed.salts,
        "digest": sealed.digest,
        "recorded": now,
    }
