"""Selling: shipping profiles, stock locations with their addresses, and the store.

Names are unique for shipping profiles only. The store's currencies are given as a whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.sandbox.medusa.checks import ADDRESS_COLUMNS, METADATA, checked, merged
from replicator.sandbox.medusa.refusals import Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

PROFILE = {"name": "string", "type": "string", **METADATA}
LOCATION = {"name": "string", "address": "object", "address_id": "string?", **METADATA}
STORE = {
    "name": "string",
    **dict.fromkeys(("supported_currencies", "supported_locales"), "array"),
    **dict.fromkeys(("default_sales_channel_id", "default_region_id", "default_location_id"), "string?"),
    **METADATA,
}


def make_profile(work: Work, body: object) -> Row:
    """A new shipping profile."""
    given = checked(body, PROFILE, "name", "type")
    _unique_profile(work, given["name"])
    row = work.insert("profiles", "sp_", {"metadata": None, **given})
    work.touch("shipping_profile", row["id"], "create")
    work.tell("fulfillment.shipping-profile.created", row["id"])
    return row


def change_profile(work: Work, profile_id: str, body: object) -> Row:
    """A shipping profile's new columns."""
    given = checked(body, PROFILE)
    row = living(work, "profiles", profile_id, "ShippingProfile")
    if "name" in given:
        _unique_profile(work, given["name"], but=profile_id)
    work.touch("shipping_profile", profile_id, "update")
    if work.change(row, _merging(row, given)):
        work.tell("fulfillment.shipping-profile.updated", profile_id)
    return row


def delete_profile(work: Work, profile_id: str) -> None:
    """Gone softly; one with shipping options stays, and one that is not there is a 404, as nowhere else."""
    row = living(work, "profiles", profile_id, "ShippingProfile")
    if any(option["shipping_profile_id"] == profile_id for option in work.tables.rows("shipping_options")):
        msg = (
            f"Cannot delete Shipping Profiles {profile_id} with associated Shipping Options. "
            "Delete Shipping Options first and try again."
        )
        raise Refusal(msg)
    work.touch("shipping_profile", profile_id, "delete")
    work.bury(row)
    work.tell("fulfillment.shipping-profile.deleted", profile_id)


def make_location(work: Work, body: object) -> Row:
    """A new stock location."""
    given = checked(body, LOCATION, "name")
    columns = {"name": given["name"].strip(), "metadata": given.get("metadata"), "address_id": None}
    lists: dict[str, Any] = {"_address": None, "_channels": [], "_providers": []}
    row = work.insert("locations", "sloc_", {**columns, **lists})
    work.touch("stock_location", row["id"], "create")
    _address(work, row, given)
    work.tell("stock_location.stock-location.created", row["id"])
    return row


def change_location(work: Work, location_id: str, body: object) -> Row:
    """A stock location's new columns; of an address only those that are given, and the location's stamp stays."""
    given = checked(body, LOCATION)
    row = living(work, "locations", location_id, "Stock location")
    work.touch("stock_location", location_id, "update")
    _address(work, row, given)
    columns = {name: value for name, value in _merging(row, given).items() if name in ("name", "metadata")}
    if "name" in columns:
        columns["name"] = columns["name"].strip()
    if work.change(row, columns):
        work.tell("stock_location.stock-location.updated", location_id)
    return row


def delete_location(work: Work, location_id: str) -> None:
    """Gone softly. What is stocked there stays as it is, at a location that is no more."""
    row = work.tables.living("locations", location_id)
    if row is not None:
        work.touch("stock_location", location_id, "delete")
        work.bury(row)
        work.tell("stock_location.stock-location.deleted", location_id)


def change_store(work: Work, store_id: str, body: object) -> Row:
    """The store's new columns. Whether a region or a location is there is not looked at; metadata is replaced."""
    given = checked(body, STORE)
    row = living(work, "stores", store_id, "Store")
    work.touch("store", store_id, "update")
    currencies = given.pop("supported_currencies", None)
    if currencies:
        defaults = sum(bool(one.get("is_default")) for one in currencies)
        if defaults != 1:
            raise Refusal(
                "Only one default currency is allowed"
                if defaults
                else "There should be a default currency set for the store"
            )
    if currencies is not None:
        made = [_supported(work, store_id, one) for one in currencies]
        work.change(row, {"supported_currencies": made}, stamped=False)
    if "name" in given:
        given["name"] = given["name"].strip()
    if work.change(row, given) or currencies is not None:
        work.tell("store.store.updated", store_id)
    return row


def living(work: Work, table: str, row_id: str, noun: str) -> Row:
    """A row that must be there."""
    row = work.tables.living(table, row_id)
    if row is None:
        raise missing(f"{noun} with id: {row_id} was not found")
    return row


def _supported(work: Work, store_id: str, given: Mapping[str, Any]) -> Row:
    code, now = str(given["currency_code"]).lower(), {"created_at": work.now, "updated_at": work.now}
    is_default = bool(given.get("is_default"))
    return {
        "id": work.world.id("stocur_"),
        "currency_code": code,
        "is_default": is_default,
        "store_id": store_id,
        **now,
    }


def _address(work: Work, row: Row, given: Mapping[str, Any]) -> None:
    if "address" not in given:
        return
    absent = [name for name in ("address_1", "country_code") if given["address"].get(name) is None]
    if absent:
        raise Refusal(f"Invalid request: Field 'address, {absent[0]}' is required")
    before = row["_address"]
    kept = before or {"id": work.world.id("laddr_"), **dict.fromkeys(ADDRESS_COLUMNS), "created_at": work.now}
    said = {name: value for name, value in given["address"].items() if name in ADDRESS_COLUMNS}
    work.change(row, {"_address": {**kept, **said, "updated_at": work.now}}, stamped=False)


def _merging(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    if "metadata" not in given:
        return dict(given)
    return {**given, "metadata": merged(row["metadata"], given["metadata"], clears=False)}


def _unique_profile(work: Work, name: str, *, but: str | None = None) -> None:
    if any(row["name"] == name and row["id"] != but for row in work.tables.rows("profiles")):
        raise exists("Shipping profile", "name", name)
