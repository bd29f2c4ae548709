"""Reading what selling needs. These lists are short: by a name or by our entity id they are searched whole.

A currency is shown in the listing if the store takes it or a region has it, and read whenever Medusa knows it. A
country is shown if a region has it, and read if there is such a country.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from replicator.connectors.base import Ambiguous, Locator, Page, Record
from replicator.connectors.medusa import selling, shipping
from replicator.connectors.medusa.atlas import countries
from replicator.connectors.medusa.raw import Raw, living
from replicator.connectors.medusa.reading import PAGE_MAX, Reader, asked_together

WALKED: Final[Mapping[str, str]] = {  # lists that can be asked for changes: listing → type
    "regions": "region",
    "shipping_profiles": "shipping_profile",
    "shipping_options": "shipping_option",
    "stock_locations": "stock_location",
}
UNSTAMPED: Final[Mapping[str, str]] = {
    "currencies": "currency",
    "payment_providers": "payment_provider",
    "fulfillment_providers": "fulfillment_provider",
    "stores": "store",
}
PLACES: Final[Mapping[str, tuple[str, str]]] = {  # where the whole list is: type → path, name in the answer
    "payment_provider": ("/admin/payments/payment-providers", "payment_providers"),
    "fulfillment_provider": ("/admin/fulfillment-providers", "fulfillment_providers"),
    "store": ("/admin/stores", "stores"),
}
STORE_FIELDS: Final = (
    "id,name,default_sales_channel_id,default_region_id,default_location_id,metadata,updated_at,*supported_currencies"
)
TYPES: Final = frozenset((*WALKED.values(), *UNSTAMPED.values(), "country"))


async def pages(reader: Reader, listing: str, since: str | None) -> AsyncIterator[Page]:
    """All records of a listing, or those changed since a cursor where it can be asked for them."""
    if listing in UNSTAMPED:
        yield Page(records=await _unstamped(reader, UNSTAMPED[listing]), cursor=None)
        return
    async for raws in reader.walk(WALKED[listing], since):
        records = [record(WALKED[listing], raw) for raw in raws]
        if listing == "regions":
            records += _countries(raws)
        yield Page(records=records, cursor=max(str(raw["updated_at"]) for raw in raws))


async def find(reader: Reader, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
    """The records, in the order asked for; all locators are of one type."""
    type_name = locators[0].type
    known = await _candidates(reader, type_name, locators)
    return [_found(one, known) for one in locators]


async def rows(reader: Reader, type_name: str, ids: Sequence[str] | None = None) -> list[Raw]:
    """The rows of a list, those of these ids or all."""
    if type_name in PLACES:
        return await _whole(reader, type_name)
    if ids is not None:
        return await reader.find(type_name, "id[]", sorted(set(ids)))
    return [raw async for raws in reader.walk(type_name, None) for raw in raws]


def record(type_name: str, raw: Raw) -> Record:
    """A row as a record."""
    return shipping.record(raw) if type_name == "shipping_option" else selling.record(type_name, raw)


async def _candidates(reader: Reader, type_name: str, locators: Sequence[Locator]) -> list[Record]:
    """Records among which all that is asked for will be, if it is there."""
    if type_name == "currency":
        named = {one.remote_id or str(one.key.get("code")) for one in locators}
        return await _currencies(reader, sorted(named))
    if type_name == "country":
        assigned = _countries(await rows(reader, "region"))
        taken = {each.remote_id for each in assigned}
        return [*assigned, *(selling.unassigned(each) for each in countries().values() if each.code not in taken)]
    ids = [one.remote_id for one in locators if one.remote_id is not None]
    raws = await rows(reader, type_name, ids if len(ids) == len(locators) else None)
    return [record(type_name, raw) for raw in raws]


def _found(locator: Locator, known: Sequence[Record]) -> Record | Ambiguous | None:
    if locator.remote_id is not None:
        present = (each for each in known if each.remote_id == locator.remote_id)
        return next(present, Record(type=locator.type, remote_id=locator.remote_id, fields=None))
    found = [each for each in known if each.marker is not None and each.marker.entity == locator.entity]
    if not found and locator.key:
        found = [each for each in known if each.fields is not None and _answers(each.fields, locator.key)]
    if len(found) > 1:
        return Ambiguous(locator.type, tuple(sorted(each.remote_id for each in found)))
    return found[0] if found else None


def _answers(fields: Mapping[str, object], key: Mapping[str, object]) -> bool:
    return all(fields.get(name) == value for name, value in key.items())


async def _unstamped(reader: Reader, type_name: str) -> list[Record]:
    if type_name != "currency":
        return [selling.record(type_name, raw) for raw in await _whole(reader, type_name)]
    codes = {str(raw["currency_code"]).lower() for raw in await rows(reader, "region")}
    for store in await _whole(reader, "store"):
        codes |= {str(one["currency_code"]).lower() for one in living(store["supported_currencies"], "currencies")}
    return await _currencies(reader, sorted(codes))


async def _currencies(reader: Reader, codes: Sequence[str]) -> list[Record]:
    found: list[Raw] = []
    for some in asked_together(codes):
        params = [*(("code[]", code) for code in some), ("limit", str(PAGE_MAX))]
        found += await reader.ask("/admin/currencies", "currencies", params)
    return [selling.record("currency", raw) for raw in found]


async def _whole(reader: Reader, type_name: str) -> list[Raw]:
    """A list that has no stamps to walk by, page by page."""
    path, name = PLACES[type_name]
    fields = [("fields", STORE_FIELDS)] if type_name == "store" else []
    found: list[Raw] = []
    while True:
        page = await reader.ask(path, name, [*fields, ("limit", str(PAGE_MAX)), ("offset", str(len(found)))])
        found += page
        if len(page) < PAGE_MAX:
            return found


def _countries(regions: Sequence[Raw]) -> list[Record]:
    return [
        selling.record("country", raw)
        for region in regions
        for raw in living(region.get("countries") or [], f"countries of {region['id']}")
    ]
