"""Variants, there and back, with their prices and stock. Pure.

A price of ours has neither rules nor quantities; others (for regions, customer groups, large orders) are the shop's and
stay. A variant's prices are replaced as a whole: those kept are sent along with their ids. The stock is what is stocked
of the variant's inventory item at one location; a variant without an inventory item has none.

The stock of a new variant is set by a second call. Until then the variant does not hold what its marker says, and if
we are stopped in between, the missing stock would pass for somebody's edit: so a new variant with stock to come is
marked as `stocked`, and while there is no level it reads as not marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa import options
from replicator.connectors.medusa.raw import MARKER_KEY, Raw, living, marked, marker_of, references_of, version
from replicator.core.document import Value, decimal, field_name, money
from replicator.errors import BadAnswer

PLAIN = ("title", "sku", "barcode")
FIELDS = frozenset((*PLAIN, "product", "options", "price", "stock"))
PRICE = "price@"
KEPT = ("id", "currency_code", "amount", "min_quantity", "max_quantity", "rules")  # of a price that is not changed


@dataclass(frozen=True, slots=True)
class Level:
    """What is stocked of an inventory item at our location."""

    id: str
    stocked: int
    version: int


def normal_variant(key: str, value: Value) -> Value:
    """The form in which Medusa gives a variant back: amounts go through a JSON number; there is always an option."""
    if key.startswith(PRICE) and isinstance(value, Mapping):
        return {**value, "amount": decimal(float(str(value["amount"])))}
    if key == "options":
        return options.chosen(value)
    return value


def record(raw: Raw, levels: Mapping[str, Level]) -> Record:
    """A variant as read, with the levels of the inventory items there are."""
    needed = {"product": "product_id", **{name: name for name in (*PLAIN, "options")}, "price": "prices"}
    missing = [ours for ours, theirs in needed.items() if theirs not in raw]
    if "inventory_items" not in raw:
        missing.append("stock")
    fields: dict[str, Value] = {name: raw[name] for name in PLAIN if name in raw}
    if "product" not in missing:
        fields["product"] = raw["product_id"]
    if "options" not in missing:
        fields["options"] = options.choice_of(raw)
    if "price" not in missing:
        fields.update(_prices(raw))
    level, marker = None, marker_of(raw)
    if "stock" not in missing:
        level = levels.get(item_of(raw) or "")
        fields["stock"] = None if level is None else level.stocked
    return Record(
        type="variant",
        remote_id=raw["id"],
        fields=fields,
        version=max(version(raw), level.version if level is not None else 0),
        marker=None if level is None and is_stocked(raw) else marker,
        missing=tuple(sorted(missing)),
        references=references_of(raw, "variant"),
    )


def item_of(raw: Raw) -> str | None:
    """The inventory item of a variant; None where stock is not kept."""
    if raw.get("manage_inventory") is False:
        return None
    items = living(raw["inventory_items"], "inventory items")
    return str(items[0]["inventory_item_id"]) if items else None


def levels_of(raws: Sequence[Raw], location: str) -> dict[str, Level]:
    """The levels at our location: inventory item id → level."""
    found: dict[str, Level] = {}
    for raw in raws:
        if "location_levels" not in raw:
            msg = f"inventory item {raw.get('id')}: its location levels are missing"
            raise BadAnswer(msg)
        for row in living(raw["location_levels"], "location levels"):
            if row["location_id"] == location:
                found[raw["id"]] = Level(row["id"], int(row["stocked_quantity"]), version(row))
    return found


def is_stocked(raw: Raw) -> bool:
    """Whether the variant was made with stock to come."""
    match raw.get("metadata"):
        case {"replicator": {"stocked": True}}:
            return True
        case _:
            return False


def create_body(write: Write, fields: Mapping[str, Value]) -> dict[str, object]:
    """What makes a variant."""
    signature = {} if write.marker is None else dict(write.marker.dump())
    if fields.get("stock") is not None:
        signature["stocked"] = True
    return {
        **{name: fields[name] for name in PLAIN if name in fields},
        "options": options.chosen(fields.get("options")),
        "manage_inventory": True,
        "prices": _wanted_prices(fields),
        **({"metadata": {MARKER_KEY: signature}} if write.marker is not None else {}),
    }


def update_body(write: Write, fields: Mapping[str, Value], raw: Raw) -> dict[str, object]:
    """What changes the variant `raw`, as an item of a batch; its stock is changed elsewhere."""
    made: dict[str, object] = {"id": write.remote_id, **{name: fields[name] for name in PLAIN if name in fields}}
    if "options" in fields:
        made["options"] = options.chosen(fields["options"])
    if any(key.startswith(PRICE) for key in fields):
        made["prices"] = _changed_prices(fields, raw)
    return {**made, **marked(write)}


def _is_ours(price: Raw) -> bool:
    return not price.get("rules") and price.get("min_quantity") is None and price.get("max_quantity") is None


def _prices(raw: Raw) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for price in sorted(living(raw["prices"], "prices"), key=lambda price: str(price["id"])):
        if _is_ours(price):
            currency = str(price["currency_code"]).lower()
            found.setdefault(PRICE + currency, money(price["amount"], currency))
    return found


def _amount(value: Value) -> float:
    if not isinstance(value, Mapping):
        msg = f"a price is money, not {value!r}"
        raise TypeError(msg)
    return float(str(value["amount"]))


def _wanted_prices(fields: Mapping[str, Value]) -> list[dict[str, object]]:
    return [
        {"currency_code": key.removeprefix(PRICE), "amount": _amount(value)}
        for key, value in sorted(fields.items())
        if field_name(key) == "price" and value is not None
    ]


def _changed_prices(fields: Mapping[str, Value], raw: Raw) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = []
    taken: set[str] = set()
    for price in living(raw["prices"], "prices"):
        key = PRICE + str(price["currency_code"]).lower()
        same = {
            name: price[name] for name in ("id", "currency_code", "amount", "min_quantity", "max_quantity", "rules")
        }
        if not _is_ours(price) or key not in fields:
            kept.append({name: value for name, value in same.items() if value is not None})
        elif key not in taken and fields[key] is not None:
            kept.append({"id": price["id"], "currency_code": price["currency_code"], "amount": _amount(fields[key])})
            taken.add(key)
    return kept + _wanted_prices({key: value for key, value in fields.items() if key not in taken})
