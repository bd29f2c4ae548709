"""A document in words that all systems share, for the audit and the ledger."""

from __future__ import annotations

from decimal import Decimal

from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import ContentType
from replicator.sandbox.world import Shown

# Catalog field → attribute, for what is carried as it is.
PLAIN = {
    "tag": {"value": "value"},
    "category": {
        "name": "name",
        "handle": "handle",
        "description": "description",
        "active": "is_active",
    },
    "product": {
        "title": "title",
        "handle": "handle",
        "subtitle": "subtitle",
        "description": "description",
        "status": "status_code",
        "thumbnail": "thumbnail",
        "images": "images",
        "brand": "brand",
        "options": "options",
    },
    "variant": {
        "title": "title",
        "sku": "sku",
        "barcode": "barcode",
        "options": "options",
        "stock": "inventory_quantity",
    },
}
KEYS = {"tag": "value", "category": "handle", "product": "handle", "variant": "sku"}


def shown(kind: ContentType, row: Row, tables: Tables) -> Shown:
    """The record that a row of a catalog type is."""
    fields = {name: row.values.get(attribute) for name, attribute in PLAIN[kind.catalog].items()}
    if kind.catalog == "category":
        fields["parent"] = next(iter(_keys("product-category", "category", row, "parent_category", tables)), None)
    elif kind.catalog == "product":
        fields["images"] = fields["images"] or []  # nothing and an empty list show the same
        fields["weight"] = _plain(row.values.get("weight"))
        fields["categories"] = sorted(_keys("product-category", "category", row, "categories", tables))
        fields["tags"] = sorted(_keys("product-tag", "tag", row, "tags", tables))
    elif kind.catalog == "variant":
        fields["product"] = next(iter(_keys("product", "product", row, "product", tables)), None)
        prices = row.values.get("prices")
        for currency, amount in (prices if isinstance(prices, dict) else {}).items():
            fields[f"price@{currency}"] = _plain(amount)
    key = row.values.get(KEYS[kind.catalog])
    return Shown(type=kind.catalog, key=str(key or ""), remote_id=row.document_id, fields=fields)


def changes(before: Shown | None, after: Shown | None) -> dict[str, tuple[object, object]]:
    """What a write changed; a record that is not there has nothing in any field."""
    old, new = before.fields if before else {}, after.fields if after else {}
    pairs = {name: (old.get(name), new.get(name)) for name in {**old, **new}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and any(x not in (None, []) for x in pair)}


def _keys(target: str, catalog: str, row: Row, attribute: str, tables: Tables) -> list[str]:
    linked = (tables.get(target, each) for each in row.links.get(attribute, []))
    return [str(each.values.get(KEYS[catalog]) or each.document_id) for each in linked if each is not None]


def _plain(number: object) -> object:
    if number is None or isinstance(number, bool | dict | list):
        return number
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
