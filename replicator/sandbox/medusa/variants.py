"""Variants: made and changed in their product, deleted softly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replicator.sandbox.medusa import inventory, options, part_words, prices
from replicator.sandbox.medusa.checks import SIZES, TEXTS, VARIANT, checked, merged, single
from replicator.sandbox.medusa.refusals import Broken, Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

NULLS = ("sku", "barcode", "ean", "upc", "thumbnail", *SIZES, *TEXTS)
UNIQUE = ("sku", "barcode", "ean", "upc")
PLAIN = ("title", "allow_backorder", "manage_inventory", "variant_rank")


def make(work: Work, product: Row, body: object) -> Row:
    """A new variant of a product, with its prices and its inventory item."""
    given = checked(body, VARIANT, "title", "prices")
    _unique(work, given)
    if given.get("options") == {}:
        raise Broken("of a new variant nothing is said of options, or something")
    values = options.chosen(work, product, given.get("options", {}))
    _unlike_others(work, product, values, given["title"])
    columns = {
        **dict.fromkeys(NULLS),
        "allow_backorder": False,
        "manage_inventory": True,
        "variant_rank": 0,
        **_columns(given),
        "metadata": merged(None, given.get("metadata"), clears=True),
        "product_id": product["id"],
        "_values": values,
        "_items": [],
    }
    row = work.insert("variants", "variant_", columns)
    work.touch("variant", row["id"], "create")
    inventory.new_item(work, row, given.get("inventory_items"))
    prices.replace(work, row, given["prices"])
    work.tell("LinkProductVariantPriceSet.attached", [row["id"]])
    work.tell("product.product-variant.created", row["id"])
    work.tell("product-variant.created", row["id"])
    return row


def change(work: Work, product: Row, variant_id: str, body: object) -> Row:
    """Columns one by one, prices as a whole. The product is not touched by it."""
    given = checked(body, VARIANT)
    row = work.tables.living("variants", variant_id)
    if row is None or row["product_id"] != product["id"]:
        raise missing(f"ProductVariant with id: {variant_id} was not found")
    if given.keys() - {"prices"}:
        work.touch("variant", variant_id, "options" if given.keys() <= {"options", "prices"} else "update")
    _unique(work, given, but=variant_id)
    columns = _columns(given)
    if "options" in given:
        columns["_values"] = options.chosen(work, product, given["options"])
        _unlike_others(work, product, columns["_values"], row["title"], but=variant_id)
    if "metadata" in given:
        columns["metadata"] = merged(row["metadata"], given["metadata"], clears=True)
    if work.change(row, columns):
        work.tell("product.product-variant.updated", variant_id)
    work.change(row, {"updated_at": work.now})  # whatever was sent: prices alone, or nothing new
    if "manage_inventory" in given:
        inventory.count(work, row, counted=given["manage_inventory"])
    if "prices" in given:
        prices.replace(work, row, given["prices"])
    work.tell("product-variant.updated", variant_id)
    return row


def delete(work: Work, variant_id: str) -> None:
    """Softly. What was not there is deleted just as well."""
    row = work.tables.living("variants", variant_id)
    if row is not None:
        work.touch("variant", variant_id, "delete")
        touch_parts(work, row)
        bury(work, row)
    work.tell("product-variant.deleted", variant_id)


def touch_parts(work: Work, row: Row) -> None:
    """Its prices and its stock are about to go with it."""
    for type_name, part_id in part_words.of_variant(work.tables, row):
        work.touch(type_name, part_id, "cascade")


def bury(work: Work, row: Row) -> None:
    """A variant with its prices and its inventory item, as it goes with its product."""
    for price in work.tables.of("prices", row["id"]):
        work.bury(price)
    for link in row["_items"]:
        item = work.tables.living("items", link["inventory_item_id"])
        if item is not None:
            for level in work.tables.of("levels", item["id"]):
                work.bury(level)
            work.bury(item)
    work.bury(row)
    work.tell("product.product-variant.deleted", row["id"])


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    columns = {name: given[name] for name in (*NULLS, *PLAIN) if name in given}
    return {name: single(value) if name in SIZES else value for name, value in columns.items()}


def _unique(work: Work, given: dict[str, Any], *, but: str | None = None) -> None:
    wanted = {name: given[name] for name in UNIQUE if given.get(name) is not None}
    for row in work.tables.rows("variants") if wanted else ():
        for name, value in wanted.items():
            if row[name] == value and row["id"] != but:
                raise exists("Product variant", name, value)


def _unlike_others(work: Work, product: Row, values: Sequence[str], title: str, *, but: str | None = None) -> None:
    for other in work.tables.of("variants", product["id"], veiled=True):
        if other["id"] != but and values and set(values) <= set(other["_values"]):
            raise Refusal(f"Variant ({title}) with provided options already exists.")
