"""Work: one request's changes, all or nothing. What was touched goes to the ledger, what happened out as events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from replicator.sandbox.medusa.events import Announcer
from replicator.sandbox.medusa.part_words import TYPES as PARTS
from replicator.sandbox.medusa.shown import changes, shown
from replicator.sandbox.medusa.tables import Row, Tables
from replicator.sandbox.world import Shown, World


def stamp(moment: datetime) -> str:
    """A time as Medusa writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Work:
    """The changes of one request by one account."""

    def __init__(self, world: World, tables: Tables, announcer: Announcer, account: str) -> None:
        self.world = world
        self.tables = tables
        self.now = stamp(world.now())
        self._announcer = announcer
        self._account = account
        self._undo: list[Callable[[], None]] = []
        self._touched: dict[tuple[str, str], tuple[str, Shown | None]] = {}
        self._events: list[tuple[str, object]] = []

    def insert(self, table: str, prefix: str, columns: Row) -> Row:
        """A new row, with an id and its times."""
        row = {
            "id": self.world.id(prefix),
            **columns,
            "created_at": self.now,
            "updated_at": self.now,
            "deleted_at": None,
        }
        self.tables.put(table, row)
        self._undo.append(lambda: self.tables.drop(table, row["id"]))
        return row

    def change(self, row: Row, columns: dict[str, Any], *, stamped: bool = True) -> bool:
        """Set columns; whether any of them changed. Only then is the row stamped."""
        before = {name: row.get(name) for name in (*columns, "updated_at")}
        if all(before[name] == value for name, value in columns.items()):
            return False
        row.update(columns)
        if stamped:
            row["updated_at"] = self.now
        self._undo.append(lambda: row.update(before))
        return True

    def drop(self, table: str, row: Row) -> None:
        """Delete for good."""
        self.tables.drop(table, row["id"])
        self._undo.append(lambda: self.tables.put(table, row))

    def bury(self, row: Row) -> None:
        """Delete softly: the row stays, with its time of death."""
        self.change(row, {"deleted_at": self.now})

    def touch(self, type_name: str, remote_id: str, action: str) -> None:
        """A record is about to be written: remember how it was. To be called before it is changed."""
        if (type_name, remote_id) not in self._touched:
            before = None if action == "create" else shown(self.tables, type_name, remote_id)
            self._touched[type_name, remote_id] = (action, before)

    def tell(self, name: str, data_id: object) -> None:
        """Something happened; it is told when the work is done."""
        self._events.append((name, data_id))

    def undo(self) -> None:
        """Take everything back; nothing is told."""
        for step in reversed(self._undo):
            step()

    async def done(self) -> None:
        """Write the ledger, then tell. The events are out before the answer is."""
        for (type_name, remote_id), (action, before) in self._touched.items():
            after = shown(self.tables, type_name, remote_id)
            named = after or before
            if named is None and type_name in PARTS:
                continue  # what is not shown is nobody's record: the option that says nothing, a key of our own
            self.world.ledger.wrote(
                system="medusa",
                account=self._account,
                type=type_name,
                key=named.key if named else "",
                remote_id=remote_id,
                action=action,
                changes=changes(before, after),
            )
        self._announcer.announce(self._events, self.now)
        if self._events:
            await asyncio.sleep(self._announcer.lead_seconds if self.world.hooks["medusa"].targets else 0)
