"""Lists: filters, order and pages, with what each list takes and what it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from replicator.sandbox.medusa.refusals import Broken, Refusal
from replicator.sandbox.medusa.tables import Row, Tables

DATES = ("created_at", "updated_at", "deleted_at")
PAGING = ("fields", "limit", "offset", "order", "q", "with_deleted")
PARAM = re.compile(r"(?P<name>\w+)(?:\[(?P<sub>[$\w]*)\])?")
OPERATORS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "$gt": lambda left, right: left > right,
    "$gte": lambda left, right: left >= right,
    "$lt": lambda left, right: left < right,
    "$lte": lambda left, right: left <= right,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What a list is asked. `strict`: what it does not know is refused; products alone let it pass."""

    table: str
    name: str
    columns: tuple[str, ...] = ()
    dates: bool = True
    strict: bool = True
    limit: int = 50
    single: tuple[str, ...] = ()  # filters that take one value, and no brackets


LISTS = {
    each.name: each
    for each in (
        List(
            table="products",
            name="products",
            columns=("handle", "external_id", "status", "title"),
            strict=False,
        ),
        List(table="variants", name="variants", columns=("sku", "ean", "upc", "barcode", "manage_inventory")),
        List(table="tags", name="product_tags", columns=("value", "external_id"), limit=20),
        List(
            table="categories",
            name="product_categories",
            columns=("handle", "name", "external_id", "parent_category_id", "is_active", "is_internal"),
        ),
        List(table="options", name="product_options", columns=("title", "is_exclusive")),
        List(table="items", name="inventory_items", columns=("sku",), dates=False, limit=20),
        List(table="levels", name="inventory_levels", columns=("inventory_item_id", "location_id"), dates=False),
        List(table="collections", name="collections", columns=("title", "handle", "external_id"), limit=10),
        List(table="types", name="product_types", columns=("value", "external_id"), limit=10),
        List(table="locations", name="stock_locations", columns=("name", "address_id"), limit=20),
        List(table="channels", name="sales_channels", columns=("name",), limit=20),
        List(table="profiles", name="shipping_profiles", columns=("name", "type"), single=("name", "type"), limit=20),
        List(table="regions", name="regions", columns=("name", "currency_code")),
        List(
            table="shipping_options",
            name="shipping_options",
            columns=("service_zone_id", "shipping_profile_id", "provider_id", "shipping_option_type_id"),
            limit=20,
        ),
        List(table="option_types", name="shipping_option_types", columns=("label", "code", "description"), limit=10),
        List(table="stores", name="stores", columns=("name",), dates=False),
        List(table="api_keys", name="api_keys", columns=("type", "title"), limit=20),
        List(table="currencies", name="currencies", columns=("code",), dates=False, limit=200),
        List(table="payment_providers", name="payment_providers", columns=("is_enabled",), dates=False, limit=20),
        List(table="fulfillment_providers", name="fulfillment_providers", columns=("is_enabled",), dates=False),
    )
}


@dataclass(slots=True)
class _Asked:
    values: dict[str, list[str]] = field(default_factory=dict)
    dates: list[tuple[str, str, datetime]] = field(default_factory=list)
    variant: dict[str, str] = field(default_factory=dict)
    paging: dict[str, str] = field(default_factory=dict)


def listed(tables: Tables, kind: List, params: Sequence[tuple[str, str]]) -> tuple[list[Row], dict[str, int]]:
    """One page of rows, and the numbers of its envelope."""
    asked = _asked(kind, params)
    deleted = asked.paging.get("with_deleted") == "true" and kind.table == "products"
    rows = [row for row in tables.rows(kind.table, deleted=deleted) if row["id"] not in tables.veiled]
    rows = [row for row in rows if _fits(tables, kind, row, asked)]
    order = asked.paging.get("order", "id")
    column = order.lstrip("-")
    if rows and column not in rows[0]:
        raise Broken(f"there is no column {column}")
    rows.sort(key=lambda row: (row[column] is not None, row[column] or ""), reverse=order.startswith("-"))
    offset, limit = int(asked.paging.get("offset", 0)), int(asked.paging.get("limit", kind.limit))
    return rows[offset : offset + limit], {"count": len(rows), "offset": offset, "limit": limit}


def _asked(kind: List, params: Sequence[tuple[str, str]]) -> _Asked:
    asked = _Asked()
    unknown = []
    for param, value in params:
        found = PARAM.fullmatch(param)
        name, sub = (found["name"], found["sub"]) if found else (param, None)
        if name in PAGING and sub is None:
            asked.paging[name] = value
        elif name in kind.single and sub is not None:
            raise Refusal(f"Invalid request: Expected type: 'string' for field '{name}', got: '{value}'")
        elif name in ("id", *kind.columns):
            asked.values.setdefault(name, []).append(value)
        elif name in DATES and kind.dates and sub is not None and sub in OPERATORS:
            asked.dates.append((str(name), str(sub), _moment(value)))
        elif kind.table == "products" and name in ("category_id", "tag_id"):
            asked.values.setdefault(f"_{'categories' if name == 'category_id' else 'tags'}", []).append(value)
        elif kind.table == "products" and name == "variants" and sub:
            asked.variant[sub] = value
        else:
            unknown.append(f"'{name}'")
    if unknown and kind.strict:
        raise Refusal(f"Invalid request: Unrecognized fields: {', '.join(sorted(set(unknown)))}")
    return asked


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Broken(f"{value} is no date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fits(tables: Tables, kind: List, row: Row, asked: _Asked) -> bool:
    for name, wanted in asked.values.items():
        have: Any = row.get(name)
        if isinstance(have, list):
            if not set(have) & set(wanted):
                return False
        elif (str(have).lower() if isinstance(have, bool) else have) not in wanted:
            return False
    for name, operator, moment in asked.dates:
        if row[name] is None or not OPERATORS[operator](datetime.fromisoformat(row[name]), moment):
            return False
    if asked.variant:
        return any(
            all(variant.get(name) == value for name, value in asked.variant.items())
            for variant in tables.of("variants", row["id"])
        )
    text = asked.paging.get("q", "").lower()
    searched = (str(row.get(name) or "").lower() for name in ("title", *kind.columns))
    return not text or any(text in one for one in searched)
