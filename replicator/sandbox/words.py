"""The words that all played systems share: by which fields a record of each type is known, and how that reads.

The natural key of a part names its whole first: `blue-shirt / Size / M` is a value of an option of a product.
References are named by the key of their target, so that the same thing reads the same at every system.
"""

from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "tag": ("value",),
    "category": ("handle",),
    "collection": ("handle",),
    "product_type": ("value",),
    "currency": ("code",),
    "payment_provider": ("code",),
    "fulfillment_provider": ("code",),
    "region": ("name",),
    "country": ("code",),
    "shipping_profile": ("name",),
    "shipping_option": ("name",),
    "stock_location": ("name",),
    "store": ("name",),
    "product": ("handle",),
    "option": ("product", "title"),
    "option_value": ("option", "value"),
    "variant": ("sku",),
    "price": ("variant", "currency", "region", "min_quantity", "max_quantity"),
    "stock": ("variant", "location"),
    "metafield": ("product", "key"),
}
JOINT = " / "


def key_of(type_name: str, fields: Mapping[str, object]) -> str:
    """The natural key of a record from its fields in shared words; empty where it has none."""
    values = [fields.get(name) for name in KEYS[type_name]]
    if values[0] in (None, ""):
        return ""
    while len(values) > 1 and values[-1] is None:  # a price for everybody, whatever the quantity, ends with its money
        values.pop()
    return JOINT.join("" if each is None else str(each) for each in values)


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """What a write changed; a record that is not there has nothing in any field."""
    pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and any(x not in (None, []) for x in pair)}
