"""A document in words that all systems share, for the audit and the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from replicator.sandbox.strapi.shop import FILE
from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import ContentType
from replicator.sandbox.words import KEYS, key_of
from replicator.sandbox.world import Shown

PRICES = "price"  # the one field that is several: `price@usd`


def shown(types: Mapping[str, ContentType], kind: ContentType, row: Row, tables: Tables) -> Shown:
    """The record that a row of a catalog type is."""
    fields = _fields(types, kind, row.live or row, tables, kind.fields)
    if kind.drafts:
        fields["status"] = "published" if row.live else "draft"
    key = key_of(kind.catalog, fields)
    return Shown(type=kind.catalog, key=key, remote_id=row.document_id, fields=fields)


def _fields(
    types: Mapping[str, ContentType], kind: ContentType, row: Row, tables: Tables, names: Iterable[str]
) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name in names:
        attribute = kind.fields[name]
        made = kind.attributes[attribute]
        value = row.values.get(attribute)
        if made.target == FILE.name:
            files = [_address(row) for row in (tables.get(FILE.name, each) for each in row.links.get(attribute, []))]
            fields[name] = files if made.kind == "many" else next(iter(files), None)
        elif made.relation:
            keys = _keys(types, types[made.target], row.links.get(attribute, []), tables)
            fields[name] = sorted(keys) if made.kind == "many" else next(iter(keys), None)
        elif name == PRICES:
            fields |= {f"{name}@{each}": _plain(amount) for each, amount in _mapping(value).items()}
        elif name == "images":
            fields[name] = value or []  # nothing and an empty list show the same
        else:
            fields[name] = _plain(value) if made.kind == "decimal" else _unquoted(value)
    return fields


def _keys(types: Mapping[str, ContentType], target: ContentType, ids: Iterable[str], tables: Tables) -> list[str]:
    rows = [row for each in ids if (row := tables.get(target.name, each)) is not None]
    names = KEYS[target.catalog]
    return [key_of(target.catalog, _fields(types, target, row, tables, names)) or row.document_id for row in rows]


def _unquoted(value: object) -> object:
    """A text that was kept as the JSON of a text, by whoever wanted it to come back as it was."""
    while isinstance(value, str) and value.startswith('"'):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return value


def _address(file: Row | None) -> object:
    return None if file is None else file.values.get("caption") or file.values.get("url")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _plain(number: object) -> object:
    if number is None or isinstance(number, bool | dict | list):
        return number
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
