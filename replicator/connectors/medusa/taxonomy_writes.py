"""Writing tags, categories, collections and product types: one call each, Medusa has no bulk call for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import taxonomy
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw, is_ours
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal
from replicator.core.document import Value
from replicator.errors import BadAnswer, RemoteError

SINGULAR = {
    "tag": "product_tag",
    "category": "product_category",
    "collection": "collection",
    "product_type": "product_type",
}
KEYS = {"tag": "value", "category": "handle", "collection": "handle", "product_type": "value"}


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make them in the order given: a category may be below one made just before."""
    for item in items:
        for ready in batch.settled([item]):
            try:
                await _post(batch, ready, LISTS[item.write.type].path)
            except RemoteError as error:
                await _complete(batch, ready, refusal(error))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change them; what others keep in a category's metadata is sent along, for it is replaced."""
    ready = batch.settled(items)
    present = await _present(batch, ready)
    for item in ready:
        raw = present.get(str(item.write.remote_id))
        if raw is None:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{item.write.remote_id} is not there"))
            continue
        try:
            await _post(batch, item, f"{LISTS[item.write.type].path}/{raw['id']}", raw.get("metadata"))
        except RemoteError as error:
            batch.fail(item, refusal(error))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete them. Medusa says yes to what is not there: it is looked up before."""
    present = await _present(batch, items)
    for item in items:
        remote_id = str(item.write.remote_id)
        if remote_id not in present:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{remote_id} is not there"))
            continue
        try:
            await batch.send(f"{LISTS[item.write.type].path}/{remote_id}", None, method="DELETE")
        except RemoteError as error:
            batch.fail(item, refusal(error))
        else:
            batch.done(item, Written(remote_id=remote_id))


async def _complete(batch: Batch, item: Item, failed: Failed) -> None:
    """A create that clashes with what we made ourselves, in a call whose answer was lost, has only to be completed."""
    if failed.trouble is Trouble.CLASH:
        kind, key = LISTS[item.write.type], KEYS[item.write.type]
        for raw in await batch.reader.find(item.write.type, kind.params[key], [str(item.fields[key])]):
            if is_ours(raw, item.write.entity):
                await update(batch, [batch.adopted(item, raw["id"])])
                return
    batch.fail(item, failed)


async def _present(batch: Batch, items: Sequence[Item]) -> dict[str, Raw]:
    if not items:
        return {}
    ids = sorted({str(item.write.remote_id) for item in items})
    return {raw["id"]: raw for raw in await batch.reader.find(items[0].write.type, "id[]", ids)}


async def _post(batch: Batch, item: Item, path: str, metadata: object = None) -> None:
    type_name = item.write.type
    kept = metadata if type_name == "category" else None
    fields: dict[str, Value] = dict(item.fields)
    answer = await batch.send(path, taxonomy.body(item.write, fields, kept), fields=LISTS[type_name].fields)
    raw = answer.get(SINGULAR[type_name])
    if not isinstance(raw, Mapping):
        msg = f"POST {path}: there is no {SINGULAR[type_name]} in the answer"
        raise BadAnswer(msg)
    batch.done(replace(item, body={}), Written(remote_id=raw["id"], record=taxonomy.record(type_name, raw)))
