"""Taxonomy: tags, categories, collections and product types, there and back. Pure."""

from __future__ import annotations

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa.raw import Raw, entity_of, marked, marker_of, references_of, version
from replicator.core.document import Value

TAG_KEYS = {"value": "value"}
CATEGORY_KEYS = {
    "name": "name",
    "handle": "handle",
    "description": "description",
    "active": "is_active",
    "parent": "parent_category_id",
}
NULLS: dict[str, Value] = {"description": "", "active": False}  # what a category has instead of null
COLLECTION_KEYS = {"title": "title", "handle": "handle"}
KEYS = {"tag": TAG_KEYS, "category": CATEGORY_KEYS, "collection": COLLECTION_KEYS, "product_type": TAG_KEYS}


def normal_category(key: str, value: Value) -> Value:
    """The form in which Medusa gives a category back: its description and its activity are never null."""
    return NULLS.get(key) if value is None else value


def record(type_name: str, raw: Raw) -> Record:
    """One of them as read."""
    keys = KEYS[type_name]
    return Record(
        type=type_name,
        remote_id=raw["id"],
        fields={ours: raw[theirs] for ours, theirs in keys.items() if theirs in raw},
        version=version(raw),
        marker=marker_of(raw),
        missing=tuple(ours for ours, theirs in keys.items() if theirs not in raw),
        references=references_of(raw, type_name),
        entity=entity_of(raw),
    )


def body(write: Write, fields: dict[str, Value], kept: object = None) -> dict[str, object]:
    """What is posted to make or change one; `fields` have their references settled."""
    keys = KEYS[write.type]
    normal = normal_category if write.type == "category" else _as_it_is
    return {
        **{theirs: normal(ours, fields[ours]) for ours, theirs in keys.items() if ours in fields},
        **({"external_id": write.entity} if write.remote_id is None else {}),
        **marked(write, kept),
    }


def _as_it_is(_key: str, value: Value) -> Value:
    return value
