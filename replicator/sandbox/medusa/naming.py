"""What an event is about, as our companion in Medusa looks it up: parts and links are told by ids that their records
are not known by, so their products, variants and locations are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from replicator.sandbox.medusa.tables import Row, Tables

About: TypeAlias = dict[str, object]

PLAIN: Mapping[str, str] = {
    "product": "product",
    "product.product": "product",
    "product-variant": "variant",
    "product.product-variant": "variant",
    "product-category": "category",
    "product.product-category": "category",
    "product-tag": "tag",
    "product.product-tag": "tag",
    "product-collection": "collection",
    "product.product-collection": "collection",
    "product-type": "product_type",
    "product.product-type": "product_type",
    "region": "region",
    "region.region": "region",
    "region.country": "country",
    "fulfillment.shipping-profile": "shipping_profile",
    "shipping-option": "shipping_option",
    "fulfillment.shipping-option": "shipping_option",
    "stock_location.stock-location": "stock_location",
    "store.store": "store",
}


def is_told(noun: str) -> bool:
    """Whether an event is about something that is replicated."""
    return noun in PLAIN or noun in NAMED


def about(tables: Tables, noun: str, row_id: str) -> list[About]:
    """The records that an event is about; none where it names its record itself, or its row is gone."""
    named = NAMED.get(noun)
    return list(named(tables, row_id)) if named is not None else []


def _level(tables: Tables, level_id: str) -> Iterator[About]:
    level = tables.get("levels", level_id)
    if level is not None:
        for variant in tables.rows("variants", deleted=True):
            if any(link["inventory_item_id"] == level["inventory_item_id"] for link in variant["_items"]):
                yield {"variant_id": variant["id"], "location_id": level["location_id"]}


def _price(tables: Tables, price_id: str) -> Iterator[About]:
    """A price that was replaced is gone for good, and with it whose it was; one that went with its variant is not."""
    price = tables.get("prices", price_id)
    if price is None or (price["deleted_at"] is not None and tables.living("variants", price["variant_id"])):
        return
    yield {
        "variant_id": price["variant_id"],
        "shipping_option_id": None,
        "currency_code": price["currency_code"],
        "min_quantity": price["min_quantity"],
        "max_quantity": price["max_quantity"],
        "region_id": (price["rules"] or {}).get("region_id"),
    }


def _linking(tables: Tables, option_id: str) -> Iterator[Row]:
    for product in tables.rows("products", deleted=True):
        if any(link["option_id"] == option_id for link in product["_options"]):
            yield product


def _option(tables: Tables, option_id: str) -> Iterator[About]:
    for product in _linking(tables, option_id):
        yield {"product_id": product["id"], "option_id": option_id}


def _value(tables: Tables, value_id: str) -> Iterator[About]:
    value = tables.get("values", value_id)
    if value is not None:
        for product in _linking(tables, value["option_id"]):
            yield {"product_id": product["id"], "option_id": value["option_id"], "option_value_id": value_id}


def _option_type(tables: Tables, type_id: str) -> Iterator[About]:
    for option in tables.rows("shipping_options"):
        if option["_type"] == type_id:
            yield {"shipping_option_id": option["id"]}


NAMED: Mapping[str, Callable[[Tables, str], Iterator[About]]] = {
    "inventory-level": _level,
    "inventory.inventory-level": _level,
    "pricing.price": _price,
    "product-option": _option,
    "product.product-option": _option,
    "product-option-value": _value,
    "product.product-option-value": _value,
    "shipping-option-type": _option_type,
    "fulfillment.shipping-option-type": _option_type,
}
