"""Tables: what the played Medusa holds. Rows are its JSON columns; names that begin with `_` are links kept in the row.

Everything is changed through a `Work`, which can take it back.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

RECORDS = (
    *("products", "options", "values", "images", "variants", "prices", "items", "levels"),
    *("tags", "categories", "collections", "types"),
)
SETTINGS = (
    *("locations", "channels", "profiles", "stores", "regions", "countries", "currencies", "api_keys"),
    *("payment_providers", "fulfillment_providers", "fulfillment_sets", "zones", "shipping_options", "option_types"),
)
PARENTS = {  # columns that never change, by which rows are looked up
    "values": "option_id",
    "images": "product_id",
    "variants": "product_id",
    "prices": "variant_id",
    "levels": "inventory_item_id",
}


class Tables:
    """All rows, by table and id. `veiled` are ids of rows that are made but not visible yet."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {name: {} for name in (*RECORDS, *SETTINGS)}
        self._children: dict[tuple[str, str], dict[str, None]] = {}  # (table, parent id) → ids, in order
        self.veiled: set[str] = set()

    def get(self, table: str, row_id: object) -> Row | None:
        """A row, deleted ones too."""
        return self._rows[table].get(str(row_id))

    def living(self, table: str, row_id: object) -> Row | None:
        """A row that is not deleted."""
        row = self.get(table, row_id)
        return row if row is not None and row.get("deleted_at") is None else None

    def rows(self, table: str, *, deleted: bool = False) -> Iterator[Row]:
        """The living rows of a table in the order in which they were made; on request the deleted ones too."""
        return (row for row in list(self._rows[table].values()) if deleted or row.get("deleted_at") is None)

    def of(self, table: str, parent_id: object, *, veiled: bool = False) -> list[Row]:
        """The living rows below a parent (`PARENTS`); on request those not visible yet too."""
        ids = self._children.get((table, str(parent_id)), {})
        rows = (self._rows[table][one] for one in ids)
        return [row for row in rows if row.get("deleted_at") is None and (veiled or row["id"] not in self.veiled)]

    def put(self, table: str, row: Row) -> None:
        """Add a row, or put it back."""
        self._rows[table][row["id"]] = row
        if table in PARENTS:
            self._children.setdefault((table, row[PARENTS[table]]), {})[row["id"]] = None

    def drop(self, table: str, row_id: str) -> None:
        """Take a row away for good."""
        row = self._rows[table].pop(row_id, None)
        if row is not None and table in PARENTS:
            self._children[table, row[PARENTS[table]]].pop(row_id, None)

    def clear(self, *, settings: bool) -> None:
        """Empty the tables of records, and on request those of settings."""
        for name in (*RECORDS, *(SETTINGS if settings else ())):
            self._rows[name].clear()
        self._children.clear()
        self.veiled.clear()

    def dump(self) -> dict[str, dict[str, Row]]:
        """An independent copy of everything."""
        return copy.deepcopy(self._rows)

    def load(self, dump: Mapping[str, Mapping[str, Row]]) -> None:
        """Put a copy back."""
        self.clear(settings=True)
        for table, rows in copy.deepcopy(dict(dump)).items():
            for row in rows.values():
                self.put(table, row)
