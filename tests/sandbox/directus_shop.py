"""A played Directus, and three who speak to it."""

from __future__ import annotations

from typing import Any

import httpx

from replicator.sandbox.directus import Directus
from replicator.sandbox.hooks import Target
from replicator.sandbox.world import World
from tests.sandbox.told import Told

A, B, C = (f"{letter}0000000-0000-4000-8000-000000000000" for letter in "abc")


class Shop:
    """One played Directus, and three who speak to it."""

    def __init__(self) -> None:
        self.world = World(seed=3)
        self.told = Told(self.world, "directus")
        self.told.targets.append(Target("http://receiver.invalid"))
        self.world.hooks["directus"] = self.told
        self.played = Directus(self.world)
        self.world.systems = {"directus": self.played}
        self.us = self._client("token")
        self.person = self._client("person_token")
        self.admin = self._client("admin_token")

    def _client(self, token: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.played.access[token]}"}
        transport = httpx.ASGITransport(app=self.played.app)
        return httpx.AsyncClient(transport=transport, base_url="http://directus", headers=headers)

    def events(self) -> list[tuple[str, Any]]:
        """What was sent so far: (event, keys or key)."""
        triggers = [body["trigger"] for body in self.told.sent]
        return [(one["event"], one.get("keys", one.get("key"))) for one in triggers]


def error(answer: httpx.Response) -> tuple[int, str, Any]:
    told = answer.json()["errors"][0]["extensions"]
    return answer.status_code, told["code"], told.get("field")


async def made(shop: Shop, collection: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await shop.us.post(f"/items/{collection}", json=list(items))
    assert answer.is_success, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data
