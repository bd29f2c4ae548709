"""Writing stock: the level of a variant's inventory item at our location, in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.variants import Level, item_of

LEVELS = "/admin/inventory-items/location-levels/batch"


async def stock(batch: Batch, pairs: Sequence[tuple[Item, Raw]]) -> None:
    """Create, change or delete the level of each; those that cannot be are failed."""
    wanted = [(item, item_of(raw)) for item, raw in pairs if "stock" in item.fields]
    if not wanted:
        return
    location = await batch.reader.location()
    levels = await batch.reader.levels([kept for _, kept in wanted if kept is not None])
    verbs: dict[int, str] = {}
    sent = []
    for item, kept in wanted:
        level = levels.get(kept or "")
        if item.fields["stock"] is None and level is None:
            continue
        if kept is None or location is None:
            batch.fail(item, _no_stock(location))
            continue
        verbs[item.index], body = _change(item, kept, location, level)
        sent.append(replace(item, body=body))

    async def together(some: Sequence[Item]) -> None:
        body: dict[str, list[object]] = {"create": [], "update": [], "delete": []}
        for item in some:
            verb = verbs[item.index]
            body[verb].append(item.body["id"] if verb == "delete" else item.body)
        await batch.send(LEVELS, body)

    await batch.in_pieces(sent, together)


def _change(item: Item, kept: str, location: str, level: Level | None) -> tuple[str, dict[str, object]]:
    if level is not None and item.fields["stock"] is None:
        return "delete", {"id": level.id}
    body: dict[str, object] = {
        "inventory_item_id": kept,
        "location_id": location,
        "stocked_quantity": item.fields["stock"],
    }
    return ("create" if level is None else "update"), body


def _no_stock(location: str | None) -> Failed:
    if location is None:
        message = "Medusa has no stock location; provisioning makes one"
        return Failed(trouble=Trouble.WAIT, message=message, field="stock")
    message = "this variant has no inventory item: its stock is not kept in Medusa"
    return Failed(trouble=Trouble.REFUSED, message=message, field="stock")
