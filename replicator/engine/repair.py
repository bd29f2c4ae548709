"""Repair: what verifying found becomes a hint, where the system shows what we have not judged, or is due otherwise.

No value is decided here: the gate says what an unseen edit means, and the applier writes what the log wants.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from replicator.core.plan import plan
from replicator.engine.comparison import Difference, Finding
from replicator.engine.operate import REBUILD_PRIORITY
from replicator.engine.shop import Shop
from replicator.engine.unit import Unit
from replicator.log import inbox, orders
from replicator.log.database import Database
from replicator.log.deliveries import Due

REASON = "found by verifying"


async def mend(database: Database, shop: Shop, system: str, found: Sequence[Finding]) -> int:
    """Have the findings mended by the loops; how many can be."""
    now = time.time()
    async with database.unit() as conn:
        unit = await Unit.open(conn, shop, now)
        await unit.desk.load([each.entity for each in found if each.entity is not None])
        hints: list[inbox.Delivery] = []
        dues: list[Due] = []
        for each in found:
            if each.unseen and each.remote_id is not None:
                hints.append(inbox.hint(system, "listing", each.type, each.remote_id))
            elif each.entity is not None and _due(unit, shop, system, each):
                priority = REBUILD_PRIORITY * 100 + shop.rank(each.type)
                dues.append(
                    Due(
                        system=system,
                        entity=each.entity,
                        type=each.type,
                        position=0,
                        priority=priority,
                        reason=REASON,
                    )
                )
        at = datetime.fromtimestamp(now, UTC)
        await inbox.receive(conn, hints, at)
        await unit.save()
        await orders.make(conn, dues, at)
    return len(hints) + len(dues)


def _due(unit: Unit, shop: Shop, system: str, found: Finding) -> bool:
    """Whether a write mends it. What was asked for and is not there after all is asked for again."""
    dossier = unit.met(str(found.entity), system)
    row, view = dossier.replica(system), shop.rules[found.type].views[system]
    if found.kind is Difference.DIFFERING:
        row = replace(row, asked={key: value for key, value in row.asked.items() if key not in found.fields})
    if plan(dossier.wanted(system), row, view) is None:
        return False
    if row != dossier.replica(system):
        unit.put(row)
    return True
