"""Joining: which new records are made along with a new product, in one call: its options, values, variants, prices,
metafields. Pure. Stock is not: it is of an inventory item, which the variant has only when it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from replicator.connectors.base import PENDING, Action, Write
from replicator.connectors.medusa.raw import members_of

WHOLES: Final[Mapping[str, str]] = {  # the field by which a part says what it belongs to
    "option": "product",
    "option_value": "option",
    "variant": "product",
    "price": "variant",
    "metafield": "product",
}


def homes(writes: Sequence[Write]) -> dict[int, int]:
    """The places of the parts that go along with a new product → the place of that product.

    A variant that has a value which is not among them (it may never be) goes alone, and its prices with it.
    """
    product_of: dict[str, int] = {}
    found: dict[int, int] = {}
    for index, write in enumerate(writes):
        if write.action is not Action.CREATE:
            continue
        if write.type == "product":
            product_of[write.entity] = index
        elif write.type in WHOLES:
            named = [str(write.fields.get(WHOLES[write.type])), *members_of(write.fields.get("options"))]
            products = {product_of.get(one.removeprefix(PENDING)) for one in named}
            home = products.pop()
            if home is not None and not products:
                product_of[write.entity] = found[index] = home
    return found
