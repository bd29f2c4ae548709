"""Composing: a new product and its parts as one body, and the parts found again in the answer. Pure.

What is made is told by what it says: an option by its title, a value by its text, a variant by our marker or its sku, a
price by its key. Inside the family a reference is the PENDING name of the record it points to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from replicator.connectors.base import PENDING, Failed, Record, Trouble
from replicator.connectors.medusa import options, prices, products, variants
from replicator.connectors.medusa.aggregate import family
from replicator.connectors.medusa.batch import Item
from replicator.connectors.medusa.joining import WHOLES
from replicator.connectors.medusa.parts import joined, price_id, price_key_of
from replicator.connectors.medusa.raw import Raw, is_ours, living
from replicator.connectors.medusa.refusals import unacceptable

DEFAULT: Mapping[str, Any] = {
    "id": "",
    "title": options.DEFAULT_TITLE,
    "values": [{"id": "", "value": options.DEFAULT_VALUE}],
}


@dataclass(slots=True)
class Family:
    """A new product on its way: the item with the body it became, and the parts that cannot go with it."""

    item: Item
    failed: list[tuple[Item, Failed]] = field(default_factory=list)


def compose(item: Item, parts: Sequence[Item], usual: Mapping[str, object]) -> Family:
    """One body of a product and its parts. `usual`: what the shop gives a product that names none."""
    made = Family(item)
    good = _good(made, parts)
    shape = _options(good)
    inside = {PENDING + each.write.entity: _variant(made, shape, each) for each in _of(good, "variant")}
    good = [each for each in good if each not in [part for part, _ in made.failed]]
    for each in _of(good, "price"):
        inside[str(each.fields["variant"])]["prices"].append(prices.new((price_key_of(each.fields), _amount(each))))
    body = products.create_body(item.write, item.fields, usual)
    metadata = {str(each.fields["key"]): _sent(each.fields.get("value")) for each in _of(good, "metafield")}
    told: object = body.get("metadata")
    made.item = replace(
        item,
        parts=tuple(good),
        body={
            **body,
            "metadata": {**metadata, **(told if isinstance(told, Mapping) else {})},
            "options": [
                {"title": each["title"], "values": [value["value"] for value in each["values"]]}
                for each in shape["options"]
            ],
            "variants": [each for each in inside.values() if each],
        },
    )
    return made


def matched(item: Item, raw: Raw) -> Iterator[tuple[Item, Record | None]]:
    """The parts of a product that was made, and the records they became; None where there is none."""
    records = {(each.type, each.remote_id): each for each in family(raw)}
    ids: dict[str, str] = {PENDING + item.write.entity: str(raw["id"])}
    for part in item.parts:
        remote_id = _became(part, raw, ids)
        record = records.get((part.write.type, remote_id or ""))
        if record is not None:
            ids[PENDING + part.write.entity] = record.remote_id
        yield part, record


def _good(made: Family, parts: Sequence[Item]) -> list[Item]:
    """The parts that can be made; what belongs to one that cannot waits for it."""
    gone: set[str] = set()
    good: list[Item] = []
    for part in parts:
        named = (part.fields.get(WHOLES[part.write.type]), *_list(part.fields.get("options")))
        failed = unacceptable(part.write, part.fields)
        if failed is None and gone & {str(one) for one in named}:
            failed = Failed(trouble=Trouble.WAIT, message="what it belongs to could not be made")
        if failed is None:
            good.append(part)
        else:
            gone.add(PENDING + part.write.entity)
            made.failed.append((part, failed))
    return good


def _options(good: Sequence[Item]) -> dict[str, Any]:
    """The product as Medusa would show it, as far as its options go; ids are PENDING names."""
    shown: dict[str, dict[str, Any]] = {
        PENDING + each.write.entity: {
            "id": PENDING + each.write.entity,
            "title": each.fields["title"],
            "values": [],
        }
        for each in _of(good, "option")
    }
    for each in _of(good, "option_value"):
        value = {"id": PENDING + each.write.entity, "value": each.fields["value"]}
        shown[str(each.fields["option"])]["values"].append(value)
    return {"options": list(shown.values()) or [DEFAULT], "variants": []}


def _variant(made: Family, shape: dict[str, Any], part: Item) -> dict[str, Any]:
    choice = options.choice(shape, part.fields.get("options"))
    if isinstance(choice, Failed):
        made.failed.append((part, choice))
        return {}
    for option in shape["options"]:
        if option["id"] in choice.fill:
            option["values"].append({"id": "", "value": options.DEFAULT_VALUE})
    silent = [{"id": "", "option_id": ""}] if options.DEFAULT_TITLE in choice.options else []
    shape["variants"].append({"id": part.write.entity, "options": silent})
    return variants.create_body(part.write, part.fields, choice)


def _became(part: Item, raw: Raw, ids: Mapping[str, str]) -> str | None:
    fields = {name: ids.get(str(value), value) for name, value in part.fields.items() if name != "options"}
    match part.write.type:
        case "option":
            option = options.titled(raw, fields["title"])
            return None if option is None else joined(raw["id"], option["id"])
        case "option_value":
            rows = [row for row in options.shown(raw) if joined(raw["id"], row["id"]) == fields["option"]]
            values = [value for row in rows for value in options.values_shown(row) if value["value"] == fields["value"]]
            return joined(str(fields["option"]), values[0]["id"]) if values else None
        case "variant":
            return _own_variant(part, raw)
        case "price":
            return price_id(str(fields["variant"]), price_key_of(fields))
        case _:
            return joined(raw["id"], str(fields["key"]))


def _own_variant(part: Item, raw: Raw) -> str | None:
    inside = living(raw["variants"], "variants")
    found = [row["id"] for row in inside if is_ours(row, part.write.entity)]
    sku = part.fields.get("sku")
    return next(iter(found or [row["id"] for row in inside if sku and row["sku"] == sku]), None)


def _of(items: Sequence[Item], type_name: str) -> list[Item]:
    return [each for each in items if each.write.type == type_name]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _amount(part: Item) -> str:
    return str(part.fields["amount"])


def _sent(value: object) -> object:
    return None if value == "" else value
