"""What Medusa can do with taxonomy and what selling needs, as data; products and parts are in `shape`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from replicator.connectors.base import TypeFeatures
from replicator.connectors.medusa import selling, shipping, taxonomy

_TAG: Final = frozenset(taxonomy.TAG_KEYS)
_CATEGORY: Final = frozenset(taxonomy.CATEGORY_KEYS)
_COLLECTION: Final = frozenset(taxonomy.COLLECTION_KEYS)
_OPTION: Final = frozenset((*shipping.COLUMNS, *shipping.OF_TYPE, "price"))


def _reads(type_name: str) -> frozenset[str]:
    return frozenset(selling.COLUMNS[type_name])


TAXONOMY: Final[Mapping[str, TypeFeatures]] = {
    "tag": TypeFeatures(reads=_TAG, writes=_TAG, marker=True, entity_column=True),
    "category": TypeFeatures(
        reads=_CATEGORY, writes=_CATEGORY, marker=True, entity_column=True, normal=taxonomy.normal_category
    ),
    "collection": TypeFeatures(reads=_COLLECTION, writes=_COLLECTION, marker=True, entity_column=True),
    "product_type": TypeFeatures(reads=_TAG, writes=_TAG, marker=True, entity_column=True),
}
SELLING: Final[Mapping[str, TypeFeatures]] = {
    "currency": TypeFeatures(
        reads=_reads("currency"), creates=False, deletes=False, standing=True, natural_ids=True, version_skew=0
    ),
    "payment_provider": TypeFeatures(
        reads=_reads("payment_provider"), creates=False, deletes=False, standing=True, natural_ids=True
    ),
    "fulfillment_provider": TypeFeatures(
        reads=_reads("fulfillment_provider"), creates=False, deletes=False, standing=True, natural_ids=True
    ),
    "region": TypeFeatures(
        reads=_reads("region"),
        writes=_reads("region"),
        marker=True,
        unique=False,
        normal=selling.normal_region,
    ),
    "country": TypeFeatures(
        reads=_reads("country"),
        writes=frozenset(("region",)),
        creates=False,
        deletes=False,
        standing=True,
        natural_ids=True,
    ),
    "shipping_profile": TypeFeatures(
        reads=_reads("shipping_profile"),
        writes=_reads("shipping_profile"),
        marker=True,
        standing=True,
        normal=selling.normal_profile,
    ),
    "shipping_option": TypeFeatures(reads=_OPTION, writes=_OPTION, marker=True, unique=False, normal=shipping.normal),
    "stock_location": TypeFeatures(
        reads=_reads("stock_location"),
        writes=_reads("stock_location"),
        marker=True,
        unique=False,
        standing=True,
        normal=selling.normal_location,
    ),
    "store": TypeFeatures(
        reads=_reads("store"),
        writes=_reads("store"),
        marker=True,
        creates=False,
        deletes=False,
        standing=True,
        normal=selling.normal_store,
    ),
}
LISTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "tags": ("tag",),
    "categories": ("category",),
    "collections": ("collection",),
    "product_types": ("product_type",),
    "currencies": ("currency",),
    "payment_providers": ("payment_provider",),
    "fulfillment_providers": ("fulfillment_provider",),
    "regions": ("region", "country"),
    "shipping_profiles": ("shipping_profile",),
    "shipping_options": ("shipping_option",),
    "stock_locations": ("stock_location",),
    "stores": ("store",),
}
SINCE: Final = frozenset(
    (
        *("tags", "categories", "collections", "product_types"),
        *("regions", "shipping_profiles", "shipping_options", "stock_locations"),
    )
)
REASONS: Final[Mapping[str, str]] = {
    "currency": "its API makes no currencies; which of them are sold in is written to the store",
    "country": "it has all countries from the start; written is which region has one",
    "payment_provider": "providers are modules in its configuration: its API only shows them",
    "fulfillment_provider": "providers are modules in its configuration: its API only shows them",
    "product": "it has no field for a brand; a metafield can carry one",
    "store": "it has one store from the start, which is changed and never deleted",
}
PROVISIONS: Final = frozenset(("currency", "shipping_profile", "stock_location"))
EVENTS: Final[Mapping[str, str]] = {  # of both families: of the API, and of the modules behind it
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
