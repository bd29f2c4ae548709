"""Inventory: items, and what is stocked of each at a location."""

from __future__ import annotations

from typing import Any

from replicator.sandbox.medusa.checks import LEVEL, checked
from replicator.sandbox.medusa.refusals import Refusal, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

BATCH_LEVEL = {**LEVEL, "inventory_item_id": "string!"}
AMOUNTS = ("stocked_quantity", "incoming_quantity")
ACTION = "level"  # how the ledger calls it: part of the variant's record, written by a call of its own


def make_level(work: Work, item_id: str, body: object) -> Row:
    """What is stocked of an item at a location where it was not before."""
    given = checked(body, LEVEL)
    _item(work, item_id)
    location_id = given["location_id"]
    if work.tables.living("locations", location_id) is None:
        raise missing(f"Stock location with id: {location_id} was not found")
    if _find(work, item_id, location_id) is not None:
        names = f"inventory_item_id: {item_id}, location_id: {location_id}"
        raise Refusal(f"Inventory level with {names}, already exists.")
    _touch(work, item_id)
    columns = {"inventory_item_id": item_id, "reserved_quantity": 0, "stocked_quantity": 0, "incoming_quantity": 0}
    row = work.insert("levels", "ilev_", {**columns, "metadata": None, **_amounts(given), "location_id": location_id})
    work.tell("inventory.inventory-level.created", row["id"])
    work.tell("inventory-level.created", row["id"])
    return row


def change_level(work: Work, item_id: str, location_id: str, body: object) -> Row:
    """What is stocked now."""
    amounts = {name: kind for name, kind in LEVEL.items() if name != "location_id"}
    given = checked(body, {**amounts, "location_id": "string", "inventory_item_id": "string"})
    row = _find(work, item_id, location_id)
    if row is None:
        raise missing(f"Item {item_id} is not stocked at location {location_id}")
    _touch(work, item_id)
    if work.change(row, _amounts(given)):
        work.tell("inventory.inventory-level.updated", row["id"])
    work.tell("inventory-level.updated", row["id"])
    return row


def delete_level(work: Work, level_id: str) -> None:
    """It is not stocked there any more."""
    row = work.tables.living("levels", level_id)
    if row is not None:
        _touch(work, row["inventory_item_id"])
        work.bury(row)
        work.tell("inventory.inventory-level.deleted", level_id)
        work.tell("inventory-level.deleted", level_id)


def level_batch(work: Work, given: dict[str, Any]) -> dict[str, Any]:
    """Many levels at once, all or nothing."""
    created = [checked(one, BATCH_LEVEL) for one in given.get("create", [])]
    updated = [checked(one, BATCH_LEVEL) for one in given.get("update", [])]
    made = [make_level(work, one.pop("inventory_item_id"), one) for one in created]
    changed = [change_level(work, one["inventory_item_id"], one["location_id"], one) for one in updated]
    for level_id in given.get("delete", []):
        delete_level(work, level_id)
    return {"created": made, "updated": changed, "deleted": given.get("delete", [])}


def _amounts(given: dict[str, Any]) -> dict[str, Any]:
    amounts: dict[str, Any] = {name: given[name] for name in AMOUNTS if name in given}
    for name, amount in amounts.items():
        if amount < 0:
            raise Refusal(f"Invalid request: Value for field '{name}' too small, expected at least: '0'")
    return amounts


def _item(work: Work, item_id: str) -> Row:
    row = work.tables.living("items", item_id)
    if row is None:
        raise missing(f"Inventory item with id: {item_id} was not found")
    return row


def _find(work: Work, item_id: str, location_id: str) -> Row | None:
    levels = work.tables.of("levels", item_id)
    return next((level for level in levels if level["location_id"] == location_id), None)


def _touch(work: Work, item_id: str) -> None:
    """A level is part of the variants that have the item."""
    for variant in work.tables.rows("variants"):
        if any(link["inventory_item_id"] == item_id for link in variant["_items"]):
            work.touch("variant", variant["id"], ACTION)
