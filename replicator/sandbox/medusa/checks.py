"""Checks: bodies are validated field by field, with Medusa's sentences. And metadata, which merges or replaces."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any, TypeAlias

from replicator.sandbox.medusa.refusals import Refusal

Spec: TypeAlias = Mapping[str, str]
"""Field → kind: `string`, `number`, `boolean`, `array`, `object`; `?` behind it takes null, `!` must be given."""

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

METADATA = {"metadata": "object?"}
TAG = {"value": "string", "external_id": "string?", **METADATA}
COLLECTION = {**dict.fromkeys(("title", "handle"), "string"), "external_id": "string?", **METADATA}
CATEGORY = {
    "name": "string",
    "description": "string",
    "handle": "string",
    "is_internal": "boolean",
    "is_active": "boolean",
    "parent_category_id": "string?",
    "rank": "number",
    "external_id": "string?",
    **METADATA,
}
SIZES = dict.fromkeys(("weight", "length", "height", "width"), "number?")
TEXTS = dict.fromkeys(("hs_code", "mid_code", "origin_country", "material"), "string?")
PRODUCT = {
    "title": "string",
    "handle": "string?",
    "status": "string",
    **dict.fromkeys(("subtitle", "description", "thumbnail", "external_id", "collection_id", "type_id"), "string?"),
    "shipping_profile_id": "string?",
    **dict.fromkeys(("images", "categories", "tags", "sales_channels", "variants", "options"), "array"),
    **dict.fromkeys(("is_giftcard", "discountable"), "boolean"),
    **SIZES,
    **TEXTS,
    **METADATA,
    "additional_data": "object",
}
VARIANT = {
    "title": "string",
    **dict.fromkeys(("sku", "barcode", "ean", "upc", "thumbnail"), "string?"),
    "allow_backorder": "boolean",
    "manage_inventory": "boolean",
    "variant_rank": "number",
    "prices": "array",
    "options": "object",
    "inventory_items": "array",
    **SIZES,
    **TEXTS,
    **METADATA,
}
PRICE = {
    "id": "string",
    "currency_code": "string",
    "amount": "number",
    "min_quantity": "number?",
    "max_quantity": "number?",
    "rules": "object",
}
LEVEL = {"location_id": "string!", "stocked_quantity": "number", "incoming_quantity": "number"}
ADDRESS_COLUMNS = ("address_1", "address_2", "company", "city", "country_code", "phone", "postal_code", "province")
STATUSES = ("draft", "proposed", "published", "rejected")


def checked(body: object, spec: Spec, *required: str, where: str = "") -> dict[str, Any]:
    """The body, if it is what it should be."""
    if not isinstance(body, dict):
        msg = f"Invalid request: Expected type: 'object' for field '{where}', got: '{body}'"
        raise Refusal(msg)
    wrong = []
    for name, value in body.items():
        kind = spec.get(name, "")
        if kind and not _is(value, kind):
            got = "null" if value is None else value
            wrong.append(f"Expected type: '{kind.rstrip('?!')}' for field '{where}{name}', got: '{got}'")
    absent = (*required, *(name for name, kind in spec.items() if kind.endswith("!")))
    wrong += [f"Field '{where}{name}' is required" for name in absent if name not in body]
    if unknown := [f"'{name}'" for name in body if name not in spec]:
        wrong.append(f"Unrecognized fields: {', '.join(unknown)}")
    if wrong:
        raise Refusal(f"Invalid request: {'; '.join(wrong)}")
    return dict(body)


def _is(value: object, kind: str) -> bool:
    if value is None:
        return kind.endswith("?")
    name = kind.rstrip("?!")
    return isinstance(value, KINDS[name]) and (name == "boolean" or not isinstance(value, bool))


def slug(text: str) -> str:
    """The handle that Medusa makes of a title."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def product_handle(handle: str) -> str:
    """A product's handle has URL safe characters only."""
    if handle and not HANDLE.fullmatch(handle):
        raise Refusal(f"Invalid product handle '{handle}'. It must contain URL safe characters")
    return handle


def single(number: float | None) -> float | int | None:
    """A number as a 32-bit column gives it back: the shortest spelling that is the same 32-bit float."""
    if number is None:
        return None
    packed = struct.pack("f", number)
    for digits in range(1, 10):
        near = float(f"{struct.unpack('f', packed)[0]:.{digits}g}")
        if struct.pack("f", near) == packed:
            return int(near) if near == int(near) else near
    return float(struct.unpack("f", packed)[0])


def merged(before: Mapping[str, Any] | None, given: Mapping[str, Any] | None, *, clears: bool) -> dict[str, Any] | None:
    """Metadata of what merges: top level key by key, "" removes one, null all; `{}` clears products and variants."""
    if given is None:
        return None
    if not given:
        return {} if clears else dict(before) if before is not None else None
    result = {**(before or {}), **given}
    return {key: value for key, value in result.items() if value != ""}
