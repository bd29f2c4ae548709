"""Writing: who writes what. One table: type and action → writer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from replicator.connectors.base import Action
from replicator.connectors.medusa import (
    metafield_writes,
    option_writes,
    price_writes,
    product_writes,
    selling_writes,
    shipping_writes,
    stock_writes,
    taxonomy_writes,
    value_writes,
    variant_writes,
)
from replicator.connectors.medusa.batch import Batch, Item

Writer: TypeAlias = Callable[[Batch, Sequence[Item]], Awaitable[None]]

TAXONOMY: Final = ("tag", "category", "collection", "product_type")
SOLD_BY: Final = ("region", "shipping_profile", "stock_location")
AGGREGATE: Final = {
    "product": product_writes,
    "option": option_writes,
    "option_value": value_writes,
    "variant": variant_writes,
    "price": price_writes,
    "stock": stock_writes,
    "metafield": metafield_writes,
}

WRITERS: Final[Mapping[tuple[str, Action], Writer]] = {
    **{(name, Action.CREATE): taxonomy_writes.create for name in TAXONOMY},
    **{(name, Action.UPDATE): taxonomy_writes.update for name in TAXONOMY},
    **{(name, Action.DELETE): taxonomy_writes.delete for name in TAXONOMY},
    **{(name, Action.CREATE): selling_writes.create for name in SOLD_BY},
    **{(name, Action.UPDATE): selling_writes.update for name in SOLD_BY},
    **{(name, Action.DELETE): selling_writes.delete for name in (*SOLD_BY, "shipping_option")},
    ("country", Action.UPDATE): selling_writes.update_countries,
    ("store", Action.UPDATE): selling_writes.update_store,
    ("shipping_option", Action.CREATE): shipping_writes.create,
    ("shipping_option", Action.UPDATE): shipping_writes.update,
    **{(name, Action.CREATE): writes.create for name, writes in AGGREGATE.items()},
    **{(name, Action.UPDATE): writes.update for name, writes in AGGREGATE.items()},
    **{(name, Action.DELETE): writes.delete for name, writes in AGGREGATE.items()},
}
