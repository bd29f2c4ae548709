"""DummyJSON's products as our records, pure.

One of its products is four of our records, a product, its one variant, that variant's price and its stock, and names a
category and tags, which it does not hold as records of their own: those are made from the names. It tells no handle, no
status, no currency and no place where the stock lies, and its times never change, so versions are all 0 and what
changed is found by comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from replicator.connectors.base import Features, Record, TypeFeatures
from replicator.core.document import Value, decimal, members
from replicator.errors import BadAnswer, CanonicalError

VARIANT_TITLE = "Default"
STATUS = "published"  # what is offered is for sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """What the feed does not tell and every price and stock has: the money, and the place."""

    currency: str = "usd"
    location: str = "Main warehouse"


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _number(value: object) -> bool:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return False
    try:
        decimal(value)
    except CanonicalError:
        return False  # more digits than any system holds
    return True


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _sized(value: object) -> bool:
    return isinstance(value, Mapping) and all(_number(value.get(side)) for side in SIDES.values())


def _coded(value: object) -> bool:
    return isinstance(value, Mapping) and _text(value.get("barcode"))


SIDES = {"width": "width", "height": "height", "length": "depth"}  # ours ← theirs

# Our field ← the key of theirs, and what must be found there. A product that has it not is told as misshapen, by
# itself: the others on its page are read all the same. The brand is not among them: who has none lacks the key.
PRODUCT_KEYS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "title": ("title", _text),
    "description": ("description", _text),
    "thumbnail": ("thumbnail", _text),
    "images": ("images", _texts),
    "weight": ("weight", _number),
    "width": ("dimensions", _sized),
    "categories": ("category", _text),
    "tags": ("tags", _texts),
}
VARIANT_KEYS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "sku": ("sku", _text),
    "barcode": ("meta", _coded),
}
PRICE_KEYS = {"amount": ("price", _number)}
STOCK_KEYS = {"quantity": ("stock", _whole)}


def _read(fields: set[str]) -> TypeFeatures:
    return TypeFeatures(reads=frozenset(fields), deletes=False)


_NOT_SAID = "its products do not say"
_NOTHING = "it offers products, and nothing of how they are sold"

FEATURES = Features(
    types={
        "category": _read({"name", "handle", "active"}),
        "tag": _read({"value"}),
        "product": _read({*PRODUCT_KEYS, *SIDES, "brand", "status", "discountable"}),
        "variant": _read({*VARIANT_KEYS, "product", "title", "manage_inventory", "allow_backorder"}),
        "price": _read({*PRICE_KEYS, "variant", "currency"}),
        "stock_location": _read({"name"}),
        "stock": _read({*STOCK_KEYS, "variant", "location"}),
    },
    listings={"catalogue": ("category", "tag", "stock_location", "product", "variant", "price", "stock")},
    hooks=False,
    reasons={
        "collection": _NOT_SAID,
        "product_type": _NOT_SAID,
        "option": "every product is sold in one form",
        "option_value": "every product is sold in one form",
        "metafield": _NOT_SAID,
        **dict.fromkeys(("currency", "region", "country", "payment_provider", "fulfillment_provider"), _NOTHING),
        **dict.fromkeys(("shipping_profile", "shipping_option", "store"), _NOTHING),
    },
)


def products_of(body: object) -> tuple[list[Mapping[str, Any]], int]:
    """The products of a list, and how many there are in all. Raises BadAnswer."""
    match body:
        case {"products": [*products], "total": int(total)} if all(_is_product(each) for each in products):
            return products, total
        case _:
            msg = "DummyJSON answered no list of products: `products`, each with an `id`, and `total` are expected"
            raise BadAnswer(msg)


def records(raw: Mapping[str, Any], untold: Untold) -> Iterator[Record]:
    """All records that one product makes, wholes before their parts, and what they refer to before both."""
    found = product(raw)
    if "categories" not in found.missing:
        yield category(raw["category"])
    if "tags" not in found.missing:
        yield from map(tag, members(raw["tags"]))
    yield location(untold)
    yield found
    yield variant(raw)
    yield price(raw, untold)
    yield stock(raw, untold)


def of_product(type_name: str, raw: Mapping[str, Any], untold: Untold) -> Record:
    """The one record of that type that a product makes."""
    return next(each for each in records(raw, untold) if each.type == type_name)


def category(slug: str) -> Record:
    """A category, from its slug alone: that is all there is to it.

    It is active, because it is offered; left unsaid, each shop would fill in a default of its own, and they differ.
    """
    name = " ".join(word.capitalize() for word in slug.split("-"))
    return Record(type="category", remote_id=slug, fields={"name": name, "handle": slug, "active": True})


def tag(value: str) -> Record:
    """A tag, named by its value."""
    return Record(type="tag", remote_id=value, fields={"value": value})


def product(raw: Mapping[str, Any]) -> Record:
    """The product, without its handle: titles repeat, and unique handles are the engine's to make."""
    told, missing = _told(raw, PRODUCT_KEYS)
    fields: dict[str, Value] = {
        "title": told["title"],
        "description": told["description"],
        "status": STATUS,
        "thumbnail": told["thumbnail"],
        "images": told["images"],
        "brand": raw["brand"] if _text(raw.get("brand")) else None,
        "weight": _decimal(told["weight"]),
        **{side: told["width"] and _decimal(told["width"][theirs]) for side, theirs in SIDES.items()},
        "discountable": True,
        "categories": members([told["categories"]] if told["categories"] else []),
        "tags": members(told["tags"] or []),
    }
    return Record(type="product", remote_id=str(raw["id"]), fields=fields, missing=missing)


def variant(raw: Mapping[str, Any]) -> Record:
    """The one variant of a product. It is counted and not sold beyond its stock: left unsaid, shops would differ."""
    told, missing = _told(raw, VARIANT_KEYS)
    fields: dict[str, Value] = {
        "product": str(raw["id"]),
        "title": VARIANT_TITLE,
        "sku": told["sku"],
        "barcode": told["barcode"] and told["barcode"]["barcode"],
        "manage_inventory": True,
        "allow_backorder": False,
    }
    return Record(type="variant", remote_id=str(raw["id"]), fields=fields, missing=missing)


def price(raw: Mapping[str, Any], untold: Untold) -> Record:
    """The price before discount, exactly as written."""
    told, missing = _told(raw, PRICE_KEYS)
    fields: dict[str, Value] = {
        "variant": str(raw["id"]),
        "currency": untold.currency,
        "amount": _decimal(told["amount"]),
    }
    return Record(type="price", remote_id=f"{raw['id']}/{untold.currency}", fields=fields, missing=missing)


def location(untold: Untold) -> Record:
    """The one place where everything lies."""
    return Record(type="stock_location", remote_id=untold.location, fields={"name": untold.location})


def stock(raw: Mapping[str, Any], untold: Untold) -> Record:
    """What is there to be sold."""
    told, missing = _told(raw, STOCK_KEYS)
    fields: dict[str, Value] = {
        "variant": str(raw["id"]),
        "location": untold.location,
        "quantity": told["quantity"],
    }
    return Record(type="stock", remote_id=f"{raw['id']}/{untold.location}", fields=fields, missing=missing)


def product_id(remote_id: str) -> str:
    """The id of the product that a record was made from: of a price and a stock, what stands before the stroke."""
    return remote_id.partition("/")[0]


def absent(type_name: str, remote_id: str) -> Record:
    """A record that is not there."""
    return Record(type=type_name, remote_id=remote_id, fields=None)


def _is_product(raw: object) -> bool:
    return isinstance(raw, Mapping) and _whole(raw.get("id"))


def _told(
    raw: Mapping[str, Any], keys: Mapping[str, tuple[str, Callable[[object], bool]]]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is there, field by field, None where it is not as it must be; and the names of those fields."""
    told = {name: raw[key] if key in raw and fits(raw[key]) else None for name, (key, fits) in keys.items()}
    return told, tuple(name for name, value in told.items() if value is None)


def _decimal(number: int | Decimal | None) -> str | None:
    return None if number is None else decimal(number)
