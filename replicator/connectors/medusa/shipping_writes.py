"""Writing shipping options.

One belongs to a service zone, which is no record of ours: the settings name it, or there is only one. Its type is not
changed by what is posted to the option (Medusa makes a new one and forgets it): it is changed itself where no other
option has it; else a new one is made and put in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from replicator.connectors.base import Failed, Trouble
from replicator.connectors.medusa import choosing, shipping
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw, is_ours
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal
from replicator.connectors.medusa.selling_reading import rows
from replicator.connectors.medusa.selling_writes import post, there
from replicator.errors import BadAnswer, RemoteError

PATH: Final = LISTS["shipping_option"].path
KINDS: Final = "/admin/shipping-option-types"
_CHOSEN: Final = ("profile", "provider")  # what a new one gets where it names none


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make them; one that is ours already is completed."""
    present = await rows(batch.reader, "shipping_option")
    chosen = await _chosen(batch)
    for item in batch.settled(items):
        ours = [raw for raw in present if is_ours(raw, item.write.entity)]
        if ours:
            await update(batch, [batch.adopted(_said(item), ours[0]["id"])])
            continue
        body = shipping.create_body(item.write, item.fields, chosen)
        missing = next((name for name in _NEEDED if not body.get(name)), None)
        if missing is None:
            await post(batch, item, PATH, body)
        else:
            field, message = _NEEDED[missing]
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field=field))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change them."""
    for item, raw in await there(batch, batch.settled(items)):
        if empty := next((name for name in _CHOSEN if item.fields.get(name, "") is None), None):
            message = f"Medusa cannot hold a shipping option without {empty}"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field=empty))
            continue
        body = shipping.update_body(item.write, item.fields, raw)
        try:
            if any(name in item.fields for name in shipping.OF_TYPE):
                body |= await _kind(batch, item, raw)
        except RemoteError as error:
            batch.fail(item, refusal(error))
        else:
            await post(batch, item, f"{PATH}/{raw['id']}", body)


def _said(item: Item) -> Item:
    """What was chosen for an option that names none is not taken away again when its create is completed."""
    fields = {name: value for name, value in item.write.fields.items() if name not in _CHOSEN or value is not None}
    return replace(item, write=replace(item.write, fields=fields))


async def _chosen(batch: Batch) -> dict[str, str]:
    """What an option gets where it names none."""
    found = {
        "service_zone_id": await choosing.service_zone(batch.reader),
        "shipping_profile_id": await choosing.shipping_profile(batch.reader),
        "provider_id": await choosing.fulfillment_provider(batch.reader),
    }
    return {name: str(raw["id"]) for name, raw in found.items() if raw is not None}


async def _kind(batch: Batch, item: Item, raw: Raw) -> dict[str, object]:
    """Change the type of an option; the part of its body that names another, where it shares the one it has."""
    body = shipping.kind_body(item.fields, raw)
    present = raw.get("type") or {}
    if present:
        params = [("shipping_option_type_id", str(present["id"])), ("fields", "id"), ("limit", "2")]
        sharing = await batch.reader.ask(PATH, "shipping_options", params)
        if len(sharing) == 1:
            await batch.send(f"{KINDS}/{present['id']}", body)
            return {}
    made = (await batch.send(KINDS, body)).get("shipping_option_type")
    if not isinstance(made, Mapping):
        msg = f"POST {KINDS}: there is no shipping_option_type in the answer"
        raise BadAnswer(msg)
    return {"type_id": made["id"]}


_NEEDED: Final[Mapping[str, tuple[str, str]]] = {  # what Medusa needs → the field at fault, and what mends it
    "service_zone_id": (
        "name",
        "Medusa needs one of its service zones: name it in the setting `service_zone` (made in Locations & Shipping)",
    ),
    "shipping_profile_id": ("profile", "it names no shipping profile: give it one, or name one in the settings"),
    "provider_id": ("provider", "it names no fulfillment provider, and Medusa has several: give it one"),
}
