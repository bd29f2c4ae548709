"""What selling needs, as the trees that Medusa answers with, and in words that all systems share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from replicator.sandbox.medusa.checks import ADDRESS_COLUMNS
from replicator.sandbox.medusa.tables import Row, Tables

Tree: TypeAlias = dict[str, Any]
Told: TypeAlias = dict[str, object]

RELATIONS = frozenset(
    (
        *("countries", "payment_providers", "fulfillment_providers", "address", "currency", "price_rules"),
        *("fulfillment_sets", "service_zones", "service_zone", "provider", "stock_locations"),
    )
)
OMITTED = frozenset(("address", "shipping_profile"))
"""Relations that are left out of the answer, and not null, where there is nothing and all of it is asked for."""

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "collections": ("id", "title", "handle", "external_id", "metadata", "created_at", "updated_at"),
    "types": ("id", "value", "external_id", "metadata", "created_at", "updated_at"),
    "regions": ("*", "*countries"),
    "profiles": ("*", "type"),
    "locations": (
        *("id", "name", "metadata", "created_at", "updated_at", "address.id"),
        *(f"address.{name}" for name in ADDRESS_COLUMNS if name != "company"),
    ),
    "stores": ("*", "*supported_currencies", "*supported_currencies.currency"),
    "currencies": ("*",),
    "countries": ("*",),
    "api_keys": ("*", "type", "*sales_channels"),
    "payment_providers": ("*",),
    "fulfillment_providers": ("*",),
    "fulfillment_sets": ("*", "type", "*service_zones"),
    "shipping_options": ("*", "*type", "*prices", "*prices.price_rules", "*service_zone", "*shipping_profile"),
    "option_types": ("*",),
}


def plain(row: Row) -> Tree:
    """The columns of a row."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _coded(_: Tables, row: Row) -> Tree:
    """What has no id but a code."""
    return {name: value for name, value in plain(row).items() if name != "id"}


def _region(tables: Tables, row: Row) -> Tree:
    countries = [_coded(tables, one) for one in tables.rows("countries") if one["region_id"] == row["id"]]
    providers = [plain(one) for one in tables.rows("payment_providers") if one["id"] in row["_providers"]]
    return {**plain(row), "countries": countries, "payment_providers": providers}


def _location(tables: Tables, row: Row) -> Tree:
    sets = [_set(tables, one) for one in tables.rows("fulfillment_sets") if one["_location"] == row["id"]]
    providers = [plain(one) for one in tables.rows("fulfillment_providers") if one["id"] in row["_providers"]]
    channels = [plain(one) for one in tables.rows("channels") if one["id"] in row["_channels"]]
    lists = {"fulfillment_sets": sets, "fulfillment_providers": providers, "sales_channels": channels}
    return {**plain(row), "address": row["_address"], **lists}


def _channel(tables: Tables, row: Row) -> Tree:
    return {
        **plain(row),
        "stock_locations": [plain(one) for one in tables.rows("locations") if row["id"] in one["_channels"]],
    }


def _api_key(tables: Tables, row: Row) -> Tree:
    return {
        **plain(row),
        "revoked_at": None,
        "sales_channels": [plain(one) for one in tables.rows("channels") if one["id"] in row["_channels"]],
    }


def _set(tables: Tables, row: Row) -> Tree:
    zones = [plain(one) for one in tables.rows("zones") if one["fulfillment_set_id"] == row["id"]]
    return {**plain(row), "service_zones": zones}


def _store(tables: Tables, row: Row) -> Tree:
    currencies = [
        {
            **one,
            "currency": _coded(tables, found) if (found := tables.get("currencies", one["currency_code"])) else None,
        }
        for one in row["supported_currencies"]
    ]
    return {**plain(row), "supported_currencies": currencies}


def _option(tables: Tables, row: Row) -> Tree:
    kind = tables.living("option_types", row["_type"])
    zone = tables.living("zones", row["service_zone_id"])
    profile = tables.living("profiles", row["shipping_profile_id"])
    return {
        **plain(row),
        "type": plain(kind) if kind else None,
        "prices": row["_prices"],
        "service_zone": plain(zone) if zone else None,
        "shipping_profile": plain(profile) if profile else None,
    }


TREES: Mapping[str, Callable[[Tables, Row], Tree]] = {
    "regions": _region,
    "countries": _coded,
    "currencies": _coded,
    "locations": _location,
    "channels": _channel,
    "api_keys": _api_key,
    "fulfillment_sets": _set,
    "stores": _store,
    "shipping_options": _option,
}
