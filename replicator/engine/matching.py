"""Matching: a system that was full when it was connected. Its records are recognised as they are read, by reference
field and natural key; what could be several waits for a person; nothing is written there before a person accepts it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from replicator.connectors.base import Locator, Record
from replicator.core.dossier import Dossier
from replicator.core.entity import Entity
from replicator.core.outcome import Outcome
from replicator.engine import wanted
from replicator.engine.desk import Noted, Read
from replicator.engine.identifiers import new_id
from replicator.engine.operate import REBUILD_PRIORITY, known
from replicator.engine.portrait import find
from replicator.engine.shop import Shop
from replicator.engine.unit import Settled, Unit
from replicator.engine.wanted import Scope
from replicator.errors import ClaimTaken, ConfigurationError
from replicator.log import dossiers, events, runs, systems, undecided
from replicator.log.database import Database
from replicator.log.undecided import Undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """What a system's records are. `matched`, `own`: type → how many are known elsewhere too, or there alone.

    `counts` and `shown` are what would be written there once it is accepted.
    """

    system: str
    accepted: bool
    matched: Mapping[str, int]
    own: Mapping[str, int]
    undecided: Sequence[Undecided]
    counts: Mapping[str, Mapping[str, int]]
    shown: Sequence[Mapping[str, Any]]


async def report(database: Database, shop: Shop, system: str) -> Matching:
    """How a system's records were recognised, and what would be written there."""
    known(shop, system)
    if system not in shop.targets():
        raise ConfigurationError(f"{system} is a feed: it is only ever read, there is nothing to accept")
    async with database.look() as conn:
        counted = await undecided.counted(conn, system)
        seen = await wanted.forecast(conn, shop, Scope(system=system, position=await events.head(conn)))
        return Matching(
            system=system,
            accepted=(await systems.load_all(conn))[system].matched,
            matched={kind: matched for kind, (matched, _) in counted.items() if matched},
            own={kind: own for kind, (_, own) in counted.items() if own},
            undecided=await undecided.undecided(conn, system),
            counts=seen.counts,
            shown=seen.shown,
        )


async def accept(database: Database, shop: Shop, system: str) -> int:
    """A person has looked at the report: write there from now on. How many records are due.

    Raises ConfigurationError where it was not listed in full, or a record waits for a decision.
    """
    known(shop, system)
    async with database.unit() as conn:
        listed = await runs.last(conn, "listing", system)
        if listed is None or listed.state != "done":
            raise ConfigurationError(f"{system} was not listed in full yet: `replicator pull {system} --match`")
        if waiting := await undecided.undecided(conn, system):
            one = f"{waiting[0].type} {waiting[0].remote_id}: {waiting[0].reason}"
            raise ConfigurationError(f"{len(waiting)} records wait for `replicator match` ({one})")
        await systems.accept(conn, system)
        scope = Scope(system=system, position=await events.head(conn))
        now = datetime.fromtimestamp(time.time(), UTC)
        due = await wanted.order(
            conn, shop, scope, priority=REBUILD_PRIORITY, reason="its records were matched", now=now
        )
    return due.total


async def decide(database: Database, shop: Shop, name: str, entity: str | None) -> Settled:
    """Say whose record SYSTEM:TYPE:ID is: an entity's, or (None) a thing of its own. It is read and judged as that.

    Raises ConfigurationError where that cannot be.
    """
    system, kind, remote_id = _parts(shop, name)
    async with database.look() as conn:
        chosen = new_id() if entity is None else await find(conn, shop, entity)
        noted = Noted(await dossiers.note_revision(conn), time.time())
        owner = (await dossiers.by_remote(conn, [(system, kind, remote_id)])).get((system, kind, remote_id))
    if owner is not None:
        raise ConfigurationError(f"{name} is known already, as {owner}")
    (record,) = await shop.connectors[system].read([Locator(type=kind, remote_id=remote_id)])
    if not isinstance(record, Record) or record.fields is None:
        raise ConfigurationError(f"{system} has no {kind} {remote_id} any more")
    try:
        async with database.unit() as conn:
            unit = await Unit.open(conn, shop, time.time())
            await unit.desk.load([chosen])
            _fits(unit, kind, system, chosen, made=entity is None)
            (settled,) = await unit.judge([Read(system=system, record=record, noted=noted, entity=chosen)])
            if settled.outcome in (Outcome.HELD, Outcome.STALE, Outcome.REJECTED):
                raise ConfigurationError(f"{name} cannot be judged now: {settled.reason}")
            await unit.save()
    except ClaimTaken as error:
        raise ConfigurationError(f"{name} cannot be a thing of its own: {error}; change that over there") from error
    return settled


def _parts(shop: Shop, name: str) -> tuple[str, str, str]:
    system, _, rest = name.partition(":")
    kind, _, remote_id = rest.partition(":")
    known(shop, system)
    if shop.view(system, kind) is None or not remote_id:
        raise ConfigurationError(f"{name!r} names no record: write SYSTEM:TYPE:ID, as `replicator match` shows them")
    return system, kind, remote_id


def _fits(unit: Unit, kind: str, system: str, chosen: str, *, made: bool) -> None:
    """See that the entity can have this record; where it is to be a new one, make that."""
    if made:
        unit.desk.add(Dossier(entity=Entity(type=kind, id=chosen)))
        return
    dossier = unit.desk.dossiers[chosen]
    if dossier.entity.type != kind:
        raise ConfigurationError(f"that is a {dossier.entity.type}, not a {kind}")
    other = dossier.replica(system).remote_id
    if other is not None:
        raise ConfigurationError(f"it has another record at {system} already ({other}): delete one of the two there")
