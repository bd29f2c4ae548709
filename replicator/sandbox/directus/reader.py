"""Reading: which rows a query chooses, and how they are shown with what they are related to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from replicator.sandbox.directus.compare import comparable, compares, several
from replicator.sandbox.directus.query import Query
from replicator.sandbox.directus.refusals import forbidden_collection
from replicator.sandbox.directus.schema import ALIAS, Field, Schema
from replicator.sandbox.directus.tables import Json, Row, Rows
from replicator.sandbox.directus.values import valid_key

Tree: TypeAlias = dict[str, "Tree"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Rows read by a schema: the committed ones, or a transaction's."""

    rows: Rows
    schema: Schema

    def chosen(self, collection: str, query: Query) -> tuple[list[Row], int]:
        """The rows of this page, and how many match in all."""
        self._admit(collection, query.filter)
        candidates = self._candidates(collection, query)
        matching = [row for row in candidates if self.matches(collection, row, query.filter)]
        for name in reversed(query.sort or [self.schema.collection(collection).primary.name]):
            self._sort(collection, matching, name)
        end = None if query.limit < 0 else query.offset + query.limit
        return matching[query.offset : end], len(matching)

    def shown(self, collection: str, rows: Iterable[Row], query: Query) -> list[dict[str, Any]]:
        """Rows with the fields asked for: `*`, `sku`, `tags.tags_id`."""
        tree: Tree = {}
        for path in query.fields:
            here = tree
            for step in path.split("."):
                here = here.setdefault(step, {})
        self._know(collection, tree)
        return [self._show(collection, row, tree, query) for row in rows]

    def matches(self, collection: str, row: Row, condition: Mapping[str, Any]) -> bool:
        """Whether a row fits a filter."""
        return all(self._fits(collection, row, name, each) for name, each in condition.items())

    def field(self, collection: str, name: str) -> Field:
        """A field of a collection; 403 for one that is not there."""
        found = self.schema.collection(collection).fields.get(name)
        if found is None:
            raise forbidden_collection(collection, name)
        return found

    def _know(self, collection: str, tree: Tree) -> None:
        """Refuse fields that are not there, whether or not there are rows to show."""
        for name, below in tree.items():
            if name != "*":
                self.field(collection, name)
                if below:
                    self._know(self._behind(collection, name), below)

    def _admit(self, collection: str, condition: Mapping[str, Any]) -> None:
        """Refuse a filter by fields or operators that are not there, whether or not there are rows."""
        for name, each in condition.items():
            if name in ("_or", "_and"):
                for one in each:
                    self._admit(collection, one)
                continue
            field = self.field(collection, name)
            if not isinstance(each, Mapping):
                continue
            if field.type == ALIAS or not all(operator.startswith("_") for operator in each):
                self._admit(self._behind(collection, name), each.get("_some", each))
                continue
            for operator, operand in each.items():
                compares(field.type, operator, None, operand)

    def _behind(self, collection: str, name: str) -> str:
        """The collection that a relational field leads to."""
        one, many = self.schema.many_to_one(collection, name), self.schema.one_to_many(collection, name)
        if one is not None:
            return one.related
        if many is not None:
            return many.collection
        raise forbidden_collection(collection, name)

    def _candidates(self, collection: str, query: Query) -> Iterable[Row]:
        """The rows to look at: a filter by id, or by what there is an index on, needs no scan."""
        primary = self.schema.collection(collection).primary
        condition = query.filter.get(primary.name)
        operand = condition.get("_eq", condition.get("_in")) if isinstance(condition, Mapping) else None
        if operand is not None:
            keys = dict.fromkeys(valid_key(primary, each) for each in several(operand))
            return [row for key in keys if (row := self.rows.get(collection, key)) is not None]
        if primary.serial and isinstance(condition, Mapping) and isinstance(condition.get("_gte"), int):
            return self.rows.later(collection, condition["_gte"])
        for name, each in query.filter.items():
            operand = each.get("_eq", each.get("_in")) if isinstance(each, Mapping) else None
            if operand is not None and self.rows.indexed(collection, name):
                wanted = dict.fromkeys(several(operand))
                return [row for value in wanted for row in self.rows.where(collection, name, value)]
        return self.rows.every(collection)

    def _sort(self, collection: str, rows: list[Row], name: str) -> None:
        """As Postgres does: nulls last going up, first going down."""
        by = self.field(collection, name.lstrip("-"))

        def order(row: Row) -> tuple[bool, Any]:
            value = row.get(by.name)
            return (value is None, "" if value is None else comparable(by.type, value))

        rows.sort(key=order, reverse=name.startswith("-"))

    def _fits(self, collection: str, row: Row, name: str, condition: Json) -> bool:
        if name in ("_or", "_and"):
            some = any if name == "_or" else all
            return some([self.matches(collection, row, each) for each in condition])
        field = self.field(collection, name)
        if not isinstance(condition, Mapping):
            return compares(field.type, "_eq", row.get(name), condition)
        if field.type != ALIAS and all(operator.startswith("_") for operator in condition):
            tests = (compares(field.type, operator, row.get(name), each) for operator, each in condition.items())
            return all(tests)
        return self._related(collection, row, name, condition)

    def _related(self, collection: str, row: Row, name: str, condition: Mapping[str, Any]) -> bool:
        one = self.schema.many_to_one(collection, name)
        if one is not None:
            target = self.rows.get(one.related, row.get(name))
            return target is not None and self.matches(one.related, target, condition)
        many = self.schema.one_to_many(collection, name)
        if many is None:
            raise forbidden_collection(collection, name)
        members = self.rows.where(many.collection, many.field, self._key(collection, row))
        return any(self.matches(many.collection, each, condition.get("_some", condition)) for each in members)

    def _show(self, collection: str, row: Row, tree: Tree, query: Query) -> dict[str, Any]:
        names = [*self.schema.collection(collection).fields] if "*" in tree else []
        wanted = [*names, *(name for name in tree if name != "*" and name not in names)]
        return {name: self._value(collection, row, name, query, tree.get(name) or {}) for name in wanted}

    def _value(self, collection: str, row: Row, name: str, query: Query, below: Tree) -> object:
        field = self.field(collection, name)
        if field.type != ALIAS:
            one = self.schema.many_to_one(collection, name) if below else None
            target = self.rows.get(one.related, row.get(name)) if one else None
            if below and one is None:
                raise forbidden_collection(collection, name)
            return self._show(one.related, target, below, query) if one and target else row.get(name)
        many = self.schema.one_to_many(collection, name)
        if many is None:
            return None
        primary = self.schema.collection(many.collection).primary.name
        members = self.rows.where(many.collection, many.field, self._key(collection, row))
        members = sorted(members, key=lambda each: str(each[primary]).rjust(40))
        limit = query.nested_limit(name)
        members = members if limit < 0 else members[:limit]
        return [self._show(many.collection, each, below, query) if below else each[primary] for each in members]

    def _key(self, collection: str, row: Row) -> object:
        return row[self.schema.collection(collection).primary.name]
