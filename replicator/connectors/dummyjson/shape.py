"""DummyJSON's products as our records, pure.

One of its products is two of our records, a product and its one variant, and names a category and tags, which it does
not hold as records of their own: those are made from the names. It tells no handle, no status and no currency, and its
times never change, so versions are all 0 and what changed is found by comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from replicator.connectors.base import Features, Record, TypeFeatures
from replicator.core.document import Value, decimal, members, money
from replicator.errors import BadAnswer, CanonicalError

OPTION = "Default Option"
OPTION_VALUE = "Default"
STATUS = "published"  # what is offered is for sale


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


def _coded(value: object) -> bool:
    return isinstance(value, Mapping) and _text(value.get("barcode"))


# Our field ← the key of theirs, and what must be found there. A product that has it not is told as misshapen, by
# itself: the others on its page are read all the same. The brand is not among them: who has none lacks the key.
PRODUCT_KEYS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "title": ("title", _text),
    "description": ("description", _text),
    "thumbnail": ("thumbnail", _text),
    "images": ("images", _texts),
    "weight": ("weight", _number),
    "categories": ("category", _text),
    "tags": ("tags", _texts),
}
VARIANT_KEYS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "sku": ("sku", _text),
    "barcode": ("meta", _coded),
    "price": ("price", _number),
    "stock": ("stock", _whole),
}

FEATURES = Features(
    types={
        "category": TypeFeatures(reads=frozenset({"name", "handle", "active"}), deletes=False),
        "tag": TypeFeatures(reads=frozenset({"value"}), deletes=False),
        "product": TypeFeatures(reads=frozenset({*PRODUCT_KEYS, "brand", "options", "status"}), deletes=False),
        "variant": TypeFeatures(reads=frozenset({*VARIANT_KEYS, "product", "title", "options"}), deletes=False),
    },
    listings={"catalogue": ("category", "tag", "product", "variant")},
    hooks=False,
)


def products_of(body: object) -> tuple[list[Mapping[str, Any]], int]:
    """The products of a list, and how many there are in all. Raises BadAnswer."""
    match body:
        case {"products": [*products], "total": int(total)} if all(_is_product(each) for each in products):
            return products, total
        case _:
            msg = "DummyJSON answered no list of products: `products`, each with an `id`, and `total` are expected"
            raise BadAnswer(msg)


def records(raw: Mapping[str, Any], currency: str) -> Iterator[Record]:
    """All records that one product makes, parents first: its category, its tags, itself, its variant."""
    found = product(raw)
    if "categories" not in found.missing:
        yield category(raw["category"])
    if "tags" not in found.missing:
        yield from map(tag, members(raw["tags"]))
    yield found
    yield variant(raw, currency)


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
        "options": [{"title": OPTION, "values": [OPTION_VALUE]}],
        "categories": members([told["categories"]] if told["categories"] else []),
        "tags": members(told["tags"] or []),
    }
    return Record(type="product", remote_id=str(raw["id"]), fields=fields, missing=missing)


def variant(raw: Mapping[str, Any], currency: str) -> Record:
    """The one variant of a product. The price is the one before discount, exactly as written; they tell no currency."""
    told, missing = _told(raw, VARIANT_KEYS)
    fields: dict[str, Value] = {
        "product": str(raw["id"]),
        "title": OPTION_VALUE,
        "sku": told["sku"],
        "barcode": told["barcode"] and told["barcode"]["barcode"],
        "options": {OPTION: OPTION_VALUE},
        "stock": told["stock"],
    }
    if told["price"] is not None:
        fields[f"price@{currency}"] = money(told["price"], currency)
    return Record(type="variant", remote_id=str(raw["id"]), fields=fields, missing=missing)


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
