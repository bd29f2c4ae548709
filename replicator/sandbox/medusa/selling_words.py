"""What selling needs in words that all systems share, for the audit and the ledger. References are told by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from replicator.sandbox.medusa.checks import ADDRESS_COLUMNS
from replicator.sandbox.medusa.tables import Row, Tables

Told: TypeAlias = dict[str, object]

TABLES = {
    "collection": "collections",
    "product_type": "types",
    "currency": "currencies",
    "payment_provider": "payment_providers",
    "fulfillment_provider": "fulfillment_providers",
    "region": "regions",
    "country": "countries",
    "shipping_profile": "profiles",
    "shipping_option": "shipping_options",
    "stock_location": "locations",
    "store": "stores",
}


def listed(tables: Tables, type_name: str, row: Row) -> bool:
    """Whether a record is among those that Medusa lists: of all currencies those it sells in, of all countries those of
    a region.
    """
    if type_name == "country":
        return row["region_id"] is not None
    if type_name != "currency":
        return True
    used = {region["currency_code"] for region in tables.rows("regions")}
    used |= {one["currency_code"] for store in tables.rows("stores") for one in store["supported_currencies"]}
    return row["id"] in used


def told(tables: Tables, type_name: str, row: Row) -> Told:
    """The fields of a record."""
    return _TOLD[type_name](tables, row)


def _collection(_: Tables, row: Row) -> Told:
    return {"title": row["title"], "handle": row["handle"]}


def _type(_: Tables, row: Row) -> Told:
    return {"value": row["value"]}


def _currency(_: Tables, row: Row) -> Told:
    return {name: row[name] for name in ("code", "name", "symbol", "decimal_digits")}


def _provider(_: Tables, row: Row) -> Told:
    return {"code": row["id"], "enabled": row["is_enabled"]}


def _region(_: Tables, row: Row) -> Told:
    return {
        "name": row["name"],
        "currency": row["currency_code"],
        "automatic_taxes": row["automatic_taxes"],
        "payment_providers": sorted(row["_providers"]),
    }


def _country(tables: Tables, row: Row) -> Told:
    region = _name(tables, "regions", row["region_id"])
    return {"code": row["id"], "iso_3": row["iso_3"], "name": row["display_name"], "region": region}


def _profile(_: Tables, row: Row) -> Told:
    return {"name": row["name"], "kind": row["type"]}


def _option(tables: Tables, row: Row) -> Told:
    kind = tables.living("option_types", row["_type"]) or {}
    fields: Told = {
        "name": row["name"],
        **{name: kind.get(name) or None for name in ("code", "description")},
        "price_type": row["price_type"],
        "profile": _name(tables, "profiles", row["shipping_profile_id"]),
        "provider": row["provider_id"],
    }
    for price in row["_prices"]:
        if not price["price_rules"]:
            fields.setdefault(f"price@{price['currency_code']}", _plain(price["amount"]))
    return fields


def _location(_: Tables, row: Row) -> Told:
    address = row["_address"]
    kept = {name: address[name] for name in ADDRESS_COLUMNS if address[name] is not None} if address else None
    return {"name": row["name"], "address": kept}


def _store(tables: Tables, row: Row) -> Told:
    codes = [one["currency_code"] for one in row["supported_currencies"]]
    default = [one["currency_code"] for one in row["supported_currencies"] if one["is_default"]]
    return {
        "name": row["name"],
        "default_currency": default[0] if default else None,
        "currencies": sorted(codes),
        "default_region": _name(tables, "regions", row["default_region_id"]),
        "default_location": _name(tables, "locations", row["default_location_id"]),
    }


def _name(tables: Tables, table: str, row_id: str | None) -> object:
    row = tables.living(table, row_id)
    return row["name"] if row else None


def _plain(number: object) -> str:
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_TOLD: Mapping[str, Callable[[Tables, Row], Told]] = {
    "collection": _collection,
    "product_type": _type,
    "currency": _currency,
    "payment_provider": _provider,
    "fulfillment_provider": _provider,
    "region": _region,
    "country": _country,
    "shipping_profile": _profile,
    "shipping_option": _option,
    "stock_location": _location,
    "store": _store,
}
