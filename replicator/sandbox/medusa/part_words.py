"""The parts of a product in words that all systems share: options, their values, prices, stock, metafields.

Most of them have no row of their own that lasts, so they are named as they are found: by their whole, and by what they
are in it. The option that says nothing, which Medusa needs where there is none, is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from replicator.sandbox.medusa.tables import Row, Tables
from replicator.sandbox.words import key_of

Told: TypeAlias = dict[str, object]

SILENT_OPTION, SILENT_VALUE = "Default option", "Default option value"
OWN_KEYS = frozenset(("replicator", "replicator_profile", "external_id", "directus_id", "strapi_id"))
REGION_RULE = "region_id"
TYPES = ("option", "option_value", "price", "stock", "metafield")


def of_product(product: Row) -> Iterator[tuple[str, str]]:
    """The options, values and metafields of a product: type and id."""
    for link in product["_options"]:
        yield "option", f"{product['id']}/{link['option_id']}"
        for value_id in link["value_ids"]:
            yield "option_value", f"{product['id']}/{link['option_id']}/{value_id}"
    for key in product["metadata"] or {}:
        yield "metafield", f"{product['id']}/{key}"


def of_variant(tables: Tables, variant: Row) -> Iterator[tuple[str, str]]:
    """The prices and levels of a variant: type and id."""
    for price in tables.of("prices", variant["id"]):
        yield "price", price_id(price)
    for level in levels(tables, variant):
        yield "stock", f"{variant['id']}/{level['location_id']}"


def price_id(price: Mapping[str, Any]) -> str:
    """How a price is named: its own id does not outlive a new set of prices."""
    region = (price.get("rules") or {}).get(REGION_RULE)
    bounds = [price.get(name) for name in ("min_quantity", "max_quantity")]
    told = "-".join("" if each is None else str(each) for each in bounds)
    names = [price["variant_id"], price["currency_code"].lower(), region, told if told != "-" else None]
    return "/".join(str(name) for name in names if name)


def levels(tables: Tables, variant: Row) -> list[Row]:
    """What is stocked of a variant, where it has one inventory item of its own."""
    if len(variant["_items"]) != 1:
        return []
    return tables.of("levels", variant["_items"][0]["inventory_item_id"])


def told(tables: Tables, type_name: str, remote_id: str) -> Told | None:
    """The fields of a part, None where it is not there or not to be shown."""
    whole_id, _, inside = remote_id.partition("/")
    whole = tables.living("variants" if type_name in ("price", "stock") else "products", whole_id)
    return None if whole is None else _TOLD[type_name](tables, whole, inside)


def chosen(tables: Tables, variant: Row) -> list[str]:
    """The keys of the values that a variant has."""
    product = tables.get("products", variant["product_id"])
    found = []
    for value in (tables.get("values", one) for one in variant["_values"]):
        option = tables.get("options", value["option_id"]) if value else None
        if product and value and option and value["value"] != SILENT_VALUE and option["title"] != SILENT_OPTION:
            key = key_of("option", {"product": product["handle"], "title": option["title"]})
            found.append(key_of("option_value", {"option": key, "value": value["value"]}))
    return sorted(found)


def _option(tables: Tables, product: Row, inside: str) -> Told | None:
    option = tables.living("options", inside)
    linked = any(link["option_id"] == inside for link in product["_options"])
    if option is None or not linked or option["title"] == SILENT_OPTION:
        return None
    return {"product": product["handle"], "title": option["title"]}


def _value(tables: Tables, product: Row, inside: str) -> Told | None:
    option_id, _, value_id = inside.partition("/")
    option, value = _option(tables, product, option_id), tables.living("values", value_id)
    linked = any(value_id in link["value_ids"] for link in product["_options"])
    if option is None or value is None or not linked or value["value"] == SILENT_VALUE:
        return None
    return {"option": key_of("option", option), "value": value["value"]}


def _price(tables: Tables, variant: Row, inside: str) -> Told | None:
    for price in tables.of("prices", variant["id"], veiled=True):
        rules = price["rules"] or {}
        if set(rules) <= {REGION_RULE} and price_id(price) == f"{variant['id']}/{inside}":
            region = tables.living("regions", rules.get(REGION_RULE))
            return {
                "variant": variant["sku"],
                "currency": price["currency_code"],
                "region": region["name"] if region else None,
                **{name: price[name] for name in ("min_quantity", "max_quantity")},
                "amount": plain(price["amount"]),
            }
    return None


def _stock(tables: Tables, variant: Row, inside: str) -> Told | None:
    location = tables.living("locations", inside)
    for level in levels(tables, variant):
        if level["location_id"] == inside:
            name = location["name"] if location else None
            return {"variant": variant["sku"], "location": name, "quantity": int(level["stocked_quantity"])}
    return None


def _metafield(_: Tables, product: Row, inside: str) -> Told | None:
    metadata = product["metadata"] or {}
    if inside in OWN_KEYS or inside not in metadata:
        return None
    return {"product": product["handle"], "key": inside, "value": metadata[inside]}


def plain(number: object) -> str | None:
    """A number as a plain decimal."""
    if number is None:
        return None
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_TOLD = {"option": _option, "option_value": _value, "price": _price, "stock": _stock, "metafield": _metafield}
