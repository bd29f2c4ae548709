"""Options: rows of their own since 2.16, linked to products value by value.

A value added to an option by `/admin/product-options/:id` is not usable by a product: that takes its own
`options/batch`. No order is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.refusals import Refusal, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

OPTION = {"title": "string", "values": "array", "is_exclusive": "boolean", "metadata": "object?"}
BATCH = {"add": "array", "remove": "array", "update": "array"}
UPDATE = {"product_option_id": "string!", "add": "array", "remove": "array"}


def make_option(work: Work, body: object, *, exclusive: bool) -> Row:
    """A new option with its values, in no particular order."""
    given = checked(body, OPTION, "title", "values")
    columns = {"title": given["title"], "is_exclusive": given.get("is_exclusive", exclusive), "metadata": None}
    row = work.insert("options", "opt_", columns)
    values = list(dict.fromkeys(given["values"]))
    work.world.rng.shuffle(values)
    for value in values:
        _add_value(work, row, value)
    work.tell("product-option.created", row["id"])
    return row


def change_option(work: Work, option_id: str, body: object) -> Row:
    """A new title, or the whole list of values. Products keep the values they had."""
    given = checked(body, OPTION)
    row = _option(work, option_id)
    if "values" in given:
        wanted = list(given["values"])
        present = {value["value"]: value for value in work.tables.of("values", option_id)}
        linked = {one for product in work.tables.rows("products") for one in _values_of(product)}
        surplus = [value for text, value in present.items() if text not in wanted]
        if any(value["id"] in linked for value in surplus):
            raise Refusal("Cannot delete product option values that are associated with products.")
        for value in surplus:
            work.bury(value)
        for text in wanted:
            if text not in present:
                _add_value(work, row, text)
    work.change(row, {name: given[name] for name in ("title", "metadata") if name in given})
    work.tell("product-option.updated", option_id)
    return row


def link_inline(work: Work, product: Row, given: Iterable[object]) -> None:
    """The options of a new product: its own, with all their values."""
    for body in given:
        _link(work, product, make_option(work, body, exclusive=True))


def change_links(work: Work, product: Row, body: object) -> None:
    """`options/batch`: which options and values a product has."""
    given = checked(body, BATCH)
    work.touch("product", product["id"], "options")
    for option_id in given.get("remove", []):
        _unlink(work, product, option_id)
    for one in given.get("add", []):
        _add(work, product, one)
    for one in given.get("update", []):
        _update(work, product, checked(one, UPDATE))
    work.tell("product.updated", product["id"])


def chosen(work: Work, product: Row, choice: dict[str, Any]) -> list[str]:
    """The ids of the values that a variant's choice names: one of each option of its product."""
    found = []
    for title, text in choice.items():
        link = next((one for one in product["_options"] if _option(work, one["option_id"])["title"] == title), None)
        values = [work.tables.living("values", one) for one in (link["value_ids"] if link else ())]
        value = next((one for one in values if one is not None and one["value"] == text), None)
        if value is None:
            raise Refusal(f"Option value {text} does not exist for option {title}")
        found.append(value["id"])
    if len(found) != len(product["_options"]):
        msg = (
            f"Product has {len(product['_options'])} option values but there were {len(found)} provided "
            f"option values for the variant"
        )
        raise Refusal(msg)
    return found


def _add(work: Work, product: Row, one: object) -> None:
    if isinstance(one, str):
        _link(work, product, _option(work, one))
    elif isinstance(one, dict) and "id" in one:
        _link(work, product, _option(work, one["id"]), one.get("value_ids"))
    else:
        _link(work, product, make_option(work, one, exclusive=True))


def _update(work: Work, product: Row, given: dict[str, Any]) -> None:
    option = _option(work, given["product_option_id"])
    link = next((one for one in product["_options"] if one["option_id"] == option["id"]), None)
    if link is None:
        raise Refusal(f"Product option {option['id']} is not linked to product {product['id']}")
    used = {one for variant in work.tables.of("variants", product["id"], veiled=True) for one in variant["_values"]}
    if used & set(given.get("remove", [])):
        raise Refusal("Cannot remove product option values that are used by variants of the product")
    kept = [one for one in link["value_ids"] if one not in given.get("remove", [])]
    for one in given.get("add", []):
        text = one["value"] if isinstance(one, dict) else one
        present = next((value for value in work.tables.of("values", option["id"]) if value["value"] == text), None)
        kept.append((present or _add_value(work, option, text))["id"])
    changed = [{**one, "value_ids": kept} if one is link else one for one in product["_options"]]
    work.change(product, {"_options": changed}, stamped=False)


def _link(work: Work, product: Row, option: Row, value_ids: list[str] | None = None) -> None:
    if any(one["option_id"] == option["id"] for one in product["_options"]):
        raise Refusal(f"Product option {option['id']} is already linked to product {product['id']}")
    ids = value_ids or [value["id"] for value in work.tables.of("values", option["id"])]
    links = [*product["_options"], {"option_id": option["id"], "value_ids": ids}]
    work.change(product, {"_options": links}, stamped=False)


def _unlink(work: Work, product: Row, option_id: str) -> None:
    link = next((one for one in product["_options"] if one["option_id"] == option_id), None)
    if link is None:
        return
    used = {one for variant in work.tables.of("variants", product["id"], veiled=True) for one in variant["_values"]}
    if used & set(link["value_ids"]):
        raise Refusal("Cannot remove product options that are used by variants of the product")
    work.change(product, {"_options": [one for one in product["_options"] if one is not link]}, stamped=False)


def _values_of(product: Row) -> list[str]:
    return [one for link in product["_options"] for one in link["value_ids"]]


def _option(work: Work, option_id: str) -> Row:
    row = work.tables.living("options", option_id)
    if row is None:
        raise missing(f"Product option with id: {option_id} was not found")
    return row


def _add_value(work: Work, option: Row, text: str) -> Row:
    return work.insert("values", "optval_", {"value": text, "rank": None, "metadata": None, "option_id": option["id"]})
