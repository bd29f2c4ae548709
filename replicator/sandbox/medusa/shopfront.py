"""The addresses of what selling needs, and of collections and product types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.routing import Route

from replicator.sandbox.medusa import assortment, regions, selling, shipping
from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.door import Call, Door
from replicator.sandbox.medusa.lists import LISTS
from replicator.sandbox.medusa.refusals import missing
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

LINKS = {"add": "array", "remove": "array"}


class Shopfront:
    """Answers them."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """The routes."""
        writes, lists = self._door.writes, self._door.lists
        location, channel = "/admin/stock-locations/{id}", "/admin/sales-channels"
        return [
            *self._plain("/admin/collections", "collections", "collection", *_COLLECTION),
            Route("/admin/collections/{id}", self._deletes(*_GONE_COLLECTION), methods=["DELETE"]),
            *self._plain("/admin/product-types", "types", "product_type", *_KIND),
            Route("/admin/product-types/{id}", self._deletes(*_GONE_KIND), methods=["DELETE"]),
            *self._plain("/admin/regions", "regions", "region", regions.make_region, regions.change_region),
            Route("/admin/regions/{id}", self._deletes("region", regions.delete_region), methods=["DELETE"]),
            *self._plain("/admin/shipping-profiles", "profiles", "shipping_profile", *_PROFILE),
            Route("/admin/shipping-profiles/{id}", self._deletes(*_GONE_PROFILE), methods=["DELETE"]),
            *self._plain("/admin/stock-locations", "locations", "stock_location", *_LOCATION),
            Route(location, self._deletes("stock_location", selling.delete_location), methods=["DELETE"]),
            Route(f"{location}/fulfillment-providers", writes(self._link("_providers")), methods=["POST"]),
            Route(f"{location}/sales-channels", writes(self._link("_channels")), methods=["POST"]),
            Route(f"{location}/fulfillment-sets", writes(self._make_set), methods=["POST"]),
            Route("/admin/fulfillment-sets/{id}/service-zones", writes(self._make_zone), methods=["POST"]),
            *self._plain("/admin/shipping-options", "shipping_options", "shipping_option", *_OPTION),
            Route("/admin/shipping-options/{id}", self._deletes(*_GONE_OPTION), methods=["DELETE"]),
            *self._plain("/admin/shipping-option-types", "option_types", "shipping_option_type", *_TYPE),
            Route("/admin/stores", lists(LISTS["stores"]), methods=["GET"]),
            Route("/admin/stores/{id}", self._changes("stores", "store", selling.change_store), methods=["POST"]),
            Route("/admin/currencies", lists(LISTS["currencies"]), methods=["GET"]),
            Route("/admin/payments/payment-providers", lists(LISTS["payment_providers"]), methods=["GET"]),
            Route("/admin/fulfillment-providers", lists(LISTS["fulfillment_providers"]), methods=["GET"]),
            Route("/admin/api-keys", lists(LISTS["api_keys"]), methods=["GET"]),
            Route(channel, lists(LISTS["sales_channels"]), methods=["GET"]),
            Route(channel, writes(self._make_channel), methods=["POST"]),
        ]

    def _plain(
        self,
        path: str,
        table: str,
        name: str,
        make: Callable[[Work, object], Row],
        change: Callable[[Work, str, object], Row],
    ) -> list[Route]:
        async def made(call: Call) -> dict[str, Any]:
            return {name: self._door.shown(call, table, [make(call.work, call.body)])[0]}

        lists, gets, writes = self._door.lists, self._door.gets, self._door.writes
        plural = next(each.name for each in LISTS.values() if each.table == table)
        return [
            Route(path, lists(LISTS[plural]), methods=["GET"]),
            Route(path, writes(made), methods=["POST"]),
            Route(path + "/{id}", gets(table, name, name.replace("_", " ").capitalize()), methods=["GET"]),
            Route(path + "/{id}", self._changes(table, name, change), methods=["POST"]),
        ]

    def _changes(self, table: str, name: str, change: Callable[[Work, str, object], Row]) -> Any:  # noqa: ANN401  (an endpoint of Starlette's)
        async def changed(call: Call) -> dict[str, Any]:
            return {name: self._door.shown(call, table, [change(call.work, call.path["id"], call.body)])[0]}

        return self._door.writes(changed)

    def _deletes(self, name: str, delete: Callable[[Work, str], None]) -> Any:  # noqa: ANN401  (as above)
        async def deleted(call: Call) -> dict[str, Any]:
            delete(call.work, call.path["id"])
            return {"id": call.path["id"], "object": name, "deleted": True}

        return self._door.writes(deleted)

    def _link(self, column: str) -> Callable[[Call], Awaitable[dict[str, Any]]]:
        """Providers and channels of a location: links, of which no stamp tells."""

        async def linked(call: Call) -> dict[str, Any]:
            given, row = checked(call.body, LINKS), self._location(call)
            kept = [one for one in row[column] if one not in given.get("remove", [])]
            kept += [one for one in given.get("add", []) if one not in kept]
            call.work.change(row, {column: kept}, stamped=False)
            return {"stock_location": self._door.shown(call, "locations", [row])[0]}

        return linked

    async def _make_set(self, call: Call) -> dict[str, Any]:
        row = self._location(call)
        shipping.make_set(call.work, row["id"], call.body)
        return {"stock_location": self._door.shown(call, "locations", [row])[0]}

    async def _make_zone(self, call: Call) -> dict[str, Any]:
        found = self._door.tables.living("fulfillment_sets", call.path["id"])
        if found is None:
            raise missing(f"FulfillmentSet with id: {call.path['id']} was not found")
        shipping.make_zone(call.work, found["id"], call.body)
        return {"fulfillment_set": self._door.shown(call, "fulfillment_sets", [found])[0]}

    async def _make_channel(self, call: Call) -> dict[str, Any]:
        given = checked(call.body, {"name": "string!", "description": "string?", "is_disabled": "boolean"})
        row = call.work.insert(
            "channels", "sc_", {"description": None, "is_disabled": False, "metadata": None, **given}
        )
        call.work.tell("sales-channel.created", row["id"])
        return {"sales_channel": self._door.shown(call, "channels", [row])[0]}

    def _location(self, call: Call) -> Row:
        row = self._door.tables.living("locations", call.path["id"])
        if row is None:
            raise missing(f"Stock location with id: {call.path['id']} was not found")
        return row


_COLLECTION = (assortment.make_collection, assortment.change_collection)
_GONE_COLLECTION = ("collection", assortment.delete_collection)
_KIND = (assortment.make_type, assortment.change_type)
_GONE_KIND = ("product_type", assortment.delete_type)
_PROFILE = (selling.make_profile, selling.change_profile)
_GONE_PROFILE = ("shipping_profile", selling.delete_profile)
_LOCATION = (selling.make_location, selling.change_location)
_OPTION = (shipping.make_option, shipping.change_option)
_GONE_OPTION = ("shipping_option", shipping.delete_option)
_TYPE = (shipping.make_type, shipping.change_type)
