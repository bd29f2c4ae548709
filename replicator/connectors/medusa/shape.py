"""Shape: what Medusa can do, as data, and its webhooks. Pure; the nouns are in `taxonomy`, `products`, `variants`."""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.base import Features, Hint, TypeFeatures
from replicator.connectors.medusa import products, taxonomy, variants
from replicator.errors import BadAnswer

BATCH_MAX = 50  # records in one body; larger batches gain nothing and hold Medusa's only thread for seconds

# Events of both families that name a record we carry. The others (prices, options, stock levels, links) name a part of
# one, by an id that cannot be looked up: what they are about is found by the listings.
EVENTS = {
    "product": "product",
    "product.product": "product",
    "product-variant": "variant",
    "product.product-variant": "variant",
    "product-category": "category",
    "product.product-category": "category",
    "product-tag": "tag",
    "product.product-tag": "tag",
}

FEATURES = Features(
    types={
        "tag": TypeFeatures(
            reads=frozenset(taxonomy.TAG_KEYS),
            writes=frozenset(taxonomy.TAG_KEYS),
            marker=True,
            entity_column=True,
        ),
        "category": TypeFeatures(
            reads=frozenset(taxonomy.CATEGORY_KEYS),
            writes=frozenset(taxonomy.CATEGORY_KEYS),
            marker=True,
            entity_column=True,
            normal=taxonomy.normal_category,
        ),
        "product": TypeFeatures(
            reads=products.FIELDS,
            writes=products.FIELDS,
            marker=True,
            entity_column=True,
            bulk=BATCH_MAX,
            cascades=("variant",),
            normal=products.normal_product,
        ),
        "variant": TypeFeatures(
            reads=variants.FIELDS,
            writes=variants.FIELDS,
            marker=True,
            bulk=BATCH_MAX,
            normal=variants.normal_variant,
        ),
    },
    listings={"tags": ("tag",), "categories": ("category",), "products": ("product", "variant")},
    since=frozenset(("tags", "categories", "products")),
    repeats=frozenset(("tags", "categories", "products")),
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
