"""The documents that the conformance suite tries connectors with: one plain document a type and number."""

from __future__ import annotations

import string
from collections.abc import Callable

from replicator.core.document import Value

Sample = dict[str, Value]


def sample(type_name: str, number: int) -> Sample:
    """A plain document of a type, without references; two numbers, two documents that do not clash."""
    return _SAMPLES[type_name](number)


def letters(number: int, length: int) -> str:
    """A number in lower-case letters."""
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(string.ascii_lowercase))
        text = string.ascii_lowercase[digit] + text
    return text


def _category(number: int) -> Sample:
    return {
        "name": f"Category {number}",
        "handle": f"category-{number}",
        "description": f"What belongs to {number}",
        "active": True,
        "parent": None,
    }


def _currency(number: int) -> Sample:
    code = letters(number, 3)
    return {"code": code, "name": f"Currency {number}", "symbol": f"¤{number}", "decimal_digits": 2}


def _country(number: int) -> Sample:
    return {"code": letters(number, 2), "iso_3": letters(number, 3), "name": f"Country {number}"}


def _shipping_option(number: int) -> Sample:
    return {
        "name": f"Shipping {number}",
        "code": f"shipping-{number}",
        "description": "By land",
        "price_type": "flat",
        "price@usd": {"amount": "4.9", "currency": "usd"},
    }


def _product(number: int) -> Sample:
    return {
        "title": f"Product {number}",
        "handle": f"product-{number}",
        "subtitle": f"The {number}th",
        "description": "Plain, solid and blue.",
        "status": "published",
        "thumbnail": f"https://images.example/{number}/thumbnail.png",
        "images": [f"https://images.example/{number}/{name}.png" for name in ("b", "a")],
        "brand": "Acme",
        "discountable": True,
        "weight": "4",
        "length": "30",
        "width": "20",
        "height": "10",
        "material": "Oak",
        "origin_country": "de",
        "hs_code": "9403",
        "mid_code": f"MID-{number}",
        "categories": [],
        "tags": [],
    }


def _variant(number: int) -> Sample:
    return {
        "title": f"Variant {number}",
        "sku": f"SKU-{number}",
        "barcode": f"{number:013d}",
        "ean": f"{number:013d}",
        "upc": f"{number:012d}",
        "manage_inventory": True,
        "allow_backorder": False,
        "options": [],
    }


def _price(number: int) -> Sample:
    few = None if number == 1 else number
    return {"currency": "usd", "min_quantity": few, "max_quantity": None, "amount": "9.99"}


_SAMPLES: dict[str, Callable[[int], Sample]] = {
    "tag": lambda number: {"value": f"tag {number}"},
    "category": _category,
    "collection": lambda number: {"title": f"Collection {number}", "handle": f"collection-{number}"},
    "product_type": lambda number: {"value": f"type {number}"},
    "currency": _currency,
    "payment_provider": lambda number: {"code": f"pays-{number}", "enabled": True},
    "fulfillment_provider": lambda number: {"code": f"ships-{number}", "enabled": True},
    "region": lambda number: {"name": f"Region {number}", "automatic_taxes": True, "payment_providers": []},
    "country": _country,
    "shipping_profile": lambda number: {"name": f"Profile {number}", "kind": "default"},
    "shipping_option": _shipping_option,
    "stock_location": lambda number: {
        "name": f"Location {number}",
        "address": {"address_1": "1 Quay Street", "city": "Kiel", "country_code": "de"},
    },
    "store": lambda number: {"name": f"Store {number}", "currencies": []},
    "product": _product,
    "option": lambda number: {"title": f"Option {number}"},
    "option_value": lambda number: {"value": f"Value {number}"},
    "variant": _variant,
    "price": _price,
    "stock": lambda _: {"quantity": 7},
    "metafield": lambda number: {"key": f"care-{number}", "value": {"wash": 30, "iron": False}},
}

CHANGED: dict[str, Value] = {
    "title": "changed",
    "name": "changed",
    "value": "changed",
    "amount": "12.5",
    "quantity": 42,
    "enabled": False,
    "symbol": "¢",
}
"""Fields that are changed to see a change, and to what: of each type the first that it has."""
