"""Writing variants: in bulk per product, with a choice of what the product comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import counting, options, variants
from replicator.connectors.medusa.batch import Batch, Call, Item
from replicator.connectors.medusa.option_links import fill
from replicator.connectors.medusa.raw import Raw, is_ours, living, rows
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.wholes import absent, gone, grouped, present

FIELDS = LISTS["variant"].fields


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make variants of products that are there. One that we made before, in a call whose answer was lost, is
    completed.
    """
    ready = batch.settled(items)
    products = await present(batch, "product", [str(item.fields["product"]) for item in ready])
    new: list[Item] = []
    ours: list[Item] = []
    for item in ready:
        raw = products.get(str(item.fields["product"]))
        if raw is None:
            batch.fail(item, absent(item, str(item.fields["product"])))
        elif made := [row for row in living(raw["variants"], "variants") if is_ours(row, item.write.entity)]:
            ours.append(batch.adopted(item, made[0]["id"]))
        else:
            new.append(item)
    for product, some in grouped(new, lambda item: str(item.fields["product"])).items():
        await batch.in_pieces(await _chosen(batch, products[product], some), _creating(batch, product))
    await update(batch, ours)


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change variants. What has prices or stock keeps them."""
    ready = batch.settled(items)
    there = await present(batch, "variant", [str(item.write.remote_id) for item in ready])
    _gone(batch, ready, there)
    for item in ready:
        raw = there.get(str(item.write.remote_id))
        if raw is not None and item.fields.get("product", raw["product_id"]) != raw["product_id"]:
            message = "Medusa cannot move a variant to another product"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field="product"))
    left = [item for item in ready if item.index not in batch.results]
    choosing = [str(there[str(item.write.remote_id)]["product_id"]) for item in left if "options" in item.fields]
    products = await present(batch, "product", choosing)
    for product, some in grouped(left, lambda item: str(there[str(item.write.remote_id)]["product_id"])).items():
        sent = await _chosen(batch, products.get(product), some)
        await batch.in_pieces(sent, _updating(batch, product, there))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete variants, with the others of their product."""
    left = batch.gone_along(items)
    there = await present(batch, "variant", [str(item.write.remote_id) for item in left], "id,product_id")
    _gone(batch, left, there)
    left = [item for item in left if item.index not in batch.results]
    for product, some in grouped(left, lambda item: str(there[str(item.write.remote_id)]["product_id"])).items():
        await batch.in_pieces(some, _deleting(batch, product))


def _gone(batch: Batch, items: Sequence[Item], there: Mapping[str, object]) -> None:
    for item in items:
        if item.write.remote_id not in there:
            batch.fail(item, gone(item))


async def _chosen(batch: Batch, raw: Raw | None, items: Sequence[Item]) -> list[Item]:
    """The items with their bodies. `raw` is their product, where one of them chooses."""
    ready: list[Item] = []
    filled: list[str] = []
    defaults = 0
    for item in items:
        choice: options.Choice | Failed | None = None
        if raw is not None and ("options" in item.fields or item.write.remote_id is None):
            choice = options.choice(raw, item.fields.get("options"), but=item.write.remote_id)
        if isinstance(choice, Failed):
            batch.fail(item, choice)
            continue
        if choice is not None and options.DEFAULT_TITLE in choice.options:
            defaults += 1
            choice = choice if defaults == 1 else options.Choice({})  # two that say nothing would be the same
        filled += choice.fill if choice is not None else ()
        ready.append(replace(item, body=_body(item, choice)))
    if raw is not None:
        await fill(batch, str(raw["id"]), filled)
    return ready


def _body(item: Item, choice: options.Choice | None) -> dict[str, object]:
    if item.write.remote_id is None:
        return variants.create_body(item.write, item.fields, choice or options.Choice({}))
    return variants.update_body(item.write, item.fields, choice)


def _path(product: str) -> str:
    return f"/admin/products/{product}/variants/batch"


def _creating(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        answer = await batch.send(_path(product), {"create": [item.body for item in items]}, fields=FIELDS)
        made = rows(answer.get("created"), _path(product))
        for item in items:
            found = [raw for raw in made if is_ours(raw, item.write.entity)]
            sku = item.fields.get("sku")
            found = found or [raw for raw in made if sku is not None and raw["sku"] == sku]
            if found:
                batch.done(item, Written(remote_id=found[0]["id"], record=variants.record(found[0])))
            else:
                batch.fail(item, Failed(trouble=Trouble.UNKNOWN, message="the new variant is not in the answer"))

    return together


def _updating(batch: Batch, product: str, there: Mapping[str, Raw]) -> Call:
    async def together(items: Sequence[Item]) -> None:
        await counting.before(batch, product, items, there)
        answer = await batch.send(_path(product), {"update": [item.body for item in items]}, fields=FIELDS)
        made = {str(raw["id"]): raw for raw in rows(answer.get("updated"), _path(product))}
        await batch.shielded(items, counting.after(batch, product, items, there))
        for item in items:
            remote_id = str(item.write.remote_id)
            if remote_id not in made:
                batch.fail(item, Failed(trouble=Trouble.UNKNOWN, message=f"{remote_id} is not in the answer"))
            elif item.index not in batch.results:
                batch.done(item, Written(remote_id=remote_id, record=variants.record(made[remote_id])))

    return together


def _deleting(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        await batch.send(_path(product), {"delete": [item.write.remote_id for item in items]})
        for item in items:
            batch.done(item, Written(remote_id=str(item.write.remote_id)))
            batch.deleted.add(str(item.write.remote_id))

    return together
