"""The values that lost, told as the sandbox knows records, by natural key: its ledger excuses what is listed."""

from __future__ import annotations

from replicator.app import App
from replicator.core.document import Value
from replicator.log import conflicts, dossiers

LISTED_MAX = 1000


async def lost_values(app: App) -> list[dict[str, Value]]:
    """The open conflicts' losers: whose field had which value."""
    async with app.database.look() as conn:
        kept = await conflicts.open_ones(conn, limit=LISTED_MAX)
        known = await dossiers.load(conn, [each.entity for each in kept], lock=False)
    listed: list[dict[str, Value]] = []
    for each in kept:
        key = known[each.entity][0].value(app.shop.rules[each.type].schema.key[0])
        listed.append({"type": each.type, "key": key, "field": each.conflict.key, "value": each.conflict.loser})
    return listed
