"""Writing products: in bulk, and new ones together with their variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import options, products, variant_writes, variants
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw, is_ours, living, rows
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal, unacceptable
from replicator.errors import BadAnswer, RemoteError

BATCH = "/admin/products/batch"
FIELDS = LISTS["product"].fields
APART = (Trouble.CLASH, Trouble.REFUSED, Trouble.WAIT)  # may be one variant's fault


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make products, with their new variants in the same calls."""
    composed = []
    for item in batch.settled(items):
        parts = tuple(_with_body(part) for part in item.parts if _acceptable(batch, part))
        body = products.create_body(item.write, item.fields, [part.body for part in parts])
        composed.append(replace(item, body=body, parts=parts))
    creating = _Creating(batch)
    await batch.in_pieces(composed, creating.together, creating.alone)


def _with_body(part: Item) -> Item:
    return replace(part, fields=part.write.fields, body=variants.create_body(part.write, part.write.fields))


def _acceptable(batch: Batch, part: Item) -> bool:
    failed = unacceptable(part.write, part.write.fields)
    if failed is not None:
        batch.fail(part, failed)
    return failed is None


class _Creating:
    """How new products are posted, and what is done when one of them is refused."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    async def together(self, items: Sequence[Item]) -> None:
        answer = await self._batch.send(BATCH, {"create": [item.body for item in items]}, fields=FIELDS)
        made = {str(raw.get("external_id")): raw for raw in rows(answer.get("created"), BATCH)}
        if lost := [item for item in items if item.write.entity not in made]:
            msg = f"POST {BATCH}: {len(lost)} of {len(items)} products are not in the answer"
            raise BadAnswer(msg)
        made.update({item.write.entity: raw for item, raw in await self._thumbnails(items, made)})
        variants_made: list[tuple[Item, Raw]] = []
        for item in items:
            raw = made[item.write.entity]
            if item.index not in self._batch.results:
                self._batch.done(item, Written(remote_id=raw["id"], record=products.record(raw)))
            variants_made += variant_writes.matched(self._batch, item.parts, living(raw["variants"], "variants"))
        parts = [part for part, _ in variants_made]
        await self._batch.shielded(parts, variant_writes.finish(self._batch, variants_made))

    async def alone(self, item: Item, error: RemoteError) -> None:
        """One product is refused: without its variants it may be taken; or it is ours already."""
        failed = refusal(error)
        if item.parts and failed.trouble in APART:
            bare = replace(item, parts=(), body={**item.body, "variants": []})
            await self._batch.in_pieces([bare], self.together, self.alone)
            await variant_writes.create(self._batch, item.parts)
        elif failed.trouble is Trouble.CLASH and (own := await self._own(item)) is not None:
            await update(self._batch, [self._batch.adopted(item, own)])
        else:
            self._batch.fail(item, failed)

    async def _own(self, item: Item) -> str | None:
        found = await self._batch.reader.find("product", "handle[]", [str(item.fields.get("handle"))])
        return next((str(raw["id"]) for raw in found if is_ours(raw, item.write.entity)), None)

    async def _thumbnails(self, items: Sequence[Item], made: dict[str, Raw]) -> list[tuple[Item, Raw]]:
        """A new product with images but no thumbnail is given one; that is taken away again."""
        wrong = [
            replace(item, body={"id": raw["id"], "thumbnail": item.fields.get("thumbnail")})
            for item in items
            if (raw := made[item.write.entity])["thumbnail"] != item.fields.get("thumbnail")
        ]
        mended: list[tuple[Item, Raw]] = []

        async def mend(some: Sequence[Item]) -> None:
            mended.extend(await _updated(self._batch, some))

        async def failed(item: Item, error: RemoteError) -> None:
            self._batch.fail(replace(item, parts=()), refusal(error))

        await self._batch.in_pieces(wrong, mend, failed)
        return mended


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change products. Options go before, on their own; values still in use make the write wait for their variants."""
    ready = batch.settled(items)
    held = await _change_options(batch, [item for item in ready if "options" in item.fields])
    sent = [
        replace(item, body=products.update_body(item.write, item.fields))
        for item in ready
        if item.index not in batch.results
    ]

    async def together(some: Sequence[Item]) -> None:
        for item, raw in await _updated(batch, some):
            if item.index in held:
                message = f"variants still have the values {', '.join(held[item.index])}"
                batch.fail(item, Failed(trouble=Trouble.WAIT, message=message, field="options"))
            else:
                batch.done(item, Written(remote_id=raw["id"], record=products.record(raw)))

    await batch.in_pieces(sent, together)


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete products. Medusa says yes to what is not there: it is looked up before."""
    ids = sorted({str(item.write.remote_id) for item in items})
    present = {raw["id"] for raw in await batch.reader.find("product", "id[]", ids, fields="id")}
    there = []
    for item in items:
        if item.write.remote_id in present:
            there.append(item)
        else:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{item.write.remote_id} is not there"))

    async def together(some: Sequence[Item]) -> None:
        await batch.send(BATCH, {"delete": [item.write.remote_id for item in some]})
        for item in some:
            batch.done(item, Written(remote_id=str(item.write.remote_id)))

    await batch.in_pieces(there, together)


async def _updated(batch: Batch, items: Sequence[Item]) -> list[tuple[Item, Raw]]:
    answer = await batch.send(BATCH, {"update": [item.body for item in items]}, fields=FIELDS)
    found = {str(raw["id"]): raw for raw in rows(answer.get("updated"), BATCH)}
    if len(found) < len({str(item.body["id"]) for item in items}):
        msg = f"POST {BATCH}: {len(items)} products were changed, {len(found)} are in the answer"
        raise BadAnswer(msg)
    return [(item, found[str(item.body["id"])]) for item in items]


async def _change_options(batch: Batch, items: Sequence[Item]) -> dict[int, tuple[str, ...]]:
    """Bring options to what is wanted; returns, by index, the values that could not be taken away yet."""
    if not items:
        return {}
    ids = sorted({str(item.write.remote_id) for item in items})
    present = {raw["id"]: raw for raw in await batch.reader.find("product", "id[]", ids)}
    held: dict[int, tuple[str, ...]] = {}
    for item in items:
        raw = present.get(item.write.remote_id)
        if raw is None:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{item.write.remote_id} is not there"))
            continue
        change = options.change(raw, item.fields["options"])
        if change.held:
            held[item.index] = change.held
        if change.body is not None:
            try:
                await batch.send(f"/admin/products/{raw['id']}/options/batch", change.body)
            except RemoteError as error:
                batch.fail(item, refusal(error))
    return held
