"""A played Medusa for tests: people and the replicator over HTTP, and the hooks that would have been sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from typing_extensions import override

from replicator.sandbox.hooks import Hooks, Target
from replicator.sandbox.medusa import Medusa
from replicator.sandbox.world import World

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
FULL = {"fields": "*categories,*variants.inventory_items"}


@dataclass(frozen=True)
class Sent:
    """One hook."""

    headers: Mapping[str, str]
    body: bytes


class Kept(Hooks):
    """Hooks that are kept instead of delivered."""

    def __init__(self, world: World) -> None:
        super().__init__("medusa", world.ledger, random.Random(0))
        self.sent: list[Sent] = []
        self.heard = asyncio.Event()

    @override
    def send(
        self,
        body: Mapping[str, object] | bytes,
        headers: Mapping[str, str],
        about: tuple[str, str],
        *,
        values: Mapping[str, object] | None = None,
        targets: list[Target] | None = None,
    ) -> None:
        assert isinstance(body, bytes)
        self.sent += [Sent(headers, body) for _ in self.targets]
        self.heard.set()


class Shop:
    """A played Medusa in a world of its own, and a hand on it."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.world = World(seed=5)
        self.world.hooks["medusa"] = self.told = Kept(self.world)
        self.medusa = Medusa(self.world)
        self.medusa.announcer.lead_seconds = 0.0
        self.world.systems = {"medusa": self.medusa}
        self.http = httpx.AsyncClient(
            base_url="http://medusa",
            transport=transport or httpx.ASGITransport(app=self.medusa.app),
            trust_env=False,
        )

    async def log_in(self, who: str = "") -> dict[str, str]:
        """The headers of a user: ours, or with `person_` somebody of the shop."""
        access = self.medusa.access
        body = {"email": access[f"{who}email"], "password": access[f"{who}password"]}
        answer = await self.http.post("/auth/user/emailpass", json=body)
        return {"authorization": f"Bearer {answer.json()['token']}"}

    async def enter(self, who: str = "") -> None:
        """Make all further calls as that user."""
        self.http.headers.update(await self.log_in(who))

    async def post(self, path: str, body: object, status: int = 200) -> dict[str, Any]:
        """Post, and see that it ends as it should."""
        answer = await self.http.post(f"/admin{path}", json=body, params=FULL)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str, status: int = 200, **params: str) -> dict[str, Any]:
        """Get, and see that it ends as it should."""
        asked = {name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in params.items()}
        answer = await self.http.get(f"/admin{path}", params=asked)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def product(self, handle: str = "mug", *skus: str, **more: object) -> dict[str, Any]:
        """A product with variants."""
        sizes = ["S", "M", "L"]
        variants = [
            {
                "title": sku,
                "sku": sku,
                "options": {"Size": size},
                "prices": [{"amount": 9.99, "currency_code": "usd"}],
            }
            for sku, size in zip(skus, sizes, strict=False)
        ]
        body = {"title": handle.title(), "handle": handle, "options": [{"title": "Size", "values": sizes}]}
        made: dict[str, Any] = (await self.post("/products", {**body, "variants": variants, **more}))["product"]
        return made
