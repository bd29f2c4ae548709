"""How the configured systems stand (matched, paused, held, their generation), and which installation we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.log import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One system. `matched`: its records were matched and accepted, so that it may be written.

    `held` says why nothing is judged or written there until a person looks. `believed`: absences there are believed,
    however many, because a person has confirmed them. `accepted`: foreign installations whose markers a person has
    accepted there.
    """

    name: str
    kind: str
    generation: int = 1
    matched: bool = False
    paused: bool = False
    held: str | None = None
    believed: bool = False
    accepted: frozenset[str] = frozenset()

    @property
    def writable(self) -> bool:
        """Whether deliveries to it are paid now."""
        return self.matched and not self.paused and self.held is None


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
        )
        for row in found
    }


_LOAD = text("select name, kind, generation, status, paused, held, believed, accepted from systems order by name")


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


async def release(conn: AsyncConnection, name: str, *, believe: bool = False) -> None:
    """Go on with a held system; with `believe`, the absences that made us hold it are believed."""
    await conn.execute(_RELEASE, {"name": name, "believe": believe})


_RELEASE = text("update systems set held = null, believed = :believe where name = :name")


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
update systems set generation = generation + 1, held = null, believed = false where name = :name returning generation
""")
_START_ANEW = text("""
update replicas set generation = :generation, remote_id = null, known = null, asked = '{}', vector = '{}',
  sync_id = null, intent = null, version = 0, revision = nextval('revisions'), turns = '{}', held = null
where system = :name
""")


async def installation(conn: AsyncConnection) -> str:
    """Which replicator this database is: made when the tables were, and named in every marker."""
    found: str = (await conn.execute(text("select id from installation"))).scalar_one()
    return found
