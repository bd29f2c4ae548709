"""The tables of the played Strapi: rows by document id, as its database holds them. No rules, no events."""

from __future__ import annotations

import copy
import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

DOCUMENT_ID_LENGTH = 24


@dataclass(slots=True, kw_only=True)
class Row:
    """A row. `values` holds scalars as Strapi gives them back; `links` the document ids of relations, in order."""

    id: int
    document_id: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    values: dict[str, object] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    created_by: int | None = None
    updated_by: int | None = None
    live: Row | None = None  # of a draft: what is published of it


class Tables:
    """All rows. Serial ids are never given twice, not even after rows were removed."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rows: dict[str, dict[str, Row]] = {}
        self._serial: dict[str, int] = {}

    def rows(self, type_name: str) -> list[Row]:
        """The rows of a type by id."""
        return list(self._rows.get(type_name, {}).values())

    def get(self, type_name: str, document_id: str) -> Row | None:
        """One row, or None."""
        return self._rows.get(type_name, {}).get(document_id)

    def by_id(self, type_name: str, number: int) -> Row | None:
        """The row with a serial id, or None."""
        return next((row for row in self.rows(type_name) if row.id == number), None)

    def holding(self, type_name: str, attribute: str, value: object) -> Iterator[Row]:
        """The rows that hold a value."""
        return (row for row in self.rows(type_name) if row.values.get(attribute) == value)

    def insert(
        self,
        type_name: str,
        now: datetime,
        values: dict[str, object],
        links: dict[str, list[str]],
    ) -> Row:
        """A new row."""
        number = self._serial[type_name] = self._serial.get(type_name, 0) + 1
        row = Row(
            id=number,
            document_id=self._document_id(),
            created_at=now,
            updated_at=now,
            published_at=now,
            values=values,
            links=links,
        )
        self._rows.setdefault(type_name, {})[row.document_id] = row
        return row

    def published(self, type_name: str, row: Row, now: datetime) -> Row:
        """The second row of a draft: what it says now, under a serial id of its own."""
        number = self._serial[type_name] = self._serial.get(type_name, 0) + 1
        made = replace(row, id=number, published_at=now, live=None)
        made.values, made.links = dict(row.values), {name: list(each) for name, each in row.links.items()}
        return made

    def remove(self, type_name: str, document_id: str, referring: Iterable[tuple[str, str]]) -> None:
        """Remove a row, and its name from all (type, attribute) that may refer to it: nobody is told of that."""
        del self._rows[type_name][document_id]
        for other, attribute in referring:
            for row in self.rows(other):
                if document_id in row.links.get(attribute, []):
                    row.links[attribute] = [each for each in row.links[attribute] if each != document_id]

    def truncate(self) -> None:
        """No rows, serials kept: `TRUNCATE` without `RESTART IDENTITY`."""
        self._rows.clear()

    def dump(self) -> tuple[dict[str, dict[str, Row]], dict[str, int]]:
        """A backup."""
        return copy.deepcopy((self._rows, self._serial))

    def load(self, dump: tuple[dict[str, dict[str, Row]], dict[str, int]]) -> None:
        """A backup put back."""
        self._rows, self._serial = copy.deepcopy(dump)

    def _document_id(self) -> str:
        first = self._rng.choice(string.ascii_lowercase)
        rest = self._rng.choices(string.ascii_lowercase + string.digits, k=DOCUMENT_ID_LENGTH - 1)
        return first + "".join(rest)
