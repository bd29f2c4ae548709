"""Writing options: they are made and taken away per product, and renamed on their own.

An option may be shared by several products (its `is_exclusive` is false): what is taken away then is its link to this
product. Ours are made for one product each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import options
from replicator.connectors.medusa.batch import Batch, Call, Item
from replicator.connectors.medusa.option_links import choose, link, take_away
from replicator.connectors.medusa.parts import joined, last_of
from replicator.connectors.medusa.raw import Raw, living
from replicator.connectors.medusa.refusals import refusal
from replicator.connectors.medusa.wholes import absent, gone, grouped, moved, present, whole
from replicator.errors import BadAnswer, RemoteError

OPTIONS = "/admin/product-options"


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make options of products that are there. One that is there is the one: a product has no two of one title."""
    ready = batch.settled(items)
    products = await present(batch, "product", [_product(item) for item in ready])
    new = []
    for item in ready:
        raw = products.get(_product(item))
        if raw is None:
            batch.fail(item, absent(item, _product(item)))
        elif not _done(batch, item, raw):
            new.append(replace(item, body={"title": item.fields["title"], "values": [], "is_exclusive": True}))
    for product, some in grouped(new, _product).items():
        await batch.in_pieces(some, _adding(batch, products, product))


def _adding(batch: Batch, products: dict[str, Raw], product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        raw = products[product]
        body: dict[str, object] = {"add": [item.body for item in items]}
        if (default := options.default_of(raw)) is not None:  # it says nothing, and its place is taken by what does
            users = options.users(raw, [default["id"]])
            await choose(batch, product, {str(variant["id"]): {} for variant in users})
            body["remove"] = [default["id"]]
        products[product] = await link(batch, product, body)
        for item in items:
            if not _done(batch, item, products[product]):
                msg = f"the new option {item.fields['title']} of {product} is not in the answer"
                raise BadAnswer(msg)

    return together


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Rename options, one call each. One that other products have cannot be: it would be renamed for them as well."""
    ready = batch.settled(items)
    products = await present(batch, "product", [_product(item) for item in ready])
    there: list[tuple[Item, Raw]] = []
    for item in ready:
        option = _option(products.get(_product(item)), item)
        failed = gone(item) if option is None else moved(item, "product")
        if option is None or failed is not None:
            batch.fail(item, failed or gone(item))
        else:
            there.append((item, option))
    alone = await _of_one_product(batch, [option for _, option in there])
    for item, option in there:
        if option["id"] not in alone:
            message = "several products share this option: rename it in Medusa, or give the product one of its own"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field="title"))
            continue
        try:
            answer = await batch.send(f"{OPTIONS}/{option['id']}", {"title": item.fields["title"]})
        except RemoteError as error:
            batch.fail(item, refusal(error))
        else:
            record = options.option_record(_product(item), {**option, **answer["product_option"]})
            batch.done(item, Written(remote_id=record.remote_id, record=record))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Take options away from their products, and from the variants there."""
    left = batch.gone_along(items)
    products = await present(batch, "product", [_product(item) for item in left])
    there = []
    for item in left:
        if _option(products.get(_product(item)), item) is None:
            batch.fail(item, gone(item))
        else:
            there.append(item)
    for product, some in grouped(there, _product).items():
        await take_away(batch, products[product], some, option_of=None)


async def _of_one_product(batch: Batch, found: Sequence[Raw]) -> set[str]:
    """Of these options, those that no other product has."""
    shared = sorted(str(option["id"]) for option in found if not option.get("is_exclusive"))
    alone = {str(option["id"]) for option in found} - set(shared)
    if not shared:
        return alone
    params = [*(("id[]", one) for one in shared), ("fields", "id,products.id"), ("limit", str(len(shared)))]
    rows = await batch.reader.ask(OPTIONS, "product_options", params)
    return alone | {str(row["id"]) for row in rows if len(living(row.get("products") or [], "products")) <= 1}


def _done(batch: Batch, item: Item, raw: Raw) -> bool:
    """Whether the product has the option that is to be made; then it is made."""
    option = options.titled(raw, item.fields["title"])
    if option is None:
        return False
    record = options.option_record(str(raw["id"]), option)
    batch.done(item, Written(remote_id=joined(raw["id"], option["id"]), record=record))
    return True


def _option(raw: Raw | None, item: Item) -> Raw | None:
    shown = options.shown(raw) if raw is not None else []
    return next((option for option in shown if option["id"] == last_of(str(item.write.remote_id))), None)


def _product(item: Item) -> str:
    return whole(item, "product")
