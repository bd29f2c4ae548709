"""How products are ordered: tags, the tree of categories, collections, types."""

from __future__ import annotations

from replicator.catalog.fields import commerce, content, one
from replicator.core.schema import Kind, entity_type

TAG = entity_type("tag", [content("value")], key=("value",))

CATEGORY = entity_type(
    "category",
    [
        content("name"),
        content("handle"),
        content("description"),
        commerce("active", Kind.FLAG),
        one("parent", "category"),
    ],
    key=("handle",),
    slug=("handle", "name"),
)

COLLECTION = entity_type("collection", [content("title"), content("handle")], key=("handle",), slug=("handle", "title"))

PRODUCT_TYPE = entity_type("product_type", [content("value")], key=("value",))
