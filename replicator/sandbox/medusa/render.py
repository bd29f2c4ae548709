"""Rendering: rows as the trees that Medusa answers with, and what `fields=` leaves of them.

A bare name replaces the defaults, `+name` and `*relation` add to them, `-name` takes away; a list of bare names may
hold `*relation` too. Unknown names are ignored; the id is always there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from replicator.sandbox.medusa import selling_trees
from replicator.sandbox.medusa.tables import Row, Tables

Tree: TypeAlias = dict[str, Any]
Spec: TypeAlias = dict[str, Any]

RELATIONS = frozenset(
    (
        *("type", "collection", "options", "option", "values", "tags", "images", "variants", "prices", "categories"),
        *("sales_channels", "shipping_profile", "inventory_items", "inventory", "location_levels", "product"),
        *("parent_category", "category_children", "supported_currencies", "products"),
        *selling_trees.RELATIONS,
    )
)
PRODUCT_DEFAULTS = (
    *("*", "*type", "*collection", "*options", "*options.values", "*tags", "*images", "*sales_channels"),
    *("*variants", "*variants.options", "*variants.options.option", "*variants.prices", "*variants.images"),
)
DEFAULTS: Mapping[str, Sequence[str]] = {
    "products": PRODUCT_DEFAULTS,
    "variants": ("*", "*product", "*prices", "*options"),
    "tags": ("id", "value", "created_at", "updated_at"),
    "categories": ("*", "*parent_category", "*category_children"),
    "options": ("*", "*values"),
    "items": ("*", "*location_levels"),
    "levels": ("*",),
    "channels": ("*",),
    **selling_trees.DEFAULTS,
}


def answered(tables: Tables, table: str, row: Row, fields: str | None) -> Tree:
    """A row as it is answered, with the fields asked for."""
    return _select(_TREES.get(table, _plain)(tables, row), _spec(fields, DEFAULTS[table]))


def _spec(fields: str | None, defaults: Iterable[str]) -> Spec:
    asked = [name.strip() for name in (fields or "").split(",") if name.strip()]
    added = [name for name in asked if name[0] in "+*-"]
    tokens = asked if len(added) < len(asked) else [*defaults, *asked]
    spec: Spec = {}
    for token in tokens:
        if not token.startswith("-"):
            _grow(spec, token)
    for token in tokens:
        if token.startswith("-"):
            spec.setdefault("-", set()).add(token[1:])
            spec.pop(token[1:], None)
    return spec


def _grow(spec: Spec, token: str) -> None:
    path = token.lstrip("+*").split(".") if token.lstrip("+*") else []
    for name in path:
        spec = spec.setdefault(name, {})
    if token.startswith("*"):
        spec["*"] = {}


def _select(tree: Tree, spec: Spec) -> Tree:
    whole = "*" in spec or not spec
    taken: set[str] = spec.get("-", set())
    selected: Tree = {}
    for name, value in tree.items():
        if name in RELATIONS:
            left_out = value is None and name in selling_trees.OMITTED and "*" in spec.get(name, {})
            if name in spec and name not in taken and not left_out:
                selected[name] = _each(value, spec[name])
        elif (whole or name in spec or name == "id") and name not in taken:
            selected[name] = value
    return selected


def _each(value: object, spec: Spec) -> object:
    if isinstance(value, list):
        return [_select(one, spec) for one in value]
    return _select(value, spec) if isinstance(value, dict) else value


def _plain(_: Tables, row: Row) -> Tree:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _found(tables: Tables, table: str, ids: Iterable[object]) -> list[Row]:
    return [row for one in ids if (row := tables.living(table, one)) is not None]


def _product(tables: Tables, row: Row) -> Tree:
    categories = _found(tables, "categories", row["_categories"])
    profile, kind = tables.living("profiles", row["_profile"]), tables.living("types", row["type_id"])
    collection = tables.living("collections", row["collection_id"])
    return {
        **_plain(tables, row),
        "type": _plain(tables, kind) if kind else None,
        "collection": _plain(tables, collection) if collection else None,
        "options": [_linked(tables, link) for link in row["_options"] if tables.living("options", link["option_id"])],
        "tags": [_plain(tables, one) for one in _found(tables, "tags", row["_tags"])],
        "images": [_plain(tables, one) for one in tables.of("images", row["id"])],
        "variants": [_variant(tables, one) for one in tables.of("variants", row["id"])],
        "categories": [{**_plain(tables, one), "parent_category": None} for one in categories],
        "sales_channels": [_plain(tables, one) for one in _found(tables, "channels", row["_channels"])],
        "shipping_profile": _plain(tables, profile) if profile else None,
    }


def _linked(tables: Tables, link: Mapping[str, Any]) -> Tree:
    """An option as one product has it: with the values that the product uses."""
    option = tables.get("options", link["option_id"]) or {}
    values = [_plain(tables, one) for one in _found(tables, "values", link["value_ids"])]
    return {**_plain(tables, option), "values": values}


def _variant(tables: Tables, row: Row) -> Tree:
    choice = []
    for value in (tables.get("values", one) for one in row["_values"]):
        option = tables.get("options", value["option_id"]) if value else None
        if value and option:
            choice.append({**_plain(tables, value), "option": _plain(tables, option)})
    return {
        **_plain(tables, row),
        "options": choice,
        "images": [_plain(tables, one) for one in tables.of("images", row["product_id"])],
        "prices": [_price(tables, one) for one in tables.of("prices", row["id"])],
        "inventory_items": [{"variant_id": row["id"], **link, **_item_of(tables, link)} for link in row["_items"]],
    }


def _alone(tables: Tables, row: Row) -> Tree:
    """A variant in a list of variants: with its product, which is not told any further."""
    product = tables.get("products", row["product_id"])
    return {**_variant(tables, row), "product": _plain(tables, product) if product else None}


def _price(tables: Tables, row: Row) -> Tree:
    return {name: value for name, value in _plain(tables, row).items() if name != "deleted_at"}


def _item_of(tables: Tables, link: Mapping[str, Any]) -> Tree:
    item = tables.living("items", link["inventory_item_id"])
    return {"inventory": _item(tables, item) if item else None}


def _item(tables: Tables, row: Row) -> Tree:
    levels = [level(tables, one) for one in tables.of("levels", row["id"])]
    sums = {name: sum(one[name] for one in levels) for name in ("stocked_quantity", "reserved_quantity")}
    return {**_plain(tables, row), **sums, "location_levels": levels}


def level(tables: Tables, row: Row) -> Tree:
    """A level with what is available of it."""
    return {**_plain(tables, row), "available_quantity": row["stocked_quantity"] - row["reserved_quantity"]}


def _category(tables: Tables, row: Row) -> Tree:
    parent = tables.living("categories", row["parent_category_id"])
    children = [one for one in tables.rows("categories") if one["parent_category_id"] == row["id"]]
    return {
        **_plain(tables, row),
        "parent_category": _plain(tables, parent) if parent else None,
        "category_children": [_plain(tables, one) for one in sorted(children, key=lambda one: int(one["rank"]))],
    }


def _option(tables: Tables, row: Row) -> Tree:
    products = [
        _plain(tables, one)
        for one in tables.rows("products")
        if any(link["option_id"] == row["id"] for link in one["_options"])
    ]
    values = [_plain(tables, one) for one in tables.of("values", row["id"])]
    return {**_plain(tables, row), "values": values, "products": products}


_TREES: Mapping[str, Callable[[Tables, Row], Tree]] = {
    "products": _product,
    "variants": _alone,
    "categories": _category,
    "options": _option,
    "items": _item,
    "levels": level,
    **selling_trees.TREES,
}
