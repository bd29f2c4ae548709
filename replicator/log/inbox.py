"""The inbox: every delivery as it came, and what became of it. Answered 202 after it is committed, not before.

A row is *open* until it has an outcome. Claiming one moves its `due` to the end of the lease: a worker that dies
leaves it to the next. Rows that wait for a record we do not know yet (`waits_for`) stay open, and are due again when
  it is bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.errors import DedupeMismatch
from replicator.log import codec

COALESCED_MAX = 1000  # hints of one record claimed together; a storm of more takes another round
RANKS = {"listing": 1}  # what people have just done is judged before what a listing found


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something that came. `key` is the sender's own id of it, `digest` that of the bytes that came.

    `began` (of a record that was read) is the revision noted before the read. `headers` never hold credentials.
    """

    system: str
    source: str  # hook | poll | listing | guard | answer | operator
    kind: str  # hint | record | raw
    type: str | None = None
    remote_id: str | None = None
    key: str | None = None
    digest: str = ""
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    began: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The row a delivery is in. `duplicate`: it came before. `mismatch`: its key did, with other content.

    A mismatch is a value and no exception, because the deliveries of many senders are received in one batch.
    """

    id: int
    duplicate: bool = False
    mismatch: bool = False

    def accepted(self) -> int:
        """The row's id. Raises DedupeMismatch."""
        if self.mismatch:
            raise DedupeMismatch(f"delivery {self.id} came again under the same key with other content")
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the inbox."""

    id: int
    system: str
    source: str
    kind: str  # hint | record | raw | cascade
    rank: int
    type: str | None
    remote_id: str | None
    key: str | None
    digest: str
    body: Any
    headers: Mapping[str, str]
    began: int | None
    received: datetime
    due: datetime
    attempts: int
    waits_for: str | None
    outcome: str | None
    reason: str | None
    entity: str | None
    event: str | None
    settled: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of a row. With `waits_for` it stays open until that record is known. `event`: the event's id."""

    id: int
    outcome: str
    reason: str
    entity: str | None = None
    event: str | None = None
    waits_for: str | None = None


def hint(system: str, source: str, kind: str, remote_id: str) -> Delivery:
    """A hint of our own: read that record again."""
    return Delivery(system=system, source=source, kind="hint", type=kind, remote_id=remote_id)


async def receive(conn: AsyncConnection, deliveries: Sequence[Delivery], now: datetime) -> list[Receipt]:
    """Store many deliveries at once, due now; one receipt each, in order."""
    if not deliveries:
        return []
    batch = codec.rows(
        asdict(each) | {"body": codec.without_nul(each.body), "rank": RANKS.get(each.source, 0)} for each in deliveries
    )
    stored = (await conn.execute(_RECEIVE, {"rows": batch, "now": now})).all()
    receipts = [Receipt(row.id, not row.fresh) for row in stored]
    if any(each.duplicate for each in receipts):
        for row in await conn.execute(_FIRST, {"rows": batch}):
            if receipts[row.ord - 1].duplicate:
                receipts[row.ord - 1] = Receipt(row.id, duplicate=row.same, mismatch=not row.same)
    return receipts


_RECEIVE = text("""
with r as materialized (
  select *, nextval(pg_get_serial_sequence('inbox', 'id')) as id from jsonb_to_recordset(cast(:rows as jsonb))
    as r(ord integer, system text, source text, kind text, rank smallint, type text, remote_id text, key text, digest
      text,
      body jsonb, headers jsonb, began bigint)),
fresh as (
  insert into inbox(id, system, source, kind, rank, type, remote_id, key, digest, body, headers, began, received, due)
  select id, system, source, kind, rank, type, remote_id, key, digest, body, headers, began, :now, :now from r order
  by ord on conflict (system, key) where key is not null do nothing
  returning id)
select r.id, fresh.id is not null as fresh from r left join fresh using (id) order by r.ord
""")
_FIRST = text("""
select r.ord, i.id, i.digest = r.digest as same
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, system text, key text, digest text)
cross join lateral (select * from inbox x where x.system = r.system and x.key = r.key limit 1) i
where r.key is not null
""")


async def claim(conn: AsyncConnection, system: str, limit: int, now: datetime, lease_seconds: float) -> list[Row]:
    """Take open rows of a system that are due, for the time of the lease: oldest first, what people did before
    listings.

    All open hints of one record are taken together, beyond the limit: one read answers them all.
    """
    lease = {"system": system, "limit": limit, "now": now, "more": COALESCED_MAX}
    claimed = await conn.execute(_CLAIM, lease | {"until": now + timedelta(seconds=lease_seconds)})
    rows = [Row(**row) for row in claimed.mappings()]
    return sorted(rows, key=lambda row: (row.rank, row.id))


_CLAIM = text("""
with first as (
  select id, kind, type, remote_id from inbox
  where system = :system and due <= :now and outcome is null and waits_for is null
  order by rank, due, id limit :limit for update skip locked),
more as (
  select i.id from inbox i
  where i.system = :system and i.due <= :now and i.outcome is null and i.waits_for is null and i.kind = 'hint'
    and (i.type, i.remote_id) in (select type, remote_id from first where kind = 'hint')
  limit :more for update skip locked)
update inbox set due = :until, attempts = attempts + 1
where id in (select id from first union select id from more)
returning *
""")


async def settle(conn: AsyncConnection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Give rows their outcome; one that has an outcome already keeps it."""
    if settlements:
        await conn.execute(_SETTLE, {"rows": codec.rows(map(asdict, settlements)), "now": now})


_SETTLE = text("""
update inbox i set outcome = case when r.waits_for is null then r.outcome end, reason = r.reason, entity = r.entity,
  event = r.event, waits_for = r.waits_for, settled = case when r.waits_for is null then cast(:now as timestamptz) end
from jsonb_to_recordset(cast(:rows as jsonb))
  as r(id bigint, outcome text, reason text, entity uuid, event uuid, waits_for text)
where i.id = r.id and i.outcome is null
  and i.id = any(array(select (x->>'id')::bigint from jsonb_array_elements(cast(:rows as jsonb)) x))
""")


async def postpone(conn: AsyncConnection, ids: Sequence[int], due: datetime, reason: str) -> None:
    """Try these again later."""
    if ids:
        await conn.execute(_POSTPONE, {"ids": codec.dumps(list(ids)), "due": due, "reason": reason})


_POSTPONE = text("""
update inbox set due = :due, reason = :reason
where outcome is null and id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::bigint))
""")


async def release(conn: AsyncConnection, arrived: Sequence[str], now: datetime) -> int:
    """Rows that wait for any of these records ("system/type/remote id") are due now. How many."""
    if not arrived:
        return 0
    return (await conn.execute(_RELEASE, {"names": codec.dumps(list(arrived)), "now": now})).rowcount


_RELEASE = text("""
update inbox set waits_for = null, due = :now
where outcome is null and waits_for is not null
  and waits_for = any(array(select jsonb_array_elements_text(cast(:names as jsonb))))
""")


async def release_known(conn: AsyncConnection, system: str, now: datetime) -> int:
    """Rows that wait for a record which is known by now are due. How many.

    `release` cannot see a row that another worker is just making wait, nor that worker the record: neither is
    committed. Whoever finds nothing else to do looks again, so that nothing waits for what is there.
    """
    return (await conn.execute(_RELEASE_KNOWN, {"system": system, "now": now})).rowcount


_RELEASE_KNOWN = text("""
update inbox i set waits_for = null, due = :now
from replicas r
where i.system = :system and i.outcome is null and i.waits_for is not null
  and r.system = split_part(i.waits_for, '/', 1) and r.type = split_part(i.waits_for, '/', 2)
  and r.remote_id = substr(i.waits_for, length(r.system) + length(r.type) + 3)
""")


async def cascade(conn: AsyncConnection, deleted: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Note that parts go with their aggregates: (type, entity, system where it was deleted), for those that have
    parts.
    """
    if deleted:
        names = ("type", "entity", "system")
        batch = codec.rows(dict(zip(names, each, strict=True)) for each in deleted)
        await conn.execute(_CASCADE, {"rows": batch, "now": now})


_CASCADE = text("""
insert into inbox(system, source, kind, rank, type, digest, headers, received, due, entity)
select system, 'cascade', 'cascade', 0, type, '', '{}', :now, :now, entity
from jsonb_to_recordset(cast(:rows as jsonb)) as r(ord integer, type text, entity uuid, system text)
where exists (select from entities e where e.parent = r.entity and e.deleted is null)
order by ord
""")


async def hurry(conn: AsyncConnection, system: str, now: datetime) -> None:
    """What was postponed is due now: a person has looked."""
    await conn.execute(_HURRY, {"system": system, "now": now})


_HURRY = text("""
update inbox set due = :now where system = :system and outcome is null and waits_for is null and due > :now
""")


async def discard(conn: AsyncConnection, system: str, reason: str, now: datetime) -> int:
    """Judge nothing of what is open: it speaks of a system that is no longer. How many."""
    return (await conn.execute(_DISCARD, {"system": system, "reason": reason, "now": now})).rowcount


_DISCARD = text("""
update inbox set outcome = 'stale', reason = :reason, settled = :now, waits_for = null
where system = :system and outcome is null
""")


async def hooked(conn: AsyncConnection, system: str, kind: str, remote_id: str, since: datetime) -> bool:
    """Whether a hook has told of that record since then."""
    names = {"system": system, "type": kind, "remote_id": remote_id, "since": since}
    found: bool = (await conn.execute(_HOOKED, names)).scalar_one()
    return found


_HOOKED = text("""
select exists (select from inbox where system = :system and source = 'hook' and type = :type
  and remote_id = :remote_id and received >= :since)
""")


async def prune(conn: AsyncConnection, before: datetime, *, limit: int = 10_000) -> int:
    """Let go of rows settled before then, at most `limit`. Their keys are forgotten: a repeat would be taken as new."""
    return (await conn.execute(_PRUNE, {"before": before, "limit": limit})).rowcount


_PRUNE = text("""
delete from inbox where id in (
  select id from inbox where settled is not null and settled < :before order by settled limit :limit for update skip
    locked)
""")
