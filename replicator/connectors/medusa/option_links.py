"""Option links: which options and values a product has, and which of them its variants have. I/O.

Medusa takes nothing away that a variant has, and a variant has a value of every option or none. So a variant first
chooses anew, and where an option goes as a whole, it chooses nothing for the moment between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replicator.connectors.base import Failed, Written
from replicator.connectors.medusa import options
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.parts import last_of
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal
from replicator.errors import BadAnswer, RemoteError


async def link(batch: Batch, product: str, body: Mapping[str, object]) -> Raw:
    """Change which options and values a product has; the product as it is then."""
    path = f"/admin/products/{product}/options/batch"
    answer = await batch.send(path, body, fields=LISTS["product"].fields)
    raw = answer.get("product")
    if not isinstance(raw, Mapping):
        msg = f"POST {path}: there is no product in the answer"
        raise BadAnswer(msg)
    return raw


async def choose(batch: Batch, product: str, choices: Mapping[str, Mapping[str, str]]) -> None:
    """Have variants of a product choose: variant → option by option, or nothing."""
    if choices:
        body = {"update": [{"id": variant, "options": dict(choice)} for variant, choice in choices.items()]}
        await batch.send(f"/admin/products/{product}/variants/batch", body, fields="id")


async def fill(batch: Batch, product: str, ids: Sequence[str]) -> None:
    """Give options the value that says nothing, for variants that say nothing of them."""
    if ids:
        add = [{"value": options.DEFAULT_VALUE}]
        updates = [{"product_option_id": each, "add": add} for each in sorted(set(ids))]
        await link(batch, product, {"update": updates})


async def take_away(batch: Batch, raw: Raw, items: Sequence[Item], option_of: str | None) -> None:
    """Take options away from a product, or values away from one option of it (`option_of`).

    Variants that only these told apart would be the same: they have to be changed or deleted before.
    """
    product, ids = str(raw["id"]), [last_of(str(item.write.remote_id)) for item in items]
    choices = options.without(raw, ids)
    if isinstance(choices, Failed):
        for item in items:
            batch.fail(item, choices)
        return
    try:
        if option_of is None:
            await choose(batch, product, {variant: {} for variant in choices})
            await link(batch, product, {"remove": ids})
            await fill(batch, product, [one for choice in choices.values() for one in choice.fill])
            await choose(batch, product, {one: each.options for one, each in choices.items() if each.options})
        else:
            await fill(batch, product, [one for choice in choices.values() for one in choice.fill])
            await choose(batch, product, {one: each.options for one, each in choices.items()})
            await link(batch, product, {"update": [{"product_option_id": option_of, "remove": ids}]})
    except RemoteError as error:
        for item in items:
            batch.fail(item, refusal(error))
        return
    for item in items:
        batch.done(item, Written(remote_id=str(item.write.remote_id)))
        batch.deleted.add(str(item.write.remote_id))
