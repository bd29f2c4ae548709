"""Products, there and back. Pure.

A product's update carries neither its variants (those it leaves out would be deleted) nor its options (refused).

A product without a shipping profile cannot be sent, so one that names none gets the shop's usual one when it is made.
That is our filling and nobody's edit: it is noted in the metadata, and reads as none.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa.raw import (
    FILLED_KEY,
    Raw,
    entity_of,
    living,
    marked,
    marker_of,
    members_of,
    references_of,
    version,
)
from replicator.core.document import Value, decimal, members

PLAIN = (
    *("title", "handle", "subtitle", "description", "thumbnail"),
    *("material", "origin_country", "hs_code", "mid_code"),
)
FILLED: Mapping[str, Value] = {"status": "draft", "discountable": True}  # what Medusa takes where nothing is said
SIZES = ("weight", "length", "width", "height")
LISTS = ("images", "categories", "tags")
REFERENCES = {"collection": "collection_id", "type": "type_id"}
FIELDS = frozenset((*PLAIN, *FILLED, *SIZES, *LISTS, *REFERENCES, "shipping_profile"))
SINGLE_DIGITS_MAX = 9  # so many decimal digits tell every 32-bit float from its neighbours


def normal(key: str, value: Value) -> Value:
    """The form in which Medusa gives a product back: 32-bit sizes, no list as an empty one, no flag without a value."""
    if key in SIZES and isinstance(value, str):
        return single_precision(value)
    if key in FILLED and value is None:
        return FILLED[key]
    return [] if key in LISTS and value is None else value


def record(raw: Raw) -> Record:
    """A product as read."""
    return Record(
        type="product",
        remote_id=raw["id"],
        fields={name: _field(raw, name) for name in sorted(FIELDS) if _told(raw, name)},
        version=version(raw),
        marker=marker_of(raw),
        missing=tuple(sorted(name for name in FIELDS if not _told(raw, name))),
        references=references_of(raw, "product"),
        entity=entity_of(raw),
    )


def body(fields: Mapping[str, Value]) -> dict[str, object]:
    """The part of a body that creates and updates share."""
    made: dict[str, object] = {name: normal(name, fields[name]) for name in (*PLAIN, *FILLED) if name in fields}
    made |= {theirs: fields[ours] for ours, theirs in REFERENCES.items() if ours in fields}
    made |= {name: None if fields[name] is None else float(str(fields[name])) for name in SIZES if name in fields}
    if "images" in fields:
        made["images"] = [{"url": url} for url in members_of(fields["images"])]
    for name in ("categories", "tags"):
        if name in fields:
            made[name] = [{"id": each} for each in members_of(fields[name])]
    return made


def create_body(write: Write, fields: Mapping[str, Value], usual: Mapping[str, object]) -> dict[str, object]:
    """What makes a product; `usual`: the sales channel and the shipping profile of the shop, as parts of a body."""
    profile = fields.get("shipping_profile")
    filled = usual.get("shipping_profile_id") if profile is None else None
    named = {} if profile is None else {"shipping_profile_id": profile}
    noted: Mapping[str, object] = {} if filled is None else {FILLED_KEY: filled}
    return {**usual, **body(fields), **named, "external_id": write.entity, **marked(write, noted)}


def update_body(write: Write, fields: Mapping[str, Value]) -> dict[str, object]:
    """What changes a product, as an item of a batch. A profile that is named replaces the one that we filled in."""
    named: dict[str, object] = {}
    noted: Mapping[str, object] = {}
    if "shipping_profile" in fields:
        named, noted = {"shipping_profile_id": fields["shipping_profile"]}, {FILLED_KEY: ""}
    return {"id": write.remote_id, **body(fields), **named, **marked(write, noted)}


def single_precision(number: str) -> str:
    """A decimal as it comes back from a 32-bit float: its shortest spelling."""
    try:
        (single,) = struct.unpack("f", struct.pack("f", float(number)))
    except OverflowError:
        return number  # no 32-bit float: Medusa refuses it
    for digits in range(1, SINGLE_DIGITS_MAX + 1):
        spelled = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(spelled))) == (single,):
            return decimal(spelled)
    return decimal(single)


def _told(raw: Raw, name: str) -> bool:
    """Whether the answer says it. A product without a shipping profile has no word of one."""
    return name == "shipping_profile" or REFERENCES.get(name, name) in raw


def _field(raw: Raw, name: str) -> Value:
    if name == "images":
        ranked: Sequence[Raw] = sorted(
            living(raw["images"], "images"), key=lambda image: (image.get("rank") or 0, image["id"])
        )
        return [image["url"] for image in ranked]
    if name in SIZES:
        return None if raw[name] is None else single_precision(decimal(raw[name]))
    if name == "status":
        return "published" if raw["status"] == "published" else "draft"  # proposed and rejected are not on sale either
    if name in ("categories", "tags"):
        return members(row["id"] for row in living(raw[name], name))
    if name in REFERENCES:  # Medusa keeps the id of what is deleted, and shows nothing beside it
        there: Value = raw[REFERENCES[name]] if raw.get(name) else None
        return there
    if name == "shipping_profile":
        return _profile(raw)
    plain: Value = raw[name]
    return plain


def _profile(raw: Raw) -> Value:
    profile, metadata = raw.get("shipping_profile"), raw.get("metadata")
    if not isinstance(profile, Mapping):
        return None
    filled = metadata.get(FILLED_KEY) if isinstance(metadata, Mapping) else None
    return None if profile["id"] == filled else str(profile["id"])
