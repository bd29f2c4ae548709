"""Writing stock: the levels of variants' inventory items at locations, in bulk.

A variant whose stock Medusa does not count has no inventory item. Its stock is kept all the same: it gets one, and is
not counted any more than before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from replicator.connectors.base import Action, Failed, Trouble, Written
from replicator.connectors.medusa import stocks
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.counting import ITEMS, new_item
from replicator.connectors.medusa.parts import last_of
from replicator.connectors.medusa.raw import Raw, rows
from replicator.connectors.medusa.refusals import refusal
from replicator.connectors.medusa.wholes import absent, gone, moved, present, taken, whole
from replicator.errors import RemoteError

LEVELS = f"{ITEMS}/location-levels/batch"


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make levels. One that is there and says the same is ours, of a call whose answer was lost."""
    await _write(batch, batch.settled(items))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change levels. One that is somewhere else from then on is known by another id."""
    await _write(batch, batch.settled(items))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Take levels away."""
    await _write(batch, batch.gone_along(items))


async def _write(batch: Batch, items: Sequence[Item]) -> None:
    variants = await present(batch, "variant", [_variant(item) for item in items])
    ready = []
    for item in items:
        raw = variants.get(_variant(item))
        failed = absent(item, _variant(item)) if raw is None else _failure(item, raw)
        if raw is not None and _is_there(item, raw):
            record = stocks.record(raw["id"], stocks.levels(raw)[_location(item)])
            batch.done(item, Written(remote_id=record.remote_id, record=record))
        elif raw is None or failed is not None:
            batch.fail(item, failed or gone(item))
        elif (kept := await _kept(batch, item, variants)) is not None:
            ready.append(replace(item, body=_change(item, kept, stocks.levels(raw))))

    async def together(some: Sequence[Item]) -> None:
        body = {verb: [each for item in some for each in _list(item.body.get(verb))] for verb in VERBS}
        answer = await batch.send(LEVELS, {**body, "force": True})  # else what still holds goods is not deleted
        made = [*rows(answer.get("created"), LEVELS), *rows(answer.get("updated"), LEVELS)]
        levels = {(row["inventory_item_id"], row["location_id"]): row for row in made}
        for item in some:
            _done(batch, item, levels)

    await batch.in_pieces(ready, together)


VERBS = ("create", "update", "delete")


def _failure(item: Item, raw: Raw) -> Failed | None:
    """Why it cannot be written, if it cannot."""
    levels, old = stocks.levels(raw), last_of(str(item.write.remote_id))
    if len(stocks.items_of(raw)) > 1:
        message = "this variant is made of several inventory items in Medusa: their stock is set there"
        return Failed(trouble=Trouble.REFUSED, message=message, field="variant")
    if item.write.action is not Action.CREATE and old not in levels:
        return gone(item)
    if item.write.action is Action.DELETE:
        return None
    if (failed := moved(item, "variant")) is not None:
        return failed
    new = item.write.action is Action.CREATE or _location(item) != old
    return taken(item, "location") if new and _location(item) in levels else None


def _is_there(item: Item, raw: Raw) -> bool:
    """Whether a level that is to be made is there, as it should be."""
    if item.write.action is not Action.CREATE:
        return False
    level = stocks.levels(raw).get(_location(item))
    return level is not None and int(level["stocked_quantity"]) == item.fields["quantity"]


async def _kept(batch: Batch, item: Item, variants: dict[str, Raw]) -> str | None:
    """The inventory item of a variant; where it has none, a new one. None if that failed."""
    raw = variants[_variant(item)]
    if there := stocks.items_of(raw):
        return str(there[0]["inventory_item_id"])
    try:
        kept = await new_item(batch, raw)
    except RemoteError as error:
        batch.fail(item, refusal(error))
        return None
    variants[_variant(item)] = {**raw, "inventory_items": [{"inventory_item_id": kept}]}
    return kept


def _change(item: Item, kept: str, levels: Mapping[str, Raw]) -> dict[str, object]:
    """What is to be done to the levels of the inventory item `kept`, by verb."""
    old = levels.get(last_of(str(item.write.remote_id)))
    if item.write.action is Action.DELETE:
        return {"delete": [old["id"]] if old else []}
    quantity = item.fields.get("quantity", old["stocked_quantity"] if old else 0)
    level = {"inventory_item_id": kept, "location_id": _location(item), "stocked_quantity": quantity}
    if old is None:
        return {"create": [level]}
    return {"update": [level]} if old["location_id"] == _location(item) else {"create": [level], "delete": [old["id"]]}


def _done(batch: Batch, item: Item, levels: Mapping[tuple[str, str], Raw]) -> None:
    if item.write.action is Action.DELETE:
        batch.done(item, Written(remote_id=str(item.write.remote_id)))
        return
    body = [*_list(item.body.get("create")), *_list(item.body.get("update"))][0]
    level = levels[body["inventory_item_id"], body["location_id"]]
    record = stocks.record(_variant(item), level)
    batch.done(item, Written(remote_id=record.remote_id, record=record))


def _list(value: object) -> list[Raw]:
    return list(value) if isinstance(value, list) else []


def _variant(item: Item) -> str:
    return whole(item, "variant")


def _location(item: Item) -> str:
    return str(item.fields["location"]) if "location" in item.fields else last_of(str(item.write.remote_id))
