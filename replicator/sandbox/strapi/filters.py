"""Which documents answer to `filters[…]`, and in which order `sort` puts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cmp_to_key

from replicator.sandbox.strapi.querystring import Node, texts
from replicator.sandbox.strapi.refusals import Refusal, invalid_key
from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import ContentType

DATES = {"createdAt": "created_at", "updatedAt": "updated_at", "publishedAt": "published_at"}
_ORDERED: dict[str, Callable[[int], bool]] = {
    "$gt": lambda order: order > 0,
    "$gte": lambda order: order >= 0,
    "$lt": lambda order: order < 0,
    "$lte": lambda order: order <= 0,
}
_TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "$contains": lambda held, asked: asked in held,
    "$containsi": lambda held, asked: asked.lower() in held.lower(),
    "$startsWith": lambda held, asked: held.startswith(asked),
    "$endsWith": lambda held, asked: held.endswith(asked),
    "$eqi": lambda held, asked: asked.lower() == held.lower(),
}


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks through the tables."""

    types: Mapping[str, ContentType]
    tables: Tables

    def matching(self, kind: ContentType, filters: Node | None, rows: list[Row]) -> list[Row]:
        """The rows that answer to all filters."""
        if not filters:
            return rows
        if not isinstance(filters, dict):
            raise invalid_key("filters", "filters")
        for name, condition in filters.items():
            rows = self._narrowed(kind, name, condition, rows)
        return rows

    def ordered(self, kind: ContentType, sort: Node | None, rows: list[Row]) -> list[Row]:
        """The rows in the order asked for; without one by serial id."""
        rows = sorted(rows, key=lambda row: row.id)
        for term in reversed(texts(sort)):
            name, _, direction = term.partition(":")
            _known(kind, name, "sort")
            rank = cmp_to_key(_compared)
            values = {row.id: held(row, name) for row in rows}
            rows.sort(key=lambda row: rank(values[row.id]), reverse=direction.lower() == "desc")
        return rows

    def _narrowed(self, kind: ContentType, name: str, condition: Node, rows: list[Row]) -> list[Row]:
        if name in ("$or", "$and"):
            parts = condition if isinstance(condition, list) else [condition]
            found = [{row.id for row in self.matching(kind, part, rows)} for part in parts]
            ids = set.union(*found) if name == "$or" else set.intersection(*found)
            return [row for row in rows if row.id in ids]
        attribute = kind.attributes.get(name)
        if attribute is not None and attribute.relation:
            target = self.types[attribute.target]
            if isinstance(condition, str):
                condition = {"id": {"$eq": condition}}
            wanted = {row.document_id for row in self.matching(target, condition, self.tables.rows(target.name))}
            return [row for row in rows if wanted.intersection(row.links.get(name, []))]
        operators = condition if isinstance(condition, dict) else {"$eq": condition}
        for operator, operand in operators.items():
            test = _test(kind, name, operator, operand)
            rows = [row for row in rows if test(held(row, name))]
        return rows


def held(row: Row, name: str) -> object:
    """The value a row holds under a name that can be filtered and sorted by."""
    if name == "id":
        return row.id
    if name == "documentId":
        return row.document_id
    return getattr(row, DATES[name]) if name in DATES else row.values.get(name)


def _known(kind: ContentType, name: str, parameter: str = "filters") -> None:
    if name not in ("id", "documentId", *DATES, *kind.scalars):
        raise invalid_key(name, parameter)


def _test(kind: ContentType, name: str, operator: str, operand: Node) -> Callable[[object], bool]:
    _known(kind, name)
    attribute = kind.attributes.get(name)
    scale = "integer" if name == "id" else "date" if name in DATES else attribute.kind if attribute else "string"
    if operator in ("$null", "$notNull"):
        wanted = (operand == "true") == (operator == "$null")
        return lambda value: (value is None) == wanted
    if scale == "json":
        raise Refusal(500)  # Postgres has no such operator on jsonb
    if operator in ("$in", "$notIn"):
        if isinstance(operand, dict):  # a list longer than the parser's limit is no list, and no filter either
            return lambda _: True
        asked = {_cast(scale, str(each)) for each in (operand if isinstance(operand, list) else [operand])}
        return lambda value: (value in asked) == (operator == "$in") and value is not None
    if not isinstance(operand, str):
        raise invalid_key(operator, "filters")
    if operator in _TEXTUAL:
        return lambda value: value is not None and _TEXTUAL[operator](str(value), operand)
    single = _cast(scale, operand)
    if operator in _ORDERED:
        return lambda value: value is not None and _ORDERED[operator](_compared(value, single))
    if operator in ("$eq", "$ne"):
        return lambda value: (value == single) == (operator == "$eq")
    raise invalid_key(operator, "filters")


def _cast(scale: str, text: str) -> object:
    try:
        if scale == "integer":
            return int(text)
        if scale == "decimal":
            return float(text)
        if scale == "boolean":
            return text in ("true", "1", "t")
        if scale == "date":
            moment = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError as error:
        if scale == "date":
            raise Refusal(400, "Invalid format, expected a timestamp or an ISO date") from error
        raise Refusal(500) from error  # the database's own complaint about the type
    return text


def _compared(left: object, right: object) -> int:
    """-1, 0 or 1; nulls last, as Postgres orders them."""
    if left is None or right is None:
        return (left is None) - (right is None)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return (left > right) - (left < right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    return (str(left) > str(right)) - (str(left) < str(right))
