"""Writing values of options: all of a product's in one call, and renamed on their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import options
from replicator.connectors.medusa.batch import Batch, Call, Item
from replicator.connectors.medusa.option_links import link, take_away
from replicator.connectors.medusa.option_writes import OPTIONS
from replicator.connectors.medusa.parts import last_of, whole_of
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.refusals import refusal
from replicator.connectors.medusa.wholes import absent, gone, grouped, moved, present
from replicator.errors import BadAnswer, RemoteError


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make values of options that are there. One that is there is the one: an option has no two of one text."""
    ready = batch.settled(items)
    products = await present(batch, "product", [_product(item) for item in ready])
    new = []
    for item in ready:
        option = _option(products.get(_product(item)), item)
        if option is None:
            batch.fail(item, absent(item, str(item.fields["option"])))
        elif not _done(batch, item, option):
            new.append(replace(item, body={"value": item.fields["value"]}))
    for product, some in grouped(new, _product).items():
        await batch.in_pieces(some, _adding(batch, product))


def _adding(batch: Batch, product: str) -> Call:
    async def together(items: Sequence[Item]) -> None:
        updates = [
            {"product_option_id": last_of(option), "add": [item.body for item in some]}
            for option, some in grouped(items, _option_id).items()
        ]
        raw = await link(batch, product, {"update": updates})
        for item in items:
            option = _option(raw, item)
            if option is None or not _done(batch, item, option):
                msg = f"the new value {item.fields['value']} of {_option_id(item)} is not in the answer"
                raise BadAnswer(msg)

    return together


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Rename values, one call each. Of a shared option they cannot be: they would be renamed for others as well."""
    ready = batch.settled(items)
    products = await present(batch, "product", [_product(item) for item in ready])
    for item in ready:
        option = _option(products.get(_product(item)), item)
        value = None if option is None else _value(option, item)
        if option is None or value is None:
            batch.fail(item, gone(item))
        elif (failed := moved(item, "option") or _shared(option)) is not None:
            batch.fail(item, failed)
        else:
            await _rename(batch, item, option, value)


async def _rename(batch: Batch, item: Item, option: Raw, value: Raw) -> None:
    path = f"{OPTIONS}/{option['id']}/values/{value['id']}"
    try:
        answer = await batch.send(path, {"value": item.fields["value"]})
    except RemoteError as error:
        batch.fail(item, refusal(error))
        return
    record = options.value_record(_product(item), option["id"], {**value, **answer["product_option_value"]})
    batch.done(item, Written(remote_id=record.remote_id, record=record))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Take values away from their products, and from the variants there."""
    left = batch.gone_along(items)
    products = await present(batch, "product", [_product(item) for item in left])
    there = []
    for item in left:
        option = _option(products.get(_product(item)), item)
        if option is None or _value(option, item) is None:
            batch.fail(item, gone(item))
        else:
            there.append(item)
    for named, some in grouped(there, _option_id).items():
        raw = (await present(batch, "product", [whole_of(named)])).get(whole_of(named))
        if raw is None:
            batch.interrupt(some, BadAnswer(f"{whole_of(named)} has just gone"))
        else:
            await take_away(batch, raw, some, option_of=last_of(named))


def _shared(option: Raw) -> Failed | None:
    if option.get("is_exclusive"):
        return None
    message = "other products may have this option too: rename its value in Medusa, or give the product one of its own"
    return Failed(trouble=Trouble.REFUSED, message=message, field="value")


def _done(batch: Batch, item: Item, option: Raw) -> bool:
    """Whether the option has the value that is to be made; then it is made."""
    for value in options.values_shown(option):
        if value["value"] == item.fields["value"]:
            record = options.value_record(_product(item), option["id"], value)
            batch.done(item, Written(remote_id=record.remote_id, record=record))
            return True
    return False


def _option_id(item: Item) -> str:
    """The remote id of the option that a value belongs to: as its own tells, or, of a new one, its field."""
    known = item.write.remote_id
    return str(item.fields["option"]) if known is None else known.rpartition("/")[0]


def _option(raw: Raw | None, item: Item) -> Raw | None:
    shown = options.shown(raw) if raw is not None else []
    return next((option for option in shown if option["id"] == last_of(_option_id(item))), None)


def _value(option: Raw, item: Item) -> Raw | None:
    shown = options.values_shown(option)
    return next((value for value in shown if value["id"] == last_of(str(item.write.remote_id))), None)


def _product(item: Item) -> str:
    return whole_of(_option_id(item))
