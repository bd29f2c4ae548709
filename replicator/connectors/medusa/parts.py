"""Parts: by what the parts of a product are known in Medusa. Pure.

Some have no lasting id there (a price gets a new one when the prices of its variant are replaced), some have one that
several wholes share (an option may be linked to many products), some have none (a key of the metadata). So each is
named by its whole and by what it is in it:

| type | remote id |
|---|---|
| option | `prod_…/opt_…` |
| option_value | `prod_…/opt_…/optval_…` |
| price | `variant_…/eur`, behind it, where there are, `/reg_…` and `/10-99` (`/10-`, `/-99`) |
| stock | `variant_…/sloc_…` |
| metafield | `prod_…/key` |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from replicator.core.document import Document, Value

SEPARATOR = "/"
REGION = "reg_"
PARTS = frozenset(("option", "option_value", "price", "stock", "metafield"))


class PriceKey(NamedTuple):
    """What tells the prices of one variant apart."""

    currency: str
    region: str | None = None
    least: int | None = None
    most: int | None = None


def joined(*names: str) -> str:
    """A remote id from the ids and names it is made of."""
    return SEPARATOR.join(names)


def whole_of(remote_id: str) -> str:
    """The product or the variant that a part belongs to."""
    return remote_id.partition(SEPARATOR)[0]


def wholes_of(remote_id: str) -> list[str]:
    """A record's own remote id and those of the wholes that are told by it: `prod_1`, `prod_1/opt_1`."""
    names = remote_id.split(SEPARATOR)
    return [joined(*names[:length]) for length in range(1, len(names) + 1)]


def within(remote_id: str) -> str:
    """What a part is within its whole."""
    return remote_id.partition(SEPARATOR)[2]


def last_of(remote_id: str) -> str:
    """Medusa's own id of an option or of a value, or of the place where stock is."""
    return remote_id.rpartition(SEPARATOR)[2]


def price_id(variant: str, key: PriceKey) -> str:
    """The remote id of a price."""
    bounds = f"{_told(key.least)}-{_told(key.most)}"
    return joined(variant, key.currency, *([key.region] if key.region else []), *([bounds] if bounds != "-" else []))


def price_key(remote_id: str) -> PriceKey:
    """What its remote id says of a price. Raises ValueError for what is none of a price."""
    currency, *more = within(remote_id).split(SEPARATOR)
    region = more.pop(0) if more and more[0].startswith(REGION) else None
    least, _, most = (more.pop(0) if more else "-").partition("-")
    return PriceKey(currency, region, int(least) if least else None, int(most) if most else None)


def price_key_of(fields: Document) -> PriceKey:
    """The key that a price document has."""
    region = fields.get("region")
    return PriceKey(
        str(fields.get("currency")).lower(),
        None if region is None else str(region),
        _whole_number(fields.get("min_quantity")),
        _whole_number(fields.get("max_quantity")),
    )


def named_by(type_name: str, key: Document) -> str | None:
    """The remote id that a natural key names; None where only a look at the whole can tell (options)."""
    match type_name, [key.get(name) for name in _KEYS.get(type_name, ())]:
        case "price", [str(variant)]:
            return price_id(variant, price_key_of(key))
        case (("stock" | "metafield"), [str(whole), str(inside)]):
            return joined(whole, inside)
        case _:
            return None


_KEYS: dict[str, Sequence[str]] = {
    "price": ("variant",),
    "stock": ("variant", "location"),
    "metafield": ("product", "key"),
}


def _told(quantity: int | None) -> str:
    return "" if quantity is None else str(quantity)


def _whole_number(value: Value) -> int | None:
    return value if isinstance(value, int) else None
