"""Tags and categories: made, changed, deleted."""

from __future__ import annotations

from typing import Any

from replicator.sandbox.medusa.checks import CATEGORY, TAG, checked, merged, slug
from replicator.sandbox.medusa.refusals import Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work


def make_tag(work: Work, body: object) -> Row:
    """A new tag."""
    given = checked(body, TAG, "value")
    _unique(work, "tags", "Product tag", "value", given["value"])
    columns = {"external_id": None, **given, "metadata": merged(None, given.get("metadata"), clears=False)}
    row = work.insert("tags", "ptag_", columns)
    work.touch("tag", row["id"], "create")
    work.tell("product-tag.created", row["id"])
    return row


def change_tag(work: Work, tag_id: str, body: object) -> Row:
    """A tag's new columns; metadata merges."""
    given = checked(body, TAG)
    row = work.tables.living("tags", tag_id)
    if row is None:
        raise missing(f"Product tag with id: {tag_id} was not found")
    if "value" in given:
        _unique(work, "tags", "Product tag", "value", given["value"], but=tag_id)
    if "metadata" in given:
        given["metadata"] = merged(row["metadata"], given["metadata"], clears=False)
    work.touch("tag", tag_id, "update")
    work.change(row, given)
    work.tell("product-tag.updated", tag_id)
    return row


def delete_tag(work: Work, tag_id: str) -> None:
    """Gone; nothing is said about a tag that was not there, nor about the products that had it."""
    row = work.tables.living("tags", tag_id)
    if row is not None:
        work.touch("tag", tag_id, "delete")
        _forget(work, "_tags", tag_id)
        work.bury(row)
    work.tell("product-tag.deleted", tag_id)


def make_category(work: Work, body: object) -> Row:
    """A new category, the last among its siblings."""
    given = checked(body, CATEGORY, "name")
    given["handle"] = given.get("handle") or slug(given["name"])
    _unique(work, "categories", "Product category", "handle", given["handle"])
    parent = _parent(work, given.get("parent_category_id"))
    columns: dict[str, Any] = {
        "description": "",
        "is_active": False,
        "is_internal": False,
        "external_id": None,
        "metadata": None,
        "parent_category_id": None,
        **given,
        "rank": len(_children(work, given.get("parent_category_id"))),
    }
    row = work.insert("categories", "pcat_", columns)
    row["mpath"] = f"{parent['mpath']}.{row['id']}" if parent else row["id"]
    work.touch("category", row["id"], "create")
    work.tell("product.product-category.created", row["id"])
    work.tell("product-category.created", row["id"])
    return row


def change_category(work: Work, category_id: str, body: object) -> Row:
    """A category's new columns; metadata is replaced. Moving it ranks its siblings anew, without a word."""
    given = checked(body, CATEGORY)
    row = work.tables.living("categories", category_id)
    if row is None:
        raise missing(f"ProductCategory with id: {category_id} was not found")
    if "handle" in given:
        _unique(work, "categories", "Product category", "handle", given["handle"], but=category_id)
    work.touch("category", category_id, "update")
    moved = "parent_category_id" in given and given["parent_category_id"] != row["parent_category_id"]
    if moved:
        _move(work, row, given["parent_category_id"])
    if work.change(row, given) or moved:
        work.tell("product.product-category.updated", category_id)
    work.tell("product-category.updated", category_id)
    return row


def delete_category(work: Work, category_id: str) -> None:
    """Gone for good; its products lose it silently. One with children stays."""
    row = work.tables.living("categories", category_id)
    if row is not None:
        if _children(work, category_id):
            msg = f"Deleting ProductCategory ({category_id}) with category children is not allowed"
            raise Refusal(msg, type_="not_allowed")
        work.touch("category", category_id, "delete")
        _forget(work, "_categories", category_id)
        work.drop("categories", row)
        work.tell("product.product-category.deleted", category_id)
    work.tell("product-category.deleted", category_id)


def change_members(work: Work, category_id: str, body: object) -> Row:
    """Put products into a category and take them out: no stamp, and no event but the one that our companion makes."""
    given = checked(body, {"add": "array", "remove": "array"})
    row = work.tables.living("categories", category_id)
    if row is None:
        raise missing(f"ProductCategory with id: {category_id} was not found")
    for product in work.tables.rows("products"):
        links = [
            one for one in product["_categories"] if one != category_id or product["id"] not in given.get("remove", [])
        ]
        if product["id"] in given.get("add", []) and category_id not in links:
            links.append(category_id)
        if links != product["_categories"]:
            work.touch("product", product["id"], "update")
            work.change(product, {"_categories": links}, stamped=False)
    work.tell("product.updated", [*given.get("add", []), *given.get("remove", [])])
    return row


def _move(work: Work, row: Row, parent_id: str | None) -> None:
    parent = _parent(work, parent_id)
    if parent is not None and row["id"] in parent["mpath"].split("."):
        raise Refusal(f"A product category cannot be below itself: {row['id']}")
    left = [one for one in _children(work, row["parent_category_id"]) if one["id"] != row["id"]]
    joined = [one for one in _children(work, parent_id) if one["id"] != row["id"]]
    for rank, sibling in [*enumerate(left), *enumerate([*joined, row])]:
        work.change(sibling, {"rank": rank})
    path = f"{parent['mpath']}.{row['id']}" if parent else row["id"]
    before = row["mpath"]
    for other in work.tables.rows("categories"):
        if other["mpath"] == before or other["mpath"].startswith(f"{before}."):
            work.change(other, {"mpath": path + other["mpath"].removeprefix(before)}, stamped=False)


def _parent(work: Work, parent_id: str | None) -> Row | None:
    if parent_id is None:
        return None
    parent = work.tables.living("categories", parent_id)
    if parent is None:
        msg = f"You tried to set relationship parent_category_id: {parent_id}, but such entity does not exist"
        raise missing(msg)
    return parent


def _children(work: Work, parent_id: str | None) -> list[Row]:
    found = [row for row in work.tables.rows("categories") if row["parent_category_id"] == parent_id]
    return sorted(found, key=lambda row: int(row["rank"]))


def _unique(work: Work, table: str, noun: str, column: str, value: object, *, but: str | None = None) -> None:
    if any(row[column] == value and row["id"] != but for row in work.tables.rows(table)):
        raise exists(noun, column, value)


def _forget(work: Work, link: str, row_id: str) -> None:
    for product in work.tables.rows("products"):
        if row_id in product[link]:
            work.change(product, {link: [one for one in product[link] if one != row_id]}, stamped=False)
