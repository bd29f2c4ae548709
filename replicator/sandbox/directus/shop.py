"""The shop's collections as a person would have set them up: which hold what, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COLLECTIONS = {
    "tag": "tags",
    "category": "categories",
    "collection": "collections",
    "product_type": "product_types",
    "currency": "currencies",
    "payment_provider": "payment_providers",
    "fulfillment_provider": "fulfillment_providers",
    "region": "regions",
    "country": "countries",
    "shipping_profile": "shipping_profiles",
    "shipping_option": "shipping_options",
    "stock_location": "stock_locations",
    "store": "stores",
    "product": "products",
    "option": "product_options",
    "option_value": "product_option_values",
    "variant": "variants",
    "price": "prices",
    "stock": "stock_levels",
    "metafield": "metafields",
}
TYPES = {collection: name for name, collection in COLLECTIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of a type and how its collection keeps it. `kind` is Directus' word; `one`, `many` and `part` refer to
    `target`, and a part goes with what it is of.
    """

    kind: str
    target: str = ""
    unique: bool = False
    required: bool = False
    default: object = None
    name: str = ""  # where it is not that of the field


def _key(*, required: bool = True) -> Column:
    return Column(kind="string", unique=True, required=required)


def _one(target: str) -> Column:
    return Column(kind="one", target=target)


def _many(target: str) -> Column:
    return Column(kind="many", target=target)


def _part_of(target: str) -> Column:
    return Column(kind="part", target=target)


STRING, TEXT, JSON = Column(kind="string"), Column(kind="text"), Column(kind="json")
INTEGER, DECIMAL, FLAG = Column(kind="integer"), Column(kind="decimal"), Column(kind="boolean")
TITLE = Column(kind="string", required=True)
PROVIDER = {"code": _key(), "enabled": Column(kind="boolean", default=True)}

FIELDS: Mapping[str, Mapping[str, Column]] = {
    "tag": {"value": _key()},
    "category": {
        "name": TITLE,
        "handle": _key(),
        "description": TEXT,
        "active": Column(kind="boolean", default=True),
        "parent": _one("category"),
    },
    "collection": {"title": TITLE, "handle": _key()},
    "product_type": {"value": _key()},
    "currency": {"code": _key(), "name": STRING, "symbol": STRING, "decimal_digits": INTEGER},
    "payment_provider": PROVIDER,
    "fulfillment_provider": PROVIDER,
    "region": {
        "name": _key(),
        "currency": _one("currency"),
        "automatic_taxes": FLAG,
        "payment_providers": _many("payment_provider"),
    },
    "country": {"code": _key(), "iso_3": STRING, "name": STRING, "region": _one("region")},
    "shipping_profile": {"name": _key(), "kind": STRING},
    "shipping_option": {
        "name": _key(),
        "code": STRING,
        "description": TEXT,
        "price_type": STRING,
        "price": Column(kind="money", name="prices"),
        "profile": _one("shipping_profile"),
        "provider": _one("fulfillment_provider"),
    },
    "stock_location": {"name": _key(), "address": JSON},
    "store": {
        "name": _key(),
        "default_currency": _one("currency"),
        "currencies": _many("currency"),
        "default_region": _one("region"),
        "default_location": _one("stock_location"),
    },
    "product": {
        "title": TITLE,
        "handle": _key(),
        "subtitle": STRING,
        "description": TEXT,
        "status": Column(kind="string", default="draft"),
        "thumbnail": TEXT,
        "images": JSON,
        "brand": STRING,
        "discountable": Column(kind="boolean", default=True),
        **dict.fromkeys(("weight", "length", "width", "height"), DECIMAL),
        **dict.fromkeys(("material", "origin_country", "hs_code", "mid_code"), STRING),
        "collection": _one("collection"),
        "type": _one("product_type"),
        "shipping_profile": _one("shipping_profile"),
        "categories": _many("category"),
        "tags": _many("tag"),
    },
    "option": {"product": _part_of("product"), "title": STRING},
    "option_value": {"option": _part_of("option"), "value": STRING},
    "variant": {
        "product": _part_of("product"),
        "title": STRING,
        "sku": _key(required=False),
        **dict.fromkeys(("barcode", "ean", "upc"), STRING),
        **dict.fromkeys(("manage_inventory", "allow_backorder"), FLAG),
        "options": _many("option_value"),
    },
    "price": {
        "variant": _part_of("variant"),
        "currency": STRING,
        "region": _one("region"),
        "min_quantity": INTEGER,
        "max_quantity": INTEGER,
        "amount": DECIMAL,
    },
    "stock": {"variant": _part_of("variant"), "location": _one("stock_location"), "quantity": INTEGER},
    "metafield": {"product": _part_of("product"), "key": STRING, "value": JSON},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """The collection between two that refer to each other many times, as the Directus app names it."""

    collection: str
    owner: str  # the type with the field
    field: str
    ours: str
    theirs: str
    target: str


def column_name(field: str, column: Column) -> str:
    """The column of a field."""
    return column.name or field


def _junction(owner: str, field: str, target: str) -> Junction:
    ours, theirs = COLLECTIONS[owner], COLLECTIONS[target]
    collection = f"{ours}_{theirs}"
    return Junction(
        collection=collection, owner=owner, field=field, ours=f"{ours}_id", theirs=f"{theirs}_id", target=target
    )


JUNCTIONS = {
    made.collection: made
    for owner, fields in FIELDS.items()
    for field, each in fields.items()
    if each.kind == "many"
    for made in (_junction(owner, field, each.target),)
}
