"""Products: made with all that is in them, changed column by column, their lists replaced, deleted softly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replicator.sandbox.medusa import options, part_words, variants
from replicator.sandbox.medusa.checks import (
    PRODUCT,
    SIZES,
    STATUSES,
    TEXTS,
    checked,
    merged,
    product_handle,
    single,
    slug,
)
from replicator.sandbox.medusa.part_words import OWN_KEYS
from replicator.sandbox.medusa.refusals import Broken, Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

NULLS = ("subtitle", "description", "thumbnail", "external_id", "collection_id", "type_id", *SIZES, *TEXTS)
LISTS = ("images", "categories", "tags", "sales_channels", "variants")
ID = {"id": "string!"}


def make(work: Work, body: object) -> Row:
    """A new product; its variants follow (`variants.make`), which the caller sees to, for readers see them later."""
    given = checked(body, PRODUCT, "title")
    title = given["title"]
    if not given.get("options"):
        raise Refusal(f"Product options are not provided for: [{title}].")
    handle = product_handle(given.get("handle") or slug(title))
    _unique(work, handle)
    status = _status(given.get("status") or "draft")
    images = [checked(image, {"url": "string!"})["url"] for image in given.get("images", [])]
    columns: dict[str, Any] = {
        **dict.fromkeys(NULLS),
        "is_giftcard": False,
        "discountable": True,
        **_columns(given),
        "title": title,
        "handle": handle,
        "status": status,
        "thumbnail": given.get("thumbnail") or (images[0] if images else None),
        "metadata": merged(None, given.get("metadata"), clears=True),
        "_options": [],
        "_categories": _links(work, "categories", given.get("categories", [])),
        "_tags": _links(work, "tags", given.get("tags", [])),
        "_channels": [one["id"] for one in given.get("sales_channels", [])],
        "_profile": _profile(work, given.get("shipping_profile_id")),
    }
    row = work.insert("products", "prod_", columns)
    work.touch("product", row["id"], "create")
    for key in row["metadata"] or {}:
        work.touch("metafield", f"{row['id']}/{key}", "create")
    _images(work, row, images)
    options.link_inline(work, row, given["options"])
    work.tell("product.product.created", row["id"])
    return row


def change(work: Work, product_id: str, body: object, *, batch: bool = False) -> Row:
    """Scalars one by one, lists as a whole: variants that are left out are deleted."""
    given = checked(body, {**PRODUCT, **(ID if batch else {})})
    row = work.tables.living("products", product_id)
    if row is None:
        raise missing(f'Product with id "{product_id}" not found')
    if "options" in given:
        raise Refusal("The 'options' property was removed in version 2.16.0")
    _touch(work, row, given)
    columns = _columns(given)
    if "handle" in given:
        columns["handle"] = _new_handle(work, row, given["handle"])
    if "title" in given:
        columns["title"] = given["title"]
    if "status" in given:
        columns["status"] = _status(given["status"])
    if "metadata" in given:
        columns["metadata"] = merged(row["metadata"], given["metadata"], clears=True)
    if work.change(row, columns) and not batch:
        work.tell("product.product.updated", product_id)
    _replace_lists(work, row, given)
    work.tell("product.updated", product_id)
    return row


def delete(work: Work, product_id: str) -> None:
    """Softly, with all that is in it. What was not there is deleted just as well."""
    row = work.tables.living("products", product_id)
    work.tell("product.deleted", product_id)
    if row is None:
        return
    work.touch("product", product_id, "delete")
    inside = work.tables.of("variants", product_id, veiled=True)
    for variant in inside:
        work.touch("variant", variant["id"], "cascade")
        variants.touch_parts(work, variant)
    for type_name, part_id in part_words.of_product(row):
        work.touch(type_name, part_id, "cascade")
    for variant in inside:
        variants.bury(work, variant)
    for image in work.tables.of("images", product_id):
        work.bury(image)
    for link in row["_options"]:
        option = work.tables.living("options", link["option_id"])
        if option is not None and option["is_exclusive"]:
            work.bury(option)
    work.bury(row)
    work.tell("product.product.deleted", product_id)


def present(work: Work, ids: Sequence[str]) -> None:
    """A batch is refused as a whole if one of its updates names what is not there."""
    absent = [one for one in ids if work.tables.living("products", one) is None]
    if absent:
        raise missing(f"Unable to update the products with ids: {', '.join(absent)}")


def _touch(work: Work, row: Row, given: dict[str, Any]) -> None:
    """The product is about to be changed, or some keys of its metadata, which are records of their own."""
    metadata = given.get("metadata") or {}
    if given.keys() - {"id", "metadata"} or not metadata or not OWN_KEYS.isdisjoint(metadata):
        work.touch("product", row["id"], "update")
    present = row["metadata"] or {}
    gone = "delete" if metadata.keys() <= present.keys() else "cascade"  # one goes and one comes: it is renamed
    for key, value in metadata.items():
        if key in present or value != "":
            action = "create" if key not in present else gone if value == "" else "update"
            work.touch("metafield", f"{row['id']}/{key}", action)


def _profile(work: Work, profile_id: str | None) -> str | None:
    if profile_id is not None and work.tables.living("profiles", profile_id) is None:
        raise missing(f"Shipping profile with id: {profile_id} was not found")
    return profile_id


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    plain = (*NULLS, "is_giftcard", "discountable")
    columns = {name: given[name] for name in plain if name in given}
    return {name: single(value) if name in SIZES else value for name, value in columns.items()}


def _status(status: str) -> str:
    if status not in STATUSES:
        raise Refusal(
            f"Invalid request: Expected: 'draft, proposed, published, rejected' for field 'status', got: '{status}'"
        )
    return status


def _unique(work: Work, handle: str, *, but: str | None = None) -> None:
    if any(row["handle"] == handle and row["id"] != but for row in work.tables.rows("products")):
        raise exists("Product", "handle", handle)


def _new_handle(work: Work, row: Row, handle: str | None) -> str:
    if handle is None:
        raise Broken("a handle is never null")
    _unique(work, handle, but=row["id"])
    return product_handle(handle)


def _links(work: Work, table: str, given: Sequence[object]) -> list[str]:
    ids = [checked(one, ID)["id"] for one in given]
    for one in ids:
        if work.tables.living(table, one) is not None:
            continue
        if table == "tags":
            raise Refusal(f"Tag with id {one} not found")
        raise missing(f"You tried to set relationship product_category_id: {one}, but such entity does not exist")
    return ids


def _images(work: Work, row: Row, urls: Sequence[str]) -> None:
    for image in work.tables.of("images", row["id"]):
        work.bury(image)
    for rank, url in enumerate(urls):
        work.insert("images", "img_", {"url": url, "metadata": None, "rank": rank, "product_id": row["id"]})


def _replace_lists(work: Work, row: Row, given: dict[str, Any]) -> None:
    """None of these moves the product's own `updated_at`."""
    if "images" in given:
        urls = [checked(image, {"id": "string", "url": "string!"})["url"] for image in given["images"]]
        if urls != [image["url"] for image in work.tables.of("images", row["id"])]:
            _images(work, row, urls)
            work.tell("product.product-image.created", row["id"])
    for name in ("categories", "tags"):
        if name in given:
            work.change(row, {f"_{name}": _links(work, name, given[name])}, stamped=False)
    if "shipping_profile_id" in given:
        work.change(row, {"_profile": _profile(work, given["shipping_profile_id"])}, stamped=False)
    if "sales_channels" in given:
        work.change(row, {"_channels": [one["id"] for one in given["sales_channels"]]}, stamped=False)
    if "variants" in given:
        _replace_variants(work, row, given["variants"])


def _replace_variants(work: Work, row: Row, given: Sequence[dict[str, Any]]) -> None:
    """Those without an id are made, those left out are deleted."""
    kept = {one["id"] for one in given if "id" in one}
    for variant in work.tables.of("variants", row["id"]):
        if variant["id"] not in kept:
            variants.delete(work, variant["id"])
    for one in given:
        if "id" in one:
            variants.change(work, row, one["id"], {name: value for name, value in one.items() if name != "id"})
        else:
            variants.make(work, row, one)
