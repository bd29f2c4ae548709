"""The files that give a Strapi project our content types and the companion. Written once, then theirs to change.

Relations are one-way: two-way ones deadlock on Postgres under concurrent writes, and blow up webhooks. Draft & publish
is off unless the layout says otherwise: it doubles rows and events, and forbids the unique index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from replicator.connectors.project_files import write_texts
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.shape import DECIMAL_PLACES
from replicator.core.schema import EntityType, Field, Kind

LONG = ("description", "subtitle", "thumbnail")  # a `string` ends at 255 characters
DIGITS = [16, DECIMAL_PLACES]  # of a decimal; unasked Strapi keeps two places, JavaScript not more than these
INDEXED = {"unique": True, "column": {"unique": True}}  # `unique` alone is checked in JavaScript, and passed in a race
TYPES = {
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.FLAG: "boolean",
    Kind.TEXTS: "json",
    Kind.JSON: "json",
    Kind.MONEY: "json",
}
RELATIONS = {Kind.REFERENCE: "oneToOne", Kind.REFERENCES: "oneToMany"}  # many-to-one and many-to-many, without inverse
FACTORIES = {"controllers": "Controller", "routes": "Router", "services": "Service"}


INDEXES = ("index.js", "index.ts")
CHANGE = {
    "kind": "collectionType",
    "collectionName": "changes",
    "info": {"singularName": "change", "pluralName": "changes", "displayName": "change"},
    "options": {"draftAndPublish": False},
    "pluginOptions": {"content-manager": {"visible": False}, "content-type-builder": {"visible": False}},
    "attributes": {
        name: {"type": "string"} for name in ("model_uid", "action", "entity_document_id", "actor", "write_id")
    },
}
"""What the companion writes for every change: nobody else does."""


def schema(layout: Layout, each: EntityType) -> dict[str, object]:
    """The `schema.json` of a type."""
    unique = _unique(layout, each)
    ours: dict[str, Mapping[str, object]] = {
        layout.entity: {"type": "string", **unique},
        layout.medusa: {"type": "string", **unique},
        layout.marker: {"type": "json"},
        "last_writer": {"type": "string"},
        "write_id": {"type": "string"},
    }
    attributes = {
        layout.attribute(each.name, name): _attribute(layout, each, field)
        for name, field in layout.stored(each.name).items()
    }
    plural = layout.plurals[each.name]
    model = layout.model(each.name)
    return {
        "kind": "collectionType",
        "collectionName": plural.replace("-", "_"),
        "info": {"singularName": model, "pluralName": plural, "displayName": model},
        "options": {"draftAndPublish": each.name in layout.drafted},
        "pluginOptions": {},
        "attributes": {**attributes, **ours},
    }


def contents(layout: Layout) -> dict[str, str]:
    """All files: path inside the project → text."""
    texts = {"src/replicator.js": _text("replicator.js").replace("ENTITY_ATTRIBUTE", layout.entity)}
    texts["src/replicator-pictures.js"] = _text("pictures.js")
    for each in layout.carried():
        model = layout.model(each.name)
        folder = f"src/api/{model}"
        texts[f"{folder}/content-types/{model}/schema.json"] = json.dumps(schema(layout, each), indent=2) + "\n"
        for place, kind in FACTORIES.items():
            texts[f"{folder}/{place}/{model}.js"] = _text("factory.js").replace("KIND", kind).replace("MODEL", model)
    texts["src/api/change/content-types/change/schema.json"] = json.dumps(CHANGE, indent=2) + "\n"
    service = _text("factory.js").replace("KIND", "Service").replace("MODEL", "change")
    places = {f"src/api/change/{each}/change.js": _text(f"change/{each}.js") for each in ("controllers", "routes")}
    return {**texts, **places, "src/api/change/services/change.js": service}


def write_files(folder: Path, layout: Layout | None = None) -> list[Path]:
    """Write them into a Strapi project; the paths of those that were not there.

    Nothing is overwritten: raises ConfigurationError, before anything is written, where a file there says otherwise. A
    project's own src/index.js stays as it is: see `unnamed`.
    """
    texts = contents(layout or Layout())
    if _own_index(folder) is None:
        texts["src/index.js"] = _text("index.js")
    return write_texts(folder, texts)


def unnamed(folder: Path) -> str | None:
    """What a person has to add to the project's own src/index.js; None where nothing is missing."""
    index = _own_index(folder)
    if index is None or "./replicator" in index.read_text("utf-8"):
        return None
    return (
        f"src/{index.name} is yours and stays as it is: require('./replicator') there, call its register(strapi) and "
        "await its bootstrap(strapi) from yours, or nothing tells who made a change"
    )


def _own_index(folder: Path) -> Path | None:
    """The project's own index, if it is not the one that we wrote."""
    present = (folder / "src" / name for name in INDEXES)
    return next((each for each in present if each.exists() and each.read_text("utf-8") != _text("index.js")), None)


def _text(name: str) -> str:
    return files("replicator.connectors.strapi").joinpath("companion").joinpath(name).read_text("utf-8")


def _unique(layout: Layout, each: EntityType) -> Mapping[str, object]:
    return {"unique": True} if each.name in layout.drafted else INDEXED  # a draft and what is published are two rows


def _attribute(layout: Layout, each: EntityType, field: Field) -> dict[str, object]:
    if field.kind in RELATIONS:
        model = layout.model(field.target or "")
        return {"type": "relation", "relation": RELATIONS[field.kind], "target": f"api::{model}.{model}"}
    if layout.pictured(each.name, field.name):
        return {"type": "media", "multiple": field.kind is Kind.TEXTS, "allowedTypes": ["images"]}
    kind = TYPES.get(field.kind, "text" if field.name in LONG else "string")
    attribute: dict[str, object] = {"type": kind}
    if field.initial is not None:
        attribute["default"] = field.initial
    if kind == "decimal":
        attribute["column"] = {"args": DIGITS}
    if each.key == (field.name,):
        attribute |= _unique(layout, each)
    title = each.slug[1] if each.slug else None
    if field.name == title or (title is None and each.part_of is None and field.name in each.key):
        attribute["required"] = True
    return attribute
