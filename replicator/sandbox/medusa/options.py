"""Options: rows of their own since 2.16, linked to products value by value.

An option is one product's own (`is_exclusive`), or for all, and then no other such has its title. A value added to an
option by `/admin/product-options/:id` is not usable by a product: that takes its own `options/batch`. No order is kept.
A variant has a value of every option of its product or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.refusals import Refusal, exists, missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

OPTION = {"title": "string", "values": "array", "is_exclusive": "boolean", "metadata": "object?"}
BATCH = {"add": "array", "remove": "array", "update": "array"}
VALUE = {"value": "string", "metadata": "object?"}
UPDATE = {"product_option_id": "string!", "add": "array", "remove": "array"}


def make_option(work: Work, body: object, *, exclusive: bool) -> Row:
    """A new option with its values, in no particular order."""
    given = checked(body, OPTION, "title", "values")
    exclusive = given.get("is_exclusive", exclusive)
    others = (row for row in work.tables.rows("options") if not row["is_exclusive"])
    if not exclusive and any(row["title"] == given["title"] for row in others):
        raise exists("Product option", "title", given["title"])
    columns = {"title": given["title"], "is_exclusive": exclusive, "metadata": given.get("metadata")}
    row = work.insert("options", "opt_", columns)
    values = list(given["values"])
    work.world.rng.shuffle(values)
    for value in values:
        _add_value(work, row, value)
    work.tell("product-option.created", row["id"])
    return row


def change_option(work: Work, option_id: str, body: object) -> Row:
    """A new title, or the whole list of values. Products keep the values they had."""
    given = checked(body, OPTION)
    row = _option(work, option_id)
    for product_id in _linking(work, option_id):
        work.touch("option", f"{product_id}/{option_id}", "update")
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


def change_value(work: Work, option_id: str, value_id: str, body: object) -> Row:
    """A new text; variants that have it say it from then on."""
    given = checked(body, VALUE)
    row = work.tables.living("values", value_id)
    if row is None or row["option_id"] != _option(work, option_id)["id"]:
        text = f'Product option value with id "{value_id}" was not found for option with id "{option_id}"'
        raise missing(text)
    if "value" in given and any(
        one["value"] == given["value"] and one is not row for one in work.tables.of("values", option_id)
    ):
        raise exists("Product option value", f"option_id: {option_id}, value", given["value"])
    for product_id in _linking(work, option_id):
        work.touch("option_value", f"{product_id}/{option_id}/{value_id}", "update")
    work.change(row, {name: given[name] for name in VALUE if name in given})
    work.tell("product-option-value.updated", value_id)
    return row


def link_inline(work: Work, product: Row, given: Iterable[object]) -> None:
    """The options of a new product: its own, with all their values."""
    for body in given:
        _link(work, product, make_option(work, body, exclusive=True))


def change_links(work: Work, product: Row, body: object) -> None:
    """`options/batch`: which options and values a product has."""
    given = checked(body, BATCH)
    for option_id in given.get("remove", []):
        _unlink(work, product, option_id)
    for one in given.get("add", []):
        _add(work, product, one)
    for one in given.get("update", []):
        _update(work, product, checked(one, UPDATE))
    work.tell("product.updated", product["id"])


def chosen(work: Work, product: Row, choice: dict[str, Any]) -> list[str]:
    """The ids of the values that a variant's choice names: one of each option of its product."""
    if choice and len(choice) != len(product["_options"]):
        raise _incomplete(product, len(choice))
    found = []
    for title, text in choice.items():
        link = next((one for one in product["_options"] if _option(work, one["option_id"])["title"] == title), None)
        values = [work.tables.living("values", one) for one in (link["value_ids"] if link else ())]
        value = next((one for one in values if one is not None and one["value"] == text), None)
        if value is None:
            raise Refusal(f"Option value {text} does not exist for option {title}")
        found.append(value["id"])
    return found


def _add(work: Work, product: Row, one: object) -> None:
    if isinstance(one, str):
        option = _option(work, one)
        if option["is_exclusive"]:
            raise Refusal(f"Product options are already assigned to another product: {one}")
        _link(work, product, option)
    else:
        _link(work, product, make_option(work, one, exclusive=False))


def _update(work: Work, product: Row, given: dict[str, Any]) -> None:
    option = _option(work, given["product_option_id"])
    link = next((one for one in product["_options"] if one["option_id"] == option["id"]), None)
    if link is None:
        raise Refusal(f"Some product options are not linked to products: [{product['id']}:{option['id']}]")
    gone = [one for one in given.get("remove", []) if one in link["value_ids"]]
    if users := _users(work, product, gone):
        text = "Cannot unassign option values from product because the following variant(s) are using it"
        raise Refusal(f"{text}: {', '.join(users)}")
    for one in gone:
        work.touch("option_value", f"{product['id']}/{option['id']}/{one}", "delete")
    kept = [one for one in link["value_ids"] if one not in gone]
    for one in given.get("add", []):
        text = one["value"] if isinstance(one, dict) else one
        present = next((value for value in work.tables.of("values", option["id"]) if value["value"] == text), None)
        value_id = (present or _add_value(work, option, text))["id"]
        if value_id not in kept:
            kept.append(value_id)
            work.touch("option_value", f"{product['id']}/{option['id']}/{value_id}", "create")
    changed = [{**one, "value_ids": kept} if one is link else one for one in product["_options"]]
    work.change(product, {"_options": changed}, stamped=False)


def _link(work: Work, product: Row, option: Row) -> None:
    if any(one["option_id"] == option["id"] for one in product["_options"]):
        raise Refusal(f"Product options are already linked to products: {option['id']}")
    ids = [value["id"] for value in work.tables.of("values", option["id"])]
    links = [*product["_options"], {"option_id": option["id"], "value_ids": ids}]
    work.change(product, {"_options": links}, stamped=False)
    work.touch("option", f"{product['id']}/{option['id']}", "create")
    for one in ids:
        work.touch("option_value", f"{product['id']}/{option['id']}/{one}", "create")


def _unlink(work: Work, product: Row, option_id: str) -> None:
    link = next((one for one in product["_options"] if one["option_id"] == option_id), None)
    if link is None:
        return
    if _users(work, product, link["value_ids"]):
        raise Refusal("Cannot unassign product option from product which has variants for that option")
    work.touch("option", f"{product['id']}/{option_id}", "delete")
    for one in link["value_ids"]:
        work.touch("option_value", f"{product['id']}/{option_id}/{one}", "cascade")
    work.change(product, {"_options": [one for one in product["_options"] if one is not link]}, stamped=False)
    option = _option(work, option_id)
    if option["is_exclusive"]:
        work.bury(option)


def _users(work: Work, product: Row, value_ids: Sequence[str]) -> list[str]:
    """The variants of a product that have one of these values."""
    inside = work.tables.of("variants", product["id"], veiled=True)
    return [variant["title"] for variant in inside if set(value_ids) & set(variant["_values"])]


def _linking(work: Work, option_id: str) -> Iterator[str]:
    """The products that have an option: what is changed in it is changed for all of them."""
    for product in work.tables.rows("products"):
        if any(link["option_id"] == option_id for link in product["_options"]):
            yield product["id"]


def _incomplete(product: Row, count: int) -> Refusal:
    options, said = len(product["_options"]), "provided option values for the variant: undefined."
    return Refusal(f"Product has {options} option values but there were {count} {said}")


def _values_of(product: Row) -> list[str]:
    return [one for link in product["_options"] for one in link["value_ids"]]


def _option(work: Work, option_id: str) -> Row:
    row = work.tables.living("options", option_id)
    if row is None:
        raise missing(f"Product option with id: {option_id} was not found")
    return row


def _add_value(work: Work, option: Row, text: str) -> Row:
    if any(value["value"] == text for value in work.tables.of("values", option["id"])):
        raise exists("Product option value", f"option_id: {option['id']}, value", text)
    return work.insert("values", "optval_", {"value": text, "rank": None, "metadata": None, "option_id": option["id"]})
