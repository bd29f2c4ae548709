"""All types by name."""

from __future__ import annotations

from collections.abc import Mapping

from replicator.catalog.products import METAFIELD, OPTION, OPTION_VALUE, PRICE, PRODUCT, STOCK, VARIANT
from replicator.catalog.selling import (
    COUNTRY,
    CURRENCY,
    FULFILLMENT_PROVIDER,
    PAYMENT_PROVIDER,
    REGION,
    SHIPPING_OPTION,
    SHIPPING_PROFILE,
    STOCK_LOCATION,
    STORE,
)
from replicator.catalog.taxonomy import CATEGORY, COLLECTION, PRODUCT_TYPE, TAG
from replicator.core.schema import EntityType

CATALOG: Mapping[str, EntityType] = {
    each.name: each
    for each in (
        TAG,
        CATEGORY,
        COLLECTION,
        PRODUCT_TYPE,
        CURRENCY,
        PAYMENT_PROVIDER,
        FULFILLMENT_PROVIDER,
        REGION,
        COUNTRY,
        SHIPPING_PROFILE,
        SHIPPING_OPTION,
        STOCK_LOCATION,
        STORE,
        PRODUCT,
        OPTION,
        OPTION_VALUE,
        VARIANT,
        PRICE,
        STOCK,
        METAFIELD,
    )
}
