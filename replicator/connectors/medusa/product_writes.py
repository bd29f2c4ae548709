"""Writing products: in bulk, and new ones together with all their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import choosing, composing, products
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw, is_ours, living, rows
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal
from replicator.errors import BadAnswer, RemoteError

BATCH = "/admin/products/batch"
FIELDS = LISTS["product"].fields
APART = (Trouble.CLASH, Trouble.REFUSED, Trouble.WAIT)  # may be one part's fault


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make products, with their new parts in the same calls."""
    ready = batch.settled(items)
    usual = await choosing.for_products(batch.reader) if ready else {}
    creating = _Creating(batch, usual)
    await batch.in_pieces([creating.composed(item) for item in ready], creating.together, creating.alone)


class _Creating:
    """How new products are posted, and what is done when one of them is refused."""

    def __init__(self, batch: Batch, usual: dict[str, object]) -> None:
        self._batch = batch
        self._usual = usual

    def composed(self, item: Item) -> Item:
        """The product with its parts as one body; parts that cannot go with it are failed."""
        family = composing.compose(item, self._batch.settled_inside(item), self._usual)
        for part, failed in family.failed:
            self._batch.fail(part, failed)
        return family.item

    async def together(self, items: Sequence[Item]) -> None:
        answer = await self._batch.send(BATCH, {"create": [item.body for item in items]}, fields=FIELDS)
        made = {str(raw.get("external_id")): raw for raw in rows(answer.get("created"), BATCH)}
        if lost := [item for item in items if item.write.entity not in made]:
            msg = f"POST {BATCH}: {len(lost)} of {len(items)} products are not in the answer"
            raise BadAnswer(msg)
        made.update({item.write.entity: raw for item, raw in await self._thumbnails(items, made)})
        for item in items:
            raw = made[item.write.entity]
            if item.index not in self._batch.results:
                self._batch.done(item, Written(remote_id=raw["id"], record=products.record(raw)))
            for part, record in composing.matched(item, raw):
                if record is None:
                    message = f"the new {part.write.type} is not in the answer"
                    self._batch.fail(part, Failed(trouble=Trouble.UNKNOWN, message=message))
                else:
                    self._batch.done(part, Written(remote_id=record.remote_id, record=record))

    async def alone(self, item: Item, error: RemoteError) -> None:
        """One product is refused: without its parts it may be taken; or it is ours already."""
        failed = refusal(error)
        if item.parts and failed.trouble in APART:
            bare = self.composed(replace(item, parts=()))
            await self._batch.in_pieces([bare], self.together, self.alone)
            self._batch.loosened += item.parts
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
            replace(item, body={"id": raw["id"], "thumbnail": item.fields.get("thumbnail")}, parts=())
            for item in items
            if (raw := made[item.write.entity])["thumbnail"] != item.fields.get("thumbnail")
        ]
        mended: list[tuple[Item, Raw]] = []

        async def mend(some: Sequence[Item]) -> None:
            mended.extend(await _updated(self._batch, some))

        async def failed(item: Item, error: RemoteError) -> None:
            self._batch.fail(item, refusal(error))

        await self._batch.in_pieces(wrong, mend, failed)
        return mended


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change products."""
    sent = [replace(item, body=products.update_body(item.write, item.fields)) for item in batch.settled(items)]

    async def together(some: Sequence[Item]) -> None:
        for item, raw in await _updated(batch, some):
            batch.done(item, Written(remote_id=raw["id"], record=products.record(raw)))

    await batch.in_pieces(sent, together)


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete products, and with them all their parts. Medusa says yes to what is not there: it is looked up before."""
    ids = sorted({str(item.write.remote_id) for item in items})
    present = {raw["id"]: raw for raw in await batch.reader.find("product", "id[]", ids, fields="id,variants.id")}
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
            inside = living(present[item.write.remote_id].get("variants") or [], "variants")
            batch.deleted |= {str(item.write.remote_id), *(str(row["id"]) for row in inside)}

    await batch.in_pieces(there, together)


async def _updated(batch: Batch, items: Sequence[Item]) -> list[tuple[Item, Raw]]:
    answer = await batch.send(BATCH, {"update": [item.body for item in items]}, fields=FIELDS)
    found = {str(raw["id"]): raw for raw in rows(answer.get("updated"), BATCH)}
    if len(found) < len({str(item.body["id"]) for item in items}):
        msg = f"POST {BATCH}: {len(items)} products were changed, {len(found)} are in the answer"
        raise BadAnswer(msg)
    return [(item, found[str(item.body["id"])]) for item in items]
