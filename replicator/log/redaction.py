"""Erasure: values of one entity vanish from the log and from everything kept beside it; the log still verifies.

The database does it, in its function `redact`, the only way through the triggers that keep the log append-only. What it
leaves of the entity's state is then folded anew, so that state and log keep telling the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.entity import Entity, fold_all
from replicator.log import codec, dossiers, events

PAGE = 1000


async def redact(
    conn: AsyncConnection, entity: str, keys: Sequence[str], *, author: str, reason: str, now: datetime
) -> int:
    """Erase the values of `keys`; the position of the event that says so. The last thing of its unit, like an append.

    Raises Refused while a value is in use: clear it first (or delete the entity), let that be written everywhere, then
    redact. The reason is kept for good: it should not repeat what is erased.
    """
    wanted = {"entity": entity, "keys": codec.dumps(sorted(set(keys))), "author": author, "reason": reason, "at": now}
    position: int = (await conn.execute(_REDACT, wanted)).scalar_one()
    folded = await refold(conn, entity)
    await conn.execute(_STATE, {"entity": entity, "cells": codec.dumps(codec.entity_row(folded)["cells"])})
    return position


_REDACT = text("""
select redact(cast(:entity as uuid), array(select jsonb_array_elements_text(cast(:keys as jsonb))), :author, :reason,
  :at)
""")
_STATE = text("update entities set cells = cast(:cells as jsonb) where id = cast(:entity as uuid)")


async def refold(conn: AsyncConnection, entity: str) -> Entity:
    """The state of an entity, folded from the log alone."""
    stored = (await dossiers.load(conn, [entity], lock=False))[entity][0]
    folded, after = Entity(type=stored.type, id=entity), 0
    while page := await events.read(conn, after, PAGE, entity=entity):
        folded = fold_all(folded, [each.draft for each in page])
        after = page[-1].position
    return folded
