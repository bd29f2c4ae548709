"""Collections, fields and relations: the schema of a Directus, as its API takes and shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from replicator.sandbox.directus.refusals import forbidden_collection, invalid_payload

ALIAS = "alias"


@dataclass(slots=True, kw_only=True)
class Field:
    """One field: a column, or an alias that stands for the other side of a relation."""

    name: str
    type: str
    meta: dict[str, Any] | None
    schema: dict[str, Any] | None

    @property
    def special(self) -> list[str]:
        """What Directus does with it by itself."""
        return list((self.meta or {}).get("special") or [])

    @property
    def required(self) -> bool:
        """Whether a create must name it."""
        return bool((self.meta or {}).get("required"))

    @property
    def unique(self) -> bool:
        """Whether the database holds it unique."""
        return bool((self.schema or {}).get("is_unique") or (self.schema or {}).get("is_primary_key"))

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""
        return (self.schema or {}).get("is_nullable", True) is not False and not self.primary

    @property
    def primary(self) -> bool:
        """Whether it is the primary key."""
        return bool((self.schema or {}).get("is_primary_key"))

    @property
    def serial(self) -> bool:
        """Whether the database counts it up."""
        return bool((self.schema or {}).get("has_auto_increment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A foreign key, and the alias on the other side of it."""

    collection: str
    field: str
    related: str
    meta: Mapping[str, Any]
    on_delete: str

    @property
    def one_field(self) -> str | None:
        """The alias on the related collection."""
        found = self.meta.get("one_field")
        return str(found) if found else None

    @property
    def deselect_deletes(self) -> bool:
        """Whether an item taken off the list is deleted, or only let go."""
        return self.meta.get("one_deselect_action") == "delete"

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "collection": self.collection,
            "field": self.field,
            "related_collection": self.related,
            "meta": {"many_collection": self.collection, "many_field": self.field, **self.meta},
            "schema": {"on_delete": self.on_delete, "foreign_key_table": self.related},
        }


@dataclass(slots=True, kw_only=True)
class Collection:
    """One table."""

    name: str
    meta: dict[str, Any]
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def primary(self) -> Field:
        """Its primary key."""
        return next(each for each in self.fields.values() if each.primary)

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "collection": self.name,
            "meta": {"collection": self.name, **self.meta},
            "schema": {"name": self.name},
        }


@dataclass(slots=True)
class Schema:
    """All collections and relations."""

    collections: dict[str, Collection] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def collection(self, name: str) -> Collection:
        """A collection; 403 for one that is not there."""
        found = self.collections.get(name)
        if found is None:
            raise forbidden_collection(name)
        return found

    def add_collection(self, sent: Mapping[str, Any]) -> Collection:
        """POST /collections."""
        name = sent.get("collection")
        if not isinstance(name, str) or not name or name in self.collections:
            raise invalid_payload(f'Collection "{name}" already exists' if name else '"collection" is required')
        made = Collection(name=name, meta={"accountability": "all", **(sent.get("meta") or {})})
        listed = sent.get("fields") or [
            {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}
        ]
        for each in listed:
            _add(made, each)
        self.collections[name] = made
        return made

    def add_field(self, collection: str, sent: Mapping[str, Any]) -> Field:
        """POST /fields/<collection>."""
        return _add(self.collection(collection), sent)

    def add_relation(self, sent: Mapping[str, Any]) -> Relation:
        """POST /relations."""
        collection, name = str(sent.get("collection")), str(sent.get("field"))
        related = self.collection(str(sent.get("related_collection"))).name
        if name not in self.collection(collection).fields:
            raise invalid_payload(f'Field "{name}" doesn\'t exist in collection "{collection}"')
        if any((each.collection, each.field) == (collection, name) for each in self.relations):
            raise invalid_payload(f'Field "{name}" in collection "{collection}" already has an associated relationship')
        made = Relation(
            collection=collection,
            field=name,
            related=related,
            meta=dict(sent.get("meta") or {}),
            on_delete=str((sent.get("schema") or {}).get("on_delete") or "NO ACTION"),
        )
        self.relations.append(made)
        return made

    def many_to_one(self, collection: str, field_name: str) -> Relation | None:
        """The relation whose foreign key this field is."""
        return next((r for r in self.relations if (r.collection, r.field) == (collection, field_name)), None)

    def one_to_many(self, collection: str, alias: str) -> Relation | None:
        """The relation that this alias is the other side of."""
        return next((r for r in self.relations if (r.related, r.one_field) == (collection, alias)), None)

    def pointing_to(self, collection: str) -> list[Relation]:
        """Relations with a foreign key to this collection."""
        return [each for each in self.relations if each.related == collection]


def _add(collection: Collection, sent: Mapping[str, Any]) -> Field:
    name, kind = sent.get("field"), sent.get("type")
    if not isinstance(name, str) or not isinstance(kind, str):
        raise invalid_payload('"field" and "type" are required')
    if name in collection.fields:
        raise invalid_payload(f'Field "{name}" already exists in collection "{collection.name}"')
    schema = None if kind == ALIAS else dict(sent.get("schema") or {})
    meta = sent.get("meta")
    made = Field(name=name, type=kind, meta=None if meta is None else dict(meta), schema=schema)
    collection.fields[name] = made
    return made


def field_shown(collection: str, shown: Field) -> dict[str, Any]:
    """A field as the API shows it."""
    columns = None if shown.schema is None else {"name": shown.name, "table": collection, **shown.schema}
    return {
        "collection": collection,
        "field": shown.name,
        "type": shown.type,
        "schema": columns,
        "meta": None if shown.meta is None else {"collection": collection, "field": shown.name, **shown.meta},
    }
