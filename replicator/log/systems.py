"""How the configured systems stand (matched, paused, held, their generation), and which installation we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One system. `matched`: its records were matched and accepted, so that it may be written.

    `held` says why nothing is judged or written there until a person looks. `believed`: absences there are believed,
    however many, because a person has confirmed them. `accepted`: foreign installations whose markers a person has
    accepted there. `healing`: what is gone or back there is put right, because a person said so. `as_of`: the position
    of the log that it is kept as of, until it is resumed. `heard`: when it was last heard of without a long gap before.
    """

    name: str
    kind: str
    generation: int = 1
    matched: bool = False
    paused: bool = False
    held: str | None = None
    believed: bool = False
    accepted: frozenset[str] = frozenset()
    healing: bool = False
    as_of: int | None = None
    heard: datetime | None = None

    @property
    def writable(self) -> bool:
        """Whether deliveries to it are paid now."""
        return self.matched and not self.paused and self.held is None

    def away(self, now: datetime, seconds: float) -> bool:
        """Whether it has not been heard of for so long that it must be listed before it is written to."""
        return self.heard is not None and now - self.heard > timedelta(seconds=seconds)


async def load_all(conn: AsyncConnection) -> dict[str, Standing]:
    """All systems ever configured, by name."""
    found = await conn.execute(_LOAD)
    return {
        row.name: Standing(
            name=row.name,
            kind=row.kind,
            generation=row.generation,
            matched=row.status == "accepted",
            paused=row.paused,
            held=row.held,
            believed=row.believed,
            accepted=frozenset(row.accepted),
            healing=row.healing,
            as_of=row.as_of,
            heard=row.heard,
        )
        for row in found
    }


_LOAD = text("""
select name, kind, generation, status, paused, held, believed, accepted, healing, as_of, heard
from systems order by name
""")


async def ensure(conn: AsyncConnection, kinds: Mapping[str, str]) -> None:
    """Take configured systems (name → kind) in, as new ones; those we know stay as they are."""
    known = [{"name": name, "kind": kind} for name, kind in sorted(kinds.items())]
    await conn.execute(_ENSURE, {"rows": codec.rows(known)})


_ENSURE = text("""
insert into systems(name, kind)
select name, kind from jsonb_to_recordset(cast(:rows as jsonb)) as r(name text, kind text)
on conflict (name) do update set kind = excluded.kind where systems.kind <> excluded.kind
""")


async def accept(conn: AsyncConnection, name: str, installation: str | None = None) -> None:
    """Its matching was accepted: it may be written. With `installation`, also that one's markers there are."""
    added = codec.dumps([] if installation is None else [installation])
    await conn.execute(_ACCEPT, {"name": name, "added": added})


_ACCEPT = text("""
update systems set status = 'accepted', held = null,
  accepted = case when accepted @> cast(:added as jsonb) then accepted else accepted || cast(:added as jsonb) end
where name = :name
""")


async def hold(conn: AsyncConnection, name: str, reason: str) -> None:
    """Judge and write nothing there until a person has looked. The first reason stays."""
    await conn.execute(_HOLD, {"name": name, "reason": reason})


_HOLD = text("update systems set held = coalesce(held, :reason) where name = :name")


async def release(conn: AsyncConnection, name: str, *, believe: bool = False, heal: bool = False) -> None:
    """Go on with a held system; the absences that made us hold it are believed (`believe`), or put right (`heal`)."""
    await conn.execute(_RELEASE, {"name": name, "believe": believe, "heal": heal})


_RELEASE = text("update systems set held = null, believed = :believe, healing = :heal where name = :name")


async def pin(conn: AsyncConnection, name: str, as_of: int | None) -> None:
    """Keep it as of a position of the log; None: as of now again."""
    await conn.execute(text("update systems set as_of = :as_of where name = :name"), {"name": name, "as_of": as_of})


async def listened(conn: AsyncConnection, name: str, now: datetime, *, away: timedelta | None) -> None:
    """It was heard of now. With `away`: by what tells of changes only, which says nothing after a longer gap."""
    since = None if away is None else now - away
    await conn.execute(_HEARD, {"name": name, "now": now, "since": since})


_HEARD = text("""
update systems set heard = :now
where name = :name and (heard is null or cast(:since as timestamptz) is null or heard >= cast(:since as timestamptz))
""")


async def pause(conn: AsyncConnection, name: str) -> None:
    """Write nothing there until `resume`; what is due stays due."""
    await conn.execute(text("update systems set paused = true where name = :name"), {"name": name})


async def resume(conn: AsyncConnection, name: str) -> None:
    """Write there again."""
    await conn.execute(text("update systems set paused = false where name = :name"), {"name": name})


async def raise_generation(conn: AsyncConnection, name: str) -> int:
    """The system was emptied and is to be rebuilt: all rows of it start anew, old remote ids are retired."""
    generation: int = (await conn.execute(_RAISE, {"name": name})).scalar_one()
    await conn.execute(_START_ANEW, {"name": name, "generation": generation})
    await conn.execute(text("delete from states_seen where system = :name"), {"name": name})
    await conn.execute(text("delete from states_signed where system = :name"), {"name": name})
    return generation


_RAISE = text("""
update systems set generation = generation + 1, held = null, believed = false, healing = false
where name = :name returning generation
""")
_START_ANEW = text("""
update replicas set generation = :generation, remote_id = null, known = null, asked = '{}', vector = '{}',
  sync_id = null, intent = null, version = 0, revision = nextval('revisions'), turns = '{}', entry = null, held = null
where system = :name
""")


async def installation(conn: AsyncConnection) -> str:
    """Which replicator this database is: made when the tables were, and named in every marker."""
    found: str = (await conn.execute(text("select id from installation"))).scalar_one()
    return found
