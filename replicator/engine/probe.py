"""Probe: do a system's hooks reach us? One record there is written as it is, and its hook is waited for.

The write changes nothing: one field with the value it has, under the marker the record bears already, so that what
comes of it is an echo, here and for every other reader. It needs no intent, because nothing hangs on whether it lands.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from replicator.connectors.base import Action, Failed, Write
from replicator.core.document import Document
from replicator.core.marker import Marker
from replicator.core.replica import Replica
from replicator.core.schema import Kind
from replicator.engine.shop import Shop
from replicator.errors import ReplicatorError
from replicator.log import dossiers, inbox
from replicator.log.database import Database

LOOK_SECONDS = 0.1
CANDIDATES_MAX = 50


class NothingToWrite(ReplicatorError):
    """No record there can be written as it is: none is at rest, or none has a text that we write."""


@dataclass(frozen=True, slots=True)
class Probed:
    """The record that was written, and after how many seconds its hook came; None: it did not."""

    record: str
    seconds: float | None


async def probe(database: Database, shop: Shop, system: str, *, patience: float) -> Probed:
    """Write one record as it is, and wait for its hook. Raises NothingToWrite, RemoteError."""
    row, fields = await _chosen(database, shop, system)
    marker = _marker(shop, row) if shop.rules[row.type].views[system].marks else None
    write = Write(
        type=row.type,
        action=Action.UPDATE,
        entity=row.entity,
        sync_id=row.sync_id or "",
        remote_id=row.remote_id,
        fields=fields,
        whole=fields,
        marker=marker,
    )
    since, started = datetime.now(UTC), time.monotonic()
    (result,) = await shop.connectors[system].write([write])
    record = f"{row.type} {row.remote_id}"
    if isinstance(result, Failed):
        raise NothingToWrite(f"{record} cannot be written as it is: {result.message}")
    while time.monotonic() - started < patience:
        async with database.look() as conn:
            if await inbox.hooked(conn, system, row.type, str(row.remote_id), since):
                return Probed(record, time.monotonic() - started)
        await asyncio.sleep(LOOK_SECONDS)
    return Probed(record, None)


async def _chosen(database: Database, shop: Shop, system: str) -> tuple[Replica, Document]:
    """A record at rest, and one text of it that we write."""
    async with database.look() as conn:
        for row in await dossiers.at_rest(conn, system, CANDIDATES_MAX):
            view = shop.view(system, row.type)
            if view is None or row.sync_id is None:
                continue
            texts = [name for name in sorted(view.writes) if view.schema.fields[name].kind is Kind.TEXT]
            known = row.known or {}
            held = next((name for name in texts if known.get(name) and known.get(name) == row.asked.get(name)), None)
            if held is not None:
                return row, {held: known[held]}
    raise NothingToWrite("nothing of ours is there yet that could be written as it is")


def _marker(shop: Shop, row: Replica) -> Marker:
    return Marker(
        sync_id=row.sync_id or "",
        source=row.system,
        written_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        entity=row.entity,
        system=row.system,
        generation=row.generation,
        installation=shop.installation,
    )
