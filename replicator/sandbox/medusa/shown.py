"""A record in words that all systems share, for the audit and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from replicator.sandbox.medusa import selling_words
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
    found = (
        shown(tables, type_name, row["id"])
        for type_name, name in TABLES.items()
        for row in tables.rows(name)
        if selling_words.listed(tables, type_name, row)
    )
    return [each for each in found if each is not None]


def shown(tables: Tables, type_name: str, remote_id: str) -> Shown | None:
    """One living record."""
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
    return row["handle"], {
        **{name: row[name] for name in ("title", "handle", "subtitle", "description", "status", "thumbnail")},
        "images": [image["url"] for image in images],
        "weight": plain(row["weight"]),
        "options": options(tables, row),
        "categories": _keys(tables, "categories", "handle", row["_categories"]),
        "tags": _keys(tables, "tags", "value", row["_tags"]),
    }


def options(tables: Tables, product: Row) -> list[dict[str, object]]:
    """A product's options in the order in which everybody compares them: Medusa keeps none."""
    found: list[tuple[str, list[str]]] = []
    for link in product["_options"]:
        option = tables.living("options", link["option_id"])
        values = [value["value"] for one in link["value_ids"] if (value := tables.living("values", one))]
        if option is not None:
            found.append((option["title"], sorted(values)))
    return [{"title": title, "values": values} for title, values in sorted(found)]


def _variant(tables: Tables, row: Row) -> tuple[object, dict[str, object]]:
    product = tables.living("products", row["product_id"])
    fields: dict[str, object] = {
        "product": product["handle"] if product else None,
        **{name: row[name] for name in ("title", "sku", "barcode")},
        "options": choice(tables, row),
        "stock": stock(tables, row),
    }
    for price in tables.of("prices", row["id"]):
        if not price["rules"] and price["min_quantity"] is None and price["max_quantity"] is None:
            fields[f"price@{price['currency_code']}"] = plain(price["amount"])
    return row["sku"], fields


def choice(tables: Tables, variant: Row) -> dict[str, object]:
    """What a variant is, option by option."""
    found: dict[str, object] = {}
    for one in variant["_values"]:
        value = tables.get("values", one)
        option = tables.get("options", value["option_id"]) if value else None
        if value and option:
            found[option["title"]] = value["value"]
    return found


def stock(tables: Tables, variant: Row) -> int | None:
    """What is stocked at the first location, None where nothing is kept."""
    location = next(tables.rows("locations"), None)
    if location is None:
        return None
    for link in variant["_items"]:
        for level in tables.of("levels", link["inventory_item_id"]):
            if level["location_id"] == location["id"]:
                return int(level["stocked_quantity"])
    return None


def plain(number: object) -> str | None:
    """A number as a plain decimal."""
    if number is None:
        return None
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _keys(tables: Tables, table: str, column: str, ids: Iterable[str]) -> list[str]:
    return sorted(row[column] for one in ids if (row := tables.living(table, one)))


_SHOWN = {"tag": _tag, "category": _category, "product": _product, "variant": _variant}
