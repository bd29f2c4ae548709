"""Writing regions, shipping profiles and stock locations, the store, and which region has which countries.

One call each: there are few of them. Their names are not unique in Medusa: before one is made, ours are looked for, or
a create whose answer was lost would be made twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from replicator.connectors.base import Failed, Trouble, Written
from replicator.connectors.medusa import selling
from replicator.connectors.medusa.atlas import countries
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.raw import Raw, is_ours, living
from replicator.connectors.medusa.reading import LISTS
from replicator.connectors.medusa.refusals import refusal
from replicator.connectors.medusa.selling_reading import PLACES, STORE_FIELDS, record, rows
from replicator.errors import BadAnswer, RemoteError

ADDRESS_NEEDED: Final = ("address_1", "country_code")


async def create(batch: Batch, items: Sequence[Item]) -> None:
    """Make them; one that is ours already is completed."""
    present = await rows(batch.reader, items[0].write.type)
    for item in acceptable(batch, batch.settled(items)):
        ours = [raw for raw in present if is_ours(raw, item.write.entity)]
        if ours:
            await update(batch, [batch.adopted(item, ours[0]["id"])])
        else:
            await post(batch, item, LISTS[item.write.type].path, selling.body(item.write, item.fields))


async def update(batch: Batch, items: Sequence[Item]) -> None:
    """Change them."""
    for item, raw in await there(batch, acceptable(batch, batch.settled(items))):
        if raw.get("address") is not None and "address" in item.fields and item.fields["address"] is None:
            message = "Medusa cannot take an address away from a stock location: change it, or delete the location"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field="address"))
            continue
        await post(batch, item, f"{LISTS[item.write.type].path}/{raw['id']}", selling.body(item.write, item.fields))


async def delete(batch: Batch, items: Sequence[Item]) -> None:
    """Delete them. Medusa says yes to what is not there: it is looked up before."""
    for item, raw in await there(batch, items):
        try:
            await batch.send(f"{LISTS[item.write.type].path}/{raw['id']}", None, method="DELETE")
        except RemoteError as error:
            batch.fail(item, refusal(error))
        else:
            batch.done(item, Written(remote_id=raw["id"]))


async def update_store(batch: Batch, items: Sequence[Item]) -> None:
    """Change the store. Its currencies are replaced as a whole, so it is read before."""
    for item, raw in await there(batch, batch.settled(items)):
        body = selling.store_body(item.write, item.fields, raw)
        await post(batch, item, f"{PLACES['store'][0]}/{raw['id']}", body, fields=STORE_FIELDS)


async def update_countries(batch: Batch, items: Sequence[Item]) -> None:
    """Give countries to regions. A region's countries are replaced as a whole, and one that another has is refused: it
    is taken from there first.
    """
    by_region: dict[str | None, list[Item]] = {}
    for item in batch.settled(items):
        if str(item.write.remote_id) not in countries():
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"Medusa knows no country {item.write.remote_id}"))
            continue
        region = item.fields.get("region")
        by_region.setdefault(None if region is None else str(region), []).append(item)
    for region, some in by_region.items():
        try:
            await _assign(batch, region, some)
        except RemoteError as error:
            for item in some:
                batch.fail(item, refusal(error))


async def there(batch: Batch, items: Sequence[Item]) -> list[tuple[Item, Raw]]:
    """The items whose records are there, with their rows. The others are failed."""
    if not items:
        return []
    ids = [str(item.write.remote_id) for item in items]
    present = {raw["id"]: raw for raw in await rows(batch.reader, items[0].write.type, ids)}
    for item, remote_id in zip(items, ids, strict=True):
        if remote_id not in present:
            batch.fail(item, Failed(trouble=Trouble.GONE, message=f"{remote_id} is not there"))
    return [(item, present[one]) for item, one in zip(items, ids, strict=True) if one in present]


async def post(batch: Batch, item: Item, path: str, body: object, *, fields: str | None = None) -> None:
    """Make or change one record, and take what is answered."""
    type_name = item.write.type
    try:
        answer = await batch.send(path, body, fields=fields or LISTS[type_name].fields)
        raw = answer.get(type_name)
        if not isinstance(raw, Mapping):
            msg = f"POST {path}: there is no {type_name} in the answer"
            raise BadAnswer(msg)
    except RemoteError as error:
        batch.fail(item, refusal(error))
        return
    batch.done(item, Written(remote_id=raw["id"], record=record(type_name, raw)))


def acceptable(batch: Batch, items: Sequence[Item]) -> list[Item]:
    """The items without an address that Medusa would refuse; those are failed, and told what is missing."""
    good = []
    for item in items:
        address = item.fields.get("address")
        missing = [name for name in ADDRESS_NEEDED if not isinstance(address, Mapping) or not address.get(name)]
        if address is not None and missing:
            message = f"Medusa keeps an address only with {' and '.join(missing)}"
            batch.fail(item, Failed(trouble=Trouble.REFUSED, message=message, field="address"))
        else:
            good.append(item)
    return good


async def _assign(batch: Batch, region: str | None, items: Sequence[Item]) -> None:
    codes = {str(item.write.remote_id) for item in items}
    present = {raw["id"]: raw for raw in await rows(batch.reader, "region")}
    if region is not None and region not in present:
        for item in items:
            batch.fail(item, Failed(trouble=Trouble.WAIT, message=f"{region} is not there", field="region"))
        return
    for remote_id, raw in present.items():
        if remote_id != region and codes & _codes(raw):
            await _set(batch, remote_id, _codes(raw) - codes)
    shown = await _set(batch, region, _codes(present[region]) | codes) if region is not None else {}
    known = countries()
    for item in items:
        code = str(item.write.remote_id)
        answered = selling.record("country", shown[code]) if code in shown else selling.unassigned(known[code])
        batch.done(item, Written(remote_id=code, record=answered))


async def _set(batch: Batch, region: str, codes: set[str]) -> dict[str, Raw]:
    """Give a region these countries and no others; as it shows them then, by their codes."""
    answer = await batch.send(f"{LISTS['region'].path}/{region}", {"countries": sorted(codes)}, fields="id,*countries")
    return {str(raw["iso_2"]): raw for raw in living((answer.get("region") or {}).get("countries"), "countries")}


def _codes(region: Raw) -> set[str]:
    return {str(raw["iso_2"]) for raw in living(region["countries"], "countries")}
