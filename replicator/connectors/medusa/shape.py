"""Shape: what Medusa can do, as data, and its webhooks. Pure; the nouns are in `able`, `products`, `variants`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from replicator.connectors.base import Features, Hint, TypeFeatures, same
from replicator.connectors.medusa import able, metafields, prices, products, variants
from replicator.core.document import Value
from replicator.errors import BadAnswer

BATCH_MAX = 50  # records in one body; larger batches gain nothing and hold Medusa's only thread for seconds

# Events of both families that name a record we carry. The others (prices, options, stock levels, links) name a part of
# one, by an id that cannot be looked up: what they are about is found by the listings.
EVENTS = {
    "product": "product",
    "product.product": "product",
    "product-variant": "variant",
    "product.product-variant": "variant",
    **able.EVENTS,
}


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
)


def read_webhook(headers: Mapping[str, str], body: object) -> list[Hint]:
    """What a hook of the companion says: `{"name": "product.updated", "data": {"id": …}}`, with one id or several.

    An event about nothing we carry gives no hint. Raises BadAnswer for a body that is not of this shape.
    """
    match body:
        case {"name": str(name), "data": {"id": str(remote_id)}}:
            ids = [remote_id]
        case {"name": str(name), "data": {"id": [*several]}} if all(isinstance(one, str) for one in several):
            ids = [str(one) for one in several]
        case {"name": str(), "data": _}:
            return []  # an event of another kind: its data has no id
        case _:
            msg = "the hook's body has no name and data, as Medusa's events have"
            raise BadAnswer(msg)
    noun, _, verb = name.rpartition(".")
    if noun not in EVENTS:
        return []
    delivery = {key.lower(): value for key, value in headers.items()}.get("webhook-id")
    keys = [delivery if delivery is None or len(ids) == 1 else f"{delivery}:{remote_id}" for remote_id in ids]
    return [Hint(EVENTS[noun], remote_id, verb, key) for remote_id, key in zip(ids, keys, strict=True)]
