"""References: remote ids at the edge, entity ids inside. Pure translation both ways; what is unknown is said, never
guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from replicator.connectors.base import PENDING
from replicator.core.document import Document, Value, members
from replicator.core.schema import EntityType, Kind
from replicator.log.dossiers import Place


class RemoteKey(NamedTuple):
    """Where a record lives: a remote id is unique within its system and type."""

    system: str
    type: str
    remote_id: str

    @property
    def path(self) -> str:
        """The form in which the inbox names what a held row waits for."""
        return f"{self.system}/{self.type}/{self.remote_id}"


def mentioned(system: str, schema: EntityType, fields: Document) -> set[RemoteKey]:
    """The records that a record at `system` refers to."""
    return {
        RemoteKey(system, target, remote_id)
        for name, target in schema.references.items()
        for remote_id in _ids(fields.get(name))
    }


def inward(
    system: str, schema: EntityType, fields: Document, owners: Mapping[RemoteKey, str]
) -> tuple[dict[str, Value], RemoteKey | None]:
    """The fields with entity ids for remote ids, and the first record referred to that nobody knows yet."""
    translated = dict(fields)
    for name, target in schema.references.items():
        if name not in fields:
            continue
        keys = [RemoteKey(system, target, remote_id) for remote_id in _ids(fields[name])]
        unknown = next((key for key in keys if key not in owners), None)
        if unknown is not None:
            return translated, unknown
        entities = [owners[key] for key in keys]
        translated[name] = members(entities) if schema.fields[name].kind is Kind.REFERENCES else _only(entities)
    return translated, None


class Unplaced(NamedTuple):
    """A field that refers to an entity which has no record at the target yet."""

    field: str
    entity: str


def outward(
    schema: EntityType,
    fields: Document,
    places: Mapping[str, Place],
    pending: Iterable[str] = (),
) -> tuple[dict[str, Value], Unplaced | None]:
    """The fields with remote ids for entity ids.

    An entity created earlier in the same batch (`pending`) is named by PENDING; one that is deleted is left out:
    nothing can refer to it any more. The first one that lives but has no record there is returned: the write has to
    wait for it.
    """
    translated, coming = dict(fields), set(pending)
    for name in schema.references:
        if name not in fields:
            continue
        remote: list[str] = []
        for entity in _ids(fields[name]):
            place = places.get(entity, Place(None, exists=False))
            if place.remote_id is not None:
                remote.append(place.remote_id)
            elif entity in coming:
                remote.append(f"{PENDING}{entity}")
            elif place.exists:
                return translated, Unplaced(name, entity)
        translated[name] = sorted(remote) if schema.fields[name].kind is Kind.REFERENCES else _only(remote)
    return translated, None


def targets_of(schema: EntityType, fields: Document) -> set[str]:
    """The entities that a document refers to."""
    return {entity for name in schema.references for entity in _ids(fields.get(name))}


def _ids(value: Value) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _only(ids: list[str]) -> str | None:
    return ids[0] if ids else None
