"""How documents look in answers and hooks: scalars, times, and the relations that were asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from replicator.sandbox.strapi.filters import DATES
from replicator.sandbox.strapi.querystring import Node, texts
from replicator.sandbox.strapi.refusals import invalid_key
from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import Attribute, ContentType

POPULATE_DEPTH_MAX = 10


def iso(moment: datetime) -> str:
    """A moment as JavaScript writes it: `2026-11-20T23:22:00.889Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes rows down."""

    types: Mapping[str, ContentType]
    tables: Tables
    drafts: bool = False  # show drafts, also of what is referred to: else what is published

    def scalars(self, kind: ContentType, row: Row, fields: list[str] | None = None) -> dict[str, object]:
        """A row without relations, whole or just `fields` (ids are always there)."""
        shown: dict[str, object] = {"id": row.id, "documentId": row.document_id}
        for name in kind.scalars:
            if fields is None or name in fields:
                shown[name] = _given_back(kind.attributes[name], row.values.get(name))
        for name, attribute in DATES.items():
            if fields is None or name in fields:
                moment = getattr(row, attribute)
                shown[name] = None if moment is None else iso(moment)
        return shown

    def document(
        self, kind: ContentType, row: Row, populate: Node | None, fields: Node | None = None, depth: int = 0
    ) -> dict[str, object]:
        """A row with the relations asked for."""
        chosen = self.fields(kind, fields)
        shown = self.scalars(kind, row, chosen)
        if depth >= POPULATE_DEPTH_MAX:
            return shown
        for name, inner in self.populated(kind, populate).items():
            target = self.types[kind.attributes[name].target]
            documents = [
                self.document(target, each, inner.get("populate"), inner.get("fields"), depth + 1)
                for each in self._linked(target, row, name)
            ]
            shown[name] = documents if kind.attributes[name].kind == "many" else next(iter(documents), None)
        return shown

    def announced(self, kind: ContentType, row: Row) -> dict[str, object]:
        """A row as hooks carry it: all relations, one level deep, whole."""
        return self.document(kind, row, "*")

    def counted(self, kind: ContentType, row: Row, users: Mapping[int, Mapping[str, object]]) -> dict[str, object]:
        """A row as the content manager shows it: relations are counts, and editors are named."""
        shown = self.scalars(kind, row)
        shown["createdBy"] = users.get(row.created_by or 0)
        shown["updatedBy"] = users.get(row.updated_by or 0)
        return shown | {name: {"count": len(row.links.get(name, []))} for name in kind.relations}

    def fields(self, kind: ContentType, fields: Node | None) -> list[str] | None:
        """The scalars asked for, None for all; refuses names that are none."""
        names = texts(fields)
        if not names or "*" in names:
            return None
        known = {"id", "documentId", *DATES, *kind.scalars}
        for name in names:
            if name not in known:
                raise invalid_key(name, "fields")
        return names

    def populated(self, kind: ContentType, populate: Node | None) -> dict[str, dict[str, Node]]:
        """The relations asked for and what of them; refuses names that are none."""
        if populate is None or populate in ("", "false"):
            return {}
        if populate in ("*", "true"):
            return {name: {} for name in kind.relations}
        asked: dict[str, dict[str, Node]] = {}
        if isinstance(populate, dict):
            for name, inner in populate.items():
                if inner != "false":
                    asked[name] = inner if isinstance(inner, dict) else {}
        else:
            for name in texts(populate):
                first, _, rest = name.partition(".")
                asked[first] = {"populate": rest} if rest else {}
        for name in asked:
            if name not in kind.relations:
                raise invalid_key(name, "populate")
        return asked

    def _linked(self, target: ContentType, row: Row, name: str) -> list[Row]:
        found = (self.tables.get(target.name, each) for each in row.links.get(name, []))
        rows = (each if each is None else self.meant(target, each) for each in found)
        return [each for each in rows if each is not None]

    def meant(self, kind: ContentType, row: Row) -> Row | None:
        """The row of a document that is to be shown, if it has one."""
        return row.live if kind.drafts and not self.drafts else row


def _given_back(attribute: Attribute, value: object) -> object:
    if attribute.kind == "json" and isinstance(value, str):  # what was kept is read twice, or told as it was kept
        try:
            return json.loads(value)
        except ValueError:
            return json.dumps(value, ensure_ascii=False)
    # JavaScript knows one kind of number: 2.0 is written 2.
    return int(value) if isinstance(value, float) and value.is_integer() else value
