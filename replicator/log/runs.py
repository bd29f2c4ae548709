"""Long undertakings (imports, full listings, replays) and their progress; and which records a full listing has shown.

What a listing shows is noted page by page under its run, so it can be taken up again after a crash; at its end, the
records we know that it did not show are *suspects*: pages shift, so each is read by its id before anything is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An undertaking. `state`: running | done | failed | held. `began`: the revision noted when it started."""

    id: int
    kind: str
    system: str | None
    state: str
    started: datetime
    finished: datetime | None
    began: int
    counts: Mapping[str, Any]
    error: str | None
    places: Mapping[str, str | None]


async def start(conn: AsyncConnection, kind: str, system: str | None, now: datetime) -> int:
    """A new run; its id."""
    run: int = (await conn.execute(_START, {"kind": kind, "system": system, "now": now})).scalar_one()
    return run


_START = text("""
insert into runs(kind, system, state, started, began, counts)
select :kind, :system, 'running', :now, case when is_called then last_value else 0 end, '{}' from revisions returning id
""")


async def finish(
    conn: AsyncConnection, run: int, state: str, counts: Mapping[str, object], now: datetime, error: str | None = None
) -> None:
    """The run has ended; which records it was shown is no longer needed."""
    ended = {"run": run, "now": now, "state": state, "counts": codec.dumps(counts), "error": error}
    await conn.execute(_FINISH, ended)
    await conn.execute(text("delete from listed where run = :run"), {"run": run})


_FINISH = text("""
update runs set state = :state, finished = :now, counts = cast(:counts as jsonb), error = :error where id = :run
""")


async def running(conn: AsyncConnection, kind: str, system: str | None = None) -> list[Run]:
    """The runs of a kind that have not ended, of one system if asked; the newest first."""
    found = await conn.execute(_RUNNING, {"kind": kind, "system": system})
    return [Run(**row) for row in found.mappings()]


_RUNNING = text("""
select * from runs where state = 'running' and kind = :kind and (cast(:system as text) is null or system = :system)
order by id desc
""")


async def abandon(conn: AsyncConnection, kind: str, system: str, now: datetime) -> None:
    """The runs of a kind over a system that have not ended never will."""
    for run in await running(conn, kind, system):
        await finish(conn, run.id, "failed", run.counts, now, "it was cut off")


async def progress(conn: AsyncConnection, run: int, counts: Mapping[str, object]) -> None:
    """How far a run has come; what is not named stays."""
    await conn.execute(_PROGRESS, {"run": run, "counts": codec.dumps(counts)})


_PROGRESS = text("update runs set counts = counts || cast(:counts as jsonb) where id = :run")


async def reach(conn: AsyncConnection, run: int, listing: str, cursor: str | None) -> None:
    """A listing of this run goes on from `cursor`, or is through (None): in the transaction that stores its page."""
    await conn.execute(_REACH, {"run": run, "place": codec.dumps({listing: cursor})})


_REACH = text("update runs set places = places || cast(:place as jsonb) where id = :run")


async def last(conn: AsyncConnection, kind: str, system: str) -> Run | None:
    """The newest run of a kind over a system that has ended."""
    found = (await conn.execute(_LAST, {"kind": kind, "system": system})).mappings().first()
    return None if found is None else Run(**found)


_LAST = text("""
select * from runs where kind = :kind and system = :system and state <> 'running' order by id desc limit 1
""")


async def tally(conn: AsyncConnection, kind: str, system: str, more: int, now: datetime) -> None:
    """Count so many records more in the run of a kind that is under way over a system; it begins with the first."""
    if not (await conn.execute(_TALLY, {"kind": kind, "system": system, "more": more})).rowcount:
        await progress(conn, await start(conn, kind, system, now), {"records": more})


_TALLY = text("""
update runs set counts = counts || jsonb_build_object('records', coalesce((counts->>'records')::integer, 0) + :more)
where kind = :kind and system = :system and state = 'running'
""")


async def listed(conn: AsyncConnection, run: int, shown: Sequence[tuple[str, str]]) -> None:
    """A page of a full listing has shown these records: (type, remote id)."""
    if shown:
        batch = codec.rows({"type": kind, "remote_id": remote_id} for kind, remote_id in shown)
        await conn.execute(_LISTED, {"run": run, "rows": batch})


_LISTED = text("""
insert into listed(run, type, remote_id)
select :run, type, remote_id from jsonb_to_recordset(cast(:rows as jsonb)) as r(type text, remote_id text)
on conflict do nothing
""")


async def shown(conn: AsyncConnection, run: int, system: str, entities: Sequence[str]) -> set[str]:
    """Of these entities, those whose records a run has been shown."""
    wanted = {"run": run, "system": system, "ids": codec.dumps(list(entities))}
    return {row.entity for row in await conn.execute(_SHOWN, wanted)}


_SHOWN = text("""
select r.entity from replicas r join listed l on l.run = :run and l.type = r.type and l.remote_id = r.remote_id
where r.system = :system and r.entity = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))::uuid))
""")


async def count_missing(conn: AsyncConnection, run: int, system: str, types: Sequence[str]) -> Counter[str]:
    """How many records that we know at a system the listing of this run did not show, by type."""
    wanted = {"run": run, "system": system, "types": codec.dumps(list(types))}
    return Counter({str(row.type): int(row.n) for row in await conn.execute(_COUNT_MISSING, wanted)})


async def suspect_missing(conn: AsyncConnection, run: int, system: str, types: Sequence[str], now: datetime) -> int:
    """Put a hint into the inbox for every record that the listing of this run did not show. How many."""
    wanted = {"run": run, "system": system, "types": codec.dumps(list(types)), "now": now}
    return (await conn.execute(_SUSPECT_MISSING, wanted)).rowcount


# Rows that we learnt more of after the listing began are left out: it may have passed their place before.
_MISSING = """
from replicas r
where r.system = :system and r.remote_id is not null
  and r.type = any(array(select jsonb_array_elements_text(cast(:types as jsonb))))
  and r.revision <= (select began from runs where id = :run)
  and not exists (select from listed l where l.run = :run and l.type = r.type and l.remote_id = r.remote_id)
"""
_COUNT_MISSING = text(f"select r.type, count(*) as n {_MISSING} group by r.type")
_SUSPECT_MISSING = text(f"""
insert into inbox(system, source, kind, rank, type, remote_id, digest, headers, received, due)
select r.system, 'listing', 'hint', 1, r.type, r.remote_id, '', '{{}}', :now, :now {_MISSING}
""")
