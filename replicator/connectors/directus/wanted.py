"""What has to be there: collections, fields and relations for a layout, as Directus' API takes them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from replicator.connectors.directus import media
from replicator.connectors.directus.abilities import SCALE, single
from replicator.connectors.directus.layout import FILES, Junction, Layout
from replicator.core.schema import EntityType, Field, Kind

Spec: TypeAlias = dict[str, Any]

KEY_LENGTH = 255
PRECISION = 20  # digits of a decimal in all
COLUMN_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.FLAG: "boolean",
    Kind.TEXTS: "json",
    Kind.JSON: "json",
    Kind.MONEY: "json",
    Kind.REFERENCE: "uuid",
    Kind.REFERENCES: "alias",
}
# A shop's own column may be of another type that holds the same values.
EQUAL_TYPES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"text", "string", "uuid"}),
    "string": frozenset({"text", "string", "uuid"}),
    "integer": frozenset({"integer", "bigInteger"}),
    "decimal": frozenset({"decimal", "float"}),
    "uuid": frozenset({"uuid", "string"}),
}
SPECIAL = {"json": ["cast-json"], "boolean": ["cast-boolean"]}


def collections(layout: Layout) -> list[Spec]:
    """The collections with their fields, parents first, junctions last."""
    made = [_collection(layout, each) for each in layout.carried()]
    return [*made, *(_between(one) for one in _junctions(layout))]


def relations(layout: Layout) -> list[Spec]:
    """The relations: parts go with their whole, every other reference is let go of."""
    made: list[Spec] = []
    for each in layout.carried():
        for field in each.fields.values():
            target = layout.collections.get(field.target or "")
            if field.kind is Kind.REFERENCE and target is not None:
                on_delete = "CASCADE" if each.part_of == field.name else "SET NULL"
                collection, column = layout.collections[each.name], layout.column(each.name, field.name)
                made.append(_relation(collection, column, target, {}, on_delete))
        cover = layout.cover(each.name)
        if cover is not None:
            made.append(_relation(layout.collections[each.name], cover, FILES, {}, "SET NULL"))
        for one in layout.between(each.name):
            ours = {"one_field": one.field, "junction_field": one.theirs, "one_deselect_action": "delete"}
            ours |= {"sort_field": media.SORT} if one.target == FILES else {}
            made.append(_relation(one.collection, one.ours, layout.collections[each.name], ours, "CASCADE"))
            made.append(_relation(one.collection, one.theirs, one.target, {"junction_field": one.ours}, "CASCADE"))
    return made


def fits(wanted: Spec, present: Spec) -> bool:
    """Whether a field that is there can hold what ours would."""
    return present.get("type") in EQUAL_TYPES.get(wanted["type"], frozenset({wanted["type"]}))


def unique(field: Spec) -> bool:
    """Whether a field holds each value once."""
    return bool((field.get("schema") or {}).get("is_unique"))


def _junctions(layout: Layout) -> Iterator[Junction]:
    for each in layout.carried():
        yield from layout.between(each.name)


def _collection(layout: Layout, schema: EntityType) -> Spec:
    key = single(schema)
    own = [_field(layout, schema.name, field, unique_key=field.name == key) for field in schema.fields.values()]
    primary = _plain("id", "uuid", special=["uuid"], is_primary_key=True, has_auto_increment=False)
    return {
        "collection": layout.collections[schema.name],
        "meta": {"accountability": "all"},
        "schema": {},
        "fields": [primary, *own, *_kept(layout)],
    }


def _field(layout: Layout, type_name: str, field: Field, *, unique_key: bool) -> Spec:
    column, kind = layout.column(type_name, field.name), COLUMN_TYPES[field.kind]
    if column == layout.cover(type_name):
        return {**_plain(column, "uuid", special=["file"]), "meta": {"special": ["file"], "interface": "file-image"}}
    if layout.pictured(type_name, field.name):
        return {"field": column, "type": "alias", "meta": {"special": ["files"], "interface": "files"}}
    if field.kind is Kind.REFERENCES:
        return {"field": column, "type": "alias", "meta": {"special": ["m2m"], "interface": "list-m2m"}}
    if field.kind is Kind.REFERENCE:
        return _plain(column, kind, special=["m2o"], is_indexed=True)  # parts are found by their whole
    if unique_key:  # text columns cannot be unique everywhere
        return _plain(column, "string", is_unique=True, max_length=KEY_LENGTH)
    if field.kind is Kind.DECIMAL:
        return _plain(column, kind, numeric_precision=PRECISION, numeric_scale=SCALE)
    filled = {} if field.initial is None else {"default_value": field.initial}
    return _plain(column, kind, special=SPECIAL.get(kind), **filled)


def _kept(layout: Layout) -> list[Spec]:
    """What we keep there, and what Directus fills in by itself: who wrote a row, and when."""
    return [
        _plain(layout.marker, "json", special=["cast-json"], hidden=True),
        _plain(layout.medusa, "string", max_length=KEY_LENGTH),
        _plain("date_created", "timestamp", special=["date-created"], readonly=True, hidden=True),
        _plain("date_updated", "timestamp", special=["date-updated"], readonly=True, hidden=True),
        _plain("user_created", "uuid", special=["user-created"], readonly=True, hidden=True),
        _plain("user_updated", "uuid", special=["user-updated"], readonly=True, hidden=True),
    ]


def _plain(name: str, kind: str, *, special: list[str] | None = None, **more: object) -> Spec:
    shown = {key: more.pop(key) for key in ("readonly", "hidden") if key in more}
    return {"field": name, "type": kind, "meta": {"special": special, **shown}, "schema": more}


def _between(one: Junction) -> Spec:
    key = _plain("id", "integer", is_primary_key=True, has_auto_increment=True)
    order = [_plain(media.SORT, "integer", hidden=True)] if one.target == FILES else []
    return {
        "collection": one.collection,
        "meta": {"hidden": True, "accountability": "all"},
        "schema": {},
        "fields": [key, _plain(one.ours, "uuid", hidden=True), _plain(one.theirs, "uuid", hidden=True), *order],
    }


def _relation(collection: str, field: str, related: str, meta: Spec, on_delete: str) -> Spec:
    return {
        "collection": collection,
        "field": field,
        "related_collection": related,
        "meta": meta,
        "schema": {"on_delete": on_delete},
    }
