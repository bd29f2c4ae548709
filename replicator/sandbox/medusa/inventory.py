"""Inventory: items, and what is stocked of each at a location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replicator.sandbox.medusa import part_words
from replicator.sandbox.medusa.checks import LEVEL, checked
from replicator.sandbox.medusa.refusals import Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

BATCH_LEVEL = {**LEVEL, "inventory_item_id": "string!"}
AMOUNTS = ("stocked_quantity", "incoming_quantity")
ITEM = {"sku": "string?", "title": "string?", "requires_shipping": "boolean", "metadata": "object?"}
LINK = {"inventory_item_id": "string!", "required_quantity": "number!"}


def make_item(work: Work, body: object) -> Row:
    """An inventory item; no two have one sku."""
    given = checked(body, ITEM)
    if given.get("sku") is not None and any(row["sku"] == given["sku"] for row in work.tables.rows("items")):
        raise exists("Inventory item", "sku", given["sku"])
    columns = {"sku": None, "title": None, "requires_shipping": True, "metadata": None, **given}
    return work.insert("items", "iitem_", columns)


def new_item(work: Work, variant: Row, given: Sequence[Row] | None) -> None:
    """The inventory items of a new variant: those it names, else one of its own, if it is counted."""
    for one in given or ():
        link(work, variant, {"required_quantity": 1, **one})
    if not given and variant["manage_inventory"]:
        _own_item(work, variant)


def count(work: Work, variant: Row, *, counted: bool) -> None:
    """A variant that is counted has an inventory item; one that is not (any more) has none."""
    if counted and not variant["_items"]:
        _own_item(work, variant)
    elif not counted:
        for type_name, part_id in part_words.of_variant(work.tables, variant):
            if type_name == "stock":
                work.touch(type_name, part_id, "cascade")
        work.change(variant, {"_items": []}, stamped=False)


def link(work: Work, variant: Row, body: object) -> None:
    """Say that a variant is made of an inventory item, counted or not."""
    given = checked(body, LINK)
    _item(work, given["inventory_item_id"])
    links = [*variant["_items"], {"id": work.world.id("pvitem_"), **given}]
    work.change(variant, {"_items": links}, stamped=False)


def _own_item(work: Work, variant: Row) -> None:
    row = make_item(work, {"sku": variant["sku"], "title": variant["title"]})
    link(work, variant, {"inventory_item_id": row["id"], "required_quantity": 1})


def make_level(work: Work, item_id: str, body: object) -> Row:
    """What is stocked of an item at a location where it was not before."""
    given = checked(body, LEVEL)
    _item(work, item_id)
    location_id = given["location_id"]
    if _find(work, item_id, location_id) is not None:
        names = f"inventory_item_id: {item_id}, location_id: {location_id}"
        raise Refusal(f"Inventory level with {names}, already exists.")
    columns = {"inventory_item_id": item_id, "reserved_quantity": 0, "stocked_quantity": 0, "incoming_quantity": 0}
    row = work.insert("levels", "ilev_", {**columns, "metadata": None, **_amounts(given), "location_id": location_id})
    _touch(work, row, "create")
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
    _touch(work, row, "update")
    if work.change(row, _amounts(given)):
        work.tell("inventory.inventory-level.updated", row["id"])
    work.tell("inventory-level.updated", row["id"])
    return row


def delete_level(work: Work, level_id: str, *, force: bool) -> None:
    """It is not stocked there any more. With goods in it, it only goes by force."""
    row = work.tables.living("levels", level_id)
    if row is not None:
        if row["stocked_quantity"] > 0 and not force:
            text = "because there are stocked items at the locations. Use force flag to delete anyway."
            raise Refusal(f"Cannot remove Inventory Levels for {row['location_id']} {text}", type_="not_allowed")
        _touch(work, row, "delete")
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
        delete_level(work, level_id, force=bool(given.get("force")))
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


def _touch(work: Work, level: Row, action: str) -> None:
    """A level is the stock of the variants that have its item."""
    for variant in work.tables.rows("variants"):
        if any(link["inventory_item_id"] == level["inventory_item_id"] for link in variant["_items"]):
            work.touch("stock", f"{variant['id']}/{level['location_id']}", action)
