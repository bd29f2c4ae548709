"""Writing metafields: keys of the metadata of products, many products in one call. Other keys are not touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Action, Failed, Trouble, Written
from replicator.connectors.medusa import metafields
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.parts import within
from replicator.connectors.medusa.raw import OWN_KEYS, Raw, rows
from replicator.connectors.medusa.wholes import absent, gone, grouped, moved, present, taken, whole
from replicator.errors import BadAnswer

BATCH = "/admin/products/batch"
FIELDS = "id,metadata,updated_at"


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make metafields. One that is there and says the same is ours, of a call whose answer was lost."""
    await _write(batch, batch.settled(items))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change metafields. One that gets another name is known by another id from then on."""
    await _write(batch, batch.settled(items))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Take metafields away."""
    await _write(batch, batch.gone_along(items))


async def _write(batch: Batch, items: Sequence[Item]) -> None:
    products = await present(batch, "product", [_product(item) for item in items], FIELDS)
    ready = []
    for item in items:
        raw = products.get(_product(item))
        failed = absent(item, _product(item)) if raw is None else _failure(item, raw)
        if raw is not None and failed is None:
            ready.append(replace(item, body=_change(item, raw)))
        elif raw is not None and _is_there(item, raw):
            record = metafields.record(raw, _name(item))
            batch.done(item, Written(remote_id=record.remote_id, record=record))
        elif failed is not None:
            batch.fail(item, failed)

    async def together(some: Sequence[Item]) -> None:
        changes = grouped(some, _product)
        bodies = [
            {"id": product, "metadata": {key: value for item in each for key, value in item.body.items()}}
            for product, each in changes.items()
        ]
        answer = await batch.send(BATCH, {"update": bodies}, fields=FIELDS)
        made = {str(raw["id"]): raw for raw in rows(answer.get("updated"), BATCH)}
        if len(made) < len(changes):
            msg = f"POST {BATCH}: {len(changes)} products were changed, {len(made)} are in the answer"
            raise BadAnswer(msg)
        for item in some:
            _done(batch, item, made[_product(item)])

    await batch.in_pieces(ready, together)


def _failure(item: Item, raw: Raw) -> Failed | None:
    """Why it cannot be written, if it cannot."""
    name, old = _name(item), within(str(item.write.remote_id))
    if item.write.action is not Action.CREATE and not metafields.holds(raw, old):
        return gone(item)
    if item.write.action is Action.DELETE:
        return None
    if name in OWN_KEYS:
        message = f"{name} is a key of the replicator's own, or of an older bridge"
        return Failed(trouble=Trouble.REFUSED, message=message, field="key")
    if (failed := moved(item, "product")) is not None:
        return failed
    renamed = item.write.action is Action.CREATE or name != old
    return taken(item, "key") if renamed and metafields.holds(raw, name) else None


def _is_there(item: Item, raw: Raw) -> bool:
    """Whether a metafield that is to be made is there, as it should be."""
    if item.write.action is not Action.CREATE or not metafields.holds(raw, _name(item)):
        return False
    there = metafields.record(raw, _name(item)).fields or {}
    return there["value"] == metafields.normal("value", item.fields.get("value")) and _name(item) not in OWN_KEYS


def _change(item: Item, raw: Raw) -> dict[str, object]:
    """What is merged into the metadata; an empty text takes a key away."""
    old = within(str(item.write.remote_id)) if item.write.remote_id is not None else None
    if item.write.action is Action.DELETE:
        return {str(old): ""}
    kept = None if old is None else raw["metadata"][old]
    value = metafields.normal("value", item.fields["value"]) if "value" in item.fields else kept
    return {**({old: ""} if old not in (None, _name(item)) else {}), _name(item): value}


def _done(batch: Batch, item: Item, raw: Raw) -> None:
    if item.write.action is Action.DELETE:
        batch.done(item, Written(remote_id=str(item.write.remote_id)))
    else:
        record = metafields.record(raw, _name(item))
        batch.done(item, Written(remote_id=record.remote_id, record=record))


def _product(item: Item) -> str:
    return whole(item, "product")


def _name(item: Item) -> str:
    return str(item.fields["key"]) if "key" in item.fields else within(str(item.write.remote_id))
