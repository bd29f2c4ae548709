"""Writing prices: those of a variant in one call, and of all variants of a product in one.

Medusa replaces the prices of a variant as a whole, so all that it has are read before and sent along. Nothing else of
the variant is sent, and nothing of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from replicator.connectors.base import Action, Failed, Record, Written
from replicator.connectors.medusa import prices
from replicator.connectors.medusa.batch import Batch, Call, Item
from replicator.connectors.medusa.parts import PriceKey, price_key, price_key_of
from replicator.connectors.medusa.raw import Raw, rows
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.wholes import absent, gone, grouped, moved, present, taken, whole
from replicator.core.document import Document

FIELDS = LISTS["variant"].fields

Decision: TypeAlias = tuple[PriceKey, prices.Change]
"""The key that a price has, and what becomes of it."""


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make prices. One that is there and says the same is ours, of a call whose answer was lost."""
    await _write(batch, batch.settled(items))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change prices. One that gets another currency, region or quantity is known by another id from then on."""
    await _write(batch, batch.settled(items))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Take prices away."""
    await _write(batch, batch.gone_along(items))


async def _write(batch: Batch, items: Sequence[Item]) -> None:
    variants = await present(batch, "variant", [_variant(item) for item in items])
    changes: dict[int, Decision] = {}
    ready = []
    for item in items:
        raw = variants.get(_variant(item))
        match absent(item, _variant(item)) if raw is None else _decided(item, raw):
            case Failed() as failed:
                batch.fail(item, failed)
            case Record() as there:
                batch.done(item, Written(remote_id=there.remote_id, record=there))
            case decision:
                changes[item.index] = decision
                body = {"id": _variant(item), "prices": prices.replaced(variants[_variant(item)], dict([decision]))}
                ready.append(replace(item, body=body))
    for product, some in grouped(ready, lambda item: str(variants[_variant(item)]["product_id"])).items():
        await batch.in_pieces(some, _replacing(batch, product, variants, changes))


def _replacing(batch: Batch, product: str, variants: dict[str, Raw], changes: Mapping[int, Decision]) -> Call:
    path = f"/admin/products/{product}/variants/batch"

    async def together(items: Sequence[Item]) -> None:
        bodies = [
            {"id": variant, "prices": prices.replaced(variants[variant], dict(changes[one.index] for one in some))}
            for variant, some in grouped(items, _variant).items()
        ]
        answer = await batch.send(path, {"update": bodies}, fields=FIELDS)
        variants.update({str(raw["id"]): raw for raw in rows(answer.get("updated"), path)})
        for item in items:
            _, (key, amount) = changes[item.index]
            raw = variants[_variant(item)]
            record = None if amount is None else prices.record(raw, prices.by_key(raw)[key])
            batch.done(
                item, Written(remote_id=record.remote_id if record else str(item.write.remote_id), record=record)
            )

    return together


def _decided(item: Item, raw: Raw) -> Decision | Record | Failed:
    """What becomes of the price; the record, where it is there as it should be; or why it cannot be written."""
    there, old = prices.by_key(raw), _key(item)
    if item.write.action is Action.CREATE:
        return _made(item, old, prices.record(raw, there[old]) if old in there else None)
    if old not in there:
        return gone(item)
    if item.write.action is Action.DELETE:
        return old, (old, None)
    if (failed := moved(item, "variant")) is not None:
        return failed
    after: Document = {**(prices.record(raw, there[old]).fields or {}), **item.fields}
    key = price_key_of(after)
    return taken(item, "currency") if key != old and key in there else (old, (key, str(after["amount"])))


def _made(item: Item, key: PriceKey, there: Record | None) -> Decision | Record | Failed:
    if there is None:
        return key, (key, str(item.fields["amount"]))
    same = prices.normal("amount", item.fields["amount"]) == (there.fields or {}).get("amount")
    return there if same else taken(item, "currency")


def _variant(item: Item) -> str:
    return whole(item, "variant")


def _key(item: Item) -> PriceKey:
    return price_key_of(item.fields) if item.write.remote_id is None else price_key(item.write.remote_id)
