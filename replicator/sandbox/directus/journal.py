"""The journal of one transaction: Directus' activity and revisions, the events to come, and what our ledger is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from replicator.sandbox.directus import shop, shown
from replicator.sandbox.directus.accounts import Caller
from replicator.sandbox.directus.schema import ALIAS, Collection, Schema
from replicator.sandbox.directus.tables import Key, Row, Tables, Transaction
from replicator.sandbox.directus.values import moment
from replicator.sandbox.ledger import Ledger
from replicator.sandbox.words import changes

SYSTEM = "directus_"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that flows can listen to. `payload` is what was sent, not what is stored."""

    collection: str
    verb: str  # create | update | delete
    payload: object
    keys: list[Key]


@dataclass(slots=True)
class _Touched:
    before: dict[str, object] | None
    key: str
    silent: bool


@dataclass(slots=True, kw_only=True)
class Journal:
    """What one transaction leaves behind. `rows` takes activity and revisions; `at` is when the transaction began."""

    who: Caller
    at: datetime
    schema: Schema
    tables: Tables
    rows: Transaction
    events: list[Event] = field(default_factory=list)
    _touched: dict[tuple[str, str], _Touched] = field(default_factory=dict)

    def created(self, table: Collection, row: Row, sent: Mapping[str, Any]) -> None:
        """An item was made. Its revision holds what was sent, and nothing that was filled in."""
        self.touch(table.name, row)
        entry = self._act(table, "create", row[table.primary.name])
        if entry is not None:
            told = {name: value for name, value in sent.items() if name in self._plain(table)}
            self._revise(table, entry, row, told, told)

    def updated(self, table: Collection, before: Row, after: Row, sent: Mapping[str, Any]) -> None:
        """An item was written over, perhaps by equal values: what was sent is told, references and all."""
        self.touch(table.name, before)
        self.touch(table.name, after)
        entry = self._act(table, "update", after[table.primary.name])
        if entry is not None:
            self._revise(table, entry, after, {name: after[name] for name in self._plain(table)}, sent)

    def deleted(self, table: Collection, row: Row) -> None:
        """An item was taken away: no revision."""
        self.touch(table.name, row)
        self._act(table, "delete", row[table.primary.name])

    def touch(self, collection: str, row: Row, *, silent: bool = False) -> None:
        """Something of the shop is being written: remember how it was. `silent`: by the database, not by the caller."""
        for name, remote_id in shown.owners(self.tables, collection, row):
            known = self._touched.get((name, remote_id))
            if known is not None:
                known.silent = known.silent and silent
                continue
            base = self.tables.get(shop.COLLECTIONS[name], remote_id)
            before = None if base is None else shown.shown(self.tables, name, base)
            key = shown.natural_key(self.tables, name, base)
            self._touched[name, remote_id] = _Touched(before, key, silent)

    def tell(self, ledger: Ledger, system: str) -> None:
        """Tell the ledger, after the commit, what became of each record that was touched."""
        for (name, remote_id), touched in self._touched.items():
            row = self.tables.get(shop.COLLECTIONS[name], remote_id)
            before, after = touched.before or {}, shown.shown(self.tables, name, row) if row else {}
            ledger.wrote(
                system=system,
                account=self.who.account or "nobody",
                type=name,
                key=shown.natural_key(self.tables, name, row) or touched.key,
                remote_id=remote_id,
                action=_action(touched, row),
                changes=changes(before, after),
            )

    def _act(self, table: Collection, action: str, key: Key) -> int | None:
        if table.name.startswith(SYSTEM) or table.meta.get("accountability") is None:
            return None
        number = self.tables.count_up("directus_activity")  # before the commit: ids are no order of visibility
        self.rows.put(
            "directus_activity",
            number,
            {
                "id": number,
                "action": action,
                "user": self.who.user,
                "timestamp": moment(self.at),
                "ip": self.who.ip,
                "user_agent": self.who.user_agent,
                "collection": table.name,
                "item": str(key),
                "origin": self.who.origin,
            },
        )
        return number if table.meta["accountability"] == "all" else None

    def _revise(
        self, table: Collection, activity: int, row: Row, data: Mapping[str, Any], delta: Mapping[str, Any]
    ) -> None:
        number = self.tables.count_up("directus_revisions")
        self.rows.put(
            "directus_revisions",
            number,
            {
                "id": number,
                "activity": activity,
                "collection": table.name,
                "item": str(row[table.primary.name]),
                "data": dict(data),
                "delta": dict(delta),
                "parent": None,
                "version": None,
            },
        )

    def _plain(self, table: Collection) -> list[str]:
        """The columns that revisions hold: relational ones are left out."""
        return [
            name
            for name, each in table.fields.items()
            if each.type != ALIAS and self.schema.many_to_one(table.name, name) is None
        ]


def _action(touched: _Touched, row: Row | None) -> str:
    if touched.silent:
        return "cascade"
    if touched.before is None:
        return "create"
    return "update" if row else "delete"
