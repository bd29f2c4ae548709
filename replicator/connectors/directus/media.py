"""Pictures in Directus' media library, for shops that want them there: a file beside the address it came from. Pure.

The address stands in the file's description, so that a read gives back what was written; a picture that a person
uploaded has the address under which Directus serves it. What is no address cannot be kept there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from replicator.connectors.base import Write
from replicator.connectors.directus.layout import Junction, Layout
from replicator.core.document import Value
from replicator.errors import CanonicalError

Row: TypeAlias = Mapping[str, object]
Rows: TypeAlias = Mapping[str, Sequence[object]]

SORT = "sort"
SHOWN = ("id", "description")
SCHEMES = ("https://", "http://")


def columns(layout: Layout, type_name: str) -> list[str]:
    """What to ask for, beside the columns of the row."""
    gallery, single = layout.gallery(type_name), layout.cover(type_name)
    rows = [f"{gallery.field}.{name}" for name in ("id", SORT)] if gallery else []
    files = [f"{gallery.field}.{gallery.theirs}.{name}" for name in SHOWN] if gallery else []
    return [*rows, *files, *(f"{single}.{name}" for name in SHOWN if single)]


def kept(value: Value) -> Value:
    """What the library can keep of a value: addresses."""
    if isinstance(value, str):
        return value if _address(value) else None
    return [each for each in value if _address(each)] if isinstance(value, list | tuple) else value


def wanted(layout: Layout, write: Write) -> list[str]:
    """The addresses of the pictures that a write names."""
    values = [kept(value) for name, value in write.fields.items() if layout.pictured(write.type, name)]
    return [str(each) for value in values for each in (value if isinstance(value, list | tuple) else [value]) if each]


def shown(layout: Layout, gallery: Junction | None, raw: object) -> Value:
    """The addresses that a column shows: of a gallery all, in order, else the one. Raises CanonicalError."""
    if gallery is None:
        return None if raw is None else _of(layout, raw)
    rows = [_of(layout, row[gallery.theirs]) for row in _ordered(raw) if row.get(gallery.theirs) is not None]
    return list(rows)


def rows(gallery: Junction, raw: object) -> dict[str, list[object]]:
    """The rows of a gallery by their file, in order."""
    found: dict[str, list[object]] = {}
    for row in _ordered(raw):
        file = row.get(gallery.theirs)
        found.setdefault(str(file.get("id") if isinstance(file, Mapping) else file or ""), []).append(row.get("id"))
    return found


def arranged(gallery: Junction, files: Iterable[str], present: Rows) -> dict[str, object]:
    """The changes that make a gallery show these files in this order; rows that stay keep their ids."""
    left = {file: list(each) for file, each in present.items()}
    made: list[dict[str, object]] = []
    moved: list[dict[str, object]] = []
    for place, file in enumerate(files, start=1):
        if left.get(file):
            moved.append({"id": left[file].pop(0), SORT: place})
        else:
            made.append({gallery.theirs: file, SORT: place})
    return {"create": made, "update": moved, "delete": [row for each in left.values() for row in each]}


def _ordered(raw: object) -> list[Row]:
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        raise CanonicalError("a gallery is no list of rows")
    return sorted(raw, key=lambda row: (row.get(SORT) is None, row.get(SORT) or 0, row.get("id") or 0))


def _of(layout: Layout, file: object) -> str:
    match file:
        case {"id": str(own), **told}:
            described = told.get("description")
            return str(described) if _address(described) else f"{layout.assets}/{own}"
        case _:
            raise CanonicalError("a picture names no file: may our account read files?")


def _address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(SCHEMES)
