"""Products and what they are made of. A part (`part_of`) lives and dies with its whole.

Prices and stock are records of their own, so that a changed price rewrites neither variant nor product.
"""

from __future__ import annotations

from replicator.catalog.fields import COMMERCE, commerce, content, many, one, switch
from replicator.core.schema import Field, Kind, entity_type

PRODUCT = entity_type(
    "product",
    [
        content("title"),
        content("handle"),
        content("subtitle"),
        content("description"),
        commerce("status"),  # draft | published
        content("thumbnail"),
        content("images", Kind.TEXTS),  # URLs, in order
        content("brand"),
        switch("discountable", initial=True),
        commerce("weight", Kind.DECIMAL),
        commerce("length", Kind.DECIMAL),
        commerce("width", Kind.DECIMAL),
        commerce("height", Kind.DECIMAL),
        commerce("material"),
        commerce("origin_country"),  # ISO 3166, two letters
        commerce("hs_code"),  # of the Harmonized System, for customs
        commerce("mid_code"),  # of the manufacturer, for customs
        one("collection", "collection"),
        one("type", "product_type"),
        one("shipping_profile", "shipping_profile"),
        many("categories", "category"),
        many("tags", "tag"),
    ],
    key=("handle",),
    slug=("handle", "title"),
)

OPTION = entity_type(
    "option", [one("product", "product"), content("title")], key=("product", "title"), part_of="product"
)

OPTION_VALUE = entity_type(
    "option_value", [one("option", "option"), content("value")], key=("option", "value"), part_of="option"
)

VARIANT = entity_type(
    "variant",
    [
        one("product", "product"),
        commerce("title"),
        commerce("sku"),
        commerce("barcode"),
        commerce("ean"),
        commerce("upc"),
        commerce("manage_inventory", Kind.FLAG),
        commerce("allow_backorder", Kind.FLAG),
        # One value of every option: two that were set at once at two systems must not both stand, so this is no union.
        Field(name="options", kind=Kind.REFERENCES, target="option_value", order=COMMERCE),
    ],
    key=("sku",),
    part_of="product",
)

PRICE = entity_type(
    "price",
    [
        one("variant", "variant"),
        commerce("currency"),  # ISO 4217, lower case: the unit of the amount, part of the value
        one("region", "region"),  # None: everywhere
        commerce("min_quantity", Kind.INTEGER),
        commerce("max_quantity", Kind.INTEGER),
        commerce("amount", Kind.DECIMAL),  # in major units
    ],
    key=("variant", "currency", "region", "min_quantity", "max_quantity"),
    part_of="variant",
)

STOCK = entity_type(
    "stock",
    [one("variant", "variant"), one("location", "stock_location"), commerce("quantity", Kind.INTEGER)],
    key=("variant", "location"),
    part_of="variant",
)

METAFIELD = entity_type(
    "metafield",
    [one("product", "product"), content("key"), content("value", Kind.JSON)],
    key=("product", "key"),
    part_of="product",
)
