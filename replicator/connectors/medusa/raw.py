"""Raw: what all of Medusa's rows have alike: an id, stamps, metadata with our marker in it. Pure.

The marker is the metadata key `replicator`. Metadata of tags, products and variants merges key by key on an update; of
categories it is replaced, so what others keep there is sent along. `external_id` is set to the entity id when a record
is made, and never touched later: it may be somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from replicator.connectors.base import Write
from replicator.core.document import Value
from replicator.core.marker import Marker, load
from replicator.errors import BadAnswer

Raw: TypeAlias = Mapping[str, Any]

MARKER_KEY = "replicator"
ENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BRIDGES = {"directus_id": "directus", "strapi_id": "strapi"}  # metadata keys in which older bridges left references
FEED_KEY = "external_id"  # the metadata key in which the importer from DummyJSON left its id
FILLED_KEY = "replicator_profile"  # the metadata key that names the shipping profile we chose where none was named
OWN_KEYS = frozenset((MARKER_KEY, FEED_KEY, FILLED_KEY, *BRIDGES))  # of metadata: what is not content


def rows(raw: object, where: str) -> list[Raw]:
    """A list of rows, as every listing and every relation is one. Raises BadAnswer."""
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        msg = f"{where}: a list of rows was expected"
        raise BadAnswer(msg)
    return raw


def living(raw: object, where: str) -> list[Raw]:
    """The rows of a relation that are not deleted."""
    return [row for row in rows(raw, where) if row.get("deleted_at") is None]


def version(raw: Raw) -> int:
    """The time of its last update in milliseconds. Raises BadAnswer."""
    stamp = raw.get("updated_at")
    try:
        return round(datetime.fromisoformat(str(stamp)).timestamp() * 1000)
    except ValueError as error:
        msg = f"{raw.get('id')}: updated_at is {stamp!r}, not a time"
        raise BadAnswer(msg) from error


def marker_of(raw: Raw) -> Marker | None:
    """What our last write left there."""
    metadata = raw.get("metadata")
    return load(metadata.get(MARKER_KEY)) if isinstance(metadata, Mapping) else None


def entity_of(raw: Raw) -> str | None:
    """Our entity id in `external_id`; what others keep there looks otherwise."""
    kept = raw.get("external_id")
    return kept if isinstance(kept, str) and ENTITY.fullmatch(kept) else None


def references_of(raw: Raw, type_name: str) -> dict[tuple[str, str], str]:
    """This record's ids elsewhere, as older bridges left them."""
    metadata = raw.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    left = {(kind, type_name): metadata[key] for key, kind in BRIDGES.items() if metadata.get(key)}
    if type_name == "product" and metadata.get(FEED_KEY):
        left["dummyjson", type_name] = metadata[FEED_KEY]
    return {name: str(each) for name, each in left.items()}


def marked(write: Write, kept: object = None) -> dict[str, object]:
    """The metadata part of a body: our marker, and `kept` where the record's own metadata would be replaced."""
    if write.marker is None:
        return {}
    before = dict(kept) if isinstance(kept, Mapping) else {}
    return {"metadata": {**before, MARKER_KEY: write.marker.dump()}}


def is_ours(raw: Raw, entity: str) -> bool:
    """Whether a row was made by us for this entity."""
    marker = marker_of(raw)
    return marker.entity == entity if marker is not None else entity_of(raw) == entity


def members_of(value: Value) -> list[str]:
    """The texts of a list field; an absent list is empty."""
    return [str(item) for item in value] if isinstance(value, Iterable) and not isinstance(value, str) else []
