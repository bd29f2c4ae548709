"""A person who works in Medusa: edits and deletes over its admin API, as its panel does. Played or real alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from replicator.core.document import Value

PATHS = {
    "tag": "/product-tags",
    "category": "/product-categories",
    "collection": "/collections",
    "product_type": "/product-types",
    "region": "/regions",
    "shipping_profile": "/shipping-profiles",
    "shipping_option": "/shipping-options",
    "stock_location": "/stock-locations",
    "store": "/stores",
    "product": "/products",
}
KEPT = ("id", "amount", "currency_code", "min_quantity", "max_quantity", "rules")


class Person:
    """Somebody who is logged in. Records are named by their remote ids as the connector tells them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def edit(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        """Change one field."""
        whole, _, inside = remote_id.partition("/")
        match type_name:
            case "option":
                await self.post(f"/product-options/{inside}", {field: value})
            case "option_value":
                option, _, value_id = inside.partition("/")
                await self.post(f"/product-options/{option}/values/{value_id}", {field: value})
            case "metafield":
                await self.post(f"/products/{whole}", {"metadata": {inside: value}})
            case "price":
                await self._reprice(whole, inside, float(str(value)))
            case "stock":
                path = f"/inventory-items/{await self._item(whole)}/location-levels/{inside}"
                await self.post(path, {"stocked_quantity": value})
            case _:
                await self.post(await self._path(type_name, remote_id), {field: value})

    async def remove(self, type_name: str, remote_id: str) -> None:
        """Delete a record that stands alone."""
        answer = await self.http.delete(f"/admin{await self._path(type_name, remote_id)}")
        assert answer.is_success, answer.text

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post, and see that it is taken."""
        answer = await self.http.post(f"/admin{path}", json=body)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def ships(self) -> None:
        """Set up a stock location that sends to Germany, which takes the panel four pages."""
        location = (await self.post("/stock-locations", {"name": "Quay"}))["stock_location"]
        path = f"/stock-locations/{location['id']}"
        await self.post(f"{path}/fulfillment-providers", {"add": ["manual_manual"]})
        made = await self.post(
            f"{path}/fulfillment-sets?fields=*fulfillment_sets", {"name": "By land", "type": "shipping"}
        )
        zone = {"name": "Germany", "geo_zones": [{"type": "country", "country_code": "de"}]}
        sets = made["stock_location"]["fulfillment_sets"]
        await self.post(f"/fulfillment-sets/{sets[0]['id']}/service-zones", zone)

    async def variant(self, variant_id: str) -> dict[str, Any]:
        """A variant with its prices and inventory items."""
        params = {"id": variant_id, "fields": "*prices,*inventory_items"}
        answer = await self.http.get("/admin/product-variants", params=params)
        (row,) = answer.json()["variants"]
        found: dict[str, Any] = row
        return found

    async def _reprice(self, variant_id: str, inside: str, amount: float) -> None:
        """All prices are sent, as the panel does, with the ids they have."""
        row = await self.variant(variant_id)
        prices = [{name: one[name] for name in KEPT if one.get(name) is not None} for one in row["prices"]]
        for price in prices:
            if price["currency_code"] == inside.split("/", maxsplit=1)[0]:
                price["amount"] = amount
        await self.post(f"/products/{row['product_id']}/variants/{variant_id}", {"prices": prices})

    async def _item(self, variant_id: str) -> str:
        (item,) = (await self.variant(variant_id))["inventory_items"]
        return str(item["inventory_item_id"])

    async def _path(self, type_name: str, remote_id: str) -> str:
        if type_name != "variant":
            return f"{PATHS[type_name]}/{remote_id}"
        return f"/products/{(await self.variant(remote_id))['product_id']}/variants/{remote_id}"
