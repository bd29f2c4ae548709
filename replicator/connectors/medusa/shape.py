"""Shape: what Medusa can do, as data. Pure; the nouns are in `able`, `products`, `variants`, webhooks in `hearing`."""

from __future__ import annotations

from collections.abc import Callable

from replicator.connectors.base import Features, TypeFeatures, same
from replicator.connectors.medusa import able, metafields, prices, products, variants
from replicator.core.document import Value

BATCH_MAX = 50  # records in one body; larger batches gain nothing and hold Medusa's only thread for seconds


def _part(*fields: str, cascades: tuple[str, ...] = (), normal: Callable[[str, Value], Value] = same) -> TypeFeatures:
    """What can be done with a part that has no room for a marker. A second one of its key is the one that is there."""
    names = frozenset(fields)
    return TypeFeatures(reads=names, writes=names, bulk=BATCH_MAX, unique=False, cascades=cascades, normal=normal)


AGGREGATE = {
    "product": TypeFeatures(
        reads=products.FIELDS,
        writes=products.FIELDS,
        marker=True,
        entity_column=True,
        bulk=BATCH_MAX,
        cascades=("option", "option_value", "variant", "price", "stock", "metafield"),
        normal=products.normal,
    ),
    "option": _part("product", "title", cascades=("option_value",)),
    "option_value": _part("option", "value"),
    "variant": TypeFeatures(
        reads=variants.FIELDS,
        writes=variants.FIELDS,
        marker=True,
        bulk=BATCH_MAX,
        cascades=("price", "stock"),
        normal=variants.normal,
    ),
    "price": _part(*prices.FIELDS, normal=prices.normal),
    "stock": _part("variant", "location", "quantity"),
    "metafield": _part("product", "key", "value", normal=metafields.normal),
}

FEATURES = Features(
    types={
        **able.TAXONOMY,
        **able.SELLING,
        **AGGREGATE,
    },
    listings={**able.LISTINGS, "products": tuple(AGGREGATE)},
    since=frozenset((*able.SINCE, "products")),
    reasons=able.REASONS,
    provisions=able.PROVISIONS,
    repeats=frozenset((*able.SINCE, "products")),
)
