"""The shop's collections as a person would have set them up, and how its rows read in words that all systems share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from replicator.sandbox.directus.tables import Row, Rows

COLLECTIONS = {"tag": "tags", "category": "categories", "product": "products", "variant": "variants"}
TYPES = {collection: name for name, collection in COLLECTIONS.items()}
KEYS = {"tag": "value", "category": "handle", "product": "handle", "variant": "sku"}
JUNCTIONS = {
    "categories": ("products_categories", "categories_id"),
    "tags": ("products_tags", "tags_id"),
}
PLAIN = {
    "tag": ("value",),
    "category": ("name", "handle", "description", "active"),
    "product": ("title", "handle", "subtitle", "description", "status", "thumbnail", "images", "brand", "options"),
    "variant": ("title", "sku", "barcode", "options", "stock"),
}


def _string(name: str, *, unique: bool = False, required: bool = False) -> dict[str, Any]:
    schema = {"max_length": 255, "is_unique": unique, "is_nullable": not required}
    return {"field": name, "type": "string", "meta": {"required": required}, "schema": schema}


def _column(name: str, kind: str, **schema: object) -> dict[str, Any]:
    special = {"json": ["cast-json"], "boolean": ["cast-boolean"]}.get(kind)
    return {"field": name, "type": kind, "meta": {"special": special}, "schema": schema}


def _many_to_one(name: str) -> dict[str, Any]:
    return {"field": name, "type": "uuid", "meta": {"special": ["m2o"]}, "schema": {}}


def _collection(name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    key = {"is_primary_key": True, "has_auto_increment": False}
    dates = [("date_created", "timestamp", "date-created"), ("date_updated", "timestamp", "date-updated")]
    users = [("user_created", "uuid", "user-created"), ("user_updated", "uuid", "user-updated")]
    kept = [
        {"field": each, "type": kind, "meta": {"special": [special], "readonly": True}, "schema": {}}
        for each, kind, special in (*dates, *users)
    ]
    own = {"field": "id", "type": "uuid", "meta": {"special": ["uuid"]}, "schema": key}
    added = [_column("sync", "json"), _string("medusa_id"), *kept]
    return {"collection": name, "meta": {"accountability": "all"}, "schema": {}, "fields": [own, *fields, *added]}


def collections() -> list[dict[str, Any]]:
    """What POST /collections takes, parents first."""
    category = [
        _string("name", required=True),
        _string("handle", unique=True, required=True),
        _column("description", "text"),
        _column("active", "boolean", default_value=True),
        _many_to_one("parent"),
    ]
    product = [
        _string("title", required=True),
        _string("handle", unique=True, required=True),
        _string("subtitle"),
        _column("description", "text"),
        _column("status", "string", default_value="draft"),
        _column("thumbnail", "text"),
        _column("images", "json"),
        _string("brand"),
        _column("weight", "decimal", numeric_precision=20, numeric_scale=6),
        _column("options", "json"),
        *({"field": name, "type": "alias", "meta": {"special": ["m2m"]}} for name in JUNCTIONS),
    ]
    variant = [
        _many_to_one("product"),
        _string("title"),
        _string("sku", unique=True),
        _string("barcode"),
        _column("options", "json"),
        _column("prices", "json"),
        _column("stock", "integer", default_value=0),
    ]
    serial = {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}
    junctions = [
        {
            "collection": name,
            "meta": {"hidden": True},
            "schema": {},
            "fields": [serial, _column("products_id", "uuid"), _column(theirs, "uuid")],
        }
        for name, theirs in JUNCTIONS.values()
    ]
    tag = [_string("value", unique=True, required=True)]
    own = {"tags": tag, "categories": category, "products": product, "variants": variant}
    return [*(_collection(name, fields) for name, fields in own.items()), *junctions]


def relations() -> list[dict[str, Any]]:
    """What POST /relations takes."""
    made = [
        _relation("categories", "parent", "categories", {}, "SET NULL"),
        _relation("variants", "product", "products", {"one_field": None}, "CASCADE"),
    ]
    for alias, (junction, theirs) in JUNCTIONS.items():
        one = {"one_field": alias, "junction_field": theirs, "one_deselect_action": "delete"}
        made.append(_relation(junction, "products_id", "products", one, "CASCADE"))
        made.append(_relation(junction, theirs, alias, {"junction_field": "products_id"}, "CASCADE"))
    return made


def _relation(collection: str, field: str, related: str, meta: dict[str, Any], on_delete: str) -> dict[str, Any]:
    return {
        "collection": collection,
        "field": field,
        "related_collection": related,
        "meta": meta,
        "schema": {"on_delete": on_delete},
    }


def owners(rows: Rows, collection: str, row: Row) -> list[tuple[str, str]]:
    """The records that a row is or belongs to: (type, id)."""
    if collection in TYPES:
        return [(TYPES[collection], str(row["id"]))]
    if any(collection == junction for junction, _ in JUNCTIONS.values()):
        return [("product", str(row["products_id"]))] if rows.get("products", row["products_id"]) else []
    return []


def told(type_name: str, row: Row) -> dict[str, object]:
    """The fields that a row or a part of one tells by itself, in words that all systems share."""
    fields: dict[str, object] = {name: row[name] for name in PLAIN[type_name] if name in row}
    if "weight" in row:
        fields["weight"] = plain(row["weight"])
    if type_name == "variant" and isinstance(row.get("prices"), dict):
        fields |= {f"price@{each}": plain(amount) for each, amount in row["prices"].items()}
    return fields


def natural_key(type_name: str, row: Row | None) -> str:
    """What a record is known by."""
    return str((row or {}).get(KEYS[type_name]) or "")


def shown(rows: Rows, type_name: str, row: Row) -> dict[str, object]:
    """All fields of a record; references by the natural key of their target."""
    fields = told(type_name, row)
    if type_name == "category":
        fields["parent"] = _key_of(rows, "category", row.get("parent"))
    if type_name == "variant":
        fields["product"] = _key_of(rows, "product", row.get("product"))
    if type_name == "product":
        for alias, (junction, theirs) in JUNCTIONS.items():
            targets = (each.get(theirs) for each in rows.where(junction, "products_id", row["id"]))
            fields[alias] = sorted(_keys_of(rows, alias, targets))
    return fields


def _key_of(rows: Rows, type_name: str, key: object) -> str | None:
    row = rows.get(COLLECTIONS[type_name], key)
    return natural_key(type_name, row) if row else None


def _keys_of(rows: Rows, collection: str, keys: Iterable[object]) -> set[str]:
    return {found for key in keys if (found := _key_of(rows, TYPES[collection], key)) is not None}


def plain(number: object) -> str | None:
    """A decimal in plain notation, without trailing zeros."""
    if number is None:
        return None
    try:
        text = format(Decimal(str(number)), "f")
    except InvalidOperation:
        return str(number)  # a person can put anything into a JSON column
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
