"""Tables and transactions: rows in memory, indexed by what they are looked up by.

A transaction lays its changes over the tables; others see them when it commits. Sequences count outside of it, as
in Postgres, so that ids are given before the commit and a rolled-back one leaves a gap.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = Any  # whatever JSON can be
Row: TypeAlias = dict[str, Any]
Key: TypeAlias = Any  # text or number, as the collection has it


class Rows(Protocol):
    """What can be read: the committed rows, or a transaction's view of them."""

    def get(self, collection: str, key: Key) -> Row | None:
        """One row."""
        ...

    def every(self, collection: str) -> Iterable[Row]:
        """All rows."""
        ...

    def where(self, collection: str, field: str, value: object) -> list[Row]:
        """The rows that hold this value, found by an index if there is one."""
        ...

    def later(self, collection: str, first: int) -> Iterable[Row]:
        """The rows with a number from this one on, of a collection that is numbered."""
        ...

    def indexed(self, collection: str, field: str) -> bool:
        """Whether there is an index on a column."""
        ...


class Tables:
    """The committed rows."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, Row]] = {}
        self._index: dict[tuple[str, str], dict[object, dict[Key, None]]] = {}
        self._sequences: dict[str, int] = {}

    def index(self, collection: str, field: str) -> None:
        """Keep an index on a column from now on."""
        made = self._index.setdefault((collection, field), {})
        for key, row in self._rows.get(collection, {}).items():
            made.setdefault(row.get(field), {})[key] = None

    def get(self, collection: str, key: Key) -> Row | None:
        """One row."""
        return self._rows.get(collection, {}).get(key)

    def every(self, collection: str) -> Iterable[Row]:
        """All rows."""
        return list(self._rows.get(collection, {}).values())

    def where(self, collection: str, field: str, value: object) -> list[Row]:
        """The rows that hold this value."""
        index = self._index.get((collection, field))
        if index is None:
            return [row for row in self.every(collection) if row.get(field) == value]
        return [self._rows[collection][key] for key in index.get(value, {})]

    def later(self, collection: str, first: int) -> Iterable[Row]:
        """The rows with a number from this one on."""
        numbers = range(first, self._sequences.get(collection, 0) + 1)
        return [row for number in numbers if (row := self.get(collection, number)) is not None]

    def indexed(self, collection: str, field: str) -> bool:
        """Whether there is an index on a column."""
        return (collection, field) in self._index

    def put(self, collection: str, key: Key, row: Row | None) -> None:
        """Store a row; None takes it away."""
        rows = self._rows.setdefault(collection, {})
        before = rows.pop(key, None)
        for (indexed, field), index in self._index.items():
            if indexed != collection:
                continue
            if before is not None:
                index.get(before.get(field), {}).pop(key, None)
            if row is not None:
                index.setdefault(row.get(field), {})[key] = None
        if row is not None:
            rows[key] = row

    def count_up(self, collection: str) -> int:
        """The next number of a sequence."""
        self._sequences[collection] = self._sequences.get(collection, 0) + 1
        return self._sequences[collection]

    def truncate(self, collection: str) -> None:
        """Take all rows away at once, and count from 1 again."""
        for key in list(self._rows.get(collection, {})):
            self.put(collection, key, None)
        self._sequences.pop(collection, None)

    def dump(self) -> object:
        """A copy of everything."""
        return copy.deepcopy((self._rows, self._sequences))

    def load(self, dump: object) -> None:
        """Put a copy back."""
        if not isinstance(dump, tuple):
            raise TypeError(dump)
        self._rows, self._sequences = copy.deepcopy(dump)
        for collection, field in list(self._index):
            self._index[collection, field] = {}
            self.index(collection, field)


class Transaction:
    """Changes laid over the tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._over: dict[str, dict[Key, Row | None]] = {}

    def get(self, collection: str, key: Key) -> Row | None:
        """One row as this transaction sees it."""
        over = self._over.get(collection, {})
        return over[key] if key in over else self.tables.get(collection, key)

    def every(self, collection: str) -> Iterable[Row]:
        """All rows as this transaction sees them."""
        over = self._over.get(collection)
        if not over:
            return self.tables.every(collection)
        # A row has its key in a column of its own, but which one only the schema knows: rows are told by identity.
        replaced = {id(self.tables.get(collection, key)) for key in over}
        kept = [row for row in self.tables.every(collection) if id(row) not in replaced]
        return [*kept, *(row for row in over.values() if row is not None)]

    def where(self, collection: str, field: str, value: object) -> list[Row]:
        """The rows that hold this value, as this transaction sees them."""
        over = self._over.get(collection)
        found = self.tables.where(collection, field, value)
        if not over:
            return found
        replaced = {id(self.tables.get(collection, key)) for key in over}
        kept = [row for row in found if id(row) not in replaced]
        return [*kept, *(row for row in over.values() if row is not None and row.get(field) == value)]

    def later(self, collection: str, first: int) -> Iterable[Row]:
        """The rows with a number from this one on, as this transaction sees them."""
        return [row for row in self.every(collection) if row["id"] >= first]

    def indexed(self, collection: str, field: str) -> bool:
        """Whether there is an index on a column."""
        return self.tables.indexed(collection, field)

    def put(self, collection: str, key: Key, row: Row | None) -> None:
        """Store a row; None takes it away."""
        self._over.setdefault(collection, {})[key] = row

    def commit(self) -> None:
        """Let others see it."""
        for collection, rows in self._over.items():
            for key, row in rows.items():
                self.tables.put(collection, key, row)
        self._over.clear()
