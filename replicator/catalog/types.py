"""The types: tag, category, product, variant. Content is preferred from the CMS side, commerce from Medusa, feeds
come last.
"""

from __future__ import annotations

from collections.abc import Mapping

from replicator.core.schema import EntityType, Field, Kind, Policy, entity_type

CONTENT = ("directus", "strapi", "medusa", "dummyjson")
COMMERCE = ("medusa", "directus", "strapi", "dummyjson")


def _content(name: str, kind: Kind = Kind.TEXT) -> Field:
    return Field(name=name, kind=kind, order=CONTENT)


def _commerce(name: str, kind: Kind = Kind.TEXT) -> Field:
    return Field(name=name, kind=kind, order=COMMERCE)


TAG = entity_type("tag", [_content("value")], keys=("value",))

CATEGORY = entity_type(
    "category",
    [
        _content("name"),
        _content("handle"),
        _content("description"),
        _commerce("active", Kind.FLAG),
        Field(name="parent", kind=Kind.REFERENCE, target="category", order=COMMERCE),
    ],
    keys=("handle",),
    slug=("handle", "name"),
)

PRODUCT = entity_type(
    "product",
    [
        _content("title"),
        _content("handle"),
        _content("subtitle"),
        _content("description"),
        _commerce("status"),  # draft | published
        _content("thumbnail"),
        _content("images", Kind.TEXTS),  # URLs, in order
        _content("brand"),
        _commerce("weight", Kind.DECIMAL),
        _commerce("options", Kind.JSON),  # [{"title": "Size", "values": ["S", "M"]}, …]
        Field(name="categories", kind=Kind.REFERENCES, target="category", policy=Policy.UNION),
        Field(name="tags", kind=Kind.REFERENCES, target="tag", policy=Policy.UNION),
    ],
    keys=("handle",),
    slug=("handle", "title"),
)

VARIANT = entity_type(
    "variant",
    [
        Field(name="product", kind=Kind.REFERENCE, target="product", order=COMMERCE),
        _commerce("title"),
        _commerce("sku"),
        _commerce("barcode"),
        _commerce("options", Kind.JSON),  # {"Size": "S"}
        _commerce("price", Kind.MONEY),  # keys price@usd, price@eur: {"amount": "9.99", "currency": "usd"}
        _commerce("stock", Kind.INTEGER),
    ],
    keys=("sku",),
    part_of="product",
)

CATALOG: Mapping[str, EntityType] = {each.name: each for each in (TAG, CATEGORY, PRODUCT, VARIANT)}
