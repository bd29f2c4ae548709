"""Variants, there and back. Their prices and their stock are records of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa import options
from replicator.connectors.medusa.raw import Raw, marked, marker_of, references_of, version
from replicator.core.document import Value

PLAIN = ("title", "sku", "barcode", "ean", "upc")
FLAGS = {"manage_inventory": True, "allow_backorder": False}  # and what Medusa takes where nothing is said
FIELDS = frozenset((*PLAIN, *FLAGS, "product", "options"))


def normal(key: str, value: Value) -> Value:
    """The form in which Medusa gives a variant back: a flag is never null, and no choice is an empty one."""
    if value is not None:
        return value
    return [] if key == "options" else FLAGS.get(key)


def record(raw: Raw) -> Record:
    """A variant as read."""
    needed = {"product": "product_id", **{name: name for name in (*PLAIN, *FLAGS, "options")}}
    fields: dict[str, Value] = {name: raw[name] for name in (*PLAIN, *FLAGS) if name in raw}
    if "product_id" in raw:
        fields["product"] = raw["product_id"]
    if "options" in raw:
        fields["options"] = options.chosen(raw)
    return Record(
        type="variant",
        remote_id=raw["id"],
        fields=fields,
        version=version(raw),
        marker=marker_of(raw),
        missing=tuple(sorted(ours for ours, theirs in needed.items() if theirs not in raw)),
        references=references_of(raw, "variant"),
    )


def create_body(
    write: Write, fields: Mapping[str, Value], choice: options.Choice, prices: list[dict[str, object]] | None = None
) -> dict[str, object]:
    """What makes a variant, with prices made along with it. Medusa fails at a new one with an empty choice."""
    chosen = {"options": dict(choice.options)} if choice.options else {}
    return {**_body(fields), **chosen, "prices": prices or [], **marked(write)}


def update_body(write: Write, fields: Mapping[str, Value], choice: options.Choice | None) -> dict[str, object]:
    """What changes a variant, as an item of a batch; its options only where there is a choice."""
    chosen = {} if choice is None else {"options": dict(choice.options)}
    return {"id": write.remote_id, **_body(fields), **chosen, **marked(write)}


def _body(fields: Mapping[str, Value]) -> dict[str, object]:
    return {name: normal(name, fields[name]) for name in (*PLAIN, *FLAGS) if name in fields}
