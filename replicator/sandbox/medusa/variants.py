"""Variants and their prices. A new one has an inventory item of its own; a price list that is given replaces all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replicator.sandbox.medusa import options
from replicator.sandbox.medusa.checks import PRICE, SIZES, TEXTS, VARIANT, checked, merged, single
from replicator.sandbox.medusa.refusals import Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

NULLS = ("sku", "barcode", "ean", "upc", "thumbnail", *SIZES, *TEXTS)
UNIQUE = ("sku", "barcode", "ean", "upc")
PLAIN = ("title", "allow_backorder", "manage_inventory", "variant_rank")


def make(work: Work, product: Row, body: object) -> Row:
    """A new variant of a product, with its prices and its inventory item."""
    given = checked(body, VARIANT, "title", "prices")
    _unique(work, given)
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
    _items(work, row, given)
    _prices(work, row, given["prices"])
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
    work.touch("variant", variant_id, "update")
    _unique(work, given, but=variant_id)
    columns = _columns(given)
    if "options" in given:
        columns["_values"] = options.chosen(work, product, given["options"])
        _unlike_others(work, product, columns["_values"], row["title"], but=variant_id)
    if "metadata" in given:
        columns["metadata"] = merged(row["metadata"], given["metadata"], clears=True)
    if work.change(row, columns):
        work.tell("product.product-variant.updated", variant_id)
    if "prices" in given:
        _prices(work, row, given["prices"])
    work.tell("product-variant.updated", variant_id)
    return row


def delete(work: Work, variant_id: str) -> None:
    """Softly. What was not there is deleted just as well."""
    row = work.tables.living("variants", variant_id)
    if row is not None:
        work.touch("variant", variant_id, "delete")
        bury(work, row)
    work.tell("product-variant.deleted", variant_id)


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
        if other["id"] != but and set(other["_values"]) == set(values):
            raise Refusal(f"Variant ({title}) with provided options already exists.")


def _items(work: Work, row: Row, given: dict[str, Any]) -> None:
    if given.get("inventory_items"):
        links = [{"required_quantity": 1, **one} for one in given["inventory_items"]]
    elif row["manage_inventory"]:
        columns = {"sku": row["sku"], "title": row["title"], "requires_shipping": True, "metadata": None}
        item = work.insert("items", "iitem_", columns)
        links = [{"inventory_item_id": item["id"], "required_quantity": 1}]
    else:
        links = []
    work.change(row, {"_items": [{"id": work.world.id("pvitem_"), **one} for one in links]}, stamped=False)


def _prices(work: Work, row: Row, given: Sequence[object]) -> None:
    """The whole set: those with the id of a price are changed in place, the others are new, what is left out goes."""
    wanted = [checked(one, PRICE) for one in given]
    present = {price["id"]: price for price in work.tables.of("prices", row["id"], veiled=True)}
    for price_id in present.keys() - {one.get("id") for one in wanted}:
        work.bury(present[price_id])
        work.tell("pricing.price.deleted", price_id)
    for one in wanted:
        columns = {name: one[name] for name in PRICE if name in one and name != "id"}
        if "currency_code" in columns:
            columns["currency_code"] = columns["currency_code"].lower()
        kept = present.get(one.get("id", ""))
        if kept is None:
            if not {"amount", "currency_code"} <= columns.keys():
                raise Refusal("Invalid request: Field 'amount' is required")
            nothing: Row = {"min_quantity": None, "max_quantity": None, "rules": {}}
            price = work.insert("prices", "price_", {**nothing, **columns, "variant_id": row["id"]})
            work.tell("pricing.price.created", price["id"])
        elif work.change(kept, columns):
            work.tell("pricing.price.updated", kept["id"])
