"""Shipping: whither a location sends, and what the options cost.

A location has fulfillment sets, a set has service zones, a zone has options. The type of an option is a row of its own;
what is said of it in an update of the option makes a new one that nothing refers to, as in the real Medusa.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from replicator.sandbox.medusa.checks import checked, merged
from replicator.sandbox.medusa.refusals import Refusal, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

TYPE = {"label": "string", "code": "string", "description": "string"}
OPTION = {
    **dict.fromkeys(("name", "price_type", "provider_id", "shipping_profile_id", "type_id"), "string"),
    **dict.fromkeys(("data", "type", "metadata"), "object"),
    **dict.fromkeys(("prices", "rules"), "array"),
}
PRICE = {
    **dict.fromkeys(("id", "currency_code", "region_id"), "string"),
    "amount": "number",
    "rules": "array",
}
ZONE = {"name": "string!", "geo_zones": "array"}
SET = {"name": "string!", "type": "string!"}
PRICE_TYPES = ("calculated", "flat")
COLUMNS = ("name", "price_type", "provider_id", "shipping_profile_id", "data")


def make_option(work: Work, body: object) -> Row:
    """A new shipping option."""
    required = ("name", "service_zone_id", "shipping_profile_id", "price_type", "provider_id", "prices")
    given = checked(body, {**OPTION, "service_zone_id": "string"}, *required)
    if ("type" in given) == ("type_id" in given):
        raise Refusal("Invalid request: Exactly one of 'type' or 'type_id' must be provided, but not both")
    zone = work.tables.living("zones", given["service_zone_id"])
    _check(work, given, zone)
    columns = {"data": None, **{name: given[name] for name in COLUMNS if name in given}, "_prices": []}
    kind = given.get("type_id") or make_type(work, given["type"])["id"]
    row = work.insert(
        "shipping_options",
        "so_",
        {**columns, "service_zone_id": zone["id"] if zone else None, "_type": kind, "metadata": given.get("metadata")},
    )
    work.touch("shipping_option", row["id"], "create")
    _prices(work, row, given["prices"])
    work.tell("fulfillment.shipping-option.created", row["id"])
    work.tell("shipping-option.created", row["id"])
    return row


def change_option(work: Work, option_id: str, body: object) -> Row:
    """An option's new columns, and its prices as a whole."""
    given = checked(body, OPTION)
    row = work.tables.living("shipping_options", option_id)
    if row is None:
        raise missing(f"Shipping_option with id: {option_id} was not found")
    _check(work, given, work.tables.living("zones", row["service_zone_id"]), row)
    work.touch("shipping_option", option_id, "update")
    columns = {name: given[name] for name in COLUMNS if name in given}
    if "metadata" in given:
        columns["metadata"] = merged(row["metadata"], given["metadata"], clears=False)
    if "type" in given:
        make_type(work, given["type"])
    if "type_id" in given:
        columns["_type"] = given["type_id"]
    if work.change(row, columns):
        work.tell("fulfillment.shipping-option.updated", option_id)
    if "prices" in given:
        _prices(work, row, given["prices"])
    work.tell("shipping-option.updated", option_id)
    return row


def delete_option(work: Work, option_id: str) -> None:
    """Gone softly, also what was not there."""
    row = work.tables.living("shipping_options", option_id)
    if row is not None:
        work.touch("shipping_option", option_id, "delete")
        work.bury(row)
        work.tell("fulfillment.shipping-option.deleted", option_id)
    work.tell("shipping-option.deleted", option_id)


def make_type(work: Work, body: object) -> Row:
    """A new type of options."""
    given = checked(body, TYPE, "label", "code")
    row = work.insert("option_types", "sotype_", {"description": None, **given})
    work.tell("fulfillment.shipping-option-type.created", row["id"])
    return row


def change_type(work: Work, type_id: str, body: object) -> Row:
    """A type's new columns: all options that have it show them, and none of their stamps moves."""
    given = checked(body, TYPE)
    row = work.tables.living("option_types", type_id)
    if row is None:
        raise missing(f"ShippingOptionType with id: {type_id} was not found")
    for option in work.tables.rows("shipping_options"):
        if option["_type"] == type_id:
            work.touch("shipping_option", option["id"], "update")
    if work.change(row, given):
        work.tell("fulfillment.shipping-option-type.updated", type_id)
    work.tell("shipping-option-type.updated", type_id)
    return row


def make_set(work: Work, location_id: str, body: object) -> None:
    """A new fulfillment set of a location."""
    given = checked(body, SET)
    work.insert("fulfillment_sets", "fuset_", {**given, "metadata": None, "_location": location_id})


def make_zone(work: Work, set_id: str, body: object) -> None:
    """A new service zone of a fulfillment set."""
    given = checked(body, ZONE)
    zones = [{"id": work.world.id("fgz_"), **one} for one in given.get("geo_zones", [])]
    columns = {"name": given["name"], "fulfillment_set_id": set_id, "metadata": None, "geo_zones": zones}
    work.insert("zones", "serzo_", columns)


def _check(work: Work, given: Mapping[str, Any], zone: Row | None, row: Row | None = None) -> None:
    if given.get("price_type", "flat") not in PRICE_TYPES:
        said = given["price_type"]
        raise Refusal(f"Invalid request: Expected: 'calculated, flat' for field 'price_type', but got: '{said}'")
    if given.get("price_type") == "calculated":
        name = given.get("name", row["name"] if row else "")
        raise Refusal(f"Cannot calcuate pricing for: [{name}] shipping option(s).")
    if "provider_id" in given and given["provider_id"] not in _enabled(work, zone):
        msg = f"Providers ({given['provider_id']}) are not enabled for the service location"
        raise Refusal(msg, type_="not_allowed")
    profile = given.get("shipping_profile_id")
    if profile is not None and work.tables.living("profiles", profile) is None:
        msg = f"You tried to set relationship shipping_profile_id: {profile}, but such entity does not exist"
        raise missing(msg)


def _enabled(work: Work, zone: Row | None) -> Sequence[str]:
    found = work.tables.living("fulfillment_sets", zone["fulfillment_set_id"]) if zone else None
    location = work.tables.living("locations", found["_location"]) if found else None
    return location["_providers"] if location else ()


def _prices(work: Work, row: Row, given: Sequence[object]) -> None:
    """The whole set. One with an id alone is dropped unless it is a region's: so does the real Medusa."""
    before = {price["id"]: price for price in row["_prices"]}
    made = [_price(work, checked(one, PRICE), before) for one in given]
    work.change(row, {"_prices": [price for price in made if price is not None]}, stamped=False)


def _price(work: Work, given: dict[str, Any], before: Mapping[str, Row]) -> Row | None:
    kept = before.get(given.get("id", ""))
    region = given.get("region_id")
    if kept is not None and kept["price_rules"]:
        return {**kept, "amount": given.get("amount", kept["amount"])}
    if kept is not None:
        return {**kept, "amount": given["amount"]} if {"amount", "currency_code"} <= given.keys() else None
    currency = given.get("currency_code", "").lower()
    rules = []
    if region is not None:
        found = work.tables.living("regions", region)
        currency = found["currency_code"] if found else currency
        rules = [{"id": work.world.id("prule_"), "attribute": "region_id", "operator": "eq", "value": region}]
    stamps = {"created_at": work.now, "updated_at": work.now, "deleted_at": None}
    nothing = {"min_quantity": None, "max_quantity": None}
    return {
        "id": work.world.id("price_"),
        "currency_code": currency,
        "amount": given["amount"],
        "price_rules": rules,
        **nothing,
        **stamps,
    }
