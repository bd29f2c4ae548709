"""Writing: one transaction of creates, updates and deletes, with its activity, revisions and events.

What goes in is what was sent, nested items and all. Nothing is suppressed: an equal value is a full update. What
the *database* does by itself (CASCADE, SET NULL) leaves no trace: no event, no activity, no date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from replicator.sandbox.directus.accounts import Caller
from replicator.sandbox.directus.journal import Event, Journal
from replicator.sandbox.directus.refusals import (
    Refused,
    failed_validation,
    forbidden,
    forbidden_action,
    forbidden_collection,
    forbidden_update,
    invalid_payload,
    not_unique,
    unfit,
)
from replicator.sandbox.directus.schema import ALIAS, Collection, Field, Relation, Schema
from replicator.sandbox.directus.tables import Key, Row, Transaction
from replicator.sandbox.directus.values import moment, stored, valid_key


class Writer:
    """One transaction, by one caller."""

    def __init__(self, schema: Schema, rows: Transaction, journal: Journal, new_id: Callable[[], str]) -> None:
        self.schema = schema
        self.rows = rows
        self.journal = journal
        self._new_id = new_id

    @property
    def who(self) -> Caller:
        """Who writes."""
        return self.journal.who

    def create(self, collection: str, sent: Mapping[str, Any]) -> Key:
        """One item, and what is nested in it."""
        table = self.schema.collection(collection)
        payload = self._with_targets(table, sent)
        row = self._new_row(table, payload)
        key = row[table.primary.name]
        self._put(table, key, row, None)
        self.journal.created(table, row, {name: value for name, value in payload.items() if name in row})
        self._relate(table, key, payload)
        self.journal.events.append(Event(collection, "create", dict(sent), [key]))
        return key

    def update(self, collection: str, keys: Sequence[Key], sent: Mapping[str, Any]) -> None:
        """The same change to some items: one event. An administrator may "update" what is not there."""
        table = self.schema.collection(collection)
        sent = {name: value for name, value in sent.items() if name != table.primary.name}
        payload = self._with_targets(table, sent)
        for key in self._present(table, keys, lambda: forbidden_update(collection, list(sent))):
            before = self.rows.get(collection, key)
            if before is None:
                continue
            dated = self._dated(table, "updated")
            after = {**before, **self._columns(table, payload), **dated}
            self._put(table, key, after, before)
            self.journal.updated(
                table, before, after, {name: after[name] for name in (*payload, *dated) if name in after}
            )
            self._relate(table, key, payload)
        self.journal.events.append(Event(collection, "update", dict(sent), list(keys)))

    def delete(self, collection: str, keys: Sequence[Key]) -> None:
        """Some items: one event. The database takes what hangs on them."""
        table = self.schema.collection(collection)
        for key in self._present(table, keys, lambda: forbidden_action("delete", collection)):
            row = self.rows.get(collection, key)
            if row is not None:
                self.journal.deleted(table, row)
                self.rows.put(collection, key, None)
                self._release(table, key)
        self.journal.events.append(Event(collection, "delete", list(keys), list(keys)))

    def _present(self, table: Collection, keys: Sequence[Key], refusal: Callable[[], Refused]) -> list[Key]:
        found = [key for key in keys if self.rows.get(table.name, key) is not None]
        if len(found) < len(keys) and not self.who.admin:
            raise refusal()
        return found

    def _new_row(self, table: Collection, payload: Mapping[str, Any]) -> Row:
        for each in table.fields.values():
            if each.required and payload.get(each.name) is None:
                raise failed_validation(each.name, "nnull" if each.name in payload else "required")
        columns = (each for each in table.fields.values() if each.type != ALIAS)
        defaults = {each.name: (each.schema or {}).get("default_value") for each in columns}
        own, sent = table.primary, self._columns(table, payload)
        if sent.get(own.name) is None:
            sent[own.name] = self.rows.tables.count_up(table.name) if own.serial else self._new_id()
        # Only `*_created` is filled in; a sent `date_updated` is taken as it is.
        return {**defaults, **sent, **self._dated(table, "created")}

    def _columns(self, table: Collection, payload: Mapping[str, Any]) -> Row:
        columns: Row = {}
        for name, value in payload.items():
            found = table.fields.get(name)
            if found is None:
                raise forbidden_collection(table.name, name)
            if found.type != ALIAS:
                columns[name] = stored(table.name, found, value)
        return columns

    def _dated(self, table: Collection, when: str) -> Row:
        filled = {f"date-{when}": moment(self.journal.at), f"user-{when}": self.who.user}
        return {
            each.name: filled[special]
            for each in table.fields.values()
            for special in each.special
            if special in filled
        }

    def _put(self, table: Collection, key: Key, row: Row, before: Row | None) -> None:
        for each in table.fields.values():
            changed = before is None or before.get(each.name) != row.get(each.name)
            if changed and row.get(each.name) is not None:
                self._check(table, each, row[each.name], key if before else None)
        self.rows.put(table.name, key, row)

    def _check(self, table: Collection, each: Field, value: object, own: Key | None) -> None:
        if each.unique:
            primary = table.primary.name
            others = self.rows.where(table.name, each.name, value)
            if any(own is None or other[primary] != own for other in others):
                raise not_unique(table.name, each.name, value)
        one = self.schema.many_to_one(table.name, each.name)
        if one is not None and self.rows.get(one.related, value) is None:
            raise unfit("INVALID_FOREIGN_KEY", table.name, each.name, value)

    def _release(self, table: Collection, key: Key) -> None:
        """ON DELETE: silent, except for the ledger, which sees everything."""
        for relation in self.schema.pointing_to(table.name):
            below = self.schema.collection(relation.collection)
            for row in self.rows.where(below.name, relation.field, key):
                own = row[below.primary.name]
                if relation.on_delete == "CASCADE":
                    self.journal.touch(below.name, row, silent=True)
                    self.rows.put(below.name, own, None)
                    self._release(below, own)
                elif relation.on_delete == "SET NULL":
                    self.journal.touch(below.name, row, silent=True)
                    self.rows.put(below.name, own, {**row, relation.field: None})
                else:
                    raise unfit("INVALID_FOREIGN_KEY", below.name, relation.field, key)

    def _with_targets(self, table: Collection, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Write what is nested behind a foreign key first, and put its key in place."""
        payload = dict(sent)
        for name, value in sent.items():
            one = self.schema.many_to_one(table.name, name)
            if one is not None and isinstance(value, Mapping):
                payload[name] = self._save(self.schema.collection(one.related), value)
        return payload

    def _save(self, table: Collection, nested: Mapping[str, Any]) -> Key:
        """An item nested in another: updated if its key is there, else created."""
        own = table.primary
        key = valid_key(own, nested[own.name]) if own.name in nested else None
        if key is None or self.rows.get(table.name, key) is None:
            return self.create(table.name, nested)
        if set(nested) - {own.name}:
            self.update(table.name, [key], nested)
        return key

    def _relate(self, table: Collection, key: Key, payload: Mapping[str, Any]) -> None:
        """Write the lists: `[…]` replaces a list, `{"create", "update", "delete"}` changes it."""
        for name, value in payload.items():
            many = self.schema.one_to_many(table.name, name)
            if many is None or value is None or table.fields[name].type != ALIAS:
                continue
            if isinstance(value, list):
                self._replace(many, key, value)
            elif isinstance(value, Mapping) and set(value) <= {"create", "update", "delete"}:
                self._alter(many, key, value)
            else:
                raise invalid_payload("Invalid one-to-many update structure")

    def _replace(self, many: Relation, key: Key, listed: Sequence[Any]) -> None:
        below = self.schema.collection(many.collection)
        own, kept = below.primary, []
        for each in listed:
            if isinstance(each, Mapping):
                kept.append(self._save(below, {**each, many.field: key}))
                continue
            row = self.rows.get(below.name, valid_key(own, each))
            if row is None:
                raise forbidden()
            if row.get(many.field) != key:
                self.update(below.name, [row[own.name]], {many.field: key})
            kept.append(row[own.name])
        members = [row[own.name] for row in self.rows.where(below.name, many.field, key)]
        self._deselect(many, [each for each in members if each not in kept])

    def _alter(self, many: Relation, key: Key, changes: Mapping[str, Any]) -> None:
        below = self.schema.collection(many.collection)
        own = below.primary
        for each in changes.get("create") or []:
            self.create(below.name, {**each, many.field: key})
        for each in changes.get("update") or []:
            self.update(below.name, [valid_key(own, each.get(own.name))], {**each, many.field: key})
        named = [valid_key(own, each) for each in changes.get("delete") or []]
        rows = [row for each in named if (row := self.rows.get(below.name, each)) is not None]
        self._deselect(many, [row[own.name] for row in rows if row.get(many.field) == key])

    def _deselect(self, many: Relation, keys: Sequence[Key]) -> None:
        if not keys:
            return
        if many.deselect_deletes:
            self.delete(many.collection, keys)
        else:
            self.update(many.collection, keys, {many.field: None})
