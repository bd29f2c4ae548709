"""People at the real systems: they edit and remove a record as that system's own tools do, with accounts of their own.

Medusa over its admin API as another user, Directus over its items API as another user, Strapi over the
content-manager API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from replicator.connectors.directus import Layout as DirectusLayout
from replicator.connectors.strapi import Layout as StrapiLayout
from replicator.core.document import Value
from tests.connectors.medusa_person import Person
from tests.live.fleet import Server

TIMEOUT_SECONDS = 60.0
LOCATION = "Main warehouse"
MEDUSA_PATHS = {"tag": "product-tags", "category": "product-categories", "product": "products"}
MEDUSA_NAMES = {"active": "is_active"}


class Hand(Protocol):
    """A person at one system. Records are named by remote id, fields by the catalog."""

    async def edit(self, type_name: str, remote_id: str, changes: Mapping[str, Any]) -> None:
        """Change fields, given as that system takes them."""
        ...

    async def edit_one(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        """Change one field of a record of any type."""
        ...

    async def create(self, type_name: str, fields: Mapping[str, Any]) -> str:
        """Make a record; its remote id."""
        ...

    async def remove(self, type_name: str, remote_id: str) -> None:
        """Delete a record."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class _Session:
    """Requests of one person, who logs in when there is something to do."""

    def __init__(self, server: Server) -> None:
        self._access = server.access
        self._name = server.name
        headers = {"connection": "close"}  # the systems hang up after 5 seconds, also just when something is sent
        self._http = httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS, trust_env=False, headers=headers)

    async def client(self) -> httpx.AsyncClient:
        """The connection of somebody who is logged in."""
        if "authorization" not in self._http.headers:
            self._http.headers["authorization"] = f"Bearer {await self._token()}"
        return self._http

    async def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        answer = await (await self.client()).request(method, path, json=body)
        assert answer.is_success, f"{self._name}: {method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    async def _token(self) -> str:
        if self._name == "directus":
            return self._access["person_token"]
        path = "/auth/user/emailpass" if self._name == "medusa" else "/admin/login"
        body = {"email": self._access["person_email"], "password": self._access["person_password"]}
        answer = await self._http.post(path, json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["token"] if self._name == "medusa" else answer.json()["data"]["token"])

    async def aclose(self) -> None:
        await self._http.aclose()


class MedusaHand:
    """A second user of Medusa's admin API."""

    def __init__(self, server: Server) -> None:
        self._ask = _Session(server)
        self.aclose = self._ask.aclose

    async def edit(self, type_name: str, remote_id: str, changes: Mapping[str, Any]) -> None:
        named = self._named(changes)
        if "stock" in named:
            await self._stock(remote_id, named.pop("stock"))
        if named:
            await self._ask("POST", await self._path(type_name, remote_id), named)

    async def edit_one(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        await (await self.person()).edit(type_name, remote_id, field, value)

    async def create(self, type_name: str, fields: Mapping[str, Any]) -> str:
        made = await self._ask("POST", f"/admin/{MEDUSA_PATHS[type_name]}", self._named(fields))
        (record,) = made.values()
        return str(record["id"])

    async def remove(self, type_name: str, remote_id: str) -> None:
        await (await self.person()).remove(type_name, remote_id)

    async def person(self) -> Person:
        """Who knows their way about all types."""
        return Person(await self._ask.client())

    async def _stock(self, variant: str, quantity: int) -> None:
        """As the inventory page of its panel does: the level of the variant's item at the one location."""
        fields = "fields=id,inventory_items.inventory_item_id"
        (row,) = (await self._ask("GET", f"/admin/product-variants?id={variant}&{fields}"))["variants"]
        item = row["inventory_items"][0]["inventory_item_id"]
        found = (await self._ask("GET", f"/admin/stock-locations?name={quote(LOCATION)}"))["stock_locations"]
        (place,) = found
        path = f"/admin/inventory-items/{item}/location-levels"
        levels = (await self._ask("GET", path))["inventory_levels"]
        body = {"stocked_quantity": quantity}
        if levels:
            await self._ask("POST", f"{path}/{place['id']}", body)
        else:
            await self._ask("POST", path, {"location_id": place["id"], **body})

    def _named(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {MEDUSA_NAMES.get(name, name): value for name, value in fields.items()}

    async def _path(self, type_name: str, remote_id: str) -> str:
        if type_name != "variant":
            return f"/admin/{MEDUSA_PATHS[type_name]}/{remote_id}"
        (row,) = (await self._ask("GET", f"/admin/product-variants?id={remote_id}"))["variants"]
        return f"/admin/products/{row['product_id']}/variants/{remote_id}"


class DirectusHand:
    """A second user of Directus' items API."""

    def __init__(self, server: Server) -> None:
        self._ask = _Session(server)
        self._layout = DirectusLayout()
        self.aclose = self._ask.aclose

    async def edit(self, type_name: str, remote_id: str, changes: Mapping[str, Any]) -> None:
        await self._ask("PATCH", f"{self._path(type_name)}/{remote_id}", self._named(type_name, changes))

    async def edit_one(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        await self.edit(type_name, remote_id, {field: value})

    async def create(self, type_name: str, fields: Mapping[str, Any]) -> str:
        return str((await self._ask("POST", self._path(type_name), self._named(type_name, fields)))["data"]["id"])

    async def remove(self, type_name: str, remote_id: str) -> None:
        await self._ask("DELETE", f"{self._path(type_name)}/{remote_id}")

    def _path(self, type_name: str) -> str:
        return f"/items/{self._layout.collections[type_name]}"

    def _named(self, type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {self._layout.column(type_name, name): value for name, value in fields.items()}


class StrapiHand:
    """A person at Strapi's panel, by the API that the panel itself uses. What can be published is published at once,
    unless it is only saved.
    """

    def __init__(self, server: Server) -> None:
        self._ask = _Session(server)
        drafted = frozenset({"product"} if server.instance.place.variant.drafts else ())
        self._layout = StrapiLayout(drafted=drafted)
        self.aclose = self._ask.aclose

    async def edit(self, type_name: str, remote_id: str, changes: Mapping[str, Any]) -> None:
        await self.save(type_name, remote_id, changes)
        if type_name in self._layout.drafted:
            await self.act(type_name, remote_id, "publish")

    async def save(self, type_name: str, remote_id: str, changes: Mapping[str, Any]) -> None:
        """Save, which makes a draft of what can be published."""
        await self._ask("PUT", f"{self._path(type_name)}/{remote_id}", self._named(type_name, changes))

    async def act(self, type_name: str, remote_id: str, action: str) -> None:
        """Publish, unpublish or discard."""
        await self._ask("POST", f"{self._path(type_name)}/{remote_id}/actions/{action}", {})

    async def edit_one(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        await self.edit(type_name, remote_id, {field: value})

    async def create(self, type_name: str, fields: Mapping[str, Any]) -> str:
        made = await self._ask("POST", self._path(type_name), self._named(type_name, fields))
        return str(made["data"]["documentId"])

    async def remove(self, type_name: str, remote_id: str) -> None:
        await self._ask("DELETE", f"{self._path(type_name)}/{remote_id}")

    def _path(self, type_name: str) -> str:
        model = self._layout.model(type_name)
        return f"/content-manager/collection-types/api::{model}.{model}"

    def _named(self, type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {self._layout.attribute(type_name, name): value for name, value in fields.items()}


def hand_of(server: Server) -> Hand:
    """The person at this system."""
    kinds: dict[str, type[MedusaHand | DirectusHand | StrapiHand]] = {
        "medusa": MedusaHand,
        "directus": DirectusHand,
        "strapi": StrapiHand,
    }
    return kinds[server.name](server)
