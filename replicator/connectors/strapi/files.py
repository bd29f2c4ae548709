"""The files that give a Strapi project our content types and the companion. Written once, then theirs to change.

Relations are one-way: two-way ones deadlock on Postgres under concurrent writes, and blow up webhooks. Draft & publish
is off: it doubles rows and events, and forbids the unique index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.shape import DECIMAL_PLACES
from replicator.core.schema import EntityType, Field, Kind
from replicator.errors import ConfigurationError

LONG = ("description", "subtitle", "thumbnail")  # a `string` ends at 255 characters
DIGITS = [
    16,
    DECIMAL_PLACES,
]  # of a decimal; unasked Strapi keeps two places, JavaScript not more than these
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


def schema(layout: Layout, each: EntityType) -> dict[str, object]:
    """The `schema.json` of a type."""
    ours: dict[str, Mapping[str, object]] = {
        layout.entity: {"type": "string", **INDEXED},
        layout.medusa: {"type": "string", **INDEXED},
        layout.marker: {"type": "json"},
        "last_writer": {"type": "string"},
        "write_id": {"type": "string"},
    }
    attributes = {
        layout.attribute(each.name, name): _attribute(layout, each, field)
        for name, field in layout.fields(each.name).items()
    }
    plural = layout.plurals[each.name]
    model = layout.model(each.name)
    return {
        "kind": "collectionType",
        "collectionName": plural.replace("-", "_"),
        "info": {"singularName": model, "pluralName": plural, "displayName": model},
        "options": {"draftAndPublish": False},
        "pluginOptions": {},
        "attributes": {**attributes, **ours},
    }


def contents(layout: Layout) -> dict[str, str]:
    """All files: path inside the project → text."""
    companion = files("replicator.connectors.strapi").joinpath("companion")
    texts = {f"src/{name}": companion.joinpath(name).read_text("utf-8") for name in ("index.js", "replicator.js")}
    factory = companion.joinpath("factory.js").read_text("utf-8")
    texts["src/replicator.js"] = texts["src/replicator.js"].replace("ENTITY_ATTRIBUTE", layout.entity)
    for each in layout.carried():
        model = layout.model(each.name)
        folder = f"src/api/{model}"
        written = json.dumps(schema(layout, each), indent=2) + "\n"
        texts[f"{folder}/content-types/{model}/schema.json"] = written
        for place, kind in FACTORIES.items():
            texts[f"{folder}/{place}/{model}.js"] = factory.replace("KIND", kind).replace("MODEL", model)
    return texts


def write_files(folder: Path, layout: Layout | None = None) -> list[Path]:
    """Write them into a Strapi project; the paths of those that were not there.

    Nothing is overwritten: raises ConfigurationError, before anything is written, where a file there says otherwise.
    """
    texts = {folder / path: text for path, text in contents(layout or Layout()).items()}
    present = {path: path.read_text("utf-8") for path in texts if path.exists()}
    others = [str(path.relative_to(folder)) for path, text in present.items() if text != texts[path]]
    if others:
        raise ConfigurationError(f"{', '.join(others)} say otherwise: merge them by hand, nothing was written")
    fresh = [path for path in texts if path not in present]
    for path in fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], "utf-8")
    return fresh


def _attribute(layout: Layout, each: EntityType, field: Field) -> dict[str, object]:
    if field.kind in RELATIONS:
        model = layout.model(field.target or "")
        return {"type": "relation", "relation": RELATIONS[field.kind], "target": f"api::{model}.{model}"}
    kind = TYPES.get(field.kind, "text" if field.name in LONG else "string")
    attribute: dict[str, object] = {"type": kind}
    if kind == "decimal":
        attribute["column"] = {"args": DIGITS}
    if each.key == (field.name,):
        attribute |= INDEXED
    title = each.slug[1] if each.slug else None
    if field.name == title or (title is None and each.part_of is None and field.name in each.key):
        attribute["required"] = True
    return attribute
