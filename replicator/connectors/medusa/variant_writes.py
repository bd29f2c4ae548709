"""Writing variants: in bulk per product, their stock in bulk for all.

Stock is a second call. In an update it goes first, so that our marker is left only when all is there; a new variant is
marked as having stock to come, and does not read as marked before its level is there (`variants.record`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import variants
from replicator.connectors.medusa.batch import Batch, Call, Item
from replicator.connectors.medusa.finding import records
from replicator.connectors.medusa.raw import Raw, is_ours, living, rows
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.stock_writes import stock

FIELDS = LISTS["variant"].fields


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make variants of products that are there. One that we made before, in a call whose answer was lost, is
    completed.
    """
    ready = batch.settled(items)
    ids = sorted({str(item.fields["product"]) for item in ready})
    parents = {raw["id"]: raw for raw in await batch.reader.find("product", "id[]", ids)}
    new: list[Item] = []
    ours: list[Item] = []
    for item in ready:
        parent = parents.get(item.fields["product"])
        if parent is None:
            batch.fail(item, Failed(trouble=Trouble.WAIT, message=f"{item.fields['product']} is not there"))
        elif made := [raw for raw in living(parent["variants"], "variants") if is_ours(raw, item.write.entity)]:
            ours.append(batch.adopted(item, made[0]["id"]))
        else:
            new.append(replace(item, body=variants.create_body(item.write, item.fields)))
    for product, some in _grouped(new, lambda item: str(item.fields["product"])).items():
        await batch.in_pieces(some, _creating(batch, product))
    await update(batch, ours)


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change variants. Prices that are not ours are sent along as they are, or they would be lost."""
    ready = batch.settled(items)
    ids = sorted({str(item.write.remote_id) for item in ready})
    present = {str(raw["id"]): raw for raw in await batch.reader.find("variant", "id[]", ids)}
    pairs = [(item, present[one]) for item in ready if (one := str(item.write.remote_id)) in present]
    _gone(batch, ready, present)
    for item, raw in pairs:
        if item.fields.get("product", raw["product_id"]) != raw["product_id"]:
            message = "Medusa cannot move a variant to another product"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field="product"))
    await stock(batch, [(item, raw) for item, raw in pairs if item.index not in batch.results])
    sent = [
        replace(item, body=variants.update_body(item.write, item.fields, raw))
        for item, raw in pairs
        if item.index not in batch.results
    ]
    for product, some in _grouped(sent, lambda item: str(present[str(item.write.remote_id)]["product_id"])).items():
        await batch.in_pieces(some, _updating(batch, product))
    changed = [item for item in sent if item.index not in batch.results]
    await batch.shielded(changed, _reread(batch, changed))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete variants, with the others of their product."""
    ids = sorted({str(item.write.remote_id) for item in items})
    found = await batch.reader.find("variant", "id[]", ids, fields="id,product_id")
    present = {str(raw["id"]): raw for raw in found}
    _gone(batch, items, present)
    there = [item for item in items if item.index not in batch.results]
    for product, some in _grouped(there, lambda item: str(present[str(item.write.remote_id)]["product_id"])).items():
        await batch.in_pieces(some, _deleting(batch, product))


async def finish(batch: Batch, pairs: Sequence[tuple[Item, Raw]]) -> None:
    """Set the stock of new variants, and answer with what they are now."""
    await stock(batch, pairs)
    there = [(item, raw) for item, raw in pairs if item.index not in batch.results]
    shown = await records(batch.reader, "variant", [raw for _, raw in there])
    for (item, raw), record in zip(there, shown, strict=True):
        batch.done(item, Written(remote_id=raw["id"], record=record))


def matched(batch: Batch, items: Sequence[Item], made: Sequence[Raw]) -> list[tuple[Item, Raw]]:
    """New variants and the rows they became: by our marker, else by sku. One without a row is failed."""
    pairs = []
    for item in items:
        sku = item.fields.get("sku")
        found = [raw for raw in made if is_ours(raw, item.write.entity)]
        found = found or [raw for raw in made if sku is not None and raw["sku"] == sku]
        if found:
            pairs.append((item, found[0]))
        else:
            batch.fail(item, Failed(trouble=Trouble.UNKNOWN, message="the new variant is not in the answer"))
    return pairs


async def _reread(batch: Batch, items: Sequence[Item]) -> None:
    """Changed variants as they are now: an answer to a change does not tell stock."""
    ids = sorted({str(item.write.remote_id) for item in items})
    raws = await batch.reader.find("variant", "id[]", ids)
    shown = {record.remote_id: record for record in await records(batch.reader, "variant", raws)}
    _gone(batch, items, shown)
    for item in items:
        remote_id = str(item.write.remote_id)
        if remote_id in shown:
            batch.done(item, Written(remote_id=remote_id, record=shown[remote_id]))


def _gone(batch: Batch, items: Sequence[Item], present: Mapping[str, object]) -> None:
    for item in items:
        if item.write.remote_id not in present:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{item.write.remote_id} is not there"))


def _grouped(items: Sequence[Item], product: Callable[[Item], str]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(product(item), []).append(item)
    return groups


def _path(product: str) -> str:
    return f"/admin/products/{product}/variants/batch"


def _creating(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        answer = await batch.send(_path(product), {"create": [item.body for item in items]}, fields=FIELDS)
        pairs = matched(batch, items, rows(answer.get("created"), _path(product)))
        await batch.shielded(items, finish(batch, pairs))

    return together


def _updating(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        await batch.send(_path(product), {"update": [item.body for item in items]}, fields="id")

    return together


def _deleting(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        await batch.send(_path(product), {"delete": [item.write.remote_id for item in items]})
        for item in items:
            batch.done(item, Written(remote_id=str(item.write.remote_id)))

    return together
