"""Counting: whether Medusa counts the stock of a variant, and the inventory item that its numbers are kept on. I/O.

A variant that is not counted any more is parted from its inventory item, and one that is counted again gets a new one
of its sku, which fails while the old one lies about. So it is given its item again, at once in the one case, before in
the other: its stock is kept either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replicator.connectors.medusa import stocks
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw
from replicator.errors import BadAnswer

ITEMS = "/admin/inventory-items"


async def before(batch: Batch, product: str, items: Sequence[Item], there: Mapping[str, Raw]) -> None:
    """Give variants that are to be counted again the inventory item of their sku, where it lies about."""
    links = []
    for item in items:
        raw = there[str(item.write.remote_id)]
        if item.body.get("manage_inventory") is True and not stocks.items_of(raw):
            links += [_link(raw["id"], each) for each in await _lying_about(batch, raw)]
    await _post(batch, product, links)


async def after(batch: Batch, product: str, items: Sequence[Item], there: Mapping[str, Raw]) -> None:
    """Give variants that are not counted any more the inventory items again that they had."""
    links = [
        _link(str(item.write.remote_id), each["inventory_item_id"], each.get("required_quantity", 1))
        for item in items
        if item.body.get("manage_inventory") is False
        for each in stocks.items_of(there[str(item.write.remote_id)])
    ]
    await _post(batch, product, links)


async def new_item(batch: Batch, raw: Raw) -> str:
    """An inventory item for a variant that has none: the one of its sku that lies about, or a new one."""
    found = await _lying_about(batch, raw)
    if not found:
        answer = await batch.send(ITEMS, {"sku": raw.get("sku"), "title": raw["title"]})
        made = answer.get("inventory_item")
        if not isinstance(made, Mapping):
            msg = f"POST {ITEMS}: there is no inventory_item in the answer"
            raise BadAnswer(msg)
        found = [str(made["id"])]
    await _post(batch, str(raw["product_id"]), [_link(raw["id"], found[0])])
    return found[0]


async def _lying_about(batch: Batch, raw: Raw) -> list[str]:
    if not raw.get("sku"):
        return []
    params = [("sku", str(raw["sku"])), ("fields", "id")]
    return [str(row["id"]) for row in await batch.reader.ask(ITEMS, "inventory_items", params)]


async def _post(batch: Batch, product: str, links: Sequence[Mapping[str, object]]) -> None:
    if links:
        await batch.send(f"/admin/products/{product}/variants/inventory-items/batch", {"create": list(links)})


def _link(variant: str, item: str, quantity: int = 1) -> dict[str, object]:
    return {"variant_id": variant, "inventory_item_id": item, "required_quantity": quantity}
