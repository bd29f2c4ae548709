"""Stock, there and back: what is stocked of a variant's inventory item at each location. Pure.

Whether Medusa counts it (`manage_inventory`) is another matter: a variant that is not counted keeps its numbers. A
variant that is made of several inventory items has no stock of its own, and none is carried.
"""

from __future__ import annotations

from replicator.connectors.base import Record
from replicator.connectors.medusa.parts import joined
from replicator.connectors.medusa.raw import Raw, living, version


def records(raw: Raw) -> list[Record]:
    """The stock of a variant, location by location."""
    return [record(raw["id"], level) for level in levels(raw).values()]


def record(variant: str, level: Raw) -> Record:
    """A level as read."""
    return Record(
        type="stock",
        remote_id=joined(variant, level["location_id"]),
        fields={"variant": variant, "location": level["location_id"], "quantity": int(level["stocked_quantity"])},
        version=version(level),
    )


def levels(raw: Raw) -> dict[str, Raw]:
    """The levels of a variant's only inventory item, by location."""
    items = items_of(raw)
    if len(items) != 1:
        return {}
    item = items[0].get("inventory") or {}
    rows = living(item.get("location_levels") or [], f"levels of {raw['id']}")
    return {row["location_id"]: row for row in sorted(rows, key=lambda row: str(row["location_id"]))}


def items_of(raw: Raw) -> list[Raw]:
    """The inventory items of a variant."""
    return living(raw["inventory_items"], f"inventory items of {raw['id']}")
