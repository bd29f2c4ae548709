"""People: they edit, make and delete records at each system with accounts of their own, as its own tools would.

Medusa over its admin API, Directus over its items API, Strapi over the content-manager API. Records are named by
natural key (a price by `sku / usd`, a stock by `sku / place`), fields by catalog name; what is sent is what that
system's own admin panel would send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from replicator.sandbox.words import JOINT

Access = Mapping[str, Mapping[str, str]]

KEYS = {
    "tag": "value",
    "category": "handle",
    "product": "handle",
    "variant": "sku",
    "currency": "code",
    "country": "code",
    "region": "name",
}
PARTS = {"price": "currency", "stock": "location"}  # parts of a variant, and what tells one of them from the others
MEDUSA_PATHS = {"tag": "product-tags", "category": "product-categories", "product": "products"}
DIRECTUS_PATHS = {
    "tag": "tags",
    "category": "categories",
    "product": "products",
    "variant": "variants",
    "option": "product_options",
    "option_value": "product_option_values",
    "price": "prices",
    "stock": "stock_levels",
    "stock_location": "stock_locations",
    "currency": "currencies",
    "country": "countries",
    "region": "regions",
}
STRAPI_MODELS = {
    "tag": "product-tag",
    "category": "product-category",
    "product": "product",
    "variant": "product-variant",
    "option": "product-option",
    "option_value": "product-option-value",
    "price": "money-amount",
    "stock": "stock",
    "stock_location": "stock-location",
}
STRAPI_NAMES = {"status": "status_code", "active": "is_active", "currency": "currency_code", "options": "option_values"}
MEDUSA_NAMES = {"active": "is_active"}
TIMEOUT_SECONDS = 30.0


class Nobody(LookupError):
    """There is no such record at that system."""


class People:
    """Three people, one at each system. Use as an async context manager."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def edit(self, system: str, type_name: str, key: str, changes: Mapping[str, Any]) -> None:
        """Change fields of a record, found by its natural key. Raises Nobody."""
        remote_id = await self.find(system, type_name, key)
        match system:
            case "medusa" if type_name == "price":
                await self._price(remote_id, changes["amount"])
            case "medusa" if type_name == "stock":
                await self._call(
                    system, "POST", f"/admin/inventory-items/{remote_id}", {"stocked_quantity": changes["quantity"]}
                )
            case "medusa" if type_name == "variant":
                product, variant = remote_id.split("/")
                await self._call(system, "POST", f"/admin/products/{product}/variants/{variant}", dict(changes))
            case "medusa":
                named = {MEDUSA_NAMES.get(name, name): value for name, value in changes.items()}
                await self._call(system, "POST", f"/admin/{MEDUSA_PATHS[type_name]}/{remote_id}", named)
            case "directus":
                await self._call(system, "PATCH", f"/items/{DIRECTUS_PATHS[type_name]}/{remote_id}", dict(changes))
            case _:
                named = {STRAPI_NAMES.get(name, name): value for name, value in changes.items()}
                await self._call(system, "PUT", f"{_strapi(type_name)}/{remote_id}", named)

    async def delete(self, system: str, type_name: str, key: str) -> None:
        """Delete a record. Raises Nobody."""
        remote_id = await self.find(system, type_name, key)
        match system:
            case "medusa":
                await self._call(system, "DELETE", f"/admin/{MEDUSA_PATHS[type_name]}/{remote_id}")
            case "directus":
                await self._call(system, "DELETE", f"/items/{DIRECTUS_PATHS[type_name]}/{remote_id}")
            case _:
                await self._call(system, "DELETE", f"{_strapi(type_name)}/{remote_id}")

    async def create(self, system: str, type_name: str, fields: Mapping[str, Any]) -> None:
        """Make a record with plain fields."""
        match system:
            case "medusa":
                await self._call(system, "POST", f"/admin/{MEDUSA_PATHS[type_name]}", dict(fields))
            case "directus":
                await self._call(system, "POST", f"/items/{DIRECTUS_PATHS[type_name]}", dict(fields))
            case _:
                named = {STRAPI_NAMES.get(name, name): value for name, value in fields.items()}
                await self._call(system, "POST", _strapi(type_name), named)

    async def connect_medusa(self, url: str, secret: str) -> None:
        """Set up the companion in Medusa, as whoever runs the shop would: where it posts, and what it signs with."""
        await self._call("medusa", "POST", "/admin/replicator/companion", {"url": url, "secret": secret, "actor": True})

    async def find(self, system: str, type_name: str, key: str) -> str:
        """The remote id of a record. Raises Nobody.

        Of a variant of Medusa: product id/variant id; of a price of one, that and its currency; of a stock there, the
        item and the location, as its address names them.
        """
        if type_name in PARTS:
            return await self._part(system, type_name, *key.split(JOINT))
        field = KEYS[type_name]
        match system:
            case "medusa" if type_name == "variant":
                found = (await self._call(system, "GET", "/admin/product-variants", params={"sku": key}))["variants"]
                ids = [f"{each['product_id']}/{each['id']}" for each in found]
            case "medusa":
                path = MEDUSA_PATHS[type_name]
                answer = await self._call(system, "GET", f"/admin/{path}", params={field: key})
                ids = [each["id"] for each in answer[path.replace("-", "_")]]
            case "directus":
                query = {f"filter[{field}][_eq]": key, "fields": "id"}
                path = f"/items/{DIRECTUS_PATHS[type_name]}"
                ids = [each["id"] for each in (await self._call(system, "GET", path, params=query))["data"]]
            case _:
                query = {f"filters[{field}][$eq]": key}
                found = (await self._call(system, "GET", _strapi(type_name), params=query))["results"]
                ids = [each["documentId"] for each in found]
        return _first(ids, system, type_name, key)

    async def _part(self, system: str, type_name: str, sku: str, word: str) -> str:
        """The price of a variant in a currency, or its stock at a place."""
        if system == "medusa":
            return (
                f"{await self.find(system, 'variant', sku)}/{word}" if type_name == "price" else await self._level(sku)
            )
        if system == "directus":
            told = {"price": {"filter[currency][_eq]": word}, "stock": {}}[type_name]
            query = {"filter[variant][_eq]": await self.find(system, "variant", sku), "fields": "id", **told}
            rows = (await self._call(system, "GET", f"/items/{DIRECTUS_PATHS[type_name]}", params=query))["data"]
            return _first([each["id"] for each in rows], system, type_name, sku)
        told = {"price": {"filters[currency_code][$eq]": word}, "stock": {}}[type_name]
        query = {"filters[variant][sku][$eq]": sku, **told}
        rows = (await self._call(system, "GET", _strapi(type_name), params=query))["results"]
        return _first([each["documentId"] for each in rows], system, type_name, sku)

    async def _level(self, sku: str) -> str:
        """The address of a variant's one level: item and location."""
        found = (await self._call("medusa", "GET", "/admin/inventory-items", params={"sku": sku}))["inventory_items"]
        item = _first([each["id"] for each in found], "medusa", "inventory item", sku)
        path = f"/admin/inventory-items/{item}/location-levels"
        levels = (await self._call("medusa", "GET", path))["inventory_levels"]
        location = _first([each["location_id"] for each in levels], "medusa", "stock", sku)
        return f"{item}/location-levels/{location}"

    async def _price(self, named: str, amount: object) -> None:
        """As the admin panel sends it: all prices of the variant, each with its id, one of them changed."""
        product, variant, currency = named.split("/")
        path = f"/admin/products/{product}/variants/{variant}"
        prices = (await self._call("medusa", "GET", path, params={"fields": "*prices"}))["variant"]["prices"]
        sent = [
            {
                "id": each["id"],
                "currency_code": each["currency_code"],
                "amount": amount if each["currency_code"] == currency else each["amount"],
            }
            for each in prices
        ]
        if all(each["currency_code"] != currency for each in prices):
            sent.append({"currency_code": currency, "amount": amount})
        await self._call("medusa", "POST", path, {"prices": sent})

    async def _call(
        self, system: str, method: str, path: str, body: object = None, *, params: Mapping[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - what a system answers is its own JSON
        headers = {"authorization": f"Bearer {await self._token(system)}"}
        url = self._access[system]["url"] + path
        answer = await self._http.request(method, url, json=body, params=params, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def _token(self, system: str) -> str:
        if system not in self._tokens:
            self._tokens[system] = await self._log_in(system)
        return self._tokens[system]

    async def _log_in(self, system: str) -> str:
        access = self._access[system]
        if system == "directus":
            return access["person_token"]
        path = "/auth/user/emailpass" if system == "medusa" else "/admin/login"
        body = {"email": access["person_email"], "password": access["person_password"]}
        answer = await self._http.post(access["url"] + path, json=body)
        answer.raise_for_status()
        told = answer.json()
        return str(told["token"] if system == "medusa" else told["data"]["token"])


def _first(ids: Sequence[object], system: str, type_name: str, key: str) -> str:
    if not ids:
        msg = f"{system} has no {type_name} {key!r}"
        raise Nobody(msg)
    return str(ids[0])


def _strapi(type_name: str) -> str:
    model = STRAPI_MODELS[type_name]
    return f"/content-manager/collection-types/api::{model}.{model}"
