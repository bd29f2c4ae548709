"""Products, there and back. Pure.

A product's update carries neither its variants (those it leaves out would be deleted) nor its options (refused).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa import options
from replicator.connectors.medusa.raw import (
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

PLAIN = ("title", "handle", "subtitle", "description", "status", "thumbnail")
LISTS = ("images", "categories", "tags")
FIELDS = frozenset((*PLAIN, *LISTS, "weight", "options"))


def normal_product(key: str, value: Value) -> Value:
    """The form in which Medusa gives a product back: 32-bit weights, options without order and never none, no list as
    an empty one.
    """
    if key == "weight" and isinstance(value, str):
        return options.single_precision(value)
    if key == "options":
        return [*options.normal(value)]
    return [] if key in LISTS and value is None else value


def record(raw: Raw) -> Record:
    """A product as read."""
    return Record(
        type="product",
        remote_id=raw["id"],
        fields={name: _field(raw, name) for name in sorted(FIELDS) if name in raw},
        version=version(raw),
        marker=marker_of(raw),
        missing=tuple(sorted(name for name in FIELDS if name not in raw)),
        references=references_of(raw, "product"),
        entity=entity_of(raw),
    )


def _field(raw: Raw, name: str) -> Value:
    if name == "images":
        ranked = sorted(living(raw["images"], "images"), key=lambda image: (image.get("rank") or 0, image["id"]))
        return [image["url"] for image in ranked]
    if name == "weight":
        return None if raw["weight"] is None else options.single_precision(decimal(raw["weight"]))
    if name == "options":
        return [*options.options_of(raw)]
    if name == "status":
        return "published" if raw["status"] == "published" else "draft"  # proposed and rejected are not on sale either
    if name in ("categories", "tags"):
        return members(row["id"] for row in living(raw[name], name))
    plain: Value = raw[name]
    return plain


def body(fields: Mapping[str, Value]) -> dict[str, object]:
    """The part of a body that creates and updates share."""
    made: dict[str, object] = {name: fields[name] for name in PLAIN if name in fields}
    if "images" in fields:
        made["images"] = [{"url": url} for url in members_of(fields["images"])]
    if "weight" in fields:
        made["weight"] = None if fields["weight"] is None else float(str(fields["weight"]))
    for name in ("categories", "tags"):
        if name in fields:
            made[name] = [{"id": each} for each in members_of(fields[name])]
    return made


def create_body(write: Write, fields: Mapping[str, Value], variants: Sequence[object] = ()) -> dict[str, object]:
    """What makes a product, together with variants made along with it."""
    return {
        **body(fields),
        "options": options.normal(fields.get("options")),
        "external_id": write.entity,
        "variants": list(variants),
        **marked(write),
    }


def update_body(write: Write, fields: Mapping[str, Value]) -> dict[str, object]:
    """What changes a product, as an item of a batch."""
    return {"id": write.remote_id, **body(fields), **marked(write)}
