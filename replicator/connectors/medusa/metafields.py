"""Metafields: the keys of a product's metadata that are not ours, there and back. Pure.

Metadata merges key by key on an update; an empty text takes a key away, and can therefore not be kept: it reads as
null. Numbers with a fraction come as text, because binary fractions differ from system to system.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from replicator.connectors.base import Record
from replicator.connectors.medusa.parts import joined
from replicator.connectors.medusa.raw import OWN_KEYS, Raw, version
from replicator.core.document import Value, decimal


def normal(key: str, value: Value) -> Value:
    """The form in which Medusa gives a metafield back."""
    return None if key == "value" and value == "" else value


def records(raw: Raw) -> list[Record]:
    """The metafields of a product."""
    metadata = raw.get("metadata")
    kept = metadata if isinstance(metadata, Mapping) else {}
    return [record(raw, key) for key in sorted(kept) if key and key not in OWN_KEYS]


def record(raw: Raw, key: str) -> Record:
    """One key of a product's metadata as read."""
    return Record(
        type="metafield",
        remote_id=joined(raw["id"], key),
        fields={"product": raw["id"], "key": key, "value": _plain(raw["metadata"][key])},
        version=version(raw),
    )


def holds(raw: Raw, key: str) -> bool:
    """Whether the metadata of a product has this key."""
    metadata = raw.get("metadata")
    return isinstance(metadata, Mapping) and key in metadata


def _plain(value: object) -> Value:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else decimal(value)
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _:
            msg = f"{value!r} is no JSON"
            raise TypeError(msg)
