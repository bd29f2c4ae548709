"""People: they edit, make and delete records at each system with accounts of their own, as its own tools would.

Medusa over its admin API, Directus over its items API, Strapi over the content-manager API. Records are named by
natural key, fields by catalog name; what is sent is what that system's own admin panel would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import httpx

Access = Mapping[str, Mapping[str, str]]

KEYS = {"tag": "value", "category": "handle", "product": "handle", "variant": "sku"}
MEDUSA_PATHS = {"tag": "product-tags", "category": "product-categories", "product": "products"}
DIRECTUS_PATHS = {"tag": "tags", "category": "categories", "product": "products", "variant": "variants"}
STRAPI_MODELS = {
    "tag": "product-tag",
    "category": "product-category",
    "product": "product",
    "variant": "product-variant",
}
STRAPI_NAMES = {"status": "status_code", "stock": "inventory_quantity", "active": "is_active"}
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
        """The remote id of a record (of a Medusa variant: product id/variant id). Raises Nobody."""
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
        if not ids:
            msg = f"{system} has no {type_name} {key!r}"
            raise Nobody(msg)
        return str(ids[0])

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


def _strapi(type_name: str) -> str:
    model = STRAPI_MODELS[type_name]
    return f"/content-manager/collection-types/api::{model}.{model}"
