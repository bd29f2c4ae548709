"""Choosing: what a new record gets where it names none, as the settings say; else what there is only one of.

A product without a sales channel is not sold, one without a shipping profile cannot be sent. Asked anew for every
batch: Medusa keeps the id of a sales channel that is gone, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from replicator.connectors.medusa.raw import Raw, living
from replicator.connectors.medusa.reading import Reader
from replicator.connectors.medusa.selling import KIND

PAGE: Final = ("limit", "200")
ZONES: Final = "id,*fulfillment_sets,*fulfillment_sets.service_zones"


async def for_products(reader: Reader) -> dict[str, object]:
    """The part of a new product's body that makes it sellable."""
    channel = await sales_channel(reader)
    profile = await shipping_profile(reader)
    return {
        **({"sales_channels": [{"id": channel["id"]}]} if channel is not None else {}),
        **({"shipping_profile_id": profile["id"]} if profile is not None else {}),
    }


async def sales_channel(reader: Reader) -> Raw | None:
    """Where new products are sold: the channel named, else the store's default, else the only one."""
    channels = await reader.ask("/admin/sales-channels", "sales_channels", [("fields", "id,name"), PAGE])
    stores = await reader.ask("/admin/stores", "stores", [("fields", "id,default_sales_channel_id")])
    usual = [row for row in channels if row["id"] in {store.get("default_sales_channel_id") for store in stores}]
    return chosen(channels, reader.choices.sales_channel, usual)


async def shipping_profile(reader: Reader) -> Raw | None:
    """How new products are sent: the profile named, else the one of the kind `default`, else the only one."""
    profiles = await reader.ask("/admin/shipping-profiles", "shipping_profiles", [("fields", "id,name,type"), PAGE])
    return chosen(profiles, reader.choices.shipping_profile, [row for row in profiles if row.get("type") == KIND])


async def stock_location(reader: Reader) -> Raw | None:
    """Where goods lie: the location named, else the only one."""
    params = [("fields", "id,name,*sales_channels"), PAGE]
    return chosen(await reader.ask("/admin/stock-locations", "stock_locations", params), reader.choices.stock_location)


async def service_zone(reader: Reader) -> Raw | None:
    """Whither a new shipping option sends: the zone named, else the only one."""
    locations = await reader.ask("/admin/stock-locations", "stock_locations", [("fields", ZONES), PAGE])
    zones = [
        zone
        for location in locations
        for each in living(location.get("fulfillment_sets") or [], "fulfillment sets")
        for zone in living(each.get("service_zones") or [], "service zones")
    ]
    return chosen(zones, reader.choices.service_zone)


async def fulfillment_provider(reader: Reader) -> Raw | None:
    """Who sends, where a new shipping option does not say: the only one there is."""
    found = await reader.ask("/admin/fulfillment-providers", "fulfillment_providers", [PAGE])
    return chosen([row for row in found if row.get("is_enabled")], None)


def chosen(rows: Sequence[Raw], named: str | None, usual: Sequence[Raw] = ()) -> Raw | None:
    """The row that is named, by id or name; where none is named, the usual one, or the only one there is."""
    if named is not None:
        return next((row for row in rows if named in _names(row)), None)
    return next((some[0] for some in (usual, rows) if len(some) == 1), None)


def _names(row: Mapping[str, object]) -> tuple[object, object]:
    return row["id"], row.get("name")
