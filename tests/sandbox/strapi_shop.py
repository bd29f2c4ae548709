"""A played Strapi in memory, with a client that holds the replicator's token."""

from collections.abc import Mapping
from typing import Any

import httpx

from replicator.sandbox.hooks import Target
from replicator.sandbox.strapi import Strapi
from replicator.sandbox.world import World
from tests.sandbox.told import Told


class Shop:
    """One Strapi, its tables in memory, and a client with the replicator's token."""

    def __init__(self) -> None:
        self.world = World(seed=1)
        self.told = Told(self.world, "strapi")
        self.world.hooks["strapi"] = self.told
        self.strapi = Strapi(self.world)
        self.http = httpx.AsyncClient(
            base_url="http://strapi", transport=httpx.ASGITransport(app=self.strapi.app), trust_env=False
        )
        self.ours = {"authorization": f"Bearer {self.strapi.access['token']}"}

    async def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers=self.ours if headers is None else headers)

    async def made(self, plural: str, **data: object) -> dict[str, Any]:
        answer = await self.call("POST", f"/api/{plural}?populate=*", {"data": data})
        assert answer.status_code == 201, answer.text
        await self.settle()
        document: dict[str, Any] = answer.json()["data"]
        return document

    async def person(self) -> dict[str, str]:
        access = self.strapi.access
        body = {"email": access["person_email"], "password": access["person_password"]}
        token = (await self.call("POST", "/admin/login", body)).json()["data"]["token"]
        return {"authorization": f"Bearer {token}"}

    async def settle(self) -> None:
        await self.strapi.records.announcer.settle()

    def listen(self) -> list[dict[str, Any]]:
        self.told.targets.append(Target("http://receiver/hook"))
        return self.told.sent
