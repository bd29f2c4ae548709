"""How the rows of the shop read in words that all systems share."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from replicator.sandbox.directus.shop import COLLECTIONS, FIELDS, JUNCTIONS, TYPES, Column, column_name
from replicator.sandbox.directus.tables import Row, Rows
from replicator.sandbox.words import KEYS, key_of

REFERRING = ("one", "part")
BETWEEN = {(each.owner, each.field): each for each in JUNCTIONS.values()}


def owners(rows: Rows, collection: str, row: Row) -> list[tuple[str, str]]:
    """The records that a row is or belongs to: (type, id)."""
    if collection in TYPES:
        return [(TYPES[collection], str(row["id"]))]
    junction = JUNCTIONS.get(collection)
    if junction is None or rows.get(COLLECTIONS[junction.owner], row[junction.ours]) is None:
        return []
    return [(junction.owner, str(row[junction.ours]))]


def told(type_name: str, row: Row) -> dict[str, object]:
    """The fields that a row or a part of one tells by itself, in words that all systems share."""
    fields: dict[str, object] = {}
    for name, column in FIELDS[type_name].items():
        held = column_name(name, column)
        if held in row and column.kind not in (*REFERRING, "many"):
            fields |= _plain(name, column, row[held])
    return fields


def natural_key(rows: Rows, type_name: str, row: Row | None) -> str:
    """What a record is known by."""
    if row is None:
        return ""
    fields = told(type_name, {name: row.get(name) for name in KEYS[type_name]})
    named = {name: FIELDS[type_name][name] for name in KEYS[type_name]}
    return key_of(type_name, {**fields, **_referred(rows, named, row)})


def shown(rows: Rows, type_name: str, row: Row) -> dict[str, object]:
    """All fields of a record; references by the natural key of their target."""
    fields = {**told(type_name, row), **_referred(rows, FIELDS[type_name], row)}
    for name, column in FIELDS[type_name].items():
        if column.kind == "many":
            between = BETWEEN[type_name, name]
            targets = [each.get(between.theirs) for each in rows.where(between.collection, between.ours, row["id"])]
            keys = {_key_of(rows, column.target, each) for each in targets}
            fields[name] = sorted(key for key in keys if key is not None)
    return fields


def plain(number: object) -> str | None:
    """A decimal in plain notation, without trailing zeros."""
    if number is None:
        return None
    try:
        text = format(Decimal(str(number)), "f")
    except InvalidOperation:
        return str(number)  # a person can put anything into a JSON column
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _plain(name: str, column: Column, value: Any) -> dict[str, object]:  # noqa: ANN401 - whatever the column holds
    if column.kind == "decimal":
        return {name: plain(value)}
    if column.kind == "money":
        return {f"{name}@{each}": plain(amount) for each, amount in value.items()} if isinstance(value, dict) else {}
    return {name: value}


def _referred(rows: Rows, columns: Mapping[str, Column], row: Row) -> dict[str, object]:
    return {
        name: _key_of(rows, column.target, row.get(name))
        for name, column in columns.items()
        if column.kind in REFERRING
    }


def _key_of(rows: Rows, type_name: str, key: object) -> str | None:
    row = rows.get(COLLECTIONS[type_name], key)
    return natural_key(rows, type_name, row) if row else None
