"""What a person posted to set the shop up: its collections and relations, as the API takes them."""

from __future__ import annotations

from typing import Any

from replicator.sandbox.directus.shop import COLLECTIONS, FIELDS, JUNCTIONS, Column, Junction, column_name

SPECIAL = {"json": ["cast-json"], "boolean": ["cast-boolean"]}
DIGITS = {"numeric_precision": 20, "numeric_scale": 6}
KEPT = (
    ("date_created", "timestamp", "date-created"),
    ("date_updated", "timestamp", "date-updated"),
    ("user_created", "uuid", "user-created"),
    ("user_updated", "uuid", "user-updated"),
)


def collections() -> list[dict[str, Any]]:
    """What POST /collections takes, parents first."""
    return [*(_collection(name) for name in COLLECTIONS), *(_between(each) for each in JUNCTIONS.values())]


def relations() -> list[dict[str, Any]]:
    """What POST /relations takes."""
    made = [
        _relation(
            COLLECTIONS[name],
            column_name(field, column),
            COLLECTIONS[column.target],
            {"one_field": None},
            "CASCADE" if column.kind == "part" else "SET NULL",
        )
        for name, fields in FIELDS.items()
        for field, column in fields.items()
        if column.kind in ("one", "part")
    ]
    for each in JUNCTIONS.values():
        one = {"one_field": each.field, "junction_field": each.theirs, "one_deselect_action": "delete"}
        made.append(_relation(each.collection, each.ours, COLLECTIONS[each.owner], one, "CASCADE"))
        theirs = {"junction_field": each.ours}
        made.append(_relation(each.collection, each.theirs, COLLECTIONS[each.target], theirs, "CASCADE"))
    return made


def _collection(type_name: str) -> dict[str, Any]:
    key = {"is_primary_key": True, "has_auto_increment": False}
    own = {"field": "id", "type": "uuid", "meta": {"special": ["uuid"]}, "schema": key}
    fields = [_field(column_name(field, column), column) for field, column in FIELDS[type_name].items()]
    added = [_field("sync", Column(kind="json")), _field("medusa_id", Column(kind="string"))]
    kept = [
        {"field": each, "type": kind, "meta": {"special": [special], "readonly": True}, "schema": {}}
        for each, kind, special in KEPT
    ]
    listed = [own, *fields, *added, *kept]
    return {"collection": COLLECTIONS[type_name], "meta": {"accountability": "all"}, "schema": {}, "fields": listed}


def _field(name: str, column: Column) -> dict[str, Any]:
    match column.kind:
        case "many":
            return {"field": name, "type": "alias", "meta": {"special": ["m2m"]}}
        case "one" | "part":
            return {"field": name, "type": "uuid", "meta": {"special": ["m2o"]}, "schema": {}}
        case "string":
            schema = {"max_length": 255, "is_unique": column.unique, "is_nullable": not column.required}
            required = {"required": column.required}
            return {"field": name, "type": "string", "meta": required, "schema": schema | _default(column)}
        case kind:
            held = "json" if kind == "money" else kind
            digits = DIGITS if held == "decimal" else {}
            meta = {"special": SPECIAL.get(held)}
            return {"field": name, "type": held, "meta": meta, "schema": digits | _default(column)}


def _default(column: Column) -> dict[str, object]:
    return {} if column.default is None else {"default_value": column.default}


def _between(each: Junction) -> dict[str, Any]:
    serial = {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}
    sides = [
        {"field": name, "type": "uuid", "meta": {"special": None}, "schema": {}} for name in (each.ours, each.theirs)
    ]
    return {
        "collection": each.collection,
        "meta": {"hidden": True, "accountability": "all"},
        "schema": {},
        "fields": [serial, *sides],
    }


def _relation(collection: str, field: str, related: str, meta: dict[str, Any], on_delete: str) -> dict[str, Any]:
    return {
        "collection": collection,
        "field": field,
        "related_collection": related,
        "meta": meta,
        "schema": {"on_delete": on_delete},
    }
