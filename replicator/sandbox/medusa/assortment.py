"""Collections and product types: made, changed, deleted. Products keep the id of one that is gone."""

from __future__ import annotations

from replicator.sandbox.medusa.checks import COLLECTION, TAG, checked, merged, slug
from replicator.sandbox.medusa.refusals import exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work


def make_collection(work: Work, body: object) -> Row:
    """A new collection; its handle may be anything."""
    given = checked(body, COLLECTION, "title")
    given["handle"] = given.get("handle") or slug(given["title"])
    return _make(work, "collections", "pcol_", given)


def change_collection(work: Work, collection_id: str, body: object) -> Row:
    """A collection's new columns."""
    return _change(work, "collections", collection_id, checked(body, COLLECTION))


def delete_collection(work: Work, collection_id: str) -> None:
    """Gone softly, also what was not there."""
    _delete(work, "collections", collection_id)


def make_type(work: Work, body: object) -> Row:
    """A new product type."""
    return _make(work, "types", "ptyp_", checked(body, TAG, "value"))


def change_type(work: Work, type_id: str, body: object) -> Row:
    """A product type's new columns."""
    return _change(work, "types", type_id, checked(body, TAG))


def delete_type(work: Work, type_id: str) -> None:
    """Gone softly, also what was not there."""
    _delete(work, "types", type_id)


_NOUNS = {"collections": ("collection", "product-collection", "Product collection", "handle")}
_NOUNS["types"] = ("product_type", "product-type", "Product type", "value")


def _make(work: Work, table: str, prefix: str, given: Row) -> Row:
    type_name, noun, _, _ = _NOUNS[table]
    _unique(work, table, given)
    row = work.insert(table, prefix, {"external_id": None, "metadata": None, **given})
    work.touch(type_name, row["id"], "create")
    _tell(work, noun, table, "created", row["id"])
    return row


def _change(work: Work, table: str, row_id: str, given: Row) -> Row:
    type_name, noun, said, _ = _NOUNS[table]
    row = work.tables.living(table, row_id)
    if row is None:
        raise missing(f"{said} with id: {row_id} was not found")
    _unique(work, table, given, but=row_id)
    if "metadata" in given:
        given["metadata"] = merged(row["metadata"], given["metadata"], clears=False)
    work.touch(type_name, row_id, "update")
    changed = work.change(row, given)
    _tell(work, noun, table if changed else "types", "updated", row_id)
    return row


def _delete(work: Work, table: str, row_id: str) -> None:
    type_name, noun, _, _ = _NOUNS[table]
    row = work.tables.living(table, row_id)
    if row is not None:
        work.touch(type_name, row_id, "delete")
        work.bury(row)
    _tell(work, noun, table if row is not None else "types", "deleted", row_id)


def _tell(work: Work, noun: str, table: str, verb: str, row_id: str) -> None:
    """Of collections the module tells as well; of types only the API."""
    if table == "collections":
        work.tell(f"product.{noun}.{verb}", row_id)
    work.tell(f"{noun}.{verb}", row_id)


def _unique(work: Work, table: str, given: Row, *, but: str | None = None) -> None:
    column = _NOUNS[table][3]
    if any(row[column] == given.get(column) and row["id"] != but for row in work.tables.rows(table)):
        raise exists(_NOUNS[table][2], column, given[column])
