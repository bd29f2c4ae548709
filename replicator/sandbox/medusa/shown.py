"""A record in words that all systems share, for the audit and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from replicator.sandbox.medusa import part_words, selling_words
from replicator.sandbox.medusa.checks import SIZES, TEXTS
from replicator.sandbox.medusa.part_words import plain
from replicator.sandbox.medusa.tables import Row, Tables
from replicator.sandbox.words import key_of
from replicator.sandbox.world import Shown

TABLES: Mapping[str, str] = {
    "tag": "tags",
    "category": "categories",
    "product": "products",
    "variant": "variants",
    **selling_words.TABLES,
}


def all_shown(tables: Tables) -> list[Shown]:
    """All living records."""
    rows = (
        (type_name, row["id"])
        for type_name, name in TABLES.items()
        for row in tables.rows(name)
        if selling_words.listed(tables, type_name, row)
    )
    parts = chain(
        chain.from_iterable(part_words.of_product(row) for row in tables.rows("products")),
        chain.from_iterable(part_words.of_variant(tables, row) for row in tables.rows("variants")),
    )
    found = (shown(tables, type_name, remote_id) for type_name, remote_id in chain(rows, parts))
    return [each for each in found if each is not None]


def shown(tables: Tables, type_name: str, remote_id: str) -> Shown | None:
    """One living record."""
    if type_name in part_words.TYPES:
        part = part_words.told(tables, type_name, remote_id)
        return (
            None
            if part is None
            else Shown(type=type_name, key=key_of(type_name, part), remote_id=remote_id, fields=part)
        )
    row = tables.living(TABLES[type_name], remote_id)
    if row is None:
        return None
    if type_name in selling_words.TABLES:
        told = selling_words.told(tables, type_name, row)
        return Shown(type=type_name, key=key_of(type_name, told), remote_id=remote_id, fields=told)
    key, fields = _SHOWN[type_name](tables, row)
    return Shown(type=type_name, key=str(key or ""), remote_id=remote_id, fields=fields)


def changes(before: Shown | None, after: Shown | None) -> dict[str, tuple[object, object]]:
    """What a write changed; a record that is not there has nothing in any field."""
    old, new = before.fields if before else {}, after.fields if after else {}
    pairs = {name: (old.get(name), new.get(name)) for name in {**old, **new}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and any(x not in (None, []) for x in pair)}


def _tag(_: Tables, row: Row) -> tuple[object, dict[str, object]]:
    return row["value"], {"value": row["value"]}


def _category(tables: Tables, row: Row) -> tuple[object, dict[str, object]]:
    parent = tables.living("categories", row["parent_category_id"])
    return row["handle"], {
        "name": row["name"],
        "handle": row["handle"],
        "description": row["description"] or None,  # Medusa has no null here: its declared normal form
        "active": row["is_active"],
        "parent": parent["handle"] if parent else None,
    }


def _product(tables: Tables, row: Row) -> tuple[object, dict[str, object]]:
    images = sorted(tables.of("images", row["id"]), key=lambda image: int(image["rank"]))
    collection, kind = tables.living("collections", row["collection_id"]), tables.living("types", row["type_id"])
    return row["handle"], {
        **{name: row[name] for name in ("title", "handle", "subtitle", "description", "status", "thumbnail")},
        **{name: row[name] for name in ("discountable", *TEXTS)},
        **{name: plain(row[name]) for name in SIZES},
        "images": [image["url"] for image in images],
        "collection": collection["handle"] if collection else None,
        "type": kind["value"] if kind else None,
        "shipping_profile": _profile(tables, row),
        "categories": _keys(tables, "categories", "handle", row["_categories"]),
        "tags": _keys(tables, "tags", "value", row["_tags"]),
    }


def _profile(tables: Tables, row: Row) -> object:
    """The shipping profile of a product, but for the usual one that the replicator filled in where none was named."""
    profile = tables.living("profiles", row["_profile"])
    filled = (row["metadata"] or {}).get("replicator_profile")
    return profile["name"] if profile and profile["id"] != filled else None


def _variant(tables: Tables, row: Row) -> tuple[object, dict[str, object]]:
    product = tables.living("products", row["product_id"])
    return row["sku"], {
        "product": product["handle"] if product else None,
        **{name: row[name] for name in ("title", "sku", "barcode", "ean", "upc")},
        **{name: row[name] for name in ("manage_inventory", "allow_backorder")},
        "options": part_words.chosen(tables, row),
    }


def _keys(tables: Tables, table: str, column: str, ids: Iterable[str]) -> list[str]:
    return sorted(row[column] for one in ids if (row := tables.living(table, one)))


_SHOWN = {"tag": _tag, "category": _category, "product": _product, "variant": _variant}
