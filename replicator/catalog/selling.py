"""Where and how is sold: regions and their money, how is paid and shipped, where goods lie, the store itself."""

from __future__ import annotations

from replicator.catalog.fields import commerce, many, one, switch
from replicator.core.schema import Kind, entity_type

CURRENCY = entity_type(
    "currency",
    [commerce("code"), commerce("name"), commerce("symbol"), commerce("decimal_digits", Kind.INTEGER)],
    key=("code",),  # ISO 4217, lower case
)

COUNTRY = entity_type(
    "country",
    [commerce("code"), commerce("iso_3"), commerce("name"), one("region", "region")],
    key=("code",),  # ISO 3166, two letters, lower case
)

REGION = entity_type(
    "region",
    [
        commerce("name"),
        one("currency", "currency"),
        commerce("automatic_taxes", Kind.FLAG),
        many("payment_providers", "payment_provider"),
    ],
    key=("name",),
)

PAYMENT_PROVIDER = entity_type("payment_provider", [commerce("code"), switch("enabled", initial=True)], key=("code",))

FULFILLMENT_PROVIDER = entity_type(
    "fulfillment_provider", [commerce("code"), switch("enabled", initial=True)], key=("code",)
)

SHIPPING_PROFILE = entity_type("shipping_profile", [commerce("name"), commerce("kind")], key=("name",))

SHIPPING_OPTION = entity_type(
    "shipping_option",
    [
        commerce("name"),
        commerce("code"),  # of what the storefront shows as its type
        commerce("description"),
        commerce("price_type"),  # flat | calculated
        commerce("price", Kind.MONEY),  # keys price@eur: {"amount": "4.90", "currency": "eur"}
        one("profile", "shipping_profile"),
        one("provider", "fulfillment_provider"),
    ],
    key=("name",),
)

STOCK_LOCATION = entity_type("stock_location", [commerce("name"), commerce("address", Kind.JSON)], key=("name",))

STORE = entity_type(
    "store",
    [
        commerce("name"),
        one("default_currency", "currency"),
        many("currencies", "currency"),
        one("default_region", "region"),
        one("default_location", "stock_location"),
    ],
    key=("name",),
)
