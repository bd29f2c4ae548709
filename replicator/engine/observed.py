"""Records as JSON, for the inbox: a record read from a page is kept there until it is judged. Pure, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from replicator.connectors.base import Attribution, Record
from replicator.connectors.revision import Revision
from replicator.core import marker


def dump(record: Record) -> dict[str, Any]:
    """The record as JSON."""
    attribution = record.attribution
    return {
        "type": record.type,
        "remote_id": record.remote_id,
        "fields": None if record.fields is None else dict(record.fields),
        "version": record.version,
        "marker": record.marker.dump() if record.marker else None,
        "wrote": attribution.sync_id if attribution else None,
        "author": attribution.author if attribution else None,
        "missing": list(record.missing),
        "references": [[*key, value] for key, value in record.references.items()],
        "entity": record.entity,
        "history": [asdict(each) | {"fields": dict(each.fields)} for each in record.history],
    }


def load(raw: Mapping[str, Any]) -> Record:
    """The record that `dump` made JSON of."""
    attributed = raw["wrote"] is not None or raw["author"] is not None
    return Record(
        type=raw["type"],
        remote_id=raw["remote_id"],
        fields=raw["fields"],
        version=raw["version"],
        marker=marker.load(raw["marker"]),
        attribution=Attribution(sync_id=raw["wrote"], author=raw["author"]) if attributed else None,
        missing=tuple(raw["missing"]),
        references={(kind, type_name): value for kind, type_name, value in raw["references"]},
        entity=raw["entity"],
        history=tuple(Revision(**each) for each in raw["history"]),
    )
